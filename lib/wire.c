//  wire: the one file that sees msgpack. The packer is msgpack-c's; the cursor
//  reads the format (github.com/msgpack/msgpack/blob/master/spec.md) by itself.
#include "rapporteur/wire.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

//  --- writing -----------------------------------------------------------------
struct rap_packer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
};

static void must (int status)
{
    if (status != 0) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
}

rap_packer_t *rap_packer_new (void)
{
    rap_packer_t *self = calloc (1, sizeof *self);
    must (self ? 0 : -1);
    msgpack_sbuffer_init (&self->buffer);
    msgpack_packer_init (&self->packer, &self->buffer, msgpack_sbuffer_write);
    return self;
}

void rap_packer_destroy (rap_packer_t **self_p)
{
    if (!*self_p)
        return;
    msgpack_sbuffer_destroy (&(*self_p)->buffer);
    free (*self_p);
    *self_p = NULL;
}

//  Where `len` bytes go if there is room for them already, as there nearly always is;
//  else NULL. What is short is written there at once, all else by the library.
static char *place (rap_packer_t *self, size_t len)
{
    msgpack_sbuffer *buffer = &self->buffer;
    if (buffer->alloc - buffer->size < len)
        return NULL;
    buffer->size += len;
    return buffer->data + buffer->size - len;
}

//  A value whose head is this one byte, and nothing more.
static bool put (rap_packer_t *self, uint64_t byte)
{
    char *to = place (self, 1);
    if (to)
        *to = (char)byte;
    return to != NULL;
}

void rap_packer_reset (rap_packer_t *self)
{
    msgpack_sbuffer_clear (&self->buffer);
}

void rap_pack_array (rap_packer_t *self, uint32_t count)
{
    if (count > 15 || !put (self, 0x90 | count))
        must (msgpack_pack_array (&self->packer, count));
}

void rap_pack_map (rap_packer_t *self, uint32_t count)
{
    must (msgpack_pack_map (&self->packer, count));
}

void rap_pack_uint (rap_packer_t *self, uint64_t value)
{
    if (value > 127 || !put (self, value))
        must (msgpack_pack_uint64 (&self->packer, value));
}

void rap_pack_int (rap_packer_t *self, int64_t value)
{
    if (value < 0 || value > 127 || !put (self, (uint64_t)value))
        must (msgpack_pack_int64 (&self->packer, value));
}

void rap_pack_real (rap_packer_t *self, double value)
{
    assert (isfinite (value));
    must (msgpack_pack_double (&self->packer, value));
}

void rap_pack_bool (rap_packer_t *self, bool value)
{
    must (value ? msgpack_pack_true (&self->packer) : msgpack_pack_false (&self->packer));
}

void rap_pack_text (rap_packer_t *self, rap_text_t text)
{
    char *to = text.len < 32 ? place (self, 1 + text.len) : NULL;
    if (!to) {
        must (msgpack_pack_str (&self->packer, text.len));
        must (text.len ? msgpack_pack_str_body (&self->packer, text.at, text.len) : 0);
        return;
    }
    *to = (char)(0xa0 | text.len);
    if (text.len)
        memcpy (to + 1, text.at, text.len);
}

void rap_pack_bytes (rap_packer_t *self, rap_text_t bytes)
{
    must (msgpack_pack_bin (&self->packer, bytes.len));
    if (bytes.len)
        must (msgpack_pack_bin_body (&self->packer, bytes.at, bytes.len));
}

void rap_pack_raw (rap_packer_t *self, rap_text_t encoded)
{
    if (encoded.len)
        must (msgpack_sbuffer_write (&self->buffer, encoded.at, encoded.len));
}

rap_text_t rap_packed (const rap_packer_t *self)
{
    return (rap_text_t){self->buffer.data ? self->buffer.data : "", self->buffer.size};
}

//  --- reading -----------------------------------------------------------------
//  Every value begins with a head: what it is, and a number that is its value, or
//  the bytes or values that follow.
typedef enum { NOTHING, UNSIGNED, NEGATIVE, REAL, BOOLEAN, NIL, TEXT, BYTES, EXTENSION, ARRAY, MAP } shape_t;

