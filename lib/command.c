//  command: one socket; late answers of an earlier question do not come, since a
//  question that was not answered is asked over a new connection.
#include "rapporteur/command.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"

struct rap_asker {
    char *address;
    rap_gate_t *gate;
    rap_endpoint_t *endpoint;
    rap_packer_t *packer;
    rap_arena_t *arena;
    char *report;
    rap_reason_t silence;
};

enum { LOOK_MS = 50 }; //  between looks whether we were refused

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

static bool connect_anew (rap_asker_t *self, rap_reason_t *reason)
{
    rap_endpoint_options_t options = {
        .kind = RAP_DEALER, .address = self->address, .queue = 4, .gate = self->gate, .door = RAP_DOOR_SUBMIT};
    rap_endpoint_destroy (&self->endpoint);
    self->endpoint = rap_endpoint_new (&options, reason);
    return self->endpoint != NULL;
}

rap_asker_t *rap_asker_new (const char *address, rap_gate_t *gate, rap_reason_t *reason)
{
    rap_asker_t *self = must (calloc (1, sizeof *self));
    self->address = must (strdup (address));
    self->gate = gate;
    self->packer = rap_packer_new ();
    self->arena = rap_arena_new ();
    if (!connect_anew (self, reason))
        rap_asker_destroy (&self);
    return self;
}

void rap_asker_destroy (rap_asker_t **self_p)
{
    rap_asker_t *self = *self_p;
    if (!self)
        return;
    rap_endpoint_destroy (&self->endpoint);
    rap_packer_destroy (&self->packer);
    rap_arena_destroy (&self->arena);
    free (self->address);
    free (self->report);
    free (self);
    *self_p = NULL;
}

//  RAP_OK once a REPORT was received; RAP_AGAIN if there is none.
static rap_status_t receive (rap_asker_t *self, bool *ok, const char **report)
{
    rap_text_t frame;
    rap_message_t message;
    while (rap_endpoint_receive (self->endpoint, NULL, &frame) == RAP_OK) {
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, NULL) != RAP_OK || message.type != RAP_MSG_REPORT)
            continue;
        rap_text_t text = message.report.report;
        free (self->report);
        self->report = must (strndup (text.len ? text.at : "", text.len));
        *ok = message.report.ok;
        *report = self->report;
        return RAP_OK;
    }
    return RAP_AGAIN;
}

rap_status_t rap_asker_ask (rap_asker_t *self, const char *command, const char *document_id, uint32_t ordinal,
                            int64_t timeout_ms, bool *ok, const char **report)
{
    rap_command_t order = {.command = rap_text (command), .document_id = rap_text (document_id), .ordinal = ordinal};
    return rap_asker_order (self, &order, timeout_ms, ok, report);
}

rap_status_t rap_asker_order (rap_asker_t *self, const rap_command_t *command, int64_t timeout_ms, bool *ok,
                              const char **report)
{
    int64_t end_ms = rap_clock_ms () + timeout_ms, left_ms;
    rap_message_t message = {RAP_MSG_COMMAND, {.command = *command}};
    rap_message_pack (self->packer, &message);
    rap_endpoint_send (self->endpoint, NULL, rap_packed (self->packer));
    bool refused = false;
    while (!refused && (left_ms = end_ms - rap_clock_ms ()) > 0) {
        zmq_pollitem_t item = {.socket = rap_endpoint_socket (self->endpoint), .events = ZMQ_POLLIN};
        zmq_poll (&item, 1, left_ms < LOOK_MS ? (long)left_ms : LOOK_MS);
        if (receive (self, ok, report) == RAP_OK)
            return RAP_OK;
        refused = rap_endpoint_refused (self->endpoint, &self->silence);
    }
    if (!refused)
        rap_refuse (&self->silence,
                    "no answer from ingest at %.200s; is the service running? 'rapporteur up --data DIR' starts it",
                    self->address);
    connect_anew (self, NULL);
    return refused ? RAP_REFUSED : RAP_AGAIN;
}

const char *rap_asker_silence (const rap_asker_t *self)
{
    return self->silence.text;
}
