//  top_frame: lines are made in full, each with its worth; what there is no room for is
//  left out, the least worth first; then workers fill what is left.
#include "top_frame.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "rapporteur/utf8.h"

#include "term.h"

enum { LINES_MAX = 8192, LAST_WORTH = 3, WORKERS_KEPT = 3, RATE_MS = 5000, MINUTE_MS = 60000, PIECE_MAX = 48 };

//  --- text ----------------------------------------------------------------------------

//  Made harmless, and cut to `width` columns; the caller frees it.
static char *fit (const char *text, uint32_t width)
{
    char *shown = NULL, *cut = NULL;
    size_t len = 0, cut_len = 0;
    FILE *out = open_memstream (&shown, &len);
    if (!out)
        abort ();
    rap_term_put (out, text, -1);
    fclose (out);
    rap_text_t whole = rap_text (shown);
    uint32_t used = 0;
    size_t at = 0, step;
    for (; at < whole.len; at += step) {
        int columns = utf8proc_charwidth ((utf8proc_int32_t)rap_utf8_decode (whole, at, &step));
        if (used + (uint32_t)columns > width)
            break;
        used += (uint32_t)columns;
    }
    cut_len = at;
    if (!(cut = strndup (shown, cut_len)))
        abort ();
    free (shown);
    return cut;
}

static uint32_t columns_of (const char *text)
{
    uint32_t used = 0;
    rap_text_t whole = rap_text (text);
    for (size_t at = 0, step; at < whole.len; at += step)
        used += (uint32_t)utf8proc_charwidth ((utf8proc_int32_t)rap_utf8_decode (whole, at, &step));
    return used;
}

static void add_line (rap_top_frame_t *self, rap_top_style_t style, int worth, uint32_t width, const char *text)
{
    if (self->count == LINES_MAX)
        return;
    if (!(self->count & (self->count - 1))) {
        size_t room = self->count ? 2 * (size_t)self->count : 1;
        self->lines = realloc (self->lines, room * sizeof *self->lines);
        if (!self->lines)
            abort ();
    }
    self->lines[self->count++] = (rap_top_line_t){.text = fit (text, width), .style = style, .worth = worth};
}

__attribute__ ((format (printf, 5, 6))) static void add (rap_top_frame_t *self, rap_top_style_t style, int worth,
                                                         uint32_t width, const char *format, ...)
{
    char text[2048];
    va_list list;
    va_start (list, format);
    vsnprintf (text, sizeof text, format, list);
    va_end (list);
    add_line (self, style, worth, width, text);
}

//  --- numbers -------------------------------------------------------------------------

typedef struct {
    char text[PIECE_MAX];
} piece_t;

static piece_t count_of (int64_t number)
{
    piece_t piece = {""};
    rap_term_number (piece.text, number);
    return piece;
}

static piece_t rate_of (double rate)
{
    piece_t piece = {"-"};
    if (rate >= 100)
        return count_of ((int64_t)rate);
    if (rate >= 0)
        snprintf (piece.text, sizeof piece.text, "%.1f", rate);
    return piece;
}

