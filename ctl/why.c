//  why: what a document, or one of its chunks, waits for.
//
//  The journal tells what is open and what was tried, the database what is in, and the ingest that runs who has
//  what at this moment. Where none runs, the files tell the rest.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/json.h"
#include "rapporteur/options.h"

#include "find.h"
#include "held.h"
#include "place.h"
#include "rapporteur/command.h"
#include "term.h"
#include "tried.h"
#include "verbs.h"

enum { ANSWER_MS = 3000, SENTENCES_MAX = 64, BATCHES_TOLD = 20, ORDINAL_BITS = 20 };

typedef struct {
    const rap_place_t *place;
    rap_held_t files;
    const char *meant;
    char id[RAP_DOCUMENT_ID_SIZE];
    char ordinal[16]; //  "" all of the document
    char number[24];  //  the journal's; "" it does not know the document
    char state[32];
    char *source, *cause;
    int64_t chunks, receipted, quarantined, dropped, open; //  chunks
    int64_t reads, deaths;                                 //  of the whole document
    char received_at[40];
    char *live; //  what ingest has of it, as JSON; NULL: none runs
    bool running;
    const char *waits_for;
    char *sentences[SENTENCES_MAX];
    size_t sentences_count;
} why_t;

static void say (why_t *self, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

static void say (why_t *self, const char *format, ...)
{
    va_list list;
    if (self->sentences_count == SENTENCES_MAX)
        return;
    va_start (list, format);
    if (vasprintf (&self->sentences[self->sentences_count++], format, list) < 0)
        abort ();
    va_end (list);
}

static char *copy_of (const char *text)
{
    char *copy = strdup (text ? text : "");
    if (!copy)
        abort ();
    return copy;
}

static bool is_true (const why_t *self, const char *path)
{
    return self->live && rap_json_number (self->live, path) == 1;
}

//  --- finding -----------------------------------------------------------------------
//  What the journal has beyond the database: documents that nothing is stored of yet.
static rap_status_t find_in_journal (why_t *self, rap_reason_t *reason)
{
    int found = 0;
    rap_rows_t *rows = rap_database_ask (self->files.journal,
                                         "SELECT document_id FROM document WHERE (length (?1) >= 4"
                                         " AND substr (document_id, 1, length (?1)) = ?1) OR source = ?1"
                                         " OR substr (source, -length (?1) - 1) = '/' || ?1"
                                         " OR (symbol <> '' AND symbol = ?1) ORDER BY number DESC",
                                         &self->meant, 1);
    while (rap_rows_next (&rows))
        if (found++ == 0)
            snprintf (self->id, sizeof self->id, "%s", rap_rows_text (rows, 0));
    if (found > 1)
        return rap_refuse (reason, "'%.60s' may be any of %d documents; say which by its id", self->meant, found);
    return found ? RAP_OK : RAP_AGAIN;
}

//  A number as chunk_id has it.
static rap_status_t find_chunk (why_t *self)
{
    size_t len = strlen (self->meant);
    rap_status_t status = RAP_AGAIN;
    if (!self->files.store || len < 7 || len > 18 || strspn (self->meant, "0123456789") != len)
        return RAP_AGAIN;
    rap_rows_t *rows = rap_database_ask (
        self->files.store, "SELECT document_id, ordinal FROM chunk WHERE chunk_id = CAST (?1 AS INTEGER)",
        &self->meant, 1);
    if (rap_rows_next (&rows)) {
        snprintf (self->id, sizeof self->id, "%s", rap_rows_text (rows, 0));
        snprintf (self->ordinal, sizeof self->ordinal, "%s", rap_rows_text (rows, 1));
        status = RAP_OK;
    }
    rap_rows_end (&rows);
    return status;
}

static rap_status_t find (why_t *self, rap_reason_t *reason)
{
    rap_status_t status = RAP_AGAIN;
    if (self->files.journal)
        status = find_in_journal (self, reason);
    if (status == RAP_AGAIN && !*self->ordinal)
        status = find_chunk (self);
    if (status == RAP_AGAIN && self->files.store)
        status = rap_find_document (self->files.store, self->meant, self->id, reason);
    if (status == RAP_AGAIN)
        status = rap_refuse (reason, "there is no document '%.100s'", self->meant);
    return status;
}

//  A file that lies in the inbox, or was refused there. False: it is not there either.
static bool look_in_inbox (why_t *self)
{
    char path[RAP_PATH_MAX + 64], reason[400] = "";
    const char *name = strrchr (self->meant, '/') ? strrchr (self->meant, '/') + 1 : self->meant;
    if (!self->place->data || !*name || *name == '.')
        return false;
    snprintf (path, sizeof path, "%s/inbox/%s", self->place->data, name);
    if (access (path, F_OK) == 0) {
        self->waits_for = rap_place_is_served (self->place) ? "taking" : "service";
        say (self,
             "It lies in the inbox and was not taken yet: what is being written is not taken, nor is a folder%s.",
             strcmp (self->waits_for, "service") == 0 ? ", and the service is not running" : "");
        return true;
    }
    snprintf (path, sizeof path, "%s/inbox/refused/%s.reason", self->place->data, name);
    FILE *file = fopen (path, "re");
    if (!file)
        return false;
    if (!fgets (reason, sizeof reason, file))
        reason[0] = 0;
    fclose (file);
    reason[strcspn (reason, "\n")] = 0;
    self->waits_for = "person";
    say (self, "It was refused from the inbox, and lies in inbox/refused: %s", reason);
    return true;
}

//  --- the files ----------------------------------------------------------------------
static void read_journal (why_t *self)
{
    const char *id = self->id;
    bool drops = rap_database_number (self->files.journal, "PRAGMA user_version", NULL, 0) >= 2;
    rap_rows_t *rows = rap_database_ask (
        self->files.journal,
        drops ? "SELECT number, source, state, cause, chunks, receipted, quarantined, reads, deaths, received_at,"
                " dropped FROM document WHERE document_id = ?1"
              : "SELECT number, source, state, cause, chunks, receipted, quarantined, reads, deaths, received_at, 0"
                " FROM document WHERE document_id = ?1",
        &id, 1);
    if (rap_rows_next (&rows)) {
        snprintf (self->number, sizeof self->number, "%s", rap_rows_text (rows, 0));
        self->source = copy_of (rap_rows_text (rows, 1));
        snprintf (self->state, sizeof self->state, "%s", rap_rows_text (rows, 2));
        self->cause = copy_of (rap_rows_text (rows, 3));
        self->chunks = rap_rows_integer (rows, 4);
        self->receipted = rap_rows_integer (rows, 5);
        self->quarantined = rap_rows_integer (rows, 6);
        self->reads = rap_rows_integer (rows, 7);
        self->deaths = rap_rows_integer (rows, 8);
        snprintf (self->received_at, sizeof self->received_at, "%s", rap_rows_text (rows, 9));
        self->dropped = rap_rows_integer (rows, 10);
        self->open = self->chunks - self->receipted - self->quarantined - self->dropped;
    }
    rap_rows_end (&rows);
}

static int64_t ask_number (rap_database_t *db, const char *sql, const char *first, const char *second)
{
    const char *texts[] = {first, second};
    return rap_database_number (db, sql, texts, second ? 2 : 1);
}

static int64_t documents_before (const why_t *self)
{
    return ask_number (self->files.journal,
                       "SELECT count (*) FROM document WHERE state = 'taken' AND number < CAST (?1 AS INTEGER)",
                       self->number, NULL);
}

//  Open chunks that come before this document's, or before this chunk.
static int64_t chunks_before (const why_t *self)
{
    return ask_number (
        self->files.journal,
        "SELECT coalesce (sum (count), 0) FROM batch JOIN document USING (number) WHERE state <> 'taken'"
        " AND (number < CAST (?1 AS INTEGER)"
        " OR (number = CAST (?1 AS INTEGER) AND first + count <= CAST (?2 AS INTEGER)))",
        self->number, *self->ordinal ? self->ordinal : "0");
}

//  Is the chunk, or anything of the document, in a batch?
static bool is_open (const why_t *self)
{
    return ask_number (self->files.journal,
                       "SELECT count (*) FROM batch WHERE number = CAST (?1 AS INTEGER) AND (?2 = ''"
                       " OR (first <= CAST (?2 AS INTEGER) AND CAST (?2 AS INTEGER) < first + count))",
                       self->number, self->ordinal)
           > 0;
}

//  --- sentences -----------------------------------------------------------------------
//  "chunk 3", "chunks 0 to 15"
static const char *name_run (char *name, size_t size, int64_t first, int64_t count)
{
    if (count == 1)
        snprintf (name, size, "Chunk %" PRId64, first);
    else
        snprintf (name, size, "Chunks %" PRId64 " to %" PRId64, first, first + count - 1);
    return name;
}

enum {
    FIRST,
    COUNT,
    STATE,
    SINCE_MS,
    ASKS,
    ATTEMPTS,
    DEATHS,
    ALONE,
    WORKER,
    HEARD_MS,
    BLOCKED,
    UNDER_HAND,
    HAND,
    BEFORE
};

static void say_leased (why_t *self, const char *name, const rap_rows_t *row)
{
    char where[96] = "";
    if (rap_rows_integer (row, UNDER_HAND))
        snprintf (where, sizeof where, ", works on it at chunk %" PRId64, rap_rows_integer (row, HAND));
    else if (rap_rows_integer (row, BEFORE))
        snprintf (where, sizeof where, ", after %" PRId64 " other batches that it has",
                  rap_rows_integer (row, BEFORE));
    say (self, "%s: worker %s has it since %.1f s%s%s; it was heard of %.1f s ago; attempt %" PRId64 ".", name,
         rap_rows_text (row, WORKER), (double)rap_rows_integer (row, SINCE_MS) / 1000, where,
         rap_rows_integer (row, BLOCKED) ? ", and waits for the sink" : "",
         (double)rap_rows_integer (row, HEARD_MS) / 1000, rap_rows_integer (row, ATTEMPTS));
}

static void say_batch (why_t *self, const rap_rows_t *row)
{
    char name[64];
    const char *state = rap_rows_text (row, STATE), *worker = rap_rows_text (row, WORKER);
    name_run (name, sizeof name, rap_rows_integer (row, FIRST), rap_rows_integer (row, COUNT));
    if (strcmp (state, "leased") == 0)
        say_leased (self, name, row);
    else if (strcmp (state, "delivered") == 0)
        say (self,
             "%s: worker %s delivered it; the sink has not said yet that it is on disk, and is asked in %.1f s.",
             name, worker ? worker : "(gone)", (double)rap_rows_integer (row, SINCE_MS) / 1000);
    else if (strcmp (state, "asked") == 0)
        say (self, "%s: it was sent before, and the sink is asked whether it holds it.", name);
    else if (strcmp (state, "planned") == 0)
        say (self, "%s: it is being given to a worker.", name);
    else
        say (self, "%s: waits for a worker%s; attempts so far: %" PRId64 ", deaths: %" PRId64 ".", name,
             rap_rows_integer (row, ALONE) ? " that holds nothing else, since it is suspect" : "",
             rap_rows_integer (row, ATTEMPTS), rap_rows_integer (row, DEATHS));
}

static void note_state (const char *state, bool *held, bool *told, bool *waiting)
{
    *held = *held || strcmp (state, "leased") == 0;
    *told = *told || strcmp (state, "delivered") == 0 || strcmp (state, "asked") == 0;
    *waiting = *waiting || strcmp (state, "waiting") == 0 || strcmp (state, "planned") == 0;
}

//  What keeps waiting batches from being given out, the most important first.
static void say_hold (why_t *self, bool waiting)
{
    if (is_true (self, "$.failing"))
        say (self, "The journal cannot be written at present: is the disk full? Nothing is given out.");
    if (is_true (self, "$.hold.no_sink"))
        say (self, "The sink is not heard of%s: nothing is given out, and nothing is stored.",
             rap_json_number (self->live, "$.sink.heard_ms") < 0 ? "" : " any more");
    if (!waiting)
        return;
    if (is_true (self, "$.hold.draining"))
        say (self, "The service is ending: nothing more is given out before its next start.");
    else if (is_true (self, "$.hold.no_workers"))
        say (self, "There is no worker.");
    else if (is_true (self, "$.hold.no_credit"))
        say (self, "All %" PRId64 " workers have as much as they asked for.",
             rap_json_number (self->live, "$.workers"));
    else if (is_true (self, "$.hold.flying"))
        say (self, "As much is with workers and the sink as may be without a receipt.");
}

static const char *decide (const why_t *self, bool held, bool told, bool waiting)
{
    if (is_true (self, "$.failing"))
        return "journal";
    if (is_true (self, "$.hold.no_sink"))
        return "sink";
    if (held)
        return "worker";
    if (told)
        return "receipt";
    if (waiting && is_true (self, "$.hold.no_workers"))
        return "worker";
    if (is_true (self, "$.hold.no_credit"))
        return "credit";
    return is_true (self, "$.hold.flying") ? "receipt" : "turn";
}

//  Who has what, as the ingest that runs says.
static void say_live (why_t *self)
{
    static const char question[] =
        "SELECT value->>'first', value->>'count', value->>'state', value->>'since_ms', value->>'asks',"
        " value->>'attempts', value->>'deaths', value->>'alone', value->>'worker', value->>'heard_ms',"
        " value->>'blocked', value->>'under_hand', value->>'hand_ordinal', value->>'before'"
        " FROM json_each (?1, '$.batches')";
    const char *report = self->live;
    bool held = false, told = false, waiting = false;
    int64_t listed = 0, chunks = 0;
    rap_rows_t *rows = rap_database_ask (self->files.journal, question, &report, 1);
    while (rap_rows_next (&rows)) {
        note_state (rap_rows_text (rows, STATE), &held, &told, &waiting);
        chunks += rap_rows_integer (rows, COUNT);
        if (listed++ < BATCHES_TOLD)
            say_batch (self, rows);
    }
    if (listed > BATCHES_TOLD)
        say (self, "And %" PRId64 " more batches.", listed - BATCHES_TOLD);
    int64_t before = chunks_before (self);
    if (!listed || (!*self->ordinal && chunks < self->open)) {
        waiting = true;
        say (self, "%s in the journal until there is room; %" PRId64 " open chunks come before it.",
             listed ? "The rest waits" : "It waits", before);
    } else if (waiting && before)
        say (self, "%" PRId64 " open chunks come before it.", before);
    say_hold (self, waiting);
    self->waits_for = decide (self, held, told, waiting);
}

static void say_open (why_t *self)
{
    if (self->live) {
        say_live (self);
        return;
    }
    self->waits_for = "service";
    say (self,
         self->running ? "The service runs, and ingest does not answer at present; %" PRId64
                         " open chunks come before it."
                       : "The service is not running, so nothing is given out; %" PRId64
                         " open chunks come before it at the next start.",
         chunks_before (self));
}

static void say_unread (why_t *self)
{
    self->waits_for = self->running ? "reading" : "service";
    say (self, "It was taken at %s and waits to be read; %" PRId64 " documents come before it.%s", self->received_at,
         documents_before (self), self->running ? "" : " The service is not running.");
    if (self->reads)
        say (self, "Reading it was begun %" PRId64 " times; its reader died of it %" PRId64 " times.", self->reads,
             self->deaths);
}

//  What is in quarantine of it, or was dropped. Answers whether there was anything.
static bool say_given_up (why_t *self)
{
    bool any = false;
    rap_rows_t *rows = rap_held_ask (&self->files, RAP_HELD_ANY, self->id, *self->ordinal ? self->ordinal : NULL);
    while (rap_rows_next (&rows)) {
        char name[32];
        const char *at = rap_rows_text (rows, RAP_HELD_DROPPED_AT);
        int64_t ordinal = rap_rows_integer (rows, RAP_HELD_ORDINAL);
        any = true;
        if (ordinal < 0)
            snprintf (name, sizeof name, "All of it");
        else
            name_run (name, sizeof name, ordinal, 1);
        if (at && *at)
            say (self, "%s was dropped at %s by %s: %s", name, at, rap_rows_text (rows, RAP_HELD_DROPPED_BY),
                 rap_rows_text (rows, RAP_HELD_DROPPED_REASON));
        else
            say (self, "%s is in quarantine since %s, after %" PRId64 " attempts, and waits for a person: %s", name,
                 rap_rows_text (rows, RAP_HELD_LAST_AT), rap_rows_integer (rows, RAP_HELD_ATTEMPTS),
                 rap_rows_text (rows, RAP_HELD_CAUSE));
        if (!at || !*at)
            self->waits_for = "person";
    }
    return any;
}

//  What the database has: how it got there.
static void say_stored (why_t *self)
{
    const char *texts[] = {self->id, self->ordinal};
    if (!self->files.store)
        return;
    rap_rows_t *rows = rap_database_ask (
        self->files.store,
        "SELECT count (*), p.pipeline, max (p.committed_at), max (p.attempt), max (p.worker) FROM chunk c"
        " JOIN provenance p USING (chunk_id) WHERE c.document_id = ?1"
        " AND (?2 = '' OR c.ordinal = CAST (?2 AS INTEGER)) GROUP BY p.pipeline ORDER BY max (p.committed_at)",
        texts, 2);
    while (rap_rows_next (&rows))
        if (*self->ordinal)
            say (self, "It is stored since %s, by worker %s, at attempt %" PRId64 ", read with %s.",
                 rap_rows_text (rows, 2), rap_rows_text (rows, 4), rap_rows_integer (rows, 3),
                 rap_rows_text (rows, 1));
        else
            say (self, "%" PRId64 " chunks are stored, read with %s, the last at %s.", rap_rows_integer (rows, 0),
                 rap_rows_text (rows, 1), rap_rows_text (rows, 2));
}

static bool is_stored (const why_t *self)
{
    return self->files.store && *self->ordinal
           && ask_number (self->files.store,
                          "SELECT count (*) FROM chunk WHERE document_id = ?1 AND ordinal = CAST (?2 AS INTEGER)",
                          self->id, self->ordinal)
                  > 0;
}

static void explain (why_t *self)
{
    if (!*self->number) {
        self->waits_for = "nothing";
        say (self, "This journal does not know it; the database has it from elsewhere.");
        say_stored (self);
        return;
    }
    if (strcmp (self->state, "taken") == 0) {
        say_unread (self);
        return;
    }
    if (!*self->ordinal && self->chunks)
        say (self,
             "Of %" PRId64 " chunks %" PRId64 " are stored, %" PRId64 " open, %" PRId64 " in quarantine, %" PRId64
             " dropped.",
             self->chunks, self->receipted, self->open, self->quarantined, self->dropped);
    self->waits_for = "nothing";
    bool given_up = say_given_up (self);
    say_stored (self);
    if (!is_stored (self) && is_open (self))
        say_open (self);
    else if (!given_up && *self->ordinal && !is_stored (self))
        say (self, "There is no such chunk, or it is lost: 'rapporteur audit' tells.");
    else if (strcmp (self->waits_for, "nothing") == 0)
        say (self, "It waits for nothing.");
}

//  --- telling -----------------------------------------------------------------------
static const char *tried_ordinal (const why_t *self)
{
    return *self->ordinal ? self->ordinal : strcmp (self->state, "split") == 0 ? NULL : "-1";
}

//  Of a chunk, of the document's reading, or (in work) of any of its chunks.
static rap_rows_t *tried (const why_t *self)
{
    const char *number = self->number, *ordinal = tried_ordinal (self);
    if (!*number || !self->files.journal || !rap_database_has_table (self->files.journal, "tried"))
        return NULL;
    if (ordinal)
        return rap_held_tried (&self->files, number, ordinal);
    return rap_database_ask (self->files.journal,
                             "SELECT ended_at, held_ms, attempt, first, count, worker, incarnation, outcome, cause"
                             " FROM tried WHERE number = CAST (?1 AS INTEGER) ORDER BY tried DESC LIMIT 20",
                             &number, 1);
}

static void print (const why_t *self)
{
    rap_term_bold (stdout, *self->id ? self->id : self->meant);
    printf (*self->ordinal ? ", chunk %s" : "%s", self->ordinal);
    if (self->source) {
        printf ("  ");
        rap_term_put (stdout, self->source, -1);
    }
    printf ("\n");
    for (size_t i = 0; i < self->sentences_count; i++) {
        printf ("  ");
        rap_term_put (stdout, self->sentences[i], 4);
        printf ("\n");
    }
    rap_rows_t *rows = tried (self);
    if (!rows)
        return;
    printf ("  Tried in vain:\n");
    if (!rap_tried_print (rows, 4))
        printf ("    nothing\n");
}

static void print_json (const why_t *self)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "document_id", *self->id ? self->id : NULL);
    rap_json_text (&json, "source", self->source);
    rap_json_raw (&json, "ordinal", self->ordinal);
    rap_json_text (&json, "state", *self->state ? self->state : NULL);
    rap_json_text (&json, "waits_for", self->waits_for);
    rap_json_array (&json, "sentences");
    for (size_t i = 0; i < self->sentences_count; i++)
        rap_json_text (&json, NULL, self->sentences[i]);
    rap_json_end (&json);
    rap_json_object (&json, "chunks");
    rap_json_integer (&json, "taken", self->chunks);
    rap_json_integer (&json, "stored", self->receipted);
    rap_json_integer (&json, "open", self->open);
    rap_json_integer (&json, "quarantined", self->quarantined);
    rap_json_integer (&json, "dropped", self->dropped);
    rap_json_end (&json);
    if (*self->number) {
        rap_json_object (&json, "before");
        rap_json_integer (&json, "documents", documents_before (self));
        rap_json_integer (&json, "chunks", chunks_before (self));
        rap_json_end (&json);
    }
    rap_tried_put (&json, "tried", tried (self));
    rap_json_bool (&json, "running", self->running);
    rap_json_raw (&json, "service", self->live);
    rap_json_end (&json);
}

