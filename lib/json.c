//  json: a comma before all but the first, two spaces a level or one line.
#include "rapporteur/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "rapporteur/utf8.h"

//  As JSON writes what is beyond sixteen bits: a pair of surrogates.
static void put_number (FILE *out, uint32_t point)
{
    if (point > 0xFFFF)
        fprintf (out, "\\u%04x\\u%04x", 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF));
    else
        fprintf (out, "\\u%04x", point);
}

//  Valid UTF-8. What a terminal would obey is written as a number, which means the same.
//  `raw`: it is JSON already.
static void put_escaped (FILE *out, rap_text_t text, bool raw)
{
    for (size_t at = 0, len; at < text.len; at += len) {
        uint32_t point = rap_utf8_decode (text, at, &len);
        if (!raw && (point == '"' || point == '\\'))
            fprintf (out, "\\%c", (char)point);
        else if (!raw && point == '\n')
            fputs ("\\n", out);
        else if (rap_utf8_is_harmful (point) && !(raw && point < ' '))
            put_number (out, point);
        else
            fwrite (text.at + at, 1, len, out);
    }
}

//  Bytes that are no UTF-8 (a file's name may have any) become U+FFFD.
static void put_string (FILE *out, const char *string)
{
    rap_text_t text = rap_text (string);
    putc ('"', out);
    while (text.len) {
        size_t valid = rap_utf8_invalid_at (text);
        put_escaped (out, rap_text_of (text.at, valid), false);
        if (valid < text.len)
            fputs ("\\ufffd", out);
        text = rap_text_from (text, valid + 1);
    }
    putc ('"', out);
}

//  Everything before a value: the comma, the line, the key.
static void lead (rap_json_t *self, const char *key)
{
    if (self->depth) {
        bool *follows = &self->follows[self->depth - 1];
        if (self->flat)
            fputs (*follows ? ", " : "", self->out);
        else
            fprintf (self->out, "%s\n%*s", *follows ? "," : "", 2 * (int)self->depth, "");
        *follows = true;
    }
    if (key) {
        put_string (self->out, key);
        fputs (": ", self->out);
    }
}

static void open_level (rap_json_t *self, const char *key, char opening, char closing)
{
    lead (self, key);
    assert (self->depth < RAP_JSON_DEPTH_MAX);
    putc (opening, self->out);
    self->follows[self->depth] = false;
    self->closing[self->depth++] = closing;
}

void rap_json_init (rap_json_t *self, FILE *out)
{
    *self = (rap_json_t){.out = out};
}

void rap_json_object (rap_json_t *self, const char *key)
{
    open_level (self, key, '{', '}');
}

void rap_json_array (rap_json_t *self, const char *key)
{
    open_level (self, key, '[', ']');
}

void rap_json_end (rap_json_t *self)
{
    assert (self->depth > 0);
    self->depth--;
    if (self->follows[self->depth] && !self->flat)
        fprintf (self->out, "\n%*s", 2 * (int)self->depth, "");
    putc (self->closing[self->depth], self->out);
    if (!self->depth)
        putc ('\n', self->out);
}

void rap_json_text (rap_json_t *self, const char *key, const char *text)
{
    lead (self, key);
    if (text)
        put_string (self->out, text);
    else
        fputs ("null", self->out);
}

void rap_json_integer (rap_json_t *self, const char *key, int64_t number)
{
    lead (self, key);
    fprintf (self->out, "%" PRId64, number);
}

void rap_json_real (rap_json_t *self, const char *key, double number)
{
    lead (self, key);
    if (isfinite (number))
        fprintf (self->out, "%.15g", number);
    else
        fputs ("null", self->out);
}

void rap_json_bool (rap_json_t *self, const char *key, bool value)
{
    lead (self, key);
    fputs (value ? "true" : "false", self->out);
}

void rap_json_raw (rap_json_t *self, const char *key, const char *json)
{
    lead (self, key);
    if (json && *json && rap_utf8_invalid_at (rap_text (json)) == strlen (json))
        put_escaped (self->out, rap_text (json), true);
    else
        fputs ("null", self->out);
}

char *rap_json_quote (char *out, rap_text_t text)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.at[i];
        if (c < 0x20) {
            memcpy (out, "\\u00", 4);
            out[4] = digits[c >> 4];
            out[5] = digits[c & 15];
            out += 6;
            continue;
        }
        if (c == '"' || c == '\\')
            *out++ = '\\';
        *out++ = (char)c;
    }
    *out++ = '"';
    return out;
}
