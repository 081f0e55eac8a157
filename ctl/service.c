//  service: command lines.
#include "service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { ADDRESS_MAX = 128, LIST_MAX = 32 };

typedef struct {
    const char *at[LIST_MAX];
    size_t count;
} list_t;

//  A flag with its value; nothing if there is no value.
static void put (list_t *list, const char *flag, const char *value)
{
    if (!value)
        return;
    list->at[list->count++] = flag;
    list->at[list->count++] = value;
    list->at[list->count] = NULL;
}

rap_status_t rap_service_add (const rap_service_t *self, rap_supervisor_t *supervisor, rap_reason_t *reason)
{
    char work[ADDRESS_MAX], results[ADDRESS_MAX], receipts[ADDRESS_MAX], submit[ADDRESS_MAX], feed[ADDRESS_MAX],
        number[24];
    size_t longest = sizeof ((struct sockaddr_un *)0)->sun_path - sizeof "/receipts.ipc";
    if (strlen (self->run) > longest)
        return rap_refuse (reason, "%s: too long a path for sockets, which may have %zu bytes; choose a shorter one",
                           self->run, longest);
    snprintf (work, sizeof work, "ipc://%.100s/work.ipc", self->run);
    snprintf (results, sizeof results, "ipc://%.100s/results.ipc", self->run);
    snprintf (receipts, sizeof receipts, "ipc://%.100s/receipts.ipc", self->run);
    snprintf (submit, sizeof submit, "ipc://%.100s/submit.ipc", self->run);
    snprintf (feed, sizeof feed, "ipc://%.100s/feed.ipc", self->run);
    snprintf (number, sizeof number, "%" PRId64, self->workers);
    list_t sink = {0}, ingest = {0}, worker = {0}, *const all[] = {&sink, &ingest, &worker};
    for (size_t i = 0; i < 3; i++) {
        put (all[i], "--user", geteuid () == 0 ? "root" : NULL); //  as we do
        if (self->unconfined)
            all[i]->at[all[i]->count++] = "--unconfined";
    }
    put (&sink, "--db", self->db);
    put (&sink, "--results", results);
    put (&sink, "--receipts", receipts);
    put (&sink, "--feed", feed);
    put (&sink, "--log", self->log);
    put (&sink, "--log-format", self->log_format);
    put (&ingest, "--journal", self->journal);
    put (&ingest, "--work", work);
    put (&ingest, "--submit", submit);
    put (&ingest, "--receipts", receipts);
    put (&ingest, "--inbox", self->inbox);
    put (&ingest, "--rules", self->rules);
    put (&ingest, "--log", self->log);
    put (&ingest, "--log-format", self->log_format);
    put (&worker, "--work", work);
    put (&worker, "--results", results);
    put (&worker, "--children", self->workers ? number : NULL);
    put (&worker, "--rules", self->rules);
    put (&worker, "--cache", self->cache);
    put (&worker, "--log", self->log);
    put (&worker, "--log-format", self->log_format);
    rap_supervisor_add (supervisor, "sink", sink.at);
    rap_supervisor_add (supervisor, "ingest", ingest.at);
    rap_supervisor_add (supervisor, "worker", worker.at);
    return RAP_OK;
}

bool rap_service_stop (rap_supervisor_t *supervisor, int64_t patience_ms)
{
    bool worker = rap_supervisor_stop (supervisor, "worker", patience_ms);
    bool ingest = rap_supervisor_stop (supervisor, "ingest", patience_ms);
    bool sink = rap_supervisor_stop (supervisor, "sink", patience_ms);
    return worker && ingest && sink;
}
