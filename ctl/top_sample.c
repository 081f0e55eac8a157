//  top_sample: reads reports (as SQLite reads JSON) and pages, and reckons.
#include "top_sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"

enum { WORKERS_MAX = 4096, SPACING_MS = 950, MINUTE_MS = 60000 };

void rap_top_sample_clear (rap_top_sample_t *self)
{
    free (self->workers);
    *self = (rap_top_sample_t){.disk_free = -1, .oldest_ms = -1, .counts = {.findings = -1}};
}

static void keep (char *to, size_t size, const char *text)
{
    snprintf (to, size, "%s", text ? text : "");
}

//  --- the report --------------------------------------------------------------------

static bool read_numbers (rap_top_sample_t *self, rap_database_t *db, const char *report)
{
#define N(name, path) " json_extract (?1, '" path "'),"
    static const char sql[] =
        "SELECT" RAP_TOP_NUMBERS (N) " json_extract (?1, '$.health.why'), json_extract (?1, '$.pipeline'),"
                                     " json_extract (?1, '$.metrics.ingest_documents_taken_total'),"
                                     " json_extract (?1, '$.metrics.ingest_taken_bytes_total'),"
                                     " json_extract (?1, '$.metrics.ingest_documents_settled_total'),"
                                     " json_extract (?1, '$.metrics.ingest_chunks_receipted_total')";
#undef N
#define N(name, path) &self->name,
    int64_t *const numbers[] = {RAP_TOP_NUMBERS (N)};
#undef N
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    rap_reason_t reason;
    rap_rows_t *rows = rap_database_try (db, sql, &report, 1, &reason);
    if (!rows || !rap_rows_next (&rows))
        return false;
    for (int i = 0; i < NUMBERS; i++)
        *numbers[i] = rap_rows_integer (rows, i);
    if (!rap_rows_text (rows, NUMBERS - 2)) //  oldest_ms is the last but one
        self->oldest_ms = -1;
    keep (self->why, sizeof self->why, rap_rows_text (rows, NUMBERS));
    keep (self->pipeline, sizeof self->pipeline, rap_rows_text (rows, NUMBERS + 1));
    self->counts.taken = rap_rows_real (rows, NUMBERS + 2);
    self->counts.taken_bytes = rap_rows_real (rows, NUMBERS + 3);
    self->counts.settled = rap_rows_real (rows, NUMBERS + 4);
    self->counts.receipted = rap_rows_real (rows, NUMBERS + 5);
    rap_rows_end (&rows);
    return true;
}

static void read_list (rap_database_t *db, const char *report, const char *path, double *to, int count)
{
    rap_reason_t reason;
    const char *texts[] = {report, path};
    rap_rows_t *rows = rap_database_try (db, "SELECT value FROM json_each (?1, ?2)", texts, 2, &reason);
    for (int i = 0; rows && rap_rows_next (&rows); i++)
        if (i < count)
            to[i] = rap_rows_real (rows, 0);
}

static void read_histogram (rap_top_histogram_t *self, rap_database_t *db, const char *report, const char *name)
{
    char path[128];
    snprintf (path, sizeof path, "$.metrics.%s.le", name);
    read_list (db, report, path, self->le, RAP_BUCKETS_MAX);
    snprintf (path, sizeof path, "$.metrics.%s.counts", name);
    read_list (db, report, path, self->counts, RAP_BUCKETS_MAX + 1);
}

static void read_worker (rap_top_worker_t *self, const rap_rows_t *row)
{
    int64_t *const numbers[] = {&self->first,      &self->count,       &self->held_ms, &self->held,
                                &self->held_bytes, &self->unreceipted, &self->credit,  &self->credit_bytes,
                                &self->chunks,     &self->heard_ms};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    for (int i = 0; i < NUMBERS; i++)
        *numbers[i] = rap_rows_integer (row, i);
    self->rate = rap_rows_real (row, NUMBERS);
    self->blocked = rap_rows_integer (row, NUMBERS + 1) != 0;
    keep (self->id, sizeof self->id, rap_rows_text (row, NUMBERS + 2));
    keep (self->document, sizeof self->document, rap_rows_text (row, NUMBERS + 3));
}

