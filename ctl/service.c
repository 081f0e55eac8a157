//  service: command lines.
#include "service.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ADDRESS_MAX = 512, HOST_MAX = 256, LIST_MAX = 40, HELP_MAX = 16384 };

typedef struct {
    const char *at[LIST_MAX];
    size_t count;
} list_t;

//  The address that is `step` after `first`: ports are counted up, a path has the
//  daemon's name at its end. False: it is none.
static bool step_address (const char *first, int step, const char *daemon, char text[ADDRESS_MAX])
{
    char *end;
    if (strncmp (first, "unix:", 5) == 0)
        return snprintf (text, ADDRESS_MAX, "%s.%s", first, daemon) < ADDRESS_MAX;
    const char *colon = strrchr (first, ':'), *port = colon ? colon + 1 : first;
    long number = strtol (port, &end, 10);
    if (end == port || *end || number <= 0 || number > 65535 - 2)
        return false;
    return snprintf (text, ADDRESS_MAX, "%.*s%ld", (int)(port - first), first, number + step) < ADDRESS_MAX;
}

//  A flag with its value; nothing if there is no value.
static void put (list_t *list, const char *flag, const char *value)
{
    if (!value)
        return;
    list->at[list->count++] = flag;
    list->at[list->count++] = value;
    list->at[list->count] = NULL;
}

//  Whether the program of another version has the flag, as its --help says.
static bool knows (const char *folder, const char *name, const char *flag)
{
    char path[PATH_MAX], help[HELP_MAX];
    int ends[2];
    size_t len = 0;
    snprintf (path, sizeof path, "%.4000s/rapporteur-%s", folder, name);
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork ();
    if (child == 0) {
        dup2 (ends[1], STDOUT_FILENO);
        execl (path, path, "--help", (char *)NULL);
        _exit (127);
    }
    close (ends[1]);
    for (ssize_t got;
         child > 0 && len < sizeof help - 1 && (got = read (ends[0], help + len, sizeof help - 1 - len)) > 0;)
        len += (size_t)got;
    help[len] = 0;
    close (ends[0]);
    if (child > 0)
        waitpid (child, NULL, 0);
    return strstr (help, flag) != NULL;
}

//  Daemons of another version are started as ours, where they know how that is said.
static void say_who (const char *folder, list_t *const *all)
{
    static const char *const names[] = {"sink", "ingest", "worker"};
    for (size_t i = 0; i < 3; i++)
        if (geteuid () == 0 && knows (folder, names[i], "--user"))
            put (all[i], "--user", "root");
}

//  Where the service listens beside its folder.
typedef struct {
    char host[HOST_MAX]; //  "": nowhere
    int64_t port;
} listen_t;

static rap_status_t take_listen (listen_t *self, const char *listen, rap_reason_t *reason)
{
    const char *colon = strrchr (listen, ':');
    size_t len = colon ? (size_t)(colon - listen) : strlen (listen);
    char *end = "";
    self->port = colon ? strtol (colon + 1, &end, 10) : RAP_SERVICE_PORT;
    if (!len || len >= sizeof self->host || strchr (listen, ',') || strchr (listen, '/') || *end || self->port < 1
        || self->port > 65535 - 3)
        return rap_refuse (reason, "--listen takes HOST or HOST:PORT (1 to 65532), not '%.100s'", listen);
    memcpy (self->host, listen, len);
    self->host[len] = 0;
    return RAP_OK;
}

//  Addresses of the service's sockets: here, and where it listens.
typedef struct {
    char work[ADDRESS_MAX], results[ADDRESS_MAX], receipts[ADDRESS_MAX], submit[ADDRESS_MAX], feed[ADDRESS_MAX];
    char annotate[ADDRESS_MAX];
} addresses_t;

static void put_address (char to[ADDRESS_MAX], const rap_service_t *self, const char *name, const listen_t *listen,
                         int port)
{
    int len = snprintf (to, ADDRESS_MAX, "ipc://%.100s/%s.ipc", self->run, name);
    if (*listen->host)
        snprintf (to + len, ADDRESS_MAX - (size_t)len, ",tcp://%s:%" PRId64, listen->host, listen->port + port);
}

static addresses_t make_addresses (const rap_service_t *self, const listen_t *listen)
{
    addresses_t addresses = {.work = ""};
    put_address (addresses.work, self, "work", listen, 0);
    put_address (addresses.results, self, "results", listen, 1);
    put_address (addresses.submit, self, "submit", listen, 2);
    put_address (addresses.feed, self, "feed", listen, 3);
    put_address (addresses.annotate, self, "annotate", &(listen_t){.port = 0}, 0);
    put_address (addresses.receipts, self, "receipts", &(listen_t){.port = 0}, 0);
    return addresses;
}

//  Where ingest, workers and sink have their pages. Said in any case: an address in the
//  environment, or in the file, is ours. Daemons of another version may not know it.
typedef struct {
    char text[3][ADDRESS_MAX];
    const char *of[3];
} pages_t;

bool rap_service_page (const char *first, int number, char *text, size_t size)
{
    static const char *const names[] = {"ingest", "worker", "sink"};
    char address[ADDRESS_MAX];
    return step_address (first, number, names[number], address)
           && snprintf (text, size, "%s%s", strchr (address, ':') ? "" : "127.0.0.1:", address) < (int)size;
}

static rap_status_t make_pages (const rap_service_t *self, pages_t *pages, rap_reason_t *reason)
{
    static const char *const names[] = {"ingest", "worker", "sink"};
    for (int i = 0; i < 3; i++) {
        snprintf (pages->text[i], ADDRESS_MAX, "none");
        if (self->metrics && !step_address (self->metrics, i, names[i], pages->text[i]))
            return rap_refuse (reason, "--metrics %s: not PORT, HOST:PORT or unix:PATH", self->metrics);
        pages->of[i] = self->metrics || !self->programs ? pages->text[i] : NULL;
    }
    return RAP_OK;
}

