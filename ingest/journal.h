/*  journal: what ingest has promised, on disk.
 *
 *  The only file of ingest that knows SQLite. One writer (held by a lock file
 *  beside it), one thread, WAL, synchronous=FULL. The first verb that writes
 *  opens a group; `commit` puts the group on disk, and only then may anyone be
 *  told. RAP_FAILED from any verb: the machine failed; the group can no longer
 *  be committed and must be rolled back.
 *
 *  For readers of the file (rapporteur audit), read only, PRAGMA user_version 2:
 *
 *    document(number, document_id, source, symbol, sha256, bytes, state, cause,
 *             chunks, receipted, quarantined, dropped, supersedes, received_at, completed_at, ...)
 *      One row for each document that was taken, for ever, in the order of taking.
 *      state: taken        durable, not read yet (chunks is 0)
 *             split        read; chunks = receipted + quarantined + dropped + chunks of its rows in batch
 *             complete     chunks = receipted
 *             quarantined  cause not '': the whole document was refused, for that cause;
 *                          else chunks = receipted + quarantined + dropped
 *             dropped      a person dropped what was in quarantine of it: cause not '': the whole
 *                          document; else chunks = receipted + dropped
 *    batch(batch, number, first, count, chunks)
 *      Chunks [first, first + count) of document `number` that are not receipted yet.
 *      Rows of a document in state 'taken' are of an unfinished reading; they do not count.
 *    attempt(batch, attempts, deaths, incarnations, last_incarnation, fails, alone, first_at, last_at)
 *      Counts of a batch that was dispatched; no row: never.
 *    quarantine(entry, number, ordinal, cause, attempts, first_at, last_at, released_at, chunk,
 *               dropped_at, dropped_by, dropped_reason)
 *      ordinal 4294967295: the whole document. released_at '': it is there now, or, if dropped_at
 *      is not '', it was dropped.
 *    tried(tried, number, first, count, attempt, worker, incarnation, ended_at, held_ms, outcome, cause)
 *      Attempts at chunks [first, first + count) that came to nothing; count 0: reading the whole
 *      document. outcome: died (under the worker's hand), failed (the worker said so), returned,
 *      left (with a worker that left or died of something else), lost. The oldest are forgotten,
 *      but not those of what is in quarantine.
 *    notice(notice, entry, released)
 *      What the sink has not receipted yet of quarantine (0), release (1) and drop (2).
 *    body(piece, bytes)
 *      The source bytes of each document: pieces document.body * 1024 + 0, 1, ..., of
 *      RAP_PIECE_BYTES_MAX each but the last.
 *    meta(key, value): ingest (a random name), epoch (grows at each start).
 *
 *  Version 1 has no `dropped`, `dropped_at`, `dropped_by`, `dropped_reason` and no `tried`.
 *
 *  To change the schema: raise SCHEMA_VERSION in journal.c, add the step to
 *  `migrate`, and say here what readers of the older version meet.            */
#ifndef RAPPORTEUR_INGEST_JOURNAL_H
#define RAPPORTEUR_INGEST_JOURNAL_H

#include "rapporteur/chunk.h"
#include "rapporteur/hash.h"
#include "rapporteur/message.h"
#include "rapporteur/status.h"

#include "batch.h"

typedef struct rap_journal rap_journal_t;

//  Opens or creates; begins a new epoch, durably; forgets unfinished readings
//  and uploads. NULL with the reason if the file is in use, of a newer schema,
//  no journal, or not writable.
rap_journal_t *rap_journal_open (const char *path, rap_reason_t *reason);

//  An open group is rolled back.
void rap_journal_close (rap_journal_t **self_p);

uint64_t rap_journal_epoch (const rap_journal_t *self);
const char *rap_journal_name (const rap_journal_t *self); //  the ingest's random name

//  A group has been opened.
bool rap_journal_dirty (const rap_journal_t *self);

//  Ends the group. RAP_FAILED: it was rolled back, nothing of it is on disk.
rap_status_t rap_journal_commit (rap_journal_t *self, rap_reason_t *reason);
void rap_journal_rollback (rap_journal_t *self);

//  Why the last verb failed; '' if none did since the last group.
const char *rap_journal_failure (const rap_journal_t *self);

//  Documents by state, and what is open; as of the open group.
typedef struct {
    uint64_t taken, split, complete, quarantined, dropped; //  documents
    uint64_t open_batches, open_chunks;                    //  of documents that were read
    uint64_t stored_chunks;
    uint64_t quarantined_chunks;
    uint64_t dropped_chunks;
    uint64_t notices;    //  not receipted
    uint64_t open_bytes; //  of documents taken or split
} rap_journal_counts_t;
rap_journal_counts_t rap_journal_counts (const rap_journal_t *self);

//  How many milliseconds ago the oldest document that is open was taken, and its id; -1:
//  none is.
int64_t rap_journal_oldest (rap_journal_t *self, char id[RAP_DOCUMENT_ID_SIZE]);

//  --- taking ------------------------------------------------------------------
//  What whoever hands in a document states of it; '' not stated.
typedef struct {
    rap_text_t source; //  path or URI as given
    rap_text_t key;    //  what a later version of it has in common ('' nothing): supersession
    rap_text_t symbol;
    rap_text_t published; //  YYYY-MM-DD
    rap_text_t title;
    rap_text_t language;
} rap_stated_t;

//  Is a document with this sha256 here? RAP_AGAIN: no. `cause` is the reason if
//  it is quarantined whole, else ''; borrowed until the next call on self.
rap_status_t rap_journal_find (rap_journal_t *self, const char *sha256, rap_text_t *cause);

//  The id of document `number`, for the log; '' if there is none.
void rap_journal_id (rap_journal_t *self, uint64_t number, char id[RAP_DOCUMENT_ID_SIZE]);

