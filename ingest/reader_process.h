/*  reader_process: documents are read in a process of their own.
 *
 *  A document that kills its reader (a signal, too much memory, too long) costs
 *  only itself. At start, before sockets and threads exist, the ingest forks a
 *  warden, which loads the rules once, while the ingest opens its files, and forks
 *  readers when asked to: each is a copy with the rules already compiled. A reader serves documents one after the
 *  other until it dies or the ingest ends.
 *
 *      ingest ──control (who came, who died)── warden
 *        └─────data (documents, chunks)─────── reader, forked by the warden
 *
 *  Documents wait in a short queue; the first is under the reader's hand. What
 *  comes back is checked: chunks in order, none missing. One thread. What the
 *  three say to each other is in frame.h and warden.h.                        */
#ifndef RAPPORTEUR_INGEST_READER_PROCESS_H
#define RAPPORTEUR_INGEST_READER_PROCESS_H

#include "rapporteur/chunk.h"
#include "rapporteur/message.h"
#include "rapporteur/status.h"

typedef struct rap_reader_process rap_reader_process_t;

//  What it acts through; called inside _hear and _send only.
typedef struct {
    void *self;
    //  The next piece of a document's body, borrowed until the next call.
    rap_status_t (*piece) (void *self, uint64_t body, uint32_t piece, rap_text_t *bytes);
    //  Chunks of document `number`, in order.
    void (*batch) (void *self, uint64_t number, uint32_t first, uint32_t count, rap_text_t chunks);
    //  It is read: all its batches were given.
    void (*done) (void *self, const rap_document_t *document);
    //  It is no document, for this reason.
    void (*refused) (void *self, uint64_t number, const char *reason);
    //  The reader died of it. True: it is to be read again, and stays in its place.
    bool (*died) (void *self, uint64_t number, const char *cause);
} rap_reader_actions_t;

//  Forks the warden, which loads the rules (NULL: the default folder). Only while
//  the process has one thread.
rap_reader_process_t *rap_reader_process_new (const char *rules, rap_reason_t *reason);

//  Waits until the warden has the rules; before all that follows. RAP_REFUSED with
//  the reason: they are unusable.
rap_status_t rap_reader_process_loaded (rap_reader_process_t *self, rap_reason_t *reason);

void rap_reader_process_destroy (rap_reader_process_t **self_p);

void rap_reader_process_act (rap_reader_process_t *self, const rap_reader_actions_t *actions);

//  The pipeline version, by the rules.
const char *rap_reader_process_pipeline (const rap_reader_process_t *self);

//  Asks for the rules anew (NULL: the default folder). What is begun is read by those
//  of before; if the new ones are unusable, that is logged, and so is the rest.
void rap_reader_process_renew (rap_reader_process_t *self, const char *rules);

//  Is there room in the queue?
bool rap_reader_process_wants (const rap_reader_process_t *self);
uint32_t rap_reader_process_queued (const rap_reader_process_t *self);

bool rap_reader_process_has (const rap_reader_process_t *self, uint64_t number);

//  Queues a document: particulars as stated, its body in the journal, how many
//  chunks a batch should have at most.
void rap_reader_process_give (rap_reader_process_t *self, const rap_document_t *document, uint64_t body,
                              uint32_t batch_chunks);

//  Forgets the queue and the reader with it: what it was reading is void.
void rap_reader_process_forget (rap_reader_process_t *self);

//  For poll: control, and data (-1: none); whether data is wanted for writing.
int rap_reader_process_control (const rap_reader_process_t *self);
int rap_reader_process_data (const rap_reader_process_t *self);
bool rap_reader_process_writes (const rap_reader_process_t *self);

//  Takes what came back, a bounded amount, without waiting. RAP_FAILED: the warden
//  is gone, nothing can be read any more.
rap_status_t rap_reader_process_hear (rap_reader_process_t *self, int64_t now_ms, rap_reason_t *reason);

//  Sends what there is room for. Documents given before the commit of the group
//  that counts their reading must not be sent before it.
void rap_reader_process_send (rap_reader_process_t *self, int64_t now_ms);

#endif
