//  tap_filter: conditions, sequences, lines.
#include "tap_filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rapporteur/utf8.h"

#include "term.h"

enum { SURFACE_MAX = 160, VALUE_MAX = 100, NAME_WIDTH = 16, LABEL_WIDTH = 6, KIND_WIDTH = 14, SHORT_ID = 12 };

static const char *kind_name (int topic)
{
    return topic == RAP_TAP_DOCUMENT ? "document" : rap_finding_schemas[topic].name;
}

const char *rap_tap_topic_name (int topic, char *buffer, size_t size)
{
    snprintf (buffer, size, "%s%s", topic == RAP_TAP_DOCUMENT ? "" : "finding.", kind_name (topic));
    return buffer;
}

//  --- the filter ----------------------------------------------------------------------

static rap_status_t refuse_kind (const char *name, size_t len, rap_reason_t *reason)
{
    char names[256];
    int used = 0;
    for (int i = 0; i < RAP_TAP_TOPICS; i++)
        used += snprintf (names + used, sizeof names - (size_t)used, "%s%s", i ? ", " : "", kind_name (i));
    return rap_refuse (reason, "--kind: there is no kind '%.*s'; there are %s", len > 60 ? 60 : (int)len, name,
                       names);
}

rap_status_t rap_tap_filter_take (rap_tap_filter_t *self, const char *kinds, rap_reason_t *reason)
{
    bool narrow = self->theme || self->actor;
    for (int i = 0; !kinds && i < RAP_TAP_TOPICS; i++)
        self->topics[i] = !narrow;
    if (!kinds && self->theme)
        self->topics[RAP_FINDING_classification] = true;
    if (!kinds && self->actor)
        self->topics[RAP_FINDING_actor] = self->topics[RAP_FINDING_clause] = true;
    for (const char *at = kinds; at;) {
        size_t len = strcspn (at, ",");
        int topic = 0;
        while (topic < RAP_TAP_TOPICS
               && (strlen (kind_name (topic)) != len || strncmp (kind_name (topic), at, len) != 0))
            topic++;
        if (topic == RAP_TAP_TOPICS)
            return refuse_kind (at, len, reason);
        self->topics[topic] = true;
        at = at[len] ? at + len + 1 : NULL;
    }
    return RAP_OK;
}

const char *rap_tap_filter_prefix (const rap_tap_filter_t *self, char *buffer, size_t size)
{
    int wanted = 0, one = 0;
    for (int i = 0; i < RAP_TAP_TOPICS; i++)
        if (self->topics[i]) {
            wanted++;
            one = i;
        }
    if (wanted == 1)
        return rap_tap_topic_name (one, buffer, size);
    snprintf (buffer, size, "%s", self->topics[RAP_TAP_DOCUMENT] ? "" : "finding.");
    return buffer;
}

//  `code` is `wanted`, or a class below it: toc.tip is of toc.
static bool is_of_theme (const char *code, const char *wanted)
{
    size_t len = strlen (wanted);
    return strncasecmp (code, wanted, len) == 0 && (!code[len] || code[len] == '.');
}

bool rap_tap_passes (const rap_tap_filter_t *self, const rap_tap_event_t *event)
{
    const rap_tap_members_t *members = event->members;
    const char *symbol = event->topic == RAP_TAP_DOCUMENT ? rap_tap_member (members, "symbol") : "";
    if (!self->topics[event->topic])
        return false;
    if (self->document && strncasecmp (event->document_id, self->document, strlen (self->document)) != 0
        && strcasecmp (symbol, self->document) != 0
        && (!event->name || strcasecmp (event->name, self->document) != 0))
        return false;
    if (self->theme && event->topic == RAP_FINDING_classification)
        return strcmp (rap_tap_member (members, "scheme"), "theme") == 0
               && is_of_theme (rap_tap_member (members, "code"), self->theme);
    if (self->actor && event->topic == RAP_FINDING_actor)
        return strcasecmp (rap_tap_member (members, "actor"), self->actor) == 0;
    if (self->actor && event->topic == RAP_FINDING_clause)
        return strcasecmp (rap_tap_member (members, "addressee_actor"), self->actor) == 0;
    return true;
}

//  --- members -------------------------------------------------------------------------