typedef struct {
    shape_t shape;
    uint64_t number; //  value, bits of a real, or count; a negative value as its two's complement
} head_t;

void rap_cursor_init (rap_cursor_t *self, rap_text_t bytes)
{
    const uint8_t *at = (const uint8_t *)(bytes.len ? bytes.at : "");
    *self = (rap_cursor_t){.at = at, .end = at + bytes.len, .start = at};
}

void rap_cursor_fail (rap_cursor_t *self, const char *error)
{
    if (self->error)
        return;
    self->error = error;
    self->error_at = (size_t)(self->at - self->start);
    self->at = self->end;
}

static size_t left_bytes (const rap_cursor_t *self)
{
    return (size_t)(self->end - self->at);
}

//  A big-endian number of `size` bytes.
static uint64_t read_number (rap_cursor_t *self, size_t size)
{
    if (left_bytes (self) < size) {
        rap_cursor_fail (self, "the message ends inside a value");
        return 0;
    }
    const uint8_t *at = self->at;
    uint64_t number = 0;
    self->at += size;
    if (size == 8) {
        memcpy (&number, at, 8);
        return be64toh (number);
    }
    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[i];
    return number;
}

static uint64_t extend (uint64_t number, unsigned bits)
{
    uint64_t sign = UINT64_C (1) << (bits - 1);
    return (number ^ sign) - sign;
}

static double real_of (uint64_t bits)
{
    double real;
    memcpy (&real, &bits, sizeof real);
    return real;
}

static uint64_t widen_float (uint64_t bits32)
{
    uint32_t bits = (uint32_t)bits32;
    float narrow;
    memcpy (&narrow, &bits, sizeof narrow);
    double wide = (double)narrow;
    uint64_t result;
    memcpy (&result, &wide, sizeof result);
    return result;
}

static head_t signed_head (uint64_t number)
{
    return (head_t){number >> 63 ? NEGATIVE : UNSIGNED, number};
}

//  Heads whose first byte is 0xc0 to 0xdf.
static head_t read_long_head (rap_cursor_t *self, uint8_t first)
{
    switch (first) {
    case 0xc0:
        return (head_t){NIL, 0};
    case 0xc2:
    case 0xc3:
        return (head_t){BOOLEAN, first & 1U};
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return (head_t){BYTES, read_number (self, (size_t)1 << (first - 0xc4))};
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return (head_t){EXTENSION, read_number (self, (size_t)1 << (first - 0xc7)) + 1};
    case 0xca:
        return (head_t){REAL, widen_float (read_number (self, 4))};
    case 0xcb:
        return (head_t){REAL, read_number (self, 8)};
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return (head_t){UNSIGNED, read_number (self, (size_t)1 << (first - 0xcc))};
    case 0xd0:
    case 0xd1:
    case 0xd2:
        return signed_head (extend (read_number (self, (size_t)1 << (first - 0xd0)), 8U << (first - 0xd0)));
    case 0xd3:
        return signed_head (read_number (self, 8));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return (head_t){EXTENSION, (UINT64_C (1) << (first - 0xd4)) + 1};
    case 0xd9:
    case 0xda:
    case 0xdb:
        return (head_t){TEXT, read_number (self, (size_t)1 << (first - 0xd9))};
    case 0xdc:
    case 0xdd:
        return (head_t){ARRAY, read_number (self, (size_t)2 << (first - 0xdc))};
    case 0xde:
    case 0xdf:
        return (head_t){MAP, read_number (self, (size_t)2 << (first - 0xde))};
    default: //  0xc1
        rap_cursor_fail (self, "a byte that no value begins with");
        return (head_t){NOTHING, 0};
    }
}

static head_t read_head (rap_cursor_t *self)
{
    if (self->at == self->end) //  as it is after an error
        rap_cursor_fail (self, "the message ends inside a value");
    if (self->error)
        return (head_t){NOTHING, 0};
    uint64_t first = *self->at++;
    if (first < 0x80)
        return (head_t){UNSIGNED, first};
    if (first < 0x90)
        return (head_t){MAP, first & 15};
    if (first < 0xa0)
        return (head_t){ARRAY, first & 15};
    if (first < 0xc0)
        return (head_t){TEXT, first & 31};
    if (first >= 0xe0)
        return (head_t){NEGATIVE, extend (first, 8)};
    head_t head = read_long_head (self, (uint8_t)first);
    return self->error ? (head_t){NOTHING, 0} : head;
}

