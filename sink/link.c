//  link: the statements of link.sql, then the steps that SQL cannot say.
#include "link.h"

#include <assert.h>
#include <stdlib.h>

#include "link_answers.h"
#include "link_clusters.h"
#include "link_rows.h"
#include "link_series.h"
#include "link_totals.h"

//  The statements of link.sql.
extern const char rap_link_sql[];

enum { LINKS_MAX = 64 };

struct rap_link {
    sqlite3_stmt *links[LINKS_MAX]; //  of link.sql
    size_t links_count;
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

static bool prepare_links (rap_link_t *self, sqlite3 *db, const char **what)
{
    *what = "link.sql";
    for (const char *sql = rap_link_sql; *sql;) {
        assert (self->links_count < LINKS_MAX);
        if (!row_prepare (db, sql, &self->links[self->links_count], &sql))
            return false;
        self->links_count += self->links[self->links_count] != NULL; //  NULL after the last one
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
        sqlite3_finalize (self->links[i]);
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
        sqlite3_reset (self->links[i]);
    rap_link_totals_reset (self->totals);
    rap_link_answers_reset (self->answers);
    rap_link_series_reset (self->series);
    rap_link_clusters_reset (self->clusters);
}

static bool run_links (rap_link_t *self, int64_t number, const char *document_id, const char **what)
{
    for (size_t i = 0; i < self->links_count; i++) {
        sqlite3_stmt *link = self->links[i];
        int at_number = sqlite3_bind_parameter_index (link, ":number");
        int at_id = sqlite3_bind_parameter_index (link, ":document_id");
        if (at_number)
            sqlite3_bind_int64 (link, at_number, number);
        if (at_id)
            sqlite3_bind_text (link, at_id, document_id, -1, SQLITE_STATIC);
        if (!row_run (link, what))
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
