//  message: one encoder and one decoder for each message, made from the table in
//  message.h by the codecs below; then what travels inside WORK and RESULT.
//
//  To add a field: a new key at the end of the message's list. To add a position
//  to the document or chunk arrays: at their end, read only if the count says it
//  is there. Then doc/protocol.md, and the golden bytes in tests/unit.
#include "rapporteur/message.h"

#include <assert.h>
#include <stdlib.h>

#include "rapporteur/utf8.h"

//  Pairs in a body: as many as a later version could want.
enum { BODY_PAIRS_MAX = 64 };

//  --- codecs ------------------------------------------------------------------
//  Each has: whether a value differs from what absence means, its writer, its reader.
static bool has_UINT (uint64_t value)
{
    return value != 0;
}
static void pack_UINT (rap_packer_t *p, uint64_t value)
{
    rap_pack_uint (p, value);
}
static uint64_t read_UINT (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_uint (c);
}

static bool has_UINT32 (uint32_t value)
{
    return value != 0;
}
static void pack_UINT32 (rap_packer_t *p, uint32_t value)
{
    rap_pack_uint (p, value);
}
static uint32_t read_UINT32 (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_uint32 (c);
}

static bool has_BOOL (bool value)
{
    return value;
}
static void pack_BOOL (rap_packer_t *p, bool value)
{
    rap_pack_bool (p, value);
}
static bool read_BOOL (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_bool (c);
}

static bool has_TEXT (rap_text_t value)
{
    return value.len != 0;
}
static void pack_TEXT (rap_packer_t *p, rap_text_t value)
{
    rap_pack_text (p, value);
}
static rap_text_t read_TEXT (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_text (c, RAP_SHORT_TEXT_MAX);
}

#define has_LONG has_TEXT
#define pack_LONG pack_TEXT
static rap_text_t read_LONG (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_text (c, RAP_MESSAGE_BYTES_MAX);
}

#define has_BYTES has_TEXT
static void pack_BYTES (rap_packer_t *p, rap_text_t value)
{
    rap_pack_bytes (p, value);
}
static rap_text_t read_BYTES (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_bytes (c, RAP_PIECE_BYTES_MAX);
}

#define has_RAW has_TEXT
static void pack_RAW (rap_packer_t *p, rap_text_t value)
{
    rap_pack_raw (p, value);
}
static rap_text_t read_RAW (rap_cursor_t *c, rap_arena_t *arena)
{
    (void)arena;
    return rap_read_raw (c, RAP_MESSAGE_BYTES_MAX);
}

static bool has_RANGES (rap_ranges_t value)
{
    return value.count != 0;
}

static void pack_RANGES (rap_packer_t *p, rap_ranges_t value)
{
    assert (value.count <= RAP_RANGES_MAX);
    rap_pack_array (p, value.count);
    for (uint32_t i = 0; i < value.count; i++) {
        rap_pack_array (p, 3);
        rap_pack_text (p, value.at[i].document_id);
        rap_pack_uint (p, value.at[i].first);
        rap_pack_uint (p, value.at[i].count);
    }
}

//  An array with at least `needed` positions; fails otherwise. Answers how many
//  there are beyond them.
static uint32_t enter_record (rap_cursor_t *c, uint32_t needed)
{
    uint32_t count = rap_read_array (c, UINT32_MAX);
    if (rap_cursor_ok (c) && count < needed)
        rap_cursor_fail (c, "an array with too few values");
    return rap_cursor_ok (c) ? count - needed : 0;
}

static rap_range_t read_range (rap_cursor_t *c)
{
    uint32_t beyond = enter_record (c, 3);
    rap_range_t range = {.document_id = rap_read_text (c, 64)};
    range.first = rap_read_uint32 (c);
    range.count = rap_read_uint32 (c);
    rap_read_leave (c, beyond);
    if ((uint64_t)range.first + range.count > RAP_DOCUMENT_CHUNKS_MAX)
        rap_cursor_fail (c, "a range beyond the chunks that a document may have");
    return range;
}

