//  reader_process: the queue of documents, and what comes back of each.
#include "reader_process.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/hash.h"
#include "rapporteur/log.h"

#include "frame.h"
#include "warden.h"

enum {
    QUEUE_MAX = 32,                //  documents given and not read
    QUEUE_BYTES = 4 * 1024 * 1024, //  of them, but always one
    IN_ROOM = FRAME_HEAD + FRAME_MAX,
    TURN_BYTES = 4 * 1024 * 1024, //  taken from the reader in a turn
    REST_MS = 200,                //  before another reader is asked for, if one ended for no document's sake
};

//  A document in the queue.
typedef struct {
    uint64_t number;
    uint64_t bytes;
    uint64_t body;
    char document_id[RAP_DOCUMENT_ID_SIZE];
    char sha256[RAP_SHA256_HEX];
    char *begin; //  payload of its 'B' frame
    size_t begin_len;
    bool begun;          //  it was sent
    uint32_t piece;      //  the next to send
    uint64_t sent;       //  bytes of its body
    uint32_t next_chunk; //  ordinal expected
} job_t;

struct rap_reader_process {
    rap_reader_actions_t act;
    pid_t warden;
    int control;
    int data;        //  -1: no reader
    bool asked;      //  for a reader
    bool failing;    //  the reader was told to die; what it still says does not count
    bool renewing;   //  it ends when what is begun is read: there are new rules
    bool voided;     //  it was told to because all was forgotten: nobody is charged
    int64_t rest_ms; //  no reader is asked for before
    char pipeline[128];
    job_t jobs[QUEUE_MAX]; //  a ring
    uint32_t jobs_at;
    uint32_t jobs_count;
    uint32_t sending; //  of them, how many were sent whole
    uint64_t queued_bytes;
    char *out; //  the frame that is being sent
    size_t out_len, out_at;
    char *in;
    size_t in_len;
    int64_t heard_ms; //  since when the first of the queue is silent
    rap_packer_t *packer;
};

static job_t *job_at (rap_reader_process_t *self, uint32_t i)
{
    return &self->jobs[(self->jobs_at + i) % QUEUE_MAX];
}

static void pop_job (rap_reader_process_t *self)
{
    job_t *job = job_at (self, 0);
    self->queued_bytes -= job->bytes;
    free (job->begin);
    *job = (job_t){0};
    self->jobs_at = (self->jobs_at + 1) % QUEUE_MAX;
    self->jobs_count--;
    if (self->sending)
        self->sending--;
}

static void close_data (rap_reader_process_t *self)
{
    if (self->data >= 0)
        close (self->data);
    self->data = -1;
    self->in_len = 0;
    self->out_len = self->out_at = 0;
    self->asked = false;
    self->failing = false;
    self->voided = false;
}

static void order (rap_reader_process_t *self, char what)
{
    (void)send (self->control, &what, 1, MSG_NOSIGNAL);
}

rap_reader_process_t *rap_reader_process_new (const char *rules, rap_reason_t *reason)
{
    int pair[2];
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        rap_fail (reason, "no socket pair: %s", strerror (errno));
        return NULL;
    }
    pid_t pid = fork ();
    if (pid == 0)
        rap_warden_main (pair[1], rules);
    close (pair[1]);
    rap_reader_process_t *self = frame_memory (sizeof *self);
    *self = (rap_reader_process_t){.warden = pid, .control = pair[0], .data = -1};
    self->in = frame_memory (IN_ROOM);
    self->out = frame_memory (IN_ROOM);
    self->packer = rap_packer_new ();
    if (pid > 0)
        return self;
    rap_fail (reason, "the warden of the readers could not be started");
    rap_reader_process_destroy (&self);
    return NULL;
}

rap_status_t rap_reader_process_loaded (rap_reader_process_t *self, rap_reason_t *reason)
{
    char packet[WARDEN_PACKET_MAX];
    ssize_t got;
    do
        got = recv (self->control, packet, sizeof packet - 1, 0);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return rap_fail (reason, "the warden of the readers ended before it had the rules");
    if (packet[0] != 'L')
        return rap_refuse (reason, "%.*s", (int)got - 1, packet + 1);
    snprintf (self->pipeline, sizeof self->pipeline, "%.*s", (int)got - 1, packet + 1);
    return RAP_OK;
}

