//  phrases: a table of first words, each with its phrases, longest first.

#include "phrases.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/eight.h"
#include "rapporteur/utf8.h"

typedef struct {
    rap_text_t phrase; //  once sealed, a copy in lower case with eight zeros behind it
    uint32_t value;
    uint32_t hash;  //  of its first word
    uint32_t slot;  //  hash cut to the table, once sealed
    uint32_t order; //  as added
} entry_t;

struct rap_phrases {
    entry_t *entries; //  after sealing: by hash, then longer first, then as added
    uint32_t count;
    uint32_t room;
    uint32_t *starts; //  slot -> 1 + first entry with a hash of that slot; 0: none
    char *folded;     //  what the phrases of the entries point to
    uint32_t mask;
    uint32_t firsts; //  bits of the bytes that phrases begin with
    bool sealed;
};

rap_phrases_t *rap_phrases_new (void)
{
    rap_phrases_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void rap_phrases_destroy (rap_phrases_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    free ((*self_p)->entries);
    free ((*self_p)->starts);
    free ((*self_p)->folded);
    free (*self_p);
    *self_p = NULL;
}

//  The bit of a first byte: the same for a letter in either case.
static uint32_t first_bit (char first)
{
    return UINT32_C (1) << (first & 31);
}

static uint64_t fold (uint64_t bytes)
{
    return bytes | eight_between (bytes, 'A', 'Z') >> 2;
}

//  Letters and digits of ASCII.
static uint64_t word_bytes (uint64_t bytes)
{
    return eight_letters (bytes) | eight_between (bytes, '0', '9');
}

//  The first word for hashing: up to anything but an ASCII letter or digit, so
//  that both sides cut it alike whatever the apostrophe or hyphen is. A phrase that
//  begins with something else has the hash of the empty word.
static uint32_t hash_word (rap_text_t text, size_t at)
{
    uint64_t hash = 0;
    for (;; at += 8) {
        uint64_t bytes = eight_at (text, at), others = ~word_bytes (bytes) & EIGHT (0x80);
        uint64_t word = fold (bytes) & (others ? eight_mask (others) : UINT64_MAX);
        hash = (hash ^ word) * UINT64_C (0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
        if (others)
            return (uint32_t)hash;
    }
}

void rap_phrases_add (rap_phrases_t *self, rap_text_t phrase, uint32_t value)
{
    assert (!self->sealed);
    if (!phrase.len)
        return;
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->entries = realloc (self->entries, self->room * sizeof *self->entries);
        if (!self->entries)
            abort ();
    }
    char first = phrase.at[0];
    self->firsts |= first == ' ' ? UINT32_MAX : first_bit (first) | (first == '\'' ? first_bit ('\xE2') : 0);
    self->entries[self->count] =
        (entry_t){.phrase = phrase, .value = value, .hash = hash_word (phrase, 0), .order = self->count};
    self->count++;
}

static int by_slot (const void *left, const void *right)
{
    const entry_t *a = left, *b = right;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    if (a->phrase.len != b->phrase.len)
        return a->phrase.len > b->phrase.len ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

//  Copies the phrases, in lower case, to where eight bytes may be read at each of theirs.
static void fold_all (rap_phrases_t *self)
{
    size_t room = 0;
    for (uint32_t i = 0; i < self->count; i++)
        room += self->entries[i].phrase.len + sizeof (uint64_t);
    char *to = self->folded = calloc (room + 1, 1);
    if (!to)
        abort ();
    for (uint32_t i = 0; i < self->count; i++) {
        rap_text_t *phrase = &self->entries[i].phrase;
        for (size_t k = 0; k < phrase->len; k++)
            to[k] = rap_is_upper (phrase->at[k]) ? (char)(phrase->at[k] + ('a' - 'A')) : phrase->at[k];
        phrase->at = to;
        to += phrase->len + sizeof (uint64_t);
    }
}

void rap_phrases_seal (rap_phrases_t *self)
{
    uint32_t slots = 64;
    while (slots < self->count * 4)
        slots *= 2;
    self->mask = slots - 1;
    self->starts = calloc (slots, sizeof *self->starts);
    if (!self->starts)
        abort ();
    for (uint32_t i = 0; i < self->count; i++)
        self->entries[i].slot = self->entries[i].hash & self->mask;
    if (self->count)
        qsort (self->entries, self->count, sizeof *self->entries, by_slot);
    for (uint32_t i = self->count; i-- > 0;)
        self->starts[self->entries[i].slot] = i + 1;
    fold_all (self);
    self->sealed = true;
}

//  Where phrase and text differ, at bytes *k and *i: steps over spaces or an apostrophe
//  of another form. False if it is neither.
static bool step_over (rap_text_t phrase, rap_text_t text, size_t *k, size_t *i)
{
    size_t next = rap_skip_space (text, *i);
    bool space = phrase.at[*k] == ' ', more = *k > 0 && phrase.at[*k - 1] == ' '; //  of a run
    if (next > *i && (space || more)) {
        *i = next;
        *k += space;
        return true;
    }
    if (phrase.at[*k] == '\'' && text.len - *i >= 3 && memcmp (text.at + *i, "\xE2\x80\x99", 3) == 0) {
        *i += 3;
        ++*k;
        return true;
    }
    return false;
}

//  Bytes of text at `at` that the phrase matches; 0 if it does not.
static size_t match (rap_text_t phrase, rap_text_t text, size_t at)
{
    size_t i = at, k = 0;
    while (k < phrase.len) {
        uint64_t wanted;
        memcpy (&wanted, phrase.at + k, sizeof wanted);
        uint64_t differ = i < text.len ? le64toh (wanted) ^ fold (eight_at (text, i)) : UINT64_MAX;
        size_t same = differ ? (size_t)__builtin_ctzll (differ) / 8 : 8, left = phrase.len - k;
        same = same < left ? same : left;
        k += same;
        i += same;
        if (k < phrase.len && same < 8 && (i >= text.len || !step_over (phrase, text, &k, &i)))
            return 0;
    }
    //  A phrase that ends in a letter or digit must end a word.
    char last = phrase.at[phrase.len - 1];
    if ((rap_is_lower (last) || rap_is_digit (last)) && rap_is_word_at (text, i))
        return 0;
    return i - at;
}

uint32_t rap_phrases_at (const rap_phrases_t *self, rap_text_t text, size_t at, size_t *len)
{
    assert (self->sealed);
    *len = 0;
    if (at >= text.len || !(self->firsts & first_bit (text.at[at])))
        return RAP_NO_PHRASE;
    uint32_t hash = hash_word (text, at);
    uint32_t first = self->starts[hash & self->mask];
    if (!first)
        return RAP_NO_PHRASE;
    for (uint32_t i = first - 1; i < self->count && self->entries[i].slot == (hash & self->mask); i++) {
        if (self->entries[i].hash != hash)
            continue;
        size_t matched = match (self->entries[i].phrase, text, at);
        if (matched) {
            *len = matched;
            return self->entries[i].value;
        }
    }
    return RAP_NO_PHRASE;
}

//  --- small things -----------------------------------------------------------

bool rap_is_word_beyond (rap_text_t text, size_t at)
{
    unsigned char c = (unsigned char)text.at[at];
    if ((c & 0xC0) == 0x80) //  inside of a code point: never a place to ask about
        return true;
    size_t len;
    return rap_utf8_is_word (rap_utf8_decode (text, at, &len));
}

size_t rap_skip_spaces (rap_text_t text, size_t at)
{
    while (at < text.len) {
        if (rap_is_space (text.at[at]))
            at++;
        else if (text.len - at >= 2 && memcmp (text.at + at, "\xC2\xA0", 2) == 0) //  no-break space
            at += 2;
        else
            break;
    }
    return at;
}

//  Is a byte from 0x30 to 0x3F among eight? There are few besides digits.
static bool may_have_digit (const char *at)
{
    uint64_t bytes;
    memcpy (&bytes, at, sizeof bytes);
    bytes = (bytes ^ EIGHT (0x30)) & EIGHT (0xF0);
    return ((bytes - EIGHT (1)) & ~bytes & EIGHT (0x80)) != 0;
}

size_t rap_next_digit (rap_text_t text, size_t at)
{
    for (; at < text.len; at++) {
        while (at + 8 < text.len && !may_have_digit (text.at + at))
            at += 8;
        if (rap_is_digit (text.at[at]))
            return at;
    }
    return text.len;
}

size_t rap_hyphen_at (rap_text_t text, size_t at)
{
    if (at < text.len && text.at[at] == '-')
        return 1;
    if (at + 3 <= text.len && memcmp (text.at + at, "\xE2\x80", 2) == 0) {
        unsigned char c = (unsigned char)text.at[at + 2];
        if (c >= 0x90 && c <= 0x93) //  hyphen, no-break hyphen, figure dash, en dash
            return 3;
    }
    return 0;
}

size_t rap_word_end (rap_text_t text, size_t at)
{
    while (at < text.len) {
        size_t plain = eight_before (~word_bytes (eight_at (text, at)) & EIGHT (0x80));
        if (plain) {
            at += plain;
        } else if (rap_is_word_at (text, at) || text.at[at] == '\'') {
            at++;
            while (at < text.len && ((unsigned char)text.at[at] & 0xC0) == 0x80)
                at++;
        } else if (text.len - at >= 3 && memcmp (text.at + at, "\xE2\x80\x99", 3) == 0) {
            at += 3;
        } else {
            size_t hyphen = rap_hyphen_at (text, at);
            if (!hyphen || !rap_is_word_at (text, at + hyphen))
                break;
            at += hyphen;
        }
    }
    return at;
}

size_t rap_word_before (rap_text_t text, size_t end)
{
    while (end > 0) {
        size_t at = end - 1;
        while (at > 0 && ((unsigned char)text.at[at] & 0xC0) == 0x80)
            at--;
        bool apostrophe = text.at[at] == '\'' || (end - at == 3 && memcmp (text.at + at, "\xE2\x80\x99", 3) == 0);
        if (!rap_is_word_at (text, at) && !apostrophe && !rap_hyphen_at (text, at))
            break;
        end = at;
    }
    return end;
}
