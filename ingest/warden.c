//  warden: forks readers, and the reader that serves documents one after the other.
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/bars.h"
#include "rapporteur/lexicon.h"

#include "frame.h"
#include "read.h"

enum {
    BATCH_BYTES = 64 * 1024,      //  encoded chunks a batch, unless one chunk alone has more
    CHUNK_BYTES_MAX = 900 * 1024, //  encoded; with the document's particulars it must fit a message
};

//  Memory of a reader: for the largest document, its text and its chunks.
#define READER_MEMORY (UINT64_C (6) << 30)

//  --- the reader ------------------------------------------------------------------
//  It may block, and ends when the ingest goes away. It knows no file but data.

typedef struct {
    int data;
    rap_reader_t *reader;
    const char *pipeline;
    rap_arena_t *arena;
    rap_packer_t *frame;
    rap_packer_t *chunk;
    rap_packer_t *batch;
    char *in; //  the payload of the frame received
} desk_t;

static void read_all (int fd, void *to, size_t len)
{
    for (char *at = to; len;) {
        ssize_t got = read (fd, at, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            _exit (0); //  the ingest is gone
        at += got;
        len -= (size_t)got;
    }
}

static void write_frame (int fd, char type, rap_text_t payload)
{
    uint8_t head[FRAME_HEAD];
    frame_put_head (head, payload.len, type);
    rap_text_t parts[] = {{(char *)head, sizeof head}, payload};
    for (int i = 0; i < 2; i++)
        while (parts[i].len) {
            ssize_t sent = write (fd, parts[i].at, parts[i].len);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0)
                _exit (0);
            parts[i] = rap_text_from (parts[i], (size_t)sent);
        }
}

//  The payload, in desk->in; its type must be as expected, for we speak to ourselves.
static rap_text_t read_frame (desk_t *desk, char type)
{
    uint8_t head[FRAME_HEAD];
    read_all (desk->data, head, sizeof head);
    size_t len = frame_len (head);
    if (head[4] != (uint8_t)type || len > FRAME_MAX)
        abort ();
    read_all (desk->data, desk->in, len);
    return rap_text_of (desk->in, len);
}

//  So much CPU time from now on.
static void allow_seconds (rlim_t seconds)
{
    struct rusage used;
    struct rlimit limit;
    if (getrusage (RUSAGE_SELF, &used) != 0 || getrlimit (RLIMIT_CPU, &limit) != 0)
        return;
    limit.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds;
    setrlimit (RLIMIT_CPU, &limit);
}

static void send_batch (desk_t *desk, uint32_t first, uint32_t count)
{
    rap_packer_reset (desk->frame);
    rap_pack_array (desk->frame, 3);
    rap_pack_uint (desk->frame, first);
    rap_pack_uint (desk->frame, count);
    rap_pack_array (desk->frame, count);
    rap_pack_raw (desk->frame, rap_packed (desk->batch));
    write_frame (desk->data, 'C', rap_packed (desk->frame));
    rap_packer_reset (desk->batch);
}

static void send_reading (desk_t *desk, const rap_reading_t *reading, uint32_t batch_chunks)
{
    rap_reason_t reason;
    uint32_t first = 0, count = 0;
    rap_packer_reset (desk->batch);
    for (uint32_t i = 0; i < reading->document.chunks; i++) {
        rap_packer_reset (desk->chunk);
        rap_pack_chunk (desk->chunk, &reading->chunks[i]);
        rap_text_t encoded = rap_packed (desk->chunk);
        if (encoded.len > CHUNK_BYTES_MAX) {
            rap_refuse (&reason, "chunk %u is too large to send: %zu bytes encoded, the limit is %d", i, encoded.len,
                        CHUNK_BYTES_MAX);
            write_frame (desk->data, 'R', rap_text (reason.text));
            return;
        }
        if (count && (count == batch_chunks || rap_packed (desk->batch).len + encoded.len > BATCH_BYTES)) {
            send_batch (desk, first, count);
            first = i;
            count = 0;
        }
        rap_pack_raw (desk->batch, encoded);
        count++;
    }
    if (count)
        send_batch (desk, first, count);
    rap_packer_reset (desk->frame);
    rap_pack_document (desk->frame, &reading->document);
    write_frame (desk->data, 'E', rap_packed (desk->frame));
}

