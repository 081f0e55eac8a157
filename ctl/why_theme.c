//  why-theme: the words and headings that decided what a paragraph is about. The paragraph is read out of the store
//  and classified again by the rules at hand; rules that have changed since are seen by another answer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract.h"
#include "rapporteur/json.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/options.h"

#include "database.h"
#include "find.h"
#include "oneshot.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

//  What a term added to a class, all its hits together.
typedef struct {
    rap_text_t class_code;
    rap_text_t term;
    double part;
    bool in_heading;
} part_t;

typedef struct {
    part_t *at;
    uint32_t count, room;
} parts_t;

static void remember (void *self, rap_text_t class_code, rap_text_t term, double part, bool in_heading)
{
    parts_t *parts = self;
    for (uint32_t i = 0; i < parts->count; i++)
        if (rap_text_equal (parts->at[i].class_code, class_code) && rap_text_equal (parts->at[i].term, term)
            && parts->at[i].in_heading == in_heading) {
            parts->at[i].part += part;
            return;
        }
    if (parts->count == parts->room) {
        parts->room = parts->room ? parts->room * 2 : 64;
        parts->at = reallocarray (parts->at, parts->room, sizeof *parts->at);
        if (!parts->at)
            abort ();
    }
    parts->at[parts->count++] = (part_t){class_code, term, part, in_heading};
}

static double score_of (const parts_t *parts, rap_text_t class_code)
{
    double score = 0;
    for (uint32_t i = 0; i < parts->count; i++)
        score += rap_text_equal (parts->at[i].class_code, class_code) ? parts->at[i].part : 0;
    return score;
}

static const parts_t *sorting; //  for qsort, which passes nothing on

//  Classes by score, then within a class what spoke most first.
static int by_weight (const void *a, const void *b)
{
    const part_t *x = a, *y = b;
    double left = score_of (sorting, x->class_code), right = score_of (sorting, y->class_code);
    if (left != right)
        return left < right ? 1 : -1;
    if (!rap_text_equal (x->class_code, y->class_code))
        return strncmp (x->class_code.at, y->class_code.at, x->class_code.len);
    return (x->part < y->part) - (x->part > y->part);
}

static void sort (parts_t *parts)
{
    parts_t copy = {.count = parts->count, .at = calloc (parts->count + 1, sizeof *copy.at)};
    if (!copy.at)
        abort ();
    memcpy (copy.at, parts->at, parts->count * sizeof *copy.at);
    sorting = &copy; //  scores are asked of what does not move
    qsort (parts->at, parts->count, sizeof *parts->at, by_weight);
    sorting = NULL;
    free (copy.at);
}

//  --- answers -----------------------------------------------------------------------

static void print_parts (const parts_t *parts, rap_arena_t *arena)
{
    rap_text_t last = RAP_TEXT ("");
    for (uint32_t i = 0; i < parts->count; i++) {
        const part_t *part = &parts->at[i];
        if (!rap_text_equal (part->class_code, last)) {
            rap_text_t heading = rap_arena_format (arena, "%.*s  %.2f", (int)part->class_code.len,
                                                   part->class_code.at, score_of (parts, part->class_code));
            rap_term_bold (stdout, heading.at);
            printf ("\n");
        }
        last = part->class_code;
        printf ("  %+6.2f  ", part->part);
        rap_term_put (stdout, rap_arena_text (arena, part->term).at, -1);
        printf ("%s\n", part->in_heading ? "  (heading)" : "");
    }
}

static void print_json (const parts_t *parts, rap_arena_t *arena)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_array (&json, NULL);
    for (uint32_t i = 0; i < parts->count;) {
        rap_text_t code = parts->at[i].class_code;
        rap_json_object (&json, NULL);
        rap_json_text (&json, "code", rap_arena_text (arena, code).at);
        rap_json_real (&json, "score", score_of (parts, code));
        rap_json_array (&json, "terms");
        for (; i < parts->count && rap_text_equal (parts->at[i].class_code, code); i++) {
            rap_json_object (&json, NULL);
            rap_json_text (&json, "term", rap_arena_text (arena, parts->at[i].term).at);
            rap_json_real (&json, "part", parts->at[i].part);
            rap_json_bool (&json, "heading", parts->at[i].in_heading);
            rap_json_end (&json);
        }
        rap_json_end (&json);
        rap_json_end (&json);
    }
    rap_json_end (&json);
}

static void print (parts_t *parts, bool json, rap_arena_t *arena)
{
    sort (parts);
    if (json)
        print_json (parts, arena);
    else if (parts->count)
        print_parts (parts, arena);
    else
        printf ("no word of it, and no heading above it, speaks for any\n");
}

//  --- the paragraph -------------------------------------------------------------------

