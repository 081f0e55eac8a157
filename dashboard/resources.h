/*  resources: the answers that are no plain lists.
 *
 *  Each writes one JSON object, or a problem; `matched` of the answer has the
 *  segments of the path that stand for something.                              */
#ifndef RAPPORTEUR_DASHBOARD_RESOURCES_H
#define RAPPORTEUR_DASHBOARD_RESOURCES_H

#include "reply.h"

void rap_reply_overview (rap_reply_t *self); //  counts, themes over years, newest documents
void rap_reply_document (rap_reply_t *self); //  one: particulars, sections, counts, relatives
void rap_reply_chunks (rap_reply_t *self);   //  its chunks with marks and findings, in pages
void rap_reply_chunk (rap_reply_t *self);    //  one of them
void rap_reply_diff (rap_reply_t *self);     //  two documents, word by word
void rap_reply_mandate (rap_reply_t *self);  //  one, with evidence and the words that decided
void rap_reply_matrix (rap_reply_t *self);   //  clauses of a resolution by reports
void rap_reply_series (rap_reply_t *self);   //  one
void rap_reply_graph (rap_reply_t *self);    //  citations around a symbol
void rap_reply_search (rap_reply_t *self);   //  full text
void rap_reply_pipeline (rap_reply_t *self); //  rates, backlog, workers, latency
void rap_reply_names (rap_reply_t *self);    //  what codes stand for
void rap_reply_health (rap_reply_t *self);   //  whether the database can be read

#endif
