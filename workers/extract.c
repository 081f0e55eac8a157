//  extract: runs the extractors over a chunk, in their order.

#include "extract.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rapporteur/utf8.h"

#include "actor.h"
#include "adherence.h"
#include "citation.h"
#include "clause.h"
#include "date.h"
#include "place.h"
#include "points.h"
#include "publication.h"
#include "quantity.h"
#include "theme.h"

//  The extractors in the order in which they run: E (name) stands for the type
//  rap_<name>_t and its verbs rap_<name>_new, _run, _destroy in <name>.h. A later
//  one may read what earlier ones found.
#define EXTRACTORS(E)                                                                                                \
    E (date) E (citation) E (place) E (actor) E (adherence) E (quantity) E (publication) E (clause) E (theme)

//  One extractor behind three verbs.
typedef struct {
    const char *name;
    void *(*new_fn) (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
    void (*run_fn) (void *self, const rap_extract_t *x);
    void (*destroy_fn) (void *self);
} extractor_t;

#define DEFINE(name)                                                                                                 \
    static void *new_##name (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)     \
    {                                                                                                                \
        return rap_##name##_new (lexicon, builder, reason);                                                          \
    }                                                                                                                \
    static void run_##name (void *self, const rap_extract_t *x)                                                      \
    {                                                                                                                \
        rap_##name##_run (self, x);                                                                                  \
    }                                                                                                                \
    static void destroy_##name (void *self)                                                                          \
    {                                                                                                                \
        rap_##name##_t *typed = self;                                                                                \
        rap_##name##_destroy (&typed);                                                                               \
    }
EXTRACTORS (DEFINE)
#undef DEFINE

static const extractor_t extractors[] = {
#define ROW(name) {#name, new_##name, run_##name, destroy_##name},
    EXTRACTORS (ROW)
#undef ROW
        {NULL, NULL, NULL, NULL},
};

enum {
    EXTRACTORS_COUNT = sizeof extractors / sizeof *extractors - 1,
    FINDINGS_ROOM_FIRST = 32,
};

struct rap_extractors {
    void *states[EXTRACTORS_COUNT + 1];
    uint64_t *spent_ns; //  see rap_extractors_measure
    rap_matcher_t *matcher;
    rap_scan_t *scan;
    rap_scan_t *scan_sections;
    //  The headings scanned last: chunks of one section come one after the other.
    char *sections;
    size_t sections_len;
    size_t sections_room;
    bool sections_scanned;
};

//  What rap_extract_t.points stands for.
typedef struct {
    rap_points_t index;
    bool *misplaced; //  set when an extractor asks for a span that is not in the text
} points_t;

//  --- findings ---------------------------------------------------------------

static bool make_room (rap_findings_t *findings, rap_arena_t *arena)
{
    if (findings->count < findings->room)
        return true;
    if (findings->count >= RAP_FINDINGS_MAX) {
        findings->full = true;
        return false;
    }
    uint32_t room = findings->room ? findings->room * 2 : FINDINGS_ROOM_FIRST;
    if (room > RAP_FINDINGS_MAX)
        room = RAP_FINDINGS_MAX;
    rap_finding_t *at = rap_arena_room (arena, room * sizeof *at);
    if (findings->count)
        memcpy (at, findings->at, findings->count * sizeof *at);
    findings->at = at;
    findings->room = room;
    return true;
}

rap_finding_t *rap_findings_add (const rap_extract_t *x, rap_finding_kind_t kind, size_t start, size_t end)
{
    const points_t *points = x->points;
    if (start > end || !rap_points_boundary (&points->index, start) || !rap_points_boundary (&points->index, end)) {
        *points->misplaced = true;
        return NULL;
    }
    if (!make_room (x->findings, x->arena))
        return NULL;
    rap_finding_t *finding = &x->findings->at[x->findings->count++];
    *finding = (rap_finding_t){
        .kind = kind, .start = rap_points_at (&points->index, start), .end = rap_points_at (&points->index, end)};
    const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
    for (uint32_t i = 0; i < schema->fields_count; i++)
        if (schema->fields[i].type == RAP_FIELD_TEXT)
            finding->values[i].text = RAP_TEXT ("");
    return finding;
}

//  --- all of them ------------------------------------------------------------

static rap_status_t start_extractors (rap_extractors_t *self, const rap_lexicon_t *lexicon, const char *cache_folder,
                                      rap_reason_t *reason)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; extractors[i].name && status == RAP_OK; i++) {
        rap_reason_t cause = {"no cause given"};
        self->states[i] = extractors[i].new_fn (lexicon, builder, &cause);
        if (!self->states[i])
            status = rap_refuse (reason, "rules for %s: %s", extractors[i].name, cause.text);
    }
    if (status == RAP_OK) {
        self->matcher = rap_matcher_new (builder, cache_folder, rap_lexicon_sha256 (lexicon), reason);
        status = self->matcher ? RAP_OK : RAP_FAILED;
    }
    rap_matcher_builder_destroy (&builder);
    return status;
}

