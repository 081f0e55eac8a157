//  actor: names first, longest of those that overlap; nouns resolved as the text
//  is read, from what was named before them.

#include "actor.h"

#include <stdlib.h>

#include "lookup.h"

enum { ACTOR, KIND, RULE }; //  the finding's values

enum {
    SHORTS_MAX = 128,
    SHORT_BASE = 1 << 24, //  hits from here on are short nouns
    NAME_BASE = 0,
    NO_SHORT = UINT16_MAX,
};

typedef struct {
    rap_text_t name;
    rap_text_t actor; //  empty: no mention at all
    rap_text_t kind;
    uint16_t noun; //  its short noun, or NO_SHORT
    bool nested;   //  names inside it count too
} name_t;

typedef struct {
    rap_text_t noun;
    rap_text_t initial;  //  actor id where none was named; '' none
    bool fixed;          //  the default stays the default once it was named itself
    bool in_document;    //  named anywhere before; else in the same chunk
    uint16_t first_word; //  of several words: the noun that is its first, or NO_SHORT
} short_t;

struct rap_actor {
    name_t *names;
    uint32_t names_count;
    short_t shorts[SHORTS_MAX];
    uint32_t shorts_count;
    rap_phrases_t *ids; //  actor id -> first row of it
};

//  --- rules ------------------------------------------------------------------

static uint16_t short_of (const rap_actor_t *self, rap_text_t noun)
{
    for (uint16_t i = 0; i < self->shorts_count; i++)
        if (noun.len && rap_text_equal (self->shorts[i].noun, noun))
            return i;
    return NO_SHORT;
}

//  "the Commission", "The Commission", "Commission resolution", "Commission's ..." by
//  way of the first.
static void add_short (rap_matcher_builder_t *builder, rap_arena_t *arena, uint32_t value, rap_text_t noun)
{
    static const char *const forms[] = {"the %.*s",      "The %.*s",       "%.*s resolution", "%.*s resolutions",
                                        "%.*s decision", "%.*s decisions", "that %.*s",       "this %.*s"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        rap_text_t phrase = rap_arena_format (arena, forms[i], (int)noun.len, noun.at);
#pragma GCC diagnostic pop
        rap_matcher_add (builder, RAP_GROUP_ACTOR, SHORT_BASE + value, phrase, 0);
    }
}

static rap_status_t load_shorts (rap_actor_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                 rap_reason_t *reason)
{
    const char *columns[] = {"noun", "default", "reach", NULL};
    int at[3];
    const rap_table_t *table = rap_lookup_table (lexicon, "actor_shorts", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    if (table->entries_count > SHORTS_MAX)
        return rap_refuse (reason, "actor_shorts.tsv: more than %d nouns", SHORTS_MAX);
    rap_arena_t *arena = rap_arena_new ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        bool fixed = rap_text_equal (fields[at[2]], RAP_TEXT ("fixed"));
        self->shorts[self->shorts_count] =
            (short_t){.noun = fields[at[0]],
                      .initial = fields[at[1]],
                      .fixed = fixed,
                      .in_document = fixed || rap_text_equal (fields[at[2]], RAP_TEXT ("document"))};
        add_short (builder, arena, self->shorts_count++, fields[at[0]]);
    }
    rap_arena_destroy (&arena);
    for (uint32_t i = 0; i < self->shorts_count; i++) {
        rap_text_t noun = self->shorts[i].noun;
        const char *space = memchr (noun.at, ' ', noun.len);
        self->shorts[i].first_word =
            space ? short_of (self, rap_text_of (noun.at, (size_t)(space - noun.at))) : NO_SHORT;
    }
    return RAP_OK;
}

