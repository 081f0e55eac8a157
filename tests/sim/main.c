/*  sim: runs the pipeline under faults, from seeds.
 *
 *      sim --from 1 --count 200        each seed in a process of its own; status 1 if any fails
 *      sim --first                     ends with the first that fails
 *      sim --seed 17 --trace           one, told message by message
 *      sim --seed 17 --twice           one, twice: they must be the same
 *
 *  A run: some documents are handed in while things break; then nothing breaks any
 *  more, and all must end, stored or in quarantine, within SETTLE.            */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../ingest/loop.h"
#include "../../sink/loop.h"
#include "child.h"

#define SETTLE (120 * SECOND)
#define AFTER (3 * SECOND) //  for what is late

enum { QUEUE_NARROW = 2, QUEUE_WIDE = 1000 };

void sim_seed (uint64_t seed);

//  What a run tells its parent.
typedef struct {
    bool passed;
    uint64_t hash;
    uint64_t sent;
    uint32_t faults, crashes, chunks, quarantined, innocent, most_sent, documents;
    int64_t settled_us; //  after the faults
    char failure[512];
} outcome_t;

//  --- processes ---------------------------------------------------------------

static int run_ingest (process_t *process)
{
    (void)process;
    char journal[128];
    snprintf (journal, sizeof journal, "%s/journal.db", sim.folder);
    rap_ingest_options_t options = {.journal = journal,
                                    .work = "work",
                                    .submit = "submit",
                                    .receipts = "receipts",
                                    .give_up_s = 60,
                                    .common = RAP_DAEMON_DEFAULTS};
    return rap_ingest_run (&options, -1);
}

static int run_sink (process_t *process)
{
    (void)process;
    char store[128];
    snprintf (store, sizeof store, "%s/store.db", sim.folder);
    rap_sink_options_t options = {
        .db = store, .results = "results", .receipts = "receipts", .give_up_s = 60, .common = RAP_DAEMON_DEFAULTS};
    return rap_sink_run (&options);
}

static int run_worker (process_t *process)
{
    rap_child_options_t options = {
        .work = "work", .results = "results", .id = process->name, .pipeline = "simulated", .parent = getppid ()};
    return rap_child_run (&options, NULL);
}

static void add_process (int index, const char *name, int (*main) (process_t *self), int64_t down_us)
{
    process_t *process = &sim.processes[index];
    snprintf (process->name, sizeof process->name, "%s", name);
    process->index = index;
    process->main = main;
    process->down_us = down_us;
    process->crash_in = -1;
}

//  --- faults ------------------------------------------------------------------

typedef enum { CRASH_AT_STEP, CRASH_NOW, PAUSE, TERM, CUT, WEATHER, RESET, DISK, WALL, DRAG, LOSE, FAULTS } fault_t;

static int any_process (bool submitter)
{
    int index = (int)sim_between (0, (int)sim.workers + 1 + submitter);
    if (submitter)
        return index;
    return index < SUBMITTER ? index : index + 1;
}

static void cut_some (void)
{
    int a = any_process (true), b = any_process (true), ways = (int)sim_between (1, 3);
    bool drop = sim_chance (0.5);
    int64_t until_us = sim.now_us + sim_between (200 * MS, 12 * SECOND);
    if (ways & 1)
        sim_network_cut (a, b, drop, until_us);
    if (ways & 2)
        sim_network_cut (b, a, drop, until_us);
}

static void fair_weather (void *self, uint64_t number)
{
    (void)self;
    (void)number;
    sim_network_weather ((weather_t){.loss = 0});
}

static void foul_weather (void)
{
    weather_t weather = {.loss = sim_chance (0.6) ? 0.01 * (double)sim_between (1, 25) : 0,
                         .twice = sim_chance (0.5) ? 0.01 * (double)sim_between (1, 30) : 0,
                         .overtake = sim_chance (0.5) ? 0.01 * (double)sim_between (1, 40) : 0,
                         .delay_us = sim_chance (0.6) ? sim_between (1 * MS, 800 * MS) : 0};
    sim_network_weather (weather);
    sim_after (sim_between (1 * SECOND, 12 * SECOND), fair_weather, NULL, 0);
}

