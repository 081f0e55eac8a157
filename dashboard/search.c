//  search: full text, best first; marks as offsets, never as markup.
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

#include "resources.h"
#include "search.h"
#include "table.h"

//  What snippets mark words with: characters that no text in the database has.
#define MARK_ON "\x01"
#define MARK_OFF "\x02"

enum { RANKED_MS = 600, HITS = 20, HITS_MAX = 100, SQL_MAX = 4096, BINDS_MAX = 40, FINGERPRINT = 0x5ea5c4 };

//  --- what was typed ------------------------------------------------------------------
static bool is_blank (char c)
{
    return c == ' ' || c == '\t';
}

//  One word or "phrase", quoted so that nothing in it is syntax; a star behind a word stays one.
static size_t put_term (rap_text_t typed, size_t at, char **to)
{
    bool phrase = typed.at[at] == '"';
    size_t from = at + phrase, end = from;
    while (end < typed.len && (phrase ? typed.at[end] != '"' : !is_blank (typed.at[end]) && typed.at[end] != '"'))
        end++;
    bool star = !phrase && end > from + 1 && typed.at[end - 1] == '*';
    *(*to)++ = '"';
    memcpy (*to, typed.at + from, end - from - star);
    *to += end - from - star;
    *(*to)++ = '"';
    if (star)
        *(*to)++ = '*';
    return end + (phrase && end < typed.len);
}

static bool has_word (const char *from, const char *to)
{
    rap_text_t text = rap_text_of (from, (size_t)(to - from));
    for (size_t at = 0, len; at < text.len; at += len)
        if (rap_utf8_is_word (rap_utf8_decode (text, at, &len)))
            return true;
    return false;
}

const char *rap_search_expression (rap_text_t typed, rap_arena_t *arena)
{
    //  A term of one byte becomes four and a space, one that is left out six with NOT.
    char *query = rap_arena_alloc (arena, typed.len * 9 + 16), *to = query;
    char *without = rap_arena_alloc (arena, typed.len * 9 + 16), *out = without;
    for (size_t at = 0; at < typed.len;) {
        if (is_blank (typed.at[at])) {
            at++;
            continue;
        }
        bool minus = typed.at[at] == '-' && at + 1 < typed.len && !is_blank (typed.at[at + 1]);
        char **side = minus ? &out : &to, *before = *side;
        if (before != (minus ? without : query))
            *(*side)++ = ' ';
        if (minus)
            *side = stpcpy (*side, "NOT ");
        char *term = *side;
        at = put_term (typed, at + minus, side);
        if (!has_word (term, *side))
            *side = before; //  nothing that is indexed
    }
    *to = *out = 0;
    if (to == query)
        return NULL;
    return rap_arena_format (arena, "%s%s%s", query, out > without ? " " : "", without).at;
}

//  --- filters -------------------------------------------------------------------------
#define CODE(column) "(" column " = ? OR substr (" column ", 1, length (?) + 1) = ? || '.')"
#define OF_SCHEME(scheme)                                                                                            \
    "EXISTS (SELECT 1 FROM classification g WHERE g.chunk_id = s.rowid AND g.scheme = '" scheme                      \
    "' AND g.rank = 1 AND " CODE ("g.code") ")"
#define OF_DOCUMENT(test) "EXISTS (SELECT 1 FROM document d WHERE d.number = s.rowid >> 20 AND " test ")"

static const struct {
    const char *name, *sql;
} filters[] = {
    {"theme", OF_SCHEME ("theme")},
    {"function", OF_SCHEME ("function")},
    {"actor", "EXISTS (SELECT 1 FROM actor a WHERE a.chunk_id = s.rowid AND a.actor = ?)"},
    {"country", "EXISTS (SELECT 1 FROM place p WHERE p.chunk_id = s.rowid AND p.kind = 'country' AND p.code = ?)"},
    {"year", OF_DOCUMENT ("substr (d.published, 1, 4) = ?")},
    {"from", OF_DOCUMENT ("d.published >= ?")},
    {"to", OF_DOCUMENT ("d.published <= ?")},
    {"kind", "EXISTS (SELECT 1 FROM chunk c WHERE c.chunk_id = s.rowid AND c.kind = ?)"},
    {"document", OF_DOCUMENT ("d.document_id = ?")},
};

typedef struct {
    char sql[SQL_MAX];
    rap_bind_t binds[BINDS_MAX];
    int count;
} statement_t;

