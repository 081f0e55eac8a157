//  handin: one document after the other, so that they are taken in their order.
//
//      staged ──ask──> ASKED ──"send"──> SENT ──"send" of a later offset──> SENT
//                        │                │
//                        └─── result ─────┴──> settled
//
//  A document of one piece is sent ahead: its PIECE follows the SUBMIT unasked, and
//  the next document follows that, so that many are on their way and become durable
//  together. Answers come in the order of the messages, one for each: if SUBMIT was
//  answered with a result already, the answer to the PIECE means nothing.
//      Silence, or "try again": a new connection, all are asked anew, until the timeout.
#include "handin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"
#include "rapporteur/utf8.h"

#include "sidecar.h"

enum {
    SILENCE_MS = 3000, //  no answer for so long: connect anew
    AGAIN_MS = 200,    //  told to try again: after so long
    TURN_MS = 50,
    WINDOW = 32,                    //  documents on their way
    WINDOW_BYTES = 2 * 1024 * 1024, //  of those sent ahead
    QUEUE = 8 * WINDOW,             //  messages
};

//  A document that is being handed in.
typedef struct {
    enum { ASKED, SENT } state;
    rap_handin_item_t *item;
    int fd;
    struct stat was; //  the file when it was hashed
    char sha256[RAP_SHA256_HEX];
    rap_sidecar_t sidecar;
    char *source;     //  as ingest is told
    bool ahead;       //  of one piece
    bool sent_all;    //  the last piece went out
    bool sent_before; //  and did so on a connection that is gone
} upload_t;

typedef struct {
    const rap_handin_options_t *options;
    rap_handin_item_t *items;
    uint32_t count;
    uint32_t next;    //  item not begun
    uint32_t settled; //  items with a result
    bool told_waiting;
    rap_endpoint_t *endpoint;
    upload_t *window[WINDOW]; //  on their way, the oldest first
    uint32_t window_count;
    uint64_t window_bytes;
    upload_t *staged;   //  the next one, for which there was no room
    bool deaf;          //  what this connection still tells means nothing
    bool skip;          //  nor does the next answer
    int64_t again_ms;   //  connect and ask anew then
    int64_t give_up_ms; //  unless something is heard before
    rap_packer_t *packer;
    rap_arena_t *arena;
    uint8_t *piece;
} handin_t;

const char *rap_handin_word (rap_handin_result_t result)
{
    static const char *const words[RAP_HANDIN_RESULTS] = {"pending",     "taken",   "already taken",
                                                          "quarantined", "refused", "unanswered"};
    return words[result];
}

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- the file ------------------------------------------------------------------
//  Paths may be any bytes; what the wire and the database carry is text. Bytes
//  that are not printable UTF-8 become %XX.
static char *text_of_path (const char *path)
{
    char *text = must (malloc (3 * strlen (path) + 1)), *to = text;
    rap_text_t left = rap_text (path);
    while (left.len) {
        size_t len = left.len < 4 ? left.len : 4;
        while (len > 1 && rap_utf8_invalid_at (rap_text_of (left.at, len)) != len)
            len--;
        unsigned char first = (unsigned char)left.at[0];
        if (first < ' ' || first == 0x7f || rap_utf8_invalid_at (rap_text_of (left.at, len)) != len) {
            to += sprintf (to, "%%%02X", first);
            len = 1;
        } else {
            rap_utf8_decode (left, 0, &len);
            to = (char *)memcpy (to, left.at, len) + len;
        }
        left = rap_text_from (left, len);
    }
    *to = 0;
    return text;
}

//  Waits until standard input has something to say, or its end; false: told to end.
static bool wait_for_input (const rap_handin_options_t *options)
{
    struct pollfd polled = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!options->turn || options->turn (options->self))
        if (poll (&polled, 1, options->turn ? TURN_MS : -1) > 0)
            return true;
    return false;
}

