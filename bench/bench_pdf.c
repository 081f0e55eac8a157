//  bench_pdf: the reading of a PDF beside what pdftotext alone takes for it.
//
//      bench_pdf [--rounds N] FILE.pdf...
//
//  By turns, N times (default 20): `pdftotext FILE -`, its output thrown away, and the
//  whole reading into chunks. Prints for each file the least and the median of the CPU
//  time (user and system, children included) and of the time, and the sum of all.

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/clock.h"

#include "documents.h"

enum { ROUNDS_MAX = 1000, KINDS = 2 };

typedef struct {
    double cpu[KINDS][ROUNDS_MAX]; //  milliseconds; of pdftotext alone, of the reading
    double wall[KINDS][ROUNDS_MAX];
} times_t;

static double cpu_ms (void)
{
    double ms = 0;
    struct rusage used;
    for (int i = 0; i < 2; i++) {
        getrusage (i ? RUSAGE_CHILDREN : RUSAGE_SELF, &used);
        ms += (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3
              + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
    }
    return ms;
}

static void run_alone (const char *path)
{
    pid_t pid = fork ();
    if (pid == 0) {
        int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2 (null, 1);
        dup2 (null, 2);
        execlp ("pdftotext", "pdftotext", path, "-", (char *)NULL);
        _exit (127);
    }
    int status = 1;
    waitpid (pid, &status, 0);
    if (status != 0) {
        fprintf (stderr, "bench_pdf: pdftotext %s: status %d\n", path, status);
        exit (1);
    }
}

static void run_reading (rap_reader_t *reader, rap_text_t bytes, rap_arena_t *arena)
{
    rap_reading_t reading = {.document = {.source = rap_text ("bench")}};
    rap_reason_t reason = {""};
    if (rap_read (reader, bytes, arena, &reading, &reason) != RAP_OK) {
        fprintf (stderr, "bench_pdf: %s\n", reason.text);
        exit (1);
    }
    rap_arena_reset (arena);
}

static int by_size (const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

//  Sorts, and adds least and median to the sums.
static void add (double *times, long rounds, double sums[2])
{
    qsort (times, (size_t)rounds, sizeof *times, by_size);
    sums[0] += times[0];
    sums[1] += times[rounds / 2];
}

static void print (const char *name, double sums[2][KINDS][2])
{
    const char *slash = strrchr (name, '/');
    printf ("%-28s", slash ? slash + 1 : name);
    for (int what = 0; what < 2; what++)
        for (int kind = 0; kind < 2; kind++)
            printf ("  %8.1f %8.1f %6.2f", sums[what][0][kind], sums[what][1][kind],
                    sums[what][1][kind] / sums[what][0][kind]);
    putchar ('\n');
}

static void measure (rap_reader_t *reader, const char *path, long rounds, double sums[2][KINDS][2])
{
    static times_t times;
    rap_arena_t *kept = rap_arena_new (), *arena = rap_arena_new ();
    rap_text_t bytes = rap_bytes_of (path, kept);
    for (long i = 0; i < rounds; i++)
        for (int kind = 0; kind < KINDS; kind++) {
            double cpu = cpu_ms ();
            int64_t wall = rap_clock_us ();
            if (kind == 0)
                run_alone (path);
            else
                run_reading (reader, bytes, arena);
            times.cpu[kind][i] = cpu_ms () - cpu;
            times.wall[kind][i] = (double)(rap_clock_us () - wall) / 1e3;
        }
    double own[2][KINDS][2] = {{{0}}};
    for (int kind = 0; kind < KINDS; kind++) {
        add (times.cpu[kind], rounds, own[0][kind]);
        add (times.wall[kind], rounds, own[1][kind]);
    }
    print (path, own);
    for (int i = 0; i < 2 * KINDS * 2; i++)
        (&sums[0][0][0])[i] += (&own[0][0][0])[i];
    rap_arena_destroy (&arena);
    rap_arena_destroy (&kept);
}

int main (int count, char **names)
{
    long rounds = 20;
    if (count > 2 && strcmp (names[1], "--rounds") == 0) {
        rounds = strtol (names[2], NULL, 10);
        count -= 2;
        names += 2;
    }
    if (count < 2 || rounds < 1 || rounds > ROUNDS_MAX) {
        fputs ("usage: bench_pdf [--rounds N] FILE.pdf...\n", stderr);
        return 2;
    }
    rap_reason_t reason = {""};
    rap_lexicon_t *lexicon = rap_lexicon_new (NULL, &reason);
    rap_reader_t *reader = lexicon ? rap_reader_new (lexicon, &reason) : NULL;
    if (!reader) {
        fprintf (stderr, "%s\n", reason.text);
        return 1;
    }
    printf ("%-28s  %s\n%-28s", "",
            "CPU ms: least, median of pdftotext, reading, and their ratio; then the time likewise", "");
    for (int i = 0; i < 4; i++)
        printf ("  %8s %8s %6s", "alone", "reading", "ratio");
    putchar ('\n');
    double sums[2][KINDS][2] = {{{0}}};
    for (int i = 1; i < count; i++)
        measure (reader, names[i], rounds, sums);
    print ("all", sums);
    rap_reader_destroy (&reader);
    rap_lexicon_destroy (&lexicon);
    return 0;
}
