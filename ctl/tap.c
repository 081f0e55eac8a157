//  tap: what the sink publishes, as it comes by.
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "rapporteur/arena.h"
#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/json.h"
#include "rapporteur/log.h"
#include "rapporteur/message.h"
#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "tap_filter.h"
#include "term.h"
#include "verbs.h"

enum { QUEUE = 20000, LOOK_MS = 100, AWAY_MS = 1000, NAMES_MAX = 64, NAME_MAX_BYTES = 128 };

typedef struct {
    const char *data, *feed, *keys, *key, *kinds;
    bool json;
    int64_t count; //  0: without an end
    rap_tap_filter_t filter;
    rap_tap_gaps_t gaps;
    rap_place_t place;
    rap_gate_t *gate;
    rap_endpoint_t *endpoint;
    rap_arena_t *arena;
    rap_database_t *reader; //  reads JSON
    char address[RAP_PATH_MAX];
    bool linked, told_away, was_linked;
    int64_t since_ms;
    //  What documents are called, of those seen last.
    struct {
        char document_id[40];
        char name[NAME_MAX_BYTES];
    } names[NAMES_MAX];
    unsigned next_name;
} tap_t;

__attribute__ ((format (printf, 1, 2))) static void say (const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start (list, format);
    vsnprintf (text, sizeof text, format, list);
    va_end (list);
    fflush (stdout);
    fputs ("tap: ", stderr);
    rap_term_put (stderr, text, -1);
    putc ('\n', stderr);
}

//  --- names ---------------------------------------------------------------------------

static void look_up (const tap_t *self, const char *document_id, char name[NAME_MAX_BYTES])
{
    rap_reason_t reason;
    rap_database_t *db = self->place.data ? rap_database_open (self->place.db, &reason) : NULL;
    rap_rows_t *rows =
        db ? rap_database_try (db, "SELECT symbol FROM document WHERE document_id = ?1", &document_id, 1, &reason)
           : NULL;
    *name = 0;
    if (rows && rap_rows_next (&rows) && rap_rows_text (rows, 0))
        snprintf (name, NAME_MAX_BYTES, "%s", rap_rows_text (rows, 0));
    rap_rows_end (&rows);
    rap_database_close (&db);
}

//  NULL: it has none that we know of.
static const char *name_of (tap_t *self, const char *document_id)
{
    for (unsigned i = 0; i < NAMES_MAX; i++)
        if (strcmp (self->names[i].document_id, document_id) == 0)
            return *self->names[i].name ? self->names[i].name : NULL;
    unsigned at = self->next_name++ % NAMES_MAX;
    snprintf (self->names[at].document_id, sizeof self->names[at].document_id, "%s", document_id);
    look_up (self, document_id, self->names[at].name);
    return *self->names[at].name ? self->names[at].name : NULL;
}

//  --- an event ------------------------------------------------------------------------

//  -1: none of ours.
static int topic_of (const rap_event_t *message, const char *topic)
{
    char name[64];
    if (rap_text_equal (message->kind, RAP_TEXT ("document")))
        return RAP_TAP_DOCUMENT;
    for (int i = 0; i < RAP_FINDING_COUNT; i++)
        if (strcmp (rap_tap_topic_name (i, name, sizeof name), topic) == 0)
            return i;
    return -1;
}

//  False: the report is no JSON object.
static bool read_members (tap_t *self, const char *report, rap_tap_members_t *members)
{
    rap_reason_t reason;
    rap_rows_t *rows = rap_database_try (self->reader,
                                         "SELECT key, CASE type WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE "
                                         "value END FROM json_each (CASE WHEN json_valid (?1) THEN ?1 ELSE '{}' END)",
                                         &report, 1, &reason);
    bool read = rows != NULL;
    while (rows && rap_rows_next (&rows)) {
        const char *name = rap_rows_text (rows, 0);
        char *kept = strdup (name ? name : "");
        if (!kept)
            abort ();
        rap_tap_members_add (members, kept, rap_rows_text (rows, 1));
        free (kept);
    }
    return read && members->count > 0;
}