//  All of standard input, or one piece more than a document may have.
static rap_status_t copy_input (const rap_handin_options_t *options, FILE *kept, uint8_t *buffer,
                                rap_reason_t *reason)
{
    uint64_t total = 0;
    while (total <= RAP_DOCUMENT_BYTES_MAX) {
        if (!wait_for_input (options))
            return rap_refuse (reason, "told to end while standard input was read");
        ssize_t len = read (STDIN_FILENO, buffer, RAP_PIECE_BYTES_MAX);
        if (len < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (len < 0)
            return rap_refuse (reason, "standard input cannot be read: %s", strerror (errno));
        if (len == 0)
            break;
        if (fwrite (buffer, 1, (size_t)len, kept) != (size_t)len)
            return rap_refuse (reason, "standard input cannot be kept: %s", strerror (errno));
        total += (uint64_t)len;
    }
    return fflush (kept) == 0 ? RAP_OK : rap_refuse (reason, "standard input cannot be kept: %s", strerror (errno));
}

//  Standard input as a file without a name, so that it can be read twice.
static int keep_input (const handin_t *self, rap_reason_t *reason)
{
    int fd = -1;
    FILE *kept = tmpfile ();
    if (kept && copy_input (self->options, kept, self->piece, reason) != RAP_OK) {
        fclose (kept);
        return -1;
    }
    if (!kept || (fd = dup (fileno (kept))) < 0)
        rap_refuse (reason, "standard input cannot be kept: %s", strerror (errno));
    if (kept)
        fclose (kept);
    return fd;
}

static int open_file (const char *path, rap_reason_t *reason)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); //  a pipe must not hold us up
    if (fd >= 0)
        return fd;
    const char *advice = errno == ENOENT ? "; is the name right?" : errno == EACCES ? "; allow reading it first" : "";
    rap_refuse (reason, "%s%s", strerror (errno), advice);
    return -1;
}

//  What is open must be a file of acceptable size.
static rap_status_t check_file (int fd, const char *path, struct stat *about, rap_reason_t *reason)
{
    if (fstat (fd, about) != 0)
        return rap_refuse (reason, "%s", strerror (errno));
    if (S_ISDIR (about->st_mode))
        return rap_refuse (reason,
                           "a folder; give its files (%.200s/*), or use 'rapporteur run', which takes folders", path);
    if (!S_ISREG (about->st_mode))
        return rap_refuse (reason, "not a regular file; pipe its content into 'rapporteur submit -' instead");
    if (about->st_size > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "more than the 256 MiB that a document may have; split it");
    return RAP_OK;
}

//  The content's hash. A file that is shorter than it was has changed.
static rap_status_t hash_file (int fd, uint64_t bytes, uint8_t *buffer, char *hex, rap_reason_t *reason)
{
    rap_sha256_t *hash = rap_sha256_new ();
    uint64_t at = 0;
    ssize_t len = 0;
    while (at < bytes && (len = pread (fd, buffer, RAP_PIECE_BYTES_MAX, (off_t)at)) > 0) {
        uint64_t left = bytes - at;
        rap_sha256_add (hash, buffer, (uint64_t)len < left ? (size_t)len : (size_t)left);
        at += (uint64_t)len;
    }
    rap_sha256_end (&hash, hex);
    if (len < 0)
        return rap_refuse (reason, "%s", strerror (errno));
    return at >= bytes ? RAP_OK : rap_refuse (reason, "it became shorter while it was read; hand it in again");
}

//  --- uploads ---------------------------------------------------------------------
static void free_upload (upload_t *upload)
{
    if (upload->fd >= 0)
        close (upload->fd);
    free (upload->source);
    free (upload);
}

static void settle (handin_t *self, upload_t *upload, rap_handin_result_t result)
{
    rap_handin_item_t *item = upload->item;
    free_upload (upload);
    item->result = result;
    self->settled++;
    if (self->options->told)
        self->options->told (self->options->self, item);
}

static void settle_first (handin_t *self, rap_handin_result_t result)
{
    upload_t *first = self->window[0];
    self->window_count--;
    self->window_bytes -= first->item->bytes;
    memmove (self->window, self->window + 1, self->window_count * sizeof (upload_t *));
    settle (self, first, result);
}

