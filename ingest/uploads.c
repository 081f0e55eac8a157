//  uploads: uploads, and the answers that wait for their commit.
#include "uploads.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "rapporteur/log.h"

#include "intake.h"

//  A document that a peer is handing in.
typedef struct upload {
    rap_peer_t peer;
    rap_intake_t *intake;
    uint64_t bytes; //  as stated
    char sha256[RAP_SHA256_HEX];
    char *texts; //  what `stated` points into
    rap_stated_t stated;
    int64_t heard_ms;
    TAILQ_ENTRY (upload) place;
} upload_t;

//  An answer that waits for the commit.
typedef struct waiting {
    rap_peer_t peer;
    const char *word; //  a literal
    rap_outcome_t outcome;
    uint64_t offset;
    bool promise; //  it tells of what is on disk
    STAILQ_ENTRY (waiting) place;
} waiting_t;

struct rap_uploads {
    rap_journal_t *journal;
    rap_answer_fn *answer;
    void *answer_self;
    TAILQ_HEAD (open, upload) open;
    uint32_t count;
    STAILQ_HEAD (answers, waiting) answers; //  in order
    bool closed;
};

static void *zeroed (size_t size)
{
    void *memory = calloc (1, size);
    if (!memory)
        abort ();
    return memory;
}

static bool same_peer (const rap_peer_t *a, const rap_peer_t *b)
{
    return a->len == b->len && memcmp (a->bytes, b->bytes, a->len) == 0;
}

rap_uploads_t *rap_uploads_new (rap_journal_t *journal, rap_answer_fn *answer, void *answer_self)
{
    rap_uploads_t *self = zeroed (sizeof *self);
    self->journal = journal;
    self->answer = answer;
    self->answer_self = answer_self;
    TAILQ_INIT (&self->open);
    STAILQ_INIT (&self->answers);
    return self;
}

static void end_upload (rap_uploads_t *self, upload_t *upload)
{
    TAILQ_REMOVE (&self->open, upload, place);
    self->count--;
    rap_intake_destroy (&upload->intake);
    free (upload->texts);
    free (upload);
}

static upload_t *find_upload (rap_uploads_t *self, const rap_peer_t *peer)
{
    for (upload_t *upload = TAILQ_FIRST (&self->open); upload; upload = TAILQ_NEXT (upload, place))
        if (same_peer (&upload->peer, peer))
            return upload;
    return NULL;
}

void rap_uploads_destroy (rap_uploads_t **self_p)
{
    rap_uploads_t *self = *self_p;
    if (!self)
        return;
    for (upload_t *upload = TAILQ_FIRST (&self->open), *next; upload; upload = next) {
        next = TAILQ_NEXT (upload, place);
        end_upload (self, upload);
    }
    while (!STAILQ_EMPTY (&self->answers)) {
        waiting_t *first = STAILQ_FIRST (&self->answers);
        STAILQ_REMOVE_HEAD (&self->answers, place);
        free (first);
    }
    free (self);
    *self_p = NULL;
}

//  --- answers -------------------------------------------------------------------

static void send_answer (rap_uploads_t *self, const rap_peer_t *peer, const char *word, const char *document_id,
                         const char *cause, uint64_t offset)
{
    rap_answer_t answer = {.answer = rap_text (word),
                           .document_id = rap_text (document_id),
                           .cause = rap_text (cause),
                           .offset = offset};
    self->answer (self->answer_self, peer, &answer);
}

static bool has_waiting (const rap_uploads_t *self, const rap_peer_t *peer)
{
    for (waiting_t *waiting = STAILQ_FIRST (&self->answers); waiting; waiting = STAILQ_NEXT (waiting, place))
        if (same_peer (&waiting->peer, peer))
            return true;
    return false;
}

static void wait_to_answer (rap_uploads_t *self, const rap_peer_t *peer, const char *word,
                            const rap_outcome_t *outcome, uint64_t offset, bool promise)
{
    waiting_t *waiting = zeroed (sizeof *waiting);
    waiting->peer = *peer;
    waiting->word = word;
    waiting->outcome = *outcome;
    waiting->offset = offset;
    waiting->promise = promise;
    STAILQ_INSERT_TAIL (&self->answers, waiting, place);
}

//  At once, unless this peer already waits for something.
static void answer_now (rap_uploads_t *self, const rap_peer_t *peer, const char *word, const char *cause,
                        uint64_t offset)
{
    if (!has_waiting (self, peer)) {
        send_answer (self, peer, word, "", cause, offset);
        return;
    }
    rap_outcome_t outcome = {0};
    rap_refuse (&outcome.cause, "%s", cause);
    wait_to_answer (self, peer, word, &outcome, offset, false);
}

