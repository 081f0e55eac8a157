//  schemes: what annotators, classifiers of others, have been through; and their removal.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/command.h"
#include "rapporteur/json.h"
#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

enum { REMOVE_MS = 600000 };

static const char schemes_sql[] =
    "SELECT s.scheme, count(a.chunk_id), count(a.cause), (SELECT count(*) FROM provenance_chunk)"
    " FROM annotation_scheme s LEFT JOIN annotated a USING (scheme_id) GROUP BY s.scheme_id ORDER BY 1";

static void print_rows (rap_rows_t *rows)
{
    printf ("%-40s %12s %12s %12s\n", "SCHEME", "CHUNKS", "OF", "SET ASIDE");
    while (rap_rows_next (&rows))
        printf ("%-40s %12" PRId64 " %12" PRId64 " %12" PRId64 "\n", rap_rows_text (rows, 0),
                rap_rows_integer (rows, 1), rap_rows_integer (rows, 3), rap_rows_integer (rows, 2));
}

static void print_json (rap_rows_t *rows)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_array (&json, NULL);
    while (rap_rows_next (&rows)) {
        rap_json_object (&json, NULL);
        rap_json_text (&json, "scheme", rap_rows_text (rows, 0));
        rap_json_integer (&json, "chunks", rap_rows_integer (rows, 1));
        rap_json_integer (&json, "of", rap_rows_integer (rows, 3));
        rap_json_integer (&json, "set_aside", rap_rows_integer (rows, 2));
        rap_json_end (&json);
    }
    rap_json_end (&json);
}

static int list (const rap_place_t *place, bool as_json)
{
    rap_reason_t reason;
    rap_database_t *db = rap_database_open (place->db, &reason);
    if (!db)
        return rap_term_fail ("%s", reason.text);
    if (!rap_database_has_table (db, "annotated")) {
        rap_database_close (&db);
        return rap_term_fail ("%s is of an earlier version, without annotators", place->db);
    }
    rap_rows_t *rows = rap_database_ask (db, schemes_sql, NULL, 0);
    if (as_json)
        print_json (rows);
    else
        print_rows (rows);
    rap_database_close (&db);
    return 0;
}

//  The sink alone writes to the database, so it is asked.
static int remove_scheme (const rap_place_t *place, const char *scheme)
{
    static const char submit[] = "submit.ipc";
    char address[RAP_PATH_MAX];
    const char *report = NULL;
    rap_reason_t reason = {"no sink listens for annotators there; 'rapporteur up' starts one"};
    bool ok = false;
    size_t len = strlen (place->submit);
    if (len < sizeof submit)
        return rap_term_fail ("%s", reason.text);
    snprintf (address, sizeof address, "%.*sannotate.ipc", (int)(len - sizeof submit + 1), place->submit);
    if (access (address + strlen ("ipc://"), F_OK) != 0)
        return rap_term_fail ("%s", reason.text);
    rap_asker_t *asker = rap_asker_new (address, NULL, &reason);
    if (!asker)
        return rap_term_fail ("%s", reason.text);
    rap_command_t command = {.command = RAP_TEXT ("remove"), .scheme = rap_text (scheme)};
    int status = 0;
    if (rap_asker_order (asker, &command, REMOVE_MS, &ok, &report) != RAP_OK)
        status = rap_term_fail ("the sink does not answer");
    else if (!ok)
        status = rap_term_fail ("%s: %s", scheme, report);
    rap_asker_destroy (&asker);
    return status;
}

int rap_verb_schemes (int argc, char **argv)
{
    const char *data = NULL, *db = NULL, *scheme = NULL;
    bool json = false;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = "remove", .into = &scheme, .value = "SCHEME", .help = "forget all that was said in it"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur schemes",
        .summary = "how far the classifiers of one's own are",
        .options = options,
        .more = "A scheme is removed from a running service whose annotators of that scheme were stopped.\n"
                "When one of them comes again it begins with the first document."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    rap_place_t place = {.data = NULL};
    rap_reason_t reason;
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return scheme ? remove_scheme (&place, scheme) : list (&place, json);
}