static void serve_document (desk_t *desk)
{
    rap_cursor_t cursor;
    rap_reason_t reason;
    rap_reading_t reading = {0};
    rap_arena_reset (desk->arena);
    rap_text_t begin = rap_arena_text (desk->arena, read_frame (desk, 'B'));
    rap_cursor_init (&cursor, begin);
    uint32_t values = rap_read_array (&cursor, 3);
    uint64_t bytes = rap_read_uint (&cursor);
    uint32_t batch_chunks = rap_read_uint32 (&cursor);
    rap_text_t document = rap_read_raw (&cursor, begin.len);
    if (values != 3 || !rap_cursor_ok (&cursor) || rap_read_document (document, &reading.document, &reason) != RAP_OK)
        abort ();
    char *body = frame_memory (bytes + 1);
    for (uint64_t have = 0; have < bytes;) {
        rap_text_t piece = read_frame (desk, 'P');
        if (piece.len > bytes - have)
            abort ();
        memcpy (body + have, piece.at, piece.len);
        have += piece.len;
    }
    allow_seconds ((rlim_t)frame_patience_s (bytes));
    rap_status_t status = rap_read (desk->reader, rap_text_of (body, bytes), desk->arena, &reading, &reason);
    reading.document.pipeline = rap_text (desk->pipeline);
    if (status == RAP_OK)
        send_reading (desk, &reading, batch_chunks);
    else
        write_frame (desk->data, 'R', rap_text (reason.text));
    free (body);
}

static void bound_reader (void)
{
    rap_bars_limit (RLIMIT_CORE, 0, 0);
#ifndef RAP_SANITIZED
    struct rlimit memory;
    getrlimit (RLIMIT_AS, &memory);
    if (memory.rlim_cur > READER_MEMORY) //  an operator's lower limit stays
        memory.rlim_cur = READER_MEMORY;
    setrlimit (RLIMIT_AS, &memory);
#endif
    prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static _Noreturn void reader_main (int data, rap_reader_t *reader, const char *pipeline)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    signal (SIGINT, SIG_IGN); //  a terminal's ^C is the ingest's to handle
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    bound_reader ();
    desk_t desk = {.data = data,
                   .reader = reader,
                   .pipeline = pipeline,
                   .arena = rap_arena_new (),
                   .frame = rap_packer_new (),
                   .chunk = rap_packer_new (),
                   .batch = rap_packer_new (),
                   .in = frame_memory (FRAME_MAX)};
    for (;;)
        serve_document (&desk);
}

//  --- the warden ------------------------------------------------------------------
enum { CONTROL_FD = 3 };

static void tell (char type, const char *text)
{
    char packet[WARDEN_PACKET_MAX];
    int len = snprintf (packet, sizeof packet, "%c%s", type, text);
    if (send (CONTROL_FD, packet, (size_t)(len < WARDEN_PACKET_MAX ? len : WARDEN_PACKET_MAX - 1), MSG_NOSIGNAL) < 0)
        _exit (0);
}

