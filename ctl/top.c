//  top: the service at a glance, live.
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/json.h"
#include "rapporteur/log.h"
#include "rapporteur/options.h"

#include "caller.h"
#include "place.h"
#include "service.h"
#include "term.h"
#include "top_frame.h"
#include "top_screen.h"
#include "top_watch.h"
#include "verbs.h"

enum { NEAR_MS = 1500, FAR_MS = 5000, RATE_MS = 5000, MINUTE_MS = 60000 };

typedef struct {
    rap_caller_t caller;
    const char *data, *metrics;
    bool once, json;
    int64_t interval_s;
    rap_place_t place;
    rap_top_watch_t *watch;
    rap_top_sample_t sample, last; //  the newest; the newest that was answered
    rap_top_history_t history;
    rap_top_view_t view;
    int64_t answered_ms;
    char clock[32];
} top_t;

//  Makes the newest sample what is seen.
static void take_in (top_t *self)
{
    int64_t now_ms = rap_clock_ms ();
    time_t now = time (NULL);
    struct tm local;
    strftime (self->clock, sizeof self->clock, "%H:%M:%S", localtime_r (&now, &local));
    if (self->sample.answered) {
        rap_top_sample_clear (&self->last);
        self->last = self->sample;
        memset (&self->sample, 0, sizeof self->sample);
        self->answered_ms = now_ms;
        self->view.silence = NULL;
        self->view.sample = &self->last;
        rap_top_history_add (&self->history, &self->last.counts);
        rap_top_sort (&self->last, self->view.order);
    } else {
        self->view.silence = self->sample.silence;
    }
    self->view.silent_ms = now_ms - self->answered_ms;
}

//  --- as JSON -------------------------------------------------------------------------

static void put_known (rap_json_t *json, const char *key, double value)
{
    if (value >= 0 && isfinite (value))
        rap_json_real (json, key, value);
    else
        rap_json_raw (json, key, NULL);
}

static void put_latency (rap_json_t *json, const char *key, const rap_top_histogram_t *then,
                         const rap_top_histogram_t *now)
{
    rap_json_object (json, key);
    put_known (json, "p50", rap_top_percentile (then, now, 0.5));
    put_known (json, "p99", rap_top_percentile (then, now, 0.99));
    rap_json_end (json);
}

static void put_workers (rap_json_t *json, const rap_top_sample_t *sample)
{
    rap_json_array (json, "workers");
    for (uint32_t i = 0; i < sample->workers_count; i++) {
        const rap_top_worker_t *worker = &sample->workers[i];
        rap_json_object (json, NULL);
        rap_json_text (json, "id", worker->id);
        rap_json_text (json, "state", worker->blocked ? "blocked" : worker->held ? "works" : "idle");
        rap_json_real (json, "chunks_a_second", worker->rate);
        rap_json_integer (json, "chunks", worker->chunks);
        rap_json_integer (json, "held", worker->held);
        rap_json_integer (json, "credit", worker->credit);
        rap_json_integer (json, "heard_ms", worker->heard_ms);
        rap_json_text (json, "document", *worker->document ? worker->document : NULL);
        if (*worker->document) {
            rap_json_integer (json, "first", worker->first);
            rap_json_integer (json, "count", worker->count);
            rap_json_integer (json, "held_ms", worker->held_ms);
        }
        rap_json_end (json);
    }
    rap_json_end (json);
}

static void put_stage (rap_json_t *json, const char *name, bool alive, bool well, const char *why)
{
    rap_json_object (json, name);
    rap_json_bool (json, "alive", alive);
    rap_json_bool (json, "well", alive && well);
    rap_json_text (json, "why", alive && well ? NULL : why);
    rap_json_end (json);
}

static void put_stages (rap_json_t *json, const rap_top_view_t *view)
{
    const rap_top_sample_t *s = view->sample;
    bool alive = !view->silence && s;
    put_stage (json, "ingest", alive, alive && (s->ready || !*s->why), alive ? s->why : view->silence);
    if (!alive)
        return;
    const rap_top_page_t *worker = &s->pages[1], *sink = &s->pages[2];
    put_stage (json, "worker", s->workers_known > 0, !worker->asked || worker->well,
               worker->asked ? worker->why : "none is known");
    put_stage (json, "sink", s->sink_alive, !sink->asked || sink->well, sink->asked ? sink->why : "not heard of");
}

