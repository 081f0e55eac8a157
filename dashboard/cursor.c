//  cursor: values parted by a control character, in base64 for addresses.
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

enum { CURSOR_MAX = 1024 };
static const char parting = '\x1f';

static rap_text_t write_value (const rap_bind_t *value, rap_arena_t *arena)
{
    if (value->kind == RAP_BIND_INTEGER)
        return rap_arena_format (arena, "i%" PRId64, value->integer);
    if (value->kind == RAP_BIND_REAL)
        return rap_arena_format (arena, "r%.17g", value->real);
    return rap_arena_format (arena, "t%.200s", value->text ? value->text : "");
}

//  The bytes of a text of the database may be cut in a letter: only whole ones are kept.
static rap_text_t whole_letters (rap_text_t text)
{
    text.len = rap_utf8_invalid_at (text);
    return text;
}

rap_text_t rap_cursor_write (const rap_bind_t *values, int count, uint32_t order, rap_arena_t *arena)
{
    rap_text_t plain = rap_arena_format (arena, "%" PRIx32, order);
    for (int i = 0; i < count; i++) {
        rap_text_t value = whole_letters (write_value (&values[i], arena));
        plain = rap_arena_format (arena, "%.*s%c%.*s", (int)plain.len, plain.at, parting, (int)value.len, value.at);
    }
    size_t room = sodium_base64_encoded_len (plain.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = rap_arena_alloc (arena, room);
    sodium_bin2base64 (text, room, (const unsigned char *)plain.at, plain.len,
                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return rap_text (text);
}

static bool take_value (const char *text, rap_bind_t *value)
{
    char *end = NULL;
    errno = 0;
    switch (text[0]) {
    case 'i':
        *value = rap_bind_integer (strtoll (text + 1, &end, 10));
        break;
    case 'r':
        *value = (rap_bind_t){.kind = RAP_BIND_REAL, .real = strtod (text + 1, &end)};
        break;
    case 't':
        *value = rap_bind_text (text + 1);
        return true;
    default:
        return false;
    }
    return !errno && end != text + 1 && !*end;
}

rap_status_t rap_cursor_take (const char *cursor, uint32_t order, rap_bind_t *values, int count, rap_arena_t *arena)
{
    size_t len = strlen (cursor), plain_len = 0;
    if (len > CURSOR_MAX)
        return RAP_REFUSED;
    char *plain = rap_arena_alloc (arena, len + 1), *end;
    if (sodium_base642bin ((unsigned char *)plain, len, cursor, len, NULL, &plain_len, NULL,
                           sodium_base64_VARIANT_URLSAFE_NO_PADDING)
            != 0
        || memchr (plain, 0, plain_len) || rap_utf8_invalid_at (rap_text_of (plain, plain_len)) < plain_len)
        return RAP_REFUSED;
    if (strtoul (plain, &end, 16) != order || end == plain)
        return RAP_REFUSED;
    for (int i = 0; i < count; i++) {
        if (*end != parting)
            return RAP_REFUSED;
        const char *from = end + 1;
        end += 1 + strcspn (end + 1, "\x1f");
        if ((*end == 0) != (i == count - 1)
            || !take_value (rap_arena_text (arena, rap_text_of (from, (size_t)(end - from))).at, &values[i]))
            return RAP_REFUSED;
    }
    return RAP_OK;
}
