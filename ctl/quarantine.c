//  quarantine: what could not be processed, and giving it another chance.
//
//  The journal knows it first and best; where there is only a database, that is
//  asked.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/arena.h"
#include "rapporteur/message.h"
#include "rapporteur/options.h"

#include "command.h"
#include "database.h"
#include "find.h"
#include "oneshot.h"
#include "place.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

enum { ANSWER_MS = 5000, EXCERPT = 600 };

//  Columns: document_id, source, ordinal (-1: all of it), cause, attempts, first_at,
//  last_at, the chunk as ingest encoded it.
static const char journal_sql[] =
    "SELECT d.document_id, d.source, CASE q.ordinal WHEN 4294967295 THEN -1 ELSE q.ordinal END, q.cause, q.attempts,"
    " q.first_at, q.last_at, q.chunk FROM quarantine q JOIN document d USING (number)"
    " WHERE q.released_at = '' AND (?1 IS NULL OR d.document_id = ?1)"
    " AND (?2 IS NULL OR q.ordinal = CAST (?2 AS INTEGER)) ORDER BY q.entry";
static const char store_sql[] =
    "SELECT q.document_id, d.source, coalesce (q.ordinal, -1), q.cause, q.attempts, q.first_at, q.last_at, NULL"
    " FROM quarantine q LEFT JOIN document d USING (document_id)"
    " WHERE q.released_at IS NULL AND (?1 IS NULL OR q.document_id = ?1)"
    " AND (?2 IS NULL OR q.ordinal = CAST (?2 AS INTEGER)) ORDER BY q.first_at";

typedef struct {
    const char *data, *db, *submit;
    bool json;
} options_t;

//  --- telling -----------------------------------------------------------------------
static void add_row (rap_grid_t *grid, const rap_rows_t *row)
{
    for (int i = 0; i < 7; i++)
        rap_grid_add (grid, i == 2 && rap_rows_integer (row, 2) < 0 ? "all" : rap_rows_text (row, i));
}

static void put_row (rap_json_t *json, const rap_rows_t *row)
{
    rap_json_object (json, NULL);
    rap_json_text (json, "document_id", rap_rows_text (row, 0));
    rap_json_text (json, "source", rap_rows_text (row, 1));
    if (rap_rows_integer (row, 2) < 0)
        rap_json_text (json, "ordinal", NULL);
    else
        rap_json_integer (json, "ordinal", rap_rows_integer (row, 2));
    rap_json_text (json, "cause", rap_rows_text (row, 3));
    rap_json_integer (json, "attempts", rap_rows_integer (row, 4));
    rap_json_text (json, "first_at", rap_rows_text (row, 5));
    rap_json_text (json, "last_at", rap_rows_text (row, 6));
    rap_json_end (json);
}

static int list (rap_rows_t *rows, bool as_json)
{
    static const char *const columns[] = {"document", "~source", ">chunk", "~cause", ">attempts", "first", "last"};
    rap_grid_t *grid = rap_grid_new (columns, 7);
    rap_json_t json;
    bool any = false;
    rap_json_init (&json, stdout);
    if (as_json)
        rap_json_array (&json, NULL);
    while (rap_rows_next (&rows)) {
        any = true;
        if (as_json)
            put_row (&json, rows);
        else
            add_row (grid, rows);
    }
    if (as_json)
        rap_json_end (&json);
    else if (any)
        rap_grid_print (grid, stdout);
    else
        printf ("nothing is in quarantine\n");
    rap_grid_destroy (&grid);
    return 0;
}

static rap_status_t print_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)self;
    (void)encoded;
    size_t shown = chunk->text.len > EXCERPT ? EXCERPT : chunk->text.len;
    char *text = strndup (chunk->text.len ? chunk->text.at : "", shown);
    if (!text)
        abort ();
    printf ("    %s: ", rap_chunk_kind_name (chunk->kind));
    rap_term_put (stdout, text, 4);
    printf ("%s\n", shown < chunk->text.len ? " \xe2\x80\xa6" : "");
    free (text);
    return RAP_OK;
}

static int show (rap_rows_t *rows, const char *which)
{
    bool any = false;
    rap_arena_t *arena = rap_arena_new ();
    while (rap_rows_next (&rows)) {
        any = true;
        rap_term_bold (stdout, rap_rows_text (rows, 0));
        printf (rap_rows_integer (rows, 2) < 0 ? ", all of it\n" : ", chunk %" PRId64 "\n",
                rap_rows_integer (rows, 2));
        printf ("  source    ");
        rap_term_put (stdout, rap_rows_text (rows, 1) ? rap_rows_text (rows, 1) : "", -1);
        printf ("\n  cause     ");
        rap_term_put (stdout, rap_rows_text (rows, 3), 12);
        printf ("\n  attempts  %" PRId64 ", from %s to %s\n", rap_rows_integer (rows, 4), rap_rows_text (rows, 5),
                rap_rows_text (rows, 6));
        const char *chunk = rap_rows_text (rows, 7);
        if (chunk)
            rap_read_chunks (rap_text_of (chunk, rap_rows_bytes (rows, 7)), arena, print_chunk, NULL, NULL);
    }
    rap_arena_destroy (&arena);
    return any ? 0 : rap_term_fail ("'%s' is not in quarantine; 'rapporteur quarantine list' shows what is", which);
}

//  --- release -------------------------------------------------------------------------
static int tell_release (rap_status_t status, bool ok, const char *report, bool as_json)
{
    if (status != RAP_OK)
        return rap_term_fail ("no answer from ingest; is the service running? 'rapporteur up --data DIR' starts it");
    if (as_json)
        printf ("%s\n", report);
    else if (ok)
        printf ("released: it is being processed again\n");
    if (!ok && !as_json)
        return rap_term_fail ("not released: %s", report);
    return ok ? 0 : 1;
}

