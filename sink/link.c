//  link: the statements of link.sql, then the steps that SQL cannot say.
#include "link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link_answers.h"
#include "link_clusters.h"
#include "link_series.h"
#include "link_totals.h"
#include "row.h"

//  The statements of link.sql.
extern const char rap_link_sql[];

enum { LINKS_MAX = 64, FACTS_MAX = 64 };

//  What marks, on a line of link.sql, on what a statement depends.
#define MARK "\n-- if: "

//  A statement of link.sql. Facts about a document are numbered as SELECTs name them.
typedef struct {
    sqlite3_stmt *statement;
    uint64_t needs; //  bits of the facts without which it is not run
    uint32_t first; //  of a SELECT: the number of its first column's fact
    bool asks;      //  it is a SELECT
    int at_number;  //  of parameters; 0 none
    int at_document_id;
} link_t;

struct rap_link {
    link_t links[LINKS_MAX];
    size_t links_count;
    const char *facts[FACTS_MAX]; //  names, borrowed from statements
    uint32_t facts_count;
    rap_link_totals_t *totals;
    rap_link_answers_t *answers;
    rap_link_series_t *series;
    rap_link_clusters_t *clusters;
};

//  rap_hash (text): the same positive number for the same text, everywhere.
static void hash_text (sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const unsigned char *text = sqlite3_value_text (values[0]);
    uint64_t hash = UINT64_C (14695981039346656037); //  FNV-1a
    for (; text && *text; text++)
        hash = (hash ^ *text) * UINT64_C (1099511628211);
    sqlite3_result_int64 (context, (sqlite3_int64)(hash >> 1));
}

//  The bits of the facts that are named after the mark, 'a, b'; false if one is not known.
static bool read_needs (const rap_link_t *self, const char *sql, uint64_t *needs)
{
    const char *at = strstr (sql, MARK);
    *needs = 0;
    for (at = at ? at + strlen (MARK) : "\n"; *at != '\n'; at += strspn (at, ", ")) {
        size_t len = strcspn (at, ", \n");
        uint32_t fact = 0;
        while (fact < self->facts_count
               && (strncmp (self->facts[fact], at, len) != 0 || self->facts[fact][len] != '\0'))
            fact++;
        if (fact == self->facts_count)
            return false;
        *needs |= UINT64_C (1) << fact;
        at += len;
    }
    return true;
}

static bool prepare_link (rap_link_t *self, sqlite3_stmt *statement)
{
    assert (self->links_count < LINKS_MAX);
    link_t *link = &self->links[self->links_count++];
    *link = (link_t){.statement = statement,
                     .first = self->facts_count,
                     .asks = sqlite3_column_count (statement) > 0,
                     .at_number = sqlite3_bind_parameter_index (statement, ":number"),
                     .at_document_id = sqlite3_bind_parameter_index (statement, ":document_id")};
    for (int i = 0; i < sqlite3_column_count (statement); i++) {
        assert (self->facts_count < FACTS_MAX);
        self->facts[self->facts_count++] = sqlite3_column_name (statement, i);
    }
    return read_needs (self, sqlite3_sql (statement), &link->needs);
}

static bool prepare_links (rap_link_t *self, sqlite3 *db, const char **what)
{
    *what = "link.sql";
    for (const char *sql = rap_link_sql; *sql;) {
        sqlite3_stmt *statement;
        //  NULL after the last one
        if (!row_prepare (db, sql, &statement, &sql) || (statement && !prepare_link (self, statement)))
            return false;
    }
    return true;
}

rap_link_t *rap_link_new (sqlite3 *db, const char **what)
{
    rap_link_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    *what = "rap_hash";
    bool well =
        sqlite3_create_function (db, "rap_hash", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, hash_text, NULL, NULL)
            == SQLITE_OK
        && prepare_links (self, db, what) && (self->totals = rap_link_totals_new (db, what))
        && (self->answers = rap_link_answers_new (db, what)) && (self->series = rap_link_series_new (db, what))
        && (self->clusters = rap_link_clusters_new (db, what));
    if (!well)
        rap_link_destroy (&self);
    return self;
}

void rap_link_destroy (rap_link_t **self_p)
{
    rap_link_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->links_count; i++)
        sqlite3_finalize (self->links[i].statement);
    rap_link_totals_destroy (&self->totals);
    rap_link_answers_destroy (&self->answers);
    rap_link_series_destroy (&self->series);
    rap_link_clusters_destroy (&self->clusters);
    free (self);
    *self_p = NULL;
}

void rap_link_reset (rap_link_t *self)
{
    for (size_t i = 0; i < self->links_count; i++)
        sqlite3_reset (self->links[i].statement);
    rap_link_totals_reset (self->totals);
    rap_link_answers_reset (self->answers);
    rap_link_series_reset (self->series);
    rap_link_clusters_reset (self->clusters);
}

//  The facts that a SELECT answers with; none if there is no row.
static bool ask_facts (const link_t *link, uint64_t *facts, const char **what)
{
    int code = sqlite3_step (link->statement);
    if (code == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count (link->statement); i++)
            if (sqlite3_column_int (link->statement, i))
                *facts |= UINT64_C (1) << (link->first + (uint32_t)i);
        code = sqlite3_step (link->statement);
    }
    return row_end (link->statement, code, what);
}

static bool run_links (rap_link_t *self, int64_t number, const char *document_id, const char **what)
{
    uint64_t facts = 0;
    for (size_t i = 0; i < self->links_count; i++) {
        const link_t *link = &self->links[i];
        if ((link->needs & facts) != link->needs)
            continue;
        if (link->at_number)
            sqlite3_bind_int64 (link->statement, link->at_number, number);
        if (link->at_document_id)
            sqlite3_bind_text (link->statement, link->at_document_id, document_id, -1, SQLITE_STATIC);
        if (!(link->asks ? ask_facts (link, &facts, what) : row_run (link->statement, what)))
            return false;
    }
    return true;
}

bool rap_link_document (rap_link_t *self, int64_t number, const char *document_id, const char **what)
{
    return run_links (self, number, document_id, what) && rap_link_totals_document (self->totals, number, what)
           && rap_link_answers_document (self->answers, number, what)
           && rap_link_series_document (self->series, number, what)
           && rap_link_clusters_document (self->clusters, number, what);
}

bool rap_link_end (rap_link_t *self, const char **what)
{
    return rap_link_totals_end (self->totals, what);
}
