/*  source: is this a text document at all?
 *
 *  The first look at foreign bytes. What passes is valid UTF-8 without NUL,
 *  and begins after the byte order mark, if there was one.                   */
#ifndef RAPPORTEUR_INGEST_SOURCE_H
#define RAPPORTEUR_INGEST_SOURCE_H

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  RAP_REFUSED with the byte offset for empty, binary, foreign or broken bytes.
//  `text` is the part of `bytes` after the mark.
rap_status_t rap_source_check (rap_text_t bytes, rap_text_t *text, rap_reason_t *reason);

#endif
