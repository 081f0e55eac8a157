//  audit: the books, from the files alone.
//
//  The journal says what was taken, what is still open and what is quarantined;
//  the store says what is in. Every chunk of every document that was taken must be
//  stored, or open, or quarantined, or dropped by a person; one that is none of these is lost. The journal is
//  read first: whatever it saw as done then, the store must have by now.
#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/limits.h"
#include "rapporteur/options.h"

#include "caller.h"
#include "checked.h"
#include "database.h"
#include "oneshot.h"
#include "place.h"
#include "rapporteur/command.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

enum { ANSWER_MS = 10000, POLL_MS = 50 };

typedef struct {
    int64_t taken, stored, in_flight, quarantined, dropped, lost;
} sum_t;

//  What is not as it should be, or not finished, of one document.
typedef struct {
    char document_id[64];
    char *source;
    char state[32]; //  as the journal has it
    int64_t chunks, stored, in_flight, quarantined, dropped;
    int64_t lost, first_lost;
    bool untold; //  the store has nothing of its quarantine
} finding_t;

typedef struct {
    rap_database_t *journal, *store; //  store NULL: there is none yet
    bool knows_drops;                //  the journal: one of the version before has none
    sum_t documents, chunks;
    finding_t *found;
    size_t found_count, found_room;
    int64_t strangers; //  documents in the store that the journal does not know
} audit_t;

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

enum { ABSENT, STORED, OPEN, QUARANTINED, DROPPED };

//  Marks every chunk that the rows (first, count) name and that is not marked yet.
static int64_t mark (uint8_t *chunks, int64_t count, rap_rows_t *rows, uint8_t what)
{
    int64_t marked = 0;
    while (rap_rows_next (&rows)) {
        int64_t first = rap_rows_integer (rows, 0), end = first + rap_rows_integer (rows, 1);
        for (int64_t i = first < 0 ? 0 : first; i < end && i < count; i++) {
            marked += chunks[i] == ABSENT;
            if (chunks[i] == ABSENT)
                chunks[i] = what;
        }
    }
    return marked;
}

//  Marks what the journal has given up: in quarantine, or dropped.
static int64_t mark_given_up (audit_t *self, const char *number, uint8_t *chunks, int64_t count, uint8_t what)
{
    static const char quarantined[] = "SELECT ordinal, 1 FROM quarantine WHERE number = CAST (?1 AS INTEGER)"
                                      " AND released_at = '' AND ordinal < 4294967295";
    static const char waiting[] = "SELECT ordinal, 1 FROM quarantine WHERE number = CAST (?1 AS INTEGER)"
                                  " AND released_at = '' AND ordinal < 4294967295 AND dropped_at = ''";
    static const char dropped[] = "SELECT ordinal, 1 FROM quarantine WHERE number = CAST (?1 AS INTEGER)"
                                  " AND released_at = '' AND ordinal < 4294967295 AND dropped_at <> ''";
    if (what == DROPPED && !self->knows_drops)
        return 0;
    const char *sql = what == DROPPED ? dropped : self->knows_drops ? waiting : quarantined;
    return mark (chunks, count, rap_database_ask (self->journal, sql, &number, 1), what);
}

//  Chunk by chunk: what is in the store, else open, else quarantined, else dropped, else lost.
static void compare (audit_t *self, const char *number, const char *id, finding_t *finding)
{
    uint8_t *chunks = must (calloc ((size_t)finding->chunks + 1, 1));
    if (self->store)
        finding->stored = mark (
            chunks, finding->chunks,
            rap_database_ask (self->store, "SELECT ordinal, 1 FROM chunk WHERE document_id = ?1", &id, 1), STORED);
    finding->in_flight =
        mark (chunks, finding->chunks,
              rap_database_ask (self->journal, "SELECT first, count FROM batch WHERE number = CAST (?1 AS INTEGER)",
                                &number, 1),
              OPEN);
    finding->quarantined = mark_given_up (self, number, chunks, finding->chunks, QUARANTINED);
    finding->dropped = mark_given_up (self, number, chunks, finding->chunks, DROPPED);
    for (int64_t i = finding->chunks - 1; i >= 0; i--)
        if (chunks[i] == ABSENT) {
            finding->lost++;
            finding->first_lost = i;
        }
    free (chunks);
}

//  What is in quarantine, and the store was told, must be in the store's table too.
static bool is_untold (audit_t *self, const char *number, const char *id)
{
    int64_t told = rap_database_number (self->journal,
                                        "SELECT count (*) FROM quarantine q WHERE number = CAST (?1 AS INTEGER)"
                                        " AND released_at = '' AND NOT EXISTS"
                                        " (SELECT 1 FROM notice n WHERE n.entry = q.entry AND n.released = 0)",
                                        &number, 1);
    return told > 0
           && (!self->store
               || rap_database_number (self->store, "SELECT count (*) FROM quarantine WHERE document_id = ?1", &id, 1)
                      < told);
}