static void end_drag (void *process, uint64_t number)
{
    (void)number;
    ((process_t *)process)->drag_us = 0;
}

//  A worker goes and does not come again; one stays.
static void lose_worker (void)
{
    process_t *process = &sim.processes[WORKER + sim_between (0, (int)sim.workers - 1)];
    uint32_t others = 0;
    for (uint32_t i = 0; i < sim.workers; i++)
        others += &sim.processes[WORKER + i] != process && !sim.processes[WORKER + i].lost;
    process->lost = process->lost || others > 0;
    if (process->lost)
        sim_crash (process, "for good");
}

static void fault_event (void *self, uint64_t kind)
{
    (void)self;
    if (sim.calm)
        return;
    process_t *process = &sim.processes[any_process (false)];
    sim_mix (&kind, sizeof kind);
    switch ((fault_t)kind) {
    case CRASH_AT_STEP:
        process->crash_in = sim_between (0, 80);
        break;
    case CRASH_NOW:
        sim_crash (process, "killed");
        break;
    case PAUSE:
        process->paused_us = sim.now_us + sim_between (100 * MS, 8 * SECOND);
        sim_tell ("%s stands still until %.3f", process->name, (double)process->paused_us / 1e6);
        break;
    case TERM:
        sim_term (process);
        break;
    case CUT:
        cut_some ();
        break;
    case WEATHER:
        foul_weather ();
        break;
    case RESET:
        sim_network_reset (process->index);
        break;
    case DISK:
        sim_disk_fail (sim_chance (0.5) ? INGEST : SINK, sim.now_us + sim_between (50 * MS, 6 * SECOND));
        break;
    case WALL:
        sim.wall_us += sim_between (-7200, 7200) * SECOND;
        break;
    case DRAG:
        process->drag_us = sim_between (1 * MS, 300 * MS);
        sim_after (sim_between (1 * SECOND, 8 * SECOND), end_drag, process, 0);
        break;
    case LOSE:
        lose_worker ();
        break;
    case FAULTS:
        break;
    }
}

static void calm_event (void *self, uint64_t number)
{
    (void)self;
    (void)number;
    sim_tell ("from now on nothing breaks");
    sim.calm = true;
    sim_network_calm ();
    for (int i = 0; i < PROCESSES_MAX; i++) {
        sim.processes[i].crash_in = -1;
        sim.processes[i].drag_us = 0;
    }
}

//  Each seed has some kinds of fault, and few or many of them.
static uint32_t plan_faults (void)
{
    uint32_t kinds = 0, count = (uint32_t)(sim_chance (0.2) ? sim_between (30, 120) : sim_between (0, 30));
    for (int i = 0; i < FAULTS; i++)
        kinds |= (uint32_t)sim_chance (0.5) << i;
    sim.faults_end_us = sim_between (5, 30) * SECOND;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t kind = (uint64_t)sim_between (0, FAULTS - 1);
        if (kinds >> kind & 1)
            sim_after (sim_between (0, sim.faults_end_us), fault_event, NULL, kind);
    }
    if (sim_chance (0.2)) //  all the time
        sim_network_weather ((weather_t){.twice = 0.3, .overtake = 0.1, .delay_us = 20 * MS});
    sim_after (sim.faults_end_us, calm_event, NULL, 0);
    return count;
}

//  --- a run -------------------------------------------------------------------

static void start_event (void *process, uint64_t number)
{
    (void)number;
    sim_start (process);
}

