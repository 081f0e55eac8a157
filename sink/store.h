/*  store: the database, seen through verbs, with commit as a step of its own.
 *
 *  With `rows`, `tokens` and the files named link the only one of the sink that
 *  knows SQLite. One writer, one thread, WAL, synchronous=FULL, checkpoints by the
 *  writer alone (SQLite before 3.51.3 can
 *  corrupt a WAL that two connections reset at once). Adding what is there
 *  already changes nothing and is RAP_OK: the key (document_id, ordinal) is
 *  permanent and unique, the first result committed stays.
 *  RAP_FAILED from any verb: the group was rolled back; nothing of it is stored.*/
#ifndef RAPPORTEUR_SINK_STORE_H
#define RAPPORTEUR_SINK_STORE_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"
#include "rapporteur/message.h"
#include "rapporteur/status.h"

typedef struct rap_store rap_store_t;

//  Opens or creates, migrates to this version's schema. A newer schema than
//  ours, or a file that is no database, is refused.
rap_store_t *rap_store_open (const char *path, rap_reason_t *reason);
void rap_store_close (rap_store_t **self_p);

//  The schema version that this program makes and needs.
int rap_store_version (void);

//  A group: begin, any number of the verbs below, commit. After a commit that
//  answers RAP_OK all of it is on disk.
rap_status_t rap_store_begin (rap_store_t *self, rap_reason_t *reason);
rap_status_t rap_store_commit (rap_store_t *self, rap_reason_t *reason);
void rap_store_rollback (rap_store_t *self);

//  How the chunk got here, for `provenance`.
typedef struct {
    rap_text_t pipeline;
    rap_text_t worker;
    uint32_t attempt;
    rap_text_t dispatched_at;
    uint64_t processed_us;
} rap_provenance_t;

//  RAP_REFUSED if document or chunk cannot be: ids, numbers beyond their bounds,
//  a document split otherwise than what is stored of it. Nothing was then added,
//  the group goes on.
rap_status_t rap_store_add (rap_store_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                            const rap_finding_t *findings, uint32_t findings_count,
                            const rap_provenance_t *provenance, rap_reason_t *reason);

//  Whether the last rap_store_add that answered RAP_OK stored something, rather
//  than finding it there.
bool rap_store_was_new (const rap_store_t *self);

//  The chunk_id of that chunk.
int64_t rap_store_chunk_id (const rap_store_t *self);

//  --- annotators: classifications in schemes of others (doc/protocol.md, 4.6) --

//  In a group: what an annotator says of a chunk that is stored. `cause` not empty: it could
//  not, and the chunk is set aside. Once annotated in a scheme it stays as it is, and
//  this is RAP_OK. RAP_REFUSED: no such chunk, another text, a finding that is no
//  classification of this scheme, too many schemes.
rap_status_t rap_store_annotate (rap_store_t *self, rap_text_t scheme, const rap_document_t *document,
                                 const rap_chunk_t *chunk, const rap_finding_t *findings, uint32_t findings_count,
                                 const rap_provenance_t *provenance, rap_text_t cause, rap_reason_t *reason);

//  Of stored chunks from *from on, the first that are not annotated in the scheme, of one
//  document, at most `room`. Looks at no more than some thousand chunks, and moves *from
//  beyond those that it looked at or answered. RAP_AGAIN: there is more to look at.
rap_status_t rap_store_due (rap_store_t *self, rap_text_t scheme, int64_t *from, int64_t *chunks, uint32_t room,
                            uint32_t *count, rap_reason_t *reason);

//  A stored document as an annotator is given it, by the id of any of its chunks, and a
//  chunk. Texts are borrowed until `arena` is reset.
rap_status_t rap_store_read_document (rap_store_t *self, int64_t chunk_id, rap_arena_t *arena,
                                      rap_document_t *document, rap_reason_t *reason);
rap_status_t rap_store_read_chunk (rap_store_t *self, int64_t chunk_id, rap_arena_t *arena, rap_chunk_t *chunk,
                                   rap_reason_t *reason);

//  In a group: forgets some thousand annotations of a scheme. RAP_AGAIN: there are more.
rap_status_t rap_store_remove_scheme (rap_store_t *self, rap_text_t scheme, rap_reason_t *reason);

//  A quarantine entry, or its release (released_at not empty). ordinal UINT32_MAX
//  is the whole document (-1 in the table). RAP_REFUSED as above.
rap_status_t rap_store_quarantine (rap_store_t *self, const rap_document_t *document, const rap_notice_t *notice,
                                   rap_reason_t *reason);

//  After a commit: documents that are settled (complete or quarantined) and not
//  yet linked are linked (link.h), some hundred in one transaction of their
//  own, and told to `told` (NULL allowed) with a JSON report, for the feed.
//  RAP_AGAIN: more are due. What is due is kept in the database, so that a link
//  interrupted by anything is made at the next start.
typedef void (rap_store_told_fn) (void *self, const char *document_id, const char *report);
rap_status_t rap_store_link (rap_store_t *self, rap_store_told_fn *told, void *told_self, rap_reason_t *reason);

//  Which chunks of `range` are stored (committed): visits runs of them.
typedef void (rap_store_run_fn) (void *self, rap_range_t run);
rap_status_t rap_store_held (rap_store_t *self, rap_range_t range, rap_store_run_fn *visit, void *visit_self,
                             rap_reason_t *reason);

#endif
