/*  finding: one fact that a worker read from a chunk.
 *
 *  The kinds and their fields are declared once, here: the wire carries them in
 *  this order, the store has a table of this name with these columns, and
 *  doc/protocol.md prints the same list. A kind or a field may be added at the
 *  end; none may be taken away or moved within a major protocol version.     */
#ifndef RAPPORTEUR_FINDING_H
#define RAPPORTEUR_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/text.h"

//  F(name, T|I|R): a field that is text, integer (64 bits) or real.
//  K(number, name, has a span, fields)
// clang-format off
#define RAP_FINDING_KINDS(K)                                                                                   \
    K (0, classification, 0,                                                                                   \
       F (scheme, T) F (code, T) F (score, R) F (rank, I) F (rule, T))                                         \
    K (1, citation, 1,                                                                                         \
       F (symbol, T) F (pinpoint, T) F (relation, T) F (rule, T) F (confidence, R))                            \
    K (2, adherence, 1,                                                                                        \
       F (instrument, T) F (parties, I) F (as_of, T) F (rule, T) F (confidence, R))                            \
    K (3, quantity, 1,                                                                                         \
       F (value, R) F (measure, T) F (unit, T) F (currency, T) F (bound, T) F (subject, T) F (rule, T)         \
           F (confidence, R))                                                                                  \
    K (4, date_mention, 1, F (first_day, T) F (last_day, T) F (rule, T))                                       \
    K (5, place, 1, F (code, T) F (kind, T) F (rule, T))                                                       \
    K (6, actor, 1, F (actor, T) F (kind, T) F (rule, T))                                                      \
    K (7, clause, 1,                                                                                           \
       F (seq, I) F (verb, T) F (base, T) F (force, I) F (addressee, T) F (addressee_actor, T) F (action, T)   \
           F (condition, T) F (due, T) F (rule, T) F (confidence, R))                                          \
    K (8, publication, 1, F (title, T) F (kind, T) F (rule, T))

typedef enum {
#define F(name, type)
#define K(number, name, span, fields) RAP_FINDING_##name = (number),
    RAP_FINDING_KINDS (K)
#undef K
#undef F
    RAP_FINDING_COUNT
} rap_finding_kind_t;
// clang-format on

enum { RAP_FINDING_FIELDS_MAX = 12 };

typedef enum { RAP_FIELD_TEXT, RAP_FIELD_INTEGER, RAP_FIELD_REAL } rap_field_type_t;

typedef struct {
    const char *name;
    rap_field_type_t type;
} rap_field_t;

typedef struct {
    const char *name; //  of the kind and of its table
    bool has_span;    //  start and end (code points) and a surface
    uint32_t fields_count;
    rap_field_t fields[RAP_FINDING_FIELDS_MAX];
} rap_finding_schema_t;

//  Indexed by rap_finding_kind_t.
extern const rap_finding_schema_t rap_finding_schemas[RAP_FINDING_COUNT];

//  One value; which member counts is told by the schema.
typedef union {
    rap_text_t text;
    int64_t integer;
    double real;
} rap_value_t;

//  `start` and `end` are code point offsets into the chunk's text, half open.
//  The surface does not travel: the store cuts it from the text, so that it
//  cannot disagree. Texts are borrowed. Values are in the schema's order.
typedef struct {
    rap_finding_kind_t kind;
    uint32_t start;
    uint32_t end;
    rap_value_t values[RAP_FINDING_FIELDS_MAX];
} rap_finding_t;

#endif
