//  questions: what people ask of the whole store, each a verb: mandates, series, cited, timeline, lifecycle. A
//  question is an SQL statement over the public tables and the columns that a person sees; every answer names
//  document and paragraph.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rapporteur/json.h"
#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

//  How a document is named to a person: by its symbol, the beginning of its title, or the name of its file.
#define NAMED(d)                                                                                                     \
    "coalesce (" d ".symbol, iif (length (" d ".title) > 44, substr (" d ".title, 1, 44) || '\xe2\x80\xa6'," d       \
    ".title), '') || iif (" d ".symbol IS NULL AND " d ".title = '', replace (" d ".source, rtrim (" d               \
    ".source, replace (" d ".source, '/', '')), ''), '')"
//  Where in it.
#define PLACED(c) "trim (" c ".part || ' ' || iif (" c ".label = '', " c ".kind, " c ".label))"

//  --- the questions ---------------------------------------------------------------

//  ?1 addressee, ?2 status, ?3 due, ?4 resolution
static const char mandates_sql[] =
    "SELECT m.resolution, m.clause, m.addressee, m.action, m.condition, m.due, coalesce (u.status, 'no report') AS "
    "status,"
    " " NAMED ("r") " AS report, " PLACED (
        "e") " AS paragraph, u.evidence, u.score, m.verb, m.seq"
             " FROM mandate m JOIN clause f ON f.chunk_id = m.clause_chunk_id AND f.seq = m.seq"
             " LEFT JOIN mandate_followup u ON u.resolution = m.resolution AND u.clause = m.clause AND u.seq = m.seq "
             "AND u.rank = 1"
             " LEFT JOIN document r ON r.document_id = u.report_document_id"
             " LEFT JOIN chunk e ON e.chunk_id = u.evidence_chunk_id"
             " WHERE (?1 IS NULL OR f.addressee_actor = lower (?1) OR instr (lower (m.addressee), lower (?1)))"
             " AND (?2 IS NULL OR coalesce (u.status, 'no report') = ?2)"
             " AND (?3 IS NULL OR instr (lower (m.due), lower (?3)))"
             " AND (?4 IS NULL OR m.resolution = ?4 OR m.resolution LIKE '%/' || ?4 OR m.resolution LIKE ?4 || ',%')"
             " ORDER BY m.resolution, m.clause_chunk_id, m.seq, report";

static const char series_list_sql[] =
    "SELECT s.name, s.measure, s.unit, count (*) AS points, count (DISTINCT p.document_id) AS documents,"
    " min (nullif (p.as_of, '')) AS first, max (p.as_of) AS last"
    " FROM series s JOIN series_point p USING (series_id) GROUP BY s.series_id"
    " ORDER BY s.name LIKE 'States parties: %' DESC, documents DESC, s.name";

//  ?1 part of a name or subject
static const char series_sql[] = "SELECT s.name, s.as_of, s.value, s.change, " NAMED (
    "d") " AS document, s.label AS paragraph, s.surface"
         " FROM dashboard_series s JOIN document d USING (document_id)"
         " WHERE instr (lower (s.name), lower (?1)) OR instr (lower (s.instrument_or_subject), lower (?1))"
         " ORDER BY s.name, s.series_id, s.as_of, s.chunk_id";

//  ?1 symbol, or its end
static const char cited_sql[] = "SELECT " NAMED ("d") " AS document, " PLACED (
    "c") " AS paragraph, f.symbol AS cited, f.pinpoint, f.relation, f.surface,"
         " t.title AS about FROM citation f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)"
         " LEFT JOIN document t ON t.document_id = f.target_document_id"
         " WHERE d.state <> 'superseded' AND (f.symbol = upper (?1) OR f.symbol LIKE '%/' || ?1)"
         " ORDER BY f.symbol, d.published, f.chunk_id, f.n";

//  ?1 theme, or the class above it
static const char timeline_sql[] =
    "SELECT coalesce (d.published, '') AS published, " NAMED ("d") " AS document, " PLACED (
        "c") " AS paragraph, f.code AS theme,"
             " coalesce ((SELECT code FROM classification g WHERE g.chunk_id = f.chunk_id AND g.scheme = 'function'"
             "  AND g.rank = 1), '') AS function, substr (c.text, 1, 300) AS text"
             " FROM classification f JOIN chunk c USING (chunk_id) JOIN document d USING (document_id)"
             " WHERE f.scheme = 'theme' AND f.rank = 1 AND d.state <> 'superseded' AND c.kind NOT IN ('heading', "
             "'title', 'masthead')"
             " AND (f.code = lower (?1) OR f.code LIKE ?1 || '.%')"
             " ORDER BY d.published, d.number, f.chunk_id";

