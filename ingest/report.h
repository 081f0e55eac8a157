/*  report: the state of the ingest as JSON, for the status command.
 *
 *  {"ingest": "...", "epoch": 3, "pipeline": "...", "idle": false, "draining": false,
 *   "failing": false,                      the journal cannot be written at present
 *   "documents": {"taken": 0, "split": 1, "complete": 9, "quarantined": 0, "dropped": 0},
 *   "chunks": {"open": 60, "in_flight": 60, "stored": 540, "quarantined": 0, "dropped": 0},
 *   "batches": {"open": 4, "loaded": 4, "waiting": 0, "in_flight": 4, "sent": 40},
 *   "reading": 0, "uploads": 0, "inbox": false, "notices": 0,
 *   "sink": {"alive": true, "heard_ms": 120}, "deaths": 0, "late": 0,
 *   "health": {"healthy": true, "ready": true, "why": "ok"},  what /ready of doc/metrics.md says
 *   "oldest": {"document_id": "...", "age_ms": 5200},         of what is open; null: nothing is
 *   "metrics": {"ingest_documents_taken_total": 9, ...},      rap_metrics_print_json
 *   "workers_count": 2,
 *   "workers": [{"id": "...", "pipeline": "...", "heard_ms": 120, "blocked": false,
 *                "hand": 17, "ordinal": 70, "held": 2, "held_bytes": 9000, "unreceipted": 1,
 *                "credit_batches": 4, "credit_bytes": 262144, "chunks": 300, "rate": 51.2,
 *                "document": "...", "first": 64, "count": 64, "held_ms": 900}]}
 *
 *  document to held_ms: what the worker has held for the longest; not there while it
 *  holds nothing.
 *
 *  documents: by state in the journal, since it was made. taken is what waits to
 *  be read. idle: nothing is open anywhere; every document taken is in the
 *  database or in quarantine, and both are on disk.                          */
#ifndef RAPPORTEUR_INGEST_REPORT_H
#define RAPPORTEUR_INGEST_REPORT_H

#include "dispatch.h"
#include "journal.h"

typedef struct {
    rap_journal_t *journal;
    const rap_dispatch_t *dispatch;
    const char *pipeline;
    int64_t now_ms;
    int64_t stuck_ms; //  without progress for so long it is stuck
    uint32_t reading;
    uint32_t uploads;
    bool inbox; //  files wait in it
    bool idle;
    bool draining;
    bool failing;
} rap_report_input_t;

//  The caller frees it.
char *rap_report_json (const rap_report_input_t *input);

/*  What dispatch has of a document (or of one chunk: `ordinal`, else UINT32_MAX), for the why
 *  command. The caller frees it. At most so many batches that the report fits a message: `more`
 *  is how many were left out.
 *
 *  {"failing": false, "sink": {"alive": true, "heard_ms": 40}, "workers": 2,
 *   "hold": {"no_workers": false, "no_sink": false, "draining": false, "no_credit": false,
 *            "flying": false},                 what keeps waiting batches back
 *   "loaded": 12, "more": 0,
 *   "batches": [{"batch": 17, "first": 64, "count": 64, "state": "leased", "stored": 0,
 *                "since_ms": 1200, "asks": 0, "attempts": 1, "deaths": 0, "fails": 0, "alone": false,
 *                "worker": "...", "incarnation": "...", "heard_ms": 120, "blocked": false,
 *                "under_hand": true, "hand_ordinal": 70, "before": 0}]}                           */
char *rap_report_why (rap_dispatch_t *dispatch, int64_t now_ms, rap_text_t document_id, uint32_t ordinal,
                      bool failing);

#endif
