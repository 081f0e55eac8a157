//  server: libmicrohttpd between clients and askers.
#include "server.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/command.h"
#include "rapporteur/log.h"

#include "connections.h"
#include "exchange.h"
#include "routes.h"

enum {
    CONNECTIONS_MAX = 256,
    CONNECTION_BYTES = 24 * 1024, //  of headers and buffers
    QUIET_S = 30,                 //  nothing sent or received: cut off
    CROWDED_MS = 2000,            //  age of answers that will do while many wait
    QUEUE_MAX = 64,               //  requests that wait for an asker
    THREADS_MAX = 16,
    CACHE_BYTES = 32 * 1024 * 1024,
    RETRY_S = 2,
    LOGINS_MAX = 10, //  wrong tokens a minute
    LOGIN_MS = 60000,
};

typedef struct {
    struct rap_server *server;
    pthread_t thread;
    rap_snapshot_t *reader;
    bool started;
    exchange_t *making; //  what it answers at present, under the server's lock; with who waits for the same
    uint64_t version;   //  of the database, for that answer
    int64_t since_ms;
} asker_t;

struct rap_server {
    rap_server_options_t options;
    struct MHD_Daemon *daemon;
    rap_connections_t *connections;
    rap_cache_t *cache;

    pthread_mutex_t lock; //  of the queue, and of what askers make
    pthread_cond_t there;
    exchange_t *queue[QUEUE_MAX];
    uint32_t first, count;
    bool ending;
    asker_t askers[THREADS_MAX];

    pthread_mutex_t version_lock;
    rap_snapshot_t *watcher; //  of the database's version
    int64_t seen_version;
    uint64_t version; //  counts changes, from 1
    char run[9];      //  of this process, in tags

    pthread_mutex_t submit_lock; //  one question at a time
    int64_t wrong_since_ms;      //  of the thread that speaks
    uint32_t wrong;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- what all answers say ------------------------------------------------------------
static void add_header (struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header (response, name, value) != MHD_YES)
        rap_log (RAP_LOG_ERROR, "http.header", "name", name, "value", value, NULL);
}

static void add_common (const rap_server_t *self, struct MHD_Response *response)
{
    add_header (
        response, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    add_header (response, "X-Content-Type-Options", "nosniff");
    add_header (response, "X-Frame-Options", "DENY");
    add_header (response, "Referrer-Policy", "no-referrer");
    add_header (response, "Cross-Origin-Opener-Policy", "same-origin");
    if (self->options.allow_origin) {
        add_header (response, "Access-Control-Allow-Origin", self->options.allow_origin);
        add_header (response, "Access-Control-Expose-Headers", "ETag, Link, Retry-After");
        add_header (response, "Cross-Origin-Resource-Policy", "cross-origin");
        add_header (response, "Vary", "Accept-Encoding, Origin");
    } else {
        add_header (response, "Cross-Origin-Resource-Policy", "same-origin");
        add_header (response, "Vary", "Accept-Encoding");
    }
}

static enum MHD_Result send_response (const rap_server_t *self, struct MHD_Connection *connection, unsigned status,
                                      struct MHD_Response *response)
{
    add_common (self, response);
    enum MHD_Result result = MHD_queue_response (connection, status, response);
    MHD_destroy_response (response);
    return result;
}

static enum MHD_Result send_problem (const rap_server_t *self, struct MHD_Connection *connection, int status,
                                     const char *detail)
{
    size_t len;
    char *bytes = exchange_problem (status, detail, &len);
    struct MHD_Response *response = MHD_create_response_from_buffer (len, bytes, MHD_RESPMEM_MUST_FREE);
    add_header (response, "Content-Type", "application/problem+json");
    add_header (response, "Cache-Control", "no-store");
    if (status == 503 || status == 429)
        add_header (response, "Retry-After", status == 429 ? "60" : "2");
    if (status == 405)
        add_header (response, "Allow", "GET, HEAD");
    if (status == 401)
        add_header (response, "WWW-Authenticate", "Bearer realm=\"rapporteur\"");
    return send_response (self, connection, (unsigned)status, response);
}

static void release_body (void *body)
{
    rap_body_release (body);
}

//  Sends the body, or its gzip form; takes it.
static enum MHD_Result send_body (const rap_server_t *self, struct MHD_Connection *connection, const exchange_t *what,
                                  rap_body_t *body)
{
    size_t len, gzip_len;
    const char *bytes = rap_body_bytes (body, &len), *gzip = what->gzip ? rap_body_gzip (body, &gzip_len) : NULL;
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls (
        gzip ? gzip_len : len, (void *)(uintptr_t)(gzip ? gzip : bytes), release_body, body);
    add_header (response, "Content-Type", rap_body_type (body));
    add_header (response, "Cache-Control", what->status == 200 ? "private, no-cache" : "no-store");
    if (gzip)
        add_header (response, "Content-Encoding", "gzip");
    if (what->etag[0])
        add_header (response, "ETag", what->etag);
    if (what->link)
        add_header (response, "Link", what->link);
    if (what->disposition)
        add_header (response, "Content-Disposition", what->disposition);
    if (what->status == 503)
        add_header (response, "Retry-After", "2");
    return send_response (self, connection, (unsigned)what->status, response);
}

static enum MHD_Result send_unchanged (const rap_server_t *self, struct MHD_Connection *connection, const char *etag)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    add_header (response, "ETag", etag);
    add_header (response, "Cache-Control", "private, no-cache");
    return send_response (self, connection, 304, response);
}

