//  label: an operator says what a paragraph is about, where the rules were wrong. Kept as codes in a table beside the
//  store, one row a paragraph; script/train learns from them.
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/options.h"

#include "database.h"
#include "find.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

enum { THEMES_MAX = 3, FLAGS_MAX = 8, LINE_MAX_BYTES = 4096, PATH_ROOM = RAP_PATH_MAX + 32 };

static const char columns[] = "document\tpart\tlabel\tthemes\tfunction\tflags\tdocument_id\n";

typedef struct {
    const char *themes, *function, *flags, *part, *rules;
    bool list, remove;
} asked_t;

//  The paragraph meant.
typedef struct {
    char id[RAP_DOCUMENT_ID_SIZE];
    char document[256]; //  its file's name without folder and ending
    char part[256], label[128];
    char chunk_id[24];
} paragraph_t;

//  --- codes ---------------------------------------------------------------------

static bool is_code (const rap_table_t *table, int column, rap_text_t code)
{
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (rap_text_equal (table->entries[i].fields[column], code) && !rap_text_equal (code, RAP_TEXT ("none")))
            return true;
    return false;
}

//  Every one of `codes`, parted by commas, must be in the table's column, once.
static rap_status_t check_codes (const rap_lexicon_t *lexicon, const char *name, const char *column_name,
                                 const char *codes, uint32_t most, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, name);
    int column = table ? rap_table_column (table, column_name) : -1;
    if (column < 0)
        return rap_refuse (reason, "%s.tsv: missing, or without the column %s", name, column_name);
    rap_text_t seen[FLAGS_MAX];
    uint32_t count = 0;
    for (const char *at = codes;; at++) {
        rap_text_t code = rap_text_of (at, strcspn (at, ","));
        if (!is_code (table, column, code))
            return rap_refuse (reason, "there is no '%.*s' in %s.tsv", (int)(code.len < 60 ? code.len : 60), code.at,
                               name);
        if (count == most)
            return rap_refuse (reason, "more than %u of %s.tsv", most, name);
        for (uint32_t i = 0; i < count; i++)
            if (rap_text_equal (seen[i], code))
                return rap_refuse (reason, "'%.*s' twice", (int)code.len, code.at);
        seen[count++] = code;
        at += code.len;
        if (!*at)
            return RAP_OK;
    }
}

static rap_status_t check (const asked_t *asked, rap_reason_t *reason)
{
    rap_lexicon_t *lexicon = rap_lexicon_new (asked->rules, reason);
    if (!lexicon)
        return RAP_REFUSED;
    rap_status_t status = RAP_OK;
    if (asked->themes)
        status = check_codes (lexicon, "themes", "code", asked->themes, THEMES_MAX, reason);
    if (status == RAP_OK && asked->function)
        status = check_codes (lexicon, "functions", "code", asked->function, 1, reason);
    if (status == RAP_OK && asked->flags && strcmp (asked->flags, "none") != 0)
        status = check_codes (lexicon, "flags", "flag", asked->flags, FLAGS_MAX, reason);
    rap_lexicon_destroy (&lexicon);
    return status;
}

//  --- the paragraph ---------------------------------------------------------------

//  A field of the table: no TAB, no line's end.
static void put_field (char *to, size_t size, const char *text)
{
    snprintf (to, size, "%s", text ? text : "");
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
}

static void put_name (char *to, size_t size, const char *source)
{
    const char *slash = strrchr (source, '/');
    put_field (to, size, slash ? slash + 1 : source);
    char *dot = strrchr (to, '.');
    if (dot && dot > to)
        *dot = '\0';
}