static void print_json (tap_t *self, const rap_tap_event_t *event, const char *report)
{
    rap_reason_t reason;
    char topic[64];
    rap_rows_t *rows = rap_database_try (self->reader, "SELECT json (?1)", &report, 1, &reason);
    if (rows && rap_rows_next (&rows) && rap_rows_text (rows, 0)) {
        printf ("{\"topic\":\"%s\",\"document_id\":\"", rap_tap_topic_name (event->topic, topic, sizeof topic));
        rap_term_put (stdout, event->document_id, -1);
        printf ("\",\"sequence\":%" PRIu64 ",\"report\":", event->sequence);
        rap_term_put (stdout, rap_rows_text (rows, 0), -1);
        puts ("}");
    }
    rap_rows_end (&rows);
}

static bool show (tap_t *self, const rap_event_t *message, rap_tap_event_t *event, rap_tap_members_t *members)
{
    char *report = strndup (message->report.at, message->report.len);
    if (!report)
        abort ();
    bool shown = read_members (self, report, members);
    event->members = members;
    event->name = name_of (self, event->document_id);
    shown = shown && rap_tap_passes (&self->filter, event);
    if (shown && self->json)
        print_json (self, event, report);
    else if (shown)
        rap_tap_print (stdout, rap_term_is_rich (stdout), event);
    free (report);
    return shown;
}

//  Answers whether it was shown.
static bool take (tap_t *self, rap_text_t frame)
{
    rap_message_t message;
    rap_reason_t reason;
    rap_tap_members_t members = {.count = 0};
    char name[64];
    rap_arena_reset (self->arena);
    if (rap_message_read (frame, self->arena, &message, &reason) != RAP_OK || message.type != RAP_MSG_EVENT)
        return false; //  of a newer sink
    rap_tap_event_t event = {.topic = topic_of (&message.event, rap_endpoint_topic (self->endpoint)),
                             .sequence = message.event.sequence};
    if (event.topic < 0)
        return false;
    snprintf (event.document_id, sizeof event.document_id, "%.*s", (int)message.event.document_id.len,
              message.event.document_id.at);
    uint64_t lost = rap_tap_lost (&self->gaps, &event);
    if (lost)
        say ("%" PRIu64 " messages of %s were lost: they came faster than they were taken", lost,
             rap_tap_topic_name (event.topic, name, sizeof name));
    bool shown = show (self, &message.event, &event, &members);
    rap_tap_members_clear (&members);
    return shown;
}

//  --- the sink ------------------------------------------------------------------------

//  Says when the sink comes and goes. False: it does not let us in.
static bool mind_sink (tap_t *self)
{
    rap_reason_t reason;
    int64_t now_ms = rap_clock_ms ();
    bool linked = rap_endpoint_linked (self->endpoint);
    if (linked != self->linked) {
        self->since_ms = now_ms;
        self->gaps = (rap_tap_gaps_t){0}; //  what was missed meanwhile nobody counted
    }
    if (linked && !self->linked)
        say (self->was_linked ? "the sink is back" : "listening to %s", self->address);
    else if (!linked && self->linked)
        say ("the sink is away; what it publishes until we hear it again is missed");
    else if (!linked && !self->was_linked && !self->told_away && now_ms - self->since_ms >= AWAY_MS) {
        say ("no sink at %s yet; waiting for it", self->address);
        self->told_away = true;
    }
    self->linked = linked;
    self->was_linked = self->was_linked || linked;
    if (!linked && rap_endpoint_refused (self->endpoint, &reason)) {
        rap_term_fail ("%s", reason.text);
        return false;
    }
    (void)rap_endpoint_mind (self->endpoint, now_ms);
    return true;
}

static int watch (tap_t *self)
{
    rap_text_t frame;
    self->since_ms = rap_clock_ms ();
    for (int64_t shown = 0;;) {
        if (!mind_sink (self))
            return 1;
        zmq_pollitem_t item = {.socket = rap_endpoint_socket (self->endpoint), .events = ZMQ_POLLIN};
        if (zmq_poll (&item, 1, LOOK_MS) < 0 && errno != EINTR)
            return rap_term_fail ("%s", zmq_strerror (errno));
        for (int i = 0; i < QUEUE && rap_endpoint_receive (self->endpoint, NULL, &frame) == RAP_OK; i++) {
            shown += take (self, frame);
            if (self->count && shown == self->count)
                return fflush (stdout) == 0 ? 0 : 1;
        }
        if (fflush (stdout) != 0 || ferror (stdout))
            return 0; //  nobody reads any more
    }
}