static enum MHD_Result send_elsewhere (const rap_server_t *self, struct MHD_Connection *connection,
                                       const char *location, const char *cookie)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    add_header (response, "Location", location);
    add_header (response, "Cache-Control", "no-store");
    if (cookie)
        add_header (response, "Set-Cookie", cookie);
    return send_response (self, connection, 303, response);
}

//  --- askers --------------------------------------------------------------------------
//  The database's version as it is before an answer begins: an answer may be newer than it
//  says, never older.
static uint64_t version_of (rap_server_t *self)
{
    pthread_mutex_lock (&self->version_lock);
    int64_t seen = rap_snapshot_version (self->watcher);
    if (seen != self->seen_version)
        self->version++;
    self->seen_version = seen;
    uint64_t version = self->version;
    pthread_mutex_unlock (&self->version_lock);
    return version;
}

static void set_etag (const rap_server_t *self, exchange_t *exchange, uint64_t version)
{
    snprintf (exchange->etag, sizeof exchange->etag, "W/\"%s-%" PRIu64 "\"", self->run, version);
}

//  Writes the answer into memory; its status, type and link are the exchange's.
static void write_answer (const rap_server_t *self, exchange_t *exchange, rap_snapshot_t *reader)
{
    char *bytes = NULL;
    size_t len = 0;
    rap_reason_t reason;
    rap_reply_t answer = {.request = &exchange->request,
                          .reader = reader,
                          .arena = exchange->arena,
                          .lexicon = self->options.lexicon,
                          .submit = self->options.submit,
                          .base = exchange->base,
                          .status = 200,
                          .type = "application/json",
                          .out = must (open_memstream (&bytes, &len))};
    __fsetlocking (answer.out, FSETLOCKING_BYCALLER);
    rap_json_init (&answer.json, answer.out);
    rap_status_t status = rap_snapshot_begin (reader, self->options.query_ms, &reason);
    if (status == RAP_OK) {
        rap_route_answer (&exchange->route, &answer);
        status = rap_snapshot_end (reader, &reason);
    }
    if (fclose (answer.out) != 0)
        abort ();
    if (status != RAP_OK)
        rap_reply_problem (&answer, status == RAP_AGAIN ? 503 : 500, "%s",
                           status == RAP_AGAIN ? reason.text : "the database could not be read");
    if (answer.status >= 400) {
        free (bytes);
        bytes = exchange_problem (answer.status, answer.problem.text, &len);
        answer.type = "application/problem+json";
    }
    exchange->status = answer.status;
    exchange->body = rap_body_new (bytes, len, answer.type);
    exchange_describe (exchange, answer.next, answer.filename);
}

static void answer_live (rap_server_t *self, exchange_t *exchange, rap_snapshot_t *reader)
{
    pthread_mutex_lock (&self->submit_lock);
    write_answer (self, exchange, reader);
    pthread_mutex_unlock (&self->submit_lock);
}

