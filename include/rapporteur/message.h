/*  message: every message of the protocol, declared once.
 *
 *  doc/protocol.md says who sends what when. A message on the wire is one frame:
 *  the array [type, body], body a map from small integers to values; keys and
 *  trailing array values that a reader does not know are ignored. Decoded texts
 *  are borrowed from the frame's bytes; arrays from the arena given. Decoding
 *  refuses, with a reason, all that is not well-formed or beyond limits.h.
 *  Encoding appends to a packer that the caller resets and sends. No threads. */
#ifndef RAPPORTEUR_MESSAGE_H
#define RAPPORTEUR_MESSAGE_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"
#include "rapporteur/wire.h"

//  The protocol versions that this library speaks.
enum { RAP_PROTOCOL_MIN = 1, RAP_PROTOCOL_MAX = 1 };

typedef enum {
    RAP_MSG_HELLO = 1,
    RAP_MSG_WELCOME = 2,
    RAP_MSG_REFUSE = 3,
    RAP_MSG_WORK = 4,
    RAP_MSG_DONE = 5,
    RAP_MSG_FAIL = 6,
    RAP_MSG_RETURN = 7,
    RAP_MSG_HEARTBEAT = 8,
    RAP_MSG_BYE = 9,
    RAP_MSG_RESULT = 10,
    RAP_MSG_OPEN = 11,
    RAP_MSG_RECEIPT = 12,
    RAP_MSG_NOTICE = 13,
    RAP_MSG_SUBMIT = 14,
    RAP_MSG_PIECE = 15,
    RAP_MSG_ANSWER = 16,
    RAP_MSG_COMMAND = 17,
    RAP_MSG_REPORT = 18,
    RAP_MSG_EVENT = 19,
} rap_msg_type_t;

