/*  ask_from: makes another process ask the kernel for something, to see whether it may.
 *
 *    ask_from PID|TID CALL [ARGUMENT]...
 *
 *  Stops the thread, has it make system call CALL (by number) with up to six arguments
 *  (numbers, or texts, which are put on its stack), prints what the kernel answered
 *  (negative: the error) and lets it go on as if nothing had been. What a filter
 *  refuses is so proven of the very process that serves. x86-64 Linux only; exit
 *  status 77 elsewhere or where tracing is not allowed.                       */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 };

#if defined(__x86_64__) && defined(__linux__)
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { ARGUMENTS_MAX = 6, ROOM = 4096, SYSCALL_CODE = 0x050f };

static _Noreturn void give_up (const char *what)
{
    fprintf (stderr, "ask_from: %s: %s\n", what, strerror (errno));
    exit (errno == EPERM ? SKIPPED : 1);
}

static void poke_text (pid_t pid, unsigned long long at, const char *text)
{
    size_t len = strlen (text) + 1;
    for (size_t i = 0; i < len; i += sizeof (long)) {
        long word = 0;
        memcpy (&word, text + i, len - i < sizeof word ? len - i : sizeof word);
        ptrace (PTRACE_POKEDATA, pid, at + i, word);
    }
}

//  A number as it is; a text below the thread's stack, whose address stands for it.
static unsigned long long argument (pid_t pid, const char *text, unsigned long long *room)
{
    char *end;
    unsigned long long number = strtoull (text, &end, 0);
    if (*text && !*end)
        return number;
    *room -= (strlen (text) + sizeof (long)) & ~(sizeof (long) - 1);
    poke_text (pid, *room, text);
    return *room;
}

static long long ask (pid_t pid, int count, char **words)
{
    struct user_regs_struct was, is;
    unsigned long long values[ARGUMENTS_MAX] = {0};
    int status;
    ptrace (PTRACE_GETREGS, pid, NULL, &was);
    unsigned long long room = (was.rsp - ROOM) & ~15ull;
    for (int i = 1; i < count; i++)
        values[i - 1] = argument (pid, words[i], &room);
    is = was;
    is.rax = strtoull (words[0], NULL, 0);
    is.orig_rax = ~0ull; //  nothing that the kernel would begin anew
    is.rdi = values[0];
    is.rsi = values[1];
    is.rdx = values[2];
    is.r10 = values[3];
    is.r8 = values[4];
    is.r9 = values[5];
    long code = ptrace (PTRACE_PEEKTEXT, pid, was.rip, NULL);
    ptrace (PTRACE_POKETEXT, pid, was.rip, (code & ~0xffffl) | SYSCALL_CODE);
    ptrace (PTRACE_SETREGS, pid, NULL, &is);
    if (ptrace (PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 || waitpid (pid, &status, __WALL) != pid
        || !WIFSTOPPED (status))
        give_up ("it did not make the call");
    ptrace (PTRACE_GETREGS, pid, NULL, &is);
    ptrace (PTRACE_POKETEXT, pid, was.rip, code);
    ptrace (PTRACE_SETREGS, pid, NULL, &was);
    return (long long)is.rax;
}

int main (int argc, char **argv)
{
    int status;
    if (argc < 3 || argc > 3 + ARGUMENTS_MAX)
        return 2;
    pid_t pid = (pid_t)strtol (argv[1], NULL, 10);
    if (ptrace (PTRACE_SEIZE, pid, NULL, NULL) != 0)
        give_up ("cannot trace");
    if (ptrace (PTRACE_INTERRUPT, pid, NULL, NULL) != 0 || waitpid (pid, &status, __WALL) != pid)
        give_up ("cannot stop");
    printf ("%lld\n", ask (pid, argc - 2, argv + 2));
    ptrace (PTRACE_DETACH, pid, NULL, NULL);
    return 0;
}
#else
int main (void)
{
    fprintf (stderr, "ask_from: not for this machine\n");
    return SKIPPED;
}
#endif