//  Opens and hashes the item's file; NULL if it was settled at once.
static upload_t *new_upload (handin_t *self, rap_handin_item_t *item)
{
    bool input = strcmp (item->path, "-") == 0;
    upload_t *upload = must (calloc (1, sizeof *upload));
    upload->item = item;
    upload->fd = input ? keep_input (self, &item->cause) : open_file (item->path, &item->cause);
    bool good = upload->fd >= 0 && check_file (upload->fd, item->path, &upload->was, &item->cause) == RAP_OK;
    item->bytes = good ? (uint64_t)upload->was.st_size : 0;
    good = good && hash_file (upload->fd, item->bytes, self->piece, upload->sha256, &item->cause) == RAP_OK
           && (input || rap_sidecar_read (&upload->sidecar, item->path, &item->cause) == RAP_OK);
    if (!good) {
        settle (self, upload, RAP_HANDIN_REFUSED);
        return NULL;
    }
    rap_document_id (upload->sha256, item->document_id);
    upload->source = *upload->sidecar.source ? must (strdup (upload->sidecar.source))
                                             : text_of_path (input ? "stdin" : item->path);
    upload->ahead = item->bytes > 0 && item->bytes <= RAP_PIECE_BYTES_MAX;
    return upload;
}

//  Those that are not sent ahead go alone.
static bool has_room (const handin_t *self, const upload_t *upload)
{
    return self->window_count == 0
           || (upload->ahead && self->window[0]->ahead && self->window_count < WINDOW
               && self->window_bytes + upload->item->bytes <= WINDOW_BYTES);
}

//  --- what is sent ----------------------------------------------------------------
static const char *choose (const char *option, const char *sidecar)
{
    return option ? option : sidecar;
}

//  Answers are told apart by their order alone: where one of the messages may be
//  missing, nothing that comes can be trusted.
static void distrust (handin_t *self, int64_t again_ms)
{
    self->deaf = true;
    self->again_ms = again_ms;
}

static void send_message (handin_t *self, const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    if (rap_endpoint_send (self->endpoint, NULL, rap_packed (self->packer)) != RAP_OK)
        distrust (self, rap_clock_ms () + AGAIN_MS); //  no room: nobody reads
}

static void send_submit (handin_t *self, upload_t *upload)
{
    const rap_handin_options_t *o = self->options;
    rap_message_t message = {RAP_MSG_SUBMIT,
                             {.submit = {.source = rap_text (upload->source),
                                         .bytes = upload->item->bytes,
                                         .sha256 = rap_text (upload->sha256),
                                         .symbol = rap_text (choose (o->symbol, upload->sidecar.symbol)),
                                         .published = rap_text (choose (o->date, upload->sidecar.date)),
                                         .title = rap_text (choose (o->title, upload->sidecar.title)),
                                         .language = rap_text (choose (o->language, upload->sidecar.language))}}};
    upload->state = ASKED;
    send_message (self, &message);
}

//  As it was when it was hashed, as far as the file system tells.
static bool is_unchanged (const upload_t *upload)
{
    struct stat is;
    return fstat (upload->fd, &is) == 0 && is.st_size == upload->was.st_size
           && is.st_mtim.tv_sec == upload->was.st_mtim.tv_sec && is.st_mtim.tv_nsec == upload->was.st_mtim.tv_nsec;
}

//  Reads the piece at `offset`; false if the file is not what it was. Half of a file
//  that is still being written is nothing to ask a promise for.
static bool read_piece (handin_t *self, upload_t *upload, uint64_t offset, size_t *size)
{
    uint64_t left = offset < upload->item->bytes ? upload->item->bytes - offset : 0;
    *size = left < RAP_PIECE_BYTES_MAX ? (size_t)left : RAP_PIECE_BYTES_MAX;
    ssize_t len = pread (upload->fd, self->piece, *size, (off_t)offset);
    if (len > 0 && (size_t)len == *size && (*size < left || is_unchanged (upload)))
        return true;
    rap_refuse (&upload->item->cause, "it changed while it was handed in; hand it in again");
    return false;
}

static void send_piece (handin_t *self, upload_t *upload, uint64_t offset, size_t size)
{
    rap_message_t message = {RAP_MSG_PIECE, {.piece = {offset, {(const char *)self->piece, size}}}};
    upload->sent_all = upload->sent_all || offset + size == upload->item->bytes;
    send_message (self, &message);
}