static rap_status_t find_paragraph (rap_database_t *db, const char *document, const char *label, const char *part,
                                    paragraph_t *paragraph, rap_reason_t *reason)
{
    if (rap_find_document (db, document, paragraph->id, reason) != RAP_OK)
        return RAP_REFUSED;
    const char *texts[] = {paragraph->id, label, part};
    rap_rows_t *rows = rap_database_ask (
        db,
        "SELECT c.chunk_id, c.part, d.source FROM chunk c JOIN document d USING (document_id) WHERE document_id = ?1"
        " AND label = ?2 AND (?3 IS NULL OR part = ?3) AND c.kind NOT IN ('footnote', 'heading', 'masthead')"
        " ORDER BY chunk_id",
        texts, 3);
    uint32_t count = 0;
    while (rap_rows_next (&rows)) {
        if (count++ > 0 && strcmp (paragraph->part, rap_rows_text (rows, 1)) != 0) {
            rap_refuse (
                reason,
                "several parts have a paragraph labelled '%.40s': say which by --part '%.60s' or --part '%.60s'",
                label, paragraph->part, rap_rows_text (rows, 1));
            rap_rows_end (&rows);
            return RAP_REFUSED;
        }
        if (count > 1)
            continue; //  the first of a part is meant
        put_field (paragraph->chunk_id, sizeof paragraph->chunk_id, rap_rows_text (rows, 0));
        put_field (paragraph->part, sizeof paragraph->part, rap_rows_text (rows, 1));
        put_name (paragraph->document, sizeof paragraph->document, rap_rows_text (rows, 2));
    }
    put_field (paragraph->label, sizeof paragraph->label, label);
    return count
               ? RAP_OK
               : rap_refuse (
                   reason, "this document has no paragraph labelled '%.60s'; 'rapporteur show %.12s' shows all of it",
                   label, paragraph->id);
}

static void print_change (rap_database_t *db, const paragraph_t *paragraph, const char *scheme, const char *after)
{
    if (!after)
        return;
    const char *texts[] = {paragraph->chunk_id, scheme};
    rap_rows_t *rows = rap_database_ask (db,
                                         "SELECT group_concat (code, ',') FROM (SELECT code FROM classification"
                                         " WHERE chunk_id = CAST (?1 AS INTEGER) AND scheme = ?2 ORDER BY rank)",
                                         texts, 2);
    const char *before = rap_rows_next (&rows) ? rap_rows_text (rows, 0) : NULL;
    printf ("%-9s %s -> %s\n", scheme, before && *before ? before : "none", *after ? after : "none");
    rap_rows_end (&rows);
}

//  --- the table -------------------------------------------------------------------

//  Field `n` of a line, without the line's end.
static rap_text_t field (const char *line, int n)
{
    for (; n > 0 && *line; line++)
        n -= *line == '\t';
    return rap_text_of (line, n ? 0 : strcspn (line, "\t\r\n"));
}

//  The line that names the columns; a table made by hand may lack it.
static bool is_columns (const char *line)
{
    return strncmp (line, columns, strcspn (columns, "\t") + 1) == 0
           && rap_text_equal (field (line, 1), field (columns, 1));
}

static bool is_of (const char *line, const paragraph_t *paragraph)
{
    return rap_text_equal (field (line, 6), rap_text (paragraph->id))
           && rap_text_equal (field (line, 1), rap_text (paragraph->part))
           && rap_text_equal (field (line, 2), rap_text (paragraph->label));
}

//  Copies all rows but that of the paragraph; true if it had one. Whoever wrote the last one by hand may not have
//  ended its line.
static bool copy_others (FILE *from, FILE *to, const paragraph_t *paragraph)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool found = false;
    while (from && (len = getline (&line, &room, from)) > 0) {
        if (is_columns (line))
            continue;
        if (line[0] != '#' && is_of (line, paragraph)) {
            found = true;
            continue;
        }
        fwrite (line, 1, (size_t)len, to);
        if (line[len - 1] != '\n')
            fputc ('\n', to);
    }
    free (line);
    return found;
}

//  Writes the table anew beside itself and puts it in its place: whole, or as it was. *had: the paragraph had a row.
static rap_status_t write_table (const char *path, const paragraph_t *paragraph, const asked_t *asked, bool *had,
                                 rap_reason_t *reason)
{
    char fresh[PATH_ROOM + 8];
    snprintf (fresh, sizeof fresh, "%s.new", path);
    FILE *from = fopen (path, "re");
    if (!from && errno != ENOENT)
        return rap_refuse (reason, "%s: %s", path, strerror (errno));
    FILE *to = fopen (fresh, "we");
    if (to) {
        fputs (columns, to);
        *had = copy_others (from, to, paragraph);
        if (!asked->remove)
            fprintf (to, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", paragraph->document, paragraph->part, paragraph->label,
                     asked->themes ? asked->themes : "", asked->function ? asked->function : "",
                     !asked->flags                        ? "?"
                     : strcmp (asked->flags, "none") == 0 ? ""
                                                          : asked->flags,
                     paragraph->id);
    }
    if (from)
        fclose (from);
    bool written = to && fflush (to) == 0 && fsync (fileno (to)) == 0;
    written = to && fclose (to) == 0 && written && rename (fresh, path) == 0;
    return written ? RAP_OK : rap_refuse (reason, "%s: %s", fresh, strerror (errno));
}

