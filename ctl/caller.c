//  caller: the one gate of the command.
#include "caller.h"

#include <stdio.h>
#include <stdlib.h>

static rap_gate_t *gate;

static void end_gate (void)
{
    rap_gate_destroy (&gate);
}

rap_status_t rap_caller_begin (const rap_caller_t *self, rap_place_t *place, rap_reason_t *reason)
{
    const char *keys = self->keys ? self->keys : getenv ("RAPPORTEUR_KEYS");
    if (self->submit && snprintf (place->submit, sizeof place->submit, "%s", self->submit) >= RAP_PATH_MAX)
        return rap_refuse (reason, "--submit: an address of more than %d bytes", RAP_PATH_MAX - 1);
    if (self->key && !(keys && *keys))
        return rap_refuse (reason, "--key %s names a key in the folder of --keys DIR", self->key);
    if (!keys || !*keys || gate)
        return RAP_OK;
    gate = rap_gate_new (keys, self->key, RAP_ROLE_SUBMITTER, reason);
    if (!gate)
        return RAP_REFUSED;
    atexit (end_gate);
    return RAP_OK;
}

rap_gate_t *rap_caller_gate (void)
{
    return gate;
}
