//  bench_store: what storing costs, alone. Chunks are made of the paragraphs of the files given (turned a little each
//  time they are used again, so that no two are equal), each with findings of all kinds that point into it, and come
//  in batches of several documents in turn, as from several workers.
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/options.h"
#include "store.h"

enum { PARAGRAPH_MIN = 200, PARAGRAPHS_MAX = 100000, FINDINGS_MAX = 64, TEXT_MAX = 8192 };

static struct {
    const char *db;
    int64_t chunks, document, batch, findings, group, workers;
} options = {.chunks = 200000, .document = 160, .batch = 64, .findings = 10, .group = 16384, .workers = 2};

static rap_text_t paragraphs[PARAGRAPHS_MAX];
static size_t paragraphs_count;
static rap_reason_t reason;

static void must (rap_status_t status)
{
    if (status == RAP_OK || status == RAP_AGAIN)
        return;
    fprintf (stderr, "bench_store: %s\n", reason.text);
    exit (1);
}

//  Lines, or lines joined until a blank one, of some length.
static void read_paragraphs (const char *path)
{
    FILE *file = fopen (path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    if (!file) {
        perror (path);
        exit (1);
    }
    while ((len = getline (&line, &room, file)) > 0 && paragraphs_count < PARAGRAPHS_MAX)
        if (len >= PARAGRAPH_MIN && len < TEXT_MAX / 2)
            paragraphs[paragraphs_count++] = rap_text_of (strndup (line, (size_t)len - 1), (size_t)len - 1);
    free (line);
    fclose (file);
}

//  Paragraph `i`, begun at another word each time round.
static rap_text_t text_of (uint64_t i, char *room)
{
    rap_text_t source = paragraphs[i % paragraphs_count];
    size_t from = (size_t)(i / paragraphs_count * 37) % source.len;
    while (from < source.len && source.at[from] != ' ')
        from++;
    int len = snprintf (room, TEXT_MAX, "%.*s %.*s %" PRIu64, (int)(source.len - from), source.at + from, (int)from,
                        source.at, i);
    return rap_text_of (room, (size_t)len);
}

//  Findings of the kinds as they are mixed in real reports, roughly.
static void find (rap_text_t text, rap_finding_t *findings, uint32_t count)
{
    static const rap_finding_kind_t kinds[] = {
        RAP_FINDING_classification, RAP_FINDING_actor,         RAP_FINDING_citation, RAP_FINDING_classification,
        RAP_FINDING_place,          RAP_FINDING_quantity,      RAP_FINDING_actor,    RAP_FINDING_clause,
        RAP_FINDING_date_mention,   RAP_FINDING_classification};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = i * 17 % (uint32_t)(text.len - 40);
        rap_finding_t *finding = &findings[i];
        *finding = (rap_finding_t){.kind = kinds[i % 10], .start = start, .end = start + 20};
        const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
        for (uint32_t f = 0; f < schema->fields_count; f++)
            if (schema->fields[f].type == RAP_FIELD_TEXT)
                finding->values[f].text = rap_text_of (text.at + start, f % 4 == 3 ? 40 : 11);
            else if (schema->fields[f].type == RAP_FIELD_INTEGER)
                finding->values[f].integer = i;
            else
                finding->values[f].real = 0.5 + i;
    }
}

