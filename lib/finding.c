//  finding: the schemas, from the one declaration in finding.h.
#include "rapporteur/finding.h"

#define T RAP_FIELD_TEXT
#define I RAP_FIELD_INTEGER
#define R RAP_FIELD_REAL

const rap_finding_schema_t rap_finding_schemas[RAP_FINDING_COUNT] = {
#define F(field, type) {#field, (type)},
#define K(number, kind, span, list)                                                                                  \
    [number] = {.name = #kind,                                                                                       \
                .has_span = (span),                                                                                  \
                .fields_count = sizeof ((rap_field_t[]){list}) / sizeof (rap_field_t),                               \
                .fields = {list}}, /*  NOLINT(bugprone-macro-parentheses)  */
    RAP_FINDING_KINDS (K)
#undef K
#undef F
};