void rap_reader_process_destroy (rap_reader_process_t **self_p)
{
    rap_reader_process_t *self = *self_p;
    if (!self)
        return;
    close (self->control);
    close_data (self);
    while (self->jobs_count)
        pop_job (self);
    if (self->warden > 0)
        while (waitpid (self->warden, NULL, 0) < 0 && errno == EINTR)
            ;
    rap_packer_destroy (&self->packer);
    free (self->in);
    free (self->out);
    free (self);
    *self_p = NULL;
}

void rap_reader_process_act (rap_reader_process_t *self, const rap_reader_actions_t *actions)
{
    self->act = *actions;
}

const char *rap_reader_process_pipeline (const rap_reader_process_t *self)
{
    return self->pipeline;
}

void rap_reader_process_renew (rap_reader_process_t *self, const char *rules)
{
    char packet[WARDEN_PACKET_MAX];
    int len = snprintf (packet, sizeof packet, "R%s", rules ? rules : "");
    if (len < (int)sizeof packet)
        (void)send (self->control, packet, (size_t)len, MSG_NOSIGNAL);
    else
        rap_log (RAP_LOG_ERROR, "rules.unusable", "reason", "too long a path", NULL);
}

bool rap_reader_process_wants (const rap_reader_process_t *self)
{
    return self->jobs_count == 0 || (self->jobs_count < QUEUE_MAX && self->queued_bytes < QUEUE_BYTES);
}

uint32_t rap_reader_process_queued (const rap_reader_process_t *self)
{
    return self->jobs_count;
}

int rap_reader_process_control (const rap_reader_process_t *self)
{
    return self->control;
}

int rap_reader_process_data (const rap_reader_process_t *self)
{
    return self->data;
}

bool rap_reader_process_writes (const rap_reader_process_t *self)
{
    return self->data >= 0 && !self->failing && (self->out_at < self->out_len || self->sending < self->jobs_count);
}

bool rap_reader_process_has (const rap_reader_process_t *self, uint64_t number)
{
    for (uint32_t i = 0; i < self->jobs_count; i++)
        if (self->jobs[(self->jobs_at + i) % QUEUE_MAX].number == number)
            return true;
    return false;
}

void rap_reader_process_give (rap_reader_process_t *self, const rap_document_t *document, uint64_t body,
                              uint32_t batch_chunks)
{
    assert (self->jobs_count < QUEUE_MAX);
    rap_packer_t *frame = rap_packer_new ();
    rap_packer_reset (self->packer);
    rap_pack_document (self->packer, document);
    rap_pack_array (frame, 3);
    rap_pack_uint (frame, document->bytes);
    rap_pack_uint (frame, batch_chunks);
    rap_pack_raw (frame, rap_packed (self->packer));
    rap_text_t begin = rap_packed (frame);
    job_t *job = job_at (self, self->jobs_count++);
    *job = (job_t){.number = document->number,
                   .bytes = document->bytes,
                   .body = body,
                   .begin = frame_memory (begin.len),
                   .begin_len = begin.len};
    memcpy (job->begin, begin.at, begin.len);
    snprintf (job->document_id, sizeof job->document_id, "%.*s", (int)document->document_id.len,
              document->document_id.at);
    snprintf (job->sha256, sizeof job->sha256, "%.*s", (int)document->sha256.len, document->sha256.at);
    rap_packer_destroy (&frame);
    self->queued_bytes += job->bytes;
}

void rap_reader_process_forget (rap_reader_process_t *self)
{
    while (self->jobs_count)
        pop_job (self);
    self->sending = 0;
    if (self->data < 0)
        return;
    order (self, 'K');
    self->failing = true;
    self->voided = true;
}

//  --- sending documents ---------------------------------------------------------

static void load_frame (rap_reader_process_t *self, char type, rap_text_t payload)
{
    assert (payload.len <= FRAME_MAX);
    frame_put_head ((uint8_t *)self->out, payload.len, type);
    memcpy (self->out + FRAME_HEAD, payload.at, payload.len);
    self->out_len = FRAME_HEAD + payload.len;
    self->out_at = 0;
}

//  The next frame of the documents that are not sent whole. False: none, or the
//  journal failed, which the loop will see.
static bool next_frame (rap_reader_process_t *self)
{
    rap_text_t piece;
    if (self->sending == self->jobs_count)
        return false;
    job_t *job = job_at (self, self->sending);
    if (!job->begun && self->renewing)
        return false;
    if (!job->begun) {
        load_frame (self, 'B', rap_text_of (job->begin, job->begin_len));
        job->begun = true;
    } else {
        if (self->act.piece (self->act.self, job->body, job->piece, &piece) != RAP_OK || piece.len == 0)
            return false;
        load_frame (self, 'P', piece);
        job->piece++;
        job->sent += piece.len;
    }
    if (job->sent >= job->bytes)
        self->sending++;
    return true;
}

