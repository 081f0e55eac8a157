/*  table: a list of rows with filters, an order, pages, as JSON and as CSV.
 *
 *  Each table is declared: where rows come from, their columns, what may be asked
 *  of them and by what they are ordered. A page ends with a cursor that holds the
 *  values of its last row's order; the next page begins after it, whatever was
 *  added meanwhile. The order ends with a key that no two rows share.          */
#ifndef RAPPORTEUR_DASHBOARD_TABLE_H
#define RAPPORTEUR_DASHBOARD_TABLE_H

#include "reply.h"

enum {
    RAP_TABLE_KEYS_MAX = 3,
    RAP_TABLE_LIMIT = 50,
    RAP_TABLE_LIMIT_MAX = 1000,
    RAP_TABLE_CSV_LIMIT = 10000,
    RAP_TABLE_CSV_LIMIT_MAX = 100000,
};

//  `sql` holds for a row; '?' stands for the value, as often as it is needed.
typedef struct {
    const char *name;
    enum { RAP_FILTER_TEXT, RAP_FILTER_NUMBER, RAP_FILTER_FLAG } kind;
    const char *sql;
    const char *words; //  for texts: the values that there are, parted by spaces; NULL any
} rap_filter_t;

typedef struct {
    const char *name;
    const char *sql;    //  never NULL as a value
    const char *choice; //  FROM and WHERE of dear rows while they are chosen in this order; NULL: the view's
} rap_order_t;

typedef struct {
    const char *name;
    const char *columns; //  of SELECT; names as rap_reply_put_columns takes them
    const char *from;    //  FROM; `?1` is the route's first matched segment
    const char
        *choice; //  FROM of dear rows while they are chosen, with all that filters and orders name; NULL: `from`
    const char *where; //  what always holds; NULL nothing
    const rap_filter_t *filters;
    const rap_order_t *orders;           //  the first is the usual one
    const char *key[RAP_TABLE_KEYS_MAX]; //  ends every order, NULL after the last
    bool descending;                     //  usually
    bool dear; //  columns are worked out only for the rows of the page, not for all that are sorted
} rap_table_view_t;

extern const rap_table_view_t rap_table_views[];
extern const uint32_t rap_table_views_count;

//  NULL if there is none of that name.
const rap_table_view_t *rap_table_view (const char *name);

//  Writes a page: {"items": [...], "next": cursor or null, "total": with total=true}; or CSV.
void rap_table_answer (const rap_table_view_t *view, rap_reply_t *answer, bool csv);

//  --- cursors -----------------------------------------------------------------------
//  Values of an order, as text that a client hands back unchanged.
rap_text_t rap_cursor_write (const rap_bind_t *values, int count, uint32_t order, rap_arena_t *arena);

//  RAP_REFUSED if it is none of this order with so many values.
rap_status_t rap_cursor_take (const char *cursor, uint32_t order, rap_bind_t *values, int count, rap_arena_t *arena);

#endif
