/*  search: what a person types, as an expression of FTS5.
 *
 *  Pure. Words, "phrases", word* for all that begin so, -word for what must not be
 *  there. Each is quoted, so that nothing typed is syntax.                     */
#ifndef RAPPORTEUR_DASHBOARD_SEARCH_H
#define RAPPORTEUR_DASHBOARD_SEARCH_H

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  NULL if there is no word in it. `typed` is UTF-8 without control characters.
const char *rap_search_expression (rap_text_t typed, rap_arena_t *arena);

#endif
