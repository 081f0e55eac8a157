//  request: one pass over the target.
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

static int digit (char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_control (const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    return false;
}

//  Decoded into the arena; NULL with the reason. In a query '+' is a space.
static const char *decode (rap_text_t from, bool query, rap_arena_t *arena, rap_reason_t *reason)
{
    char *text = rap_arena_alloc (arena, from.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < from.len; i++) {
        char c = from.at[i];
        if (c == '%') {
            int high = i + 1 < from.len ? digit (from.at[i + 1]) : -1;
            int low = i + 2 < from.len ? digit (from.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                rap_reason_set (reason, "a percent sign needs two hexadecimal digits after it");
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && query)
            c = ' ';
        text[len++] = c;
    }
    if (is_control (text, len)) {
        rap_reason_set (reason, "control characters are not taken");
        return NULL;
    }
    if (rap_utf8_invalid_at (rap_text_of (text, len)) < len) {
        rap_reason_set (reason, "what is no UTF-8 is not taken");
        return NULL;
    }
    return text;
}

static rap_status_t read_path (rap_request_t *self, rap_text_t path, rap_arena_t *arena, rap_reason_t *reason)
{
    if (!path.len || path.at[0] != '/')
        return rap_refuse (reason, "a path begins with a slash");
    self->path = rap_arena_text (arena, path).at;
    for (size_t at = 1; at < path.len;) {
        const char *slash = memchr (path.at + at, '/', path.len - at);
        size_t end = slash ? (size_t)(slash - path.at) : path.len;
        if (self->segments_count == RAP_REQUEST_SEGMENTS_MAX)
            return rap_refuse (reason, "a path has %d parts at most", RAP_REQUEST_SEGMENTS_MAX);
        const char *segment = decode (rap_text_of (path.at + at, end - at), false, arena, reason);
        if (!segment)
            return RAP_REFUSED;
        if (strcmp (segment, ".") == 0 || strcmp (segment, "..") == 0)
            return rap_refuse (reason, "'.' and '..' are not taken in a path");
        self->segments[self->segments_count++] = segment;
        at = end + 1;
    }
    return RAP_OK;
}

static rap_status_t read_pair (rap_request_t *self, rap_text_t pair, rap_arena_t *arena, rap_reason_t *reason)
{
    const char *equals = memchr (pair.at, '=', pair.len);
    size_t name_len = equals ? (size_t)(equals - pair.at) : pair.len;
    const char *name = decode (rap_text_of (pair.at, name_len), true, arena, reason);
    if (!name)
        return RAP_REFUSED;
    const char *value = decode (rap_text_from (pair, name_len + 1), true, arena, reason);
    if (!value)
        return RAP_REFUSED;
    if (strlen (value) > RAP_REQUEST_VALUE_MAX)
        return rap_refuse (reason, "a value has %d bytes at most", RAP_REQUEST_VALUE_MAX);
    if (!*value)
        return RAP_OK;
    if (self->parameters_count == RAP_REQUEST_PARAMETERS_MAX)
        return rap_refuse (reason, "%d parameters are taken at most", RAP_REQUEST_PARAMETERS_MAX);
    self->parameters[self->parameters_count++] = (rap_parameter_t){name, value};
    return RAP_OK;
}

static rap_status_t read_query (rap_request_t *self, rap_text_t query, rap_arena_t *arena, rap_reason_t *reason)
{
    while (query.len) {
        const char *end = memchr (query.at, '&', query.len);
        size_t len = end ? (size_t)(end - query.at) : query.len;
        if (len && read_pair (self, rap_text_of (query.at, len), arena, reason) != RAP_OK)
            return RAP_REFUSED;
        query = rap_text_from (query, len + 1);
    }
    return RAP_OK;
}

rap_status_t rap_request_read (rap_request_t *self, rap_text_t target, rap_arena_t *arena, rap_reason_t *reason)
{
    *self = (rap_request_t){.path = ""};
    if (target.len > RAP_REQUEST_BYTES_MAX)
        return rap_refuse (reason, "the address has %zu bytes; %d are taken", target.len, RAP_REQUEST_BYTES_MAX);
    const char *mark = target.len ? memchr (target.at, '?', target.len) : NULL;
    size_t path_len = mark ? (size_t)(mark - target.at) : target.len;
    rap_status_t status = read_path (self, rap_text_of (target.at, path_len), arena, reason);
    return status == RAP_OK ? read_query (self, rap_text_from (target, path_len + 1), arena, reason) : status;
}

rap_status_t rap_request_read_form (rap_request_t *self, rap_text_t form, rap_arena_t *arena, rap_reason_t *reason)
{
    self->parameters_count = 0;
    return read_query (self, form, arena, reason);
}

const char *rap_request_get (const rap_request_t *self, const char *name)
{
    for (uint32_t i = 0; i < self->parameters_count; i++)
        if (strcmp (self->parameters[i].name, name) == 0)
            return self->parameters[i].value;
    return NULL;
}

rap_status_t rap_request_number (const rap_request_t *self, const char *name, int64_t min, int64_t max,
                                 int64_t otherwise, int64_t *number, rap_reason_t *reason)
{
    const char *value = rap_request_get (self, name);
    char *end;
    *number = otherwise;
    if (!value)
        return RAP_OK;
    errno = 0;
    long long read = strtoll (value, &end, 10);
    if (errno || *end || end == value || read < min || read > max)
        return rap_refuse (reason, "'%s' is a whole number from %lld to %lld", name, (long long)min, (long long)max);
    *number = read;
    return RAP_OK;
}

rap_status_t rap_request_flag (const rap_request_t *self, const char *name, bool otherwise, bool *flag,
                               rap_reason_t *reason)
{
    const char *value = rap_request_get (self, name);
    *flag = otherwise;
    if (!value)
        return RAP_OK;
    *flag = strcmp (value, "true") == 0 || strcmp (value, "1") == 0;
    if (!*flag && strcmp (value, "false") != 0 && strcmp (value, "0") != 0)
        return rap_refuse (reason, "'%s' is true or false", name);
    return RAP_OK;
}