static double cpu_s (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void add_batch (rap_store_t *store, uint64_t number, uint32_t first)
{
    char id[33], symbol[32], room[TEXT_MAX];
    snprintf (id, sizeof id, "%016" PRIx64 "%016" PRIx64, number * UINT64_C (0x9e3779b97f4a7c15), number);
    snprintf (symbol, sizeof symbol, "A/RES/70/%" PRIu64, number);
    rap_document_t document = {.document_id = rap_text (id),
                               .number = number,
                               .source = RAP_TEXT ("bench"),
                               .symbol = rap_text (symbol),
                               .kind = RAP_TEXT ("report"),
                               .chunks = (uint32_t)options.document};
    rap_provenance_t provenance = {.pipeline = RAP_TEXT ("0.1.0+0123456789ab"),
                                   .worker = RAP_TEXT ("worker-1/2"),
                                   .attempt = 1,
                                   .dispatched_at = RAP_TEXT ("2026-03-01T10:11:12.123Z"),
                                   .processed_us = 20};
    rap_finding_t findings[FINDINGS_MAX];
    for (uint32_t i = first; i < first + options.batch && i < options.document; i++) {
        rap_text_t text = text_of (number * (uint64_t)options.document + i, room);
        find (text, findings, (uint32_t)options.findings);
        static const rap_text_t sections[] = {{"Technical assistance", 20}, {"Crime prevention", 16}};
        rap_chunk_t chunk = {.ordinal = i,
                             .kind = RAP_PARAGRAPH,
                             .label = RAP_TEXT ("12"),
                             .text = text,
                             .sections = sections,
                             .sections_count = 2,
                             .source_end = text.len};
        must (rap_store_add (store, &document, &chunk, findings, (uint32_t)options.findings, &provenance, &reason));
    }
}

//  What a run took, beyond what it stored.
typedef struct {
    int64_t stored;
    double took_s;
    double cpu_s;
    double link_cpu_s; //  of cpu_s
} cost_t;

//  Ends a group as the daemon does, links what it brought, and begins the next.
static void turn_group (rap_store_t *store, cost_t *cost)
{
    must (rap_store_commit (store, &reason));
    double before = cpu_s ();
    while (rap_store_link (store, NULL, NULL, &reason) == RAP_AGAIN) {
    }
    cost->link_cpu_s += cpu_s () - before;
    must (rap_store_begin (store, &reason));
}

//  Documents in turn, as many at a time as there are workers.
static cost_t store_all (rap_store_t *store)
{
    cost_t cost = {0};
    double cpu = cpu_s ();
    int64_t started = rap_clock_us (), grouped = 0;
    must (rap_store_begin (store, &reason));
    for (uint64_t number = 1; cost.stored < options.chunks; number += (uint64_t)options.workers)
        for (uint32_t first = 0; first < options.document; first += (uint32_t)options.batch)
            for (uint64_t worker = (uint64_t)options.workers; worker-- > 0;) {
                add_batch (store, number + worker, first);
                int64_t count = options.batch < options.document - first ? options.batch : options.document - first;
                grouped += count;
                cost.stored += count;
                if (grouped < options.group)
                    continue;
                grouped = 0;
                turn_group (store, &cost);
            }
    must (rap_store_commit (store, &reason));
    cost.took_s = (double)(rap_clock_us () - started) * 1e-6;
    cost.cpu_s = cpu_s () - cpu;
    return cost;
}

static void print (const cost_t *cost)
{
    struct stat file = {0};
    double stored = (double)cost->stored;
    if (stat (options.db, &file) != 0)
        perror (options.db);
    printf ("chunks %" PRId64 "  findings %" PRId64 "  seconds %.2f  chunks/s %.0f  rows/s %.0f  cpu_us/chunk %.2f"
            "  of it linking %.2f  bytes/chunk %.0f\n",
            cost->stored, cost->stored * options.findings, cost->took_s, stored / cost->took_s,
            stored * (double)(options.findings + 1) / cost->took_s, cost->cpu_s / stored * 1e6,
            cost->link_cpu_s / stored * 1e6, (double)file.st_size / stored);
}

//  A row of the options: how many of something.
#define NUMBER(option, unit, least, most)                                                                            \
    {                                                                                                                \
        .name = #option, .kind = RAP_OPTION_NUMBER, .into = &options.option, .value = "N", .help = (unit),           \
        .min = (least), .max = (most)                                                                                \
    }

int main (int argc, char **argv)
{
    const rap_option_t table[] = {
        {.name = "db", .into = &options.db, .value = "FILE", .help = "the database to make", .required = true},
        NUMBER (chunks, "in all", 1, 1000000000),
        NUMBER (document, "chunks each", 1, RAP_DOCUMENT_CHUNKS_MAX),
        NUMBER (batch, "chunks each", 1, RAP_DOCUMENT_CHUNKS_MAX),
        NUMBER (findings, "a chunk", 0, FINDINGS_MAX),
        NUMBER (group, "chunks a commit", 1, 1000000000),
        NUMBER (workers, "documents in turn", 1, 1000),
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "bench_store", .summary = "measure what storing costs", .operands = "FILE...", .options = table};
    int operands = 0, status = rap_options_read (&usage, argc, argv, &operands);
    if (status >= 0)
        return status;
    for (int i = 1; i <= operands; i++)
        read_paragraphs (argv[i]);
    if (!paragraphs_count)
        return rap_options_wrong (&usage, "no paragraph of %d bytes in the files", PARAGRAPH_MIN);
    assert (options.db); //  it is required
    rap_store_t *store = rap_store_open (options.db, &reason);
    must (store ? RAP_OK : RAP_FAILED);
    cost_t cost = store_all (store);
    rap_store_close (&store);
    print (&cost);
    return 0;
}