static void tell_started (int data)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE (sizeof (int))];
    } control = {0};
    char type = 'S';
    struct iovec part = {&type, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR (&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN (sizeof (int));
    memcpy (CMSG_DATA (head), &data, sizeof data);
    if (sendmsg (CONTROL_FD, &message, MSG_NOSIGNAL) < 0)
        _exit (0);
}

static pid_t start_reader (rap_reader_t *reader, const char *pipeline)
{
    int pair[2];
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    pid_t pid = fork ();
    if (pid == 0) {
        close (CONTROL_FD);
        close (pair[0]);
        reader_main (pair[1], reader, pipeline);
    }
    close (pair[1]);
    if (pid > 0)
        tell_started (pair[0]);
    close (pair[0]);
    return pid;
}

static void tell_death (int status)
{
    char cause[200];
    if (WIFSIGNALED (status) && WTERMSIG (status) == SIGXCPU)
        snprintf (cause, sizeof cause, "reading it took too much CPU time");
    else if (WIFSIGNALED (status))
        snprintf (cause, sizeof cause, "its reader died of signal %d (%s)", WTERMSIG (status),
                  strsignal (WTERMSIG (status)));
    else
        snprintf (cause, sizeof cause, "its reader ended with status %d", WEXITSTATUS (status));
    tell ('D', cause);
}

static void reap (pid_t *reader_pid)
{
    int status;
    pid_t pid;
    while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
        if (pid == *reader_pid) {
            *reader_pid = -1;
            tell_death (status);
        }
}

//  The rules, and what reads by them.
typedef struct {
    rap_lexicon_t *lexicon;
    rap_reader_t *reader;
} loaded_t;

//  False: unusable; those of before stay. Says either to the ingest.
static bool load (loaded_t *self, const char *rules)
{
    rap_reason_t reason;
    rap_lexicon_t *lexicon = rap_lexicon_new (rules, &reason);
    rap_reader_t *reader = lexicon ? rap_reader_new (lexicon, &reason) : NULL;
    if (!reader) {
        rap_lexicon_destroy (&lexicon);
        tell ('X', reason.text);
        return false;
    }
    rap_reader_destroy (&self->reader);
    rap_lexicon_destroy (&self->lexicon);
    *self = (loaded_t){.lexicon = lexicon, .reader = reader};
    tell ('L', rap_lexicon_pipeline (lexicon));
    return true;
}

static _Noreturn void warden_loop (loaded_t *loaded, int signals)
{
    pid_t pid = -1;
    struct pollfd polls[] = {{.fd = CONTROL_FD, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll (polls, 2, -1) < 0 && errno != EINTR)
            _exit (1);
        struct signalfd_siginfo info;
        while (read (signals, &info, sizeof info) > 0)
            ;
        reap (&pid);
        if (!polls[0].revents)
            continue;
        char order[WARDEN_PACKET_MAX];
        ssize_t len = recv (CONTROL_FD, order, sizeof order - 1, 0);
        if (len <= 0)
            break; //  the ingest is gone
        order[len] = 0;
        if (*order == 'N' && pid < 0) {
            pid = start_reader (loaded->reader, rap_lexicon_pipeline (loaded->lexicon));
            if (pid < 0)
                tell ('D', "no process could be started to read it");
        } else if (*order == 'K' && pid > 0)
            kill (pid, SIGKILL);
        else if (*order == 'R')
            (void)load (loaded, order[1] ? order + 1 : NULL);
    }
    if (pid > 0)
        kill (pid, SIGKILL);
    _exit (0);
}

_Noreturn void rap_warden_main (int control, const char *rules)
{
    loaded_t loaded = {0};
    sigset_t children;
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    prctl (PR_SET_NAME, "rap-warden");
    if (control != CONTROL_FD && dup2 (control, CONTROL_FD) < 0)
        _exit (1);
    close_range (CONTROL_FD + 1, ~0u, 0);
    fcntl (CONTROL_FD, F_SETFD, FD_CLOEXEC);
    signal (SIGINT, SIG_IGN);
    sigemptyset (&children);
    sigaddset (&children, SIGCHLD);
    sigprocmask (SIG_BLOCK, &children, NULL);
    int signals = signalfd (-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals < 0)
        tell ('X', "no signal descriptor");
    if (signals < 0 || !load (&loaded, rules))
        _exit (1);
    //  Readers open no file but the system's, for pdftotext; and no socket.
    rap_bars_close (&(rap_bars_t){
        .who = "reader", .needs = RAP_NEEDS_PROGRAMS | RAP_NEEDS_PROCESSES, .files_max = 64, .quiet = true});
    warden_loop (&loaded, signals);
}
