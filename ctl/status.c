//  status: what the service says of itself; and what the files say, if it is silent.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/options.h"

#include "caller.h"
#include "database.h"
#include "place.h"
#include "rapporteur/command.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

enum { ANSWER_MS = 1500, FAR_MS = 5000 };

static void print_number (const char *name, int64_t number, const char *note)
{
    char text[RAP_NUMBER_MAX];
    printf ("  %-24s %12s  %s\n", name, rap_term_number (text, number), note);
}

//  The workers of a report, as SQLite reads JSON.
static void print_workers (const char *report)
{
    rap_reason_t reason;
    rap_database_t *db = rap_database_open_memory (&reason);
    if (!db)
        return;
    static const char *const columns[] = {"worker", "state", ">batches", ">chunks", ">a second", ">heard ms ago"};
    rap_grid_t *grid = rap_grid_new (columns, 6);
    rap_rows_t *rows = rap_database_ask (
        db,
        "SELECT json_extract (value, '$.id'), CASE WHEN json_extract (value, '$.blocked') THEN 'waits for the sink'"
        " WHEN json_extract (value, '$.held') THEN 'works' ELSE 'idle' END, json_extract (value, '$.held'),"
        " json_extract (value, '$.chunks'), json_extract (value, '$.rate'), json_extract (value, '$.heard_ms')"
        " FROM json_each (?1, '$.workers')",
        &report, 1);
    while (rap_rows_next (&rows))
        for (int i = 0; i < 6; i++)
            rap_grid_add (grid, rap_rows_text (rows, i));
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    rap_database_close (&db);
}

static void print_report (const char *report)
{
    bool failing = rap_json_number (report, "$.failing") == 1, sink = rap_json_number (report, "$.sink.alive") == 1;
    printf ("the service is running%s%s\n\n", rap_json_number (report, "$.draining") == 1 ? ", and ending" : "",
            rap_json_number (report, "$.idle") == 1
                ? ", and idle: everything taken is in the database or in quarantine"
                : "");
    if (failing)
        printf ("  ! the journal cannot be written at present: is the disk full? Nothing is taken meanwhile.\n\n");
    if (!sink)
        printf ("  ! the sink is not heard of: nothing is stored at present.\n\n");
    print_number ("documents to be read", rap_json_number (report, "$.documents.taken"), "");
    print_number ("documents in work", rap_json_number (report, "$.documents.split"), "");
    print_number ("documents complete", rap_json_number (report, "$.documents.complete"), "");
    print_number ("documents quarantined", rap_json_number (report, "$.documents.quarantined"),
                  rap_json_number (report, "$.documents.quarantined") > 0 ? "see 'rapporteur quarantine list'" : "");
    print_number ("documents dropped", rap_json_number (report, "$.documents.dropped"), "");
    print_number ("chunks stored", rap_json_number (report, "$.chunks.stored"), "");
    print_number ("chunks open", rap_json_number (report, "$.chunks.open"), "");
    print_number ("  of them with workers", rap_json_number (report, "$.chunks.in_flight"), "");
    print_number ("chunks quarantined", rap_json_number (report, "$.chunks.quarantined"), "");
    print_number ("chunks dropped", rap_json_number (report, "$.chunks.dropped"), "");
    print_number ("uploads", rap_json_number (report, "$.uploads"), "");
    print_number ("workers", rap_json_number (report, "$.workers_count"), "");
    print_number ("  that died", rap_json_number (report, "$.deaths"), "");
    printf ("\n");
}

//  What the database has; NULL if there is none.
static rap_database_t *open_store (const rap_place_t *place)
{
    rap_reason_t reason;
    rap_database_t *db = access (place->db, F_OK) == 0 ? rap_database_open (place->db, &reason) : NULL;
    if (db && !rap_database_has_table (db, "document"))
        rap_database_close (&db);
    return db;
}

//  Entries of the database's quarantine that wait for a person, or that one dropped. A
//  database of an older version has no drops.
static int64_t count_quarantine (rap_database_t *db, bool dropped)
{
    if (!rap_database_has_table (db, "quarantine"))
        return 0;
    if (rap_database_number (db, "PRAGMA user_version", NULL, 0) < 7)
        return dropped
                   ? 0
                   : rap_database_number (db, "SELECT count (*) FROM quarantine WHERE released_at IS NULL", NULL, 0);
    const char *texts[] = {dropped ? "1" : "0"};
    return rap_database_number (db,
                                "SELECT count (*) FROM quarantine WHERE released_at IS NULL"
                                " AND (dropped_at IS NOT NULL) = CAST (?1 AS INTEGER)",
                                texts, 1);
}