static rap_status_t load_names (rap_actor_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                rap_reason_t *reason)
{
    const char *columns[] = {"name", "actor", "kind", "short", "match", NULL};
    int at[5];
    const rap_table_t *table = rap_lookup_table (lexicon, "actors", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->names = calloc (table->entries_count + 1, sizeof *self->names);
    if (!self->names)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        bool none = rap_text_equal (fields[at[1]], RAP_TEXT ("-"));
        uint16_t noun = short_of (self, fields[at[3]]);
        if (fields[at[0]].len == 0 || fields[at[1]].len == 0)
            return rap_refuse (reason, "actors.tsv:%u: needs a name and an actor", table->entries[i].line);
        if (fields[at[3]].len && noun == NO_SHORT)
            return rap_refuse (reason, "actors.tsv:%u: '%.*s' is no noun of actor_shorts.tsv", table->entries[i].line,
                               (int)fields[at[3]].len, fields[at[3]].at);
        self->names[i] = (name_t){.name = fields[at[0]],
                                  .actor = none ? RAP_TEXT ("") : fields[at[1]],
                                  .kind = fields[at[2]],
                                  .noun = noun,
                                  .nested = rap_lookup_has (fields[at[4]], "nested")};
        if (!none)
            rap_phrases_add (self->ids, fields[at[1]], i);
        rap_lookup_name (builder, RAP_GROUP_ACTOR, NAME_BASE + i, fields[at[0]],
                         rap_lookup_has (fields[at[4]], "any") ? RAP_PHRASE_CASELESS : 0);
    }
    self->names_count = table->entries_count;
    rap_phrases_seal (self->ids);
    return RAP_OK;
}

rap_actor_t *rap_actor_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_actor_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->ids = rap_phrases_new ();
    if (load_shorts (self, lexicon, builder, reason) != RAP_OK
        || load_names (self, lexicon, builder, reason) != RAP_OK)
        rap_actor_destroy (&self);
    return self;
}

void rap_actor_destroy (rap_actor_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->ids);
    free ((*self_p)->names);
    free (*self_p);
    *self_p = NULL;
}

//  --- reading ----------------------------------------------------------------

//  Who was named last, by short noun: a row of names, or none.
typedef struct {
    uint32_t last[SHORTS_MAX];
    bool initial[SHORTS_MAX]; //  the noun's default was named itself
} named_t;

#define NOBODY UINT32_MAX

//  The row that stands for an actor id.
static uint32_t row_of (const rap_actor_t *self, rap_text_t id)
{
    size_t len;
    uint32_t row = rap_phrases_at (self->ids, id, 0, &len);
    return row != RAP_NO_PHRASE && len == id.len ? row : NOBODY;
}

static void note_initial (const rap_actor_t *self, uint32_t row, named_t *named)
{
    uint16_t noun = self->names[row].noun;
    if (rap_text_equal (self->names[row].actor, self->shorts[noun].initial))
        named->initial[noun] = true;
}

//  What travels with the chunk: bodies named before, latest first.
static void begin (const rap_actor_t *self, const rap_context_t *context, named_t *named)
{
    for (uint32_t i = 0; i < self->shorts_count; i++)
        named->last[i] = NOBODY;
    memset (named->initial, 0, sizeof named->initial);
    for (uint32_t i = 0; i < context->bodies_count; i++) {
        uint32_t row = row_of (self, context->bodies[i]);
        if (row == NOBODY || self->names[row].noun == NO_SHORT)
            continue;
        uint16_t noun = self->names[row].noun;
        if (!self->shorts[noun].in_document)
            continue;
        if (named->last[noun] == NOBODY)
            named->last[noun] = row;
        note_initial (self, row, named);
    }
}

//  Who was named last by a noun. One of several words ("Conference of the Parties")
//  is also who was named last by its first word, if that name begins so.
static uint32_t last_named (const rap_actor_t *self, const named_t *named, uint32_t noun)
{
    uint16_t first = self->shorts[noun].first_word;
    if (named->last[noun] != NOBODY || first == NO_SHORT || named->last[first] == NOBODY)
        return named->last[noun];
    uint32_t row = named->last[first];
    return rap_text_starts (self->names[row].name, self->shorts[noun].noun) ? row : NOBODY;
}

//  The row that a short noun stands for here; NOBODY if that cannot be told.
static uint32_t resolve (const rap_actor_t *self, const rap_context_t *context, const named_t *named, uint32_t noun)
{
    const short_t *rule = &self->shorts[noun];
    uint32_t last = last_named (self, named, noun);
    uint32_t initial = rule->initial.len ? row_of (self, rule->initial) : NOBODY;
    if (rule->fixed && named->initial[noun])
        return initial;
    //  A chunk that comes with bodies, none of them of this noun, is not of its default's field.
    if (rule->fixed && last == NOBODY && context->bodies_count)
        return NOBODY;
    if (last == NOBODY && context->organ.len) {
        uint32_t organ = row_of (self, context->organ);
        if (organ != NOBODY && self->names[organ].noun == noun)
            return organ;
    }
    return last != NOBODY ? last : initial;
}

