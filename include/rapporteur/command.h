/*  command: a question to a running ingest, and its answer.
 *
 *  COMMAND goes out, REPORT comes in. One thread.                            */
#ifndef RAPPORTEUR_COMMAND_H
#define RAPPORTEUR_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/gate.h"
#include "rapporteur/message.h"
#include "rapporteur/status.h"

typedef struct rap_asker rap_asker_t;

//  With `gate`, if not NULL, over tcp by key.
rap_asker_t *rap_asker_new (const char *address, rap_gate_t *gate, rap_reason_t *reason);
void rap_asker_destroy (rap_asker_t **self_p);

//  The report is JSON, borrowed until the next call on self; *ok says whether the
//  command was done. RAP_AGAIN: no answer within timeout_ms. RAP_REFUSED: we are not let in.
//  `reason` and `who` of the command travel too.
rap_status_t rap_asker_order (rap_asker_t *self, const rap_command_t *command, int64_t timeout_ms, bool *ok,
                              const char **report);
rap_status_t rap_asker_ask (rap_asker_t *self, const char *command, const char *document_id, uint32_t ordinal,
                            int64_t timeout_ms, bool *ok, const char **report);

//  Why the last question had no answer, and what to do.
const char *rap_asker_silence (const rap_asker_t *self);

#endif