//  Documents of which chunks were read with several pipelines. Most databases know one pipeline alone.
static int64_t count_mixed (rap_database_t *db)
{
    if (!rap_database_has_table (db, "dashboard_mixed")
        || rap_database_number (db, "SELECT count (DISTINCT pipeline) FROM provenance_batch", NULL, 0) < 2)
        return 0;
    return rap_database_number (db, "SELECT count (*) FROM dashboard_mixed", NULL, 0);
}

static void print_store (rap_database_t *db, const char *path)
{
    static const char *const columns[] = {"in the database", ">documents", ">chunks"};
    rap_grid_t *grid = rap_grid_new (columns, 3);
    rap_rows_t *rows = rap_database_ask (
        db, "SELECT state, count (*), coalesce (sum (stored), 0) FROM document GROUP BY state ORDER BY 2 DESC", NULL,
        0);
    while (rap_rows_next (&rows)) {
        rap_grid_add (grid, rap_rows_text (rows, 0));
        rap_grid_add_number (grid, rap_rows_integer (rows, 1));
        rap_grid_add_number (grid, rap_rows_integer (rows, 2));
    }
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    int64_t waiting = count_quarantine (db, false), dropped = count_quarantine (db, true);
    if (waiting || dropped)
        printf ("in quarantine: %" PRId64 " (see 'rapporteur quarantine list'); dropped from it: %" PRId64 "\n",
                waiting, dropped);
    int64_t mixed = count_mixed (db);
    if (mixed)
        printf ("read partly with one pipeline and partly with another: %" PRId64 " documents (dashboard_mixed)\n",
                mixed);
    printf ("%s", path);
    printf ("\n");
}

static void put_store (rap_json_t *json, rap_database_t *db)
{
    rap_json_object (json, "documents");
    rap_rows_t *rows = rap_database_ask (db, "SELECT state, count (*) FROM document GROUP BY state", NULL, 0);
    while (rap_rows_next (&rows))
        rap_json_integer (json, rap_rows_text (rows, 0), rap_rows_integer (rows, 1));
    rap_json_end (json);
    rap_json_integer (json, "quarantined", count_quarantine (db, false));
    rap_json_integer (json, "dropped", count_quarantine (db, true));
    rap_json_integer (json, "mixed", count_mixed (db));
    rap_json_integer (json, "chunks",
                      rap_database_number (db, "SELECT coalesce (sum (stored), 0) FROM document", NULL, 0));
}

static void print_json (const rap_place_t *place, const char *report, rap_database_t *db)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_bool (&json, "running", report != NULL);
    rap_json_raw (&json, "service", report);
    rap_json_text (&json, "db", *place->db ? place->db : NULL);
    if (db)
        put_store (&json, db);
    rap_json_end (&json);
}

static int tell (const rap_place_t *place, const char *report, bool as_json)
{
    rap_database_t *db = open_store (place);
    if (as_json) {
        print_json (place, report, db);
        rap_database_close (&db);
        return 0;
    }
    if (report) {
        print_report (report);
        print_workers (report);
        printf ("\n");
    } else if (*place->submit) {
        printf ("the service is not running; 'rapporteur up --data %s' starts it\n\n",
                place->data ? place->data : "DIR");
    }
    if (db)
        print_store (db, place->db);
    else if (*place->db) //  else it is elsewhere
        printf ("there is no database yet: %s\n", place->db);
    rap_database_close (&db);
    return 0;
}

int rap_verb_status (int argc, char **argv)
{
    const char *data = NULL, *db = NULL, *report = NULL;
    rap_caller_t caller = {0};
    bool json = false, ok = false;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        RAP_CALLER_OPTIONS (caller),
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur status", .summary = "what the service is doing, and what is in", .options = options};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    rap_place_t place = {.data = NULL};
    rap_reason_t reason;
    if ((!caller.submit && rap_place_find (&place, data, db, &reason) != RAP_OK)
        || rap_caller_begin (&caller, &place, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    //  Nobody listens where there is no socket: do not wait for an answer.
    bool may_run = caller.submit || (*place.submit && access (place.submit + strlen ("ipc://"), F_OK) == 0);
    rap_asker_t *asker = may_run ? rap_asker_new (place.submit, rap_caller_gate (), &reason) : NULL;
    if (asker && rap_asker_ask (asker, "status", "", 0, caller.submit ? FAR_MS : ANSWER_MS, &ok, &report) != RAP_OK)
        report = NULL;
    if (caller.submit && !report)
        status = rap_term_fail ("%s", asker ? rap_asker_silence (asker) : reason.text);
    else
        status = tell (&place, report, json);
    rap_asker_destroy (&asker);
    return status;
}