static void add (statement_t *self, const char *piece, rap_bind_t value)
{
    size_t len = strlen (self->sql);
    snprintf (self->sql + len, sizeof self->sql - len, "%s", piece);
    for (const char *c = piece; *c; c++)
        if (*c == '?')
            self->binds[self->count++] = value;
}

static bool add_filters (rap_reply_t *self, statement_t *statement)
{
    static const char *const own[] = {"q", "limit", "cursor", "superseded"};
    for (uint32_t i = 0; i < self->request->parameters_count; i++) {
        const rap_parameter_t *p = &self->request->parameters[i];
        size_t f = 0;
        bool is_own = rap_request_get (self->request, p->name) != p->value;
        for (size_t o = 0; o < sizeof own / sizeof *own; o++)
            is_own |= strcmp (own[o], p->name) == 0;
        if (is_own)
            continue;
        while (f < sizeof filters / sizeof *filters && strcmp (filters[f].name, p->name) != 0)
            f++;
        if (f == sizeof filters / sizeof *filters) {
            rap_reply_problem (self, 400, "'%.60s' is no filter of search", p->name);
            return false;
        }
        add (statement, " AND ", rap_bind_integer (0));
        add (statement, filters[f].sql, rap_bind_text (p->value));
    }
    return true;
}

//  Best first; or, where that would take too long, the latest first.
static bool make_statement (rap_reply_t *self, const char *expression, int64_t limit, bool ranked,
                            statement_t *statement)
{
    rap_reason_t reason;
    bool superseded = false;
    rap_bind_t after[2];
    const char *cursor = rap_request_get (self->request, "cursor");
    if (rap_request_flag (self->request, "superseded", false, &superseded, &reason) != RAP_OK) {
        rap_reply_problem (self, 400, "%s", reason.text);
        return false;
    }
    add (statement,
         ranked ? "SELECT s.rowid, s.rank FROM chunk_search s WHERE chunk_search MATCH ?"
                : "SELECT s.rowid, 0 FROM chunk_search s WHERE chunk_search MATCH ?",
         rap_bind_text (expression));
    if (!add_filters (self, statement))
        return false;
    if (!superseded)
        add (statement, " AND " OF_DOCUMENT ("d.state <> 'superseded'"), rap_bind_integer (0));
    if (cursor) {
        if (rap_cursor_take (cursor, FINGERPRINT, after, 2, self->arena) != RAP_OK) {
            rap_reply_problem (self, 400, "'cursor' is none of a search");
            return false;
        }
        if (ranked) {
            add (statement, " AND (s.rank > ?", after[0]);
            add (statement, " OR (s.rank = ?", after[0]);
            add (statement, " AND s.rowid > ?))", after[1]);
        } else
            add (statement, " AND s.rowid < ?", after[1]);
    }
    add (statement, ranked ? " ORDER BY s.rank, s.rowid LIMIT ?" : " ORDER BY s.rowid DESC LIMIT ?",
         rap_bind_integer (limit + 1));
    return true;
}

//  --- hits ----------------------------------------------------------------------------
//  The snippet without its marks, and these as offsets in code points.
static void put_snippet (rap_reply_t *self, const char *snippet)
{
    char *text = rap_arena_alloc (self->arena, strlen (snippet) + 1);
    size_t len = 0;
    for (const char *c = snippet; *c; c++)
        if (*c != *MARK_ON && *c != *MARK_OFF)
            text[len++] = *c;
    rap_json_text (&self->json, "snippet", text);
    rap_json_array (&self->json, "marks");
    int64_t points = 0, start = 0;
    for (const char *c = snippet; *c; c++) {
        if (*c == *MARK_ON)
            start = points;
        else if (*c == *MARK_OFF) {
            rap_json_object (&self->json, NULL);
            rap_json_integer (&self->json, "start", start);
            rap_json_integer (&self->json, "end", points);
            rap_json_end (&self->json);
        } else
            points += ((unsigned char)*c & 0xC0) != 0x80;
    }
    rap_json_end (&self->json);
}

