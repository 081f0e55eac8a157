//  reader: in place of the reader's process. A document is lines, a chunk each;
//  what comes back of it comes batch by batch, a turn each, as from the real one.
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "reader_process.h"

enum { QUEUE = 4, PIECES_MAX = 64 };

typedef struct {
    rap_document_t document;
    char texts[9][128];
    uint64_t body;
    uint32_t batch_chunks;
    uint32_t next; //  chunk
    bool sent;
    int64_t ready_us;
} reading_at_t;

struct rap_reader_process {
    rap_reader_actions_t act;
    reading_at_t queue[QUEUE];
    uint32_t count;
    rap_packer_t *packer;
};

rap_reader_process_t *__wrap_rap_reader_process_new (const char *rules, rap_reason_t *reason);
rap_reader_process_t *__wrap_rap_reader_process_new (const char *rules, rap_reason_t *reason)
{
    (void)rules;
    (void)reason;
    rap_reader_process_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->packer = rap_packer_new ();
    return self;
}

rap_status_t __wrap_rap_reader_process_loaded (rap_reader_process_t *self, rap_reason_t *reason);
rap_status_t __wrap_rap_reader_process_loaded (rap_reader_process_t *self, rap_reason_t *reason)
{
    (void)self;
    (void)reason;
    return RAP_OK;
}

void __wrap_rap_reader_process_destroy (rap_reader_process_t **self_p);
void __wrap_rap_reader_process_destroy (rap_reader_process_t **self_p)
{
    if (!*self_p)
        return;
    rap_packer_destroy (&(*self_p)->packer);
    free (*self_p);
    *self_p = NULL;
}

void __wrap_rap_reader_process_act (rap_reader_process_t *self, const rap_reader_actions_t *actions);
void __wrap_rap_reader_process_act (rap_reader_process_t *self, const rap_reader_actions_t *actions)
{
    self->act = *actions;
}

const char *__wrap_rap_reader_process_pipeline (const rap_reader_process_t *self);
const char *__wrap_rap_reader_process_pipeline (const rap_reader_process_t *self)
{
    (void)self;
    return "simulated";
}

bool __wrap_rap_reader_process_wants (const rap_reader_process_t *self);
bool __wrap_rap_reader_process_wants (const rap_reader_process_t *self)
{
    return self->count < QUEUE;
}

uint32_t __wrap_rap_reader_process_queued (const rap_reader_process_t *self);
uint32_t __wrap_rap_reader_process_queued (const rap_reader_process_t *self)
{
    return self->count;
}

bool __wrap_rap_reader_process_has (const rap_reader_process_t *self, uint64_t number);
bool __wrap_rap_reader_process_has (const rap_reader_process_t *self, uint64_t number)
{
    for (uint32_t i = 0; i < self->count; i++)
        if (self->queue[i].document.number == number)
            return true;
    return false;
}

//  The texts of queue[i] are its own; they move with it.
static void own_texts (reading_at_t *at)
{
    rap_document_t *document = &at->document;
    rap_text_t *const texts[] = {&document->document_id, &document->source,     &document->symbol,
                                 &document->published,   &document->title,      &document->language,
                                 &document->sha256,      &document->received_at};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        snprintf (at->texts[i], sizeof at->texts[i], "%.*s", (int)texts[i]->len, texts[i]->at ? texts[i]->at : "");
        *texts[i] = rap_text (at->texts[i]);
    }
}

void __wrap_rap_reader_process_give (rap_reader_process_t *self, const rap_document_t *document, uint64_t body,
                                     uint32_t batch_chunks);
void __wrap_rap_reader_process_give (rap_reader_process_t *self, const rap_document_t *document, uint64_t body,
                                     uint32_t batch_chunks)
{
    reading_at_t *at = &self->queue[self->count++];
    *at = (reading_at_t){.document = *document,
                         .body = body,
                         .batch_chunks = batch_chunks < world.batch_chunks ? batch_chunks : world.batch_chunks};
    at->document.other_symbols = RAP_TEXT ("[]");
    at->document.kind = RAP_TEXT ("other");
    at->document.language = RAP_TEXT ("en");
    at->document.splitter = at->document.pipeline = RAP_TEXT ("simulated");
    own_texts (at);
}

