//  rapporteur-dashboard: the database, to be looked at.
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/log.h"

#include "server.h"

enum { TICK_MS = 1000, BACKLOG = 128, THREADS = 4, QUERY_MS = 3000, REQUEST_MS = 15000 };

typedef struct {
    rap_guard_options_t guard;
    const char *db, *feed, *submit, *rules, *page, *allow_origin, *url_file;
    int64_t threads, query_ms, request_ms;
    bool other_port;
    rap_daemon_options_t common;
} options_t;

//  --- the socket ----------------------------------------------------------------------
static int listen_at (const struct sockaddr *address, socklen_t len)
{
    int yes = 1, fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind (fd, address, len) == 0 && listen (fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close (fd);
    errno = error;
    return -1;
}

static int open_socket (const options_t *options, rap_guard_t *guard, rap_reason_t *reason)
{
    socklen_t len;
    const struct sockaddr *address = rap_guard_address (guard, &len);
    int fd = listen_at (address, len);
    if (fd < 0 && errno == EADDRINUSE && options->other_port) {
        rap_guard_set_port (guard, 0);
        fd = listen_at (address, len);
    }
    if (fd < 0)
        rap_reason_set (reason, "%s: cannot listen: %s%s", options->guard.listen, strerror (errno),
                        errno == EADDRINUSE ? "; --listen names another address" : "");
    return fd;
}

//  'http://127.0.0.1:8460/', as it came to be.
static void write_url (int fd, char *url, size_t size)
{
    struct sockaddr_storage is;
    socklen_t len = sizeof is;
    memset (&is, 0, sizeof is);
    char host[INET6_ADDRSTRLEN] = "";
    getsockname (fd, (struct sockaddr *)&is, &len);
    if (is.ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&is;
        inet_ntop (AF_INET, &four->sin_addr, host, sizeof host);
        snprintf (url, size, "http://%s:%u/", host, ntohs (four->sin_port));
    } else {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&is;
        inet_ntop (AF_INET6, &six->sin6_addr, host, sizeof host);
        snprintf (url, size, "http://[%s]:%u/", host, ntohs (six->sin6_port));
    }
}

//  For who started us: written whole, then named.
static rap_status_t tell_url (const char *path, const char *url, rap_reason_t *reason)
{
    char temporary[4200];
    if (!path)
        return RAP_OK;
    snprintf (temporary, sizeof temporary, "%.4096s.new", path);
    FILE *file = fopen (temporary, "we");
    bool well = file && fprintf (file, "%s\n", url) > 0;
    if (file && fclose (file) != 0)
        well = false;
    if (well && rename (temporary, path) == 0)
        return RAP_OK;
    return rap_refuse (reason, "--url-file %s: %s", path, strerror (errno));
}

//  --- serving -------------------------------------------------------------------------
static void watch (rap_server_t *server, int signals, int64_t request_ms)
{
    int tick_ms = request_ms / 4 < TICK_MS ? (int)(request_ms / 4) : TICK_MS;
    for (;;) {
        struct pollfd polled = {.fd = signals, .events = POLLIN};
        poll (&polled, 1, tick_ms);
        int signal = rap_signals_read (signals);
        if (signal == SIGTERM || signal == SIGINT)
            return;
        rap_server_tick (server, rap_clock_ms ());
    }
}

typedef struct {
    rap_guard_t *guard;
    rap_page_t *page;
    rap_lexicon_t *lexicon;
    rap_events_t *events;
    rap_server_t *server;
} parts_t;

static rap_status_t open_parts (const options_t *options, parts_t *parts, rap_reason_t *reason)
{
    rap_reason_t nameless;
    char url[128];
    parts->guard = rap_guard_new (&options->guard, reason);
    parts->page = parts->guard ? rap_page_new (options->page, reason) : NULL;
    if (!parts->page)
        return RAP_REFUSED;
    parts->lexicon = rap_lexicon_new (options->rules, &nameless);
    if (!parts->lexicon)
        rap_log (RAP_LOG_WARN, "rules.unread", "reason", nameless.text, "advice", "codes have no names", NULL);
    parts->events = rap_events_new (options->feed, options->db, reason);
    int listening = parts->events ? open_socket (options, parts->guard, reason) : -1;
    if (listening < 0)
        return RAP_REFUSED;
    write_url (listening, url, sizeof url);
    rap_server_options_t server = {.db = options->db,
                                   .submit = options->submit,
                                   .allow_origin = options->allow_origin,
                                   .threads = options->threads,
                                   .query_ms = options->query_ms,
                                   .request_ms = options->request_ms,
                                   .listening = listening,
                                   .guard = parts->guard,
                                   .page = parts->page,
                                   .events = parts->events,
                                   .lexicon = parts->lexicon};
    parts->server = rap_server_new (&server, reason);
    if (!parts->server || tell_url (options->url_file, url, reason) != RAP_OK)
        return RAP_REFUSED;
    rap_log (RAP_LOG_INFO, "dashboard.ready", "url", url, "guard",
             rap_guard_has_token (parts->guard) ? "token"
             : rap_guard_header (parts->guard)  ? "proxy"
                                                : "loopback",
             NULL);
    return RAP_OK;
}

static void close_parts (parts_t *parts)
{
    rap_events_end (parts->events);
    rap_server_destroy (&parts->server);
    rap_events_destroy (&parts->events);
    rap_page_destroy (&parts->page);
    rap_lexicon_destroy (&parts->lexicon);
    rap_guard_destroy (&parts->guard);
}

static void confine (const options_t *options)
{
    //  Readers of a database in WAL mode make the files beside it.
    rap_bars_reach (options->db, RAP_REACH_CHANGE_BESIDE);
    rap_bars_reach (options->url_file, RAP_REACH_CHANGE_BESIDE);
    rap_bars_reach (options->guard.token_file, RAP_REACH_READ);
    rap_bars_reach (options->page, RAP_REACH_READ);
    rap_bars_reach (options->rules ? options->rules : rap_lexicon_default_folder (), RAP_REACH_READ);
    rap_bars_address (options->feed, false);
    rap_bars_address (options->submit, false);
    rap_bars_close (
        &(rap_bars_t){.who = "dashboard", .needs = RAP_NEEDS_CHANGES | RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK});
}

static int serve (const options_t *options)
{
    rap_reason_t reason;
    parts_t parts = {.guard = NULL};
    int signals = rap_signals_open (0), status = 0;
    if (open_parts (options, &parts, &reason) == RAP_OK) {
        rap_daemon_ready (&options->common);
        watch (parts.server, signals, options->request_ms);
    } else {
        fprintf (stderr, "rapporteur-dashboard: %s\n", reason.text);
        status = 2;
    }
    close_parts (&parts);
    if (options->url_file && status == 0)
        unlink (options->url_file);
    return status;
}

int main (int argc, char **argv)
{
    options_t self = {.guard = {.listen = "127.0.0.1:8460"},
                      .threads = THREADS,
                      .query_ms = QUERY_MS,
                      .request_ms = REQUEST_MS,
                      .common = RAP_DAEMON_DEFAULTS};
    const rap_option_t options[] = {
        {.name = "db", .into = &self.db, .value = "FILE", .help = "the sink's database", .required = true},
        {.name = "listen",
         .into = &self.guard.listen,
         .value = "ADDRESS:PORT",
         .help = "serve here (default: 127.0.0.1:8460)"},
        {.name = "other-port",
         .kind = RAP_OPTION_FLAG,
         .into = &self.other_port,
         .help = "take any free port if that is taken"},
        {.name = "url-file", .into = &self.url_file, .value = "FILE", .help = "write the address into FILE"},
        {.name = "feed", .into = &self.feed, .value = "ADDR", .help = "the sink's feed, for live updates"},
        {.name = "submit", .into = &self.submit, .value = "ADDR", .help = "ingest, to ask how it does"},
        {.name = "rules", .into = &self.rules, .value = "DIR", .help = "folder of the rules, for names"},
        {.name = "page",
         .into = &self.page,
         .value = "DIR",
         .help = "serve the page from here, not from the program"},
        {.name = "token-file",
         .into = &self.guard.token_file,
         .value = "FILE",
         .help = "only who has the token in FILE may read"},
        {.name = "trust-header",
         .into = &self.guard.trust_header,
         .value = "NAME",
         .help = "who comes with this header may read, ..."},
        {.name = "trust-from",
         .into = &self.guard.trust_from,
         .value = "ADDRESS",
         .help = "... if the proxy at ADDRESS set it"},
        {.name = "host",
         .into = &self.guard.hosts,
         .value = "NAMES",
         .help = "further names of this server, parted by commas"},
        {.name = "allow-origin",
         .into = &self.allow_origin,
         .value = "ORIGIN",
         .help = "let pages of this origin read the API"},
        {.name = "threads",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.threads,
         .value = "N",
         .help = "connections to the database (4)",
         .min = 1,
         .max = 16},
        {.name = "query-ms",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.query_ms,
         .value = "N",
         .help = "give up an answer after so long (3000)",
         .min = 10,
         .max = 600000},
        {.name = "request-ms",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.request_ms,
         .value = "N",
         .help = "cut off who takes longer to send a request (15000)",
         .min = 100,
         .max = 600000},
        RAP_DAEMON_BASICS (self.common),
        {.name = NULL}};
    const rap_usage_t usage = {.program = "rapporteur-dashboard",
                               .summary = "serve the sink's database to browsers and programs, read-only",
                               .options = options};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!rap_daemon_begin ("dashboard", &self.common) || !rap_daemon_drop ("dashboard", &self.common))
        return 2;
    confine (&self);
    return serve (&self);
}