//  ?1 symbol, or its end: all that hangs together with it, in the order of becoming
static const char lifecycle_sql[] =
    "WITH RECURSIVE chain (symbol) AS ("
    "  SELECT symbol FROM lifecycle WHERE symbol = upper (?1) OR symbol LIKE '%/' || ?1"
    "  UNION SELECT related_symbol FROM lifecycle WHERE related_symbol = upper (?1) OR related_symbol LIKE '%/' || ?1"
    "  UNION SELECT l.related_symbol FROM lifecycle l JOIN chain c ON l.symbol = c.symbol"
    "  UNION SELECT l.symbol FROM lifecycle l JOIN chain c ON l.related_symbol = c.symbol)"
    " SELECT l.symbol, l.stage, l.related_symbol AS became, " NAMED ("d") " AS document, " PLACED (
        "c") " AS paragraph"
             " FROM lifecycle l JOIN document d USING (document_id) LEFT JOIN chunk c ON c.chunk_id = l.chunk_id"
             " WHERE l.symbol IN (SELECT symbol FROM chain)"
             " ORDER BY instr ('proposed draft recommended', l.stage), l.symbol, l.related_symbol";

//  Columns that a person sees: '>' right, '~' cut at the terminal's end. "" ends a list.
enum { SEEN_MAX = 8 };
typedef struct {
    const char *sql;
    const char *seen[SEEN_MAX]; //  as the statement names them
    const char *nothing;        //  said when there is no row
} question_t;

static const question_t mandates = {mandates_sql,
                                    {"resolution", "clause", "addressee", "status", "report", "paragraph", "~action"},
                                    "no mandate is like that; 'rapporteur mandates' shows all"};
static const question_t series_list = {series_list_sql,
                                       {">points", ">documents", "first", "last", "unit", "~name"},
                                       "nothing was counted in two documents yet"};
static const question_t series = {series_sql,
                                  {"as_of", ">value", ">change", "document", "paragraph", "~name"},
                                  "no series has that in its name; 'rapporteur series' lists all"};
static const question_t cited = {
    cited_sql, {"cited", "document", "paragraph", "relation", "pinpoint", "~surface"}, "nothing that is in cites it"};
static const question_t timeline = {timeline_sql,
                                    {"published", "document", "paragraph", "function", "theme", "~text"},
                                    "no paragraph has that theme first; 'rapporteur show' shows themes"};

static const question_t lifecycle = {lifecycle_sql,
                                     {"symbol", "stage", "became", "document", "~paragraph"},
                                     "no draft, recommendation or adopted text that is in is tied to it"};

//  --- answering ---------------------------------------------------------------------

static int column_of (const rap_rows_t *rows, const char *name)
{
    for (int i = 0; i < rap_rows_columns (rows); i++)
        if (strcmp (rap_rows_name (rows, i), name) == 0)
            return i;
    return -1;
}

static const char *bare (const char *seen)
{
    return *seen == '>' || *seen == '~' ? seen + 1 : seen;
}

static int64_t print_rows (rap_rows_t **rows, const question_t *question)
{
    size_t count = 0;
    int64_t found = 0;
    while (count < SEEN_MAX && question->seen[count])
        count++;
    rap_grid_t *grid = rap_grid_new (question->seen, count);
    while (rap_rows_next (rows)) {
        found++;
        for (size_t i = 0; i < count; i++)
            rap_grid_add (grid, rap_rows_text (*rows, column_of (*rows, bare (question->seen[i]))));
    }
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    return found;
}

static void print_json (rap_rows_t **rows)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_array (&json, NULL);
    while (rap_rows_next (rows)) {
        rap_json_object (&json, NULL);
        for (int i = 0; i < rap_rows_columns (*rows); i++) {
            bool text = rap_rows_is_text (*rows, i);
            const char *value = rap_rows_text (*rows, i);
            if (text || !value)
                rap_json_text (&json, rap_rows_name (*rows, i), value);
            else
                rap_json_raw (&json, rap_rows_name (*rows, i), value); //  a number
        }
        rap_json_end (&json);
    }
    rap_json_end (&json);
}