//  Bytes of a document on their way in, piece by piece.
uint64_t rap_journal_body_new (rap_journal_t *self);
rap_status_t rap_journal_body_add (rap_journal_t *self, uint64_t body, uint32_t piece, rap_text_t bytes);
rap_status_t rap_journal_body_drop (rap_journal_t *self, uint64_t body);
//  Borrowed until the next call on self. RAP_REFUSED: there is no such piece.
rap_status_t rap_journal_body_piece (rap_journal_t *self, uint64_t body, uint32_t piece, rap_text_t *bytes);

//  Takes the document whose bytes are in `body`. Not yet known by its sha256.
rap_status_t rap_journal_take (rap_journal_t *self, const rap_stated_t *stated, const char *sha256, uint64_t bytes,
                               uint64_t body);

//  Records a document that cannot be read at all, without bytes, as quarantined
//  whole.
rap_status_t rap_journal_refuse (rap_journal_t *self, const rap_stated_t *stated, const char *sha256, uint64_t bytes,
                                 const char *cause);

//  --- reading -----------------------------------------------------------------
//  A document that waits to be read.
typedef struct {
    rap_document_t document; //  number, id, sha256, bytes, received_at and what was stated
    uint64_t body;
    uint32_t reads;  //  times that reading it was begun
    uint32_t deaths; //  times that the reader died of it
} rap_unread_t;

//  The next after `number` in order of taking. RAP_AGAIN: none. Borrowed until
//  the next call on self.
rap_status_t rap_journal_unread (rap_journal_t *self, uint64_t number, rap_unread_t *unread);

//  Counts a beginning (commit before reading) and forgets what an unfinished reading
//  left; or counts a death of the reader.
rap_status_t rap_journal_read_begun (rap_journal_t *self, uint64_t number);
rap_status_t rap_journal_read_died (rap_journal_t *self, uint64_t number);

//  Chunks [first, first + count) of a document that is being read; `chunks` is
//  their encoded array. One document at a time.
rap_status_t rap_journal_add_batch (rap_journal_t *self, uint64_t number, uint32_t first, uint32_t count,
                                    rap_text_t chunks);

//  The document was read: all its batches are there. Decides what it supersedes:
//  the newest earlier document with the same key, else the same symbol and
//  language, that nothing superseded yet.
rap_status_t rap_journal_read_done (rap_journal_t *self, const rap_document_t *document);

//  The reading came to nothing; its batches are forgotten.
rap_status_t rap_journal_read_undone (rap_journal_t *self, uint64_t number);

//  The whole document is quarantined.
rap_status_t rap_journal_read_refused (rap_journal_t *self, uint64_t number, const char *cause, uint32_t attempts);

//  --- dispatch ----------------------------------------------------------------
//  Visits up to `room` open batches that were not visited since open or rewind.
typedef void (rap_batch_visit_fn) (void *self, const rap_batch_t *batch, const char *document_id);
rap_status_t rap_journal_load (rap_journal_t *self, uint32_t room, rap_batch_visit_fn *visit, void *visit_self);
void rap_journal_rewind (rap_journal_t *self);

//  A batch's encoded chunks and its document's particulars; borrowed until the
//  next call on self.
rap_status_t rap_journal_payload (rap_journal_t *self, const rap_batch_t *batch, rap_text_t *document,
                                  rap_text_t *chunks);

//  See rap_dispatch_actions_t.
rap_status_t rap_journal_count (rap_journal_t *self, const rap_batch_t *batch);
rap_status_t rap_journal_finish (rap_journal_t *self, const rap_batch_t *batch);
rap_status_t rap_journal_split (rap_journal_t *self, const rap_batch_t *batch, rap_batch_t *parts,
                                uint32_t parts_count);
rap_status_t rap_journal_quarantine (rap_journal_t *self, const rap_batch_t *batch, const char *cause);

//  Remembers an attempt that came to nothing.
rap_status_t rap_journal_tried (rap_journal_t *self, const rap_tried_t *tried);

//  --- quarantine and release ----------------------------------------------------
//  Releases a chunk, or all of the document (ordinal UINT32_MAX; also if it was
//  quarantined whole). What was dropped is released only where it is named: the
//  chunk, or the document that was dropped whole. RAP_REFUSED: nothing to release
//  there. *whole: it will be read anew.
rap_status_t rap_journal_release (rap_journal_t *self, rap_text_t document_id, uint32_t ordinal, bool *whole,
                                  rap_reason_t *reason);

//  Gives up for good what is in quarantine: a chunk, or all of the document (UINT32_MAX).
//  It stays in the books, with the reason and who gave it. *chunks: how many; 0: the
//  whole document. RAP_REFUSED: nothing of it is in quarantine.
rap_status_t rap_journal_drop (rap_journal_t *self, const rap_command_t *command, uint32_t *chunks,
                               rap_reason_t *reason);

//  The whole document is processed anew from its bytes, because the store has lost
//  it; what the store has of it after all is only receipted again. Of a document
//  without bytes (refused for its size) the sink is told again. RAP_REFUSED: there
//  is none, or it is in work as it is.
rap_status_t rap_journal_renew (rap_journal_t *self, rap_text_t document_id, rap_reason_t *reason);

//  Visits up to `max` notices after number `after` that the sink has not receipted.
typedef void (rap_notice_visit_fn) (void *self, const rap_notice_t *notice);
rap_status_t rap_journal_notices (rap_journal_t *self, uint64_t after, uint32_t max, rap_notice_visit_fn *visit,
                                  void *visit_self);
rap_status_t rap_journal_noticed (rap_journal_t *self, uint64_t notice);

#endif
