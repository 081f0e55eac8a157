//  table: a statement made of the declaration and the request; its rows.
#include "table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/csv.h"

enum { SQL_MAX = 8192, BINDS_MAX = 96 };

typedef struct {
    const rap_table_view_t *view;
    rap_reply_t *answer;
    char sql[SQL_MAX];
    size_t len;
    rap_bind_t binds[BINDS_MAX];
    int binds_count;
    const rap_order_t *order;
    bool descending;
    int64_t limit;
    int order_values; //  of the order and the key
    uint32_t fingerprint;
} page_t;

static void add (page_t *self, const char *text)
{
    size_t len = strlen (text);
    if (self->len + len >= SQL_MAX)
        abort (); //  a declaration too long is ours
    memcpy (self->sql + self->len, text, len + 1);
    self->len += len;
}

static void bind (page_t *self, rap_bind_t value)
{
    if (self->binds_count == BINDS_MAX)
        abort ();
    self->binds[self->binds_count++] = value;
}

//  The piece with its value bound at each question mark.
static void add_with (page_t *self, const char *piece, rap_bind_t value)
{
    add (self, piece);
    for (const char *c = piece; *c; c++)
        if (*c == '?')
            bind (self, value);
}

//  FROM and WHERE of the rows among which the page is chosen.
static void add_from (page_t *self)
{
    const char *matched = self->answer->matched ? self->answer->matched[0] : NULL;
    const char *from = self->view->choice ? self->view->choice : self->view->from;
    if (self->order && self->order->choice)
        from = self->order->choice;
    add (self, " FROM ");
    add_with (self, from, rap_bind_text (matched));
    add (self, " WHERE ");
    add_with (self, self->view->where ? self->view->where : "true", rap_bind_text (matched));
}