//  How old an answer may be: where more wait than there are askers, a moment, so that many who ask the same
//  while the sink writes are answered once.
static int64_t age_of (rap_server_t *self, const exchange_t *exchange)
{
    pthread_mutex_lock (&self->lock);
    bool crowded = self->count >= (uint32_t)self->options.threads;
    pthread_mutex_unlock (&self->lock);
    return crowded && exchange->route.age_ms < CROWDED_MS ? CROWDED_MS : exchange->route.age_ms;
}

//  Whether another asker makes this answer already, as new as is wanted: it will hand it out. Else this one makes it.
static bool join (asker_t *asker, exchange_t *exchange, uint64_t version, int64_t age_ms, int64_t now_ms)
{
    rap_server_t *self = asker->server;
    exchange_t *made = NULL;
    pthread_mutex_lock (&self->lock);
    for (size_t i = 0; i < THREADS_MAX && !made; i++) {
        const asker_t *other = &self->askers[i];
        if (other->making && strcmp (other->making->key, exchange->key) == 0
            && (other->version == version || now_ms - other->since_ms < age_ms))
            made = other->making;
    }
    if (made) {
        exchange->same = made->same;
        made->same = exchange;
    } else {
        asker->making = exchange;
        asker->version = version;
        asker->since_ms = now_ms;
    }
    pthread_mutex_unlock (&self->lock);
    return made != NULL;
}

//  The answer is there: to the thread that speaks.
static void hand_over (const rap_server_t *self, exchange_t *exchange, uint64_t version)
{
    size_t len;
    if (exchange->status == 200 && !exchange->route.live)
        set_etag (self, exchange, version);
    //  Made here, where nobody else waits.
    if (exchange->gzip && !exchange_is_unchanged (exchange))
        rap_body_gzip (exchange->body, &len);
    exchange->state = EXCHANGE_ANSWERED;
    MHD_resume_connection (exchange->connection);
}

//  To whoever waited for the same, too.
static void hand_out (asker_t *asker, exchange_t *exchange, uint64_t version)
{
    rap_server_t *self = asker->server;
    pthread_mutex_lock (&self->lock);
    exchange_t *next = exchange->same;
    asker->making = NULL;
    pthread_mutex_unlock (&self->lock);
    while (next) {
        exchange_t *other = next;
        next = other->same;
        exchange_share (other, exchange);
        hand_over (self, other, version);
    }
    hand_over (self, exchange, version);
}

static void answer (asker_t *asker, exchange_t *exchange)
{
    rap_server_t *self = asker->server;
    int64_t now_ms = rap_clock_ms (), age_ms = age_of (self, exchange);
    bool live = exchange->route.live;
    //  What is live has no version but its time.
    uint64_t version = live ? (UINT64_C (1) << 63) + (uint64_t)now_ms : version_of (self);
    exchange->body = rap_cache_find (self->cache, exchange->key, &version, age_ms, now_ms);
    if (exchange->body) {
        exchange->status = 200;
        hand_over (self, exchange, version);
        return;
    }
    if (join (asker, exchange, version, age_ms, now_ms))
        return;
    if (live)
        answer_live (self, exchange, asker->reader);
    else
        write_answer (self, exchange, asker->reader);
    if (exchange->status == 200 && !exchange->link && !exchange->disposition)
        rap_cache_keep (self->cache, exchange->key, version, now_ms, exchange->body);
    hand_out (asker, exchange, version);
}

static exchange_t *next_exchange (rap_server_t *self)
{
    exchange_t *exchange = NULL;
    pthread_mutex_lock (&self->lock);
    while (!self->count && !self->ending)
        pthread_cond_wait (&self->there, &self->lock);
    if (self->count) {
        exchange = self->queue[self->first];
        self->first = (self->first + 1) % QUEUE_MAX;
        self->count--;
    }
    pthread_mutex_unlock (&self->lock);
    return exchange;
}

static void *ask (void *context)
{
    asker_t *asker = context;
    exchange_t *exchange;
    while ((exchange = next_exchange (asker->server)) != NULL)
        answer (asker, exchange);
    return NULL;
}

