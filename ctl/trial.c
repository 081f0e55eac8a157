//  trial: a forked child, a pipe for what it says, and its end.
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/message.h"

#include "extract.h"
#include "fault.h"
#include "oneshot.h"
#include "result.h"

//  Sanitizers reserve more address space than any bound.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BOUNDED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BOUNDED false
#endif
#endif
#ifndef BOUNDED
#define BOUNDED true
#endif

enum {
    EXIT_FAILED = 3,   //  of the child: it said why
    WALL_FACTOR = 10,  //  a child that burns no CPU may take so much longer
    MEMORY_MIB = 4096, //  address space of the child
    SAID_MAX = 4096,   //  bytes of what it says that are kept
};

struct rap_trial {
    rap_lexicon_t *lexicon;
    rap_extractors_t *extractors;
    rap_packer_t *packer;
};

rap_trial_t *rap_trial_new (const char *rules, rap_reason_t *reason)
{
    char cache[RAP_PATH_MAX];
    rap_trial_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->packer = rap_packer_new ();
    self->lexicon = rap_lexicon_new (rules, reason);
    if (self->lexicon)
        self->extractors = rap_extractors_new (self->lexicon, rap_oneshot_cache (cache, sizeof cache), reason);
    if (!self->extractors)
        rap_trial_destroy (&self);
    return self;
}

void rap_trial_destroy (rap_trial_t **self_p)
{
    rap_trial_t *self = *self_p;
    if (!self)
        return;
    rap_extractors_destroy (&self->extractors);
    rap_lexicon_destroy (&self->lexicon);
    rap_packer_destroy (&self->packer);
    free (self);
    *self_p = NULL;
}

const char *rap_trial_pipeline (const rap_trial_t *self)
{
    return rap_lexicon_pipeline (self->lexicon);
}

//  --- the child -----------------------------------------------------------------------
typedef struct {
    rap_trial_t *trial;
    const rap_document_t *document;
    rap_reason_t *reason;
} working_t;

//  As a worker does it, up to the message to the sink.
static rap_status_t work (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    working_t *working = self;
    rap_findings_t findings;
    rap_arena_t *arena = rap_arena_new ();
    rap_result_builder_t *builder = rap_result_builder_new ();
    rap_result_t head = {.protocol = RAP_PROTOCOL_MAX};
    rap_fault_chunk (chunk->text);
    rap_status_t status =
        rap_extractors_run (working->trial->extractors, working->document, chunk, arena, &findings, working->reason);
    rap_result_begin (builder, &head);
    if (status == RAP_OK)
        status = rap_result_add (builder, encoded, findings.at, findings.count, 0, working->reason);
    return status;
}

static void bound_child (int64_t limit_s)
{
    struct itimerval cpu = {.it_value = {.tv_sec = limit_s}};
    struct rlimit none = {0, 0}, memory = {(rlim_t)MEMORY_MIB << 20, (rlim_t)MEMORY_MIB << 20};
    sigset_t all;
    sigfillset (&all);
    sigprocmask (SIG_UNBLOCK, &all, NULL);
    signal (SIGPROF, SIG_DFL);
    setrlimit (RLIMIT_CORE, &none);
    if (BOUNDED)
        setrlimit (RLIMIT_AS, &memory);
    setitimer (ITIMER_PROF, &cpu, NULL);
}

static _Noreturn void be_child (rap_trial_t *self, const rap_document_t *document, rap_text_t encoded, int said,
                                int64_t limit_s)
{
    rap_reason_t reason = {""};
    working_t working = {.trial = self, .document = document, .reason = &reason};
    dup2 (said, STDERR_FILENO);
    bound_child (limit_s);
    rap_status_t status = rap_read_chunks (encoded, rap_arena_new (), work, &working, &reason);
    if (status != RAP_OK && write (STDERR_FILENO, reason.text, strlen (reason.text)) >= 0)
        _exit (EXIT_FAILED);
    _exit (status == RAP_OK ? 0 : EXIT_FAILED);
}

//  --- the parent -----------------------------------------------------------------------
//  What the child says until it ends; false if it took too long.
static bool listen_to (int from, char *said, int64_t wait_ms)
{
    int64_t end_ms = rap_clock_ms () + wait_ms, left_ms;
    size_t len = 0;
    char more[512];
    said[0] = 0;
    while ((left_ms = end_ms - rap_clock_ms ()) > 0) {
        struct pollfd ready = {.fd = from, .events = POLLIN};
        int count = poll (&ready, 1, (int)(left_ms < 60000 ? left_ms : 60000));
        if (count == 0 || (count < 0 && errno == EINTR))
            continue;
        ssize_t got = read (from, more, sizeof more);
        if (got <= 0)
            return true;
        size_t kept = len + (size_t)got < SAID_MAX ? (size_t)got : SAID_MAX - 1 - len;
        memcpy (said + len, more, kept);
        len += kept;
        said[len] = 0;
    }
    return false;
}

