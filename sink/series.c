//  series: words around numbers, compared between two documents.
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/stems.h"

//  Bytes before and after a number that are looked at, within its sentence.
enum { AROUND = 160, WORDS_MAX = 128, NAME_MAX = 200 };

//  What a document counts oftener than this has no one place in it.
enum { SAME_KEY_MAX = 64 };

//  Least likeness of a pair. Over five reports of one programme all pairs above it were right, and of those down to
//  0.40 nearly all.
#define LIKE_MIN 0.45
//  A pair's likeness is ahead of any other's by this much.
#define AHEAD_MIN 0.02

typedef struct {
    size_t from, to;
} stretch_t;

//  The sentence around a count; the sentences, if one ends within it.
static stretch_t sentence_of (const rap_count_t *count)
{
    stretch_t s = {0, 0};
    while (s.to < count->end) {
        size_t at = s.to;
        if (at <= count->start)
            s.from = at;
        s.to = rap_sentence_end (count->text, at);
        if (s.to < count->end)
            s.to++;
    }
    return s;
}

static int by_number (const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t each_once (uint32_t *numbers, uint32_t count)
{
    uint32_t kept = 0;
    qsort (numbers, count, sizeof *numbers, by_number);
    for (uint32_t i = 0; i < count; i++)
        if (!kept || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}

static uint32_t add_words (rap_stems_t *stems, rap_text_t text, uint32_t *words, uint32_t count)
{
    uint32_t stem;
    for (size_t at = 0; count < WORDS_MAX && rap_stems_next (stems, text, &at, true, &stem);)
        words[count++] = stem;
    return count;
}

//  Not within a character.
static size_t to_character (rap_text_t text, size_t at)
{
    while (at < text.len && ((unsigned char)text.at[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static int by_text (const void *a, const void *b)
{
    const rap_text_t *x = a, *y = b;
    int order = memcmp (x->at, y->at, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

//  Measure, unit, and the subject's stems in the order of letters.
static rap_text_t key_of (const rap_count_t *count, rap_stems_t *stems, rap_arena_t *arena)
{
    uint32_t subject[WORDS_MAX] = {0};
    rap_text_t texts[WORDS_MAX] = {{0}};
    uint32_t words = each_once (subject, add_words (stems, count->subject, subject, 0));
    for (uint32_t i = 0; i < words; i++)
        texts[i] = rap_stems_text (stems, subject[i]);
    qsort (texts, words, sizeof *texts, by_text);
    rap_text_t key = rap_arena_format (arena, "%.*s|%.*s|", (int)count->measure.len, count->measure.at,
                                       (int)count->unit.len, count->unit.at);
    for (uint32_t i = 0; i < words; i++)
        key = rap_arena_format (arena, "%.*s %.*s", (int)key.len, key.at, (int)texts[i].len, texts[i].at);
    return key;
}

void rap_count_prepare (rap_count_t *count, rap_stems_t *stems, rap_arena_t *arena)
{
    uint32_t words[WORDS_MAX] = {0}, found;
    stretch_t s = sentence_of (count);
    size_t from = s.from + AROUND < count->start ? to_character (count->text, count->start - AROUND) : s.from;
    size_t to = count->end + AROUND < s.to ? to_character (count->text, count->end + AROUND) : s.to;
    found = add_words (stems, rap_text_of (count->text.at + from, count->start - from), words, 0);
    found = add_words (stems, rap_text_of (count->text.at + count->end, to - count->end), words, found);
    count->words_count = each_once (words, found);
    uint32_t *kept = rap_arena_alloc (arena, (count->words_count + 1) * sizeof *kept);
    memcpy (kept, words, count->words_count * sizeof *kept);
    count->words = kept;
    count->key = key_of (count, stems, arena);
}

//  --- two documents --------------------------------------------------------------

typedef struct {
    double *rarity; //  by stem
} weights_t;

static uint32_t highest_stem (const rap_count_t *counts, uint32_t count)
{
    uint32_t highest = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t w = 0; w < counts[i].words_count; w++)
            highest = counts[i].words[w] > highest ? counts[i].words[w] : highest;
    return highest;
}

static void count_bearers (uint32_t *bearers, const rap_count_t *counts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t w = 0; w < counts[i].words_count; w++)
            bearers[counts[i].words[w]]++;
}

//  Only stems that are there: many more may be known. No rarity is 0.
static void rate_bearers (const uint32_t *bearers, double all, double *rarity, const rap_count_t *counts,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t w = 0; w < counts[i].words_count; w++) {
            uint32_t stem = counts[i].words[w];
            if (rarity[stem] == 0)
                rarity[stem] = 1 + log (all / (bearers[stem] + 1));
        }
}

//  How many counts of both documents bear a stem, and from that how rare it is.
static weights_t weigh (const rap_count_t *a, uint32_t a_count, const rap_count_t *b, uint32_t b_count,
                        rap_arena_t *arena)
{
    uint32_t top = highest_stem (a, a_count), other = highest_stem (b, b_count);
    top = top > other ? top : other;
    uint32_t *bearers = rap_arena_alloc (arena, (top + 1u) * sizeof *bearers);
    weights_t weights = {rap_arena_alloc (arena, (top + 1u) * sizeof (double))};
    count_bearers (bearers, a, a_count);
    count_bearers (bearers, b, b_count);
    double all = a_count + b_count;
    rate_bearers (bearers, all, weights.rarity, a, a_count);
    rate_bearers (bearers, all, weights.rarity, b, b_count);
    return weights;
}

static double length_of (const rap_count_t *count, const weights_t *weights)
{
    double sum = 0;
    for (uint32_t w = 0; w < count->words_count; w++)
        sum += weights->rarity[count->words[w]] * weights->rarity[count->words[w]];
    return sqrt (sum);
}

static double shared_weight (const rap_count_t *a, const rap_count_t *b, const weights_t *weights)
{
    double shared = 0;
    for (uint32_t i = 0, j = 0; i < a->words_count && j < b->words_count;) {
        if (a->words[i] == b->words[j]) {
            shared += weights->rarity[a->words[i]] * weights->rarity[a->words[i]];
            i++;
            j++;
        } else if (a->words[i] < b->words[j])
            i++;
        else
            j++;
    }
    return shared;
}

//  Counts of a document in the order of their keys.
typedef struct {
    const rap_count_t *counts;
    uint32_t *order;
    double *lengths; //  by count
    uint32_t count;
} side_t;

static const rap_count_t *sorting; //  for qsort, which passes nothing on

static int by_key (const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = by_text (&sorting[x].key, &sorting[y].key);
    return order ? order : (x > y) - (x < y);
}

static side_t side_of (const rap_count_t *counts, uint32_t count, const weights_t *weights, rap_arena_t *arena)
{
    side_t side = {.counts = counts,
                   .order = rap_arena_alloc (arena, (count + 1u) * sizeof (uint32_t)),
                   .lengths = rap_arena_alloc (arena, (count + 1u) * sizeof (double)),
                   .count = count};
    for (uint32_t i = 0; i < count; i++) {
        side.order[i] = i;
        side.lengths[i] = length_of (&counts[i], weights);
    }
    sorting = counts;
    qsort (side.order, count, sizeof *side.order, by_key);
    return side;
}

//  The places in the order that have a key: [from, to).
static uint32_t find_key (const side_t *side, rap_text_t key, uint32_t *to)
{
    uint32_t low = 0, high = side->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (by_text (&side->counts[side->order[middle]].key, &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *to = low;
    while (*to < side->count && rap_text_equal (side->counts[side->order[*to]].key, key))
        ++*to;
    return low;
}

//  The best on the other side for count `i`; UINT32_MAX if none is ahead of all the rest, or there are too many to
//  tell.
static uint32_t best_for (const side_t *side, uint32_t i, const side_t *other, const weights_t *weights,
                          double *likest)
{
    uint32_t best = UINT32_MAX, to, from = find_key (other, side->counts[i].key, &to);
    double next = 0;
    *likest = 0;
    for (uint32_t o = from; o < to && to - from <= SAME_KEY_MAX; o++) {
        uint32_t j = other->order[o];
        double lengths = side->lengths[i] * other->lengths[j];
        double like = lengths > 0 ? shared_weight (&side->counts[i], &other->counts[j], weights) / lengths : 0;
        if (like > *likest) {
            next = *likest;
            *likest = like;
            best = j;
        } else if (like > next)
            next = like;
    }
    return *likest - next >= AHEAD_MIN ? best : UINT32_MAX;
}

uint32_t rap_series_pairs (const rap_count_t *a, uint32_t a_count, const rap_count_t *b, uint32_t b_count,
                           rap_arena_t *arena, rap_pair_t **pairs)
{
    uint32_t found = 0;
    weights_t weights = weigh (a, a_count, b, b_count, arena);
    side_t left = side_of (a, a_count, &weights, arena), right = side_of (b, b_count, &weights, arena);
    *pairs = rap_arena_alloc (arena, (a_count + 1u) * sizeof **pairs);
    for (uint32_t i = 0; i < a_count; i++) {
        double like, back_like;
        uint32_t j = best_for (&left, i, &right, &weights, &like);
        if (j == UINT32_MAX || like < LIKE_MIN || best_for (&right, j, &left, &weights, &back_like) != i)
            continue;
        (*pairs)[found++] = (rap_pair_t){.a = i, .b = j, .likeness = like};
    }
    return found;
}

//  What the number's words end in after the number: '24 countries' has 'countries', where that is the subject.
static rap_text_t named_after (const rap_count_t *count)
{
    rap_text_t surface = rap_text_of (count->text.at + count->start, count->end - count->start);
    size_t first = 0;
    while (first < count->subject.len && count->subject.at[first] != ' ')
        first++;
    for (size_t at = 1; first && at + first <= surface.len; at++)
        if (surface.at[at - 1] == ' ' && memcmp (surface.at + at, count->subject.at, first) == 0)
            return rap_text_from (surface, at);
    return RAP_TEXT ("");
}

rap_text_t rap_count_name (const rap_count_t *count, rap_arena_t *arena)
{
    stretch_t s = sentence_of (count);
    size_t from = s.from, to = s.to;
    if (count->start - from > NAME_MAX / 2) { //  from a word's beginning
        from = count->start - NAME_MAX / 2;
        while (from < count->start && count->text.at[from - 1] != ' ')
            from++;
    }
    if (to - count->end > NAME_MAX / 2) { //  to a word's end
        to = count->end + NAME_MAX / 2;
        while (to > count->end && count->text.at[to] != ' ')
            to--;
    }
    rap_text_t before = rap_text_trim (rap_text_of (count->text.at + from, count->start - from));
    rap_text_t after = rap_text_of (count->text.at + count->end, to - count->end);
    while (after.len && (after.at[after.len - 1] == ' ' || after.at[after.len - 1] == '\n'))
        after.len--;
    rap_text_t what = named_after (count);
    return rap_arena_format (arena, "%.*s%s…%s%.*s%.*s", (int)before.len, before.at, before.len ? " " : "",
                             what.len ? " " : "", (int)what.len, what.at, (int)after.len, after.at);
}