static void read_workers (rap_top_sample_t *self, rap_database_t *db, const char *report)
{
    rap_reason_t reason;
    rap_rows_t *rows = rap_database_try (
        db,
        "SELECT json_extract (value, '$.first'), json_extract (value, '$.count'), json_extract (value, '$.held_ms'),"
        " json_extract (value, '$.held'), json_extract (value, '$.held_bytes'), json_extract (value, "
        "'$.unreceipted'),"
        " json_extract (value, '$.credit_batches'), json_extract (value, '$.credit_bytes'),"
        " json_extract (value, '$.chunks'), json_extract (value, '$.heard_ms'), json_extract (value, '$.rate'),"
        " json_extract (value, '$.blocked'), json_extract (value, '$.id'), json_extract (value, '$.document')"
        " FROM json_each (?1, '$.workers')",
        &report, 1, &reason);
    uint32_t room = 0;
    while (rows && rap_rows_next (&rows)) {
        if (self->workers_count == WORKERS_MAX)
            continue;
        if (self->workers_count == room) {
            room = room ? 2 * room : 16;
            self->workers = realloc (self->workers, room * sizeof *self->workers);
            if (!self->workers)
                abort ();
        }
        read_worker (&self->workers[self->workers_count++], rows);
    }
}

bool rap_top_sample_report (rap_top_sample_t *self, const char *report, int64_t now_ms)
{
    rap_reason_t reason;
    rap_database_t *db = rap_database_open_memory (&reason);
    rap_top_sample_clear (self);
    if (!db)
        return false;
    self->answered =
        rap_database_number (db, "SELECT json_valid (?1)", &report, 1) == 1 && read_numbers (self, db, report);
    if (self->answered) {
        read_histogram (&self->counts.document, db, report, "ingest_document_seconds");
        read_histogram (&self->counts.journal, db, report, "ingest_commit_seconds");
        read_workers (self, db, report);
    }
    self->counts.at_ms = now_ms;
    self->counts.epoch = self->epoch;
    rap_database_close (&db);
    return self->answered;
}

//  --- pages -------------------------------------------------------------------------

//  After `name` at the beginning of a line; NULL: there is no further one.
static const char *find_line (const char *page, const char *name)
{
    size_t len = strlen (name);
    for (const char *line = page; line; line = strchr (line, '\n')) {
        line += *line == '\n';
        if (strncmp (line, name, len) == 0)
            return line + len;
    }
    return NULL;
}

static double read_value (const char *page, const char *name, double without)
{
    const char *at = find_line (page, name);
    return at && *at == ' ' ? strtod (at, NULL) : without;
}

//  The sum over all values of a label; -1: there is none.
static double read_sum (const char *page, const char *name)
{
    double sum = -1;
    for (const char *at = page; (at = find_line (at, name));) {
        const char *value = strstr (at, "} ");
        if (value)
            sum = (sum < 0 ? 0 : sum) + strtod (value + 2, NULL);
    }
    return sum;
}

static void read_buckets (rap_top_histogram_t *self, const char *page, const char *name)
{
    char start[96];
    double before = 0;
    int i = 0;
    snprintf (start, sizeof start, "%s_bucket{le=\"", name);
    for (const char *at = page; i <= RAP_BUCKETS_MAX && (at = find_line (at, start)); i++) {
        const char *value = strstr (at, "} ");
        double below = value ? strtod (value + 2, NULL) : 0;
        if (i < RAP_BUCKETS_MAX)
            self->le[i] = strtod (at, NULL);
        self->counts[i] = below - before;
        before = below;
    }
}

void rap_top_sample_page (rap_top_sample_t *self, const char *page)
{
    double findings = read_sum (page, "rapporteur_sink_findings_total{");
    double free_bytes = read_value (page, "rapporteur_disk_free_bytes", -1);
    if (findings >= 0)
        self->counts.findings = findings;
    if (free_bytes >= 0 && (self->disk_free < 0 || free_bytes < self->disk_free))
        self->disk_free = free_bytes;
    read_buckets (&self->counts.store, page, "rapporteur_sink_commit_seconds");
}

//  --- between two -------------------------------------------------------------------

static double rate (double then, double now, double seconds)
{
    return then < 0 || now < then ? -1 : (now - then) / seconds;
}

