//  publication: at each noun, the title beside it.
//
//      the handbook entitled "..."       quotation marks
//      its study Abcd and Efgh: A View   a run of words with capitals
//      the Handbook on Abcd              the noun begins or ends the run

#include "publication.h"

#include <stdlib.h>

#include "lookup.h"

enum { TITLE, KIND, RULE }; //  the finding's values

enum {
    NOUN_BASE = 1 << 24, //  hits from here on are nouns
    TITLE_BYTES_MAX = 300,
    TITLE_WORDS_MAX = 40,
    TITLE_WORDS_MIN = 2, //  with capitals
    WORD_BYTES_MAX = 64,
};

struct rap_publication {
    const rap_table_t *names;
    const rap_table_t *nouns;
    int name_kind, noun_kind;
    rap_phrases_t *small; //  words of a title that bear no capital
    rap_phrases_t *leads; //  "entitled"
};

rap_publication_t *rap_publication_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                        rap_reason_t *reason)
{
    const char *name_columns[] = {"name", "kind", NULL}, *noun_columns[] = {"noun", "kind", NULL};
    int name_at[2] = {0, 0}, noun_at[2] = {0, 0};
    rap_publication_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    if (!(self->names = rap_lookup_table (lexicon, "publications", name_columns, name_at, reason))
        || !(self->nouns = rap_lookup_table (lexicon, "publication_nouns", noun_columns, noun_at, reason))
        || !(self->small = rap_lookup_phrases (lexicon, "title_words", "word", reason))
        || !(self->leads = rap_lookup_phrases (lexicon, "title_leads", "words", reason))) {
        rap_publication_destroy (&self);
        return NULL;
    }
    self->name_kind = name_at[1];
    self->noun_kind = noun_at[1];
    for (uint32_t i = 0; i < self->names->entries_count; i++)
        rap_lookup_name (builder, RAP_GROUP_PUBLICATION, i, self->names->entries[i].fields[name_at[0]], 0);
    for (uint32_t i = 0; i < self->nouns->entries_count; i++)
        rap_lookup_name (builder, RAP_GROUP_PUBLICATION, NOUN_BASE + i, self->nouns->entries[i].fields[noun_at[0]],
                         RAP_PHRASE_CASELESS);
    return self;
}

void rap_publication_destroy (rap_publication_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->small);
    rap_phrases_destroy (&(*self_p)->leads);
    free (*self_p);
    *self_p = NULL;
}

//  --- titles -----------------------------------------------------------------

//  The end of the word at `at`; `at` if there is none or it is too long.
static size_t word_end (rap_text_t text, size_t at)
{
    size_t limit = at + WORD_BYTES_MAX < text.len ? at + WORD_BYTES_MAX : text.len;
    while (limit < text.len && ((unsigned char)text.at[limit] & 0xC0) == 0x80)
        limit--;
    if (!rap_is_word_at (text, at))
        return at;
    size_t end = rap_word_end (rap_text_of (text.at, limit), at);
    return end == limit && limit < text.len ? at : end;
}

//  A run of words with capitals from `at`, small words between them; a colon may join
//  two. Its end, and how many words bore capitals.
static size_t title_end (const rap_publication_t *self, rap_text_t text, size_t at, int *capitals)
{
    size_t end = at;
    *capitals = 0;
    for (int words = 0; words < TITLE_WORDS_MAX && at < text.len; words++) {
        size_t stop = word_end (text, at), len;
        if (stop == at)
            break;
        bool capital = rap_is_upper (text.at[at]) || ((unsigned char)text.at[at] >= 0xC3);
        bool year = rap_is_digit (text.at[at]) && *capitals > 0 && stop - at == 4;
        if (capital || year) {
            *capitals += 1;
            end = stop;
        } else if (rap_phrases_at (self->small, text, at, &len) == RAP_NO_PHRASE || at + len != stop) {
            break;
        }
        bool colon = stop < text.len && text.at[stop] == ':';
        bool comma = stop < text.len && text.at[stop] == ',';
        at = rap_skip_space (text, stop + (colon || comma));
        if (at >= text.len || ((colon || comma) && !rap_is_upper (text.at[at])) || comma)
            break;
        if (at == stop && !colon)
            break;
    }
    return end;
}