static bool is_lost (const finding_t *finding)
{
    return finding->lost || finding->untold;
}

static void remember (audit_t *self, const finding_t *finding, const char *source)
{
    if (self->found_count == self->found_room) {
        self->found_room = self->found_room ? 2 * self->found_room : 16;
        self->found = must (realloc (self->found, self->found_room * sizeof *self->found));
    }
    self->found[self->found_count] = *finding;
    self->found[self->found_count++].source = must (strdup (source ? source : ""));
}

//  Counts the document under one heading: what is worst about it.
static void place_document (sum_t *documents, const finding_t *finding, bool whole)
{
    bool quarantined = whole || finding->quarantined;
    documents->taken++;
    if (is_lost (finding))
        documents->lost++;
    else if (strcmp (finding->state, "taken") == 0 || finding->in_flight)
        documents->in_flight++;
    else if (strcmp (finding->state, "dropped") == 0 || (finding->dropped && !quarantined))
        documents->dropped++;
    else if (quarantined)
        documents->quarantined++;
    else
        documents->stored++;
}

//  A row of the journal: number, document_id, source, state, cause, chunks.
static void examine (audit_t *self, const rap_rows_t *row)
{
    finding_t finding = {.chunks = rap_rows_integer (row, 5), .first_lost = -1};
    const char *number = rap_rows_text (row, 0), *id = rap_rows_text (row, 1), *cause = rap_rows_text (row, 4);
    snprintf (finding.document_id, sizeof finding.document_id, "%s", id);
    snprintf (finding.state, sizeof finding.state, "%s", rap_rows_text (row, 3));
    bool dropped = strcmp (finding.state, "dropped") == 0;
    bool whole = (dropped || strcmp (finding.state, "quarantined") == 0) && cause && *cause;
    if (strcmp (finding.state, "taken") == 0 || whole || finding.chunks > RAP_DOCUMENT_CHUNKS_MAX)
        finding.chunks = 0; //  not split, as far as we know
    compare (self, number, id, &finding);
    finding.untold = (whole || finding.quarantined || finding.dropped) && is_untold (self, number, id);
    place_document (&self->documents, &finding, whole);
    self->chunks.taken += finding.chunks;
    self->chunks.stored += finding.stored;
    self->chunks.in_flight += finding.in_flight;
    self->chunks.quarantined += finding.quarantined;
    self->chunks.dropped += finding.dropped;
    self->chunks.lost += finding.lost;
    if (finding.lost || finding.in_flight || finding.quarantined || finding.dropped || whole
        || strcmp (finding.state, "taken") == 0)
        remember (self, &finding, rap_rows_text (row, 2));
}

//  The journal's numbers of documents that the store knows and it does not.
static void look_for_strangers (audit_t *self)
{
    if (!self->store)
        return;
    rap_rows_t *rows = rap_database_ask (self->store, "SELECT document_id FROM document", NULL, 0);
    while (rap_rows_next (&rows)) {
        const char *id = rap_rows_text (rows, 0);
        self->strangers += rap_database_number (self->journal,
                                                "SELECT NOT EXISTS (SELECT 1 FROM document"
                                                " WHERE document_id = ?1)",
                                                &id, 1);
    }
}

static bool is_balanced (const audit_t *self)
{
    const sum_t *d = &self->documents, *c = &self->chunks;
    return d->lost == 0 && c->lost == 0 && d->taken == d->stored + d->in_flight + d->quarantined + d->dropped
           && c->taken == c->stored + c->in_flight + c->quarantined + c->dropped;
}

//  --- telling -----------------------------------------------------------------------
static void put_sum (rap_json_t *json, const sum_t *sum)
{
    rap_json_integer (json, "taken", sum->taken);
    rap_json_integer (json, "stored", sum->stored);
    rap_json_integer (json, "in_flight", sum->in_flight);
    rap_json_integer (json, "quarantined", sum->quarantined);
    rap_json_integer (json, "dropped", sum->dropped);
    rap_json_integer (json, "lost", sum->lost);
}

