//  intake: bytes into the journal, piece by piece; what becomes of them at the end.
#include "intake.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/log.h"
#include "rapporteur/metrics.h"
#include "rapporteur/utf8.h"

struct rap_intake {
    rap_journal_t *journal;
    rap_sha256_t *hash;
    uint64_t bytes;
    uint64_t body; //  0: nothing in the journal yet
    uint32_t pieces;
    char *held; //  the beginning of the next piece
    size_t held_len;
    size_t held_room;
};

const char *rap_intake_word (rap_intake_result_t result)
{
    static const char *const words[] = {"taken", "already", "quarantined"};
    return words[result];
}

rap_intake_t *rap_intake_new (rap_journal_t *journal)
{
    rap_intake_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->journal = journal;
    self->hash = rap_sha256_new ();
    return self;
}

void rap_intake_lost (rap_intake_t **self_p)
{
    if (*self_p)
        (*self_p)->pieces = 0;
    rap_intake_destroy (self_p);
}

void rap_intake_destroy (rap_intake_t **self_p)
{
    char unused[RAP_SHA256_HEX];
    rap_intake_t *self = *self_p;
    if (!self)
        return;
    if (self->pieces) //  failing to drop them leaves what the next start clears
        (void)rap_journal_body_drop (self->journal, self->body);
    if (self->hash)
        rap_sha256_end (&self->hash, unused);
    free (self->held);
    free (self);
    *self_p = NULL;
}

uint64_t rap_intake_bytes (const rap_intake_t *self)
{
    return self->bytes;
}

static rap_status_t write_piece (rap_intake_t *self, rap_text_t bytes)
{
    if (!self->body)
        self->body = rap_journal_body_new (self->journal);
    return rap_journal_body_add (self->journal, self->body, self->pieces++, bytes);
}

static void keep (rap_intake_t *self, rap_text_t bytes)
{
    size_t needed = self->held_len + bytes.len;
    if (needed > self->held_room) {
        size_t room = self->held_room ? self->held_room * 2 : bytes.len;
        room = room < needed ? needed : room;
        self->held = realloc (self->held, room);
        if (!self->held)
            abort ();
        self->held_room = room;
    }
    memcpy (self->held + self->held_len, bytes.at, bytes.len);
    self->held_len = needed;
}

rap_status_t rap_intake_add (rap_intake_t *self, rap_text_t bytes, rap_reason_t *reason)
{
    if (bytes.len > RAP_DOCUMENT_BYTES_MAX - self->bytes)
        return rap_refuse (reason, "more than %d bytes", RAP_DOCUMENT_BYTES_MAX);
    if (bytes.len)
        rap_sha256_add (self->hash, bytes.at, bytes.len);
    self->bytes += bytes.len;
    while (bytes.len) {
        size_t room = RAP_PIECE_BYTES_MAX - self->held_len;
        rap_text_t part = rap_text_of (bytes.at, bytes.len < room ? bytes.len : room);
        bytes = rap_text_from (bytes, part.len);
        rap_status_t status = RAP_OK;
        if (part.len == RAP_PIECE_BYTES_MAX)
            status = write_piece (self, part);
        else
            keep (self, part);
        if (self->held_len == RAP_PIECE_BYTES_MAX) {
            status = write_piece (self, rap_text_of (self->held, self->held_len));
            self->held_len = 0;
        }
        if (status != RAP_OK)
            return rap_fail (reason, "%s", rap_journal_failure (self->journal));
    }
    return RAP_OK;
}

rap_status_t rap_intake_known (rap_journal_t *journal, const char *sha256, rap_outcome_t *outcome)
{
    rap_text_t cause;
    rap_status_t status = rap_journal_find (journal, sha256, &cause);
    if (status != RAP_OK)
        return status;
    rap_document_id (sha256, outcome->document_id);
    outcome->result = cause.len ? RAP_INTAKE_QUARANTINED : RAP_INTAKE_ALREADY;
    rap_refuse (&outcome->cause, "%.*s", (int)cause.len, cause.at);
    return RAP_OK;
}

//  Records it as refused whole.
static rap_status_t record_refused (rap_journal_t *journal, const rap_stated_t *stated, const char *sha256,
                                    uint64_t bytes, rap_outcome_t *outcome)
{
    rap_status_t known = rap_intake_known (journal, sha256, outcome);
    if (known != RAP_AGAIN)
        return known;
    rap_document_id (sha256, outcome->document_id);
    outcome->result = RAP_INTAKE_QUARANTINED;
    return rap_journal_refuse (journal, stated, sha256, bytes, outcome->cause.text);
}