//  Puts it into the window and asks, or settles it.
static void ask (handin_t *self, upload_t *upload, int64_t now_ms)
{
    size_t size = 0;
    if (upload->ahead && !read_piece (self, upload, 0, &size)) {
        settle (self, upload, RAP_HANDIN_REFUSED);
        return;
    }
    if (self->window_count == 0)
        self->give_up_ms = now_ms + self->options->timeout_ms;
    self->window[self->window_count++] = upload;
    self->window_bytes += upload->item->bytes;
    if (!self->deaf)
        self->again_ms = now_ms + SILENCE_MS;
    send_submit (self, upload);
    if (upload->ahead)
        send_piece (self, upload, 0, size);
}

//  Standard input may take its time, which what is on its way does not have.
static bool may_stage (const handin_t *self)
{
    return !self->staged && self->next < self->count
           && (self->window_count == 0 || strcmp (self->items[self->next].path, "-") != 0);
}

//  As many as there is room for; but only one that cannot be handed in, for each may
//  take long, and in between others want a word.
static void ask_next (handin_t *self)
{
    while (!self->deaf) {
        if (may_stage (self))
            self->staged = new_upload (self, &self->items[self->next++]);
        if (!self->staged || !has_room (self, self->staged))
            return;
        upload_t *upload = self->staged;
        self->staged = NULL;
        ask (self, upload, rap_clock_ms ());
    }
}

//  A connection of which nothing old can come; what is on its way is asked anew.
static rap_status_t connect_anew (handin_t *self, int64_t now_ms, rap_reason_t *reason)
{
    rap_endpoint_destroy (&self->endpoint);
    rap_endpoint_options_t options = {.kind = RAP_DEALER,
                                      .address = self->options->address,
                                      .queue = QUEUE,
                                      .gate = self->options->gate,
                                      .door = RAP_DOOR_SUBMIT};
    self->endpoint = rap_endpoint_new (&options, reason);
    if (!self->endpoint)
        return RAP_REFUSED;
    upload_t *before[WINDOW];
    uint32_t count = self->window_count;
    int64_t give_up_ms = self->give_up_ms;
    memcpy (before, self->window, sizeof before);
    self->window_count = 0;
    self->window_bytes = 0;
    self->deaf = self->skip = false;
    for (uint32_t i = 0; i < count; i++) {
        before[i]->sent_before = before[i]->sent_all;
        ask (self, before[i], now_ms);
    }
    self->give_up_ms = give_up_ms;
    return RAP_OK;
}

//  --- what is heard ---------------------------------------------------------------
//  Refusals that time heals; doc/protocol.md lists them.
static bool is_passing (rap_text_t cause)
{
    return rap_text_starts (cause, RAP_TEXT ("busy:")) || rap_text_starts (cause, RAP_TEXT ("not taken, try again"))
           || rap_text_starts (cause, RAP_TEXT ("no upload is open"))
           || rap_text_starts (cause, RAP_TEXT ("this ingest is ending"));
}

static rap_handin_result_t result_of (const upload_t *upload, rap_text_t answer)
{
    //  If it had all of it from us before the connection broke, the promise was lost, not the document.
    bool ours = upload->state == SENT ? upload->sent_all : upload->sent_before;
    if (rap_text_equal (answer, RAP_TEXT ("taken")))
        return RAP_HANDIN_TAKEN;
    if (rap_text_equal (answer, RAP_TEXT ("already")))
        return ours ? RAP_HANDIN_TAKEN : RAP_HANDIN_ALREADY;
    return rap_text_equal (answer, RAP_TEXT ("quarantined")) ? RAP_HANDIN_QUARANTINED : RAP_HANDIN_REFUSED;
}

//  Ingest wants the bytes from `offset` on.
static void told_to_send (handin_t *self, upload_t *upload, uint64_t offset, int64_t now_ms)
{
    size_t size;
    bool expected = !upload->ahead || (upload->state == ASKED && offset == 0);
    upload->state = SENT;
    if (upload->ahead && expected)
        return; //  they are on their way
    if (expected && read_piece (self, upload, offset, &size)) {
        send_piece (self, upload, offset, size);
        return;
    }
    //  Begun anew, so that the upload begun there ends with the connection.
    distrust (self, now_ms);
    if (expected)
        settle_first (self, RAP_HANDIN_REFUSED);
}

