//  lexicon: reads the rules folder once, whole, and hands out what it read.

#include "rapporteur/lexicon.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/arena.h"
#include "rapporteur/utf8.h"
#include "rapporteur/version.h"

//  Bounds on what an operator may put there; far above what rules need.
enum {
    FILES_MAX = 256,
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    PATH_BYTES_MAX = 4096,
    PIPELINE_DIGITS = 12,
};

struct rap_lexicon {
    rap_arena_t *arena;  //  all texts and tables
    rap_table_t *tables; //  sorted by name
    uint32_t tables_count;
    char sha256[RAP_SHA256_HEX];
    char pipeline[sizeof RAPPORTEUR_VERSION + 1 + PIPELINE_DIGITS];
};

static bool is_folder (const char *path)
{
    struct stat status;
    return path && *path && stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

const char *rap_lexicon_default_folder (void)
{
    const char *named = getenv ("RAPPORTEUR_RULES");
    if (named && *named)
        return named;
    return is_folder (RAPPORTEUR_RULES_INSTALLED) ? RAPPORTEUR_RULES_INSTALLED : RAPPORTEUR_RULES_SOURCE;
}

//  --- one file ---------------------------------------------------------------

//  The text without its first line, which is given in *line.
static rap_text_t next_line (rap_text_t rest, rap_text_t *line)
{
    const char *newline = memchr (rest.at, '\n', rest.len);
    size_t len = newline ? (size_t)(newline - rest.at) : rest.len;
    *line = rap_text_of (rest.at, len);
    if (len && rest.at[len - 1] == '\r') //  saved by an editor that ends lines with CR LF
        line->len--;
    return rap_text_from (rest, newline ? len + 1 : len);
}

static bool is_entry (rap_text_t line)
{
    return rap_text_trim (line).len > 0 && line.at[0] != '#';
}

static uint32_t count_entries (rap_text_t bytes)
{
    uint32_t count = 0;
    while (bytes.len) {
        rap_text_t line;
        bytes = next_line (bytes, &line);
        count += is_entry (line);
    }
    return count;
}

//  Cuts a line at its TABs into at most `max` trimmed fields; the number of
//  fields there were, which may be more than `max`.
static uint32_t split_line (rap_text_t line, rap_text_t *fields, uint32_t max)
{
    uint32_t count = 0;
    for (;;) {
        const char *tab = line.len ? memchr (line.at, '\t', line.len) : NULL;
        size_t len = tab ? (size_t)(tab - line.at) : line.len;
        if (count < max)
            fields[count] = rap_text_trim (rap_text_of (line.at, len));
        count++;
        if (!tab)
            return count;
        line = rap_text_from (line, len + 1);
    }
}

//  Byte offset of a control character other than TAB, LF and CR; len if none.
static size_t control_at (rap_text_t bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
            return i;
    }
    return bytes.len;
}

static uint32_t line_of (rap_text_t bytes, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at && i < bytes.len; i++)
        line += bytes.at[i] == '\n';
    return line;
}

static rap_status_t take_columns (rap_table_t *table, rap_text_t line, uint32_t number, const char *path,
                                  rap_reason_t *reason)
{
    uint32_t count = split_line (line, table->columns, RAP_LEXICON_COLUMNS_MAX);
    if (count > RAP_LEXICON_COLUMNS_MAX)
        return rap_refuse (reason, "%s:%u: %u columns; at most %d", path, number, count, RAP_LEXICON_COLUMNS_MAX);
    table->columns_count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (table->columns[i].len == 0)
            return rap_refuse (reason, "%s:%u: column %u has no name", path, number, i + 1);
        for (uint32_t j = 0; j < i; j++)
            if (rap_text_equal (table->columns[i], table->columns[j]))
                return rap_refuse (reason, "%s:%u: column '%.*s' is named twice", path, number,
                                   (int)table->columns[i].len, table->columns[i].at);
    }
    return RAP_OK;
}

//  Fields missing at a line's end are empty (editors drop trailing TABs); one
//  too many is a mistake.
static rap_status_t take_entry (const rap_table_t *table, rap_entry_t *entry, rap_text_t line, uint32_t number,
                                const char *path, rap_reason_t *reason)
{
    for (uint32_t i = 0; i < RAP_LEXICON_COLUMNS_MAX; i++)
        entry->fields[i] = RAP_TEXT ("");
    entry->line = number;
    uint32_t count = split_line (line, entry->fields, RAP_LEXICON_COLUMNS_MAX);
    if (count > table->columns_count)
        return rap_refuse (reason, "%s:%u: %u fields, but the table has %u columns", path, number, count,
                           table->columns_count);
    return RAP_OK;
}

static rap_status_t parse_table (rap_lexicon_t *self, rap_table_t *table, rap_text_t bytes, const char *path,
                                 rap_reason_t *reason)
{
    size_t wrong = rap_utf8_invalid_at (bytes);
    if (wrong < bytes.len)
        return rap_refuse (reason, "%s:%u: not valid UTF-8", path, line_of (bytes, wrong));
    wrong = control_at (bytes);
    if (wrong < bytes.len)
        return rap_refuse (reason, "%s:%u: a control character", path, line_of (bytes, wrong));
    if (rap_text_starts (bytes, RAP_TEXT ("\xEF\xBB\xBF")))
        bytes = rap_text_from (bytes, 3);
    bytes = rap_utf8_nfc (bytes, self->arena);

    uint32_t room = count_entries (bytes);
    if (room == 0)
        return rap_refuse (reason, "%s:1: names no columns", path);
    rap_entry_t *entries = rap_arena_alloc (self->arena, room * sizeof *entries);
    table->entries = entries;
    uint32_t number = 0;
    while (bytes.len) {
        rap_text_t line;
        bytes = next_line (bytes, &line);
        number++;
        if (!is_entry (line))
            continue;
        rap_status_t status = table->columns_count == 0
                                  ? take_columns (table, line, number, path, reason)
                                  : take_entry (table, &entries[table->entries_count++], line, number, path, reason);
        if (status != RAP_OK)
            return status;
    }
    return RAP_OK;
}

