//  bench_reading: how fast documents are read into chunks, on one core.
//
//      bench_reading [--rounds N] FILE... | FOLDER...
//
//  Reads every file into memory first, then reads all of them N times (default 5)
//  and prints the best round: bytes, chunks, CPU seconds, MB/s.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents.h"
#include "read.h"

typedef struct {
    uint64_t bytes;
    uint64_t chunks;
    uint32_t refused;
    double seconds;
} round_t;

static round_t read_all (rap_reader_t *reader, const rap_text_t *texts, uint32_t count)
{
    round_t round = {.bytes = 0};
    rap_arena_t *arena = rap_arena_new ();
    double began = rap_cpu_seconds ();
    for (uint32_t i = 0; i < count; i++) {
        rap_reading_t reading = {.document = {.source = rap_text ("bench")}};
        rap_reason_t reason = {""};
        if (rap_read (reader, texts[i], arena, &reading, &reason) == RAP_OK) {
            round.bytes += texts[i].len;
            round.chunks += reading.document.chunks;
        } else {
            round.refused++;
        }
        rap_arena_reset (arena);
    }
    round.seconds = rap_cpu_seconds () - began;
    rap_arena_destroy (&arena);
    return round;
}

int main (int count, char **names)
{
    long rounds = 5;
    if (count > 2 && strcmp (names[1], "--rounds") == 0) {
        rounds = strtol (names[2], NULL, 10);
        count -= 2;
        names += 2;
    }
    if (count < 2 || rounds < 1) {
        fputs ("usage: bench_reading [--rounds N] FILE... | FOLDER...\n", stderr);
        return 2;
    }
    rap_reason_t reason = {""};
    rap_lexicon_t *lexicon = rap_lexicon_new (NULL, &reason);
    rap_reader_t *reader = lexicon ? rap_reader_new (lexicon, &reason) : NULL;
    if (!reader) {
        fprintf (stderr, "%s\n", reason.text);
        return 1;
    }
    rap_arena_t *kept = rap_arena_new ();
    rap_paths_t paths = rap_paths_new (count - 1, names + 1);
    rap_text_t *texts = rap_arena_alloc (kept, paths.count * sizeof *texts);
    for (uint32_t i = 0; i < paths.count; i++)
        texts[i] = rap_bytes_of (paths.paths[i], kept);
    round_t best = {.seconds = 0};
    for (long i = 0; i < rounds; i++) {
        round_t round = read_all (reader, texts, paths.count);
        if (i == 0 || round.seconds < best.seconds)
            best = round;
    }
    printf ("documents %u refused %u bytes %" PRIu64 " chunks %" PRIu64 " seconds %.4f MB/s %.1f\n", paths.count,
            best.refused, best.bytes, best.chunks, best.seconds, (double)best.bytes / 1e6 / best.seconds);
    rap_paths_destroy (&paths);
    rap_arena_destroy (&kept);
    rap_reader_destroy (&reader);
    rap_lexicon_destroy (&lexicon);
    return 0;
}