static void told (handin_t *self, const rap_answer_t *answer, int64_t now_ms)
{
    if (self->skip) {
        self->skip = false;
        return;
    }
    upload_t *first = self->window[0];
    rap_refuse (&first->item->cause, "%.*s", (int)answer->cause.len, answer->cause.at ? answer->cause.at : "");
    if (rap_text_equal (answer->answer, RAP_TEXT ("refused")) && is_passing (answer->cause)) {
        distrust (self, now_ms + AGAIN_MS);
        return;
    }
    if (answer->document_id.len && !rap_text_equal (answer->document_id, rap_text (first->item->document_id))) {
        distrust (self, now_ms + AGAIN_MS); //  of another document
        return;
    }
    self->give_up_ms = now_ms + self->options->timeout_ms;
    self->again_ms = now_ms + SILENCE_MS;
    if (rap_text_equal (answer->answer, RAP_TEXT ("send"))) {
        told_to_send (self, first, answer->offset, now_ms);
        return;
    }
    self->skip = first->ahead && first->state == ASKED;
    settle_first (self, result_of (first, answer->answer));
}

static void receive (handin_t *self, int64_t now_ms)
{
    rap_text_t frame;
    rap_message_t message;
    rap_reason_t reason;
    while (!self->deaf && self->window_count && rap_endpoint_receive (self->endpoint, NULL, &frame) == RAP_OK) {
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK && message.type == RAP_MSG_ANSWER)
            told (self, &message.answer, now_ms);
    }
}

static rap_status_t mind_time (handin_t *self, int64_t now_ms, rap_reason_t *reason)
{
    if ((!self->window_count && !self->deaf) || now_ms < self->again_ms)
        return RAP_OK;
    if (self->window_count && now_ms >= self->give_up_ms) {
        rap_reason_t *cause = &self->window[0]->item->cause;
        if (!rap_endpoint_refused (self->endpoint, cause) && !cause->text[0])
            rap_refuse (cause, "no answer at %s; is the service running? 'rapporteur up --data DIR' starts it",
                        self->options->address);
        settle_first (self, RAP_HANDIN_UNANSWERED);
        self->give_up_ms = now_ms + self->options->timeout_ms;
        return connect_anew (self, now_ms, reason);
    }
    if (!self->told_waiting && self->window_count) {
        rap_reason_t why;
        if (rap_endpoint_refused (self->endpoint, &why))
            fprintf (stderr, "rapporteur: %s\n", why.text);
        else
            fprintf (stderr, "rapporteur: waiting for ingest at %s\n", self->options->address);
        self->told_waiting = true;
    }
    return connect_anew (self, now_ms, reason);
}

static rap_status_t serve (handin_t *self, rap_reason_t *reason)
{
    while (self->settled < self->count) {
        ask_next (self);
        if (self->settled == self->count)
            break;
        //  When deaf there is nothing to hear, and what comes must not keep us awake.
        zmq_pollitem_t polled = {.socket = rap_endpoint_socket (self->endpoint), .events = ZMQ_POLLIN};
        zmq_poll (&polled, self->deaf ? 0 : 1, self->deaf || self->window_count ? TURN_MS : 0);
        int64_t now_ms = rap_clock_ms ();
        receive (self, now_ms);
        if (mind_time (self, now_ms, reason) != RAP_OK)
            return RAP_REFUSED;
        if (self->options->turn && !self->options->turn (self->options->self))
            break;
    }
    return RAP_OK;
}

rap_status_t rap_handin (const rap_handin_options_t *options, rap_handin_item_t *items, uint32_t count,
                         rap_reason_t *reason)
{
    handin_t self = {.options = options, .items = items, .count = count};
    self.packer = rap_packer_new ();
    self.arena = rap_arena_new ();
    self.piece = must (malloc (RAP_PIECE_BYTES_MAX));
    rap_status_t status = connect_anew (&self, rap_clock_ms (), reason);
    if (status == RAP_OK)
        status = serve (&self, reason);
    while (self.window_count)
        free_upload (self.window[--self.window_count]);
    if (self.staged)
        free_upload (self.staged);
    rap_endpoint_destroy (&self.endpoint);
    free (self.piece);
    rap_packer_destroy (&self.packer);
    rap_arena_destroy (&self.arena);
    return status;
}