static rap_ranges_t read_RANGES (rap_cursor_t *c, rap_arena_t *arena)
{
    uint32_t count = rap_read_array (c, RAP_RANGES_MAX);
    if (!count) {
        rap_read_leave (c, 0);
        return (rap_ranges_t){0};
    }
    rap_range_t *ranges = rap_arena_alloc (arena, count * sizeof *ranges);
    for (uint32_t i = 0; i < count && rap_cursor_ok (c); i++)
        ranges[i] = read_range (c);
    rap_read_leave (c, 0);
    return rap_cursor_ok (c) ? (rap_ranges_t){ranges, count} : (rap_ranges_t){0};
}

//  --- the messages ------------------------------------------------------------
#define COUNT(key, type, name, codec) count += has_##codec (m->name);
#define PACK(key, type, name, codec)                                                                                 \
    if (has_##codec (m->name)) {                                                                                     \
        rap_pack_uint (p, key);                                                                                      \
        pack_##codec (p, m->name);                                                                                   \
    }
#define READ(key, type, name, codec)                                                                                 \
    case key:                                                                                                        \
        m->name = read_##codec (c, arena);                                                                           \
        break;

//  NOLINTBEGIN(bugprone-macro-parentheses): `fields` are statements
//  The fields of a message are expanded three times, each time with another F.
#define M_PACK_COUNT(NAME, lower, fields)                                                                            \
    static uint32_t count_##lower (const rap_##lower##_t *m)                                                         \
    {                                                                                                                \
        uint32_t count = 0;                                                                                          \
        fields return count;                                                                                         \
    }
#define F COUNT
RAP_MESSAGES (M_PACK_COUNT)
#undef F