//  Fields of each message: F (key, C type, name, codec, meaning).
//  Codecs: UINT, UINT32, BOOL, TEXT (short), RANGES (rap_ranges_t), RAW (an
//  encoded value, borrowed), BYTES. A field that is absent decodes to zero or ''.
// clang-format off
#define RAP_MESSAGES(M)                                                                                            \
    /*  peer -> ROUTER: who I am. role: worker | annotator | ingest | submitter */                                             \
    M (HELLO, hello,                                                                                               \
       F (1, uint32_t, protocol_min, UINT32) F (2, uint32_t, protocol_max, UINT32) F (3, rap_text_t, role, TEXT)   \
       F (4, rap_text_t, id, TEXT) F (5, uint64_t, incarnation, UINT) F (6, rap_text_t, pipeline, TEXT)            \
       F (7, uint32_t, credit_batches, UINT32) F (8, uint32_t, credit_bytes, UINT32) F (9, uint64_t, epoch, UINT)    \
       F (10, rap_text_t, scheme, TEXT))                                                                           \
    /*  the ROUTER's answer: the version chosen, and the rules of the lease */                                     \
    M (WELCOME, welcome,                                                                                           \
       F (1, uint32_t, protocol, UINT32) F (2, uint64_t, epoch, UINT) F (3, uint32_t, heartbeat_ms, UINT32)        \
       F (4, uint32_t, lease_ms, UINT32) F (5, uint64_t, incarnation, UINT))                                       \
    M (REFUSE, refuse,                                                                                             \
       F (1, rap_text_t, cause, TEXT) F (2, uint32_t, protocol_min, UINT32) F (3, uint32_t, protocol_max, UINT32))  \
    /*  ingest -> worker: a batch under lease. chunks: array of chunks, document: see rap_pack_document */         \
    M (WORK, work,                                                                                                 \
       F (1, uint64_t, epoch, UINT) F (2, uint64_t, batch, UINT) F (3, uint32_t, attempt, UINT32)                  \
       F (4, bool, alone, BOOL) F (5, rap_text_t, dispatched_at, TEXT) F (6, rap_text_t, document, RAW)            \
       F (7, rap_text_t, chunks, RAW))                                                                             \
    /*  worker -> ingest: the batch's result was handed to the sink's socket; frees credit, not the lease */       \
    M (DONE, done,                                                                                                 \
       F (1, uint64_t, epoch, UINT) F (2, uint64_t, batch, UINT) F (3, uint32_t, attempt, UINT32)                  \
       F (4, uint64_t, processed_us, UINT))                                                                        \
    /*  worker -> ingest: this chunk cannot be processed; the others of its batch were not delivered */            \
    M (FAIL, fail,                                                                                                 \
       F (1, uint64_t, epoch, UINT) F (2, uint64_t, batch, UINT) F (3, uint32_t, attempt, UINT32)                  \
       F (4, uint32_t, ordinal, UINT32) F (5, rap_text_t, cause, TEXT))                                            \
    /*  worker -> ingest: given back untouched, not charged */                                                     \
    M (RETURN, return_,                                                                                            \
       F (1, uint64_t, epoch, UINT) F (2, uint64_t, batch, UINT) F (3, uint32_t, attempt, UINT32))                 \
    /*  worker -> ingest, from its work loop: chunks done in all, and what is under its hand now */                \
    M (HEARTBEAT, heartbeat,                                                                                       \
       F (1, uint64_t, progress, UINT) F (2, uint64_t, batch, UINT) F (3, uint32_t, ordinal, UINT32)               \
       F (4, bool, blocked, BOOL))                                                                                 \
    M (BYE, bye, F (1, rap_text_t, cause, TEXT))                                                                   \
    /*  worker -> sink. entries: array of [chunk, [finding, ...], processed_us] */                                 \
    M (RESULT, result,                                                                                             \
       F (1, uint32_t, protocol, UINT32) F (2, uint64_t, epoch, UINT) F (3, uint64_t, batch, UINT)                 \
       F (4, uint32_t, attempt, UINT32) F (5, rap_text_t, worker, TEXT) F (6, rap_text_t, pipeline, TEXT)          \
       F (7, rap_text_t, dispatched_at, TEXT) F (8, rap_text_t, document, RAW) F (9, rap_text_t, entries, RAW)     \
       F (10, rap_text_t, scheme, TEXT))                                                                           \
    /*  ingest -> sink: these are open; which of them do you hold? `query` comes back in the RECEIPT that answers */ \
    M (OPEN, open, F (1, uint64_t, query, UINT) F (2, rap_ranges_t, ranges, RANGES))                               \
    /*  sink -> ingest: these are on disk. query != 0: the whole answer to that OPEN */                            \
    M (RECEIPT, receipt,                                                                                           \
       F (1, uint64_t, query, UINT) F (2, rap_ranges_t, ranges, RANGES) F (3, uint64_t, notice, UINT)              \
       F (4, uint64_t, incarnation, UINT) F (5, uint64_t, pending, UINT))                                          \
    /*  ingest -> sink: quarantined, released or dropped. Receipted by its number. ordinal UINT32_MAX: the whole document */ \
    M (NOTICE, notice,                                                                                             \
       F (1, uint64_t, notice, UINT) F (2, rap_text_t, document, RAW) F (3, uint32_t, ordinal, UINT32)             \
       F (4, rap_text_t, cause, TEXT) F (5, uint32_t, attempts, UINT32) F (6, rap_text_t, first_at, TEXT)          \
       F (7, rap_text_t, last_at, TEXT) F (8, rap_text_t, released_at, TEXT) F (9, rap_text_t, dropped_at, TEXT)   \
       F (10, rap_text_t, dropped_by, TEXT) F (11, rap_text_t, dropped_reason, TEXT))                                      \
    /*  submitter -> ingest: may I send this document? */                                                          \
    M (SUBMIT, submit,                                                                                             \
       F (1, rap_text_t, source, TEXT) F (2, uint64_t, bytes, UINT) F (3, rap_text_t, sha256, TEXT)                \
       F (4, rap_text_t, symbol, TEXT) F (5, rap_text_t, published, TEXT) F (6, rap_text_t, title, TEXT)           \
       F (7, rap_text_t, language, TEXT))                                                                          \
    M (PIECE, piece, F (1, uint64_t, offset, UINT) F (2, rap_text_t, bytes, BYTES))                                \
    /*  ingest -> submitter. answer: send (from offset) | taken | already | quarantined | refused */               \
    M (ANSWER, answer,                                                                                             \
       F (1, rap_text_t, answer, TEXT) F (2, rap_text_t, document_id, TEXT) F (3, rap_text_t, cause, TEXT)         \
       F (4, uint64_t, offset, UINT))                                                                              \
    /*  submitter -> ingest. command: status | wait (answered when nothing is open) | release | drop | renew | why | drain; of a sink: remove */ \
    M (COMMAND, command,                                                                                           \
       F (1, rap_text_t, command, TEXT) F (2, rap_text_t, document_id, TEXT) F (3, uint32_t, ordinal, UINT32)      \
       F (4, rap_text_t, reason, TEXT) F (5, rap_text_t, who, TEXT) F (6, rap_text_t, scheme, TEXT))     \
    /*  ingest -> submitter: the answer to COMMAND; report is a JSON text */                                       \
    M (REPORT, report, F (1, bool, ok, BOOL) F (2, rap_text_t, report, LONG))                                      \
    /*  sink -> subscribers of the feed. kind: document | finding; report is a JSON text; sequence: of its topic, 1, 2, ... */ \
    M (EVENT, event, F (1, rap_text_t, kind, TEXT) F (2, rap_text_t, document_id, TEXT) F (3, rap_text_t, report, LONG) \
       F (4, uint64_t, sequence, UINT))
