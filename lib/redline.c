//  redline: bags of words to pair clauses, subsequences of words to mark them.
#include "rapporteur/redline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

//  A word with the spaces after it.
typedef struct {
    rap_text_t word;
    rap_text_t whole;
} token_t;

typedef struct {
    token_t *tokens;
    uint32_t count;
    uint32_t *bag; //  hashes of the words, sorted
} words_t;

typedef struct {
    uint32_t before, after;
    double alike;
} pair_t;

#define NONE UINT32_MAX

//  --- words --------------------------------------------------------------------

static bool is_space (char c)
{
    return c == ' ' || c == '\n';
}

//  A letter, digit or byte beyond ASCII; other characters are words of their own.
static bool is_wordy (char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static uint32_t hash_of (rap_text_t word)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    for (size_t i = 0; i < word.len; i++)
        hash = (hash ^ (unsigned char)word.at[i]) * 16777619u;
    return hash;
}

static int by_number (const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static words_t words_of (rap_text_t text, rap_arena_t *arena)
{
    words_t words = {.tokens = rap_arena_alloc (arena, (text.len + 1) * sizeof (token_t))};
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && is_wordy (text.at[at]))
            at++;
        at += at == from && !is_space (text.at[at]);
        rap_text_t word = rap_text_of (text.at + from, at - from);
        while (at < text.len && is_space (text.at[at]))
            at++;
        words.tokens[words.count++] = (token_t){word, rap_text_of (text.at + from, at - from)};
    }
    words.bag = rap_arena_alloc (arena, (words.count + 1) * sizeof *words.bag);
    for (uint32_t i = 0; i < words.count; i++)
        words.bag[i] = hash_of (words.tokens[i].word);
    qsort (words.bag, words.count, sizeof *words.bag, by_number);
    return words;
}

static double alike (const words_t *a, const words_t *b)
{
    uint32_t shared = 0;
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->bag[i] == b->bag[j]) {
            shared++;
            i++;
            j++;
        } else if (a->bag[i] < b->bag[j])
            i++;
        else
            j++;
    }
    return a->count + b->count ? 2.0 * shared / (a->count + b->count) : 1;
}

//  --- pairs --------------------------------------------------------------------

static int by_likeness (const void *a, const void *b)
{
    const pair_t *x = a, *y = b;
    if (x->alike != y->alike)
        return x->alike < y->alike ? 1 : -1;
    if (x->after != y->after)
        return x->after < y->after ? -1 : 1;
    return (x->before > y->before) - (x->before < y->before);
}

//  Of each new clause the old one that it was; NONE.
static uint32_t *pair_up (const rap_redline_clause_t *before, const words_t *old, uint32_t before_count,
                          const rap_redline_clause_t *after, const words_t *new, uint32_t after_count,
                          rap_arena_t *arena)
{
    uint32_t *was = rap_arena_alloc (arena, (after_count + 1) * sizeof *was);
    bool *taken = rap_arena_alloc (arena, before_count + 1);
    uint32_t count = 0, room = 0;
    pair_t *pairs = NULL;
    for (uint32_t j = 0; j < after_count; j++) {
        was[j] = NONE;
        for (uint32_t i = 0; i < before_count; i++) {
            double like = rap_text_equal (before[i].kind, after[j].kind) ? alike (&old[i], &new[j]) : 0;
            if (like < RAP_REDLINE_ALIKE)
                continue;
            if (count == room) {
                room = room ? room * 2 : 256;
                pairs = reallocarray (pairs, room, sizeof *pairs);
                if (!pairs)
                    abort ();
            }
            pairs[count++] = (pair_t){.before = i, .after = j, .alike = like};
        }
    }
    if (count)
        qsort (pairs, count, sizeof *pairs, by_likeness);
    for (uint32_t p = 0; p < count; p++)
        if (was[pairs[p].after] == NONE && !taken[pairs[p].before]) {
            was[pairs[p].after] = pairs[p].before;
            taken[pairs[p].before] = true;
        }
    free (pairs);
    return was;
}

//  Of pairs in the order of the new text, those that are not on a longest run that
//  rises in the old one have moved.
static bool *find_moved (const uint32_t *was, uint32_t count, rap_arena_t *arena)
{
    bool *moved = rap_arena_alloc (arena, count + 1);
    uint32_t *length = rap_arena_alloc (arena, (count + 1) * sizeof *length);
    uint32_t *prior = rap_arena_alloc (arena, (count + 1) * sizeof *prior);
    uint32_t best = NONE;
    for (uint32_t j = 0; j < count; j++) {
        moved[j] = was[j] != NONE;
        length[j] = 1;
        prior[j] = NONE;
        for (uint32_t k = 0; moved[j] && k < j; k++)
            if (was[k] != NONE && was[k] < was[j] && length[k] + 1 > length[j]) {
                length[j] = length[k] + 1;
                prior[j] = k;
            }
        if (moved[j] && (best == NONE || length[j] > length[best]))
            best = j;
    }
    for (; best != NONE; best = prior[best])
        moved[best] = false;
    return moved;
}

//  --- words of a pair ------------------------------------------------------------

typedef struct {
    rap_redline_words_t *at;
    uint32_t count;
} stretches_t;

static void put (stretches_t *out, rap_words_fate_t fate, rap_text_t text)
{
    rap_redline_words_t *last = out->count ? &out->at[out->count - 1] : NULL;
    assert (out->at);
    if (last && last->fate == fate && last->text.at + last->text.len == text.at)
        last->text.len += text.len;
    else
        out->at[out->count++] = (rap_redline_words_t){fate, text};
}