void __wrap_rap_reader_process_forget (rap_reader_process_t *self);
void __wrap_rap_reader_process_forget (rap_reader_process_t *self)
{
    self->count = 0;
}

int __wrap_rap_reader_process_control (const rap_reader_process_t *self);
int __wrap_rap_reader_process_control (const rap_reader_process_t *self)
{
    (void)self;
    return -1;
}

int __wrap_rap_reader_process_data (const rap_reader_process_t *self);
int __wrap_rap_reader_process_data (const rap_reader_process_t *self)
{
    (void)self;
    return -1;
}

bool __wrap_rap_reader_process_writes (const rap_reader_process_t *self);
bool __wrap_rap_reader_process_writes (const rap_reader_process_t *self)
{
    (void)self;
    return false;
}

void __wrap_rap_reader_process_send (rap_reader_process_t *self, int64_t now_ms);
void __wrap_rap_reader_process_send (rap_reader_process_t *self, int64_t now_ms)
{
    (void)now_ms;
    for (uint32_t i = 0; i < self->count; i++)
        if (!self->queue[i].sent) {
            self->queue[i].sent = true;
            self->queue[i].ready_us = sim.now_us + sim_between (1 * MS, 100 * MS);
        }
}

static void next_document (rap_reader_process_t *self)
{
    if (self->count)
        self->count--;
    for (uint32_t i = 0; i < self->count; i++) {
        self->queue[i] = self->queue[i + 1];
        own_texts (&self->queue[i]);
    }
}

//  The bytes that the journal kept are those that were handed in.
static void check_body (rap_reader_process_t *self, const reading_at_t *at, const sim_document_t *document)
{
    rap_text_t piece;
    size_t have = 0;
    for (uint32_t i = 0; have < document->len && i < PIECES_MAX; i++) {
        if (self->act.piece (self->act.self, at->body, i, &piece) != RAP_OK) {
            sim_fail ("the journal lacks bytes of document %s", document->id);
            return;
        }
        if (piece.len > document->len - have || memcmp (piece.at, document->bytes + have, piece.len) != 0)
            sim_fail ("the journal has other bytes of document %s", document->id);
        have += piece.len;
    }
}

static void give_batch (rap_reader_process_t *self, reading_at_t *at, const sim_document_t *document)
{
    uint32_t count = document->count - at->next;
    if (count > at->batch_chunks)
        count = at->batch_chunks;
    rap_packer_reset (self->packer);
    rap_pack_array (self->packer, count);
    for (uint32_t i = 0; i < count; i++) {
        rap_chunk_t chunk = {.ordinal = at->next + i,
                             .kind = at->next + i ? RAP_PLAIN : RAP_MASTHEAD,
                             .text = world_line (document, at->next + i)};
        rap_pack_chunk (self->packer, &chunk);
    }
    self->act.batch (self->act.self, at->document.number, at->next, count, rap_packed (self->packer));
    at->next += count;
}

rap_status_t __wrap_rap_reader_process_hear (rap_reader_process_t *self, int64_t now_ms, rap_reason_t *reason);
rap_status_t __wrap_rap_reader_process_hear (rap_reader_process_t *self, int64_t now_ms, rap_reason_t *reason)
{
    (void)now_ms;
    (void)reason;
    reading_at_t *at = &self->queue[0];
    if (!self->count || !at->sent || sim.now_us < at->ready_us)
        return RAP_OK;
    sim_step ();
    sim_document_t *document = world_find (at->document.document_id);
    if (document->reading == UNREADABLE) {
        self->act.refused (self->act.self, at->document.number, "it is no text");
        next_document (self);
    } else if (document->reading == KILLS_READER) {
        document->reads_died++;
        if (self->act.died (self->act.self, at->document.number, "signal 11"))
            at->ready_us = sim.now_us + sim_between (1 * MS, 100 * MS);
        else
            next_document (self);
    } else {
        if (!at->next)
            check_body (self, at, document);
        give_batch (self, at, document);
        if (at->next < document->count)
            return RAP_OK;
        at->document.chunks = document->count;
        self->act.done (self->act.self, &at->document);
        next_document (self);
    }
    return RAP_OK;
}