static void put_hit (rap_reply_t *self, const char *expression, int64_t chunk_id, double rank)
{
    rap_bind_t binds[] = {rap_bind_text (expression), rap_bind_integer (chunk_id)};
    rap_found_t *row = rap_snapshot_ask (
        self->reader,
        "SELECT snippet (chunk_search, -1, '" MARK_ON "', '" MARK_OFF "', '\xe2\x80\xa6', 32), c.chunk_id,"
        " d.document_id, d.symbol, d.title, d.published, d.source, c.kind, c.part, c.label, (SELECT g.code FROM"
        " classification g WHERE g.chunk_id = c.chunk_id AND g.scheme = 'theme' AND g.rank = 1) AS theme, (SELECT "
        "g.code"
        " FROM classification g WHERE g.chunk_id = c.chunk_id AND g.scheme = 'function' AND g.rank = 1) AS function"
        " FROM chunk_search JOIN chunk c ON c.chunk_id = chunk_search.rowid JOIN document d USING (document_id)"
        " WHERE chunk_search MATCH ?1 AND chunk_search.rowid = ?2",
        binds, 2);
    rap_json_object (&self->json, NULL);
    if (rap_found_next (&row)) {
        rap_reply_put_columns (self, row, 1);
        put_snippet (self, rap_found_text (row, 0));
    }
    rap_found_end (&row);
    rap_json_real (&self->json, "score", -rank);
    rap_json_end (&self->json);
}

//  The ids of a page and one more, if there is one; -1 after a problem.
static int64_t find_hits (rap_reply_t *self, const char *expression, int64_t limit, bool ranked, int64_t *ids,
                          double *ranks)
{
    int64_t count = 0;
    statement_t *statement = rap_arena_alloc (self->arena, sizeof *statement);
    if (!make_statement (self, expression, limit, ranked, statement))
        return -1;
    rap_found_t *rows = rap_snapshot_ask (self->reader, statement->sql, statement->binds, statement->count);
    while (rap_found_next (&rows) && ++count <= limit) {
        ids[count - 1] = rap_found_integer (rows, 0);
        ranks[count - 1] = rap_found_real (rows, 1);
    }
    rap_found_end (&rows);
    return count;
}

//  A page after one that was not ranked.
static bool is_unranked (const rap_reply_t *self)
{
    rap_bind_t after[2];
    const char *cursor = rap_request_get (self->request, "cursor");
    return cursor && rap_cursor_take (cursor, FINGERPRINT, after, 2, self->arena) == RAP_OK
           && after[0].kind == RAP_BIND_INTEGER;
}

void rap_reply_search (rap_reply_t *self)
{
    rap_reason_t reason;
    int64_t limit = HITS;
    const char *typed = rap_request_get (self->request, "q"), *next = NULL;
    const char *expression = typed ? rap_search_expression (rap_text (typed), self->arena) : NULL;
    if (!expression) {
        rap_reply_problem (self, 400, "say what to look for: 'q', with a word in it");
        return;
    }
    if (rap_request_number (self->request, "limit", 1, HITS_MAX, HITS, &limit, &reason) != RAP_OK) {
        rap_reply_problem (self, 400, "%s", reason.text);
        return;
    }
    int64_t *ids = rap_arena_alloc (self->arena, HITS_MAX * sizeof *ids);
    double *ranks = rap_arena_alloc (self->arena, HITS_MAX * sizeof *ranks);
    bool ranked = !is_unranked (self);
    if (ranked)
        rap_snapshot_hurry (self->reader, RANKED_MS);
    int64_t count = find_hits (self, expression, limit, ranked, ids, ranks);
    if (rap_snapshot_was_late (self->reader) && ranked && !rap_request_get (self->request, "cursor")) {
        ranked = false; //  so common a word that all of its paragraphs cannot be weighed in time
        count = find_hits (self, expression, limit, false, ids, ranks);
    }
    if (count < 0)
        return;
    rap_json_object (&self->json, NULL);
    rap_json_array (&self->json, "items");
    for (int64_t i = 0; i < (count < limit ? count : limit); i++)
        put_hit (self, expression, ids[i], ranks[i]);
    rap_json_end (&self->json);
    if (count > limit) {
        rap_bind_t last[] = {{.kind = RAP_BIND_REAL, .real = ranks[limit - 1]}, rap_bind_integer (ids[limit - 1])};
        if (!ranked)
            last[0] = rap_bind_integer (0);
        next = rap_cursor_write (last, 2, FINGERPRINT, self->arena).at;
    }
    rap_json_text (&self->json, "next", next);
    rap_json_bool (&self->json, "ranked", ranked);
    rap_json_end (&self->json);
}