#define M_PACK(NAME, lower, fields)                                                                                  \
    static void pack_##lower (rap_packer_t *p, const rap_##lower##_t *m)                                             \
    {                                                                                                                \
        rap_pack_map (p, count_##lower (m));                                                                         \
        fields                                                                                                       \
    }
#define F PACK
RAP_MESSAGES (M_PACK)
#undef F

#define M_READ(NAME, lower, fields)                                                                                  \
    static void read_##lower (rap_cursor_t *c, rap_arena_t *arena, rap_##lower##_t *m)                               \
    {                                                                                                                \
        uint32_t pairs = rap_read_map (c, BODY_PAIRS_MAX);                                                           \
        (void)arena;                                                                                                 \
        for (uint32_t i = 0; i < pairs && rap_cursor_ok (c); i++)                                                    \
            switch (rap_read_uint (c)) {                                                                             \
                fields default : rap_read_skip (c);                                                                  \
                break;                                                                                               \
            }                                                                                                        \
        rap_read_leave (c, 0);                                                                                       \
    }
#define F READ
RAP_MESSAGES (M_READ)
#undef F
//  NOLINTEND(bugprone-macro-parentheses)

#define F(key, type, name, codec)

const char *rap_message_name (rap_msg_type_t type)
{
    switch (type) {
#define M(NAME, lower, fields)                                                                                       \
    case RAP_MSG_##NAME:                                                                                             \
        return #NAME;
        RAP_MESSAGES (M)
#undef M
    }
    return "?";
}

void rap_message_pack (rap_packer_t *packer, const rap_message_t *message)
{
    rap_packer_reset (packer);
    rap_pack_array (packer, 2);
    rap_pack_uint (packer, message->type);
    switch (message->type) {
#define M(NAME, lower, fields)                                                                                       \
    case RAP_MSG_##NAME:                                                                                             \
        pack_##lower (packer, &message->lower);                                                                      \
        break;
        RAP_MESSAGES (M)
#undef M
    }
}

static bool read_body (rap_cursor_t *c, rap_arena_t *arena, rap_message_t *message)
{
    switch (message->type) {
#define M(NAME, lower, fields)                                                                                       \
    case RAP_MSG_##NAME:                                                                                             \
        read_##lower (c, arena, &message->lower);                                                                    \
        return true;
        RAP_MESSAGES (M)
#undef M
    }
    return false;
}

#undef F

rap_status_t rap_message_read (rap_text_t frame, rap_arena_t *arena, rap_message_t *message, rap_reason_t *reason)
{
    rap_cursor_t cursor;
    memset (message, 0, sizeof *message);
    if (frame.len > RAP_MESSAGE_BYTES_MAX)
        return rap_refuse (reason, "message: %zu bytes, more than the limit of %d", frame.len, RAP_MESSAGE_BYTES_MAX);
    rap_cursor_init (&cursor, frame);
    uint32_t beyond = enter_record (&cursor, 2);
    uint32_t type = rap_read_uint32 (&cursor);
    message->type = (rap_msg_type_t)type;
    if (rap_cursor_ok (&cursor) && !read_body (&cursor, arena, message))
        return rap_refuse (reason, "message: unknown type %u", type);
    rap_read_leave (&cursor, beyond);
    return rap_read_end (&cursor, rap_message_name (message->type), reason);
}

//  --- documents ---------------------------------------------------------------
//  The array's positions, in order. UINT and TEXT as above. What came after protocol 1
//  stands behind DOCUMENT_FIRST and is read where it is there.
#define DOCUMENT_POSITIONS(TEXT, UINT, UINT32)                                                                       \
    TEXT (document_id)                                                                                               \
    UINT (number)                                                                                                    \
    TEXT (source)                                                                                                    \
    TEXT (symbol)                                                                                                    \
    TEXT (other_symbols)                                                                                             \
    TEXT (title)                                                                                                     \
    TEXT (kind)                                                                                                      \
    TEXT (body)                                                                                                      \
    TEXT (session)                                                                                                   \
    TEXT (agenda_item)                                                                                               \
    TEXT (published)                                                                                                 \
    TEXT (language)                                                                                                  \
    TEXT (sha256)                                                                                                    \
    TEXT (supersedes)                                                                                                \
    TEXT (splitter)                                                                                                  \
    TEXT (pipeline)                                                                                                  \
    TEXT (received_at)                                                                                               \
    UINT (bytes)                                                                                                     \
    UINT32 (chunks)

#define POSITION(name) POSITION_##name,
enum { DOCUMENT_POSITIONS (POSITION, POSITION, POSITION) DOCUMENT_FIRST, DOCUMENT_VALUES = DOCUMENT_FIRST + 1 };
#undef POSITION

void rap_pack_document (rap_packer_t *packer, const rap_document_t *document)
{
#define AS_TEXT(name) rap_pack_text (packer, document->name);
#define AS_UINT(name) rap_pack_uint (packer, document->name);
    rap_pack_array (packer, DOCUMENT_VALUES);
    DOCUMENT_POSITIONS (AS_TEXT, AS_UINT, AS_UINT)
    rap_pack_text (packer, document->distribution);
#undef AS_TEXT
#undef AS_UINT
}

rap_status_t rap_read_document (rap_text_t encoded, rap_document_t *document, rap_reason_t *reason)
{
    rap_cursor_t cursor;
    memset (document, 0, sizeof *document);
    rap_cursor_init (&cursor, encoded);
    uint32_t beyond = enter_record (&cursor, DOCUMENT_FIRST);
#define AS_TEXT(name) document->name = rap_read_text (&cursor, RAP_CHUNK_TEXT_MAX);
#define AS_UINT(name) document->name = rap_read_uint (&cursor);
#define AS_UINT32(name) document->name = rap_read_uint32 (&cursor);
    DOCUMENT_POSITIONS (AS_TEXT, AS_UINT, AS_UINT32)
#undef AS_TEXT
#undef AS_UINT
#undef AS_UINT32
    if (beyond) {
        document->distribution = rap_read_text (&cursor, RAP_SHORT_TEXT_MAX);
        beyond--;
    }
    rap_read_leave (&cursor, beyond);
    if (rap_cursor_ok (&cursor) && document->chunks > RAP_DOCUMENT_CHUNKS_MAX)
        rap_cursor_fail (&cursor, "more chunks than a document may have");
    return rap_read_end (&cursor, "document", reason);
}

//  --- chunks ------------------------------------------------------------------
//  CHUNK_FIRST of them since protocol 1; emphasis came later.
enum { CHUNK_FIRST = 10, CHUNK_VALUES = 11, CONTEXT_VALUES = 4 };

void rap_pack_chunk (rap_packer_t *packer, const rap_chunk_t *chunk)
{
    const rap_context_t *context = &chunk->context;
    rap_pack_array (packer, CHUNK_VALUES);
    rap_pack_uint (packer, chunk->ordinal);
    rap_pack_uint (packer, chunk->kind);
    rap_pack_text (packer, chunk->part);
    rap_pack_text (packer, chunk->label);
    rap_pack_text (packer, chunk->text);
    rap_pack_array (packer, chunk->sections_count);
    for (uint32_t i = 0; i < chunk->sections_count; i++)
        rap_pack_text (packer, chunk->sections[i]);
    rap_pack_uint (packer, chunk->source_start);
    rap_pack_uint (packer, chunk->source_end);
    rap_pack_array (packer, 2 * chunk->marks_count);
    for (uint32_t i = 0; i < chunk->marks_count; i++) {
        rap_pack_uint (packer, chunk->marks[i].at);
        rap_pack_uint (packer, chunk->marks[i].footnote);
    }
    rap_pack_array (packer, CONTEXT_VALUES);
    rap_pack_text (packer, context->organ);
    rap_pack_text (packer, context->lead_in);
    rap_pack_text (packer, context->note_before);
    rap_pack_array (packer, context->bodies_count);
    for (uint32_t i = 0; i < context->bodies_count; i++)
        rap_pack_text (packer, context->bodies[i]);
    rap_pack_array (packer, 2 * chunk->emphasis_count);
    for (uint32_t i = 0; i < chunk->emphasis_count; i++) {
        rap_pack_uint (packer, chunk->emphasis[i].start);
        rap_pack_uint (packer, chunk->emphasis[i].end);
    }
}

static uint32_t read_texts (rap_cursor_t *c, rap_arena_t *arena, const rap_text_t **all, uint32_t max)
{
    uint32_t count = rap_read_array (c, max);
    rap_text_t *texts = count ? rap_arena_alloc (arena, count * sizeof *texts) : NULL;
    *all = texts;
    for (uint32_t i = 0; i < count; i++)
        texts[i] = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    rap_read_leave (c, 0);
    return count;
}

static void read_marks (rap_cursor_t *c, rap_arena_t *arena, rap_chunk_t *chunk, size_t points)
{
    uint32_t values = rap_read_array (c, 2 * RAP_CHUNK_MARKS_MAX);
    if (values % 2)
        rap_cursor_fail (c, "a footnote mark without its footnote");
    rap_mark_t *marks = values ? rap_arena_alloc (arena, values / 2 * sizeof *marks) : NULL;
    for (uint32_t i = 0; i < values / 2 && rap_cursor_ok (c); i++) {
        marks[i] = (rap_mark_t){.at = rap_read_uint32 (c)};
        marks[i].footnote = rap_read_uint32 (c);
        if (marks[i].at > points)
            rap_cursor_fail (c, "a footnote mark beyond the chunk's text");
    }
    rap_read_leave (c, 0);
    chunk->marks = marks;
    chunk->marks_count = values / 2;
}

static void read_emphasis (rap_cursor_t *c, rap_arena_t *arena, rap_chunk_t *chunk, size_t points)
{
    uint32_t values = rap_read_array (c, 2 * RAP_CHUNK_EMPHASIS_MAX), last = 0;
    if (values % 2)
        rap_cursor_fail (c, "emphasis without its end");
    rap_emphasis_t *emphasis = values ? rap_arena_alloc (arena, values / 2 * sizeof *emphasis) : NULL;
    for (uint32_t i = 0; i < values / 2 && rap_cursor_ok (c); i++) {
        emphasis[i] = (rap_emphasis_t){.start = rap_read_uint32 (c)};
        emphasis[i].end = rap_read_uint32 (c);
        if (emphasis[i].start < last || emphasis[i].end < emphasis[i].start || emphasis[i].end > points)
            rap_cursor_fail (c, "emphasis out of order or beyond the chunk's text");
        last = emphasis[i].end;
    }
    rap_read_leave (c, 0);
    chunk->emphasis = emphasis;
    chunk->emphasis_count = values / 2;
}

static void read_context (rap_cursor_t *c, rap_arena_t *arena, rap_context_t *context)
{
    uint32_t beyond = enter_record (c, CONTEXT_VALUES);
    context->organ = rap_read_text (c, RAP_SHORT_TEXT_MAX);
    context->lead_in = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    context->note_before = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    context->bodies_count = read_texts (c, arena, &context->bodies, RAP_CHUNK_BODIES_MAX);
    rap_read_leave (c, beyond);
}

//  Reads a chunk whose text is then known to have *points code points.
static void read_chunk (rap_cursor_t *c, rap_arena_t *arena, rap_chunk_t *chunk, size_t *points)
{
    memset (chunk, 0, sizeof *chunk);
    uint32_t beyond = enter_record (c, CHUNK_FIRST);
    chunk->ordinal = rap_read_uint32 (c);
    uint32_t kind = rap_read_uint32 (c);
    chunk->part = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    chunk->label = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    chunk->text = rap_read_text (c, RAP_CHUNK_TEXT_MAX);
    *points = rap_utf8_count (chunk->text);
    chunk->sections_count = read_texts (c, arena, &chunk->sections, RAP_CHUNK_SECTIONS_MAX);
    chunk->source_start = rap_read_uint (c);
    chunk->source_end = rap_read_uint (c);
    read_marks (c, arena, chunk, *points);
    read_context (c, arena, &chunk->context);
    if (beyond) {
        read_emphasis (c, arena, chunk, *points);
        beyond--;
    }
    rap_read_leave (c, beyond);
    if (kind >= RAP_CHUNK_KINDS)
        rap_cursor_fail (c, "an unknown kind of chunk");
    else
        chunk->kind = (rap_chunk_kind_t)kind;
    if (chunk->ordinal >= RAP_DOCUMENT_CHUNKS_MAX)
        rap_cursor_fail (c, "an ordinal beyond the chunks that a document may have");
    if (chunk->source_start > chunk->source_end)
        rap_cursor_fail (c, "a source range that ends before it starts");
}

rap_status_t rap_read_chunks (rap_text_t encoded, rap_arena_t *arena, rap_chunk_visit_fn *visit, void *self,
                              rap_reason_t *reason)
{
    rap_cursor_t cursor;
    rap_chunk_t chunk;
    size_t points;
    rap_cursor_init (&cursor, encoded);
    uint32_t count = rap_read_array (&cursor, RAP_BATCH_CHUNKS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *from = cursor.at;
        read_chunk (&cursor, arena, &chunk, &points);
        if (!rap_cursor_ok (&cursor))
            break;
        rap_text_t own = {(const char *)from, (size_t)(cursor.at - from)};
        rap_status_t status = visit (self, &chunk, own);
        if (status != RAP_OK)
            return status;
    }
    rap_read_leave (&cursor, 0);
    return rap_read_end (&cursor, "chunks", reason);
}

//  --- findings and entries ----------------------------------------------------
void rap_pack_finding (rap_packer_t *packer, const rap_finding_t *finding)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
    rap_pack_array (packer, 3 + schema->fields_count);
    rap_pack_uint (packer, finding->kind);
    rap_pack_uint (packer, finding->start);
    rap_pack_uint (packer, finding->end);
    for (uint32_t i = 0; i < schema->fields_count; i++)
        switch (schema->fields[i].type) {
        case RAP_FIELD_TEXT:
            rap_pack_text (packer, finding->values[i].text);
            break;
        case RAP_FIELD_INTEGER:
            rap_pack_int (packer, finding->values[i].integer);
            break;
        case RAP_FIELD_REAL:
            rap_pack_real (packer, finding->values[i].real);
            break;
        }
}

