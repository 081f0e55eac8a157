//  theme: five schemes, four of them tables of weighted terms.

#include "theme.h"

#include <stdlib.h>

#include "sdg.h"
#include "terms.h"

typedef struct {
    const char *name; //  classification.scheme
    rap_terms_options_t terms;
    uint32_t ranks_max;
    double floor;     //  a best class that scores less is not borne by the text
    double share_min; //  a further rank has at least this share of the best score
} scheme_t;

//  Tags of those that share the matcher's group FLAG.
enum { TAG_ONLY = 0, TAG_FLAG = 0, TAG_ICCS = 1, TAG_SDG = 2 };

//  The factors were chosen on labelled reports and resolutions; the result hardly
//  depends on them (a third more or less of any moves it by one in a hundred).
static const scheme_t schemes[] = {
    {.name = "theme",
     .terms = {.table = "theme_terms",
               .weights = "theme_weights",
               .column = "theme",
               .classes = "themes",
               .group = RAP_GROUP_THEME,
               .tag = TAG_ONLY,
               .factors = {.repeats = 3,
                           .repeat = 0.6,
                           .early = 160,
                           .early_factor = 1.5,
                           .heading = {1.5, 0.5, 0.25},
                           .title = 1.5}},
     .ranks_max = 3,
     .floor = 2,
     .share_min = 0.45},
    {.name = "function",
     .terms =
         {.table = "function_terms",
          .weights = "function_weights",
          .column = "function",
          .classes = "functions",
          .group = RAP_GROUP_FUNCTION,
          .tag = TAG_ONLY,
          .factors =
              {.repeats = 2, .repeat = 0.5, .early = 120, .early_factor = 2, .heading = {1.5, 0.5, 0.5}, .title = 1}},
     .ranks_max = 1},
    {.name = "flag",
     .terms = {.table = "flags",
               .column = "flag",
               .group = RAP_GROUP_FLAG,
               .tag = TAG_FLAG,
               .factors = {.repeats = 1, .repeat = 1, .early_factor = 1}},
     .ranks_max = 8},
    {.name = "iccs",
     .terms = {.table = "iccs",
               .column = "code",
               .group = RAP_GROUP_FLAG,
               .tag = TAG_ICCS,
               .factors = {.repeats = 3, .repeat = 0.5, .early_factor = 1}},
     .ranks_max = 3,
     .share_min = 0.5},
};

enum { SCHEMES_COUNT = sizeof schemes / sizeof *schemes };

struct rap_theme {
    rap_terms_t *models[SCHEMES_COUNT];
    rap_sdg_t *sdg;
};

rap_theme_t *rap_theme_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_theme_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    bool whole = true;
    for (uint32_t i = 0; whole && i < SCHEMES_COUNT; i++) {
        self->models[i] = rap_terms_new (lexicon, builder, &schemes[i].terms, reason);
        whole = self->models[i] != NULL;
    }
    if (whole)
        self->sdg = rap_sdg_new (lexicon, builder, RAP_GROUP_FLAG, TAG_SDG, reason);
    if (!self->sdg)
        rap_theme_destroy (&self);
    return self;
}

void rap_theme_destroy (rap_theme_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    for (uint32_t i = 0; i < SCHEMES_COUNT; i++)
        rap_terms_destroy (&(*self_p)->models[i]);
    rap_sdg_destroy (&(*self_p)->sdg);
    free (*self_p);
    *self_p = NULL;
}

bool rap_theme_listen (rap_theme_t *self, const char *scheme, rap_terms_told_fn *told, void *told_self)
{
    for (uint32_t i = 0; i < SCHEMES_COUNT; i++)
        if (rap_text_equal (rap_text (schemes[i].name), rap_text (scheme))) {
            rap_terms_listen (self->models[i], told, told_self);
            return true;
        }
    return false;
}

static bool is_running_text (rap_chunk_kind_t kind)
{
    return kind == RAP_SUMMARY || kind == RAP_PARAGRAPH || kind == RAP_PREAMBULAR || kind == RAP_OPERATIVE
           || kind == RAP_ITEM || kind == RAP_PLAIN;
}

static void emit (const scheme_t *scheme, const rap_tally_t *tally, double score, uint32_t rank,
                  const rap_extract_t *x)
{
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_classification, 0, 0);
    if (!finding)
        return;
    finding->values[0].text = rap_text (scheme->name);
    finding->values[1].text = tally->code;
    finding->values[2].real = score;
    finding->values[3].integer = rank;
    rap_text_t rule[] = {rap_text (tally->trained ? scheme->terms.weights : scheme->terms.table), RAP_TEXT (":"),
                         tally->term, rap_text (tally->in_heading ? " (heading)" : "")};
    finding->values[4].text = rap_arena_join (x->arena, rule, sizeof rule / sizeof *rule);
}

static void classify (const scheme_t *scheme, const rap_terms_t *model, uint64_t properties, const rap_extract_t *x)
{
    uint32_t count;
    const rap_tally_t *tallies = rap_terms_score (model, x, properties, &count);
    double total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += tallies[i].score;
    if (!count || tallies[0].score < scheme->floor)
        return;
    for (uint32_t i = 0; i < count && i < scheme->ranks_max; i++)
        if (tallies[i].score >= scheme->share_min * tallies[0].score)
            emit (scheme, &tallies[i], tallies[i].score / total, i + 1, x);
}

void rap_theme_run (rap_theme_t *self, const rap_extract_t *x)
{
    if (!is_running_text (x->chunk->kind))
        return;
    uint64_t properties = rap_terms_properties (x);
    for (uint32_t i = 0; i < SCHEMES_COUNT; i++)
        classify (&schemes[i], self->models[i], properties, x);
    rap_sdg_run (self->sdg, x);
}
