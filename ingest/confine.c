//  confine: the bars, the child, and the watch over it.
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"

enum {
    PIPE_BYTES = 1024 * 1024, //  a large pipe: fewer changes between the two processes
    FILES_MAX = 32,           //  open at a time: its libraries are opened one by one
    CANNOT_START = 127,       //  exit status of a child that could not become the program
    CANNOT_CONFINE = 126,
};

//  --- what it may ask of the kernel ---------------------------------------------

//  To load itself, compute, read and write what is open, and end.
static const char *const calls[] = {
    "access",
    "arch_prctl",
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "dup",
    "dup2",
    "dup3",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "lseek",
    "lstat",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "nanosleep",
    "newfstatat",
    "pread64",
    "prlimit64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "stat",
    "statfs",
    "statx",
    "sysinfo",
    "time",
    "uname",
    "write",
    "writev",
};

//  Files are opened to be read, and in no other way.
static int allow_reading (scmp_filter_ctx filter)
{
    const uint64_t changes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    int open_at =
        seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (openat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, changes, 0));
    int open =
        seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (open), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, changes, 0));
    return open_at != 0 && open != 0 ? -1 : 0;
}

//  Made once; the same for every program.
static const struct sock_fprog *bars (void)
{
    static struct sock_filter code[2048];
    static struct sock_fprog program;
    if (program.len)
        return &program;
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
    if (!filter)
        return NULL;
    size_t len = sizeof code;
    int failed = allow_reading (filter);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int number = seccomp_syscall_resolve_name (calls[i]);
        if (number >= 0) //  not every machine has every call
            failed |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 0);
    }
    failed |= !rap_bars_export (filter, code, &len);
    seccomp_release (filter);
    if (failed)
        return NULL;
    program = (struct sock_fprog){.len = (unsigned short)(len / sizeof *code), .filter = code};
    return &program;
}

//  --- the child -----------------------------------------------------------------
//  It shares its parent's memory until it becomes the program (vfork), so it makes
//  system calls and nothing else.

static _Noreturn void become (const rap_confine_t *what, const int fds[3], const struct sock_fprog *program)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    //  The three are above 2: moved down one after the other none covers another.
    for (int i = 0; i < 3; i++)
        if (dup2 (fds[i], i) < 0)
            _exit (CANNOT_CONFINE);
    close_range (3, ~0u, 0);
    rap_bars_limit (RLIMIT_CORE, 0, 0);
    rap_bars_limit (RLIMIT_FSIZE, 0, 0);
    rap_bars_limit (RLIMIT_NOFILE, FILES_MAX, FILES_MAX);
    //  SIGXCPU first, so that SIGKILL is known to be another's doing.
    rap_bars_limit (RLIMIT_CPU, what->seconds, what->seconds + 1);
    rap_bars_limit (RLIMIT_AS, what->memory_max, what->memory_max);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) != 0)
        _exit (CANNOT_CONFINE);
    execve (what->path, (char *const *)(uintptr_t)what->argv, (char *const *)(uintptr_t)what->envp);
    _exit (CANNOT_START);
}

//  --- the watch -----------------------------------------------------------------

typedef struct {
    const rap_confine_t *what;
    rap_confined_t *result;
    size_t room;
    size_t complaint_len;
    int out;
    int err;
    pid_t pid;
    int64_t until_ms;
} watch_t;

static void close_one (int *fd)
{
    if (*fd >= 0)
        close (*fd);
    *fd = -1;
}

//  Appends what has come. False: more than it may write.
static bool take_output (watch_t *w)
{
    rap_confined_t *r = w->result;
    if (r->output_len + PIPE_BYTES + 1 > w->room) {
        w->room = w->room ? w->room * 2 : 2 * PIPE_BYTES;
        r->output = realloc (r->output, w->room);
        if (!r->output)
            abort ();
    }
    ssize_t got = read (w->out, r->output + r->output_len, w->room - r->output_len - 1);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (got <= 0) {
        close_one (&w->out);
        return true;
    }
    r->output_len += (size_t)got;
    return r->output_len <= w->what->output_max;
}

static void take_complaint (watch_t *w)
{
    char bytes[4096];
    ssize_t got = read (w->err, bytes, sizeof bytes);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        close_one (&w->err);
        return;
    }
    size_t left = RAP_COMPLAINT_MAX - 1 - w->complaint_len, len = (size_t)got < left ? (size_t)got : left;
    memcpy (w->result->complaint + w->complaint_len, bytes, len);
    w->complaint_len += len;
    w->result->complaint[w->complaint_len] = 0;
}

//  Until it has ended both its outputs, or must be ended.
static void listen_to (watch_t *w)
{
    while (w->out >= 0 || w->err >= 0) {
        int64_t left_ms = w->until_ms - rap_clock_ms ();
        struct pollfd polls[2] = {{.fd = w->out, .events = POLLIN}, {.fd = w->err, .events = POLLIN}};
        if (left_ms <= 0) {
            w->result->end = RAP_CONFINED_TOO_LONG;
            return;
        }
        if (poll (polls, 2, left_ms > 1000 ? 1000 : (int)left_ms) <= 0)
            continue;
        if (polls[0].revents && !take_output (w)) {
            w->result->end = RAP_CONFINED_TOO_MUCH;
            return;
        }
        if (polls[1].revents)
            take_complaint (w);
    }
}

