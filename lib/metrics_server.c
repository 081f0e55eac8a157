//  metrics_server: an address, a fork, and libmicrohttpd.
#include "rapporteur/metrics_server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>
#ifdef RAP_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/message.h"
#include "rapporteur/process.h"
#include "rapporteur/version.h"
#include "rapporteur/watch.h"

enum {
    CONNECTIONS_MAX = 16,
    REQUEST_BYTES_MAX = 8 * 1024, //  a request's line and headers
    SILENT_S = 5,                 //  a connection that says nothing for so long is closed
    CONNECTION_MS = 15000,        //  and one that is so old
    TURN_MS = 200,
    BACKLOG = 16,
    ADDRESS_MAX = 256,
    AGAIN_NS = 50 * 1000 * 1000,
    AGAIN_MAX = 60,
    MEMORY_MORE = 64 * 1024 * 1024,
    FILES_MAX = 64,
};

typedef struct {
    rap_metrics_options_t options;
    rap_area_t **areas; //  the daemon's own, then those of children
    uint32_t areas_count;
    int64_t stuck_ms;
    pid_t daemon;
    int64_t started_s;
    struct {
        int fd;
        int64_t since_ms;
    } open[CONNECTIONS_MAX];
} server_t;

static server_t shared = {.areas_count = 0}; //  the daemon's side, and what the server begins with

//  --- an address ------------------------------------------------------------------

//  `error` stays in errno.
static int refuse_address (const char *address, const char *why, int error, rap_reason_t *reason)
{
    rap_refuse (reason, "--metrics %s: %s", address, why);
    errno = error;
    return -1;
}