//  A title in quotation marks that begins at `at`; its inside in *inner.
static size_t quoted_end (rap_text_t text, size_t at, rap_text_t *inner)
{
    bool curved = rap_text_starts (rap_text_from (text, at), RAP_TEXT ("\xE2\x80\x9C"));
    if (!curved && (at >= text.len || text.at[at] != '"'))
        return at;
    size_t from = at + (curved ? 3 : 1);
    for (size_t i = from; i < text.len && i - from < TITLE_BYTES_MAX; i++) {
        bool closes =
            curved ? rap_text_starts (rap_text_from (text, i), RAP_TEXT ("\xE2\x80\x9D")) : text.at[i] == '"';
        if (!closes)
            continue;
        *inner = rap_text_trim (rap_text_of (text.at + from, i - from));
        return i + (curved ? 3 : 1);
    }
    return at;
}

//  --- findings ---------------------------------------------------------------

static void tell (const rap_extract_t *x, size_t start, size_t end, rap_text_t title, rap_text_t kind,
                  const char *rule)
{
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_publication, start, end);
    if (!finding)
        return;
    finding->values[TITLE].text = title;
    finding->values[KIND].text = kind;
    finding->values[RULE].text = rap_text (rule);
}

//  A noun in lower case: the title follows it, perhaps after "entitled".
static size_t take_after (const rap_publication_t *self, const rap_extract_t *x, const rap_hit_t *hit,
                          rap_text_t kind)
{
    rap_text_t text = x->text, inner;
    size_t len, at = hit->end;
    if (at < text.len && text.at[at] == 's')
        at++;
    if (at >= text.len || !rap_is_space (text.at[at]))
        return hit->end;
    at = rap_skip_space (text, at);
    bool led = rap_phrases_at (self->leads, text, at, &len) != RAP_NO_PHRASE;
    if (led)
        at = rap_skip_space (text, at + len);
    size_t end = quoted_end (text, at, &inner);
    if (end > at) {
        tell (x, at, end, inner, kind, "publication.quoted");
        return end;
    }
    if (at >= text.len || !rap_is_upper (text.at[at]))
        return hit->end;
    int capitals;
    end = title_end (self, text, at, &capitals);
    if (capitals < TITLE_WORDS_MIN + (led ? 0 : 1))
        return hit->end;
    tell (x, at, end, rap_text_of (text.at + at, end - at), kind, "publication.title");
    return end;
}

//  A noun with a capital that begins a title: "Handbook on ..." and what stands
//  before it with capitals ("Practical Guide to ...").
static size_t take_within (const rap_publication_t *self, const rap_extract_t *x, const rap_hit_t *hit, size_t floor,
                           rap_text_t kind)
{
    rap_text_t text = x->text;
    int capitals;
    size_t end = title_end (self, text, hit->start, &capitals), start = hit->start;
    size_t limit = start > WORD_BYTES_MAX ? start - WORD_BYTES_MAX : 0;
    limit = limit > floor ? limit : floor;
    for (size_t at = start; at > limit + 1 && rap_is_space (text.at[at - 1]);) {
        size_t word = at - 1;
        while (word > limit
               && (rap_is_lower (text.at[word - 1]) || rap_is_upper (text.at[word - 1]) || text.at[word - 1] == '-'))
            word--;
        if (word == at - 1 || !rap_is_upper (text.at[word]) || (word > 0 && rap_lookup_word_before (text, word)))
            break;
        bool sentence = word == 0 || (word >= 2 && text.at[word - 2] == '.');
        if (sentence)
            break;
        start = at = word;
        capitals++;
    }
    size_t after = rap_skip_space (text, hit->end), len;
    bool linked = after > hit->end && rap_phrases_at (self->small, text, after, &len) != RAP_NO_PHRASE;
    if (!linked || capitals < TITLE_WORDS_MIN + 1)
        return hit->end;
    tell (x, start, end, rap_text_of (text.at + start, end - start), kind, "publication.title");
    return end;
}

void rap_publication_run (const rap_publication_t *self, const rap_extract_t *x)
{
    uint32_t count;
    size_t taken = 0;
    if (x->chunk->kind == RAP_MASTHEAD || x->chunk->kind == RAP_HEADING)
        return;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_PUBLICATION, &count);
    for (uint32_t i = 0; i < count && !x->findings->full; i++) {
        const rap_hit_t *hit = &hits[i];
        if (hit->start < taken)
            continue;
        if (hit->value < NOUN_BASE) {
            const rap_entry_t *entry = &self->names->entries[hit->value];
            tell (x, hit->start, hit->end, rap_text_of (x->text.at + hit->start, hit->end - hit->start),
                  entry->fields[self->name_kind], "publication.name");
            taken = hit->end;
            continue;
        }
        rap_text_t kind = self->nouns->entries[hit->value - NOUN_BASE].fields[self->noun_kind];
        taken = rap_is_upper (x->text.at[hit->start]) ? take_within (self, x, hit, taken, kind)
                                                      : take_after (self, x, hit, kind);
    }
}
