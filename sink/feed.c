#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/json.h"
#include "rapporteur/log.h"
#include "rapporteur/metrics.h"
#include "rapporteur/utf8.h"

enum {
    GATHERED_MAX = 8 * 1024 * 1024, //  bytes of reports kept for a group; beyond, they are dropped
    QUEUE = 4096,                   //  messages a slow subscriber may be behind
    DOCUMENT = RAP_FINDING_COUNT,   //  its topic stands behind those of the kinds of findings
};

static const char *const topics[] = {
#define K(number, name, span, fields) [number] = "finding." #name,
    RAP_FINDING_KINDS (K)
#undef K
        [DOCUMENT] = "document"};

//  A gathered report lies in `bytes`, these before its text.
typedef struct {
    uint32_t len;
    uint32_t kind;
    char document_id[32];
} head_t;

struct rap_feed {
    rap_endpoint_t *endpoint;
    rap_packer_t *packer;
    char *bytes; //  head_t and text, one after the other
    size_t used;
    size_t room;
    uint64_t dropped; //  in this group
    uint64_t dropped_kinds[RAP_FINDING_COUNT];
    uint64_t sequences[RAP_FINDING_COUNT + 1]; //  by topic
    bool asked;     //  what is heard was asked in this group; each time costs two system calls
    uint64_t heard; //  a bit a topic
};

rap_feed_t *rap_feed_new (const char *address, rap_gate_t *gate, bool allow_plain, rap_reason_t *reason)
{
    rap_endpoint_options_t options = {.kind = RAP_PUB,
                                      .address = address,
                                      .bind = true,
                                      .queue = QUEUE,
                                      .topics = topics,
                                      .topics_count = sizeof topics / sizeof *topics,
                                      .allow_plain = allow_plain,
                                      .gate = gate,
                                      .door = RAP_DOOR_FEED};
    rap_endpoint_t *endpoint = rap_endpoint_new (&options, reason);
    if (!endpoint)
        return NULL;
    rap_feed_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->endpoint = endpoint;
    self->packer = rap_packer_new ();
    return self;
}

void rap_feed_destroy (rap_feed_t **self_p)
{
    rap_feed_t *self = *self_p;
    if (!self)
        return;
    rap_endpoint_destroy (&self->endpoint);
    rap_packer_destroy (&self->packer);
    free (self->bytes);
    free (self);
    *self_p = NULL;
}

//  Room for a report of at most `len` bytes; NULL if the group has too many.
static char *reserve (rap_feed_t *self, size_t len)
{
    if (self->used + len > GATHERED_MAX)
        return NULL;
    if (self->used + len > self->room) {
        self->room = (self->used + len) * 2;
        self->bytes = realloc (self->bytes, self->room);
        if (!self->bytes)
            abort ();
    }
    return self->bytes + self->used;
}

//  The words that a finding stands on.
static rap_text_t surface_of (const rap_finding_t *finding, const rap_chunk_t *chunk)
{
    rap_text_t from = rap_text_from (chunk->text, rap_utf8_offset (chunk->text, finding->start));
    return rap_text_of (from.at, rap_utf8_offset (from, finding->end - finding->start));
}

static size_t report_room (const rap_finding_t *finding, const rap_chunk_t *chunk)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
    size_t room = 256 + RAP_JSON_ROOM (chunk->label.len) + RAP_JSON_ROOM (chunk->part.len);
    room += schema->has_span ? RAP_JSON_ROOM (surface_of (finding, chunk).len) : 0;
    for (uint32_t f = 0; f < schema->fields_count; f++)
        room += 64 + (schema->fields[f].type == RAP_FIELD_TEXT ? RAP_JSON_ROOM (finding->values[f].text.len) : 0);
    return room;
}

static char *json_pair (char *out, const char *name, rap_text_t text)
{
    out += sprintf (out, ",\"%s\":", name);
    return rap_json_quote (out, text);
}