static piece_t bytes_of (double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    piece_t piece = {"-"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1024;
    if (bytes >= 0)
        snprintf (piece.text, sizeof piece.text, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return piece;
}

//  Seconds, as short as they can be said.
static piece_t span_of (double seconds)
{
    piece_t piece = {"-"};
    if (isinf (seconds))
        snprintf (piece.text, sizeof piece.text, "very long");
    else if (seconds >= 172800)
        snprintf (piece.text, sizeof piece.text, "%.1f d", seconds / 86400);
    else if (seconds >= 7200)
        snprintf (piece.text, sizeof piece.text, "%.1f h", seconds / 3600);
    else if (seconds >= 120)
        snprintf (piece.text, sizeof piece.text, "%.0f min", seconds / 60);
    else if (seconds >= 1)
        snprintf (piece.text, sizeof piece.text, "%.1f s", seconds);
    else if (seconds >= 0)
        snprintf (piece.text, sizeof piece.text, "%.1f ms", seconds * 1000);
    return piece;
}

static piece_t two_of (const char *first, double a, double b)
{
    piece_t piece = {""};
    if (a < 0)
        snprintf (piece.text, sizeof piece.text, "%.40s -", first);
    else
        snprintf (piece.text, sizeof piece.text, "%.17s p50 %.9s, p99 %.9s", first, span_of (a).text,
                  span_of (b).text);
    return piece;
}

//  --- the lines of the stages -----------------------------------------------------------

typedef struct {
    rap_top_frame_t *frame;
    const rap_top_view_t *view;
    uint32_t width;
} making_t;

static void put_title (const making_t *self)
{
    const rap_top_view_t *view = self->view;
    add (self->frame, RAP_TOP_TITLE, 0, self->width, "rapporteur top  %s  %.300s%s", view->clock, view->place,
         view->paused ? "  [paused]" : "");
}

//  What its page says, where it says that something is wrong.
static const char *complaint (const rap_top_page_t *page)
{
    return !page->asked || (page->answered && page->well) ? NULL : page->why;
}

static void put_ingest (const making_t *self)
{
    const rap_top_view_t *view = self->view;
    const rap_top_sample_t *s = view->sample;
    if (view->silence) {
        add (self->frame, RAP_TOP_ALARM, 0, self->width, "ingest    GONE for %s: %s",
             span_of ((double)view->silent_ms / 1000).text, view->silence);
        return;
    }
    if (!s) {
        add (self->frame, RAP_TOP_FAINT, 0, self->width, "ingest    is asked");
        return;
    }
    const char *why = complaint (&s->pages[0]);
    if (s->failing)
        add (self->frame, RAP_TOP_ALARM, 0, self->width, "ingest    FAILING: the journal cannot be written");
    else if ((*s->why && !s->ready) || why)
        add (self->frame, RAP_TOP_ALARM, 0, self->width, "ingest    NOT WELL: %s",
             *s->why && !s->ready ? s->why : why);
    else
        add (self->frame, RAP_TOP_PLAIN, 0, self->width,
             "ingest    alive, %s; started %" PRId64 " times; pipeline %.12s",
             s->draining ? "ending"
             : s->idle   ? "idle: all that was taken is stored"
                         : "at work",
             s->epoch, s->pipeline);
}

static void put_workers (const making_t *self)
{
    const rap_top_sample_t *s = self->view->sample;
    uint32_t busy = 0, blocked = 0;
    for (uint32_t i = 0; i < s->workers_count; i++) {
        blocked += s->workers[i].blocked;
        busy += !s->workers[i].blocked && s->workers[i].held > 0;
    }
    const char *why = complaint (&s->pages[1]);
    bool missing = !s->workers_known;
    add (self->frame, why || missing ? RAP_TOP_ALARM : RAP_TOP_PLAIN, 0, self->width,
         "workers   %s%s: %u at work, %u wait for the sink; leases lost %s, answers late %s%s%s",
         missing ? "NONE" : count_of (s->workers_known).text, missing ? "" : " alive", busy, blocked,
         count_of (s->deaths).text, count_of (s->late).text, why ? "; NOT WELL: " : "", why ? why : "");
}

static void put_sink (const making_t *self)
{
    const rap_top_sample_t *s = self->view->sample;
    const char *why = complaint (&s->pages[2]);
    char heard[96];
    snprintf (heard, sizeof heard, s->sink_heard_ms < 0 ? "not heard of yet" : "heard of %s ago",
              span_of ((double)s->sink_heard_ms / 1000).text);
    if (!s->sink_alive)
        add (self->frame, RAP_TOP_ALARM, 0, self->width, "sink      GONE, %s: nothing is stored at present", heard);
    else if (why)
        add (self->frame, RAP_TOP_ALARM, 0, self->width, "sink      NOT WELL: %s", why);
    else
        add (self->frame, RAP_TOP_PLAIN, 0, self->width, "sink      alive, %s; disk free %s", heard,
             bytes_of (s->disk_free).text);
}

static void put_work (const making_t *self)
{
    const rap_top_sample_t *s = self->view->sample;
    rap_top_rates_t rates = rap_top_rates (rap_top_history_before (self->view->history, RATE_MS), &s->counts);
    add (self->frame, RAP_TOP_PLAIN, 3, self->width, "%s", "");
    add (self->frame, RAP_TOP_PLAIN, 0, self->width, "a second  documents %s  chunks %s  findings %s  taken %s, %s",
         rate_of (rates.settled).text, rate_of (rates.chunks).text, rate_of (rates.findings).text,
         rate_of (rates.taken).text, bytes_of (rates.bytes).text);
    piece_t oldest = {""};
    if (s->oldest_ms >= 0)
        oldest = span_of ((double)s->oldest_ms / 1000);
    add (self->frame, RAP_TOP_PLAIN, 0, self->width, "backlog   %s documents (%s to be read), %s chunks, %s%s%s",
         count_of (s->documents_taken + s->documents_split).text, count_of (s->documents_taken).text,
         count_of (s->chunks_open).text, bytes_of ((double)s->backlog_bytes).text,
         *oldest.text ? "; the oldest waits " : "", oldest.text);
    int64_t credit = 0, used = 0;
    for (uint32_t i = 0; i < s->workers_count; i++) {
        credit += s->workers[i].credit;
        used += s->workers[i].held;
    }
    add (self->frame, RAP_TOP_PLAIN, 1, self->width,
         "in flight %s batches, %s chunks; credit used %s of %s; uploads %s", count_of (s->batches_in_flight).text,
         count_of (s->chunks_in_flight).text, count_of (used).text, count_of (credit).text,
         count_of (s->uploads).text);
    add (self->frame, RAP_TOP_PLAIN, 1, self->width, "stored    %s documents, %s chunks",
         count_of (s->documents_complete).text, count_of (s->chunks_stored).text);
    bool waits = s->documents_quarantined || s->chunks_quarantined;
    add (self->frame, waits ? RAP_TOP_ALARM : RAP_TOP_PLAIN, 0, self->width,
         "set apart quarantined %s documents, %s chunks; dropped %s documents, %s chunks",
         count_of (s->documents_quarantined).text, count_of (s->chunks_quarantined).text,
         count_of (s->documents_dropped).text, count_of (s->chunks_dropped).text);
}

static void put_latencies (const making_t *self)
{
    const rap_top_counts_t *now = &self->view->sample->counts;
    const rap_top_counts_t *then = rap_top_history_before (self->view->history, MINUTE_MS);
    static const rap_top_counts_t none;
    then = then ? then : &none;
#define BOTH(which)                                                                                                  \
    rap_top_percentile (&then->which, &now->which, 0.5), rap_top_percentile (&then->which, &now->which, 0.99)
    add (self->frame, RAP_TOP_PLAIN, 1, self->width, "latency   %s%s",
         two_of ("taken to stored", BOTH (document)).text, then == &none ? " (since its start)" : " (last minute)");
    add (self->frame, RAP_TOP_PLAIN, 2, self->width, "commits   %s; %s", two_of ("journal", BOTH (journal)).text,
         two_of ("database", BOTH (store)).text);
#undef BOTH
}

static void put_help (const making_t *self)
{
    static const char *const lines[] = {
        "q         quit",
        "p, space  pause: the picture stays as it is",
        "s         another order of workers: rate, name, longest held, least heard",
        "up, down, page up, page down, home, end: through a long list of workers",
        "r         ask at once",
        "h, ?      this help, and back",
        "",
        "Rates are of the last five seconds, latencies of the last minute. Findings and",
        "commits of the database come from the sink's page of metrics (--metrics).",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        add_line (self->frame, RAP_TOP_PLAIN, 0, self->width, lines[i]);
}

//  --- workers ---------------------------------------------------------------------------

enum { STATE_WIDTH = 8, NUMBER_WIDTH = 9, HOLDS_WIDTH = 26, NAME_LEAST = 10 };

//  How many of the columns after the name there is room for.
static int columns_shown (uint32_t width)
{
    static const uint32_t widths[] = {STATE_WIDTH, NUMBER_WIDTH, NUMBER_WIDTH, NUMBER_WIDTH, HOLDS_WIDTH};
    uint32_t used = NAME_LEAST;
    int shown = 0;
    for (; shown < 5 && used + 1 + widths[shown] <= width; shown++)
        used += 1 + widths[shown];
    return shown;
}

static void put_row (const making_t *self, rap_top_style_t style, const char *name, const char *const cells[5])
{
    static const uint32_t widths[] = {STATE_WIDTH, NUMBER_WIDTH, NUMBER_WIDTH, NUMBER_WIDTH, HOLDS_WIDTH};
    int shown = columns_shown (self->width);
    uint32_t rest = 0;
    for (int i = 0; i < shown; i++)
        rest += 1 + widths[i];
    uint32_t name_width = self->width > rest ? self->width - rest : 1;
    name_width = name_width > 40 ? 40 : name_width;
    char *cut = fit (name, name_width);
    char line[2048];
    int len = snprintf (line, sizeof line, "%s%*s", cut, (int)(name_width - columns_of (cut)), "");
    for (int i = 0; i < shown; i++)
        len += snprintf (line + len, sizeof line - (size_t)len, i == 0 || i == 4 ? " %-*.*s" : " %*.*s",
                         (int)widths[i], (int)widths[i], cells[i]);
    while (len && line[len - 1] == ' ')
        line[--len] = 0;
    add_line (self->frame, style, 0, self->width, line);
    free (cut);
}

static void put_worker (const making_t *self, const rap_top_worker_t *worker)
{
    char held[32], holds[64] = "", state[16];
    snprintf (state, sizeof state, "%s", worker->blocked ? "blocked" : worker->held ? "works" : "idle");
    snprintf (held, sizeof held, "%" PRId64 "/%" PRId64, worker->held, worker->credit);
    if (*worker->document)
        snprintf (holds, sizeof holds, "%.10s %" PRId64 "-%" PRId64, worker->document, worker->first,
                  worker->first + worker->count - 1);
    const char *const cells[5] = {state, rate_of (worker->rate).text, held,
                                  *worker->document ? span_of ((double)worker->held_ms / 1000).text : "-", holds};
    put_row (self, worker->heard_ms > 1500 ? RAP_TOP_FAINT : RAP_TOP_PLAIN, worker->id, cells);
}

static void put_list (const making_t *self, uint32_t room)
{
    static const char *const names[5] = {"state", "chunks/s", "held/of", "for", "document, chunks"};
    const rap_top_view_t *view = self->view;
    uint32_t count = view->sample->workers_count;
    if (room < 2 || !count)
        return;
    put_row (self, RAP_TOP_HEAD, "worker", names);
    uint32_t from = view->from < count ? view->from : count - 1;
    for (uint32_t i = from; i < count && i - from < room - 1; i++) {
        put_worker (self, &view->sample->workers[i]);
        self->frame->workers++;
    }
}

//  --- the whole -------------------------------------------------------------------------

static void leave_out (rap_top_frame_t *self, uint32_t most)
{
    for (int worth = LAST_WORTH; worth >= 0; worth--)
        for (uint32_t i = self->count; i > 1 && self->count > most; i--) {
            if (self->lines[i - 1].worth < worth)
                continue;
            free (self->lines[i - 1].text);
            memmove (&self->lines[i - 1], &self->lines[i], (self->count - i) * sizeof *self->lines);
            self->count--;
        }
}

static void put_keys (const making_t *self)
{
    const rap_top_view_t *view = self->view;
    uint32_t count = view->sample ? view->sample->workers_count : 0, shown = self->frame->workers;
    char of[64] = "";
    if (shown && shown < count)
        snprintf (of, sizeof of, "  %u-%u of %u", view->from + 1, view->from + shown, count);
    add (self->frame, RAP_TOP_FAINT, 0, self->width, "q quit  p pause  h help  s order: %s%s",
         rap_top_order_name (view->order), of);
}

rap_top_frame_t rap_top_frame_make (const rap_top_view_t *view, uint32_t width, uint32_t height)
{
    rap_top_frame_t frame = {0};
    making_t self = {.frame = &frame, .view = view, .width = width};
    put_title (&self);
    if (view->help) {
        put_help (&self);
    } else {
        put_ingest (&self);
        if (view->sample) {
            put_workers (&self);
            put_sink (&self);
            put_work (&self);
            put_latencies (&self);
            add (&frame, RAP_TOP_PLAIN, 3, width, "%s", "");
        }
    }
    uint32_t keys = height > 3, listed = view->sample && !view->help ? view->sample->workers_count : 0;
    uint32_t kept = listed < WORKERS_KEPT ? listed : WORKERS_KEPT, table = kept && height > 8 ? kept + 1 : 0;
    if (height)
        leave_out (&frame, height > keys + table ? height - keys - table : 1);
    if (listed)
        put_list (&self, height ? (height > frame.count + keys ? height - frame.count - keys : 0) : LINES_MAX);
    if (keys)
        put_keys (&self);
    return frame;
}

void rap_top_frame_clear (rap_top_frame_t *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        free (self->lines[i].text);
    free (self->lines);
    *self = (rap_top_frame_t){0};
}