static void print_json (const audit_t *self)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_bool (&json, "balanced", is_balanced (self));
    put_sum (&json, &self->documents);
    rap_json_object (&json, "chunks");
    put_sum (&json, &self->chunks);
    rap_json_end (&json);
    rap_json_integer (&json, "unknown_to_journal", self->strangers);
    rap_json_array (&json, "documents");
    for (size_t i = 0; i < self->found_count; i++) {
        const finding_t *f = &self->found[i];
        rap_json_object (&json, NULL);
        rap_json_text (&json, "document_id", f->document_id);
        rap_json_text (&json, "source", f->source);
        rap_json_text (&json, "state", is_lost (f) ? "LOST" : f->state);
        rap_json_integer (&json, "chunks", f->chunks);
        rap_json_integer (&json, "stored", f->stored);
        rap_json_integer (&json, "in_flight", f->in_flight);
        rap_json_integer (&json, "quarantined", f->quarantined);
        rap_json_integer (&json, "dropped", f->dropped);
        rap_json_integer (&json, "lost", f->lost);
        rap_json_end (&json);
    }
    rap_json_end (&json);
    rap_json_end (&json);
}

static void add_sum (rap_grid_t *grid, const char *what, const sum_t *sum)
{
    rap_grid_add (grid, what);
    rap_grid_add_number (grid, sum->taken);
    rap_grid_add_number (grid, sum->stored);
    rap_grid_add_number (grid, sum->in_flight);
    rap_grid_add_number (grid, sum->quarantined);
    rap_grid_add_number (grid, sum->dropped);
    rap_grid_add_number (grid, sum->lost);
}

static void print_findings (const audit_t *self)
{
    static const char *const columns[] = {"document",   "~source",      "state",    ">chunks", ">stored",
                                          ">in flight", ">quarantined", ">dropped", ">lost",   "first lost"};
    rap_grid_t *grid = rap_grid_new (columns, 10);
    for (size_t i = 0; i < self->found_count; i++) {
        const finding_t *f = &self->found[i];
        char first[32] = "";
        if (f->first_lost >= 0)
            snprintf (first, sizeof first, "%" PRId64, f->first_lost);
        rap_grid_add (grid, f->document_id);
        rap_grid_add (grid, f->source);
        rap_grid_add (grid, is_lost (f) ? "LOST" : f->state);
        rap_grid_add_number (grid, f->chunks);
        rap_grid_add_number (grid, f->stored);
        rap_grid_add_number (grid, f->in_flight);
        rap_grid_add_number (grid, f->quarantined);
        rap_grid_add_number (grid, f->dropped);
        rap_grid_add_number (grid, f->lost);
        rap_grid_add (grid, first);
    }
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    if (self->found_count)
        printf ("\n");
}

static void print_people (const audit_t *self, bool mended)
{
    static const char *const columns[] = {"", ">taken", ">stored", ">in flight", ">quarantined", ">dropped", ">lost"};
    print_findings (self);
    rap_grid_t *sums = rap_grid_new (columns, 7);
    add_sum (sums, "documents", &self->documents);
    add_sum (sums, "chunks", &self->chunks);
    rap_grid_print (sums, stdout);
    rap_grid_destroy (&sums);
    if (self->strangers)
        printf ("%" PRId64 " documents are in the database that this journal does not know: it came later, or from "
                "elsewhere.\n",
                self->strangers);
    printf ("\n%s\n",
            is_balanced (self) ? "balanced: taken = stored + in flight + quarantined + dropped"
            : mended ? "NOT BALANCED: the database believes that it has what is lost; move it away and mend again"
                     : "NOT BALANCED: what is lost was taken, and is not in the database; 'rapporteur audit "
                       "--mend' reads it anew");
}

static void forget (audit_t *self)
{
    for (size_t i = 0; i < self->found_count; i++)
        free (self->found[i].source);
    free (self->found);
    rap_database_close (&self->store);
    rap_database_close (&self->journal);
    *self = (audit_t){0};
}

//  The store may be missing, but not broken: then nobody knows what is in it.
static rap_status_t open_files (audit_t *self, const rap_place_t *place, rap_reason_t *reason)
{
    rap_reason_t why;
    self->journal = rap_database_open (place->journal, &why);
    if (!self->journal)
        return rap_refuse (reason, "%s; without the journal there is nothing to audit against", why.text);
    if (!rap_database_has_table (self->journal, "batch"))
        return rap_refuse (reason, "%s: not a journal of ingest", place->journal);
    rap_database_hold (self->journal);
    self->knows_drops = rap_database_number (self->journal, "PRAGMA user_version", NULL, 0) >= 2;
    self->store = rap_database_open (place->db, &why);
    if (!self->store && access (place->db, F_OK) == 0)
        return rap_refuse (reason, "%s. 'rapporteur audit --mend' makes what is missing anew", why.text);
    if (self->store && !rap_database_has_table (self->store, "chunk"))
        rap_database_close (&self->store); //  made this moment
    if (self->store)
        rap_database_hold (self->store);
    return RAP_OK;
}