//  --- what is asked -----------------------------------------------------------------
static bool is_word (const char *words, const char *value)
{
    size_t len = strlen (value);
    for (const char *at = words; len && (at = strstr (at, value)) != NULL; at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

static bool add_filter (page_t *self, const rap_filter_t *filter, const char *value)
{
    rap_reason_t reason;
    int64_t number = 0;
    bool flag = false;
    switch (filter->kind) {
    case RAP_FILTER_NUMBER:
        if (rap_request_number (self->answer->request, filter->name, INT64_MIN / 2, INT64_MAX / 2, 0, &number,
                                &reason)
            != RAP_OK) {
            rap_reply_problem (self->answer, 400, "%s", reason.text);
            return false;
        }
        add (self, " AND ");
        add_with (self, filter->sql, rap_bind_integer (number));
        return true;
    case RAP_FILTER_FLAG:
        if (rap_request_flag (self->answer->request, filter->name, false, &flag, &reason) != RAP_OK) {
            rap_reply_problem (self->answer, 400, "%s", reason.text);
            return false;
        }
        add (self, " AND ");
        add_with (self, filter->sql, rap_bind_integer (flag));
        return true;
    default:
        if (filter->words && !is_word (filter->words, value)) {
            rap_reply_problem (self->answer, 400, "'%s' is one of: %s", filter->name, filter->words);
            return false;
        }
        add (self, " AND ");
        add_with (self, filter->sql, rap_bind_text (value));
        return true;
    }
}

static bool is_common (const char *name)
{
    static const char *const names[] = {"limit", "cursor", "sort", "total"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp (names[i], name) == 0)
            return true;
    return false;
}

static const rap_filter_t *filter_of (const page_t *self, const char *name)
{
    for (const rap_filter_t *f = self->view->filters; f && f->name; f++)
        if (strcmp (f->name, name) == 0)
            return f;
    return NULL;
}

static bool add_filters (page_t *self)
{
    const rap_request_t *request = self->answer->request;
    for (uint32_t i = 0; i < request->parameters_count; i++) {
        const char *name = request->parameters[i].name;
        if (is_common (name) || rap_request_get (request, name) != request->parameters[i].value)
            continue;
        const rap_filter_t *filter = filter_of (self, name);
        if (!filter) {
            rap_reply_problem (self->answer, 400, "'%.60s' is no filter of %s", name, self->view->name);
            return false;
        }
        if (!add_filter (self, filter, request->parameters[i].value))
            return false;
    }
    //  A flag that is not given is a flag that is false.
    for (const rap_filter_t *f = self->view->filters; f && f->name; f++)
        if (f->kind == RAP_FILTER_FLAG && !rap_request_get (request, f->name)) {
            add (self, " AND ");
            add_with (self, f->sql, rap_bind_integer (0));
        }
    return true;
}

static bool read_order (page_t *self)
{
    const char *sort = rap_request_get (self->answer->request, "sort");
    self->order = self->view->orders;
    self->descending = self->view->descending;
    if (!sort)
        return true;
    self->descending = *sort == '-';
    sort += *sort == '-';
    for (const rap_order_t *o = self->view->orders; o->name; o++)
        if (strcmp (o->name, sort) == 0) {
            self->order = o;
            return true;
        }
    char names[256] = "";
    for (const rap_order_t *o = self->view->orders; o->name; o++) {
        strncat (names, *names ? ", " : "", sizeof names - strlen (names) - 1);
        strncat (names, o->name, sizeof names - strlen (names) - 1);
    }
    rap_reply_problem (self->answer, 400, "'sort' is one of: %s; with a '-' before it from the end", names);
    return false;
}

static uint32_t fingerprint_of (const page_t *self)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    const char *const texts[] = {self->view->name, self->order->name, self->descending ? "-" : "+"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        for (const char *c = texts[t]; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash;
}

//  "a, b, c" of the order, then of the key; `named`: as columns of a subquery.
static void add_order (page_t *self, const char *direction, bool named)
{
    if (self->order->sql) {
        add (self, self->order->sql);
        add (self, named ? " AS o" : direction);
    }
    for (int i = 0; i < RAP_TABLE_KEYS_MAX && self->view->key[i]; i++) {
        add (self, i || self->order->sql ? ", " : "");
        add (self, self->view->key[i]);
        add (self, named ? (const char *const[]){" AS k0", " AS k1", " AS k2"}[i] : direction);
    }
}

//  The same of the rows that were chosen.
static void add_page_order (page_t *self, const char *direction)
{
    static const char *const keys[] = {"page.k0", "page.k1", "page.k2"};
    if (self->order->sql) {
        add (self, "page.o");
        add (self, direction);
    }
    for (int i = 0; i < RAP_TABLE_KEYS_MAX && self->view->key[i]; i++) {
        add (self, i || self->order->sql ? ", " : "");
        add (self, keys[i]);
        add (self, direction);
    }
}

static bool add_cursor (page_t *self)
{
    const char *cursor = rap_request_get (self->answer->request, "cursor");
    assert (self->view->key[0]);
    rap_bind_t values[RAP_TABLE_KEYS_MAX + 1];
    if (!cursor)
        return true;
    if (rap_cursor_take (cursor, self->fingerprint, values, self->order_values, self->answer->arena) != RAP_OK) {
        rap_reply_problem (self->answer, 400, "'cursor' is none of this list in this order");
        return false;
    }
    //  The first alone says nothing new, but can be looked up in an index.
    add (self, " AND ");
    add (self, self->order->sql ? self->order->sql : self->view->key[0]);
    add (self, self->descending ? " <= ?" : " >= ?");
    bind (self, values[0]);
    add (self, " AND (");
    add_order (self, "", false);
    add (self, self->descending ? ") < (" : ") > (");
    for (int i = 0; i < self->order_values; i++) {
        add (self, i ? ", ?" : "?");
        bind (self, values[i]);
    }
    add (self, ")");
    return true;
}

static bool read_limit (page_t *self, bool csv)
{
    rap_reason_t reason;
    if (rap_request_number (self->answer->request, "limit", 1, csv ? RAP_TABLE_CSV_LIMIT_MAX : RAP_TABLE_LIMIT_MAX,
                            csv ? RAP_TABLE_CSV_LIMIT : RAP_TABLE_LIMIT, &self->limit, &reason)
        == RAP_OK)
        return true;
    rap_reply_problem (self->answer, 400, "%s", reason.text);
    return false;
}

//  The page's rows; of dear ones only their order and key.
static bool add_choice (page_t *self)
{
    add (self, "SELECT ");
    add_order (self, "", self->view->dear);
    if (!self->view->dear) {
        add (self, ", ");
        add (self, self->view->columns);
    }
    add_from (self);
    if (!add_filters (self) || !add_cursor (self))
        return false;
    add (self, " ORDER BY ");
    add_order (self, self->descending ? " DESC" : "", false);
    add (self, " LIMIT ?");
    bind (self, rap_bind_integer (self->limit + 1));
    return true;
}

//  Behind the choice of dear rows: the rows themselves, found by their key.
static void add_rest (page_t *self)
{
    const char *matched = self->answer->matched ? self->answer->matched[0] : NULL;
    add (self, ") page CROSS JOIN ");
    add_with (self, self->view->from, rap_bind_text (matched));
    for (int i = 0; i < RAP_TABLE_KEYS_MAX && self->view->key[i]; i++) {
        char equal[96];
        snprintf (equal, sizeof equal, "%s%s = page.k%d", i ? " AND " : " WHERE ", self->view->key[i], i);
        add (self, equal);
    }
    add (self, " ORDER BY ");
    add_page_order (self, self->descending ? " DESC" : "");
}

static bool make_statement (page_t *self, bool csv)
{
    if (!read_limit (self, csv) || !read_order (self))
        return false;
    self->fingerprint = fingerprint_of (self);
    self->order_values = self->order->sql ? 1 : 0;
    for (int i = 0; i < RAP_TABLE_KEYS_MAX && self->view->key[i]; i++)
        self->order_values++;
    if (self->view->dear) {
        add (self, "SELECT ");
        add_page_order (self, "");
        add (self, ", ");
        add (self, self->view->columns);
        add (self, " FROM (");
    }
    if (!add_choice (self))
        return false;
    if (self->view->dear)
        add_rest (self);
    return true;
}

//  --- rows --------------------------------------------------------------------------
static rap_bind_t value_of (const rap_found_t *row, int column, rap_arena_t *arena)
{
    if (rap_found_is_text (row, column))
        return rap_bind_text (rap_arena_text (arena, rap_text (rap_found_text (row, column))).at);
    if (rap_found_is_integer (row, column))
        return rap_bind_integer (rap_found_integer (row, column));
    return (rap_bind_t){.kind = RAP_BIND_REAL, .real = rap_found_real (row, column)};
}

static rap_text_t cursor_of (const page_t *self, const rap_found_t *row)
{
    rap_bind_t values[RAP_TABLE_KEYS_MAX + 1];
    for (int i = 0; i < self->order_values; i++)
        values[i] = value_of (row, i, self->answer->arena);
    return rap_cursor_write (values, self->order_values, self->fingerprint, self->answer->arena);
}

static void put_cell (FILE *out, const rap_found_t *row, int column)
{
    bool is_text = rap_found_is_text (row, column);
    rap_csv_cell (out, rap_text (rap_found_text (row, column)), is_text);
}

static void put_names (const page_t *self, const rap_found_t *rows)
{
    FILE *out = self->answer->out;
    for (int i = self->order_values; i < rap_found_columns (rows); i++) {
        const char *name = rap_found_name (rows, i);
        if (i > self->order_values)
            putc (',', out);
        rap_csv_cell (out, rap_text_of (name, strcspn (name, ":")), false);
    }
    fputs ("\r\n", out);
}

static void put_csv (const page_t *self, const rap_found_t *row)
{
    for (int i = self->order_values; i < rap_found_columns (row); i++) {
        if (i > self->order_values)
            putc (',', self->answer->out);
        put_cell (self->answer->out, row, i);
    }
    fputs ("\r\n", self->answer->out);
}

static void put_json (const page_t *self, const rap_found_t *row)
{
    rap_json_object (&self->answer->json, NULL);
    rap_reply_put_columns (self->answer, row, self->order_values);
    rap_json_end (&self->answer->json);
}

//  Every row of the page; the cursor of the last one if more would come, else empty.
static rap_text_t put_page (page_t *self, bool csv)
{
    rap_text_t next = RAP_TEXT ("");
    int64_t count = 0;
    rap_found_t *rows = rap_snapshot_ask (self->answer->reader, self->sql, self->binds, self->binds_count);
    if (csv)
        put_names (self, rows);
    while (rap_found_next (&rows)) {
        if (++count > self->limit)
            break;
        if (csv)
            put_csv (self, rows);
        else
            put_json (self, rows);
        if (count == self->limit)
            next = cursor_of (self, rows);
        if (ftell (self->answer->out) > RAP_REPLY_BYTES_MAX)
            rap_reply_problem (self->answer, 413, "the answer is too long; ask for fewer rows by 'limit'");
    }
    bool more = rows != NULL;
    rap_found_end (&rows);
    return more ? next : RAP_TEXT ("");
}

static int64_t count_all (const rap_table_view_t *view, rap_reply_t *answer)
{
    page_t self = {.view = view, .answer = answer};
    add (&self, "SELECT count (*)");
    add_from (&self);
    return add_filters (&self) ? rap_snapshot_number (answer->reader, self.sql, self.binds, self.binds_count, 0) : 0;
}

//  The address of the page after this one: the same with another cursor.
static const char *next_address (const rap_reply_t *answer, rap_text_t cursor)
{
    rap_arena_t *arena = answer->arena;
    rap_text_t address =
        rap_arena_format (arena, "%s?cursor=%.*s", answer->request->path, (int)cursor.len, cursor.at);
    for (uint32_t i = 0; i < answer->request->parameters_count; i++) {
        const rap_parameter_t *p = &answer->request->parameters[i];
        if (strcmp (p->name, "cursor") == 0)
            continue;
        address = rap_arena_format (arena, "%s&", address.at);
        for (int side = 0; side < 2; side++) {
            for (const char *c = side ? p->value : p->name; *c; c++)
                address = strchr ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *c)
                              ? rap_arena_format (arena, "%s%c", address.at, *c)
                              : rap_arena_format (arena, "%s%%%02X", address.at, (unsigned char)*c);
            if (!side)
                address = rap_arena_format (arena, "%s=", address.at);
        }
    }
    return address.at;
}

void rap_table_answer (const rap_table_view_t *view, rap_reply_t *answer, bool csv)
{
    page_t self = {.view = view, .answer = answer};
    rap_reason_t reason;
    bool total = false;
    if (rap_request_flag (answer->request, "total", false, &total, &reason) != RAP_OK) {
        rap_reply_problem (answer, 400, "%s", reason.text);
        return;
    }
    if (!make_statement (&self, csv))
        return;
    if (csv) {
        answer->type = "text/csv; charset=utf-8; header=present";
        answer->filename = rap_arena_format (answer->arena, "%s.csv", view->name).at;
        rap_text_t next = put_page (&self, true);
        if (next.len)
            answer->next = next_address (answer, next);
        return;
    }
    rap_json_object (&answer->json, NULL);
    rap_json_array (&answer->json, "items");
    rap_text_t next = put_page (&self, false);
    rap_json_end (&answer->json);
    rap_json_text (&answer->json, "next", next.len ? next.at : NULL);
    if (total)
        rap_json_integer (&answer->json, "total", count_all (view, answer));
    rap_json_end (&answer->json);
}

const rap_table_view_t *rap_table_view (const char *name)
{
    for (uint32_t i = 0; i < rap_table_views_count; i++)
        if (strcmp (rap_table_views[i].name, name) == 0)
            return &rap_table_views[i];
    return NULL;
}