//  --- doing it ----------------------------------------------------------------------
static void ask_service (why_t *self)
{
    rap_reason_t reason;
    const char *report = "";
    bool ok = false;
    self->running = rap_place_is_served (self->place);
    rap_asker_t *asker = self->running ? rap_asker_new (self->place->submit, NULL, &reason) : NULL;
    uint32_t ordinal = *self->ordinal ? (uint32_t)strtoul (self->ordinal, NULL, 10) : UINT32_MAX;
    if (asker && rap_asker_ask (asker, "why", self->id, ordinal, ANSWER_MS, &ok, &report) == RAP_OK && ok)
        self->live = copy_of (report);
    rap_asker_destroy (&asker);
}

static void forget (why_t *self)
{
    for (size_t i = 0; i < self->sentences_count; i++)
        free (self->sentences[i]);
    free (self->source);
    free (self->cause);
    free (self->live);
    rap_held_close (&self->files);
}

static int act (why_t *self, bool json)
{
    rap_reason_t reason;
    int status = 0;
    if (rap_held_open (&self->files, self->place, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (find (self, &reason) == RAP_OK) {
        ask_service (self); //  before the files: what it has done meanwhile, they tell
        if (self->files.journal)
            read_journal (self);
        explain (self);
    } else if (!look_in_inbox (self))
        status = rap_term_fail ("%s", reason.text);
    if (status == 0 && json)
        print_json (self);
    else if (status == 0)
        print (self);
    forget (self);
    return status;
}

int rap_verb_why (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    bool json = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {.program = "rapporteur why",
                               .summary = "what a document or a chunk waits for, who has it, and what was tried",
                               .operands = "DOCUMENT [CHUNK] | CHUNK_ID",
                               .options = options,
                               .more =
                                   "CHUNK is its number in the document, from 0; CHUNK_ID its key in the database.\n"
                                   "Asks the service if it runs, and reads the files."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    if (count != 1 && count != 2)
        return rap_options_wrong (&usage, "say which DOCUMENT, and perhaps which CHUNK in it");
    if (count == 2 && (strlen (argv[2]) > 7 || !*argv[2] || strspn (argv[2], "0123456789") != strlen (argv[2])))
        return rap_options_wrong (&usage, "CHUNK is a number, not '%s'", argv[2]);
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    why_t self = {.place = &place, .meant = argv[1]};
    snprintf (self.ordinal, sizeof self.ordinal, "%s", count == 2 ? argv[2] : "");
    return act (&self, json);
}