static int listen_unix (const char *address, const char *path, rap_reason_t *reason)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (!*path || strlen (path) >= sizeof name.sun_path)
        return refuse_address (address, "no path, or too long a one", EINVAL, reason);
    memcpy (name.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse_address (address, strerror (errno), errno, reason);
    if (connect (fd, (struct sockaddr *)&name, sizeof name) == 0) {
        close (fd);
        return refuse_address (address, "another process is listening there already", EADDRINUSE, reason);
    }
    unlink (path); //  left by one that was killed
    if (bind (fd, (struct sockaddr *)&name, sizeof name) == 0 && listen (fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close (fd);
    return refuse_address (address, strerror (error), error, reason);
}

//  PORT, HOST:PORT or [HOST]:PORT, in place; a port alone is loopback's.
static bool part_address (char *address, const char **host, const char **port)
{
    char *colon = strrchr (address, ':');
    *host = "127.0.0.1";
    *port = address;
    if (colon) {
        *colon = 0;
        *port = colon + 1;
        *host = address;
        size_t len = strlen (address);
        if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
            address[len - 1] = 0;
            *host = address + 1;
        }
    }
    char *end;
    long number = strtol (*port, &end, 10);
    return **host && **port >= '0' && **port <= '9' && !*end && number > 0 && number <= 65535;
}

static int listen_tcp (const char *address, rap_reason_t *reason)
{
    char parts[ADDRESS_MAX];
    const char *host, *port;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    if (snprintf (parts, sizeof parts, "%s", address) >= (int)sizeof parts || !part_address (parts, &host, &port))
        return refuse_address (address, "not PORT, HOST:PORT or unix:PATH", EINVAL, reason);
    int error = getaddrinfo (host, port, &hints, &found);
    if (error)
        return refuse_address (address, gai_strerror (error), EINVAL, reason);
    int fd = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    bool listens = fd >= 0 && setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0
                   && bind (fd, found->ai_addr, found->ai_addrlen) == 0 && listen (fd, BACKLOG) == 0;
    error = errno;
    freeaddrinfo (found);
    if (listens)
        return fd;
    if (fd >= 0)
        close (fd);
    return refuse_address (address, strerror (error), error, reason);
}

//  A socket that listens; -1: none is wanted, or (with a reason) none can be had.
static int open_address (const char *address, rap_reason_t *reason)
{
    reason->text[0] = 0;
#ifdef RAP_SYSTEMD
    if (sd_listen_fds (1) > 0)
        return SD_LISTEN_FDS_START;
#endif
    if (!address || strcmp (address, "none") == 0)
        return -1;
    //  The server of a daemon that was killed a moment ago may still have it.
    const struct timespec moment = {.tv_nsec = AGAIN_NS};
    for (int i = 0;; i++) {
        reason->text[0] = 0;
        int fd = strncmp (address, "unix:", 5) == 0 ? listen_unix (address, address + 5, reason)
                                                    : listen_tcp (address, reason);
        if (fd >= 0 || errno != EADDRINUSE || i == AGAIN_MAX)
            return fd;
        nanosleep (&moment, NULL);
    }
}

//  --- pages -------------------------------------------------------------------------

static const char *stage_name (rap_stage_t stage)
{
    return stage == RAP_STAGE_INGEST ? "ingest" : stage == RAP_STAGE_WORKER ? "worker" : "sink";
}

static void print_build (FILE *out, const server_t *self)
{
    const rap_area_t *area = self->areas[0];
    unsigned named = atomic_load (&area->named);
    fprintf (out,
             "# HELP rapporteur_build_info Always 1; what runs here.\n# TYPE rapporteur_build_info gauge\n"
             "rapporteur_build_info{daemon=\"%s\",version=\"%s\",protocol=\"%d\",pipeline=\"",
             stage_name (self->options.stage), RAPPORTEUR_VERSION, RAP_PROTOCOL_MAX);
    rap_metrics_print_label (out, named ? area->pipeline[named - 1] : "");
    fputs ("\"} 1\n", out);
}

static void print_gauge (FILE *out, const char *name, const char *help)
{
    fprintf (out, "# HELP rapporteur_%s %s.\n# TYPE rapporteur_%s gauge\n", name, help, name);
}

static void print_fare (FILE *out, const server_t *self)
{
    char why[RAP_REASON_MAX];
    const rap_area_t *area = self->areas[0];
    int64_t now_ms = rap_clock_ms (), turned_ms = atomic_load (&area->turned_ms),
            progressed_ms = atomic_load (&area->progressed_ms);
    bool healthy = rap_watch_judge (area, now_ms, self->stuck_ms, self->options.stage, false, why, sizeof why);
    bool ready = rap_watch_judge (area, now_ms, self->stuck_ms, self->options.stage, true, why, sizeof why);
    print_gauge (out, "healthy", "1 unless it is stuck or failing; what /health says");
    fprintf (out, "rapporteur_healthy %d\n", healthy);
    print_gauge (out, "ready", "1 while it can do its work; what /ready says");
    fprintf (out, "rapporteur_ready %d\n", ready);
    print_gauge (out, "loop_turn_age_seconds", "Since the loop turned");
    fprintf (out, "rapporteur_loop_turn_age_seconds %.3f\n", turned_ms ? (double)(now_ms - turned_ms) / 1e3 : 0.0);
    print_gauge (out, "loop_progress_age_seconds", "Since there was progress, or nothing to do");
    fprintf (out, "rapporteur_loop_progress_age_seconds %.3f\n",
             progressed_ms ? (double)(now_ms - progressed_ms) / 1e3 : 0.0);
}

static void print_size (FILE *out, const char *label, const char *path, const char *suffix, const char *name)
{
    struct stat about;
    char full[PATH_MAX];
    snprintf (full, sizeof full, "%s%s", path, suffix);
    if (stat (full, &about) == 0)
        fprintf (out, "rapporteur_file_bytes{file=\"%s%s\"} %lld\n", label, name, (long long)about.st_size);
}

//  The folder of a file, which may not be there yet.
static bool ask_disk (const char *path, struct statvfs *disk)
{
    char folder[PATH_MAX];
    snprintf (folder, sizeof folder, "%s", path);
    char *slash = strrchr (folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    return statvfs (slash ? folder : ".", disk) == 0;
}

static void print_files (FILE *out, const server_t *self)
{
    struct statvfs disk;
    if (!self->options.files[0].path)
        return;
    print_gauge (out, "file_bytes", "Size of a database and of its write-ahead log");
    for (int i = 0; i < RAP_METRICS_FILES_MAX && self->options.files[i].path; i++) {
        print_size (out, self->options.files[i].label, self->options.files[i].path, "", "");
        print_size (out, self->options.files[i].label, self->options.files[i].path, "-wal", "-wal");
    }
    bool known = ask_disk (self->options.files[0].path, &disk);
    print_gauge (out, "disk_free_bytes", "Free where the database is, for who is not root");
    if (known)
        fprintf (out, "rapporteur_disk_free_bytes %" PRIu64 "\n", (uint64_t)disk.f_bavail * disk.f_frsize);
    print_gauge (out, "disk_size_bytes", "Size of the file system where the database is");
    if (known)
        fprintf (out, "rapporteur_disk_size_bytes %" PRIu64 "\n", (uint64_t)disk.f_blocks * disk.f_frsize);
}

//  What ctl/checked.h noted: in times, since this process may open none of these files.
static bool find_check (const char *path, const char *check, bool *ok, time_t *when)
{
    struct stat good, bad;
    char full[PATH_MAX];
    snprintf (full, sizeof full, "%s.%s-ok", path, check);
    bool has_good = stat (full, &good) == 0;
    snprintf (full, sizeof full, "%s.%s-failed", path, check);
    bool has_bad = stat (full, &bad) == 0;
    *ok = has_good && (!has_bad || good.st_mtime > bad.st_mtime);
    *when = *ok ? good.st_mtime : has_bad ? bad.st_mtime : 0;
    return has_good || has_bad;
}

static void print_checks (FILE *out, const char *path)
{
    static const char *const checks[] = {"audit", "fsck"};
    bool ok;
    time_t when;
    print_gauge (out, "check_ok", "1 if the last audit or fsck found nothing wrong; not there if none was run");
    for (int i = 0; i < 2; i++)
        if (find_check (path, checks[i], &ok, &when))
            fprintf (out, "rapporteur_check_ok{check=\"%s\"} %d\n", checks[i], ok);
    print_gauge (out, "check_timestamp_seconds", "When it was, since 1970");
    for (int i = 0; i < 2; i++)
        if (find_check (path, checks[i], &ok, &when))
            fprintf (out, "rapporteur_check_timestamp_seconds{check=\"%s\"} %lld\n", checks[i], (long long)when);
}

static void print_page (FILE *out, const server_t *self)
{
    print_build (out, self);
    print_fare (out, self);
    rap_metrics_print (out, self->options.stage, self->areas, 1 + atomic_load (&self->areas[0]->children));
    print_files (out, self);
    if (self->options.stage == RAP_STAGE_SINK)
        print_checks (out, self->options.files[0].path);
    rap_process_print (out, self->daemon, self->started_s);
}

//  --- requests ----------------------------------------------------------------------

static enum MHD_Result answer_text (struct MHD_Connection *connection, unsigned status, const char *type, char *text,
                                    size_t len)
{
    struct MHD_Response *response = MHD_create_response_from_buffer (len, text, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header (response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header (response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header (response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header (response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response (connection, status, response);
    MHD_destroy_response (response);
    return result;
}

static enum MHD_Result answer_line (struct MHD_Connection *connection, unsigned status, const char *line)
{
    char text[RAP_REASON_MAX + 2];
    int len = snprintf (text, sizeof text, "%s\n", line);
    return answer_text (connection, status, "text/plain; charset=utf-8", text, (size_t)len);
}

static enum MHD_Result answer_metrics (struct MHD_Connection *connection, const server_t *self)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream (&text, &len);
    if (!out)
        return MHD_NO;
    print_page (out, self);
    enum MHD_Result result = MHD_NO;
    if (fclose (out) == 0)
        result = answer_text (connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, len);
    free (text);
    return result;
}

static enum MHD_Result answer_fare (struct MHD_Connection *connection, const server_t *self, bool readiness)
{
    char why[RAP_REASON_MAX];
    bool well = rap_watch_judge (self->areas[0], rap_clock_ms (), self->stuck_ms, self->options.stage, readiness, why,
                                 sizeof why);
    return answer_line (connection, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, why);
}

//  What a request brings with it is not read: it is answered and closed.
static enum MHD_Result answer (void *server, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *body, size_t *body_len, void **context)
{
    const server_t *self = server;
    (void)version;
    (void)body;
    (void)context;
    *body_len = 0;
    if (strcmp (method, MHD_HTTP_METHOD_GET) != 0 && strcmp (method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_line (connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
    if (strcmp (url, "/metrics") == 0)
        return answer_metrics (connection, self);
    if (strcmp (url, "/health") == 0)
        return answer_fare (connection, self, false);
    if (strcmp (url, "/ready") == 0)
        return answer_fare (connection, self, true);
    return answer_line (connection, MHD_HTTP_NOT_FOUND, "here are /metrics, /health and /ready");
}

//  --- the process -------------------------------------------------------------------

static void note_connection (void *server, struct MHD_Connection *connection, void **context,
                             enum MHD_ConnectionNotificationCode code)
{
    server_t *self = server;
    (void)context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    bool begins = code == MHD_CONNECTION_NOTIFY_STARTED;
    for (int i = 0; info && i < CONNECTIONS_MAX; i++)
        if (self->open[i].fd == (begins ? -1 : info->connect_fd)) {
            self->open[i].fd = begins ? info->connect_fd : -1;
            self->open[i].since_ms = rap_clock_ms ();
            return;
        }
}

//  One that sends a byte now and then is never silent; it is closed for its age.
static void end_old (server_t *self)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (self->open[i].fd >= 0 && rap_clock_ms () - self->open[i].since_ms > CONNECTION_MS)
            shutdown (self->open[i].fd, SHUT_RDWR);
}

//  Nothing of the daemon's stays but the socket (as descriptor 3) and the areas.
static int shed (int fd)
{
    //  No signal of its death: the daemon closes bars (bars.h) that let none of its own out.
    prctl (PR_SET_NAME, "rap-metrics");
    signal (SIGPIPE, SIG_IGN);
    sigset_t all;
    sigfillset (&all); //  it ends with the daemon, not before
    sigprocmask (SIG_SETMASK, &all, NULL);
    if (fd != 3 && dup2 (fd, 3) < 0)
        _exit (1);
    close_range (4, ~0U, 0);
    fcntl (3, F_SETFL, fcntl (3, F_GETFL) | O_NONBLOCK);
    unsetenv ("NOTIFY_SOCKET");
    rap_bars_close (&(rap_bars_t){.who = "metrics",
                                  .needs = RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK,
                                  .memory_more = MEMORY_MORE,
                                  .files_max = FILES_MAX,
                                  .quiet = true});
    return 3;
}

static _Noreturn void serve (server_t *self, int fd, pid_t parent)
{
    fd = shed (fd);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        self->open[i].fd = -1;
    struct MHD_Daemon *http =
        MHD_start_daemon (MHD_NO_FLAG, 0, NULL, NULL, answer, self, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd,
                          MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                          (unsigned)SILENT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES_MAX,
                          MHD_OPTION_NOTIFY_CONNECTION, note_connection, self, MHD_OPTION_END);
    if (!http) {
        rap_log (RAP_LOG_ERROR, "metrics.unserved", "reason", "libmicrohttpd cannot use the socket", NULL);
        _exit (1);
    }
    for (;;) {
        if (MHD_run_wait (http, TURN_MS) != MHD_YES)
            _exit (1);
        if (getppid () != parent)
            _exit (0);
        end_old (self);
    }
}

//  --- the daemon's side ---------------------------------------------------------------

static void make_areas (uint32_t count)
{
    if (shared.areas_count >= count)
        return; //  a daemon that begins again in the same process
    size_t bytes = count * sizeof (rap_area_t);
    //  of no file
    // cppcheck-suppress invalidFunctionArg
    rap_area_t *at = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared.areas = calloc (count, sizeof (rap_area_t *));
    if (at == MAP_FAILED || !shared.areas)
        abort ();
    shared.areas_count = count;
    for (uint32_t i = 0; i < count; i++)
        shared.areas[i] = &at[i];
}

rap_area_t *rap_metrics_area (uint32_t number)
{
    if (number + 1 >= shared.areas_count)
        return rap_area;
    if (atomic_load (&shared.areas[0]->children) <= number)
        atomic_store (&shared.areas[0]->children, number + 1);
    return shared.areas[number + 1];
}

static bool fail (const char *reason)
{
    rap_log (RAP_LOG_ERROR, "metrics.unusable", "reason", reason, NULL);
    return false;
}

bool rap_metrics_start (const rap_metrics_options_t *options, const rap_daemon_options_t *common)
{
    rap_reason_t reason;
    int fd = open_address (common->metrics, &reason);
    if (fd < 0 && reason.text[0])
        return fail (reason.text);
    make_areas (options->areas + 1);
    rap_metrics_use (shared.areas[0]);
    if (fd < 0)
        return true;
    shared.options = *options;
    shared.stuck_ms = common->stuck_s * 1000;
    shared.daemon = getpid ();
    shared.started_s = time (NULL);
    pid_t pid = fork ();
    if (pid == 0)
        serve (&shared, fd, shared.daemon);
    close (fd);
    if (pid < 0)
        return fail (strerror (errno));
    rap_log (RAP_LOG_INFO, "metrics.served", "address", common->metrics ? common->metrics : "systemd's socket", NULL);
    return true;
}