//  The first line, without the name of the program before an assertion.
static void keep_line (const char *said, char *line)
{
    size_t len = strcspn (said, "\n");
    snprintf (line, RAP_REASON_MAX, "%.*s", (int)(len < RAP_REASON_MAX ? len : RAP_REASON_MAX - 1), said);
}

static void judge (int status, bool in_time, const char *said, rap_trial_outcome_t *outcome)
{
    *outcome = (rap_trial_outcome_t){.kind = RAP_TRIAL_FINE};
    keep_line (said, outcome->cause);
    if (!in_time || (WIFSIGNALED (status) && WTERMSIG (status) == SIGPROF))
        outcome->kind = RAP_TRIAL_HUNG;
    else if (WIFSIGNALED (status)) {
        outcome->kind = RAP_TRIAL_DIED;
        outcome->signal = WTERMSIG (status);
    } else if (WEXITSTATUS (status) == EXIT_FAILED)
        outcome->kind = RAP_TRIAL_FAILED;
    else if (WEXITSTATUS (status) != 0) {
        outcome->kind = RAP_TRIAL_DIED;
        outcome->code = WEXITSTATUS (status);
    }
    if (outcome->kind == RAP_TRIAL_FINE || outcome->kind == RAP_TRIAL_HUNG)
        outcome->cause[0] = 0;
}

rap_status_t rap_trial_run (rap_trial_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                            int64_t limit_s, rap_trial_outcome_t *outcome, rap_reason_t *reason)
{
    int ends[2], status = 0;
    char said[SAID_MAX];
    rap_packer_reset (self->packer);
    rap_pack_array (self->packer, 1);
    rap_pack_chunk (self->packer, chunk);
    fflush (NULL); //  else the child's copy of what is buffered could come out twice
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return rap_fail (reason, "no pipe: %s", strerror (errno));
    pid_t child = fork ();
    if (child == 0) {
        close (ends[0]);
        be_child (self, document, rap_packed (self->packer), ends[1], limit_s);
    }
    close (ends[1]);
    if (child < 0) {
        close (ends[0]);
        return rap_fail (reason, "no process: %s", strerror (errno));
    }
    bool in_time = listen_to (ends[0], said, limit_s * 1000 * WALL_FACTOR);
    close (ends[0]);
    if (!in_time)
        kill (child, SIGKILL);
    while (waitpid (child, &status, 0) < 0 && errno == EINTR)
        continue;
    judge (status, in_time, said, outcome);
    return RAP_OK;
}

//  --- telling -----------------------------------------------------------------------
//  Digits tell where and how much, not what.
static bool same_words (const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    while (*a && *b) {
        a += strspn (a, digits);
        b += strspn (b, digits);
        if (*a != *b)
            return false;
        if (*a) {
            a++;
            b++;
        }
    }
    return *a == *b;
}

bool rap_trial_same (const rap_trial_outcome_t *a, const rap_trial_outcome_t *b)
{
    if (a->kind != b->kind || a->signal != b->signal || a->code != b->code)
        return false;
    //  What a failure or an assertion says is what it is; other deaths say nothing or other things each time.
    bool told = a->kind == RAP_TRIAL_FAILED || a->signal == SIGABRT;
    return !told || same_words (a->cause, b->cause);
}

const char *rap_trial_word (rap_trial_kind_t kind)
{
    static const char *const words[] = {"fine", "failed", "died", "hung"};
    return words[kind];
}

void rap_trial_tell (const rap_trial_outcome_t *outcome, rap_reason_t *to)
{
    switch (outcome->kind) {
    case RAP_TRIAL_FINE:
        rap_reason_set (to, "is processed without a fault");
        break;
    case RAP_TRIAL_FAILED:
        rap_reason_set (to, "fails: %s", outcome->cause);
        break;
    case RAP_TRIAL_HUNG:
        rap_reason_set (to, "hangs");
        break;
    case RAP_TRIAL_DIED:
        if (outcome->signal)
            rap_reason_set (to, "dies of signal %d (%s)%s%s", outcome->signal, strsignal (outcome->signal),
                            outcome->cause[0] ? ": " : "", outcome->cause);
        else
            rap_reason_set (to, "ends with status %d%s%s", outcome->code, outcome->cause[0] ? ": " : "",
                            outcome->cause);
        break;
    }
}