//  It has ended its outputs: now itself, within the time that is left.
static void await_end (watch_t *w)
{
    int fd = (int)syscall (SYS_pidfd_open, w->pid, 0);
    struct pollfd polls = {.fd = fd, .events = POLLIN};
    while (fd >= 0 && w->result->end == RAP_CONFINED_ENDED) {
        int64_t left_ms = w->until_ms - rap_clock_ms ();
        if (poll (&polls, 1, left_ms > 0 ? (int)left_ms : 0) > 0)
            break;
        if (rap_clock_ms () >= w->until_ms)
            w->result->end = RAP_CONFINED_TOO_LONG;
    }
    if (fd >= 0)
        close (fd);
    //  A kernel without process descriptors: who has closed its outputs has nothing more to say.
    if (fd < 0 || w->result->end != RAP_CONFINED_ENDED)
        kill (w->pid, SIGKILL);
}

static rap_status_t judge (watch_t *w, rap_reason_t *reason)
{
    int status = 0;
    while (waitpid (w->pid, &status, 0) < 0)
        if (errno != EINTR)
            return rap_fail (reason, "the program's end could not be learned: %s", strerror (errno));
    rap_confined_t *r = w->result;
    if (r->end != RAP_CONFINED_ENDED)
        return RAP_OK;
    r->status = WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status);
    if (WIFSIGNALED (status))
        r->end = r->status == SIGXCPU ? RAP_CONFINED_TOO_LONG : RAP_CONFINED_KILLED;
    else if (r->status == CANNOT_START)
        r->end = RAP_CONFINED_MISSING;
    else if (r->status == CANNOT_CONFINE)
        return rap_fail (reason, "the program could not be confined");
    return RAP_OK;
}

//  --- running -------------------------------------------------------------------

//  The bytes as a file in memory that nobody changes any more, read from its start.
static int input_file (rap_text_t input)
{
    int fd = memfd_create ("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (size_t at = 0; fd >= 0 && at < input.len;) {
        ssize_t put = write (fd, input.at + at, input.len - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            close_one (&fd);
            break;
        }
        at += (size_t)put;
    }
    if (fd >= 0
        && (lseek (fd, 0, SEEK_SET) != 0
            || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0))
        close_one (&fd);
    return fd;
}

//  A pipe whose ends are above the three standard descriptors.
static bool make_pipe (int ends[2])
{
    if (pipe2 (ends, O_CLOEXEC) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    for (int i = 0; i < 2; i++) {
        int high = ends[i] > 2 ? ends[i] : fcntl (ends[i], F_DUPFD_CLOEXEC, 3);
        if (high != ends[i])
            close (ends[i]);
        ends[i] = high;
    }
    return ends[0] >= 0 && ends[1] >= 0;
}

static pid_t start (const rap_confine_t *what, const int fds[3], const struct sock_fprog *program)
{
#ifdef RAP_SANITIZED
    pid_t pid = fork (); //  sanitizers do not like to share memory with a child
#else
    //  no copy of a reader's page tables; the child makes system calls only
    pid_t pid = vfork (); // NOLINT(clang-analyzer-security.insecureAPI.vfork)
#endif
    if (pid == 0)
        become (what, fds, program); // NOLINT(clang-analyzer-unix.Vfork)
    return pid;
}

rap_status_t rap_confine_run (const rap_confine_t *what, rap_confined_t *result, rap_reason_t *reason)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, in = -1, high = -1;
    *result = (rap_confined_t){.end = RAP_CONFINED_ENDED};
    rap_status_t status = RAP_FAILED;
    const struct sock_fprog *program = bars ();
    if (program && make_pipe (out) && make_pipe (err))
        in = input_file (what->input);
    if (in >= 0)
        high = fcntl (in, F_DUPFD_CLOEXEC, 3);
    if (high >= 0) {
        fcntl (out[0], F_SETPIPE_SZ, PIPE_BYTES);
        int64_t now_ms = rap_clock_ms ();
        pid_t pid = start (what, (const int[3]){high, out[1], err[1]}, program);
        close_one (&out[1]);
        close_one (&err[1]);
        watch_t w = {.what = what,
                     .result = result,
                     .out = out[0],
                     .err = err[0],
                     .pid = pid,
                     .until_ms = now_ms + (int64_t)what->seconds * 1000};
        if (pid > 0) {
            listen_to (&w);
            await_end (&w);
            status = judge (&w, reason);
        } else
            status = rap_fail (reason, "no process for %s: %s", what->path, strerror (errno));
        out[0] = w.out;
        err[0] = w.err;
    } else
        rap_reason_set (reason, "no filter, pipe or memory for %s: %s", what->path, strerror (errno));
    if (result->output)
        result->output[result->output_len] = 0;
    int *const fds[] = {&in, &high, &out[0], &out[1], &err[0], &err[1]};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        close_one (fds[i]);
    return status;
}
