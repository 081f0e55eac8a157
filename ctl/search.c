//  search: full text, best first.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

//  What snippets mark words with: characters that no text in the database has.
#define MARK_ON "\x01"
#define MARK_OFF "\x02"

static const char sql[] =
    "SELECT s.rowid, d.document_id, coalesce (d.symbol, ''), d.source, c.kind, c.part, c.label,"
    " snippet (chunk_search, -1, '" MARK_ON "', '" MARK_OFF "', '\xe2\x80\xa6', 32), bm25 (chunk_search)"
    " FROM chunk_search s JOIN chunk c ON c.chunk_id = s.rowid JOIN document d USING (document_id)"
    " WHERE chunk_search MATCH ?1 AND (?3 IS NULL OR c.kind = ?3)"
    " AND (?4 IS NULL OR d.state <> 'superseded')"
    " ORDER BY rank LIMIT CAST (?2 AS INTEGER)";

//  Words as they are, each quoted, so that none is taken for syntax.
static char *quote_words (char *const *words, int count)
{
    size_t room = 1;
    for (int i = 0; i < count; i++)
        room += 2 * strlen (words[i]) + 4;
    char *query = malloc (room), *to = query;
    if (!query)
        abort ();
    for (int i = 0; i < count; i++) {
        if (i)
            *to++ = ' ';
        *to++ = '"';
        for (const char *c = words[i]; *c; c++) {
            if (*c == '"')
                *to++ = '"';
            *to++ = *c;
        }
        *to++ = '"';
    }
    *to = 0;
    return query;
}

static char *join_words (char *const *words, int count)
{
    size_t room = 1;
    for (int i = 0; i < count; i++)
        room += strlen (words[i]) + 1;
    char *query = malloc (room), *to = query;
    if (!query)
        abort ();
    for (int i = 0; i < count; i++)
        to += sprintf (to, "%s%s", i ? " " : "", words[i]);
    *to = 0;
    return query;
}

//  A snippet with its marks turned into bold, or into brackets where there is none.
static void print_snippet (const char *snippet)
{
    bool rich = rap_term_is_rich (stdout);
    char *copy = strdup (snippet), *from = copy;
    if (!copy)
        abort ();
    while (*from) {
        size_t len = strcspn (from, MARK_ON MARK_OFF);
        char mark = from[len];
        from[len] = 0;
        rap_term_put (stdout, from, -1);
        if (!mark)
            break;
        if (mark == *MARK_ON)
            fputs (rich ? "\033[1m" : "[", stdout);
        else
            fputs (rich ? "\033[0m" : "]", stdout);
        from += len + 1;
    }
    free (copy);
    printf ("\n");
}

static void print_hit (const rap_rows_t *row)
{
    char title[512];
    const char *symbol = rap_rows_text (row, 2), *part = rap_rows_text (row, 5), *label = rap_rows_text (row, 6);
    snprintf (title, sizeof title, "%s%s%s %s%s%s", *symbol ? symbol : rap_rows_text (row, 3), *part ? ", " : "",
              part, rap_rows_text (row, 4), *label ? " " : "", label);
    rap_term_bold (stdout, title);
    printf ("  ");
    rap_term_faint (stdout, rap_rows_text (row, 1));
    printf ("\n    ");
    print_snippet (rap_rows_text (row, 7));
}

static void put_hit (rap_json_t *json, const rap_rows_t *row)
{
    static const char *const names[] = {"chunk_id", "document_id", "symbol", "source", "kind", "part", "label"};
    char *snippet = strdup (rap_rows_text (row, 7));
    if (!snippet)
        abort ();
    for (char *c = snippet; *c; c++)
        *c = *c == *MARK_ON ? '[' : *c == *MARK_OFF ? ']' : *c;
    rap_json_object (json, NULL);
    rap_json_integer (json, names[0], rap_rows_integer (row, 0));
    for (int i = 1; i < 7; i++)
        rap_json_text (json, names[i], rap_rows_text (row, i));
    rap_json_text (json, "snippet", snippet);
    rap_json_real (json, "rank", rap_rows_real (row, 8));
    rap_json_end (json);
    free (snippet);
}

static int search (rap_database_t *db, const char *const *texts, bool as_json)
{
    rap_reason_t reason;
    rap_json_t json;
    int64_t hits = 0;
    //  A wrong expression shows at the first row, so ask for nothing else first.
    rap_rows_t *rows = rap_database_try (db, sql, texts, 4, &reason);
    if (!rows)
        return rap_term_fail ("%s", reason.text);
    rap_json_init (&json, stdout);
    if (as_json)
        rap_json_array (&json, NULL);
    while (rap_rows_next (&rows)) {
        hits++;
        if (as_json)
            put_hit (&json, rows);
        else
            print_hit (rows);
    }
    if (as_json)
        rap_json_end (&json);
    else if (!hits)
        printf ("nothing has all of these words; try fewer\n");
    return 0;
}

int rap_verb_search (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL, *kind = NULL;
    int64_t limit = 20;
    bool json = false, raw = false, all = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},
        {.name = "kind",
         .into = &kind,
         .value = "KIND",
         .help = "only such chunks: paragraph, operative, heading, ..."},
        {.name = "limit",
         .kind = RAP_OPTION_NUMBER,
         .into = &limit,
         .value = "N",
         .help = "at most so many (default 20)",
         .min = 1,
         .max = 100000},
        {.name = "all", .kind = RAP_OPTION_FLAG, .into = &all, .help = "superseded versions too"},
        {.name = "raw",
         .kind = RAP_OPTION_FLAG,
         .into = &raw,
         .help = "WORDS are an FTS5 expression: a NEAR b, a OR b, a*"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur search",
        .summary = "paragraphs with these words, best first",
        .operands = "WORD...",
        .options = options,
        .more = "Several words in one argument are a phrase: rapporteur search 'safe custody' Nairobi"};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    char number[24];
    if (count == 0)
        return rap_options_wrong (&usage, "no WORD given");
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    rap_database_t *db = rap_database_open (place.db, &reason);
    if (!db)
        return rap_term_fail ("%s", reason.text);
    char *query = raw ? join_words (argv + 1, count) : quote_words (argv + 1, count);
    snprintf (number, sizeof number, "%" PRId64, limit);
    const char *texts[] = {query, number, kind, all ? NULL : "no"};
    status = search (db, texts, json);
    free (query);
    rap_database_close (&db);
    return status;
}
