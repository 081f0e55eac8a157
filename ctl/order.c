//  order: by whichever ingest has the journal.
#include "order.h"

#include <string.h>

#include "caller.h"
#include "oneshot.h"
#include "rapporteur/command.h"

enum { ANSWER_MS = 5000 };

static char *copy (const char *text)
{
    char *own = strdup (text);
    if (!own)
        abort ();
    return own;
}

static rap_status_t give_running (const char *address, const rap_command_t *command, bool *ok, char **report,
                                  rap_reason_t *reason)
{
    const char *said = "";
    rap_asker_t *asker = rap_asker_new (address, rap_caller_gate (), reason);
    if (!asker)
        return RAP_FAILED;
    rap_status_t status = rap_asker_order (asker, command, ANSWER_MS, ok, &said);
    if (status == RAP_OK)
        *report = copy (said);
    else
        status = rap_fail (reason, "%s", rap_asker_silence (asker));
    rap_asker_destroy (&asker);
    return status;
}

static rap_status_t give_oneshot (const rap_place_t *place, const rap_command_t *command, bool *ok, char **report,
                                  rap_reason_t *reason)
{
    const char *said = "";
    rap_oneshot_t *oneshot = rap_oneshot_new (&(rap_oneshot_options_t){.place = place}, reason);
    if (!oneshot)
        return RAP_FAILED;
    rap_status_t status = rap_oneshot_order (oneshot, command, ok, &said);
    if (status == RAP_OK)
        *report = copy (said);
    else
        status = rap_fail (reason, "the ingest that was started for it does not answer");
    //  A service's backlog is not for a command to work off.
    if (status == RAP_OK && *ok && place->data)
        rap_oneshot_settle (oneshot);
    else if (status == RAP_OK && *ok)
        status = rap_oneshot_finish (oneshot, reason);
    rap_oneshot_destroy (&oneshot);
    return status;
}

rap_status_t rap_order_give (const rap_place_t *place, const char *submit, const rap_command_t *command, bool *ok,
                             char **report, rap_reason_t *reason)
{
    *report = NULL;
    *ok = false;
    if (submit || (*place->submit && rap_place_is_served (place)))
        return give_running (submit ? submit : place->submit, command, ok, report, reason);
    rap_status_t status = give_oneshot (place, command, ok, report, reason);
    if (status != RAP_OK) {
        free (*report);
        *report = NULL;
    }
    return status;
}