static bool enqueue (rap_server_t *self, exchange_t *exchange)
{
    pthread_mutex_lock (&self->lock);
    bool room = self->count < QUEUE_MAX && !self->ending;
    if (room) {
        //  Before an asker can resume it.
        MHD_suspend_connection (exchange->connection);
        self->queue[(self->first + self->count++) % QUEUE_MAX] = exchange;
        pthread_cond_signal (&self->there);
    }
    pthread_mutex_unlock (&self->lock);
    return room;
}

//  --- events --------------------------------------------------------------------------
static void wake_connection (void *connection)
{
    MHD_resume_connection (connection);
}

static void suspend_connection (void *connection)
{
    MHD_suspend_connection (connection);
}

static ssize_t read_events (void *context, uint64_t position, char *to, size_t max)
{
    (void)position;
    ssize_t len = rap_listener_read (context, to, max, suspend_connection);
    return len < 0 ? MHD_CONTENT_READER_END_OF_STREAM : len;
}

static void leave_events (void *context)
{
    rap_listener_t *listener = context;
    rap_events_leave (&listener);
}

static enum MHD_Result send_events (rap_server_t *self, exchange_t *exchange)
{
    rap_listener_t *listener = rap_events_listen (
        self->options.events, MHD_lookup_connection_value (exchange->connection, MHD_HEADER_KIND, "Last-Event-ID"),
        wake_connection, exchange->connection);
    if (!listener)
        return send_problem (self, exchange->connection, 503, "as many listen as can be served");
    rap_connections_lasting (self->connections, exchange->connection);
    struct MHD_Response *response =
        MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, 4096, read_events, listener, leave_events);
    add_header (response, "Content-Type", "text/event-stream");
    add_header (response, "Cache-Control", "no-store");
    add_header (response, "X-Accel-Buffering", "no");
    return send_response (self, exchange->connection, 200, response);
}

//  --- login ---------------------------------------------------------------------------
static bool too_many_wrong (rap_server_t *self, int64_t now_ms)
{
    if (now_ms - self->wrong_since_ms > LOGIN_MS) {
        self->wrong_since_ms = now_ms;
        self->wrong = 0;
    }
    return self->wrong >= LOGINS_MAX;
}

//  Only a path of ours, never another site.
static const char *where_next (const rap_request_t *form)
{
    const char *next = rap_request_get (form, "next");
    bool ours = next && next[0] == '/' && next[1] != '/' && next[1] != '\\' && !strpbrk (next, "\\\r\n");
    return ours ? next : "/";
}

static enum MHD_Result log_in (rap_server_t *self, exchange_t *exchange)
{
    rap_reason_t reason;
    char session[RAP_SESSION_SIZE], cookie[192];
    rap_request_t form = {.path = ""};
    if (!rap_guard_has_token (self->options.guard))
        return send_problem (self, exchange->connection, 404, "there is no token to log in with");
    if (too_many_wrong (self, rap_clock_ms ()))
        return send_problem (self, exchange->connection, 429, "too many wrong tokens; wait a minute");
    if (rap_request_read_form (&form, rap_text_of (exchange->form, exchange->form_len), exchange->arena, &reason)
        != RAP_OK)
        return send_problem (self, exchange->connection, 400, reason.text);
    const char *token = rap_request_get (&form, "token");
    if (!token || !rap_guard_login (self->options.guard, token, session)) {
        self->wrong++;
        rap_log (RAP_LOG_WARN, "login.refused", NULL);
        return send_elsewhere (self, exchange->connection, "/login?wrong=1", NULL);
    }
    snprintf (cookie, sizeof cookie, "rapporteur_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800",
              session);
    return send_elsewhere (self, exchange->connection, where_next (&form), cookie);
}

