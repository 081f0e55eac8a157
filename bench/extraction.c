//  extraction: what each extractor costs, over the documents given, with nothing
//  else in the way. Medians of several rounds; all of it together as CPU time.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/options.h"

#include "documents.h"
#include "extract.h"

enum { ROUNDS_MAX = 1000, STEPS_MAX = 32 };

typedef struct {
    rap_reading_t *readings;
    uint32_t count;
    uint64_t chunks;
    uint64_t text_bytes;
    uint64_t findings[RAP_FINDING_COUNT]; //  of one round
} load_t;

static void *must (void *made, const char *what, const rap_reason_t *reason)
{
    if (!made) {
        fprintf (stderr, "extraction: %s: %s\n", what, reason->text);
        exit (1);
    }
    return made;
}

static load_t read_all (const rap_lexicon_t *lexicon, const rap_paths_t *paths, rap_arena_t *arena)
{
    rap_reason_t reason = {""};
    rap_reader_t *reader = must (rap_reader_new (lexicon, &reason), "reader", &reason);
    load_t load = {.readings = rap_arena_alloc (arena, (paths->count + 1) * sizeof (rap_reading_t))};
    for (uint32_t i = 0; i < paths->count; i++) {
        rap_reading_t *reading = &load.readings[load.count];
        rap_text_t bytes = rap_bytes_of (paths->paths[i], arena);
        if (rap_document_take (reader, lexicon, paths->paths[i], bytes, i + 1, 0, arena, reading) != RAP_OK)
            continue;
        load.count++;
        load.chunks += reading->document.chunks;
        for (uint32_t j = 0; j < reading->document.chunks; j++)
            load.text_bytes += reading->chunks[j].text.len;
    }
    rap_reader_destroy (&reader);
    return load;
}

static void extract_all (load_t *load, rap_extractors_t *extractors, rap_arena_t *arena)
{
    for (uint32_t kind = 0; kind < RAP_FINDING_COUNT; kind++)
        load->findings[kind] = 0;
    for (uint32_t i = 0; i < load->count; i++) {
        const rap_reading_t *reading = &load->readings[i];
        for (uint32_t j = 0; j < reading->document.chunks; j++) {
            rap_findings_t findings;
            rap_reason_t reason = {""};
            rap_arena_reset (arena);
            if (rap_extractors_run (extractors, &reading->document, &reading->chunks[j], arena, &findings, &reason)
                != RAP_OK)
                fprintf (stderr, "%.*s: %s\n", (int)reading->document.source.len, reading->document.source.at,
                         reason.text);
            for (uint32_t k = 0; k < findings.count; k++)
                load->findings[findings.at[k].kind]++;
        }
    }
}

static int compare_times (const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static uint64_t median (uint64_t *times, uint32_t count)
{
    qsort (times, count, sizeof *times, compare_times);
    return times[count / 2];
}

static void print_row (const char *name, uint64_t ns, const load_t *load)
{
    double chunks = (double)(load->chunks ? load->chunks : 1);
    printf ("%-14s %10.2f %10.1f\n", name, (double)ns / 1e3 / chunks,
            ns ? (double)load->text_bytes / 1e6 / ((double)ns / 1e9) : 0.0);
}

static void measure (load_t *load, rap_extractors_t *extractors, uint32_t rounds)
{
    static uint64_t times[STEPS_MAX + 1][ROUNDS_MAX];
    uint32_t steps = rap_extractors_steps ();
    rap_arena_t *arena = rap_arena_new ();
    extract_all (load, extractors, arena); //  caches and pages warm
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t spent[STEPS_MAX] = {0};
        rap_extractors_measure (extractors, spent);
        extract_all (load, extractors, arena);
        for (uint32_t step = 0; step < steps; step++)
            times[step][round] = spent[step];
        rap_extractors_measure (extractors, NULL);
        double began = rap_cpu_seconds ();
        extract_all (load, extractors, arena);
        times[STEPS_MAX][round] = (uint64_t)((rap_cpu_seconds () - began) * 1e9);
    }
    printf ("%-14s %10s %10s\n", "step", "us/chunk", "MB/s");
    for (uint32_t step = 0; step < steps; step++)
        print_row (rap_extractors_step_name (step), median (times[step], rounds), load);
    print_row ("all", median (times[STEPS_MAX], rounds), load);
    rap_arena_destroy (&arena);
}

int main (int argc, char **argv)
{
    const char *rules = NULL;
    int64_t rounds = 5;
    int operands = 0;
    rap_option_t options[] = {{.name = "rules", .into = &rules, .value = "DIR", .help = "folder of the rules"},
                              {.name = "rounds",
                               .kind = RAP_OPTION_NUMBER,
                               .into = &rounds,
                               .value = "N",
                               .help = "rounds to take the median of (5)",
                               .min = 1,
                               .max = ROUNDS_MAX},
                              {.name = NULL}};
    rap_usage_t usage = {.program = "extraction",
                         .summary = "microseconds a chunk and megabytes a second of each extractor",
                         .operands = "PATH...",
                         .options = options};
    int status = rap_options_read (&usage, argc, argv, &operands);
    if (status >= 0)
        return status;
    if (operands == 0)
        return rap_options_wrong (&usage, "no PATH is given");
    rap_log_init ("extraction");
    rap_reason_t reason = {""};
    rap_lexicon_t *lexicon = must (rap_lexicon_new (rules, &reason), "rules", &reason);
    int64_t began = rap_clock_us ();
    rap_extractors_t *extractors = must (rap_extractors_new (lexicon, NULL, &reason), "extractors", &reason);
    double compile_s = (double)(rap_clock_us () - began) / 1e6;
    rap_paths_t paths = rap_paths_new (operands, argv + 1);
    rap_arena_t *arena = rap_arena_new ();
    load_t load = read_all (lexicon, &paths, arena);
    printf ("documents %u  chunks %" PRIu64 "  text MB %.2f  compiled in %.2f s\n", load.count, load.chunks,
            (double)load.text_bytes / 1e6, compile_s);
    measure (&load, extractors, (uint32_t)rounds);
    for (uint32_t kind = 0; kind < RAP_FINDING_COUNT; kind++)
        printf ("%s %" PRIu64 "%s", rap_finding_schemas[kind].name, load.findings[kind],
                kind + 1 < RAP_FINDING_COUNT ? "  " : "\n");
    rap_arena_destroy (&arena);
    rap_paths_destroy (&paths);
    rap_extractors_destroy (&extractors);
    rap_lexicon_destroy (&lexicon);
    return 0;
}