rap_extractors_t *rap_extractors_new (const rap_lexicon_t *lexicon, const char *cache_folder, rap_reason_t *reason)
{
    rap_extractors_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    if (start_extractors (self, lexicon, cache_folder, reason) != RAP_OK) {
        rap_extractors_destroy (&self);
        return NULL;
    }
    self->scan = rap_scan_new (self->matcher);
    self->scan_sections = rap_scan_new (self->matcher);
    return self;
}

void rap_extractors_destroy (rap_extractors_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_extractors_t *self = *self_p;
    for (uint32_t i = 0; extractors[i].name; i++)
        if (self->states[i])
            extractors[i].destroy_fn (self->states[i]);
    rap_scan_destroy (&self->scan);
    rap_scan_destroy (&self->scan_sections);
    rap_matcher_destroy (&self->matcher);
    free (self->sections);
    free (self);
    *self_p = NULL;
}

static size_t joined_len (const rap_chunk_t *chunk)
{
    size_t len = 0;
    for (uint32_t i = 0; i < chunk->sections_count; i++)
        len += chunk->sections[i].len + (i > 0);
    return len;
}

//  What stands under no heading stands under the document's title.
static rap_text_t join_sections (const rap_document_t *document, const rap_chunk_t *chunk, rap_arena_t *arena)
{
    if (chunk->sections_count == 0)
        return document->title;
    size_t len = joined_len (chunk), at = 0;
    char *joined = rap_arena_alloc (arena, len + 1);
    for (uint32_t i = 0; i < chunk->sections_count; i++) {
        if (i > 0)
            joined[at++] = '\n';
        if (chunk->sections[i].len)
            memcpy (joined + at, chunk->sections[i].at, chunk->sections[i].len);
        at += chunk->sections[i].len;
    }
    return rap_text_of (joined, len);
}

//  Scans the headings unless they are those scanned last; the hits are then the
//  same, so this keeps nothing that a result could depend on.
static rap_status_t scan_sections (rap_extractors_t *self, rap_text_t joined, rap_reason_t *reason)
{
    if (self->sections_scanned && rap_text_equal (joined, rap_text_of (self->sections, self->sections_len)))
        return RAP_OK;
    self->sections_scanned = false;
    rap_status_t status = rap_scan_run (self->scan_sections, joined, reason);
    if (status != RAP_OK)
        return status;
    if (self->sections_room < joined.len + 1) {
        self->sections_room = joined.len + 1024;
        self->sections = realloc (self->sections, self->sections_room);
        if (!self->sections)
            abort ();
    }
    if (joined.len)
        memcpy (self->sections, joined.at, joined.len);
    self->sections_len = joined.len;
    self->sections_scanned = true;
    return RAP_OK;
}