//  --- the verb ------------------------------------------------------------------------

static rap_status_t find_feed (tap_t *self, rap_reason_t *reason)
{
    if (!self->feed && rap_place_find_service (&self->place, self->data, reason) != RAP_OK)
        return RAP_REFUSED;
    if (self->feed && self->data)
        return rap_refuse (reason, "--data and --feed both say where: give one of them");
    if (self->feed)
        snprintf (self->address, sizeof self->address, "%s", self->feed);
    else if (snprintf (self->address, sizeof self->address, "ipc://%s/run/feed.ipc", self->place.data)
             >= RAP_PATH_MAX)
        return rap_refuse (reason, "the name of the folder is too long");
    return RAP_OK;
}

static rap_status_t open_feed (tap_t *self, rap_reason_t *reason)
{
    char prefix[64];
    if (self->key && !(self->keys && *self->keys))
        return rap_refuse (reason, "--key %s names a key in the folder of --keys DIR", self->key);
    if (self->keys && *self->keys && !(self->gate = rap_gate_new (self->keys, self->key, RAP_ROLE_READER, reason)))
        return RAP_REFUSED;
    const rap_endpoint_options_t options = {.kind = RAP_SUB,
                                            .address = self->address,
                                            .queue = QUEUE,
                                            .topic = rap_tap_filter_prefix (&self->filter, prefix, sizeof prefix),
                                            .gate = self->gate,
                                            .door = RAP_DOOR_FEED};
    self->endpoint = rap_endpoint_new (&options, reason);
    self->arena = rap_arena_new ();
    self->reader = rap_database_open_memory (reason);
    return self->endpoint && self->reader ? RAP_OK : RAP_FAILED;
}

int rap_verb_tap (int argc, char **argv)
{
    static tap_t self;
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "folder of a service"},
        {.name = "feed",
         .into = &self.feed,
         .value = "ADDR",
         .help = "address of a sink's feed instead: tcp://HOST:PORT"},
        {.name = "keys",
         .into = &self.keys,
         .value = "DIR",
         .help = "folder with our key, of role reader (default: $RAPPORTEUR_KEYS)"},
        {.name = "key", .into = &self.key, .value = "NAME", .help = "its name, where there are several"},
        {.name = "kind", .into = &self.kinds, .value = "KIND,...", .help = "kinds of findings, or 'document'"},
        {.name = "theme",
         .into = &self.filter.theme,
         .value = "CODE",
         .help = "paragraphs found to be about this, or a class below it"},
        {.name = "actor",
         .into = &self.filter.actor,
         .value = "ACTOR",
         .help = "where this actor is named, or asked to do something"},
        {.name = "document",
         .into = &self.filter.document,
         .value = "DOCUMENT",
         .help = "of one document: its symbol, or the beginning of its id"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &self.json, .help = "a JSON object a line"},
        {.name = "count",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.count,
         .value = "N",
         .help = "end after so many (default: never)"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur tap",
        .summary = "watch findings go by, filtered",
        .options = options,
        .more = "It begins with what comes next. On standard error it says when the sink comes and\n"
                "goes, and what was lost. All that was ever found is in the database."};
    rap_reason_t reason;
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (find_feed (&self, &reason) != RAP_OK || rap_tap_filter_take (&self.filter, self.kinds, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    rap_log_init ("tap");
    rap_log_set_level (RAP_LOG_ERROR);
    status = open_feed (&self, &reason) == RAP_OK ? watch (&self) : rap_term_fail ("%s", reason.text);
    rap_endpoint_destroy (&self.endpoint);
    rap_gate_destroy (&self.gate);
    rap_arena_destroy (&self.arena);
    rap_database_close (&self.reader);
    return status;
}