static void put_numbers (rap_json_t *json, const rap_top_sample_t *s)
{
#define N(name, path) {#name, s->name},
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {RAP_TOP_NUMBERS (N)};
#undef N
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].value >= 0)
            rap_json_integer (json, numbers[i].name, numbers[i].value);
        else
            rap_json_raw (json, numbers[i].name, NULL);
    put_known (json, "disk_free", s->disk_free);
}

static void print_json (const top_t *self)
{
    rap_json_t json;
    char now[RAP_TIME_MAX];
    const rap_top_sample_t *s = self->view.sample;
    rap_json_init (&json, stdout);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "at", rap_clock_utc (now));
    put_stages (&json, &self->view);
    if (s && !self->view.silence) {
        static const rap_top_counts_t none;
        rap_top_rates_t rates = rap_top_rates (rap_top_history_before (&self->history, RATE_MS), &s->counts);
        const rap_top_counts_t *then = rap_top_history_before (&self->history, MINUTE_MS);
        then = then ? then : &none;
        put_numbers (&json, s);
        rap_json_object (&json, "a_second");
        put_known (&json, "documents", rates.settled);
        put_known (&json, "chunks", rates.chunks);
        put_known (&json, "findings", rates.findings);
        put_known (&json, "documents_taken", rates.taken);
        put_known (&json, "bytes_taken", rates.bytes);
        rap_json_end (&json);
        rap_json_object (&json, "seconds");
        put_latency (&json, "taken_to_stored", &then->document, &s->counts.document);
        put_latency (&json, "journal_commit", &then->journal, &s->counts.journal);
        put_latency (&json, "database_commit", &then->store, &s->counts.store);
        rap_json_end (&json);
        put_workers (&json, s);
    }
    rap_json_end (&json);
    fflush (stdout);
}

//  --- on paper --------------------------------------------------------------------------

static void print_frame (const top_t *self)
{
    rap_top_frame_t frame = rap_top_frame_make (&self->view, (uint32_t)rap_term_width (stdout), 0);
    for (uint32_t i = 0; i < frame.count; i++)
        puts (frame.lines[i].text);
    rap_top_frame_clear (&frame);
}

//  Asked twice, an interval apart: rates are of the time between.
static int show_once (top_t *self)
{
    rap_top_watch_ask (self->watch, &self->sample);
    take_in (self);
    if (!self->view.silence) {
        poll (NULL, 0, (int)(self->interval_s * 1000));
        rap_top_watch_ask (self->watch, &self->sample);
        take_in (self);
    }
    if (self->json)
        print_json (self);
    else
        print_frame (self);
    return self->view.silence ? 1 : 0;
}

//  A line at each interval, until nobody reads any more.
static int show_lines (top_t *self)
{
    rap_top_watch_start (self->watch);
    while (!ferror (stdout)) {
        struct pollfd news = {.fd = rap_top_watch_fd (self->watch), .events = POLLIN};
        if (poll (&news, 1, -1) > 0 && rap_top_watch_take (self->watch, &self->sample)) {
            take_in (self);
            print_json (self);
        }
    }
    return 0;
}

//  --- on the screen -----------------------------------------------------------------------

static void scroll_to (top_t *self, int64_t from)
{
    int64_t count = self->view.sample ? self->view.sample->workers_count : 0;
    from = from > count - 1 ? count - 1 : from;
    self->view.from = from < 0 ? 0 : (uint32_t)from;
}

//  False: it ends.
static bool obey (top_t *self, rap_top_key_t key, uint32_t page)
{
    rap_top_view_t *view = &self->view;
    int64_t step = page > 1 ? page - 1 : 1;
    switch (key) {
    case RAP_TOP_KEY_QUIT:
        return false;
    case RAP_TOP_KEY_PAUSE:
        view->paused = !view->paused;
        break;
    case RAP_TOP_KEY_ORDER:
        view->order = (view->order + 1) % RAP_TOP_ORDERS;
        rap_top_sort (&self->last, view->order);
        break;
    case RAP_TOP_KEY_HELP:
        view->help = !view->help;
        break;
    case RAP_TOP_KEY_AGAIN:
        rap_top_watch_hurry (self->watch);
        break;
    case RAP_TOP_KEY_UP:
    case RAP_TOP_KEY_DOWN:
        scroll_to (self, (int64_t)view->from + (key == RAP_TOP_KEY_UP ? -1 : 1));
        break;
    case RAP_TOP_KEY_PAGE_UP:
    case RAP_TOP_KEY_PAGE_DOWN:
        scroll_to (self, (int64_t)view->from + (key == RAP_TOP_KEY_PAGE_UP ? -step : step));
        break;
    case RAP_TOP_KEY_HOME:
    case RAP_TOP_KEY_END:
        scroll_to (self, key == RAP_TOP_KEY_HOME ? 0 : INT32_MAX);
        break;
    default:
        break;
    }
    return true;
}