rap_top_rates_t rap_top_rates (const rap_top_counts_t *then, const rap_top_counts_t *now)
{
    rap_top_rates_t rates = {-1, -1, -1, -1, -1};
    if (!then || then->epoch != now->epoch || now->at_ms <= then->at_ms)
        return rates;
    double seconds = (double)(now->at_ms - then->at_ms) / 1000;
    rates.taken = rate (then->taken, now->taken, seconds);
    rates.bytes = rate (then->taken_bytes, now->taken_bytes, seconds);
    rates.settled = rate (then->settled, now->settled, seconds);
    rates.chunks = rate (then->receipted, now->receipted, seconds);
    rates.findings = rate (then->findings, now->findings, seconds);
    return rates;
}

double rap_top_percentile (const rap_top_histogram_t *then, const rap_top_histogram_t *now, double q)
{
    double counts[RAP_BUCKETS_MAX + 1], total = 0, below = 0;
    if (now->le[0] <= 0)
        return -1;
    for (int i = 0; i <= RAP_BUCKETS_MAX; i++) {
        counts[i] = now->counts[i] - (then ? then->counts[i] : 0);
        if (counts[i] < 0) //  it began anew
            counts[i] = now->counts[i];
        total += counts[i];
    }
    if (total <= 0)
        return -1;
    for (int i = 0; i < RAP_BUCKETS_MAX; i++) {
        double from = i ? now->le[i - 1] : 0;
        if (counts[i] > 0 && below + counts[i] >= q * total)
            return from + (now->le[i] - from) * (q * total - below) / counts[i];
        below += counts[i];
    }
    return INFINITY;
}

void rap_top_history_add (rap_top_history_t *self, const rap_top_counts_t *counts)
{
    const rap_top_counts_t *last = self->count ? &self->at[self->count - 1] : NULL;
    if (last && last->epoch != counts->epoch)
        self->count = 0;
    //  One in between is replaced, so that the oldest stay a minute back however often we ask.
    else if (self->count > 1 && counts->at_ms - self->at[self->count - 2].at_ms < SPACING_MS)
        self->count--;
    while (self->count > 1 && (self->count == RAP_TOP_HISTORY || counts->at_ms - self->at[1].at_ms >= MINUTE_MS)) {
        memmove (self->at, self->at + 1, (self->count - 1) * sizeof *self->at);
        self->count--;
    }
    self->at[self->count++] = *counts;
}

const rap_top_counts_t *rap_top_history_before (const rap_top_history_t *self, int64_t ago_ms)
{
    if (self->count < 2)
        return NULL;
    int64_t now_ms = self->at[self->count - 1].at_ms;
    for (uint32_t i = self->count - 1; i > 0; i--)
        if (now_ms - self->at[i - 1].at_ms >= ago_ms)
            return &self->at[i - 1];
    return &self->at[0];
}

//  --- orders ------------------------------------------------------------------------

const char *rap_top_order_name (rap_top_order_t order)
{
    static const char *const names[RAP_TOP_ORDERS] = {"rate", "name", "longest held", "least heard"};
    return names[order];
}

static int by_name (const void *a, const void *b)
{
    const rap_top_worker_t *left = a, *right = b;
    return strcmp (left->id, right->id);
}

static int by_rate (const void *a, const void *b)
{
    const rap_top_worker_t *left = a, *right = b;
    return left->rate != right->rate ? (left->rate < right->rate ? 1 : -1) : by_name (a, b);
}

static int by_held (const void *a, const void *b)
{
    const rap_top_worker_t *left = a, *right = b;
    return left->held_ms != right->held_ms ? (left->held_ms < right->held_ms ? 1 : -1) : by_name (a, b);
}

static int by_heard (const void *a, const void *b)
{
    const rap_top_worker_t *left = a, *right = b;
    return left->heard_ms != right->heard_ms ? (left->heard_ms < right->heard_ms ? 1 : -1) : by_name (a, b);
}

void rap_top_sort (rap_top_sample_t *self, rap_top_order_t order)
{
    static int (*const orders[RAP_TOP_ORDERS]) (const void *, const void *) = {by_rate, by_name, by_held, by_heard};
    if (self->workers_count)
        qsort (self->workers, self->workers_count, sizeof *self->workers, orders[order]);
}