static int release_running (const char *address, const char *id, uint32_t ordinal, bool as_json)
{
    rap_reason_t reason;
    const char *report = "";
    bool ok = false;
    rap_asker_t *asker = rap_asker_new (address, &reason);
    if (!asker)
        return rap_term_fail ("%s", reason.text);
    rap_status_t asked = rap_asker_ask (asker, "release", id, ordinal, ANSWER_MS, &ok, &report);
    int status = tell_release (asked, ok, report, as_json);
    rap_asker_destroy (&asker);
    return status;
}

//  A single run has no service: one is started for as long as it takes.
static int release_oneshot (const rap_place_t *place, const char *id, uint32_t ordinal, bool as_json)
{
    rap_reason_t reason;
    const char *report = "";
    bool ok = false;
    rap_oneshot_t *oneshot = rap_oneshot_new (&(rap_oneshot_options_t){.place = place}, &reason);
    if (!oneshot)
        return rap_term_fail ("%s", reason.text);
    rap_status_t asked = rap_oneshot_command (oneshot, "release", id, ordinal, &ok, &report);
    int status = tell_release (asked, ok, report, as_json);
    if (status == 0 && rap_oneshot_finish (oneshot, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    rap_oneshot_destroy (&oneshot);
    return status;
}

//  --- doing it ----------------------------------------------------------------------
//  The id of a document that may be known to the journal alone.
static rap_status_t find (rap_database_t *journal, rap_database_t *store, const char *meant, char *id,
                          rap_reason_t *reason)
{
    if (journal) {
        rap_rows_t *rows = rap_database_ask (
            journal,
            "SELECT DISTINCT document_id FROM document JOIN quarantine USING (number) WHERE released_at = ''"
            " AND (substr (document_id, 1, length (?1)) = ?1 OR source = ?1"
            " OR substr (source, -length (?1) - 1) = '/' || ?1 OR symbol = ?1)",
            &meant, 1);
        int found = 0;
        while (rap_rows_next (&rows))
            if (found++ == 0)
                snprintf (id, RAP_DOCUMENT_ID_SIZE, "%s", rap_rows_text (rows, 0));
        if (found == 1)
            return RAP_OK;
        if (found > 1)
            return rap_refuse (reason, "'%.60s' may be any of %d documents; say which by its id", meant, found);
    }
    if (store)
        return rap_find_document (store, meant, id, reason);
    return rap_refuse (reason, "'%.60s' is not in quarantine", meant);
}

static bool is_ordinal (const char *text)
{
    return *text && strlen (text) <= 7 && strspn (text, "0123456789") == strlen (text);
}

static int act (const options_t *options, const rap_place_t *place, int count, char **words)
{
    rap_reason_t reason = {""};
    char id[RAP_DOCUMENT_ID_SIZE];
    const char *texts[] = {NULL, count == 3 ? words[3] : NULL};
    rap_database_t *journal = access (place->journal, F_OK) == 0 ? rap_database_open (place->journal, &reason) : NULL;
    rap_database_t *store = access (place->db, F_OK) == 0 ? rap_database_open (place->db, &reason) : NULL;
    if (store && !rap_database_has_table (store, "quarantine"))
        rap_database_close (&store);
    if (!journal && !store)
        return rap_term_fail ("%s", reason.text[0] ? reason.text : "neither journal nor database is there yet");
    int status = 0;
    if (count > 1 && find (journal, store, words[2], id, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    texts[0] = count > 1 ? id : NULL;
    if (status == 0 && strcmp (words[1], "release") != 0) {
        rap_rows_t *rows = journal ? rap_database_ask (journal, journal_sql, texts, 2)
                                   : rap_database_ask (store, store_sql, texts, 2);
        bool shown = strcmp (words[1], "show") == 0 && !options->json;
        status = shown ? show (rows, words[2]) : list (rows, options->json);
    }
    rap_database_close (&journal);
    rap_database_close (&store);
    if (status != 0 || strcmp (words[1], "release") != 0)
        return status;
    uint32_t ordinal = texts[1] ? (uint32_t)strtoul (texts[1], NULL, 10) : UINT32_MAX;
    const char *address = options->submit ? options->submit : place->submit;
    return *address ? release_running (address, id, ordinal, options->json)
                    : release_oneshot (place, id, ordinal, options->json);
}

int rap_verb_quarantine (int argc, char **argv)
{
    options_t options = {0};
    int count = 0;
    const rap_option_t table[] = {
        {.name = "data", .into = &options.data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &options.db, .value = "FILE", .help = "database of a single run"},
        {.name = "submit", .into = &options.submit, .value = "ADDR", .help = "address of ingest, for release"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &options.json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur quarantine",
        .summary = "what could not be processed",
        .operands = "list | show DOCUMENT [CHUNK] | release DOCUMENT [CHUNK]",
        .options = table,
        .more = "What is in quarantine was taken and is kept, but processing it failed time and again, or it cannot "
                "be read.\n"
                "release has it processed anew, after a fault was mended: in a service, or for --db at once."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    bool listed = count == 1 && strcmp (argv[1], "list") == 0;
    bool named = (count == 2 || count == 3) && (strcmp (argv[1], "show") == 0 || strcmp (argv[1], "release") == 0);
    if (!listed && !named)
        return rap_options_wrong (&usage, "say list, show DOCUMENT or release DOCUMENT");
    if (count == 3 && !is_ordinal (argv[3]))
        return rap_options_wrong (&usage, "CHUNK is a number as 'list' shows it, not '%s'", argv[3]);
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find (&place, options.data, options.db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return act (&options, &place, count, argv);
}