static uint32_t draw (top_t *self)
{
    uint32_t width, height;
    rap_top_screen_size (&width, &height);
    scroll_to (self, self->view.from);
    rap_top_frame_t frame = rap_top_frame_make (&self->view, width, height ? height : 1);
    uint32_t shown = frame.workers;
    rap_top_screen_show (&frame);
    rap_top_frame_clear (&frame);
    return shown;
}

//  While paused, what comes is put aside: the picture, and the orders of workers, stay.
static void hear_news (top_t *self)
{
    if (!self->view.paused && rap_top_watch_take (self->watch, &self->sample))
        take_in (self);
}

static int show_screen (top_t *self)
{
    rap_reason_t reason;
    if (rap_top_screen_open (&reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    rap_top_watch_start (self->watch);
    bool more = true;
    for (uint32_t page = draw (self); more; page = more ? draw (self) : 0) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = self->view.paused ? -1 : rap_top_watch_fd (self->watch), .events = POLLIN}};
        int ready = poll (fds, 2, 1000);
        if (ready > 0 && fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
            break;
        hear_news (self);
        for (bool any = true; more && any;)
            more = obey (self, rap_top_screen_key (&any), page);
    }
    rap_top_screen_close ();
    //  An answer that is still awaited is nothing that anybody at a terminal waits for.
    fflush (NULL);
    _exit (0);
}

int rap_verb_top (int argc, char **argv)
{
    static top_t self;
    self.interval_s = 1;
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "folder of a service"},
        RAP_CALLER_OPTIONS (self.caller),
        {.name = "metrics",
         .into = &self.metrics,
         .value = "ADDRESS",
         .help = "where ingest has its page of metrics, workers and sink at the next two ports, as of 'up'"},
        {.name = "interval",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.interval_s,
         .value = "SECONDS",
         .help = "between two looks (default 1)",
         .min = 1,
         .max = 3600},
        {.name = "once", .kind = RAP_OPTION_FLAG, .into = &self.once, .help = "one picture as text, for scripts"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &self.json, .help = "as JSON, an object each interval"},
        {.name = NULL},
    };
    const rap_usage_t usage = {.program = "rapporteur top",
                               .summary = "stages, rates, backlog and workers, live on the whole terminal",
                               .options = options,
                               .more = "Keys: q quit, p pause, s order of workers, h help, arrows and pages.\n"
                                       "--once ends with status 1 if ingest does not answer."};
    char page[600];
    rap_reason_t reason;
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (self.metrics && strcmp (self.metrics, "none") == 0)
        self.metrics = NULL;
    if (self.metrics && !rap_service_page (self.metrics, 0, page, sizeof page))
        return rap_options_wrong (&usage, "--metrics %s: not PORT, HOST:PORT or unix:PATH", self.metrics);
    if ((!self.caller.submit && rap_place_find_service (&self.place, self.data, &reason) != RAP_OK)
        || rap_caller_begin (&self.caller, &self.place, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    if (!self.once && !self.json && !isatty (STDOUT_FILENO))
        return rap_options_wrong (&usage, "standard output is no terminal; --once or --json does without");
    const rap_top_watch_options_t asked = {.place = &self.place,
                                           .metrics = self.metrics,
                                           .interval_ms = self.interval_s * 1000,
                                           .answer_ms = self.caller.submit ? FAR_MS : NEAR_MS};
    rap_log_init ("top");
    rap_log_set_level (RAP_LOG_ERROR); //  nothing is to be written over the picture
    if (!(self.watch = rap_top_watch_new (&asked, &reason)))
        return rap_term_fail ("%s", reason.text);
    self.answered_ms = rap_clock_ms ();
    self.view = (rap_top_view_t){.history = &self.history,
                                 .place = self.caller.submit ? self.caller.submit : self.place.data,
                                 .clock = self.clock};
    status = self.once ? show_once (&self) : self.json ? show_lines (&self) : show_screen (&self);
    rap_top_watch_destroy (&self.watch);
    rap_top_sample_clear (&self.sample);
    rap_top_sample_clear (&self.last);
    return status;
}
