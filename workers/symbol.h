/*  symbol: how resolutions are numbered and what document symbols look like.
 *
 *  The series of the bodies (data/series.tsv) tell which numbers can be whose and
 *  what their canonical symbol is; data/symbols.tsv tells what a document symbol
 *  is made of. Reading is one pass from left to right over a bounded stretch.
 *  Loaded once, then read by any thread.                                     */
#ifndef RAPPORTEUR_WORKERS_SYMBOL_H
#define RAPPORTEUR_WORKERS_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/text.h"

typedef enum { RAP_NOUN_NONE, RAP_NOUN_RESOLUTION, RAP_NOUN_DECISION, RAP_NOUN_STATEMENT, RAP_NOUNS } rap_noun_t;
rap_noun_t rap_noun_of (rap_text_t name);

//  --- numbers ----------------------------------------------------------------

typedef enum {
    RAP_FORM_NONE,
    RAP_FORM_SESSION,         //  74/177
    RAP_FORM_SPECIAL,         //  S-32/1
    RAP_FORM_EMERGENCY,       //  ES-11/1
    RAP_FORM_YEAR,            //  2021/25
    RAP_FORM_YEAR_ROMAN,      //  1966/1106 (XL)
    RAP_FORM_ROMAN,           //  217 A (III)
    RAP_FORM_SPECIAL_ROMAN,   //  3201 (S-VI)
    RAP_FORM_EMERGENCY_ROMAN, //  2252 (ES-V)
    RAP_FORM_IN_YEAR,         //  2396 (2017)
    RAP_FORM_PLAIN,           //  2396
} rap_form_t;

enum { RAP_PARTS_MAX = 26 };

//  A number as printed. The texts point into what was read.
typedef struct {
    rap_form_t form;
    rap_text_t first; //  as they stand in the canonical symbol: '74' and '177', '217' and 'III'
    rap_text_t second;
    uint32_t first_value;
    uint32_t second_value;
    char parts[RAP_PARTS_MAX]; //  letters, ranges expanded
    uint32_t parts_count;
    uint32_t year;     //  of the date after it; 0: none, or of no matter. The reader leaves both 0
    uint32_t year_max; //  nobody cites what is decided later; 0: not known
} rap_number_t;

//  Reads a number that begins at byte `at`. First byte after it, `at` if there is
//  none: 24/7/365, 16.4/5 or 1,200/3 are none.
size_t rap_number_read (rap_text_t text, size_t at, rap_number_t *number);

//  Reads a number of at least `digits_min` digits that stands alone: 2396. As above;
//  1,200 is none.
size_t rap_number_read_plain (rap_text_t text, size_t at, uint32_t digits_min, rap_number_t *number);

//  --- series -----------------------------------------------------------------

typedef struct rap_series rap_series_t;
typedef struct rap_serie rap_serie_t; //  one row

enum { RAP_BODIES_MAX = 12 };

//  Bodies that a name may stand for, as small numbers.
typedef struct {
    uint32_t at[RAP_BODIES_MAX];
    uint32_t count;
} rap_bodies_t;

rap_series_t *rap_series_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_series_destroy (rap_series_t **self_p);

//  The number of a body by its actor id; RAP_NO_BODY if it has neither series nor name.
#define RAP_NO_BODY UINT32_MAX
uint32_t rap_series_body (const rap_series_t *self, rap_text_t actor);

//  Bodies from ids with spaces between; new ids are taken in. False if there are
//  none or more than RAP_BODIES_MAX.
bool rap_series_bodies (rap_series_t *self, rap_text_t actors, rap_bodies_t *bodies);

//  The series of the body that can have this number (and had that session in that
//  year); NULL if none.
const rap_serie_t *rap_series_fit (const rap_series_t *self, uint32_t body, rap_noun_t noun,
                                   const rap_number_t *number);
//  The series that it is taken for where no body is named; NULL if none.
const rap_serie_t *rap_series_assume (const rap_series_t *self, rap_noun_t noun, const rap_number_t *number);

//  Whose it is, and what.
rap_noun_t rap_serie_noun (const rap_serie_t *serie);
uint32_t rap_serie_body (const rap_serie_t *serie);
//  The canonical symbol, without part letters.
rap_text_t rap_serie_symbol (const rap_serie_t *serie, const rap_number_t *number, rap_arena_t *arena);
//  'ga resolution n/n', for a finding's rule.
rap_text_t rap_serie_rule (const rap_serie_t *serie);

//  --- document symbols -------------------------------------------------------

//  What symbols begin with ('A/', 'CTOC/'), for the matcher.
uint32_t rap_series_roots (const rap_series_t *self);
rap_text_t rap_series_root (const rap_series_t *self, uint32_t index);

//  Reads a symbol that begins at byte `at`, in canonical form (no spaces but before
//  a bracket, plain hyphens). First byte after it, `at` if there is none.
size_t rap_symbol_read (const rap_series_t *self, rap_text_t text, size_t at, rap_arena_t *arena, rap_text_t *symbol);

//  Reads a resolution's or decision's symbol at byte `at` as the number of its series,
//  with parts: A/RES/57/270 B, S/RES/1540 (whose number tells the year). As above.
size_t rap_symbol_read_number (const rap_series_t *self, rap_text_t text, size_t at, const rap_serie_t **serie,
                               rap_number_t *number);

//  After a symbol: '-' and another symbol of the same document. As above.
size_t rap_symbol_read_joint (const rap_series_t *self, rap_text_t text, size_t at, rap_arena_t *arena,
                              rap_text_t *symbol);

//  After a symbol: ' and Corr.1', ', Add.2'. The whole symbol, base included.
size_t rap_symbol_read_later (const rap_series_t *self, rap_text_t base, rap_text_t text, size_t at,
                              rap_arena_t *arena, rap_text_t *symbol);

//  After a symbol that ends with a number: a number that goes on with its list or
//  range: 'SR.3-7 and 9', '/2071, 2072'. The number, and whether those between are
//  meant too, in *range. First byte after it, `at` if none.
size_t rap_symbol_read_next (rap_text_t symbol, rap_text_t text, size_t at, uint32_t *number, bool *range);

//  The number at the symbol's end, and the symbol with another one there.
uint32_t rap_symbol_number (rap_text_t symbol);
rap_text_t rap_symbol_renumber (rap_text_t symbol, uint32_t number, rap_arena_t *arena);

//  The body whose resolutions this document prints; RAP_NO_BODY if none is known.
uint32_t rap_symbol_report_of (const rap_series_t *self, rap_text_t symbol);

//  Its actor id.
rap_text_t rap_series_actor (const rap_series_t *self, uint32_t body);

//  Equal but for spaces.
bool rap_symbol_equal (rap_text_t a, rap_text_t b);

#endif