static bool same (const token_t *a, const token_t *b)
{
    return rap_text_equal (a->word, b->word);
}

//  The middle of two texts, by a table of the longest common subsequences of their rests.
static void mark_middle (const token_t *old, uint32_t n, const token_t *new, uint32_t m, stretches_t *out)
{
    uint32_t i = 0, j = 0;
    uint16_t *rest = NULL;
    bool small = (uint64_t)(n + 1) * (m + 1) <= RAP_REDLINE_CELLS && n < UINT16_MAX && m < UINT16_MAX;
    if (small) {
        rest = calloc ((size_t)(n + 1) * (m + 1), sizeof *rest);
        if (!rest)
            abort ();
        for (uint32_t a = n; a-- > 0;)
            for (uint32_t b = m; b-- > 0;) {
                uint16_t down = rest[(a + 1) * (m + 1) + b], right = rest[a * (m + 1) + b + 1];
                uint16_t both = (uint16_t)(rest[(a + 1) * (m + 1) + b + 1] + 1);
                rest[a * (m + 1) + b] = same (&old[a], &new[b]) ? both : down > right ? down : right;
            }
    }
    while (rest && i < n && j < m) {
        if (same (&old[i], &new[j])) {
            put (out, RAP_WORDS_KEPT, new[j].whole);
            i++;
            j++;
        } else if (rest[(i + 1) * (m + 1) + j] >= rest[i * (m + 1) + j + 1])
            put (out, RAP_WORDS_GONE, old[i++].whole);
        else
            put (out, RAP_WORDS_NEW, new[j++].whole);
    }
    while (i < n)
        put (out, RAP_WORDS_GONE, old[i++].whole);
    while (j < m)
        put (out, RAP_WORDS_NEW, new[j++].whole);
    free (rest);
}

static void mark_words (const words_t *old, const words_t *new, rap_redline_t *line, rap_arena_t *arena)
{
    uint32_t begin = 0, end = 0, n = old->count, m = new->count;
    stretches_t out = {.at = rap_arena_alloc (arena, (n + m + 1) * sizeof *out.at)};
    while (begin < n && begin < m && same (&old->tokens[begin], &new->tokens[begin]))
        begin++;
    while (end < n - begin && end < m - begin && same (&old->tokens[n - 1 - end], &new->tokens[m - 1 - end]))
        end++;
    for (uint32_t i = 0; i < begin; i++)
        put (&out, RAP_WORDS_KEPT, new->tokens[i].whole);
    mark_middle (old->tokens + begin, n - begin - end, new->tokens + begin, m - begin - end, &out);
    for (uint32_t i = m - end; i < m; i++)
        put (&out, RAP_WORDS_KEPT, new->tokens[i].whole);
    line->words = out.at;
    line->words_count = out.count;
    line->changed = begin != n || begin != m;
}

static void one_side (rap_redline_t *line, rap_words_fate_t fate, rap_text_t text, rap_arena_t *arena)
{
    rap_redline_words_t *words = rap_arena_alloc (arena, sizeof *words);
    *words = (rap_redline_words_t){fate, text};
    line->words = words;
    line->words_count = 1;
    line->changed = true;
}

//  --- all of it ----------------------------------------------------------------

static words_t *all_words (const rap_redline_clause_t *clauses, uint32_t count, rap_arena_t *arena)
{
    words_t *words = rap_arena_alloc (arena, (count + 1) * sizeof *words);
    for (uint32_t i = 0; i < count; i++)
        words[i] = words_of (clauses[i].text, arena);
    return words;
}

//  Old clauses from `at` on that have no pair, up to the first that has one.
static uint32_t put_gone (const rap_redline_clause_t *before, uint32_t count, const bool *paired, uint32_t at,
                          rap_redline_t *lines, uint32_t made, rap_arena_t *arena)
{
    for (; at < count && !paired[at]; at++) {
        lines[made] = (rap_redline_t){.before = &before[at]};
        one_side (&lines[made++], RAP_WORDS_GONE, before[at].text, arena);
    }
    return made;
}

uint32_t rap_redline (const rap_redline_clause_t *before, uint32_t before_count, const rap_redline_clause_t *after,
                      uint32_t after_count, rap_arena_t *arena, rap_redline_t **lines_p)
{
    before_count = before_count < RAP_REDLINE_CLAUSES_MAX ? before_count : RAP_REDLINE_CLAUSES_MAX;
    after_count = after_count < RAP_REDLINE_CLAUSES_MAX ? after_count : RAP_REDLINE_CLAUSES_MAX;
    words_t *old = all_words (before, before_count, arena), *new = all_words (after, after_count, arena);
    uint32_t *was = pair_up (before, old, before_count, after, new, after_count, arena);
    bool *moved = find_moved (was, after_count, arena), *paired = rap_arena_alloc (arena, before_count + 1);
    rap_redline_t *lines = rap_arena_alloc (arena, (before_count + after_count + 1) * sizeof *lines);
    for (uint32_t j = 0; j < after_count; j++)
        if (was[j] != NONE)
            paired[was[j]] = true;
    uint32_t made = put_gone (before, before_count, paired, 0, lines, 0, arena);
    for (uint32_t j = 0; j < after_count; j++) {
        rap_redline_t *line = &lines[made++];
        *line = (rap_redline_t){.after = &after[j], .moved = moved[j]};
        if (was[j] == NONE) {
            one_side (line, RAP_WORDS_NEW, after[j].text, arena);
            continue;
        }
        line->before = &before[was[j]];
        mark_words (&old[was[j]], &new[j], line, arena);
        made = put_gone (before, before_count, paired, was[j] + 1, lines, made, arena);
    }
    *lines_p = lines;
    return made;
}