static char *copy (const char *text)
{
    char *copied = strdup (text ? text : "");
    if (!copied)
        abort ();
    return copied;
}

void rap_tap_members_add (rap_tap_members_t *self, const char *name, const char *value)
{
    if (self->count == RAP_TAP_MEMBERS_MAX)
        return;
    self->names[self->count] = copy (name);
    self->values[self->count++] = copy (value);
}

const char *rap_tap_member (const rap_tap_members_t *self, const char *name)
{
    for (int i = 0; i < self->count; i++)
        if (strcmp (self->names[i], name) == 0)
            return self->values[i];
    return "";
}

void rap_tap_members_clear (rap_tap_members_t *self)
{
    for (int i = 0; i < self->count; i++) {
        free (self->names[i]);
        free (self->values[i]);
    }
    self->count = 0;
}

//  --- losses --------------------------------------------------------------------------

uint64_t rap_tap_lost (rap_tap_gaps_t *self, const rap_tap_event_t *event)
{
    uint64_t last = self->last[event->topic];
    self->last[event->topic] = event->sequence;
    return last && event->sequence > last ? event->sequence - last - 1 : 0;
}

//  --- the line ------------------------------------------------------------------------

//  At most `most` code points, on one line.
static void put_cut (FILE *out, const char *text, size_t most)
{
    rap_text_t whole = rap_text (text);
    size_t len = rap_utf8_invalid_at (whole) < whole.len ? whole.len : rap_utf8_offset (whole, most);
    char *cut = strndup (text, len < most * 4 ? len : most * 4);
    if (!cut)
        abort ();
    rap_term_put (out, cut, -1);
    if (strlen (cut) < whole.len)
        fputs ("\xe2\x80\xa6", out);
    free (cut);
}

//  In a column, or as wide as it is.
static void put_padded (FILE *out, const char *text, size_t width)
{
    rap_text_t whole = rap_text (text);
    size_t taken = rap_utf8_invalid_at (whole) < whole.len ? whole.len : rap_utf8_count (whole);
    put_cut (out, text, VALUE_MAX);
    fprintf (out, "%*s  ", taken < width ? (int)(width - taken) : 0, "");
}

static void put_field (FILE *out, const char *name, const char *value)
{
    if (!*value)
        return;
    fprintf (out, "%s=", name);
    put_cut (out, value, VALUE_MAX);
    putc (' ', out);
}

//  Which members of a document's row are worth a line.
static void put_document (FILE *out, const rap_tap_members_t *members)
{
    static const char *const names[] = {"state", "kind", "language", "published", "chunks", "title"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put_field (out, names[i], rap_tap_member (members, names[i]));
}

static void put_finding (FILE *out, int topic, const rap_tap_members_t *members)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[topic];
    for (uint32_t i = 0; i < schema->fields_count; i++) {
        const char *name = schema->fields[i].name;
        if (strcmp (name, "rule") != 0 && strcmp (name, "confidence") != 0 && strcmp (name, "seq") != 0)
            put_field (out, name, rap_tap_member (members, name));
    }
    const char *surface = rap_tap_member (members, "surface");
    if (!*surface)
        return;
    putc ('"', out);
    put_cut (out, surface, SURFACE_MAX);
    putc ('"', out);
}

void rap_tap_print (FILE *out, bool rich, const rap_tap_event_t *event)
{
    char id[SHORT_ID + 1];
    snprintf (id, sizeof id, "%.12s", event->document_id);
    const char *symbol = event->topic == RAP_TAP_DOCUMENT ? rap_tap_member (event->members, "symbol") : "";
    const char *name = event->name && *event->name ? event->name : *symbol ? symbol : id;
    fputs (rich ? "\033[1m" : "", out);
    put_padded (out, name, NAME_WIDTH);
    fputs (rich ? "\033[0m" : "", out);
    put_padded (out, rap_tap_member (event->members, "label"), LABEL_WIDTH);
    fputs (rich ? "\033[32m" : "", out);
    put_padded (out, kind_name (event->topic), KIND_WIDTH);
    fputs (rich ? "\033[0m" : "", out);
    if (event->topic == RAP_TAP_DOCUMENT)
        put_document (out, event->members);
    else
        put_finding (out, event->topic, event->members);
    putc ('\n', out);
}