static void add_daemons (const rap_service_t *self, rap_supervisor_t *supervisor, const addresses_t *bound,
                         const addresses_t *here, const pages_t *pages)
{
    char number[24];
    const char *keys = self->listen ? self->keys : NULL;
    snprintf (number, sizeof number, "%" PRId64, self->workers);
    list_t sink = {0}, ingest = {0}, worker = {0}, *const all[] = {&sink, &ingest, &worker};
    for (size_t i = 0; i < 3 && !self->programs; i++) {
        put (all[i], "--user", geteuid () == 0 ? "root" : NULL); //  as we do
        if (self->unconfined)
            all[i]->at[all[i]->count++] = "--unconfined";
    }
    if (self->programs)
        say_who (self->programs, all);
    put (&ingest, "--metrics", pages->of[0]);
    put (&worker, "--metrics", pages->of[1]);
    put (&sink, "--metrics", pages->of[2]);
    put (&sink, "--db", self->db);
    put (&sink, "--results", bound->results);
    put (&sink, "--receipts", bound->receipts);
    put (&sink, "--feed", bound->feed);
    if (!self->programs || knows (self->programs, "sink", "--annotate"))
        put (&sink, "--annotate", bound->annotate);
    put (&sink, "--keys", keys);
    put (&sink, "--log", self->log);
    put (&sink, "--log-format", self->log_format);
    put (&ingest, "--journal", self->journal);
    put (&ingest, "--work", bound->work);
    put (&ingest, "--submit", bound->submit);
    put (&ingest, "--receipts", here->receipts);
    put (&ingest, "--inbox", self->inbox);
    put (&ingest, "--rules", self->rules);
    put (&ingest, "--keys", keys);
    put (&ingest, "--log", self->log);
    put (&ingest, "--log-format", self->log_format);
    put (&worker, "--work", here->work);
    put (&worker, "--results", here->results);
    put (&worker, "--children", self->workers ? number : NULL);
    put (&worker, "--rules", self->rules);
    put (&worker, "--cache", self->cache);
    put (&worker, "--log", self->log);
    put (&worker, "--log-format", self->log_format);
    rap_supervisor_from (supervisor, self->programs);
    rap_supervisor_add (supervisor, "sink", sink.at);
    rap_supervisor_add (supervisor, "ingest", ingest.at);
    rap_supervisor_add (supervisor, "worker", worker.at);
}

//  Started last and ended first: it only reads what the others write.
static void add_dashboard (const rap_service_t *self, rap_supervisor_t *supervisor, const addresses_t *here)
{
    char url[ADDRESS_MAX];
    list_t dashboard = {0};
    if (!self->dashboard)
        return;
    snprintf (url, sizeof url, "%.100s/dashboard.url", self->run);
    put (&dashboard, "--user", geteuid () == 0 ? "root" : NULL);
    if (self->unconfined)
        dashboard.at[dashboard.count++] = "--unconfined";
    put (&dashboard, "--db", self->db);
    put (&dashboard, "--feed", here->feed);
    put (&dashboard, "--submit", here->submit);
    put (&dashboard, "--url-file", url);
    put (&dashboard, "--rules", self->rules);
    put (&dashboard, "--log", self->log);
    put (&dashboard, "--log-format", self->log_format);
    put (&dashboard, "--listen", *self->dashboard ? self->dashboard : NULL);
    if (!*self->dashboard) {
        dashboard.at[dashboard.count++] = "--other-port";
        dashboard.at[dashboard.count] = NULL;
    }
    rap_supervisor_add_aside (supervisor, "dashboard", dashboard.at);
}

bool rap_service_url (const rap_supervisor_t *supervisor, const char *run, char *url, size_t size)
{
    char path[ADDRESS_MAX];
    snprintf (path, sizeof path, "%.100s/dashboard.url", run);
    FILE *file = rap_supervisor_has (supervisor, "dashboard") ? fopen (path, "re") : NULL;
    bool read = file && fgets (url, (int)size, file);
    if (file)
        fclose (file);
    if (read)
        url[strcspn (url, "\n")] = 0;
    return read;
}

rap_status_t rap_service_add (const rap_service_t *self, rap_supervisor_t *supervisor, rap_reason_t *reason)
{
    listen_t listen = {.port = 0};
    size_t longest = sizeof ((struct sockaddr_un *)0)->sun_path - sizeof "/receipts.ipc";
    if (strlen (self->run) > longest)
        return rap_refuse (reason, "%s: too long a path for sockets, which may have %zu bytes; choose a shorter one",
                           self->run, longest);
    if (self->listen && take_listen (&listen, self->listen, reason) != RAP_OK)
        return RAP_REFUSED;
    addresses_t bound = make_addresses (self, &listen), here = make_addresses (self, &(listen_t){.port = 0});
    pages_t pages;
    if (make_pages (self, &pages, reason) != RAP_OK)
        return RAP_REFUSED;
    add_daemons (self, supervisor, &bound, &here, &pages);
    add_dashboard (self, supervisor, &here);
    return RAP_OK;
}

bool rap_service_stop (rap_supervisor_t *supervisor, int64_t patience_ms)
{
    rap_supervisor_stop (supervisor, "dashboard", patience_ms);
    bool worker = rap_supervisor_stop (supervisor, "worker", patience_ms);
    bool ingest = rap_supervisor_stop (supervisor, "ingest", patience_ms);
    bool sink = rap_supervisor_stop (supervisor, "sink", patience_ms);
    return worker && ingest && sink;
}
