//  place: of the names that overlap the leftmost and longest counts.

#include "place.h"

#include <stdlib.h>

#include "lookup.h"

enum { CODE, KIND, RULE }; //  the finding's values

typedef struct {
    rap_text_t code; //  empty: no mention at all
    rap_text_t kind;
    rap_text_t rule;
} entry_t;

struct rap_place {
    rap_arena_t *arena; //  codes of cities
    entry_t *entries;   //  by the value of their hits
    uint32_t count;
    rap_phrases_t *title_nouns;
};

static void add (rap_place_t *self, rap_matcher_builder_t *builder, rap_text_t name, entry_t entry)
{
    self->entries = realloc (self->entries, (self->count + 1) * sizeof *self->entries);
    if (!self->entries)
        abort ();
    self->entries[self->count] = entry;
    rap_lookup_name (builder, RAP_GROUP_PLACE, self->count++, name, 0);
}

static rap_status_t load_countries (rap_place_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                    rap_reason_t *reason)
{
    const char *columns[] = {"name", "code", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, "countries", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        bool none = rap_text_equal (fields[at[1]], RAP_TEXT ("-"));
        if (!none && fields[at[1]].len != 3)
            return rap_refuse (reason, "countries.tsv:%u: a code has three letters", table->entries[i].line);
        add (self, builder, fields[at[0]],
             (entry_t){none ? RAP_TEXT ("") : fields[at[1]], RAP_TEXT ("country"), RAP_TEXT ("place.country")});
    }
    return RAP_OK;
}

static rap_status_t load_regions (rap_place_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                  rap_reason_t *reason)
{
    const char *columns[] = {"name", "code", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, "regions", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        add (self, builder, fields[at[0]], (entry_t){fields[at[1]], RAP_TEXT ("region"), RAP_TEXT ("place.region")});
    }
    return RAP_OK;
}

static rap_status_t load_cities (rap_place_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                 rap_reason_t *reason)
{
    const char *columns[] = {"name", "country", "slug", NULL};
    int at[3];
    const rap_table_t *table = rap_lookup_table (lexicon, "cities", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        rap_text_t country = fields[at[1]], slug = fields[at[2]];
        rap_text_t code =
            rap_arena_format (self->arena, "%.*s-%.*s", (int)country.len, country.at, (int)slug.len, slug.at);
        add (self, builder, fields[at[0]], (entry_t){code, RAP_TEXT ("city"), RAP_TEXT ("place.city")});
    }
    return RAP_OK;
}

rap_place_t *rap_place_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_place_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    self->title_nouns = rap_lookup_phrases (lexicon, "name_nouns", "noun", reason);
    if (!self->title_nouns || load_countries (self, lexicon, builder, reason) != RAP_OK
        || load_regions (self, lexicon, builder, reason) != RAP_OK
        || load_cities (self, lexicon, builder, reason) != RAP_OK)
        rap_place_destroy (&self);
    return self;
}

void rap_place_destroy (rap_place_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->title_nouns);
    rap_arena_destroy (&(*self_p)->arena);
    free ((*self_p)->entries);
    free (*self_p);
    *self_p = NULL;
}

//  "Lima Declaration": the noun follows at once, with a capital.
static bool in_title (const rap_place_t *self, rap_text_t text, size_t end)
{
    size_t len, next = rap_skip_space (text, end);
    return next > end && next < text.len && rap_is_upper (text.at[next])
           && rap_phrases_at (self->title_nouns, text, next, &len) != RAP_NO_PHRASE;
}

void rap_place_run (const rap_place_t *self, const rap_extract_t *x)
{
    uint32_t count, taken = 0;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_PLACE, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].start < taken)
            continue;
        const entry_t *entry = &self->entries[hits[i].value];
        taken = hits[i].end;
        if (entry->code.len == 0 || in_title (self, x->text, hits[i].end))
            continue;
        rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_place, hits[i].start, hits[i].end);
        if (!finding)
            return;
        finding->values[CODE].text = entry->code;
        finding->values[KIND].text = entry->kind;
        finding->values[RULE].text = entry->rule;
    }
}
