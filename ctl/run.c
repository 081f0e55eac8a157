//  run: documents into a database, and done.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/finding.h"
#include "rapporteur/options.h"

#include "database.h"
#include "oneshot.h"
#include "paths.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

//  Documents listed one by one; of more, only those with something to be said.
enum { LISTED_MAX = 40 };

typedef struct {
    const char *db;
    const char *rules;
    const char *log;
    int64_t workers;
    bool json, dashboard;
    rap_oneshot_t *oneshot; //  stays until all is said; NULL: is over
    rap_handin_item_t *items;
    uint32_t count;
    double seconds;
} run_t;

//  --- what came of it -------------------------------------------------------------
//  The ids of all documents of this run as a JSON array, for questions about them.
static char *ids_of (const run_t *self)
{
    size_t room = (size_t)self->count * (RAP_DOCUMENT_ID_SIZE + 2) + 3;
    char *ids = malloc (room), *to = ids;
    if (!ids)
        abort ();
    *to++ = '[';
    for (uint32_t i = 0; i < self->count; i++)
        if (self->items[i].document_id[0])
            to += sprintf (to, "%s\"%s\"", to > ids + 1 ? "," : "", self->items[i].document_id);
    stpcpy (to, "]");
    return ids;
}

//  A document as the database has it.
typedef struct {
    char symbol[64];
    char state[32];
    int64_t chunks, stored;
    char cause[RAP_REASON_MAX];
} outcome_t;

static void keep (char *to, size_t size, const char *text)
{
    snprintf (to, size, "%s", text ? text : "");
}

static void look_up (rap_database_t *db, const rap_handin_item_t *item, outcome_t *outcome)
{
    const char *id = item->document_id;
    *outcome = (outcome_t){0};
    keep (outcome->state, sizeof outcome->state, rap_handin_word (item->result));
    keep (outcome->cause, sizeof outcome->cause, item->cause.text);
    if (!id[0] || item->result == RAP_HANDIN_REFUSED || !db)
        return;
    rap_rows_t *rows = rap_database_ask (
        db,
        "SELECT d.symbol, d.state, d.chunks, d.stored,"
        " (SELECT q.cause FROM quarantine q WHERE q.document_id = d.document_id AND q.released_at IS NULL LIMIT 1)"
        " FROM document d WHERE d.document_id = ?1",
        &id, 1);
    if (rap_rows_next (&rows)) {
        keep (outcome->symbol, sizeof outcome->symbol, rap_rows_text (rows, 0));
        keep (outcome->state, sizeof outcome->state, rap_rows_text (rows, 1));
        outcome->chunks = rap_rows_integer (rows, 2);
        outcome->stored = rap_rows_integer (rows, 3);
        keep (outcome->cause, sizeof outcome->cause, rap_rows_text (rows, 4));
    }
    rap_rows_end (&rows);
}

static bool is_good (const outcome_t *outcome)
{
    return strcmp (outcome->state, "complete") == 0 || strcmp (outcome->state, "superseded") == 0;
}

typedef struct {
    int64_t good, bad, already, chunks;
    int64_t found[RAP_FINDING_COUNT];
} totals_t;

static void count_findings (rap_database_t *db, const char *ids, totals_t *totals)
{
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        char sql[400];
        snprintf (sql, sizeof sql,
                  "SELECT count (*) FROM chunk JOIN %s USING (chunk_id)"
                  " WHERE document_id IN (SELECT value FROM json_each (?1))",
                  rap_finding_schemas[kind].name);
        totals->found[kind] = rap_database_number (db, sql, &ids, 1);
    }
    totals->chunks = rap_database_number (
        db, "SELECT count (*) FROM chunk WHERE document_id IN (SELECT value FROM json_each (?1))", &ids, 1);
}

static void add_up (totals_t *totals, const rap_handin_item_t *item, const outcome_t *outcome)
{
    totals->good += is_good (outcome);
    totals->bad += !is_good (outcome);
    totals->already += item->result == RAP_HANDIN_ALREADY;
}

//  "already taken" where it was; the cause where it did not go well.
static const char *note_of (const rap_handin_item_t *item, const outcome_t *outcome)
{
    if (!is_good (outcome))
        return outcome->cause;
    return item->result == RAP_HANDIN_ALREADY ? "already taken" : "";
}