static rap_value_t read_value (rap_cursor_t *c, rap_field_type_t type)
{
    switch (type) {
    case RAP_FIELD_INTEGER:
        return (rap_value_t){.integer = rap_read_int (c)};
    case RAP_FIELD_REAL:
        return (rap_value_t){.real = rap_read_real (c)};
    default:
        return (rap_value_t){.text = rap_read_text (c, RAP_CHUNK_TEXT_MAX)};
    }
}

//  What an older writer did not have yet.
static rap_value_t no_value (rap_field_type_t type)
{
    rap_value_t value = {.integer = 0};
    if (type == RAP_FIELD_TEXT)
        value.text = RAP_TEXT ("");
    else if (type == RAP_FIELD_REAL)
        value.real = 0;
    return value;
}

//  False if the finding is of a kind that this version does not know: it is passed
//  over, as all that is new. Values that an older writer does not have yet are
//  zero or ''.
static bool read_finding (rap_cursor_t *c, rap_finding_t *finding, size_t points)
{
    uint32_t count = enter_record (c, 3);
    uint32_t kind = rap_read_uint32 (c);
    finding->start = rap_read_uint32 (c);
    finding->end = rap_read_uint32 (c);
    if (kind >= RAP_FINDING_COUNT) {
        rap_read_leave (c, count);
        return false;
    }
    finding->kind = (rap_finding_kind_t)kind;
    const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
    for (uint32_t i = 0; i < schema->fields_count; i++)
        finding->values[i] = i < count ? read_value (c, schema->fields[i].type) : no_value (schema->fields[i].type);
    rap_read_leave (c, count > schema->fields_count ? count - schema->fields_count : 0);
    if (finding->start > finding->end || finding->end > points)
        rap_cursor_fail (c, "a finding's span beyond its chunk's text");
    else if (!schema->has_span && finding->end != 0)
        rap_cursor_fail (c, "a span on a kind of finding that has none");
    return rap_cursor_ok (c);
}