static void refuse (rap_uploads_t *self, const rap_peer_t *peer, const char *cause)
{
    rap_log (RAP_LOG_WARN, "submit.refused", "cause", cause, NULL);
    answer_now (self, peer, "refused", cause, 0);
}

static void promise (rap_uploads_t *self, const rap_peer_t *peer, const rap_outcome_t *outcome)
{
    wait_to_answer (self, peer, rap_intake_word (outcome->result), outcome, 0, true);
}

bool rap_uploads_waiting (const rap_uploads_t *self)
{
    return !STAILQ_EMPTY (&self->answers);
}

void rap_uploads_committed (rap_uploads_t *self)
{
    while (!STAILQ_EMPTY (&self->answers)) {
        waiting_t *first = STAILQ_FIRST (&self->answers);
        STAILQ_REMOVE_HEAD (&self->answers, place);
        if (first->promise)
            rap_log (RAP_LOG_INFO, "document.answered", "document", first->outcome.document_id, "answer", first->word,
                     NULL);
        send_answer (self, &first->peer, first->word, first->outcome.document_id, first->outcome.cause.text,
                     first->offset);
        free (first);
    }
}

void rap_uploads_failed (rap_uploads_t *self, const char *cause)
{
    rap_reason_t told;
    rap_refuse (&told, "not taken, try again later: the journal cannot be written (%s)", cause);
    while (!STAILQ_EMPTY (&self->answers)) {
        waiting_t *first = STAILQ_FIRST (&self->answers);
        STAILQ_REMOVE_HEAD (&self->answers, place);
        send_answer (self, &first->peer, "refused", "", told.text, 0);
        free (first);
    }
    for (upload_t *upload = TAILQ_FIRST (&self->open), *next; upload; upload = next) {
        next = TAILQ_NEXT (upload, place);
        send_answer (self, &upload->peer, "refused", "", told.text, 0);
        rap_intake_lost (&upload->intake);
        end_upload (self, upload);
    }
}

//  --- taking ----------------------------------------------------------------------

static bool is_sha256 (rap_text_t text)
{
    if (text.len != RAP_SHA256_HEX - 1)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
            return false;
    return true;
}

static rap_text_t copy (char **to, rap_text_t from)
{
    rap_text_t own = {*to, from.len};
    if (from.len)
        memcpy (*to, from.at, from.len);
    *to += from.len;
    return own;
}

static upload_t *begin_upload (rap_uploads_t *self, int64_t now_ms, const rap_peer_t *peer,
                               const rap_stated_t *stated, uint64_t bytes, const char *sha256)
{
    upload_t *upload = zeroed (sizeof *upload);
    upload->peer = *peer;
    upload->bytes = bytes;
    upload->heard_ms = now_ms;
    memcpy (upload->sha256, sha256, RAP_SHA256_HEX);
    upload->texts = zeroed (stated->source.len + stated->symbol.len + stated->published.len + stated->title.len
                            + stated->language.len + 1);
    char *to = upload->texts;
    upload->stated.source = copy (&to, stated->source);
    upload->stated.key = upload->stated.source;
    upload->stated.symbol = copy (&to, stated->symbol);
    upload->stated.published = copy (&to, stated->published);
    upload->stated.title = copy (&to, stated->title);
    upload->stated.language = copy (&to, stated->language);
    upload->intake = rap_intake_new (self->journal);
    TAILQ_INSERT_TAIL (&self->open, upload, place);
    self->count++;
    return upload;
}

//  All bytes are there: the document is taken, once that is on disk.
static void complete_upload (rap_uploads_t *self, upload_t *upload)
{
    rap_outcome_t outcome;
    rap_reason_t reason;
    rap_peer_t peer = upload->peer;
    rap_status_t status = rap_intake_end (&upload->intake, &upload->stated, upload->sha256, &outcome, &reason);
    end_upload (self, upload);
    if (status == RAP_OK)
        promise (self, &peer, &outcome);
    else if (status == RAP_REFUSED)
        refuse (self, &peer, reason.text);
    else //  the group will be rolled back, and this peer is told then
        wait_to_answer (self, &peer, "refused", &outcome, 0, false);
}