rap_status_t rap_intake_too_large (rap_journal_t *journal, const rap_stated_t *stated, uint64_t bytes,
                                   const char *sha256, rap_outcome_t *outcome, rap_reason_t *reason)
{
    char made[RAP_SHA256_HEX];
    if (!sha256) {
        char size[32];
        rap_sha256_t *hash = rap_sha256_new ();
        int len = snprintf (size, sizeof size, "\n%" PRIu64, bytes);
        rap_sha256_add (hash, stated->source.at, stated->source.len);
        rap_sha256_add (hash, size, (size_t)len);
        rap_sha256_end (&hash, made);
        sha256 = made;
    }
    rap_refuse (&outcome->cause, "the document has %" PRIu64 " bytes; the limit is %d; split it", bytes,
                RAP_DOCUMENT_BYTES_MAX);
    if (record_refused (journal, stated, sha256, bytes, outcome) == RAP_OK)
        return RAP_OK;
    return rap_fail (reason, "%s", rap_journal_failure (journal));
}

//  A new document: its last piece and its row.
static rap_status_t take (rap_intake_t *self, const rap_stated_t *stated, const char *sha256, rap_outcome_t *outcome)
{
    if (self->held_len && write_piece (self, rap_text_of (self->held, self->held_len)) != RAP_OK)
        return RAP_FAILED;
    if (rap_journal_take (self->journal, stated, sha256, self->bytes, self->body) != RAP_OK)
        return RAP_FAILED;
    rap_metric_add (RAP_M_INGEST_TAKEN, 1);
    rap_metric_add (RAP_M_INGEST_TAKEN_BYTES, self->bytes);
    self->pieces = 0; //  they belong to the document now
    rap_document_id (sha256, outcome->document_id);
    outcome->result = RAP_INTAKE_TAKEN;
    return RAP_OK;
}

rap_status_t rap_intake_end (rap_intake_t **self_p, const rap_stated_t *stated, const char *sha256,
                             rap_outcome_t *outcome, rap_reason_t *reason)
{
    rap_intake_t *self = *self_p;
    rap_journal_t *journal = self->journal;
    char own[RAP_SHA256_HEX];
    *outcome = (rap_outcome_t){0};
    rap_sha256_end (&self->hash, own);
    if (sha256 && strcmp (own, sha256) != 0) {
        rap_intake_destroy (self_p);
        return rap_refuse (reason, "the bytes received have another sha256 than was stated");
    }
    rap_status_t status = rap_intake_known (journal, own, outcome);
    if (status == RAP_AGAIN && self->bytes == 0) {
        rap_refuse (&outcome->cause, "the document is empty: 0 bytes");
        status = record_refused (journal, stated, own, 0, outcome);
    } else if (status == RAP_AGAIN)
        status = take (self, stated, own, outcome);
    rap_intake_destroy (self_p);
    return status == RAP_OK ? RAP_OK : rap_fail (reason, "%s", rap_journal_failure (journal));
}

static rap_status_t check_text (const char *what, rap_text_t text, rap_reason_t *reason)
{
    if (text.len > RAP_SHORT_TEXT_MAX)
        return rap_refuse (reason, "%s has %zu bytes; the limit is %d", what, text.len, RAP_SHORT_TEXT_MAX);
    if (rap_utf8_invalid_at (text) != text.len || (text.len && memchr (text.at, 0, text.len)))
        return rap_refuse (reason, "%s is not valid UTF-8", what);
    return RAP_OK;
}

//  YYYY-MM-DD, of the calendar.
static bool is_day (rap_text_t text)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.len != 10 || text.at[4] != '-' || text.at[7] != '-')
        return false;
    int parts[3] = {0};
    for (size_t i = 0; i < 10; i++) {
        if (i == 4 || i == 7)
            continue;
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        int *part = &parts[i < 4 ? 0 : i < 7 ? 1 : 2];
        *part = *part * 10 + (text.at[i] - '0');
    }
    int year = parts[0], month = parts[1], day = parts[2];
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1]
           && (month != 2 || day <= 28 || leap);
}

rap_status_t rap_intake_check (const rap_stated_t *stated, rap_reason_t *reason)
{
    rap_status_t status = check_text ("source", stated->source, reason);
    if (status == RAP_OK)
        status = check_text ("symbol", stated->symbol, reason);
    if (status == RAP_OK)
        status = check_text ("title", stated->title, reason);
    if (status == RAP_OK)
        status = check_text ("language", stated->language, reason);
    if (status == RAP_OK && stated->published.len && !is_day (stated->published))
        status = rap_refuse (reason, "the date is not a day as YYYY-MM-DD");
    return status;
}