//  Goes into an array or map of `count` values that has at least a byte each.
static uint32_t enter (rap_cursor_t *self, uint64_t count, uint64_t values, uint32_t max)
{
    if (count > max)
        rap_cursor_fail (self, "more values than the limit here");
    else if (values > left_bytes (self))
        rap_cursor_fail (self, "a count that exceeds the bytes left");
    else if (self->depth >= RAP_WIRE_DEPTH_MAX)
        rap_cursor_fail (self, "nested deeper than 16 levels");
    if (self->error)
        return 0;
    self->depth++;
    return (uint32_t)count;
}

uint32_t rap_read_array (rap_cursor_t *self, uint32_t max)
{
    head_t head = read_head (self);
    if (head.shape != ARRAY) {
        rap_cursor_fail (self, "not an array");
        return 0;
    }
    return enter (self, head.number, head.number, max);
}

uint32_t rap_read_map (rap_cursor_t *self, uint32_t max)
{
    head_t head = read_head (self);
    if (head.shape != MAP) {
        rap_cursor_fail (self, "not a map");
        return 0;
    }
    return enter (self, head.number, 2 * head.number, max);
}

void rap_read_leave (rap_cursor_t *self, uint32_t left)
{
    while (left-- && !self->error)
        rap_read_skip (self);
    if (self->error)
        return;
    assert (self->depth > 0);
    self->depth--;
}

uint64_t rap_read_uint (rap_cursor_t *self)
{
    if (self->at < self->end && *self->at < 0x80) //  most are small
        return *self->at++;
    head_t head = read_head (self);
    if (head.shape == UNSIGNED)
        return head.number;
    rap_cursor_fail (self, "not an unsigned integer");
    return 0;
}

uint32_t rap_read_uint32 (rap_cursor_t *self)
{
    uint64_t number = rap_read_uint (self);
    if (number <= UINT32_MAX)
        return (uint32_t)number;
    rap_cursor_fail (self, "an integer beyond 32 bits");
    return 0;
}

int64_t rap_read_int (rap_cursor_t *self)
{
    head_t head = read_head (self);
    if (head.shape == NEGATIVE || (head.shape == UNSIGNED && head.number <= INT64_MAX))
        return (int64_t)head.number;
    rap_cursor_fail (self, "not an integer of 64 bits with sign");
    return 0;
}

double rap_read_real (rap_cursor_t *self)
{
    head_t head = read_head (self);
    if (head.shape == UNSIGNED)
        return (double)head.number;
    if (head.shape == NEGATIVE)
        return (double)(int64_t)head.number;
    if (head.shape == REAL && isfinite (real_of (head.number)))
        return real_of (head.number);
    rap_cursor_fail (self, "not a finite number");
    return 0;
}

bool rap_read_bool (rap_cursor_t *self)
{
    head_t head = read_head (self);
    if (head.shape == BOOLEAN)
        return head.number != 0;
    rap_cursor_fail (self, "not a truth value");
    return false;
}

//  The `len` bytes that follow a head.
static rap_text_t read_body (rap_cursor_t *self, uint64_t len, size_t max)
{
    if (self->error)
        return RAP_TEXT ("");
    if (len > left_bytes (self))
        rap_cursor_fail (self, "a length that exceeds the bytes left");
    else if (len > max)
        rap_cursor_fail (self, "longer than the limit here");
    if (self->error)
        return RAP_TEXT ("");
    rap_text_t body = {(const char *)self->at, (size_t)len};
    self->at += len;
    return body;
}

//  A text whose length is in its first byte, as most are, and that is all there: its
//  body's length, or SIZE_MAX if what stands at `at` is none.
static size_t short_text (const uint8_t *at, const uint8_t *end)
{
    size_t len = at < end && (*at & 0xe0U) == 0xa0U ? *at & 31U : SIZE_MAX;
    return len < (size_t)(end - at) ? len : SIZE_MAX;
}

//  Its head is not in one byte, or there is something wrong with it.
static rap_text_t read_long_text (rap_cursor_t *self, size_t max)
{
    head_t head = read_head (self);
    if (head.shape != TEXT)
        rap_cursor_fail (self, "not a text");
    return read_body (self, head.number, max);
}

