//  reply: rows to members.
#include "reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void rap_reply_problem (rap_reply_t *self, int status, const char *format, ...)
{
    va_list list;
    if (self->status >= 400)
        return; //  the first tells the cause
    self->status = status;
    va_start (list, format);
    vsnprintf (self->problem.text, sizeof self->problem.text, format, list);
    va_end (list);
}

enum { TEXTS_MAX = 16 };

rap_found_t *rap_reply_ask (rap_reply_t *self, const char *sql, const char *const *texts, int count)
{
    rap_bind_t binds[TEXTS_MAX];
    for (int i = 0; i < count; i++)
        binds[i] = rap_bind_text (texts[i]);
    return rap_snapshot_ask (self->reader, sql, binds, count);
}

rap_found_t *rap_reply_ask_number (rap_reply_t *self, const char *sql, int64_t number)
{
    rap_bind_t bind = rap_bind_integer (number);
    return rap_snapshot_ask (self->reader, sql, &bind, 1);
}

static bool ends (const char *name, const char *tail, char *bare, size_t size)
{
    size_t len = strlen (name), tail_len = strlen (tail);
    if (len <= tail_len || strcmp (name + len - tail_len, tail) != 0)
        return false;
    snprintf (bare, size, "%.*s", (int)(len - tail_len), name);
    return true;
}

static void put_column (rap_reply_t *self, const rap_found_t *row, int column)
{
    char bare[64];
    const char *name = rap_found_name (row, column);
    rap_json_t *json = &self->json;
    if (ends (name, ":json", bare, sizeof bare))
        rap_json_raw (json, bare, rap_found_text (row, column));
    else if (ends (name, ":bool", bare, sizeof bare))
        rap_json_bool (json, bare, rap_found_integer (row, column) != 0);
    else if (rap_found_is_null (row, column))
        rap_json_text (json, name, NULL);
    else if (rap_found_is_text (row, column))
        rap_json_text (json, name, rap_found_text (row, column));
    else if (rap_found_is_integer (row, column))
        rap_json_integer (json, name, rap_found_integer (row, column));
    else
        rap_json_real (json, name, rap_found_real (row, column));
}

void rap_reply_put_columns (rap_reply_t *self, const rap_found_t *row, int first)
{
    for (int i = first; i < rap_found_columns (row); i++)
        put_column (self, row, i);
}

void rap_reply_put_rows (rap_reply_t *self, const char *key, rap_found_t *rows)
{
    rap_json_array (&self->json, key);
    while (rap_found_next (&rows)) {
        rap_json_object (&self->json, NULL);
        rap_reply_put_columns (self, rows, 0);
        rap_json_end (&self->json);
    }
    rap_json_end (&self->json);
}

bool rap_reply_read_number (rap_reply_t *self, const char *segment, int64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoll (segment, &end, 10);
    if (!errno && !*end && end != segment && *number >= 0 && *segment >= '0' && *segment <= '9')
        return true;
    rap_reply_problem (self, 404, "'%.60s' is no number", segment);
    return false;
}

static bool is_id (const char *text)
{
    size_t len = strlen (text);
    return len >= 8 && len <= 32 && strspn (text, "0123456789abcdef") == len;
}

static bool take_key (rap_reply_t *self, const char *sql, const char *text, rap_document_key_t *key)
{
    const char *texts[] = {text};
    rap_found_t *found = rap_reply_ask (self, sql, texts, 1);
    bool there = rap_found_next (&found);
    if (there) {
        snprintf (key->document_id, sizeof key->document_id, "%s", rap_found_text (found, 0));
        key->number = rap_found_integer (found, 1);
    }
    rap_found_end (&found);
    return there;
}

//  Of several documents that bear a symbol, one that none supersedes, of those the latest.
bool rap_reply_find_document (rap_reply_t *self, const char *meant, rap_document_key_t *key)
{
    if (is_id (meant)
        && take_key (self,
                     "SELECT document_id, number FROM document WHERE document_id >= ?1 AND document_id < ?1 || 'g'"
                     " ORDER BY document_id LIMIT 1",
                     meant, key))
        return true;
    if (take_key (self,
                  "SELECT d.document_id, d.number FROM document_key s JOIN document d USING (number)"
                  " WHERE s.key = replace (upper (?1), ' ', '') OR s.key = replace (?1, ' ', '')"
                  " ORDER BY d.state = 'superseded', d.published DESC, d.document_id LIMIT 1",
                  meant, key))
        return true;
    rap_reply_problem (self, 404, "there is no document '%.100s'", meant);
    return false;
}