static void begin (void)
{
    add_process (INGEST, "ingest", run_ingest, 2500 * MS);
    add_process (SINK, "sink", run_sink, 2500 * MS);
    add_process (SUBMITTER, "submitter", world_submit, 1000 * MS);
    sim.workers = (uint32_t)sim_between (1, WORKERS_MAX);
    static const char *const names[WORKERS_MAX] = {"worker-1", "worker-2", "worker-3", "worker-4"};
    for (uint32_t i = 0; i < sim.workers; i++)
        add_process (WORKER + (int)i, names[i], run_worker, 1500 * MS);
    sim_network_begin (sim_chance (0.2) ? QUEUE_NARROW : QUEUE_WIDE);
    for (uint32_t i = 0; i < WORKER + sim.workers; i++)
        sim_after (sim_between (0, 500 * MS), start_event, &sim.processes[i], 0);
}

static bool never (void)
{
    return false;
}

static void clean_up (void)
{
    static const char *const files[] = {"journal.db",      "journal.db.lock", "journal.db-wal", "journal.db-shm",
                                        "journal.db-sums", "store.db",        "store.db-lock",  "store.db-wal",
                                        "store.db-shm",    "store.db-sums"};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf (path, sizeof path, "%s/%s", sim.folder, files[i]);
        unlink (path);
    }
    if (rmdir (sim.folder) != 0)
        printf ("%s is left behind\n", sim.folder);
}

static void count_outcome (outcome_t *outcome)
{
    outcome->passed = !sim.failure[0];
    outcome->hash = sim.hash;
    outcome->sent = sim_network_sent ();
    outcome->most_sent = oracle_most_sent ();
    outcome->documents = world.count;
    for (int i = 0; i < PROCESSES_MAX; i++)
        outcome->crashes += sim.processes[i].crashes;
    for (uint32_t i = 0; i < world.count; i++)
        for (uint32_t j = 0; j < world.documents[i].count; j++) {
            const sim_chunk_t *chunk = &world.documents[i].chunks[j];
            outcome->chunks++;
            outcome->quarantined += chunk->quarantined;
            outcome->innocent += chunk->quarantined && (chunk->behaviour == WELL || chunk->behaviour == SLOW);
        }
    snprintf (outcome->failure, sizeof outcome->failure, "%s", sim.failure);
}

static outcome_t run_seed (uint64_t seed)
{
    outcome_t outcome = {.passed = false};
    sim_seed (seed);
    snprintf (sim.folder, sizeof sim.folder, "%s/rapporteur-sim-XXXXXX",
              access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp (sim.folder))
        abort ();
    world_begin ();
    begin ();
    outcome.faults = plan_faults ();
    sim_run (sim.faults_end_us + SETTLE, world_settled);
    outcome.settled_us = sim.now_us - sim.faults_end_us;
    if (!sim.failure[0] && !world_settled ())
        sim_fail ("%.0f s after the last fault not all is stored or in quarantine", (double)SETTLE / 1e6);
    sim_run (sim.now_us + AFTER, never);
    for (int i = 0; i < PROCESSES_MAX; i++) { //  so that the files can be read
        sim.me = NULL;
        sim.processes[i].alive = false;
        sim_disk_gone (&sim.processes[i]);
    }
    oracle_tell_open ();
    if (!sim.failure[0])
        oracle_at_end ();
    count_outcome (&outcome);
    clean_up ();
    return outcome;
}

//  In a process of its own, so that nothing is left of it, and an assertion is an outcome, too.
static outcome_t run_apart (uint64_t seed)
{
    int ends[2], status;
    outcome_t outcome = {.passed = false};
    if (pipe (ends) != 0)
        abort ();
    fflush (stdout);
    pid_t child = fork ();
    if (child == 0) {
        outcome = run_seed (seed);
        ssize_t written = write (ends[1], &outcome, sizeof outcome);
        fflush (stdout);
        _exit (written == sizeof outcome ? 0 : 1);
    }
    close (ends[1]);
    ssize_t got = read (ends[0], &outcome, sizeof outcome);
    close (ends[0]);
    waitpid (child, &status, 0);
    if (got != sizeof outcome || status != 0) {
        outcome.passed = false;
        snprintf (outcome.failure, sizeof outcome.failure, "its process ended with status %d", status);
    }
    return outcome;
}