static void send_documents (rap_reader_process_t *self)
{
    while (self->data >= 0 && !self->failing) {
        if (self->out_at == self->out_len && !next_frame (self))
            return;
        ssize_t sent =
            send (self->data, self->out + self->out_at, self->out_len - self->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return; //  full, or dead: control tells
        self->out_at += (size_t)sent;
    }
}

//  --- what comes back -------------------------------------------------------------

//  What a reader says that is not as agreed: it is not trusted any further.
static void distrust (rap_reader_process_t *self, const char *what)
{
    rap_log (RAP_LOG_ERROR, "reader.distrusted", "document", job_at (self, 0)->document_id, "reason", what, NULL);
    order (self, 'K');
    self->failing = true;
}

static void took_batch (rap_reader_process_t *self, rap_text_t payload)
{
    job_t *job = job_at (self, 0);
    rap_cursor_t cursor, inner;
    rap_cursor_init (&cursor, payload);
    uint32_t values = rap_read_array (&cursor, 3);
    uint32_t first = rap_read_uint32 (&cursor);
    uint32_t count = rap_read_uint32 (&cursor);
    rap_text_t chunks = rap_read_raw (&cursor, payload.len);
    rap_cursor_init (&inner, chunks);
    uint32_t inside = rap_read_array (&inner, RAP_BATCH_CHUNKS_MAX);
    if (!rap_cursor_ok (&cursor) || !rap_cursor_ok (&inner) || values != 3 || count == 0 || inside != count
        || first != job->next_chunk || count > RAP_DOCUMENT_CHUNKS_MAX - first) {
        distrust (self, "a batch that does not follow");
        return;
    }
    job->next_chunk += count;
    self->act.batch (self->act.self, job->number, first, count, chunks);
}

static void took_end (rap_reader_process_t *self, rap_text_t payload)
{
    rap_document_t document;
    rap_reason_t reason;
    job_t *job = job_at (self, 0);
    if (rap_read_document (payload, &document, &reason) != RAP_OK || document.chunks != job->next_chunk
        || document.chunks == 0) {
        distrust (self, "an end that does not fit");
        return;
    }
    document.number = job->number; //  what is known here does not depend on the reader
    document.bytes = job->bytes;
    document.document_id = rap_text (job->document_id);
    document.sha256 = rap_text (job->sha256);
    self->act.done (self->act.self, &document);
    pop_job (self);
}

static void took_refusal (rap_reader_process_t *self, rap_text_t payload)
{
    char reason[RAP_REASON_MAX];
    snprintf (reason, sizeof reason, "%.*s", (int)(payload.len < sizeof reason ? payload.len : sizeof reason - 1),
              payload.at);
    self->act.refused (self->act.self, job_at (self, 0)->number, reason);
    pop_job (self);
}

static void took_frame (rap_reader_process_t *self, uint8_t type, rap_text_t payload)
{
    if (self->jobs_count == 0 || self->sending == 0)
        distrust (self, "an answer to nothing");
    else if (type == 'C')
        took_batch (self, payload);
    else if (type == 'E')
        took_end (self, payload);
    else if (type == 'R')
        took_refusal (self, payload);
    else
        distrust (self, "an unknown frame");
}

//  Handles the whole frames that are in; keeps the rest.
static void take_frames (rap_reader_process_t *self)
{
    size_t at = 0;
    while (!self->failing && self->in_len - at >= FRAME_HEAD) {
        const uint8_t *head = (const uint8_t *)self->in + at;
        size_t len = frame_len (head);
        if (len > FRAME_MAX) {
            distrust (self, "a frame beyond the limit");
            break;
        }
        if (self->in_len - at < FRAME_HEAD + len)
            break;
        took_frame (self, head[4], rap_text_of (self->in + at + FRAME_HEAD, len));
        at += FRAME_HEAD + len;
    }
    if (self->failing)
        self->in_len = 0;
    else {
        memmove (self->in, self->in + at, self->in_len - at);
        self->in_len -= at;
    }
}

//  Answers whether there may be more.
static bool receive (rap_reader_process_t *self, size_t budget, int64_t now_ms)
{
    while (budget && self->data >= 0) {
        ssize_t got = recv (self->data, self->in + self->in_len, IN_ROOM - self->in_len, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        self->heard_ms = now_ms;
        self->in_len += (size_t)got;
        budget -= budget < (size_t)got ? budget : (size_t)got;
        take_frames (self);
    }
    return true;
}

//  Only the document under its hand is charged; the others are sent anew.
static void reader_died (rap_reader_process_t *self, const char *cause, int64_t now_ms)
{
    bool had_data = self->data >= 0;
    receive (self, SIZE_MAX, now_ms);
    bool charged = self->data >= 0 && !self->voided && self->jobs_count && job_at (self, 0)->begun;
    if (self->failing)
        cause = "its reader gave back what does not follow";
    close_data (self);
    self->sending = 0;
    for (uint32_t i = 0; i < self->jobs_count; i++) {
        job_t *job = job_at (self, i);
        job->begun = false;
        job->piece = 0;
        job->sent = 0;
        job->next_chunk = 0;
    }
    bool renewed = self->renewing && !had_data;
    self->renewing = false;
    if (renewed)
        return;
    if (!charged) {
        rap_log (RAP_LOG_WARN, "reader.ended", "reason", cause, NULL);
        self->rest_ms = now_ms + REST_MS;
    } else if (!self->act.died (self->act.self, job_at (self, 0)->number, cause))
        pop_job (self);
}

static void reader_started (rap_reader_process_t *self, struct msghdr *message, int64_t now_ms)
{
    struct cmsghdr *head = CMSG_FIRSTHDR (message);
    if (!head || head->cmsg_type != SCM_RIGHTS)
        return;
    close_data (self);
    memcpy (&self->data, CMSG_DATA (head), sizeof self->data);
    self->asked = true;
    self->heard_ms = now_ms;
    int size = FRAME_MAX;
    setsockopt (self->data, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

//  The rules that the next reader has.
static void rules_loaded (rap_reader_process_t *self, const char *pipeline)
{
    bool same = strcmp (self->pipeline, pipeline) == 0;
    rap_logf (RAP_LOG_INFO, same ? "rules.unchanged" : "rules.renewed", "pipeline=%.100s", pipeline);
    snprintf (self->pipeline, sizeof self->pipeline, "%.100s", pipeline);
    self->renewing = !same && self->data >= 0;
}

//  Lets the reader with rules of before end, when nothing is under its hand.
static void renew (rap_reader_process_t *self)
{
    bool busy = self->sending || self->out_at < self->out_len || (self->jobs_count && job_at (self, 0)->begun);
    if (self->renewing && self->data >= 0 && !self->failing && !busy)
        close_data (self);
}

static rap_status_t hear_warden (rap_reader_process_t *self, int64_t now_ms, rap_reason_t *reason)
{
    for (;;) {
        char packet[WARDEN_PACKET_MAX];
        union {
            struct cmsghdr align;
            char bytes[CMSG_SPACE (sizeof (int))];
        } control;
        struct iovec part = {packet, sizeof packet - 1};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
        ssize_t got = recvmsg (self->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return RAP_OK;
        if (got <= 0)
            return rap_fail (reason, "the warden of the readers is gone");
        packet[got] = 0;
        if (packet[0] == 'S')
            reader_started (self, &message, now_ms);
        else if (packet[0] == 'D')
            reader_died (self, packet + 1, now_ms);
        else if (packet[0] == 'L')
            rules_loaded (self, packet + 1);
        else if (packet[0] == 'X')
            rap_log (RAP_LOG_ERROR, "rules.unusable", "reason", packet + 1, NULL);
    }
}

//  The first of the queue has taken longer than anything honest would.
static void judge_silence (rap_reader_process_t *self, int64_t now_ms)
{
    if (self->data < 0 || self->failing || self->sending == 0) {
        self->heard_ms = now_ms;
        return;
    }
    int64_t patience_s = frame_patience_s (job_at (self, 0)->bytes);
    if (now_ms - self->heard_ms > 2 * patience_s * 1000)
        order (self, 'K');
}

rap_status_t rap_reader_process_hear (rap_reader_process_t *self, int64_t now_ms, rap_reason_t *reason)
{
    receive (self, TURN_BYTES, now_ms);
    rap_status_t status = hear_warden (self, now_ms, reason);
    judge_silence (self, now_ms);
    renew (self);
    return status;
}

void rap_reader_process_send (rap_reader_process_t *self, int64_t now_ms)
{
    if (self->jobs_count && self->data < 0 && !self->asked && !self->renewing && now_ms >= self->rest_ms) {
        order (self, 'N');
        self->asked = true;
    }
    send_documents (self);
}
