//  diff: the clauses of two resolutions against each other (redline.h), for people, as JSON, or as a page.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/arena.h"
#include "rapporteur/json.h"
#include "rapporteur/options.h"
#include "rapporteur/utf8.h"

#include "database.h"
#include "find.h"
#include "place.h"
#include "rapporteur/redline.h"
#include "term.h"
#include "verbs.h"

typedef struct {
    rap_text_t name;
    rap_redline_clause_t *clauses;
    uint32_t count;
} side_t;

static rap_text_t column (const rap_rows_t *rows, int at, rap_arena_t *arena)
{
    const char *text = rap_rows_text (rows, at);
    return text ? rap_arena_text (arena, rap_text (text)) : RAP_TEXT ("");
}

//  What is compared: all running text. Of a resolution that is its clauses and the items of its annexes.
static side_t read_side (rap_database_t *db, const char *id, rap_arena_t *arena)
{
    side_t side = {.clauses = rap_arena_alloc (arena, RAP_REDLINE_CLAUSES_MAX * sizeof *side.clauses)};
    rap_rows_t *rows = rap_database_ask (
        db, "SELECT coalesce (symbol, nullif (title, ''), source) FROM document WHERE document_id = ?1", &id, 1);
    if (rap_rows_next (&rows))
        side.name = column (rows, 0, arena);
    rap_rows_end (&rows);
    rows = rap_database_ask (db,
                             "SELECT kind, part, label, text FROM chunk WHERE document_id = ?1 AND kind IN"
                             " ('preambular', 'operative', 'item', 'paragraph', 'text', 'heading') ORDER BY chunk_id",
                             &id, 1);
    while (side.count < RAP_REDLINE_CLAUSES_MAX && rap_rows_next (&rows))
        side.clauses[side.count++] = (rap_redline_clause_t){.kind = column (rows, 0, arena),
                                                            .part = column (rows, 1, arena),
                                                            .label = column (rows, 2, arena),
                                                            .text = column (rows, 3, arena)};
    rap_rows_end (&rows);
    return side;
}

static const char *fate_of (const rap_redline_t *line)
{
    if (!line->before)
        return "new";
    if (!line->after)
        return "gone";
    if (line->moved)
        return line->changed ? "moved and changed" : "moved";
    return line->changed ? "changed" : "same";
}

//  'annex 3', '12', or the kind where there is no label.
static rap_text_t place_of (const rap_redline_clause_t *clause, rap_arena_t *arena)
{
    rap_text_t last = clause->label.len ? clause->label : clause->kind;
    return rap_arena_format (arena, "%.*s%s%.*s", (int)clause->part.len, clause->part.at, clause->part.len ? " " : "",
                             (int)last.len, last.at);
}

//  '12', or '11 -> 12' where it has another number now.
static rap_text_t places_of (const rap_redline_t *line, rap_arena_t *arena)
{
    rap_text_t before = line->before ? place_of (line->before, arena) : RAP_TEXT ("");
    rap_text_t after = line->after ? place_of (line->after, arena) : RAP_TEXT ("");
    if (!line->before || !line->after || rap_text_equal (before, after))
        return line->after ? after : before;
    return rap_arena_format (arena, "%.*s \xe2\x86\x92 %.*s", (int)before.len, before.at, (int)after.len, after.at);
}

//  --- for people ------------------------------------------------------------------

static void print_words (const rap_redline_words_t *words, rap_arena_t *arena)
{
    static const char *const rich[] = {"", "\033[9;31m", "\033[4;32m"};
    static const char *const plain[][2] = {{"", ""}, {"[-", "-]"}, {"{+", "+}"}};
    bool colours = rap_term_is_rich (stdout);
    fputs (colours ? rich[words->fate] : plain[words->fate][0], stdout);
    rap_term_put (stdout, rap_arena_text (arena, words->text).at, 4);
    fputs (colours ? (words->fate == RAP_WORDS_KEPT ? "" : "\033[0m") : plain[words->fate][1], stdout);
}

static void print_line (const rap_redline_t *line, bool all, rap_arena_t *arena)
{
    if (!all && strcmp (fate_of (line), "same") == 0)
        return;
    rap_text_t heading = rap_arena_format (arena, "%s  %s", places_of (line, arena).at, fate_of (line));
    rap_term_bold (stdout, heading.at);
    printf ("\n    ");
    for (uint32_t i = 0; i < line->words_count; i++)
        print_words (&line->words[i], arena);
    printf ("\n");
}

static void print_summary (const rap_redline_t *lines, uint32_t count)
{
    static const char *const fates[] = {"same", "changed", "moved", "moved and changed", "new", "gone"};
    for (size_t f = 0; f < sizeof fates / sizeof *fates; f++) {
        uint32_t of_it = 0;
        for (uint32_t i = 0; i < count; i++)
            of_it += strcmp (fate_of (&lines[i]), fates[f]) == 0;
        printf ("%s%u %s", f ? ", " : "", of_it, fates[f]);
    }
    printf ("\n");
}

//  --- as JSON -----------------------------------------------------------------------

static void put_place (rap_json_t *json, const char *key, const rap_redline_clause_t *clause, rap_arena_t *arena)
{
    if (!clause) {
        rap_json_text (json, key, NULL);
        return;
    }
    rap_json_object (json, key);
    rap_json_text (json, "kind", rap_arena_text (arena, clause->kind).at);
    rap_json_text (json, "part", rap_arena_text (arena, clause->part).at);
    rap_json_text (json, "label", rap_arena_text (arena, clause->label).at);
    rap_json_end (json);
}