static int answer (const rap_usage_t *usage, const question_t *question, const char *data, const char *db_path,
                   const char *const *texts, int texts_count, bool json)
{
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (usage, "%s", reason.text);
    rap_database_t *db = rap_database_open (place.db, &reason);
    if (!db)
        return rap_term_fail ("%s", reason.text);
    rap_rows_t *rows = rap_database_ask (db, question->sql, texts, texts_count);
    if (json)
        print_json (&rows);
    else if (!print_rows (&rows, question))
        printf ("%s\n", question->nothing);
    rap_database_close (&db);
    return 0;
}

//  Options that every question has.
#define COMMON                                                                                                       \
    {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},                                  \
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},                       \
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},                                 \
    {                                                                                                                \
        .name = NULL                                                                                                 \
    }

//  --- the verbs ---------------------------------------------------------------------

int rap_verb_mandates (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL, *addressee = NULL, *status_asked = NULL, *due = NULL;
    bool json = false, silent = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "addressee",
         .into = &addressee,
         .value = "WHO",
         .help = "part of the name, or the actor's id: unodc"},
        {.name = "status",
         .into = &status_asked,
         .value = "STATUS",
         .help = "answered, partial, silent, or 'no report'"},
        {.name = "silent", .kind = RAP_OPTION_FLAG, .into = &silent, .help = "the same as --status silent"},
        {.name = "due", .into = &due, .value = "WHEN", .help = "part of what is printed: 2023, seventy-eighth"},
        COMMON};
    const rap_usage_t usage = {.program = "rapporteur mandates",
                               .summary = "what the Secretariat is asked to do, and what was reported on it",
                               .operands = "[RESOLUTION]",
                               .options = options,
                               .more = "RESOLUTION is a symbol or its end: A/RES/74/177, 74/177."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count > 1)
        return rap_options_wrong (&usage, "one RESOLUTION at most");
    if (silent && status_asked)
        return rap_options_wrong (&usage, "--silent or --status, not both");
    const char *texts[] = {addressee, silent ? "silent" : status_asked, due, count ? argv[1] : NULL};
    return answer (&usage, &mandates, data, db_path, texts, 4, json);
}

int rap_verb_series (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL;
    bool json = false;
    int count = 0;
    const rap_option_t options[] = {COMMON};
    const rap_usage_t usage = {.program = "rapporteur series",
                               .summary = "what several documents count, and how it changed",
                               .operands = "[NAME]",
                               .options = options,
                               .more = "NAME is a part of a series' name or subject: untoc, 'executive summaries'. "
                                       "Without it all series are listed."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count > 1)
        return rap_options_wrong (&usage, "one NAME at most; put several words in quotation marks");
    const char *texts[] = {count ? argv[1] : NULL};
    return answer (&usage, count ? &series : &series_list, data, db_path, texts, count ? 1 : 0, json);
}

//  A question about one thing.
static int ask_about (int argc, char **argv, const question_t *question, const char *program, const char *summary,
                      const char *operand, const char *more)
{
    const char *data = NULL, *db_path = NULL;
    bool json = false;
    int count = 0;
    const rap_option_t options[] = {COMMON};
    const rap_usage_t usage = {
        .program = program, .summary = summary, .operands = operand, .options = options, .more = more};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count != 1)
        return rap_options_wrong (&usage, "say which %s", operand);
    const char *texts[] = {argv[1]};
    return answer (&usage, question, data, db_path, texts, 1, json);
}

int rap_verb_cited (int argc, char **argv)
{
    return ask_about (argc, argv, &cited, "rapporteur cited", "which paragraphs cite a document", "SYMBOL",
                      "SYMBOL is canonical, or its end: A/RES/74/177, 74/177.");
}

int rap_verb_timeline (int argc, char **argv)
{
    return ask_about (argc, argv, &timeline, "rapporteur timeline",
                      "what was said on a theme, from the oldest document on", "THEME",
                      "THEME is a code such as toc.tip, or the class above it: toc. data/themes.tsv lists them.");
}

int rap_verb_lifecycle (int argc, char **argv)
{
    return ask_about (argc, argv, &lifecycle, "rapporteur lifecycle",
                      "from which draft, through which report, a text was adopted", "SYMBOL",
                      "SYMBOL is that of any stage, or its end: A/RES/76/187, A/C.3/76/L.9/Rev.1.");
}