static void print_summary (const run_t *self, const totals_t *totals, const rap_grid_t *grid)
{
    char number[RAP_NUMBER_MAX];
    static const char *const columns[] = {"found", ">rows"};
    rap_grid_print (grid, stdout);
    rap_grid_t *kinds = rap_grid_new (columns, 2);
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        rap_grid_add (kinds, rap_finding_schemas[kind].name);
        rap_grid_add_number (kinds, totals->found[kind]);
    }
    printf ("\n");
    rap_grid_print (kinds, stdout);
    rap_grid_destroy (&kinds);
    printf ("\n%s documents", rap_term_number (number, self->count));
    printf (": %s complete", rap_term_number (number, totals->good));
    if (totals->bad)
        printf (", %s not", rap_term_number (number, totals->bad));
    if (totals->already)
        printf (" (%s already taken before)", rap_term_number (number, totals->already));
    printf ("; %s chunks", rap_term_number (number, totals->chunks));
    printf (" in %.1f s, in ", self->seconds);
    rap_term_put (stdout, self->db, -1);
    printf ("\n");
}

static totals_t print_people (const run_t *self, rap_database_t *db, const char *ids)
{
    static const char *const columns[] = {"document", "~from", "state", ">chunks", "~note"};
    totals_t totals = {0};
    outcome_t outcome;
    rap_grid_t *grid = rap_grid_new (columns, 5);
    for (uint32_t i = 0; i < self->count; i++) {
        const rap_handin_item_t *item = &self->items[i];
        look_up (db, item, &outcome);
        add_up (&totals, item, &outcome);
        if (self->count > LISTED_MAX && is_good (&outcome))
            continue;
        rap_grid_add (grid, outcome.symbol);
        rap_grid_add (grid, item->path);
        rap_grid_add (grid, outcome.state);
        rap_grid_add_number (grid, outcome.stored);
        rap_grid_add (grid, note_of (item, &outcome));
    }
    count_findings (db, ids, &totals);
    print_summary (self, &totals, grid);
    rap_grid_destroy (&grid);
    return totals;
}

static void print_document (rap_json_t *json, const rap_handin_item_t *item, const outcome_t *outcome)
{
    rap_json_object (json, NULL);
    rap_json_text (json, "path", item->path);
    rap_json_text (json, "document_id", item->document_id[0] ? item->document_id : NULL);
    rap_json_text (json, "symbol", outcome->symbol[0] ? outcome->symbol : NULL);
    rap_json_text (json, "state", outcome->state);
    rap_json_bool (json, "already", item->result == RAP_HANDIN_ALREADY);
    rap_json_integer (json, "chunks", outcome->chunks);
    rap_json_integer (json, "stored", outcome->stored);
    rap_json_text (json, "cause", is_good (outcome) ? NULL : outcome->cause);
    rap_json_end (json);
}

static totals_t print_json (const run_t *self, rap_database_t *db, const char *ids)
{
    rap_json_t json;
    outcome_t outcome;
    totals_t totals = {0};
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "db", self->db);
    rap_json_array (&json, "documents");
    for (uint32_t i = 0; i < self->count; i++) {
        look_up (db, &self->items[i], &outcome);
        add_up (&totals, &self->items[i], &outcome);
        print_document (&json, &self->items[i], &outcome);
    }
    rap_json_end (&json);
    count_findings (db, ids, &totals);
    rap_json_integer (&json, "complete", totals.good);
    rap_json_integer (&json, "not_complete", totals.bad);
    rap_json_integer (&json, "already", totals.already);
    rap_json_integer (&json, "chunks", totals.chunks);
    rap_json_object (&json, "findings");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        rap_json_integer (&json, rap_finding_schemas[kind].name, totals.found[kind]);
    rap_json_end (&json);
    rap_json_real (&json, "seconds", self->seconds);
    rap_json_end (&json);
    return totals;
}

//  --- doing it ----------------------------------------------------------------------
//  A journal remembers what is in its database. Without the database, what it
//  remembers is not true.
static rap_status_t check_pair (const rap_place_t *place, rap_reason_t *reason)
{
    if (access (place->db, F_OK) != 0 && access (place->journal, F_OK) == 0)
        return rap_refuse (
            reason,
            "%s is gone, but its journal %s is there and has all that was in it: 'rapporteur audit --mend --db %s' "
            "makes it anew. Or put the database back, or remove the journal too",
            place->db, place->journal, place->db);
    return RAP_OK;
}