//  Findings are read onto a shelf, and copied from there once it is known how many there
//  are: what is stated and then not said, or of kinds unknown, reserves the shelf alone.
typedef struct {
    rap_arena_t *arena;
    rap_finding_t *at;
    uint32_t room;
} shelf_t;

static void read_findings (rap_cursor_t *c, shelf_t *shelf, size_t points, rap_result_entry_t *entry)
{
    uint32_t count = rap_read_array (c, RAP_FINDINGS_MAX), kept = 0;
    if (count > shelf->room) {
        shelf->at = rap_arena_room (shelf->arena, count * sizeof *shelf->at);
        shelf->room = count;
    }
    for (uint32_t i = 0; i < count && rap_cursor_ok (c); i++)
        kept += read_finding (c, &shelf->at[kept], points);
    rap_read_leave (c, 0);
    entry->findings_count = kept;
    entry->findings = NULL;
    if (kept) {
        size_t size = kept * sizeof *shelf->at;
        entry->findings = memcpy (rap_arena_room (shelf->arena, size), shelf->at, size);
    }
}

rap_status_t rap_read_entries (rap_text_t encoded, rap_arena_t *arena, rap_result_entries_t *entries,
                               rap_reason_t *reason)
{
    rap_cursor_t cursor;
    shelf_t shelf = {.arena = arena};
    rap_cursor_init (&cursor, encoded);
    uint32_t count = rap_read_array (&cursor, RAP_BATCH_CHUNKS_MAX);
    rap_result_entry_t *at = rap_arena_room (arena, count * sizeof *at);
    for (uint32_t i = 0; i < count && rap_cursor_ok (&cursor); i++) {
        size_t points;
        uint32_t beyond = enter_record (&cursor, 3);
        read_chunk (&cursor, arena, &at[i].chunk, &points);
        read_findings (&cursor, &shelf, points, &at[i]);
        at[i].processed_us = rap_read_uint (&cursor);
        rap_read_leave (&cursor, beyond);
    }
    rap_read_leave (&cursor, 0);
    rap_status_t status = rap_read_end (&cursor, "entries", reason);
    *entries = status == RAP_OK ? (rap_result_entries_t){at, count} : (rap_result_entries_t){NULL, 0};
    return status;
}