// clang-format on

//  A run of chunks of one document.
typedef struct {
    rap_text_t document_id;
    uint32_t first;
    uint32_t count;
} rap_range_t;

enum { RAP_RANGES_MAX = 4096 }; //  ranges a message

typedef struct {
    const rap_range_t *at;
    uint32_t count;
} rap_ranges_t;

//  rap_hello_t, rap_welcome_t, ... one struct a message.
#define F(key, type, name, codec) type name;
#define M(NAME, lower, fields)                                                                                       \
    typedef struct {                                                                                                 \
        fields                                                                                                       \
    } rap_##lower##_t;
RAP_MESSAGES (M)
#undef M
#undef F

//  A decoded message: the type tells which member counts.
typedef struct {
    rap_msg_type_t type;
    union {
#define F(key, type, name, codec)
#define M(NAME, lower, fields) rap_##lower##_t lower;
        RAP_MESSAGES (M)
#undef M
#undef F
    };
} rap_message_t;

//  Name of a type for logs ("HELLO"); "?" if unknown.
const char *rap_message_name (rap_msg_type_t type);

//  Encodes after resetting the packer. Never fails: what we send is ours.
void rap_message_pack (rap_packer_t *packer, const rap_message_t *message);

//  One frame. An unknown type is RAP_REFUSED. Arrays come from `arena`.
rap_status_t rap_message_read (rap_text_t frame, rap_arena_t *arena, rap_message_t *message, rap_reason_t *reason);

//  --- what travels inside WORK and RESULT -----------------------------------
void rap_pack_document (rap_packer_t *packer, const rap_document_t *document);
void rap_pack_chunk (rap_packer_t *packer, const rap_chunk_t *chunk);
void rap_pack_finding (rap_packer_t *packer, const rap_finding_t *finding);

rap_status_t rap_read_document (rap_text_t encoded, rap_document_t *document, rap_reason_t *reason);

//  Chunks of WORK.chunks, one after the other: `encoded` is the array; each call
//  of the visitor gets a chunk that lives until it returns, and its own encoded
//  bytes (to be passed on unchanged in a RESULT). A visitor that answers other
//  than RAP_OK ends the walk with that answer.
typedef rap_status_t (rap_chunk_visit_fn) (void *self, const rap_chunk_t *chunk, rap_text_t encoded);
rap_status_t rap_read_chunks (rap_text_t encoded, rap_arena_t *arena, rap_chunk_visit_fn *visit, void *self,
                              rap_reason_t *reason);

//  What RESULT.entries tells of a chunk.
typedef struct {
    rap_chunk_t chunk;
    const rap_finding_t *findings;
    uint32_t findings_count;
    uint64_t processed_us;
} rap_result_entry_t;

typedef struct {
    const rap_result_entry_t *at;
    uint32_t count;
} rap_result_entries_t;

//  All of RESULT.entries, into `arena`, or none. Findings are checked against the
//  schema, their spans against the chunk's text (start <= end <= code points).
rap_status_t rap_read_entries (rap_text_t encoded, rap_arena_t *arena, rap_result_entries_t *entries,
                               rap_reason_t *reason);

#endif