//  {"ordinal":12,"label":"3","start":4,"end":30,"symbol":"A/RES/74/177",...}
static char *write_report (char *out, const rap_finding_t *finding, const rap_chunk_t *chunk)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
    out += sprintf (out, "{\"ordinal\":%u", chunk->ordinal);
    out = json_pair (out, "part", chunk->part);
    out = json_pair (out, "label", chunk->label);
    if (schema->has_span) {
        out += sprintf (out, ",\"start\":%u,\"end\":%u", finding->start, finding->end);
        out = json_pair (out, "surface", surface_of (finding, chunk));
    }
    for (uint32_t f = 0; f < schema->fields_count; f++) {
        const char *name = schema->fields[f].name;
        if (schema->fields[f].type == RAP_FIELD_TEXT)
            out = json_pair (out, name, finding->values[f].text);
        else if (schema->fields[f].type == RAP_FIELD_INTEGER)
            out += sprintf (out, ",\"%s\":%" PRId64, name, finding->values[f].integer);
        else
            out += sprintf (out, ",\"%s\":%.17g", name, finding->values[f].real);
    }
    *out++ = '}';
    return out;
}

static bool is_heard (rap_feed_t *self, uint32_t topic)
{
    if (!self->asked)
        self->heard = rap_endpoint_heard (self->endpoint);
    self->asked = true;
    return self->heard >> topic & 1;
}

void rap_feed_add (rap_feed_t *self, rap_text_t document_id, const rap_chunk_t *chunk, const rap_finding_t *findings,
                   uint32_t count)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_heard (self, findings[i].kind))
            continue;
        char *at = reserve (self, sizeof (head_t) + report_room (&findings[i], chunk));
        if (!at) {
            self->dropped++;
            self->dropped_kinds[findings[i].kind]++;
            continue;
        }
        char *end = write_report (at + sizeof (head_t), &findings[i], chunk);
        head_t head = {.len = (uint32_t)(end - at - (ptrdiff_t)sizeof head), .kind = findings[i].kind};
        memcpy (head.document_id, document_id.at, sizeof head.document_id);
        memcpy (at, &head, sizeof head);
        self->used = (size_t)(end - self->bytes);
    }
}

static void publish (rap_feed_t *self, uint32_t topic, rap_text_t kind, rap_text_t document_id, rap_text_t report)
{
    rap_message_t message = {
        .type = RAP_MSG_EVENT,
        .event = {.kind = kind, .document_id = document_id, .report = report, .sequence = ++self->sequences[topic]}};
    rap_message_pack (self->packer, &message);
    rap_metric_add (RAP_M_SINK_FEED, 1);
    rap_endpoint_publish (self->endpoint, rap_text (topics[topic]), rap_packed (self->packer));
}

void rap_feed_publish (rap_feed_t *self)
{
    if (!self)
        return;
    for (size_t at = 0; at < self->used;) {
        head_t head;
        memcpy (&head, self->bytes + at, sizeof head);
        publish (self, head.kind, RAP_TEXT ("finding"), rap_text_of (head.document_id, sizeof head.document_id),
                 rap_text_of (self->bytes + at + sizeof head, head.len));
        at += sizeof head + head.len;
    }
    //  What was dropped has numbers, too: whoever listens sees that they are missing.
    for (uint32_t kind = 0; kind < RAP_FINDING_COUNT; kind++)
        self->sequences[kind] += self->dropped_kinds[kind];
    rap_metric_add (RAP_M_SINK_FEED_DROPPED, self->dropped);
    if (self->dropped)
        rap_logf (RAP_LOG_WARN, "feed.dropped", "findings=%" PRIu64, self->dropped);
    rap_feed_drop (self);
}

void rap_feed_drop (rap_feed_t *self)
{
    if (!self)
        return;
    self->used = self->dropped = 0;
    memset (self->dropped_kinds, 0, sizeof self->dropped_kinds);
    self->asked = false;
}

void rap_feed_document (rap_feed_t *self, const char *document_id, const char *report)
{
    //  Once a document: what is heard is asked anew, for its group is closed.
    if (self && rap_endpoint_heard (self->endpoint) >> DOCUMENT & 1)
        publish (self, DOCUMENT, RAP_TEXT ("document"), rap_text (document_id), rap_text (report));
}

void rap_feed_mind (rap_feed_t *self, int64_t now_ms)
{
    if (self)
        (void)rap_endpoint_mind (self->endpoint, now_ms);
}