static const char login_page[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width\"><title>Rapporteur: log in</title></head>\n<body><main>\n<h1>Rapporteur</h1>\n%s"
    "<form method=\"post\" action=\"/login\">\n<p><label>Token <input name=\"token\" type=\"password\" "
    "autocomplete=\"current-password\" required autofocus></label>\n<button>Log in</button></p>\n</form>\n</main>"
    "</body>\n</html>\n";

static enum MHD_Result send_login (const rap_server_t *self, exchange_t *exchange)
{
    char page[1024];
    bool wrong = rap_request_get (&exchange->request, "wrong") != NULL;
    int len =
        snprintf (page, sizeof page, login_page, wrong ? "<p role=\"alert\">That was not the token.</p>\n" : "");
    struct MHD_Response *response = MHD_create_response_from_buffer ((size_t)len, page, MHD_RESPMEM_MUST_COPY);
    add_header (response, "Content-Type", "text/html; charset=utf-8");
    add_header (response, "Cache-Control", "no-store");
    return send_response (self, exchange->connection, 200, response);
}

//  For probes, which have no token: this thread turns. What is in the database, /api/v1/health tells.
static enum MHD_Result send_alive (const rap_server_t *self, exchange_t *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (3, (void *)(uintptr_t) "ok\n", MHD_RESPMEM_PERSISTENT);
    add_header (response, "Content-Type", "text/plain; charset=utf-8");
    add_header (response, "Cache-Control", "no-store");
    return send_response (self, exchange->connection, 200, response);
}

//  --- requests ------------------------------------------------------------------------
static const char *header_of (const exchange_t *exchange, const char *name)
{
    return MHD_lookup_connection_value (exchange->connection, MHD_HEADER_KIND, name);
}

static bool is_let (const rap_server_t *self, const exchange_t *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info (exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *header = rap_guard_header (self->options.guard);
    rap_proof_t proof = {
        .from = info ? info->client_addr : NULL,
        .authorization = header_of (exchange, "Authorization"),
        .session = MHD_lookup_connection_value (exchange->connection, MHD_COOKIE_KIND, "rapporteur_session"),
        .vouched = header ? header_of (exchange, header) : NULL};
    return rap_guard_lets (self->options.guard, &proof);
}

static enum MHD_Result send_file (const rap_server_t *self, exchange_t *exchange, const char *name)
{
    const char *etag = "";
    rap_body_t *body = rap_page_find (self->options.page, name, &etag);
    if (!body)
        return send_problem (self, exchange->connection, 404, "there is nothing at this address");
    snprintf (exchange->etag, sizeof exchange->etag, "W/%s", etag);
    exchange->status = 200;
    if (exchange_is_unchanged (exchange)) {
        rap_body_release (body);
        return send_unchanged (self, exchange->connection, exchange->etag);
    }
    return send_body (self, exchange->connection, exchange, body);
}

//  Addresses of the page: whatever is behind the first part, the page itself knows.
static bool is_page (const rap_request_t *request)
{
    static const char *const names[] = {"overview", "mandates", "documents", "series",     "citations", "search",
                                        "places",   "pipeline", "diff",      "quarantine", "themes",    "actors"};
    if (!request->segments_count)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp (request->segments[0], names[i]) == 0)
            return true;
    return false;
}

static bool is_at (const rap_request_t *request, const char *path)
{
    return strcmp (request->path, path) == 0;
}

static enum MHD_Result answer_page (const rap_server_t *self, exchange_t *exchange)
{
    const rap_request_t *request = &exchange->request;
    if (is_page (request))
        return send_file (self, exchange, "index.html");
    if (is_at (request, "/api/v1/openapi.json"))
        return send_file (self, exchange, "openapi.json");
    if (strcmp (request->segments[0], "api") == 0 || strcmp (request->segments[0], "feeds") == 0)
        return send_problem (self, exchange->connection, 404,
                             "there is nothing at this address; /api/v1/openapi.json tells what there is");
    rap_text_t name = RAP_TEXT ("");
    for (uint32_t i = 0; i < request->segments_count; i++)
        name = rap_arena_format (exchange->arena, "%s%s%s", i ? name.at : "", i ? "/" : "", request->segments[i]);
    return send_file (self, exchange, name.at);
}

static enum MHD_Result answer_get (rap_server_t *self, exchange_t *exchange)
{
    if (is_at (&exchange->request, "/login"))
        return send_login (self, exchange);
    if (is_at (&exchange->request, "/health"))
        return send_alive (self, exchange);
    if (!is_let (self, exchange)) {
        bool page = rap_guard_has_token (self->options.guard) && is_page (&exchange->request);
        if (page)
            return send_elsewhere (self, exchange->connection, "/login", NULL);
        return send_problem (self, exchange->connection, 401,
                             "a token is needed: Authorization: Bearer TOKEN, or log in at /login");
    }
    if (is_at (&exchange->request, "/api/v1/events"))
        return send_events (self, exchange);
    if (!rap_route_find (&exchange->request, exchange->arena, &exchange->route))
        return answer_page (self, exchange);
    if (enqueue (self, exchange))
        return MHD_YES;
    return send_problem (self, exchange->connection, 503, "too many questions wait for an answer");
}

//  The answer that an asker has made.
static enum MHD_Result finish (const rap_server_t *self, exchange_t *exchange)
{
    rap_body_t *body = exchange->body;
    exchange->body = NULL;
    if (exchange_is_unchanged (exchange)) {
        rap_body_release (body);
        return send_unchanged (self, exchange->connection, exchange->etag);
    }
    return send_body (self, exchange->connection, exchange, body);
}

static enum MHD_Result answer_options (const rap_server_t *self, exchange_t *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    add_header (response, "Access-Control-Allow-Methods", "GET, HEAD");
    add_header (response, "Access-Control-Allow-Headers", "Authorization, If-None-Match, Last-Event-ID");
    add_header (response, "Access-Control-Max-Age", "600");
    return send_response (self, exchange->connection, 204, response);
}

//  What can be said as soon as the headers are there; NULL: go on.
static const char *objection (const rap_server_t *self, exchange_t *exchange, const char *method, int *status)
{
    bool post = strcmp (method, "POST") == 0, get = strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0;
    bool options = strcmp (method, "OPTIONS") == 0 && self->options.allow_origin;
    const char *length = header_of (exchange, "Content-Length");
    *status = 400;
    if (exchange->refused.text[0])
        return exchange->refused.text;
    if (!rap_guard_knows_host (self->options.guard, header_of (exchange, "Host"))) {
        *status = 421;
        return "this is no name of this server; --host allows further names";
    }
    if (!get && !options && !(post && is_at (&exchange->request, "/login"))) {
        *status = 405;
        return "only GET and HEAD are taken";
    }
    if (!post && ((length && strcmp (length, "0") != 0) || header_of (exchange, "Transfer-Encoding")))
        return "a GET has no body";
    if (post && (!length || strlen (length) > 4 || strtol (length, NULL, 10) > EXCHANGE_FORM_MAX)) {
        *status = 413;
        return "the form is too long";
    }
    return NULL;
}

static enum MHD_Result begin (const rap_server_t *self, exchange_t *exchange, const char *method)
{
    int status;
    exchange->state = EXCHANGE_BEGUN;
    const char *wrong = objection (self, exchange, method, &status);
    exchange->method = strcmp (method, "POST") == 0      ? METHOD_POST
                       : strcmp (method, "OPTIONS") == 0 ? METHOD_OPTIONS
                                                         : METHOD_GET;
    exchange_prepare (exchange);
    if (!wrong)
        return MHD_YES;
    exchange->state = EXCHANGE_OBJECTED;
    return send_problem (self, exchange->connection, status, wrong);
}

static enum MHD_Result handle (void *context, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *upload, size_t *upload_len, void **state)
{
    rap_server_t *self = context;
    exchange_t *exchange = *state;
    (void)url, (void)version;
    if (!exchange)
        return MHD_NO;
    exchange->connection = connection;
    if (exchange->state == EXCHANGE_NEW)
        return begin (self, exchange, method);
    if (*upload_len) {
        exchange_add_form (exchange, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    rap_connections_answered (self->connections, connection);
    switch (exchange->state) {
    case EXCHANGE_ANSWERED:
        exchange->state = EXCHANGE_SENT;
        return finish (self, exchange);
    case EXCHANGE_BEGUN:
        exchange->state = EXCHANGE_SENT;
        if (exchange->method == METHOD_OPTIONS)
            return answer_options (self, exchange);
        return exchange->method == METHOD_POST ? log_in (self, exchange) : answer_get (self, exchange);
    default:
        return MHD_NO;
    }
}

static void *hear_target (void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context, (void)connection;
    return exchange_new (uri);
}

static void end_exchange (void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how)
{
    rap_server_t *self = context;
    (void)how;
    exchange_destroy ((exchange_t **)state);
    rap_connections_idle (self->connections, connection);
}

static void note_connection (void *context, struct MHD_Connection *connection, void **state,
                             enum MHD_ConnectionNotificationCode what)
{
    rap_server_t *self = context;
    (void)state;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        rap_connections_add (self->connections, connection);
    else
        rap_connections_remove (self->connections, connection);
}

static void log_http (void *context, const char *format, va_list list)
{
    char text[256];
    (void)context;
    vsnprintf (text, sizeof text, format, list);
    text[strcspn (text, "\n")] = 0;
    rap_log (RAP_LOG_DEBUG, "http.said", "text", text, NULL);
}

//  What is sent is not taken apart by libmicrohttpd but by request.c.
static size_t leave_as_is (void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen (text);
}

//  --- life ----------------------------------------------------------------------------
static void start_askers (rap_server_t *self)
{
    for (int64_t i = 0; i < self->options.threads && i < THREADS_MAX; i++) {
        asker_t *asker = &self->askers[i];
        *asker = (asker_t){.server = self, .reader = rap_snapshot_new (self->options.db)};
        if (pthread_create (&asker->thread, NULL, ask, asker) != 0)
            abort ();
        asker->started = true;
    }
}

rap_server_t *rap_server_new (const rap_server_options_t *options, rap_reason_t *reason)
{
    unsigned char random[4];
    rap_server_t *self = must (calloc (1, sizeof *self));
    self->options = *options;
    pthread_mutex_init (&self->lock, NULL);
    pthread_mutex_init (&self->version_lock, NULL);
    pthread_mutex_init (&self->submit_lock, NULL);
    pthread_cond_init (&self->there, NULL);
    randombytes_buf (random, sizeof random);
    sodium_bin2hex (self->run, sizeof self->run, random, sizeof random);
    self->watcher = rap_snapshot_new (options->db);
    self->cache = rap_cache_new (CACHE_BYTES);
    self->connections = rap_connections_new (CONNECTIONS_MAX, options->request_ms);
    start_askers (self);
    self->daemon = MHD_start_daemon (
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        handle, self, MHD_OPTION_LISTEN_SOCKET, options->listening, MHD_OPTION_EXTERNAL_LOGGER, log_http, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)QUIET_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, hear_target, NULL, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_is, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, end_exchange, self, MHD_OPTION_NOTIFY_CONNECTION, note_connection, self,
        MHD_OPTION_END);
    if (self->daemon)
        return self;
    rap_reason_set (reason, "the HTTP server cannot be started: %s", strerror (errno));
    rap_server_destroy (&self);
    return NULL;
}

void rap_server_tick (rap_server_t *self, int64_t now_ms)
{
    rap_connections_cut (self->connections, now_ms);
}

static void stop_askers (rap_server_t *self)
{
    pthread_mutex_lock (&self->lock);
    self->ending = true;
    pthread_cond_broadcast (&self->there);
    pthread_mutex_unlock (&self->lock);
    for (size_t i = 0; i < THREADS_MAX; i++) {
        asker_t *asker = &self->askers[i];
        if (!asker->started)
            continue;
        rap_snapshot_interrupt (asker->reader);
        pthread_join (asker->thread, NULL);
        rap_snapshot_destroy (&asker->reader);
    }
}

void rap_server_destroy (rap_server_t **self_p)
{
    rap_server_t *self = *self_p;
    if (!self)
        return;
    //  Askers answer what waits, so that no connection stays suspended.
    stop_askers (self);
    if (self->daemon)
        MHD_stop_daemon (self->daemon);
    rap_connections_destroy (&self->connections);
    rap_cache_destroy (&self->cache);
    rap_snapshot_destroy (&self->watcher);
    pthread_cond_destroy (&self->there);
    pthread_mutex_destroy (&self->lock);
    pthread_mutex_destroy (&self->version_lock);
    pthread_mutex_destroy (&self->submit_lock);
    free (self);
    *self_p = NULL;
}