bool rap_extractors_listen (rap_extractors_t *self, const char *scheme, rap_extractors_told_fn *told, void *told_self)
{
    for (uint32_t i = 0; extractors[i].name; i++)
        if (rap_text_equal (rap_text (extractors[i].name), RAP_TEXT ("theme")))
            return rap_theme_listen (self->states[i], scheme, told, told_self);
    return false;
}

uint32_t rap_extractors_steps (void)
{
    return EXTRACTORS_COUNT + 1;
}

const char *rap_extractors_step_name (uint32_t step)
{
    return step == 0 ? "matcher" : extractors[step - 1].name;
}

void rap_extractors_measure (rap_extractors_t *self, uint64_t *spent_ns)
{
    self->spent_ns = spent_ns;
}

//  What the wire would refuse of a finding. A fault of an extractor must fail its
//  chunk here, by name, and not its whole batch at the sink again and again.
static bool is_sendable (const rap_finding_t *finding)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
    for (uint32_t i = 0; i < schema->fields_count; i++) {
        rap_text_t text = finding->values[i].text;
        switch (schema->fields[i].type) {
        case RAP_FIELD_TEXT:
            if (text.len > RAP_CHUNK_TEXT_MAX || !rap_utf8_is_sound (text))
                return false;
            break;
        case RAP_FIELD_REAL:
            if (!isfinite (finding->values[i].real))
                return false;
            break;
        case RAP_FIELD_INTEGER:
            break;
        }
    }
    return schema->has_span || finding->end == 0;
}

static rap_status_t check_findings (const rap_findings_t *findings, uint32_t from, const char *name,
                                    const rap_chunk_t *chunk, rap_reason_t *reason)
{
    for (uint32_t i = from; i < findings->count; i++)
        if (!is_sendable (&findings->at[i]))
            return rap_refuse (reason, "chunk %u: a value that %s found as %s is not sound", chunk->ordinal, name,
                               rap_finding_schemas[findings->at[i].kind].name);
    return RAP_OK;
}

static uint64_t now_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void lap (rap_extractors_t *self, uint32_t step, uint64_t *since)
{
    if (!self->spent_ns)
        return;
    uint64_t now = now_ns ();
    self->spent_ns[step] += now - *since;
    *since = now;
}

rap_status_t rap_extractors_run (rap_extractors_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                                 rap_arena_t *arena, rap_findings_t *findings, rap_reason_t *reason)
{
    bool misplaced = false;
    points_t points = {.misplaced = &misplaced};
    *findings = (rap_findings_t){.at = NULL};
    rap_extract_t x = {.document = document,
                       .chunk = chunk,
                       .text = chunk->text,
                       .scan = self->scan,
                       .scan_sections = self->scan_sections,
                       .sections = join_sections (document, chunk, arena),
                       .arena = arena,
                       .findings = findings,
                       .points = &points};
    uint64_t since = self->spent_ns ? now_ns () : 0;
    rap_status_t status = rap_scan_run (self->scan, x.text, reason);
    if (status == RAP_OK)
        status = scan_sections (self, x.sections, reason);
    if (status != RAP_OK)
        return status;
    points.index = rap_points_index (x.text, arena);
    lap (self, 0, &since);
    for (uint32_t i = 0; extractors[i].name; i++) {
        uint32_t from = findings->count;
        extractors[i].run_fn (self->states[i], &x);
        if (findings->full)
            return rap_refuse (reason, "chunk %u: more than %d findings (in %s)", chunk->ordinal, RAP_FINDINGS_MAX,
                               extractors[i].name);
        if (misplaced)
            return rap_refuse (reason, "chunk %u: %s found something outside of the text", chunk->ordinal,
                               extractors[i].name);
        status = check_findings (findings, from, extractors[i].name, chunk, reason);
        if (status != RAP_OK)
            return status;
        lap (self, i + 1, &since);
    }
    return RAP_OK;
}