static rap_status_t audit (audit_t *self, const rap_place_t *place, rap_reason_t *reason)
{
    if (open_files (self, place, reason) != RAP_OK)
        return RAP_REFUSED;
    rap_rows_t *rows = rap_database_ask (
        self->journal, "SELECT number, document_id, source, state, cause, chunks FROM document ORDER BY number", NULL,
        0);
    while (rap_rows_next (&rows))
        examine (self, rows);
    look_for_strangers (self);
    return RAP_OK;
}

//  --- mending -----------------------------------------------------------------------
//  Each lost document is read anew by the service that runs, or by one that runs for
//  as long as it takes.
typedef struct {
    rap_asker_t *asker;
    rap_oneshot_t *oneshot;
} mender_t;

static rap_status_t renew (mender_t *mender, const finding_t *found, rap_reason_t *reason)
{
    const char *report = "";
    bool ok = false;
    rap_status_t status =
        mender->oneshot ? rap_oneshot_command (mender->oneshot, "renew", found->document_id, 0, &ok, &report)
                        : rap_asker_ask (mender->asker, "renew", found->document_id, 0, ANSWER_MS, &ok, &report);
    if (status != RAP_OK)
        return rap_fail (reason,
                         "no answer from ingest; is the service running? 'rapporteur up --data DIR' starts it");
    return ok ? RAP_OK : rap_refuse (reason, "%s cannot be read anew: %.300s", found->document_id, report);
}

static rap_status_t wait_for_service (rap_asker_t *asker, rap_reason_t *reason)
{
    const char *report = "";
    bool ok;
    while (rap_asker_ask (asker, "status", "", 0, ANSWER_MS, &ok, &report) == RAP_OK) {
        if (rap_json_number (report, "$.idle") == 1)
            return RAP_OK;
        poll (NULL, 0, POLL_MS);
    }
    return rap_fail (reason, "ingest answers no more; it goes on when it is back");
}

static rap_status_t mend (const audit_t *self, const rap_place_t *place, rap_reason_t *reason)
{
    mender_t mender = {0};
    rap_status_t status = RAP_OK;
    if (*place->submit)
        mender.asker = rap_asker_new (place->submit, rap_caller_gate (), reason);
    else
        mender.oneshot = rap_oneshot_new (&(rap_oneshot_options_t){.place = place}, reason);
    if (!mender.asker && !mender.oneshot)
        return RAP_FAILED;
    for (size_t i = 0; status == RAP_OK && i < self->found_count; i++)
        if (is_lost (&self->found[i]))
            status = renew (&mender, &self->found[i], reason);
    if (status == RAP_OK)
        status =
            mender.oneshot ? rap_oneshot_finish (mender.oneshot, reason) : wait_for_service (mender.asker, reason);
    rap_asker_destroy (&mender.asker);
    rap_oneshot_destroy (&mender.oneshot);
    return status;
}

static int tell (const audit_t *self, bool json, bool mended)
{
    if (json)
        print_json (self);
    else
        print_people (self, mended);
    return is_balanced (self) ? 0 : 4;
}

static int act (const rap_place_t *place, bool json, bool mending)
{
    rap_reason_t reason;
    audit_t self = {0};
    rap_status_t status = audit (&self, place, &reason);
    if (status == RAP_OK && mending && !is_balanced (&self)) {
        status = mend (&self, place, &reason);
        forget (&self);
        if (status == RAP_OK)
            status = audit (&self, place, &reason);
    }
    int result = status == RAP_OK ? tell (&self, json, mending) : rap_term_fail ("%s", reason.text);
    forget (&self);
    return result;
}

int rap_verb_audit (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    rap_caller_t caller = {0};
    bool json = false, mending = false;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = "mend",
         .kind = RAP_OPTION_FLAG,
         .into = &mending,
         .help = "have what the database has lost read anew, and audit again"},
        RAP_CALLER_OPTIONS (caller),
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "the books as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur audit",
        .summary = "prove from the files that nothing was lost",
        .options = options,
        .more = "Reads the journal and the database, also while they are written, and compares them chunk by chunk.\n"
                "--mend is for a database that is gone, damaged and moved away, or an old copy: the journal has the\n"
                "bytes of all that was taken.\n"
                "Exit status: 0 balanced, 4 not, 1 the files cannot be read."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find (&place, data, db, &reason) != RAP_OK || rap_caller_begin (&caller, &place, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    status = act (&place, json, mending);
    if (place.data && (status == 0 || status == 4))
        rap_checked_note (place.db, "audit", status == 0);
    return status;
}