//  One operator at a time: the folder is locked while the table is read and written.
static rap_status_t change_table (const char *path, const paragraph_t *paragraph, const asked_t *asked, bool *had,
                                  rap_reason_t *reason)
{
    char folder[PATH_ROOM];
    snprintf (folder, sizeof folder, "%s", path);
    int lock = open (dirname (folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock (lock, LOCK_EX) != 0) {
        rap_refuse (reason, "%s: %s", folder, strerror (errno));
        if (lock >= 0)
            close (lock);
        return RAP_REFUSED;
    }
    rap_status_t status = write_table (path, paragraph, asked, had, reason);
    if (status == RAP_OK && fsync (lock) != 0)
        status = rap_refuse (reason, "%s: %s", folder, strerror (errno));
    close (lock);
    return status;
}

static int list (const char *path)
{
    static const char *const names[] = {"document", "part", "label", "themes", "function", "flags"};
    FILE *from = fopen (path, "re");
    if (!from)
        return errno == ENOENT ? 0 : rap_term_fail ("%s: %s", path, strerror (errno));
    rap_grid_t *grid = rap_grid_new (names, sizeof names / sizeof *names);
    char *line = NULL, cell[LINE_MAX_BYTES];
    size_t room = 0;
    while (getline (&line, &room, from) > 0) {
        if (line[0] == '#' || is_columns (line))
            continue;
        for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
            rap_text_t text = field (line, i);
            snprintf (cell, sizeof cell, "%.*s", (int)(text.len < sizeof cell ? text.len : sizeof cell - 1), text.at);
            rap_grid_add (grid, cell);
        }
    }
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    free (line);
    fclose (from);
    return 0;
}

//  --- the verb --------------------------------------------------------------------

static int change (const rap_place_t *place, const char *path, const char *document, const char *label,
                   const asked_t *asked)
{
    rap_reason_t reason;
    paragraph_t paragraph = {0};
    bool had = false;
    int status = 0;
    rap_database_t *db = rap_database_open (place->db, &reason);
    if (!db || find_paragraph (db, document, label, asked->part, &paragraph, &reason) != RAP_OK
        || (!asked->remove && check (asked, &reason) != RAP_OK)
        || change_table (path, &paragraph, asked, &had, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    else if (asked->remove && !had)
        status = rap_term_fail ("this paragraph bears no label of an operator's; --list shows those that do");
    else if (!asked->remove) {
        print_change (db, &paragraph, "theme", asked->themes);
        print_change (db, &paragraph, "function", asked->function);
        print_change (db, &paragraph, "flag", asked->flags);
        printf ("kept in %s; script/train learns from it\n", path);
    }
    rap_database_close (&db);
    return status;
}

int rap_verb_label (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    asked_t asked = {0};
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = "theme",
         .into = &asked.themes,
         .value = "CODE,...",
         .help = "what it is about, the main theme first"},
        {.name = "function", .into = &asked.function, .value = "CODE", .help = "what it is there for"},
        {.name = "flags", .into = &asked.flags, .value = "CODE,...", .help = "matters it touches; none: not any"},
        {.name = "part", .into = &asked.part, .value = "PART", .help = "where several parts have that label"},
        {.name = "remove", .kind = RAP_OPTION_FLAG, .into = &asked.remove, .help = "take the paragraph's label back"},
        {.name = "list", .kind = RAP_OPTION_FLAG, .into = &asked.list, .help = "all labels given"},
        {.name = "rules", .into = &asked.rules, .value = "DIR", .help = "folder of the rules, which has the codes"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur label",
        .summary = "say what a paragraph is about, where the rules were wrong",
        .operands = "[DOCUMENT LABEL]",
        .options = options,
        .more = "Kept in DIR/labels.tsv, or FILE.labels.tsv. script/train makes rules of them (doc/themes.md)."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    char path[PATH_ROOM];
    bool says = asked.themes || asked.function || asked.flags;
    if (asked.list ? count || says || asked.remove : count != 2)
        return rap_options_wrong (&usage, "say which DOCUMENT, and which LABEL in it, or --list alone");
    if (!asked.list && says == asked.remove)
        return rap_options_wrong (&usage, "say --theme, --function or --flags, or --remove alone");
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    if (place.data)
        snprintf (path, sizeof path, "%s/labels.tsv", place.data);
    else
        snprintf (path, sizeof path, "%s.labels.tsv", place.db);
    return asked.list ? list (path) : change (&place, path, argv[1], argv[2], &asked);
}