//  "the Commission on Sustainable ...", "the Council of Ministers": the noun begins a
//  name that is not known, and stands for nobody known.
static bool goes_on (rap_text_t text, size_t end)
{
    size_t at = rap_skip_space (text, end);
    static const char *const links[] = {"of ", "for ", "on ", "of the ", "on the ", "for the ", "against "};
    if (at + 1 < text.len && at > end && rap_is_upper (text.at[at]) && rap_is_lower (text.at[at + 1]))
        return true;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        rap_text_t link = rap_text (links[i]);
        if (rap_text_starts (rap_text_from (text, at), link) && at + link.len < text.len
            && rap_is_upper (text.at[at + link.len]))
            return true;
    }
    return false;
}

//  "the Conference of the Parties to the Convention" is one known; "... to the
//  Convention on Wetlands", "... to the Arms Treaty" is another's.
static bool is_of_other (rap_text_t text, size_t end)
{
    static const char *const more[] = {"on ", "against ", "for ", "relating ", "concerning ", "to "};
    rap_text_t rest = rap_text_from (text, rap_skip_space (text, end)), to = RAP_TEXT ("to the "),
               convention = RAP_TEXT ("Convention");
    if (!rap_text_starts (rest, to))
        return false;
    rest = rap_text_from (rest, to.len);
    if (!rap_text_starts (rest, convention))
        return true;
    rest = rap_text_from (rest, rap_skip_space (rest, convention.len));
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (rap_text_starts (rest, rap_text (more[i])))
            return true;
    return false;
}

static bool tell (const rap_extract_t *x, size_t start, size_t end, const name_t *name, rap_text_t rule)
{
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_actor, start, end);
    if (!finding)
        return false;
    finding->values[ACTOR].text = name->actor;
    finding->values[KIND].text = name->kind;
    finding->values[RULE].text = rule;
    return true;
}

static bool take_name (const rap_actor_t *self, const rap_extract_t *x, const rap_hit_t *hit, named_t *named)
{
    const name_t *name = &self->names[hit->value - NAME_BASE];
    if (name->noun != NO_SHORT && name->actor.len) {
        named->last[name->noun] = hit->value - NAME_BASE;
        note_initial (self, hit->value - NAME_BASE, named);
    }
    return name->actor.len == 0 || tell (x, hit->start, hit->end, name, RAP_TEXT ("actor.name"));
}

static bool take_short (const rap_actor_t *self, const rap_extract_t *x, const rap_hit_t *hit, named_t *named)
{
    uint32_t noun = hit->value - SHORT_BASE;
    bool several_words = self->shorts[noun].first_word != NO_SHORT;
    if (goes_on (x->text, hit->end) || (several_words && is_of_other (x->text, hit->end)))
        return true;
    uint32_t row = resolve (self, &x->chunk->context, named, noun);
    if (row != NOBODY && self->names[row].noun != NO_SHORT)
        named->last[self->names[row].noun] = row;
    //  The surface is the noun, which begins the hit ("Commission resolution") or ends it.
    rap_text_t word = self->shorts[noun].noun;
    bool first = rap_text_starts (rap_text_from (x->text, hit->start), word);
    size_t start = first ? hit->start : hit->end - word.len;
    return row == NOBODY || tell (x, start, start + word.len, &self->names[row], RAP_TEXT ("actor.short"));
}

//  "the Conference of the Parties to ...": the name that begins after the article is
//  longer.
static bool is_inside_longer (const rap_hit_t *hits, uint32_t count, uint32_t i)
{
    for (uint32_t j = i + 1; j < count && hits[j].start < hits[i].end; j++)
        if (hits[j].end > hits[i].end)
            return true;
    return false;
}

void rap_actor_run (const rap_actor_t *self, const rap_extract_t *x)
{
    uint32_t count, taken = 0;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_ACTOR, &count);
    if (!count)
        return;
    named_t named;
    begin (self, &x->chunk->context, &named);
    bool going = true;
    for (uint32_t i = 0; i < count && going; i++) {
        if (hits[i].start < taken)
            continue;
        if (hits[i].value >= SHORT_BASE) {
            if (is_inside_longer (hits, count, i))
                continue;
            taken = hits[i].end;
            going = take_short (self, x, &hits[i], &named);
            continue;
        }
        bool nested = self->names[hits[i].value - NAME_BASE].nested;
        taken = nested ? hits[i].start : hits[i].end;
        going = take_name (self, x, &hits[i], &named);
    }
}
