//  health: how a daemon fares, for probes, without any other program.
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "rapporteur/command.h"
#include "term.h"
#include "verbs.h"

enum { ANSWER_MAX = 16 * 1024, NAME_BYTES_MAX = 256 };

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

//  --- over HTTP -----------------------------------------------------------------------

static void bound_time (int fd, int64_t seconds)
{
    struct timeval time = {.tv_sec = seconds};
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time); //  of connect, too
}

static int connect_unix (const char *path, int64_t seconds)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof name.sun_path)
        return -1;
    memcpy (name.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bound_time (fd, seconds);
    if (connect (fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close (fd);
    return -1;
}

//  HOST:PORT or [HOST]:PORT, with or without http:// before it and a path after it.
static int connect_tcp (const char *url, int64_t seconds)
{
    char name[NAME_BYTES_MAX];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (strncmp (url, "http://", 7) == 0)
        url += 7;
    int len = snprintf (name, sizeof name, "%.*s", (int)strcspn (url, "/"), url);
    char *colon = strrchr (name, ':'), *host = name;
    if (len >= (int)sizeof name || !colon)
        return -1;
    *colon = 0;
    if (*host == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = 0;
    }
    if (getaddrinfo (host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket (at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bound_time (fd, seconds);
        if (fd >= 0 && connect (fd, at->ai_addr, at->ai_addrlen) != 0) {
            close (fd);
            fd = -1;
        }
    }
    freeaddrinfo (found);
    return fd;
}

static int ask_page (const health_t *self)
{
    char answer[ANSWER_MAX] = "", request[64];
    bool is_unix = strncmp (self->url, "unix:", 5) == 0;
    int fd = is_unix ? connect_unix (self->url + 5, self->timeout_s) : connect_tcp (self->url, self->timeout_s);
    if (fd < 0)
        return rap_term_fail ("%s: nobody answers there", self->url);
    int len = snprintf (request, sizeof request, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n",
                        self->ready ? "/ready" : "/health");
    size_t got = 0;
    if (send (fd, request, (size_t)len, MSG_NOSIGNAL) == len)
        for (ssize_t part = 1; part > 0 && got<sizeof answer - 1; got += part> 0 ? (size_t)part : 0)
            part = recv (fd, answer + got, sizeof answer - 1 - got, 0);
    close (fd);
    answer[got] = 0;
    char *body = strstr (answer, "\r\n\r\n");
    if (strncmp (answer, "HTTP/1.", 7) != 0 || !body)
        return rap_term_fail ("%s: no answer within %lld s", self->url, (long long)self->timeout_s);
    body += 4;
    body[strcspn (body, "\r\n")] = 0;
    for (char *c = body; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
    return say (strtol (answer + 9, NULL, 10) == 200, body);
}

//  --- by asking ingest ------------------------------------------------------------------

static int judge (const health_t *self, const char *report)
{
    if (rap_json_number (report, "$.failing") == 1)
        return say (false, "failing: the journal cannot be written");
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
