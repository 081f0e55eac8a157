//  handin: one document after the other, so that they are taken in their order.
//
//      EMPTY ──item──> ASKED ──"send"──> SENT ──"send" of a later offset──> SENT
//        ^               │                │
//        └─── result ────┴────────────────┘
//      Silence, or "try again": a new connection, ASKED anew, until the timeout.
#include "handin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
};

typedef enum { EMPTY, ASKED, SENT } lane_state_t;

typedef struct {
    rap_endpoint_t *endpoint;
    lane_state_t state;
    rap_handin_item_t *item;
    int fd;
    char sha256[RAP_SHA256_HEX];
    rap_sidecar_t sidecar;
    char *source;       //  as ingest is told
    bool sent_all;      //  the last piece went out, on some connection
    int64_t again_ms;   //  connect and ask anew then
    int64_t give_up_ms; //  unless something is heard before
} lane_t;

typedef struct {
    const rap_handin_options_t *options;
    rap_handin_item_t *items;
    uint32_t count;
    uint32_t next;    //  item not begun
    uint32_t settled; //  items with a result
    bool told_waiting;
    lane_t lane;
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

//  Standard input as a file without a name, so that it can be read twice.
static int keep_input (rap_reason_t *reason)
{
    FILE *kept = tmpfile ();
    char buffer[64 * 1024];
    ssize_t len;
    uint64_t total = 0;
    int fd = -1;
    while (kept && (len = read (STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 || fwrite (buffer, 1, (size_t)len, kept) != (size_t)len)
            break;
        total += (uint64_t)len;
        if (total > RAP_DOCUMENT_BYTES_MAX)
            break;
    }
    if (kept && fflush (kept) == 0 && !ferror (kept))
        fd = dup (fileno (kept));
    if (fd < 0)
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
static rap_status_t check_file (int fd, const char *path, uint64_t *bytes, rap_reason_t *reason)
{
    struct stat about;
    if (fstat (fd, &about) != 0)
        return rap_refuse (reason, "%s", strerror (errno));
    if (S_ISDIR (about.st_mode))
        return rap_refuse (reason,
                           "a folder; give its files (%.200s/*), or use 'rapporteur run', which takes folders", path);
    if (!S_ISREG (about.st_mode))
        return rap_refuse (reason, "not a regular file; pipe its content into 'rapporteur submit -' instead");
    *bytes = (uint64_t)about.st_size;
    if (*bytes > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "%" PRIu64 " bytes are more than a document may have (256 MiB); split it", *bytes);
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

//  --- the lane --------------------------------------------------------------------
static void settle (handin_t *self, lane_t *lane, rap_handin_result_t result)
{
    lane->item->result = result;
    if (lane->fd >= 0)
        close (lane->fd);
    free (lane->source);
    lane->fd = -1;
    lane->source = NULL;
    lane->state = EMPTY;
    self->settled++;
    if (self->options->told)
        self->options->told (self->options->self, lane->item);
    lane->item = NULL;
}

static const char *choose (const char *option, const char *sidecar)
{
    return option ? option : sidecar;
}

static void send_message (handin_t *self, lane_t *lane, const rap_message_t *message)
{
    //  No room means that nobody reads: silence, and the timeout deals with it.
    rap_message_pack (self->packer, message);
    rap_endpoint_send (lane->endpoint, NULL, rap_packed (self->packer));
}

static void ask (handin_t *self, lane_t *lane, int64_t now_ms)
{
    const rap_handin_options_t *o = self->options;
    rap_message_t message = {RAP_MSG_SUBMIT,
                             {.submit = {.source = rap_text (lane->source),
                                         .bytes = lane->item->bytes,
                                         .sha256 = rap_text (lane->sha256),
                                         .symbol = rap_text (choose (o->symbol, lane->sidecar.symbol)),
                                         .published = rap_text (choose (o->date, lane->sidecar.date)),
                                         .title = rap_text (choose (o->title, lane->sidecar.title)),
                                         .language = rap_text (choose (o->language, lane->sidecar.language))}}};
    lane->state = ASKED;
    lane->again_ms = now_ms + SILENCE_MS;
    send_message (self, lane, &message);
}

//  A connection of which nothing old can come.
static rap_status_t connect_anew (handin_t *self, lane_t *lane, rap_reason_t *reason)
{
    rap_endpoint_destroy (&lane->endpoint);
    rap_endpoint_options_t options = {.kind = RAP_DEALER, .address = self->options->address, .queue = 4};
    lane->endpoint = rap_endpoint_new (&options, reason);
    return lane->endpoint ? RAP_OK : RAP_REFUSED;
}

//  Opens and hashes the item's file; false if it was settled at once.
static bool prepare (handin_t *self, lane_t *lane)
{
    rap_handin_item_t *item = lane->item;
    bool input = strcmp (item->path, "-") == 0;
    lane->fd = input ? keep_input (&item->cause) : open_file (item->path, &item->cause);
    memset (&lane->sidecar, 0, sizeof lane->sidecar);
    bool good = lane->fd >= 0 && check_file (lane->fd, item->path, &item->bytes, &item->cause) == RAP_OK
                && hash_file (lane->fd, item->bytes, self->piece, lane->sha256, &item->cause) == RAP_OK
                && (input || rap_sidecar_read (&lane->sidecar, item->path, &item->cause) == RAP_OK);
    if (!good) {
        settle (self, lane, RAP_HANDIN_REFUSED);
        return false;
    }
    rap_document_id (lane->sha256, item->document_id);
    lane->source =
        *lane->sidecar.source ? must (strdup (lane->sidecar.source)) : text_of_path (input ? "stdin" : item->path);
    lane->sent_all = false;
    return true;
}

static void begin_next (handin_t *self, lane_t *lane, int64_t now_ms)
{
    while (lane->state == EMPTY && self->next < self->count) {
        lane->item = &self->items[self->next++];
        if (!prepare (self, lane))
            continue;
        lane->give_up_ms = now_ms + self->options->timeout_ms;
        ask (self, lane, now_ms);
    }
}

static void send_piece (handin_t *self, lane_t *lane, uint64_t offset, int64_t now_ms)
{
    uint64_t left = offset < lane->item->bytes ? lane->item->bytes - offset : 0;
    size_t want = left < RAP_PIECE_BYTES_MAX ? (size_t)left : RAP_PIECE_BYTES_MAX;
    ssize_t len = pread (lane->fd, self->piece, want, (off_t)offset);
    if (len <= 0 || (size_t)len != want) {
        rap_refuse (&lane->item->cause, "it changed while it was handed in; hand it in again");
        settle (self, lane, RAP_HANDIN_REFUSED);
        connect_anew (self, lane, NULL); //  so that the upload begun there ends with the connection
        return;
    }
    rap_message_t message = {RAP_MSG_PIECE, {.piece = {offset, {(const char *)self->piece, want}}}};
    lane->sent_all = lane->sent_all || want == left;
    lane->state = SENT;
    lane->again_ms = now_ms + SILENCE_MS;
    send_message (self, lane, &message);
}

//  Refusals that time heals; doc/protocol.md lists them.
static bool is_passing (rap_text_t cause)
{
    return rap_text_starts (cause, RAP_TEXT ("busy:")) || rap_text_starts (cause, RAP_TEXT ("not taken, try again"))
           || rap_text_starts (cause, RAP_TEXT ("no upload is open"))
           || rap_text_starts (cause, RAP_TEXT ("this ingest is ending"));
}

static void told (handin_t *self, lane_t *lane, const rap_answer_t *answer, int64_t now_ms)
{
    rap_handin_item_t *item = lane->item;
    rap_refuse (&item->cause, "%.*s", (int)answer->cause.len, answer->cause.at ? answer->cause.at : "");
    if (rap_text_equal (answer->answer, RAP_TEXT ("refused")) && is_passing (answer->cause)) {
        lane->again_ms = now_ms + AGAIN_MS;
        return;
    }
    lane->give_up_ms = now_ms + self->options->timeout_ms;
    if (rap_text_equal (answer->answer, RAP_TEXT ("send")))
        send_piece (self, lane, answer->offset, now_ms);
    else if (rap_text_equal (answer->answer, RAP_TEXT ("taken")))
        settle (self, lane, RAP_HANDIN_TAKEN);
    else if (rap_text_equal (answer->answer, RAP_TEXT ("already")))
        //  If it had all of it from us before the connection broke, the promise was lost, not the document.
        settle (self, lane, lane->sent_all ? RAP_HANDIN_TAKEN : RAP_HANDIN_ALREADY);
    else if (rap_text_equal (answer->answer, RAP_TEXT ("quarantined")))
        settle (self, lane, RAP_HANDIN_QUARANTINED);
    else
        settle (self, lane, RAP_HANDIN_REFUSED);
}

static void receive (handin_t *self, lane_t *lane, int64_t now_ms)
{
    rap_text_t frame;
    rap_message_t message;
    rap_reason_t reason;
    while (lane->state != EMPTY && rap_endpoint_receive (lane->endpoint, NULL, &frame) == RAP_OK) {
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK && message.type == RAP_MSG_ANSWER)
            told (self, lane, &message.answer, now_ms);
    }
}

static rap_status_t mind_time (handin_t *self, lane_t *lane, int64_t now_ms, rap_reason_t *reason)
{
    if (lane->state == EMPTY || now_ms < lane->again_ms)
        return RAP_OK;
    if (now_ms >= lane->give_up_ms) {
        if (!lane->item->cause.text[0])
            rap_refuse (&lane->item->cause,
                        "no answer at %s; is the service running? 'rapporteur up --data DIR' starts it",
                        self->options->address);
        settle (self, lane, RAP_HANDIN_UNANSWERED);
        return connect_anew (self, lane, reason);
    }
    if (connect_anew (self, lane, reason) != RAP_OK)
        return RAP_REFUSED;
    if (!self->told_waiting) {
        fprintf (stderr, "rapporteur: waiting for ingest at %s\n", self->options->address);
        self->told_waiting = true;
    }
    ask (self, lane, now_ms);
    return RAP_OK;
}

static rap_status_t serve (handin_t *self, rap_reason_t *reason)
{
    lane_t *lane = &self->lane;
    while (self->settled < self->count) {
        begin_next (self, lane, rap_clock_ms ());
        if (self->settled == self->count)
            break;
        zmq_pollitem_t polled = {.socket = rap_endpoint_socket (lane->endpoint), .events = ZMQ_POLLIN};
        zmq_poll (&polled, 1, TURN_MS);
        int64_t now_ms = rap_clock_ms ();
        receive (self, lane, now_ms);
        if (mind_time (self, lane, now_ms, reason) != RAP_OK)
            return RAP_REFUSED;
        if (self->options->turn && !self->options->turn (self->options->self))
            break;
    }
    return RAP_OK;
}

rap_status_t rap_handin (const rap_handin_options_t *options, rap_handin_item_t *items, uint32_t count,
                         rap_reason_t *reason)
{
    handin_t self = {.options = options, .items = items, .count = count, .lane.fd = -1};
    self.packer = rap_packer_new ();
    self.arena = rap_arena_new ();
    self.piece = must (malloc (RAP_PIECE_BYTES_MAX));
    rap_status_t status = connect_anew (&self, &self.lane, reason);
    if (status == RAP_OK)
        status = serve (&self, reason);
    if (self.lane.fd >= 0)
        close (self.lane.fd);
    free (self.lane.source);
    rap_endpoint_destroy (&self.lane.endpoint);
    free (self.piece);
    rap_packer_destroy (&self.packer);
    rap_arena_destroy (&self.arena);
    return status;
}