//  --- the program -------------------------------------------------------------

typedef struct {
    uint64_t runs, failed, documents, chunks, quarantined, innocent, faults, crashes, sent;
    uint32_t most_sent;
    int64_t slowest_us;
    uint64_t slowest;
} sums_t;

static void add (sums_t *sums, uint64_t seed, const outcome_t *outcome)
{
    sums->runs++;
    sums->failed += !outcome->passed;
    sums->documents += outcome->documents;
    sums->chunks += outcome->chunks;
    sums->quarantined += outcome->quarantined;
    sums->innocent += outcome->innocent;
    sums->faults += outcome->faults;
    sums->crashes += outcome->crashes;
    sums->sent += outcome->sent;
    if (outcome->most_sent > sums->most_sent)
        sums->most_sent = outcome->most_sent;
    if (outcome->settled_us > sums->slowest_us) {
        sums->slowest_us = outcome->settled_us;
        sums->slowest = seed;
    }
    if (!outcome->passed)
        printf ("seed %" PRIu64 " failed: %s\n  again: sim --seed %" PRIu64 " --trace\n", seed, outcome->failure,
                seed);
}

static int run_many (uint64_t from, uint64_t count, bool first)
{
    sums_t sums = {.runs = 0};
    for (uint64_t seed = from; seed < from + count && !(first && sums.failed); seed++) {
        outcome_t outcome = run_apart (seed);
        add (&sums, seed, &outcome);
    }
    struct rusage used;
    getrusage (RUSAGE_CHILDREN, &used);
    printf ("%" PRIu64 " seeds, %" PRIu64 " failed: %" PRIu64 " documents, %" PRIu64 " chunks (%" PRIu64
            " in quarantine, %" PRIu64 " of them could be processed), %" PRIu64 " faults planned, %" PRIu64
            " processes died, %" PRIu64
            " messages; a chunk was sent at most %u times; all settled at most %.1f s after"
            " the last fault (seed %" PRIu64 "); %.1f s of CPU\n",
            sums.runs, sums.failed, sums.documents, sums.chunks, sums.quarantined, sums.innocent, sums.faults,
            sums.crashes, sums.sent, sums.most_sent, (double)sums.slowest_us / 1e6, sums.slowest,
            (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec
                + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    return sums.failed ? 1 : 0;
}

static int run_one (uint64_t seed, bool twice)
{
    outcome_t first = run_apart (seed);
    printf ("seed %" PRIu64 ": %s; settled %.1f s after the last fault; %016" PRIx64 "\n", seed,
            first.passed ? "passed" : first.failure, (double)first.settled_us / 1e6, first.hash);
    if (twice) {
        outcome_t second = run_apart (seed);
        if (memcmp (&first, &second, sizeof first) != 0) {
            printf ("and another time otherwise: %016" PRIx64 " %s\n", second.hash, second.failure);
            return 1;
        }
    }
    return first.passed ? 0 : 1;
}

int main (int argc, char **argv)
{
    uint64_t seed = 0, from = 1, count = 200;
    bool twice = false, first = false;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp (argv[i], "--trace") == 0)
            sim.trace = true;
        else if (strcmp (argv[i], "--twice") == 0)
            twice = true;
        else if (strcmp (argv[i], "--first") == 0)
            first = true;
        else if (strcmp (argv[i], "--seed") == 0 && more)
            seed = strtoull (argv[++i], NULL, 10);
        else if (strcmp (argv[i], "--from") == 0 && more)
            from = strtoull (argv[++i], NULL, 10);
        else if (strcmp (argv[i], "--count") == 0 && more)
            count = strtoull (argv[++i], NULL, 10);
        else {
            fprintf (stderr, "usage: sim [--from N] [--count N] [--first] | --seed N [--trace] [--twice]\n");
            return 2;
        }
    }
    return seed ? run_one (seed, twice) : run_many (from, count, first);
}
