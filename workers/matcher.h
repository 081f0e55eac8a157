/*  matcher: one pass of one automaton over a chunk's text (Vectorscan).
 *
 *  All phrases and gate patterns of all extractors are compiled together into
 *  one database, which is cached on disk under a name made of the content's
 *  hash, the library's version and the processor. Phrases are literals, so a
 *  hit's start is its end minus its length: no start-of-match bookkeeping.
 *  A matcher may be shared by threads; a scratch belongs to one.             */
#ifndef RAPPORTEUR_WORKERS_MATCHER_H
#define RAPPORTEUR_WORKERS_MATCHER_H

#include <stdint.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  Each extractor registers its entries under its own group and gets back the
//  group and its own value with every hit.
typedef enum {
    RAP_GROUP_CITATION,
    RAP_GROUP_CLAUSE,
    RAP_GROUP_INSTRUMENT,
    RAP_GROUP_QUANTITY,
    RAP_GROUP_DATE,
    RAP_GROUP_PLACE,
    RAP_GROUP_ACTOR,
    RAP_GROUP_THEME,
    RAP_GROUP_FUNCTION,
    RAP_GROUP_FLAG,
    RAP_GROUP_PUBLICATION,
    RAP_GROUP_COUNT
} rap_group_t;

enum {
    RAP_PHRASE_CASELESS = 1, //  ASCII letters match in either case
    RAP_PHRASE_PART = 2,     //  need not stand between word boundaries
    RAP_PHRASE_STEM = 4,     //  a word boundary before, any letters after (prefix of a word)
};

typedef struct rap_matcher_builder rap_matcher_builder_t;

rap_matcher_builder_t *rap_matcher_builder_new (void);
void rap_matcher_builder_destroy (rap_matcher_builder_t **self_p);

//  A literal phrase. Spaces match one space or one newline. Copied. The same
//  phrase may be added by several groups, or several times with other values.
void rap_matcher_add (rap_matcher_builder_t *self, rap_group_t group, uint32_t value, rap_text_t phrase,
                      uint32_t flags);

typedef struct rap_matcher rap_matcher_t;

//  Compiles, or loads from `cache_folder` (NULL: no cache). `key` names the
//  content (the lexicon's sha256). NULL with a reason on failure.
rap_matcher_t *rap_matcher_new (const rap_matcher_builder_t *builder, const char *cache_folder, const char *key,
                                rap_reason_t *reason);
void rap_matcher_destroy (rap_matcher_t **self_p);

typedef struct {
    uint32_t start; //  bytes into the text, half open
    uint32_t end;
    uint32_t value; //  as registered
    uint32_t group; //  rap_group_t
} rap_hit_t;

typedef struct rap_scan rap_scan_t; //  scratch and hits of one thread

rap_scan_t *rap_scan_new (const rap_matcher_t *matcher);
void rap_scan_destroy (rap_scan_t **self_p);

//  Scans. Hits of each group are afterwards sorted by start, longer first, with
//  word boundaries already checked. Borrowed until the next scan.
rap_status_t rap_scan_run (rap_scan_t *self, rap_text_t text, rap_reason_t *reason);
const rap_hit_t *rap_scan_hits (const rap_scan_t *self, rap_group_t group, uint32_t *count);

#endif