static void told_piece (rap_uploads_t *self, int64_t now_ms, const rap_peer_t *peer, const rap_piece_t *piece)
{
    rap_reason_t reason;
    upload_t *upload = find_upload (self, peer);
    if (!upload) {
        answer_now (self, peer, "refused", "no upload is open: SUBMIT comes first", 0);
        return;
    }
    upload->heard_ms = now_ms;
    uint64_t have = rap_intake_bytes (upload->intake);
    if (piece->offset != have || piece->bytes.len == 0 || piece->bytes.len > upload->bytes - have) {
        rap_refuse (&reason, "a piece of %zu bytes at %" PRIu64 "; expected at %" PRIu64 " of %" PRIu64 " bytes",
                    piece->bytes.len, piece->offset, have, upload->bytes);
        end_upload (self, upload);
        refuse (self, peer, reason.text);
        return;
    }
    if (rap_intake_add (upload->intake, piece->bytes, &reason) != RAP_OK)
        return; //  the journal failed; told when the group is rolled back
    have += piece->bytes.len;
    if (have == upload->bytes)
        complete_upload (self, upload);
    else
        answer_now (self, peer, "send", "", have);
}

//  What can be answered without the bytes; RAP_AGAIN: they are needed.
static rap_status_t known_at_once (rap_uploads_t *self, const rap_stated_t *stated, uint64_t bytes,
                                   const char *sha256, rap_outcome_t *outcome, rap_reason_t *reason)
{
    rap_status_t status = rap_intake_known (self->journal, sha256, outcome);
    if (status == RAP_FAILED)
        return rap_fail (reason, "%s", rap_journal_failure (self->journal));
    if (status == RAP_OK)
        return RAP_OK;
    if (bytes > RAP_DOCUMENT_BYTES_MAX)
        return rap_intake_too_large (self->journal, stated, bytes, sha256, outcome, reason);
    if (bytes > 0)
        return RAP_AGAIN;
    rap_intake_t *nothing = rap_intake_new (self->journal);
    return rap_intake_end (&nothing, stated, sha256, outcome, reason);
}

static void told_submit (rap_uploads_t *self, int64_t now_ms, const rap_peer_t *peer, const rap_submit_t *submit)
{
    rap_reason_t reason;
    rap_outcome_t outcome = {0};
    char sha256[RAP_SHA256_HEX] = "";
    rap_stated_t stated = {.source = submit->source,
                           .key = submit->source,
                           .symbol = submit->symbol,
                           .published = submit->published,
                           .title = submit->title,
                           .language = submit->language};
    upload_t *before = find_upload (self, peer);
    if (before)
        end_upload (self, before); //  the peer began anew
    rap_status_t status = rap_intake_check (&stated, &reason);
    if (status == RAP_OK && self->closed)
        status = rap_refuse (&reason, "this ingest is ending; hand it in again later");
    if (status == RAP_OK && !is_sha256 (submit->sha256))
        status = rap_refuse (&reason, "sha256 is not 64 hexadecimal digits in lower case");
    if (status == RAP_OK) {
        memcpy (sha256, submit->sha256.at, submit->sha256.len);
        status = known_at_once (self, &stated, submit->bytes, sha256, &outcome, &reason);
    }
    if (status == RAP_OK)
        promise (self, peer, &outcome);
    else if (status == RAP_FAILED)
        wait_to_answer (self, peer, "refused", &outcome, 0, false);
    else if (status == RAP_AGAIN && self->count >= RAP_UPLOADS_MAX)
        refuse (self, peer, "busy: too many uploads at once, try again");
    else if (status == RAP_AGAIN) {
        begin_upload (self, now_ms, peer, &stated, submit->bytes, sha256);
        answer_now (self, peer, "send", "", 0);
    } else
        refuse (self, peer, reason.text);
}

void rap_uploads_told (rap_uploads_t *self, int64_t now_ms, const rap_peer_t *peer, const rap_message_t *message)
{
    if (message->type == RAP_MSG_SUBMIT)
        told_submit (self, now_ms, peer, &message->submit);
    else if (message->type == RAP_MSG_PIECE)
        told_piece (self, now_ms, peer, &message->piece);
}

void rap_uploads_expire (rap_uploads_t *self, int64_t now_ms)
{
    for (upload_t *upload = TAILQ_FIRST (&self->open), *next; upload; upload = next) {
        next = TAILQ_NEXT (upload, place);
        if (now_ms - upload->heard_ms <= RAP_UPLOAD_IDLE_MS)
            continue;
        rap_peer_t peer = upload->peer;
        end_upload (self, upload);
        refuse (self, &peer, "the upload was idle for too long");
    }
}

void rap_uploads_close (rap_uploads_t *self)
{
    self->closed = true;
}

uint32_t rap_uploads_count (const rap_uploads_t *self)
{
    return self->count;
}