//  Where the dashboard is: not among what --json prints.
static void tell_url (const run_t *self, rap_oneshot_t *oneshot)
{
    char url[128];
    if (self->dashboard && rap_oneshot_url (oneshot, url, sizeof url))
        fprintf (stderr, "dashboard: %s\n", url);
}

static rap_status_t work (run_t *self, const rap_place_t *place, rap_reason_t *reason)
{
    rap_oneshot_options_t options = {.place = place,
                                     .rules = self->rules,
                                     .log = self->log,
                                     .workers = self->workers,
                                     .dashboard = self->dashboard};
    if (check_pair (place, reason) != RAP_OK)
        return RAP_REFUSED;
    rap_oneshot_t *oneshot = rap_oneshot_new (&options, reason);
    if (!oneshot)
        return RAP_FAILED;
    tell_url (self, oneshot);
    rap_status_t status = rap_oneshot_hand_in (oneshot, self->items, self->count, reason);
    if (status == RAP_OK)
        status = rap_oneshot_finish (oneshot, reason);
    rap_progress_end ();
    if (status != RAP_OK)
        rap_oneshot_explain (oneshot);
    if (status == RAP_OK && self->dashboard)
        self->oneshot = oneshot;
    else
        rap_oneshot_destroy (&oneshot);
    return status;
}

//  The dashboard goes on until somebody ends it.
static void stay (run_t *self)
{
    if (!self->oneshot)
        return;
    fprintf (stderr, "The dashboard goes on; Ctrl-C ends it.\n");
    rap_oneshot_stay (self->oneshot);
    rap_oneshot_destroy (&self->oneshot);
}

static int run_paths (run_t *self, rap_paths_t *paths)
{
    rap_place_t place;
    rap_reason_t reason;
    int64_t began_us = rap_clock_us ();
    if (paths->count == 0)
        return rap_term_fail ("there is no document in what was given");
    self->count = paths->count;
    self->items = calloc (self->count, sizeof *self->items);
    if (!self->items)
        abort ();
    for (uint32_t i = 0; i < self->count; i++)
        self->items[i].path = paths->at[i];
    if (rap_place_find (&place, NULL, self->db, &reason) != RAP_OK || work (self, &place, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    self->seconds = (double)(rap_clock_us () - began_us) / 1e6;
    //  With a dashboard the sink is still there.
    rap_database_t *db =
        self->oneshot ? rap_database_open (place.db, &reason) : rap_database_open_still (place.db, &reason);
    if (!db)
        return rap_term_fail ("%s", reason.text);
    char *ids = ids_of (self);
    totals_t totals = self->json ? print_json (self, db, ids) : print_people (self, db, ids);
    free (ids);
    rap_database_close (&db);
    fflush (stdout);
    stay (self);
    return totals.bad ? 3 : 0;
}

int rap_verb_run (int argc, char **argv)
{
    run_t self = {.db = "rapporteur.db"};
    int count = 0;
    const rap_option_t options[] = {
        {.name = "db", .into = &self.db, .value = "FILE", .help = "the database (default: rapporteur.db)"},
        {.name = "workers",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.workers,
         .value = "N",
         .help = "worker processes (default: one a processor)",
         .min = 1,
         .max = 256},
        {.name = "rules", .into = &self.rules, .value = "DIR", .help = "folder of the rules"},
        {.name = "log",
         .into = &self.log,
         .value = "LEVEL",
         .help = "show the daemons' log: error, warn, info, debug",
         .choices = "error warn info debug",
         .once = true},
        {.name = "dashboard",
         .kind = RAP_OPTION_FLAG,
         .into = &self.dashboard,
         .help = "serve what comes in to a browser, until Ctrl-C",
         .once = true},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &self.json, .help = "the summary as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur run",
        .summary = "read documents into a database, and end when that is done",
        .operands = "PATH...",
        .options = options,
        .more =
            "A PATH is a document, or a folder: the files in and below it, without hidden ones, *.meta and README\n"
            "files. What is known of FILE may stand in FILE.meta, in lines 'key: value' with the keys symbol, date,\n"
            "title, language, source. Documents that are in already change nothing. What was taken is kept in\n"
            "FILE.ingest beside the database; keep the two together.\n"
            "Exit status: 0 all complete, 3 some quarantined or refused, 1 it failed."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count == 0)
        return rap_options_wrong (&usage, "no PATH given");
    rap_paths_t paths = {0};
    rap_paths_gather (&paths, argv + 1, count);
    status = run_paths (&self, &paths);
    free (self.items);
    rap_paths_fini (&paths);
    return status;
}