static rap_text_t column (const rap_rows_t *rows, int at, rap_arena_t *arena)
{
    const char *text = rap_rows_text (rows, at);
    return text ? rap_arena_text (arena, rap_text (text)) : RAP_TEXT ("");
}

static void read_sections (rap_database_t *db, const char *chunk_id, rap_arena_t *arena, rap_chunk_t *chunk)
{
    rap_rows_t *rows = rap_database_ask (
        db, "SELECT value FROM chunk, json_each (section) WHERE chunk_id = CAST (?1 AS INTEGER)", &chunk_id, 1);
    rap_text_t *sections = rap_arena_alloc (arena, RAP_CHUNK_SECTIONS_MAX * sizeof *sections);
    while (chunk->sections_count < RAP_CHUNK_SECTIONS_MAX && rap_rows_next (&rows))
        sections[chunk->sections_count++] = column (rows, 0, arena);
    chunk->sections = sections;
    rap_rows_end (&rows);
}

static bool read_chunk (rap_database_t *db, const char *id, const char *label, rap_arena_t *arena,
                        rap_document_t *document, rap_chunk_t *chunk)
{
    const char *texts[] = {id, label};
    rap_rows_t *rows =
        rap_database_ask (db,
                          "SELECT c.chunk_id, c.kind, c.part, c.label, c.text, d.title, d.kind, d.body"
                          " FROM chunk c JOIN document d USING (document_id) WHERE document_id = ?1 AND"
                          " label = ?2 AND c.kind NOT IN ('footnote', 'heading', 'masthead')"
                          " ORDER BY chunk_id LIMIT 1",
                          texts, 2);
    if (!rap_rows_next (&rows))
        return false;
    rap_text_t chunk_id = column (rows, 0, arena);
    *chunk = (rap_chunk_t){.kind = rap_chunk_kind_of (column (rows, 1, arena)),
                           .part = column (rows, 2, arena),
                           .label = column (rows, 3, arena),
                           .text = column (rows, 4, arena)};
    *document = (rap_document_t){
        .title = column (rows, 5, arena), .kind = column (rows, 6, arena), .body = column (rows, 7, arena)};
    rap_rows_end (&rows);
    read_sections (db, chunk_id.at, arena, chunk);
    return true;
}

static int explain (rap_database_t *db, const char *id, const char *label, const char *scheme, const char *rules,
                    bool json)
{
    char cache[RAP_PATH_MAX];
    rap_reason_t reason;
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t document;
    rap_chunk_t chunk;
    rap_findings_t findings;
    parts_t parts = {0};
    rap_lexicon_t *lexicon = rap_lexicon_new (rules, &reason);
    rap_extractors_t *extractors =
        lexicon ? rap_extractors_new (lexicon, rap_oneshot_cache (cache, sizeof cache), &reason) : NULL;
    rap_status_t status = extractors ? RAP_OK : RAP_FAILED;
    if (status == RAP_OK && !rap_extractors_listen (extractors, scheme, remember, &parts))
        status = rap_refuse (&reason, "there is no scheme '%.40s': it is theme, function, flag or iccs", scheme);
    if (status == RAP_OK && !read_chunk (db, id, label, arena, &document, &chunk))
        status = rap_refuse (
            &reason, "this document has no paragraph labelled '%.40s'; 'rapporteur show %.12s' shows all of it",
            label, id);
    if (status == RAP_OK)
        status = rap_extractors_run (extractors, &document, &chunk, arena, &findings, &reason);
    if (status == RAP_OK)
        print (&parts, json, arena);
    else
        rap_term_fail ("%s", reason.text);
    free (parts.at);
    rap_extractors_destroy (&extractors);
    rap_lexicon_destroy (&lexicon);
    rap_arena_destroy (&arena);
    return status == RAP_OK ? 0 : 1;
}

int rap_verb_why_theme (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL, *rules = NULL, *scheme = "theme";
    bool json = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},
        {.name = "scheme", .into = &scheme, .value = "NAME", .help = "theme (default), function, flag or iccs"},
        {.name = "rules", .into = &rules, .value = "DIR", .help = "folder of the rules"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur why-theme",
        .summary = "the words and headings that decided what a paragraph is about",
        .operands = "DOCUMENT LABEL",
        .options = options,
        .more = "Each class with its score, and under it the terms that made it, by the rules as they are now."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    char id[RAP_DOCUMENT_ID_SIZE];
    if (count != 2)
        return rap_options_wrong (&usage, "say which DOCUMENT, and which LABEL in it");
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    rap_database_t *db = rap_database_open (place.db, &reason);
    if (!db || rap_find_document (db, argv[1], id, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    else
        status = explain (db, id, argv[2], scheme, rules, json);
    rap_database_close (&db);
    return status;
}