rap_text_t rap_read_text (rap_cursor_t *self, size_t max)
{
    rap_text_t text = {(const char *)self->at + 1, short_text (self->at, self->end)};
    if (text.len <= max && text.len != SIZE_MAX)
        self->at += 1 + text.len;
    else
        text = read_long_text (self, max);
    if (rap_utf8_is_sound (text))
        return text;
    rap_cursor_fail (self,
                     rap_utf8_invalid_at (text) != text.len ? "text that is not UTF-8" : "text with a NUL in it");
    return RAP_TEXT ("");
}

rap_text_t rap_read_bytes (rap_cursor_t *self, size_t max)
{
    head_t head = read_head (self);
    if (head.shape != BYTES)
        rap_cursor_fail (self, "not bytes");
    return read_body (self, head.number, max);
}

//  Goes over a value without others in it; into one with others, and answers how many.
static uint64_t step (rap_cursor_t *self)
{
    head_t head = read_head (self);
    switch (head.shape) {
    case TEXT:
    case BYTES:
    case EXTENSION:
        read_body (self, head.number, SIZE_MAX);
        return 0;
    case ARRAY:
        return enter (self, head.number, head.number, UINT32_MAX);
    case MAP:
        return (uint64_t)2 * enter (self, head.number, 2 * head.number, UINT32_MAX / 2);
    default:
        return 0;
    }
}

//  Bytes of a value without others in it, if it is all there and of a kind that is met
//  often; 0 if it is to be looked at closely.
static size_t plain_size (const uint8_t *at, const uint8_t *end)
{
    //  Of the first bytes from 0xca on: reals and integers.
    static const uint8_t numbers[] = {5, 9, 2, 3, 5, 9, 2, 3, 5, 9};
    size_t left = (size_t)(end - at), size = 0;
    uint8_t first = *at;
    if (first < 0x80 || first >= 0xe0)
        return 1;
    if (first >= 0xa0 && first < 0xc0)
        size = 1 + (first & 31U);
    else if (first >= 0xca && first < 0xca + sizeof numbers)
        size = numbers[first - 0xca];
    else if (first == 0xd9 && left > 1)
        size = 2 + (size_t)at[1];
    else if (first == 0xda && left > 2)
        size = 3 + ((size_t)at[1] << 8 | at[2]);
    return size <= left ? size : 0;
}

//  Goes over at most `left` plain values; how many are left.
static uint64_t skip_plain (rap_cursor_t *self, uint64_t left)
{
    const uint8_t *at = self->at, *end = self->end;
    for (size_t size = 1; left && at < end; left--, at += size) {
        size = plain_size (at, end);
        if (!size)
            break;
    }
    self->at = at;
    return left;
}

void rap_read_skip (rap_cursor_t *self)
{
    uint64_t open[RAP_WIRE_DEPTH_MAX], left = 1; //  values to come: in each one around, and in this
    uint32_t outer = self->depth, levels = 0;
    while (!self->error) {
        left = skip_plain (self, left);
        if (left == 0 && levels == 0)
            return;
        if (left == 0) {
            left = open[--levels];
            self->depth--;
            continue;
        }
        left--;
        uint64_t more = step (self);
        if (self->depth > outer + levels) { //  enter has refused what is deeper than `open`
            open[levels++] = left;
            left = more;
        }
    }
}

rap_text_t rap_read_raw (rap_cursor_t *self, size_t max)
{
    const uint8_t *from = self->at;
    rap_read_skip (self);
    if (!self->error && (size_t)(self->at - from) > max)
        rap_cursor_fail (self, "longer than the limit here");
    return self->error ? RAP_TEXT ("") : (rap_text_t){(const char *)from, (size_t)(self->at - from)};
}

rap_status_t rap_read_end (rap_cursor_t *self, const char *what, rap_reason_t *reason)
{
    if (!self->error && self->at != self->end)
        rap_cursor_fail (self, "bytes left over at its end");
    if (!self->error)
        return RAP_OK;
    return rap_refuse (reason, "%s: %s (byte %zu)", what, self->error, self->error_at);
}