static void print_json (const side_t *before, const side_t *after, const rap_redline_t *lines, uint32_t count,
                        rap_arena_t *arena)
{
    static const char *const fates[] = {"kept", "gone", "new"};
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "before", rap_arena_text (arena, before->name).at);
    rap_json_text (&json, "after", rap_arena_text (arena, after->name).at);
    rap_json_array (&json, "clauses");
    for (uint32_t i = 0; i < count; i++) {
        rap_json_object (&json, NULL);
        rap_json_text (&json, "fate", fate_of (&lines[i]));
        put_place (&json, "before", lines[i].before, arena);
        put_place (&json, "after", lines[i].after, arena);
        rap_json_array (&json, "words");
        for (uint32_t w = 0; w < lines[i].words_count; w++) {
            rap_json_object (&json, NULL);
            rap_json_text (&json, "fate", fates[lines[i].words[w].fate]);
            rap_json_text (&json, "text", rap_arena_text (arena, lines[i].words[w].text).at);
            rap_json_end (&json);
        }
        rap_json_end (&json);
        rap_json_end (&json);
    }
    rap_json_end (&json);
    rap_json_end (&json);
}

//  --- as a page -----------------------------------------------------------------------

//  Text of documents is text in the page, whatever it holds.
static void put_html (rap_text_t text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        len = 1;
        switch (text.at[i]) {
        case '<':
            fputs ("&lt;", stdout);
            break;
        case '>':
            fputs ("&gt;", stdout);
            break;
        case '&':
            fputs ("&amp;", stdout);
            break;
        case '"':
            fputs ("&quot;", stdout);
            break;
        case '\n':
            fputs ("<br>\n", stdout);
            break;
        default:
            len = rap_utf8_show (stdout, rap_text_from (text, i), true);
        }
    }
}

static void print_html (const side_t *before, const side_t *after, const rap_redline_t *lines, uint32_t count,
                        rap_arena_t *arena)
{
    static const char *const tags[][2] = {{"", ""}, {"<del>", "</del>"}, {"<ins>", "</ins>"}};
    fputs ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>", stdout);
    put_html (before->name);
    fputs (" \xe2\x86\x92 ", stdout);
    put_html (after->name);
    fputs ("</title>\n<style>\nbody { max-width: 48em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 serif; }\n"
           "h2 { font: bold 14px sans-serif; margin: 1.5em 0 0.2em; }\np { margin: 0; }\n"
           "ins { background: #d9f2d9; color: #0b4f0b; }\ndel { background: #f9dada; color: #7a1010; }\n"
           "</style>\n</head>\n<body>\n<h1>",
           stdout);
    put_html (before->name);
    fputs (" \xe2\x86\x92 ", stdout);
    put_html (after->name);
    fputs ("</h1>\n", stdout);
    for (uint32_t i = 0; i < count; i++) {
        fputs ("<h2>", stdout);
        put_html (places_of (&lines[i], arena));
        printf (" \xe2\x80\x93 %s</h2>\n<p dir=\"auto\">", fate_of (&lines[i]));
        for (uint32_t w = 0; w < lines[i].words_count; w++) {
            fputs (tags[lines[i].words[w].fate][0], stdout);
            put_html (lines[i].words[w].text);
            fputs (tags[lines[i].words[w].fate][1], stdout);
        }
        fputs ("</p>\n", stdout);
    }
    fputs ("</body>\n</html>\n", stdout);
}

//  --- doing it ------------------------------------------------------------------------

static void compare (rap_database_t *db, const char *before_id, const char *after_id, bool json, bool html, bool all)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_redline_t *lines;
    rap_database_hold (db);
    side_t before = read_side (db, before_id, arena), after = read_side (db, after_id, arena);
    uint32_t count = rap_redline (before.clauses, before.count, after.clauses, after.count, arena, &lines);
    if (json)
        print_json (&before, &after, lines, count, arena);
    else if (html)
        print_html (&before, &after, lines, count, arena);
    else {
        for (uint32_t i = 0; i < count; i++)
            print_line (&lines[i], all, arena);
        print_summary (lines, count);
    }
    rap_arena_destroy (&arena);
}

int rap_verb_diff (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL;
    bool all = false, json = false, html = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = "html", .kind = RAP_OPTION_FLAG, .into = &html, .help = "as a page for a browser"},
        {.name = "all", .kind = RAP_OPTION_FLAG, .into = &all, .help = "clauses that are the same, too"},
        {.name = NULL},
    };
    const rap_usage_t usage = {.program = "rapporteur diff",
                               .summary = "what one resolution changed of another, clause by clause and word by word",
                               .operands = "BEFORE AFTER",
                               .options = options,
                               .more =
                                   "BEFORE and AFTER are documents as 'rapporteur show' takes them. In plain text "
                                   "[-words-] went and {+words+} came."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    char before[RAP_DOCUMENT_ID_SIZE], after[RAP_DOCUMENT_ID_SIZE];
    if (count != 2)
        return rap_options_wrong (&usage, "say which two documents: BEFORE and AFTER");
    if (json && html)
        return rap_options_wrong (&usage, "--json or --html, not both");
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    rap_database_t *db = rap_database_open (place.db, &reason);
    if (!db || rap_find_document (db, argv[1], before, &reason) != RAP_OK
        || rap_find_document (db, argv[2], after, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    else {
        compare (db, before, after, json, html, all);
        status = 0;
    }
    rap_database_close (&db);
    return status;
}