static rap_status_t read_file (const char *path, rap_arena_t *arena, rap_text_t *bytes, rap_reason_t *reason)
{
    FILE *file = fopen (path, "rbe");
    if (!file)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    struct stat status;
    if (fstat (fileno (file), &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > FILE_BYTES_MAX) {
        fclose (file);
        return rap_refuse (reason, "%s: not a plain file of at most %d bytes", path, FILE_BYTES_MAX);
    }
    size_t size = (size_t)status.st_size;
    char *buffer = rap_arena_alloc (arena, size + 1);
    size_t got = fread (buffer, 1, size, file);
    bool failed = ferror (file) || got != size;
    fclose (file);
    if (failed)
        return rap_fail (reason, "%s: cannot be read whole", path);
    *bytes = rap_text_of (buffer, size);
    return RAP_OK;
}

//  --- the folder -------------------------------------------------------------

static int is_rule_file (const struct dirent *entry)
{
    size_t len = strlen (entry->d_name);
    return len > 4 && entry->d_name[0] != '.' && strcmp (entry->d_name + len - 4, ".tsv") == 0;
}

static int by_name (const struct dirent **a, const struct dirent **b)
{
    return strcmp ((*a)->d_name, (*b)->d_name);
}

//  Name and length go before the bytes, so that no two folders hash alike by
//  moving text from one file to the next.
static void hash_file (rap_sha256_t *hash, const char *name, rap_text_t bytes)
{
    char head[PATH_BYTES_MAX];
    int len = snprintf (head, sizeof head, "%s %zu\n", name, bytes.len);
    rap_sha256_add (hash, head, len < 0 ? 0 : (size_t)len);
    rap_sha256_add (hash, bytes.at, bytes.len);
}

static rap_status_t read_table (rap_lexicon_t *self, const char *folder, const char *file, rap_sha256_t *hash,
                                rap_reason_t *reason)
{
    char path[PATH_BYTES_MAX];
    if (snprintf (path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path)
        return rap_refuse (reason, "%s: the path is longer than %d bytes", file, PATH_BYTES_MAX);
    rap_text_t bytes = RAP_TEXT ("");
    rap_status_t status = read_file (path, self->arena, &bytes, reason);
    if (status != RAP_OK)
        return status;
    hash_file (hash, file, bytes);
    rap_table_t *table = &self->tables[self->tables_count++];
    table->name = rap_arena_text (self->arena, rap_text_of (file, strlen (file) - 4)).at;
    return parse_table (self, table, bytes, path, reason);
}

static rap_status_t read_folder (rap_lexicon_t *self, const char *folder, rap_reason_t *reason)
{
    struct dirent **files = NULL;
    int count = scandir (folder, &files, is_rule_file, by_name);
    if (count < 0)
        return rap_fail (reason, "%s: %s", folder, strerror (errno));
    rap_status_t status = RAP_OK;
    if (count == 0)
        status = rap_refuse (reason, "%s: no rules (*.tsv) there", folder);
    else if (count > FILES_MAX)
        status = rap_refuse (reason, "%s: %d rule files; at most %d", folder, count, FILES_MAX);
    else
        self->tables = rap_arena_alloc (self->arena, (size_t)count * sizeof *self->tables);

    rap_sha256_t *hash = rap_sha256_new ();
    for (int i = 0; i < count && status == RAP_OK; i++)
        status = read_table (self, folder, files[i]->d_name, hash, reason);
    rap_sha256_end (&hash, self->sha256);
    for (int i = 0; i < count; i++)
        free (files[i]);
    free (files);
    return status;
}

rap_lexicon_t *rap_lexicon_new (const char *folder, rap_reason_t *reason)
{
    rap_lexicon_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    if (read_folder (self, folder ? folder : rap_lexicon_default_folder (), reason) != RAP_OK) {
        rap_lexicon_destroy (&self);
        return NULL;
    }
    snprintf (self->pipeline, sizeof self->pipeline, "%s+%.*s", RAPPORTEUR_VERSION, PIPELINE_DIGITS, self->sha256);
    return self;
}

void rap_lexicon_destroy (rap_lexicon_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_arena_destroy (&(*self_p)->arena);
    free (*self_p);
    *self_p = NULL;
}

const rap_table_t *rap_lexicon_table (const rap_lexicon_t *self, const char *name)
{
    for (uint32_t i = 0; i < self->tables_count; i++)
        if (strcmp (self->tables[i].name, name) == 0)
            return &self->tables[i];
    return NULL;
}

int rap_table_column (const rap_table_t *table, const char *name)
{
    for (uint32_t i = 0; i < table->columns_count; i++)
        if (rap_text_equal (table->columns[i], rap_text (name)))
            return (int)i;
    return -1;
}

const char *rap_lexicon_sha256 (const rap_lexicon_t *self)
{
    return self->sha256;
}

const char *rap_lexicon_pipeline (const rap_lexicon_t *self)
{
    return self->pipeline;
}
