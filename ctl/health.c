//  health: how a daemon fares, for probes, without any other program.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/options.h"

#include "database.h"
#include "page.h"
#include "place.h"
#include "rapporteur/command.h"
#include "term.h"
#include "verbs.h"

typedef struct {
    const char *data;
    const char *url;
    bool ready;
    int64_t timeout_s;
} health_t;

static int say (bool well, const char *why)
{
    printf ("%s\n", why);
    return well ? 0 : 1;
}

static int ask_page (const health_t *self)
{
    rap_reason_t reason;
    int status = 0;
    char *body = rap_page_get (self->url, self->ready ? "/ready" : "/health", self->timeout_s, &status, &reason);
    if (!body)
        return rap_term_fail ("%s", reason.text);
    body[strcspn (body, "\r\n")] = 0;
    for (char *c = body; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
    status = say (status == 200, body);
    free (body);
    return status;
}

//  --- by asking ingest ------------------------------------------------------------------

static int judge (const health_t *self, const char *report)
{
    if (rap_json_number (report, "$.failing") == 1)
        return say (false, "failing: the journal cannot be written");
    if (rap_json_number (report, "$.health.healthy") == 0) { //  -1: of an earlier version
        char *why = rap_json_string (report, "$.health.why");
        say (false, why ? why : "not healthy");
        free (why);
        return 1;
    }
    if (!self->ready)
        return say (true, "ok");
    if (rap_json_number (report, "$.draining") == 1)
        return say (false, "draining: it ends, and takes nothing new");
    if (rap_json_number (report, "$.sink.alive") != 1)
        return say (false, "the sink is not heard of: nothing is stored at present");
    if (rap_json_number (report, "$.batches.open") > 0 && rap_json_number (report, "$.workers_count") == 0)
        return say (false, "there is a backlog, and no worker");
    return say (true, "ok");
}

static int ask_ingest (const health_t *self, const rap_place_t *place)
{
    rap_reason_t reason;
    const char *report = NULL;
    bool ok = false, may_run = *place->submit && access (place->submit + strlen ("ipc://"), F_OK) == 0;
    rap_asker_t *asker = may_run ? rap_asker_new (place->submit, NULL, &reason) : NULL;
    int status = 1;
    if (!asker)
        say (false, "the service is not running");
    else if (rap_asker_ask (asker, "status", "", 0, self->timeout_s * 1000, &ok, &report) != RAP_OK)
        say (false, "ingest does not answer");
    else
        status = judge (self, report);
    rap_asker_destroy (&asker);
    return status;
}

int rap_verb_health (int argc, char **argv)
{
    health_t self = {.timeout_s = 5};
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "folder of a service: its ingest is asked"},
        {.name = "url",
         .into = &self.url,
         .value = "URL",
         .help = "http://HOST:PORT or unix:PATH, where a daemon has its --metrics"},
        {.name = "ready", .kind = RAP_OPTION_FLAG, .into = &self.ready, .help = "whether it can do its work, too"},
        {.name = "timeout",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.timeout_s,
         .value = "SECONDS",
         .help = "for the answer (default 5)",
         .min = 1,
         .max = 600},
        {.name = NULL},
    };
    const rap_usage_t usage = {.program = "rapporteur health",
                               .summary = "whether a daemon gets on with its work; for probes",
                               .options = options,
                               .more = "Says 'ok', or in one line what is wrong, and ends with status 0 or 1."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (self.url)
        return ask_page (&self);
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find_service (&place, self.data, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return ask_ingest (&self, &place);
}
