//  message: bytes in, bytes out. The golden bytes in golden.tsv were made by another
//  implementation of msgpack from doc/protocol.md; a change of any is a change of the
//  protocol.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/message.h"
#include "rapporteur/utf8.h"

static rap_arena_t *arena;
static rap_packer_t *packer;
static rap_reason_t reason;

static void begin (void)
{
    arena = rap_arena_new ();
    packer = rap_packer_new ();
}

static void end (void)
{
    rap_packer_destroy (&packer);
    rap_arena_destroy (&arena);
}

//  What was packed, kept beyond the next reset.
static rap_text_t packed (void)
{
    return rap_arena_text (arena, rap_packed (packer));
}

//  --- samples -----------------------------------------------------------------
static const rap_document_t sample_document = {
    .document_id = {"0123456789abcdef0123456789abcdef", 32},
    .number = 7,
    .source = {"inbox/a.txt", 11},
    .symbol = {"A/90/1", 6},
    .other_symbols = {"[]", 2},
    .title = {"T", 1},
    .kind = {"report", 6},
    .body = {"ga", 2},
    .session = {"90", 2},
    .agenda_item = {"", 0},
    .published = {"2035-06-01", 10},
    .language = {"en", 2},
    .sha256 = {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 64},
    .supersedes = {"", 0},
    .splitter = {"1", 1},
    .pipeline = {"0.1.0+abcdef012345", 18},
    .received_at = {"2035-06-02T08:00:00.000Z", 24},
    .bytes = 812,
    .chunks = 3,
    .distribution = {"General", 7},
};

static const rap_emphasis_t sample_emphasis[] = {{0, 4}};
static const rap_mark_t sample_marks[] = {{4, 2}, {9, RAP_NO_FOOTNOTE}};

static const rap_text_t sample_sections[] = {{"I", 1}, {"A", 1}}, sample_bodies[] = {{"ccpcj", 5}, {"cnd", 3}};

//  "Café\nnoted": nine code points and a line's end, eleven bytes.
static const rap_chunk_t sample_chunk = {
    .ordinal = 1,
    .kind = RAP_PARAGRAPH,
    .part = {"", 0},
    .label = {"20", 2},
    .text = {"Caf\xc3\xa9\nnoted", 11},
    .sections = sample_sections,
    .sections_count = 2,
    .source_start = 100,
    .source_end = 300,
    .marks = sample_marks,
    .marks_count = 2,
    .context = {.organ = {"ga", 2},
                .lead_in = {"It:", 3},
                .note_before = {"", 0},
                .bodies = sample_bodies,
                .bodies_count = 2},
    .emphasis = sample_emphasis,
    .emphasis_count = 1,
};

static rap_finding_t sample_quantity (void)
{
    rap_finding_t finding = {.kind = RAP_FINDING_quantity, .start = 5, .end = 10};
    finding.values[0].real = 2.5;
    for (int i = 1; i <= 6; i++)
        finding.values[i].text = RAP_TEXT ("x");
    finding.values[7].real = 0.5;
    return finding;
}

static rap_finding_t sample_class (void)
{
    rap_finding_t finding = {.kind = RAP_FINDING_classification};
    finding.values[0].text = RAP_TEXT ("theme");
    finding.values[1].text = RAP_TEXT ("toc.tip");
    finding.values[2].real = 1;
    finding.values[3].integer = -1;
    finding.values[4].text = RAP_TEXT ("r");
    return finding;
}

static rap_text_t document_bytes (void)
{
    rap_packer_reset (packer);
    rap_pack_document (packer, &sample_document);
    return packed ();
}

static rap_text_t chunks_bytes (void)
{
    rap_packer_reset (packer);
    rap_pack_array (packer, 1);
    rap_pack_chunk (packer, &sample_chunk);
    return packed ();
}

static rap_text_t entries_bytes (void)
{
    rap_finding_t quantity = sample_quantity (), class = sample_class ();
    rap_packer_reset (packer);
    rap_pack_array (packer, 1);
    rap_pack_array (packer, 3);
    rap_pack_chunk (packer, &sample_chunk);
    rap_pack_array (packer, 2);
    rap_pack_finding (packer, &quantity);
    rap_pack_finding (packer, &class);
    rap_pack_uint (packer, 42);
    return packed ();
}

static const rap_range_t sample_ranges[] = {{{"0123456789abcdef0123456789abcdef", 32}, 0, 3},
                                            {{"fedcba9876543210fedcba9876543210", 32}, 300, 70000}};

#define T(literal) RAP_TEXT (literal)

//  One message of every type, every field set.
static size_t make_samples (rap_message_t *m)
{
    rap_text_t document = document_bytes (), chunks = chunks_bytes (), entries = entries_bytes ();
    rap_ranges_t ranges = {sample_ranges, 2};
    size_t n = 0;
    m[n++] = (rap_message_t){
        RAP_MSG_HELLO,
        {.hello = {1, 1, T ("worker"), T ("w1"), 99, T ("0.1.0+abc"), 4, 262144, 5, T ("example.tone")}}};
    m[n++] = (rap_message_t){RAP_MSG_WELCOME, {.welcome = {1, 5, 500, 2500, 77}}};
    m[n++] = (rap_message_t){RAP_MSG_REFUSE, {.refuse = {T ("no"), 1, 2}}};
    m[n++] =
        (rap_message_t){RAP_MSG_WORK, {.work = {5, 4096, 1, true, T ("2035-06-02T08:00:00.000Z"), document, chunks}}};
    m[n++] = (rap_message_t){RAP_MSG_DONE, {.done = {5, 4096, 1, 1200}}};
    m[n++] = (rap_message_t){RAP_MSG_FAIL, {.fail = {5, 4096, 1, 2, T ("too many findings")}}};
    m[n++] = (rap_message_t){RAP_MSG_RETURN, {.return_ = {5, 4096, 1}}};
    m[n++] = (rap_message_t){RAP_MSG_HEARTBEAT, {.heartbeat = {1000000, 4096, 2, true}}};
    m[n++] = (rap_message_t){RAP_MSG_BYE, {.bye = {T ("drained")}}};
    m[n++] = (rap_message_t){RAP_MSG_RESULT,
                             {.result = {1, 5, 4096, 1, T ("w1"), T ("0.1.0+abc"), T ("2035-06-02T08:00:00.000Z"),
                                         document, entries, T ("example.tone")}}};
    m[n++] = (rap_message_t){RAP_MSG_OPEN, {.open = {9, ranges}}};
    m[n++] = (rap_message_t){RAP_MSG_RECEIPT, {.receipt = {9, ranges, 3, 77, 12}}};
    m[n++] = (rap_message_t){
        RAP_MSG_NOTICE,
        {.notice = {3, document, UINT32_MAX, T ("bad"), 3, T ("a"), T ("b"), T ("c"), T ("d"), T ("e"), T ("f")}}};
    m[n++] = (rap_message_t){
        RAP_MSG_SUBMIT, {.submit = {T ("a.txt"), 812, T ("ab"), T ("A/90/1"), T ("2035-06-01"), T ("T"), T ("en")}}};
    m[n++] = (rap_message_t){RAP_MSG_PIECE, {.piece = {524288, T ("\x00\xff text")}}};
    m[n++] = (rap_message_t){RAP_MSG_ANSWER, {.answer = {T ("send"), T ("0123"), T ("why"), 524288}}};
    m[n++] = (rap_message_t){RAP_MSG_COMMAND,
                             {.command = {T ("drop"), T ("0123"), 4, T ("why"), T ("me"), T ("example.tone")}}};
    m[n++] = (rap_message_t){RAP_MSG_REPORT, {.report = {true, T ("{}")}}};
    m[n++] = (rap_message_t){RAP_MSG_EVENT, {.event = {T ("document"), T ("0123"), T ("{}"), 7}}};
    return n;
}

enum { SAMPLES_MAX = 32 };

static rap_text_t encode (const rap_message_t *message)
{
    rap_message_pack (packer, message);
    return packed ();
}

//  --- golden bytes ------------------------------------------------------------
//  The bytes of the line of golden.tsv that begins with `name`.
static rap_text_t golden (const char *name)
{
    static char line[65536];
    FILE *file = fopen (RAP_SOURCE_DIR "/tests/unit/golden.tsv", "r");
    ck_assert_ptr_nonnull (file);
    size_t len = strlen (name), count = 0;
    char *bytes = NULL;
    while (!bytes && fgets (line, sizeof line, file)) {
        if (strncmp (line, name, len) != 0 || line[len] != '\t')
            continue;
        bytes = rap_arena_alloc (arena, strlen (line));
        unsigned byte;
        for (const char *hex = line + len + 1; sscanf (hex, "%2x", &byte) == 1; hex += 2)
            bytes[count++] = (char)byte;
    }
    fclose (file);
    ck_assert_msg (bytes != NULL, "no golden bytes for %s", name);
    return (rap_text_t){bytes, count};
}

static void assert_same (const char *name, rap_text_t a, rap_text_t b)
{
    if (!rap_text_equal (a, b)) {
        fprintf (stderr, "%s:", name);
        for (size_t i = 0; i < a.len; i++)
            fprintf (stderr, " %02x", (unsigned char)a.at[i]);
        fprintf (stderr, "\n");
    }
    ck_assert_msg (rap_text_equal (a, b), "%s: bytes differ (%zu, %zu)", name, a.len, b.len);
}

START_TEST (every_message_has_its_golden_bytes)
{
    rap_message_t samples[SAMPLES_MAX], back;
    size_t count = make_samples (samples);
    ck_assert_uint_eq (count, RAP_MSG_EVENT); //  one of each type
    for (size_t i = 0; i < count; i++) {
        const char *name = rap_message_name (samples[i].type);
        rap_text_t bytes = golden (name);
        assert_same (name, encode (&samples[i]), bytes);
        ck_assert_msg (rap_message_read (bytes, arena, &back, &reason) == RAP_OK, "%s: %s", name, reason.text);
        assert_same (name, encode (&back), bytes);
    }
}
END_TEST

START_TEST (an_empty_body_is_all_zeros)
{
    rap_message_t message;
    for (int type = RAP_MSG_HELLO; type <= RAP_MSG_EVENT; type++) {
        char bytes[] = {(char)0x92, (char)type, (char)0x80};
        ck_assert_int_eq (rap_message_read (rap_text_of (bytes, 3), arena, &message, &reason), RAP_OK);
        assert_same ("empty", encode (&message), rap_text_of (bytes, 3));
    }
}
END_TEST

//  --- what is not a message ---------------------------------------------------
START_TEST (truncated_at_each_length_is_refused)
{
    rap_message_t samples[SAMPLES_MAX], back;
    size_t count = make_samples (samples);
    for (size_t i = 0; i < count; i++) {
        rap_text_t bytes = encode (&samples[i]);
        for (size_t len = 0; len < bytes.len; len++) {
            char *exact = malloc (len + 1); //  so that a sanitizer sees a byte too far
            memcpy (exact, bytes.at, len);
            exact = realloc (exact, len ? len : 1);
            ck_assert_int_eq (rap_message_read (rap_text_of (exact, len), arena, &back, &reason), RAP_REFUSED);
            free (exact);
        }
    }
}
END_TEST

START_TEST (trailing_junk_is_refused)
{
    rap_message_t samples[SAMPLES_MAX], back;
    size_t count = make_samples (samples);
    for (size_t i = 0; i < count; i++) {
        rap_text_t bytes = encode (&samples[i]);
        rap_text_t longer = {bytes.at, bytes.len + 1}; //  the copy's NUL: an integer 0 as msgpack
        ck_assert_int_eq (rap_message_read (longer, arena, &back, &reason), RAP_REFUSED);
        ck_assert_ptr_nonnull (strstr (reason.text, "left over"));
    }
}
END_TEST

//  Every byte of every message, in every value: whatever comes, an answer.
START_TEST (one_byte_wrong_never_harms)
{
    rap_message_t samples[SAMPLES_MAX], back;
    size_t count = make_samples (samples);
    rap_arena_t *own = rap_arena_new ();
    for (size_t i = 0; i < count; i++) {
        rap_text_t bytes = encode (&samples[i]);
        char *copy = malloc (bytes.len);
        memcpy (copy, bytes.at, bytes.len);
        for (size_t at = 0; at < bytes.len; at++)
            for (int value = 0; value < 256; value++) {
                copy[at] = (char)value;
                rap_arena_reset (own);
                rap_status_t status = rap_message_read (rap_text_of (copy, bytes.len), own, &back, &reason);
                ck_assert (status == RAP_OK || status == RAP_REFUSED);
                copy[at] = bytes.at[at];
            }
        free (copy);
    }
    rap_arena_destroy (&own);
}
END_TEST

static rap_status_t read_hex (const char *bytes, size_t len)
{
    rap_message_t message;
    return rap_message_read (rap_text_of (bytes, len), arena, &message, &reason);
}

#define REFUSES(bytes, why)                                                                                          \
    do {                                                                                                             \
        ck_assert_int_eq (read_hex (bytes, sizeof bytes - 1), RAP_REFUSED);                                          \
        ck_assert_msg (strstr (reason.text, why) != NULL, "'%s' does not say '%s'", reason.text, why);               \
    } while (0)

START_TEST (lengths_and_counts_beyond_the_bytes_are_refused)
{
    REFUSES ("\x92\x09\x81\x01\xdb\xff\xff\xff\xff", "exceeds the bytes left");     //  BYE, 4 GiB of text
    REFUSES ("\x92\x0f\x81\x02\xc6\xff\xff\xff\xff", "exceeds the bytes left");     //  PIECE, 4 GiB of bytes
    REFUSES ("\x92\x09\xdf\xff\xff\xff\xff", "more values than the limit");         //  4 G pairs
    REFUSES ("\x92\x09\xde\x00\x20", "exceeds the bytes left");                     //  32 pairs, no bytes
    REFUSES ("\x92\x0b\x81\x02\xdd\xff\xff\xff\xff", "more values than the limit"); //  OPEN, 4 G ranges
    REFUSES ("\x92\x0b\x81\x02\xdc\x0f\xff", "exceeds the bytes left");             //  4,095 ranges, no bytes
    REFUSES ("\x92\x09\x81\x63\xdd\xff\xff\xff\xff", "exceeds the bytes left");     //  in a key to be skipped
    REFUSES ("\x92\x09\x81\x63\xdf\x80\x00\x00\x00", "more values than the limit"); //  2 x pairs overflows 32 bits
    REFUSES ("\xdd\xff\xff\xff\xff", "exceeds the bytes left");
}
END_TEST

START_TEST (wrong_shapes_are_refused)
{
    REFUSES ("", "ends inside a value");
    REFUSES ("\x80", "not an array");
    REFUSES ("\x91\x09", "too few values");
    REFUSES ("\x92\x09\x90", "not a map");
    REFUSES ("\x92\x00\x80", "unknown type 0");
    REFUSES ("\x92\x14\x80", "unknown type 20");
    REFUSES ("\x92\xcd\x01\x09\x80", "unknown type 265");
    REFUSES ("\x92\x09\x81\xa1k\x01", "not an unsigned integer");
    REFUSES ("\x92\x09\x81\x01\x05", "not a text");
    REFUSES ("\x92\x09\x81\x01\xc1", "no value begins with");
    REFUSES ("\x92\x09\x81\x01\xa2\xc3\x28", "not UTF-8");
    REFUSES ("\x92\x09\x81\x01\xa1\x00", "NUL");
    REFUSES ("\x92\x01\x81\x01\xcf\x00\x00\x00\x01\x00\x00\x00\x00", "beyond 32 bits");
    REFUSES ("\x92\x08\x81\x04\x01", "not a truth value");
    REFUSES ("\x92\x0b\x81\x02\x91\x92\xa1"
             "a\x00",
             "too few values");
    REFUSES ("\x92\x0b\x81\x02\x91\x93\xa1"
             "a\x01\xce\xff\xff\xff\xff",
             "beyond the chunks");
}
END_TEST

START_TEST (texts_beyond_their_limit_are_refused)
{
    rap_message_t message = {RAP_MSG_BYE, {.bye = {{NULL, RAP_SHORT_TEXT_MAX}}}}, back;
    char *text = rap_arena_alloc (arena, RAP_MESSAGE_BYTES_MAX + 64);
    memset (text, 'a', RAP_MESSAGE_BYTES_MAX + 64);
    message.bye.cause.at = text;
    ck_assert_int_eq (rap_message_read (encode (&message), arena, &back, &reason), RAP_OK);
    message.bye.cause.len++;
    ck_assert_int_eq (rap_message_read (encode (&message), arena, &back, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "BYE: longer than the limit"));

    message = (rap_message_t){RAP_MSG_PIECE, {.piece = {0, {text, RAP_PIECE_BYTES_MAX + 1}}}};
    ck_assert_int_eq (rap_message_read (encode (&message), arena, &back, &reason), RAP_REFUSED);
    message = (rap_message_t){RAP_MSG_REPORT, {.report = {true, {text, RAP_MESSAGE_BYTES_MAX}}}};
    ck_assert_int_eq (rap_message_read (encode (&message), arena, &back, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "more than the limit of 1048576"));
}
END_TEST

static rap_text_t bye_with_nesting (unsigned levels)
{
    rap_packer_reset (packer);
    rap_pack_array (packer, 2);
    rap_pack_uint (packer, RAP_MSG_BYE);
    rap_pack_map (packer, 1);
    rap_pack_uint (packer, 60);
    for (unsigned i = 0; i < levels; i++)
        rap_pack_array (packer, 1);
    rap_pack_uint (packer, 1);
    return packed ();
}

START_TEST (depth_is_bounded)
{
    rap_message_t back;
    //  The message's array and its body are the first two levels.
    ck_assert_int_eq (rap_message_read (bye_with_nesting (RAP_WIRE_DEPTH_MAX - 2), arena, &back, &reason), RAP_OK);
    ck_assert_int_eq (rap_message_read (bye_with_nesting (RAP_WIRE_DEPTH_MAX - 1), arena, &back, &reason),
                      RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "nested deeper"));
    ck_assert_int_eq (rap_message_read (bye_with_nesting (100000), arena, &back, &reason), RAP_REFUSED);
}
END_TEST

//  --- how the protocol grows --------------------------------------------------
START_TEST (unknown_keys_and_trailing_values_are_ignored)
{
    //  [5, {1: 5, 60: ext, 2: 4096, 61: {"k": [nil, 1.5, bin]}, 3: 1, 4: 1200}, "new"]
    static const char bytes[] =
        "\x93\x05\x86\x01\x05\x3c\xd4\x01\x02\x02\xcd\x10\x00\x3d\x81\xa1k\x93\xc0\xca\x3f\xc0"
        "\x00\x00\xc4\x01\xff\x03\x01\x04\xcd\x04\xb0\xa3new";
    rap_message_t message;
    ck_assert_msg (rap_message_read (rap_text_of (bytes, sizeof bytes - 1), arena, &message, &reason) == RAP_OK, "%s",
                   reason.text);
    ck_assert_int_eq (message.type, RAP_MSG_DONE);
    ck_assert_uint_eq (message.done.epoch, 5);
    ck_assert_uint_eq (message.done.batch, 4096);
    ck_assert_uint_eq (message.done.attempt, 1);
    ck_assert_uint_eq (message.done.processed_us, 1200);
}
END_TEST

//  --- documents, chunks, entries ----------------------------------------------
START_TEST (document_travels)
{
    rap_document_t back;
    rap_text_t bytes = document_bytes ();
    ck_assert_int_eq (rap_read_document (bytes, &back, &reason), RAP_OK);
    ck_assert (rap_text_equal (back.document_id, sample_document.document_id));
    ck_assert (rap_text_equal (back.received_at, sample_document.received_at));
    ck_assert_uint_eq (back.number, 7);
    ck_assert_uint_eq (back.bytes, 812);
    ck_assert_uint_eq (back.chunks, 3);
    ck_assert (rap_text_equal (back.distribution, sample_document.distribution));
    for (size_t len = 0; len < bytes.len; len++)
        ck_assert_int_eq (rap_read_document (rap_text_of (bytes.at, len), &back, &reason), RAP_REFUSED);
    rap_document_t huge = sample_document;
    huge.chunks = RAP_DOCUMENT_CHUNKS_MAX + 1;
    rap_packer_reset (packer);
    rap_pack_document (packer, &huge);
    ck_assert_int_eq (rap_read_document (packed (), &back, &reason), RAP_REFUSED);
}
END_TEST

typedef struct {
    unsigned count;
    rap_text_t encoded;
} seen_t;

static rap_status_t see_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    seen_t *seen = self;
    seen->count++;
    seen->encoded = encoded;
    ck_assert_uint_eq (chunk->ordinal, 1);
    ck_assert_int_eq (chunk->kind, RAP_PARAGRAPH);
    ck_assert (rap_text_equal (chunk->text, sample_chunk.text));
    ck_assert_uint_eq (chunk->sections_count, 2);
    ck_assert (rap_text_equal (chunk->sections[1], RAP_TEXT ("A")));
    ck_assert_uint_eq (chunk->source_end, 300);
    ck_assert_uint_eq (chunk->marks_count, 2);
    ck_assert_uint_eq (chunk->marks[1].at, 9);
    ck_assert_uint_eq (chunk->marks[1].footnote, RAP_NO_FOOTNOTE);
    ck_assert (rap_text_equal (chunk->context.lead_in, RAP_TEXT ("It:")));
    ck_assert_uint_eq (chunk->context.bodies_count, 2);
    ck_assert (rap_text_equal (chunk->context.bodies[0], RAP_TEXT ("ccpcj")));
    ck_assert_uint_eq (chunk->emphasis_count, 1);
    ck_assert_uint_eq (chunk->emphasis[0].end, 4);
    return RAP_OK;
}

static rap_status_t count_plain (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)encoded;
    ck_assert_uint_eq (chunk->emphasis_count, 0);
    ck_assert (rap_text_equal (chunk->context.lead_in, RAP_TEXT ("It:")));
    ++*(uint32_t *)self;
    return RAP_OK;
}

START_TEST (chunks_travel)
{
    seen_t seen = {0};
    rap_text_t bytes = chunks_bytes ();
    ck_assert_int_eq (rap_read_chunks (bytes, arena, see_chunk, &seen, &reason), RAP_OK);
    ck_assert_uint_eq (seen.count, 1);
    assert_same ("chunk", seen.encoded, rap_text_from (bytes, 1));
    for (size_t len = 0; len < bytes.len; len++)
        ck_assert_int_eq (rap_read_chunks (rap_text_of (bytes.at, len), arena, see_chunk, &seen, &reason),
                          RAP_REFUSED);
    ck_assert_uint_eq (seen.count, 1);
}
END_TEST

static rap_status_t read_one (const rap_chunk_t *chunk)
{
    seen_t seen = {0};
    rap_packer_reset (packer);
    rap_pack_array (packer, 1);
    rap_pack_chunk (packer, chunk);
    return rap_read_chunks (packed (), arena, see_chunk, &seen, &reason);
}

//  As an ingest wrote it that knew nothing of distribution: an array of 19.
START_TEST (a_document_of_an_older_ingest_is_read)
{
    rap_document_t back;
    rap_text_t bytes = rap_arena_text (arena, document_bytes ());
    ck_assert_int_eq (bytes.at[2], 20);
    ((char *)(uintptr_t)bytes.at)[2] = 19;
    rap_text_t older = rap_text_of (bytes.at, bytes.len - 1 - sample_document.distribution.len);
    ck_assert_int_eq (rap_read_document (older, &back, &reason), RAP_OK);
    ck_assert_uint_eq (back.chunks, 3);
    ck_assert_uint_eq (back.distribution.len, 0);
}
END_TEST

//  As an ingest wrote it that knew nothing of emphasis: an array of 10.
START_TEST (chunks_of_an_older_ingest_are_read)
{
    rap_chunk_t chunk = sample_chunk;
    chunk.emphasis_count = 0;
    rap_packer_reset (packer);
    rap_pack_array (packer, 1);
    rap_pack_chunk (packer, &chunk);
    rap_text_t bytes = rap_arena_text (arena, packed ());
    ((char *)(uintptr_t)bytes.at)[1] = (char)0x9a; //  ten values, hence without the empty array at its end
    uint32_t count = 0;
    ck_assert_int_eq (rap_read_chunks (rap_text_of (bytes.at, bytes.len - 1), arena, count_plain, &count, &reason),
                      RAP_OK);
    ck_assert_uint_eq (count, 1);
}
END_TEST

START_TEST (chunks_that_cannot_be_are_refused)
{
    rap_mark_t beyond[] = {{11, 0}};
    rap_chunk_t chunk = sample_chunk;
    chunk.kind = RAP_CHUNK_KINDS;
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
    chunk = sample_chunk;
    chunk.ordinal = RAP_DOCUMENT_CHUNKS_MAX;
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
    chunk = sample_chunk;
    chunk.source_start = 301;
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
    chunk = sample_chunk;
    chunk.marks = beyond; //  ten code points, though eleven bytes
    chunk.marks_count = 1;
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "beyond the chunk's text"));
    rap_emphasis_t crossed[] = {{0, 4}, {3, 5}};
    chunk = sample_chunk;
    chunk.emphasis = crossed;
    chunk.emphasis_count = 2;
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "emphasis out of order"));
    chunk = sample_chunk;
    char *text = rap_arena_alloc (arena, RAP_CHUNK_TEXT_MAX + 1);
    memset (text, 'a', RAP_CHUNK_TEXT_MAX + 1);
    chunk.text = rap_text_of (text, RAP_CHUNK_TEXT_MAX + 1);
    ck_assert_int_eq (read_one (&chunk), RAP_REFUSED);
}
END_TEST

static rap_status_t stop_at_once (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)chunk;
    (void)encoded;
    ++*(int *)self;
    return RAP_AGAIN;
}

START_TEST (a_visitor_can_stop_the_walk)
{
    int calls = 0;
    rap_packer_reset (packer);
    rap_pack_array (packer, 2);
    rap_pack_chunk (packer, &sample_chunk);
    rap_pack_chunk (packer, &sample_chunk);
    ck_assert_int_eq (rap_read_chunks (packed (), arena, stop_at_once, &calls, &reason), RAP_AGAIN);
    ck_assert_int_eq (calls, 1);
}
END_TEST

START_TEST (entries_travel)
{
    rap_result_entries_t entries;
    rap_text_t bytes = entries_bytes ();
    ck_assert_msg (rap_read_entries (bytes, arena, &entries, &reason) == RAP_OK, "%s", reason.text);
    ck_assert_uint_eq (entries.count, 1);
    const rap_result_entry_t *entry = &entries.at[0];
    ck_assert (rap_text_equal (entry->chunk.label, RAP_TEXT ("20")));
    ck_assert_uint_eq (entry->findings_count, 2);
    ck_assert_uint_eq (entry->processed_us, 42);
    ck_assert_int_eq (entry->findings[0].kind, RAP_FINDING_quantity);
    ck_assert_uint_eq (entry->findings[0].end, 10);
    ck_assert_double_eq (entry->findings[0].values[0].real, 2.5);
    ck_assert (rap_text_equal (entry->findings[0].values[6].text, RAP_TEXT ("x")));
    ck_assert_int_eq (entry->findings[1].kind, RAP_FINDING_classification);
    ck_assert_int_eq (entry->findings[1].values[3].integer, -1);
    for (size_t len = 0; len < bytes.len; len++) {
        ck_assert_int_eq (rap_read_entries (rap_text_of (bytes.at, len), arena, &entries, &reason), RAP_REFUSED);
        ck_assert_uint_eq (entries.count, 0);
    }
}
END_TEST

//  All of them or none: an entry that is not sound takes those before it along.
START_TEST (a_fault_in_the_last_entry_refuses_all)
{
    rap_result_entries_t entries;
    rap_packer_reset (packer);
    rap_pack_array (packer, 2);
    for (int i = 0; i < 2; i++) {
        rap_pack_array (packer, 3);
        rap_pack_chunk (packer, &sample_chunk);
        rap_pack_array (packer, 0);
        if (i == 0)
            rap_pack_uint (packer, 7);
        else
            rap_pack_text (packer, RAP_TEXT ("seven"));
    }
    ck_assert_int_eq (rap_read_entries (packed (), arena, &entries, &reason), RAP_REFUSED);
    ck_assert_uint_eq (entries.count, 0);
}
END_TEST

static rap_status_t count_findings (rap_text_t bytes, rap_arena_t *own, uint32_t *found)
{
    rap_result_entries_t entries;
    rap_status_t status = rap_read_entries (bytes, own, &entries, &reason);
    *found = 0;
    for (uint32_t i = 0; i < entries.count; i++)
        for (uint32_t k = 0; k < entries.at[i].findings_count; k++, ++*found)
            ck_assert_int_lt (entries.at[i].findings[k].kind, RAP_FINDING_COUNT);
    return status;
}

//  Entries with one chunk and the finding that `hex` encodes.
static rap_status_t read_finding_bytes (const char *bytes, size_t len, uint32_t *found)
{
    rap_packer_reset (packer);
    rap_pack_array (packer, 1);
    rap_pack_array (packer, 3);
    rap_pack_chunk (packer, &sample_chunk);
    rap_pack_array (packer, 1);
    rap_pack_raw (packer, rap_text_of (bytes, len));
    rap_pack_uint (packer, 0);
    return count_findings (packed (), arena, found);
}

#define FINDING(bytes, found) read_finding_bytes (bytes, sizeof bytes - 1, found)

START_TEST (findings_are_checked)
{
    uint32_t found;
    ck_assert_int_eq (FINDING ("\x96\x05\x00\x0a\xa1x\xa1x\xa1x", &found), RAP_OK); //  place over the whole text
    ck_assert_uint_eq (found, 1);
    ck_assert_int_eq (FINDING ("\x96\x05\x00\x0b\xa1x\xa1x\xa1x", &found), RAP_REFUSED); //  a code point too far
    ck_assert_int_eq (FINDING ("\x96\x05\x04\x03\xa1x\xa1x\xa1x", &found), RAP_REFUSED); //  ends before it starts
    ck_assert_int_eq (FINDING ("\x96\x05\x00\x0a\xa1x\x01\xa1x", &found), RAP_REFUSED);  //  an integer for a text
    ck_assert_int_eq (FINDING ("\x92\x05\x00", &found), RAP_REFUSED);
    ck_assert_int_eq (FINDING ("\x95\x00\x00\x01\xa1x\xa1x", &found), RAP_REFUSED); //  a classification has no span
    //  NaN as a score
    ck_assert_int_eq (FINDING ("\x96\x00\x00\x00\xa1x\xa1x\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", &found),
                      RAP_REFUSED);
}
END_TEST

START_TEST (findings_of_other_versions)
{
    uint32_t found;
    ck_assert_int_eq (FINDING ("\x94\x05\x00\x0a\xa1x", &found), RAP_OK); //  older: fewer values
    ck_assert_uint_eq (found, 1);
    ck_assert_int_eq (FINDING ("\x97\x05\x00\x0a\xa1x\xa1x\xa1x\x81\x01\x02", &found), RAP_OK); //  newer: one more
    ck_assert_uint_eq (found, 1);
    ck_assert_int_eq (FINDING ("\x94\x63\x00\x0a\xa1x", &found), RAP_OK); //  a kind of its own
    ck_assert_uint_eq (found, 0);
}
END_TEST

START_TEST (a_stated_count_reserves_little)
{
    //  200 entries that each state as many findings as the bytes could just hold.
    rap_packer_reset (packer);
    rap_pack_array (packer, 200);
    for (int i = 0; i < 200; i++) {
        rap_pack_array (packer, 3);
        rap_pack_chunk (packer, &sample_chunk);
        rap_pack_array (packer, 512);
        for (int n = 0; n < 512; n++)
            rap_pack_raw (packer, RAP_TEXT ("\x93\x63\x00\x00"));
        rap_pack_uint (packer, 0);
    }
    uint32_t found = 0;
    rap_text_t bytes = packed ();
    rap_arena_t *own = rap_arena_new ();
    ck_assert_int_eq (count_findings (bytes, own, &found), RAP_OK);
    ck_assert_uint_lt (rap_arena_used (own),
                       512 * sizeof (rap_finding_t) + 200 * (128 + sizeof (rap_result_entry_t)));
    rap_arena_destroy (&own);
}
END_TEST

//  --- doc/protocol.md ---------------------------------------------------------
//  The document, with every run of white space as one space.
static const char *protocol_document (void)
{
    static char text[256 * 1024];
    size_t len = 0;
    FILE *file = fopen (RAP_SOURCE_DIR "/doc/protocol.md", "r");
    ck_assert_ptr_nonnull (file);
    for (int c; (c = getc (file)) != EOF && len < sizeof text - 1;) {
        bool space = c == ' ' || c == '\n';
        if (!space || (len && text[len - 1] != ' '))
            text[len++] = space ? ' ' : (char)c;
    }
    fclose (file);
    text[len] = 0;
    return text;
}

//  The words of the paragraph "**NAME** 1 ... " must name the field with its key.
static void assert_field (const char *name, int key, const char *field, const char *codec)
{
    char head[64], words[128];
    snprintf (head, sizeof head, "- **%s** ", name);
    const char *from = strstr (protocol_document (), head);
    ck_assert_msg (from != NULL, "doc/protocol.md lists no %s", name);
    const char *to = strstr (from + 1, " - **"), *type = codec;
    if (strcmp (codec, "RAW") == 0)
        type = field; //  document, chunks, entries
    snprintf (words, sizeof words, " %d %s: %s", key, field, type);
    for (char *c = words; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    const char *found = strstr (from, words);
    ck_assert_msg (found && (!to || found < to), "doc/protocol.md: %s has no '%s'", name, words);
}

START_TEST (the_document_lists_every_field)
{
#define F(key, type, name, codec) assert_field (message, key, #name, #codec);
#define M(NAME, lower, fields)                                                                                       \
    {                                                                                                                \
        const char *message = #NAME;                                                                                 \
        fields                                                                                                       \
    }
    RAP_MESSAGES (M)
#undef M
#undef F
}
END_TEST

START_TEST (the_document_lists_every_finding)
{
    static const char *const types[] = {"text", "int", "real"};
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
        char row[512];
        int len =
            snprintf (row, sizeof row, "| %d | %s | %s | ", kind, schema->name, schema->has_span ? "yes" : "no");
        for (uint32_t i = 0; i < schema->fields_count; i++)
            len += snprintf (row + len, sizeof row - (size_t)len, "%s%s: %s", i ? ", " : "", schema->fields[i].name,
                             types[schema->fields[i].type]);
        ck_assert_msg (strstr (protocol_document (), row) != NULL, "doc/protocol.md has no '%s'", row);
    }
}
END_TEST

static void add (Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create (name);
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test (tcase, tests[i]);
    suite_add_tcase (suite, tcase);
}

int main (void)
{
    const TTest *const messages[] = {every_message_has_its_golden_bytes,
                                     an_empty_body_is_all_zeros,
                                     truncated_at_each_length_is_refused,
                                     trailing_junk_is_refused,
                                     one_byte_wrong_never_harms,
                                     lengths_and_counts_beyond_the_bytes_are_refused,
                                     wrong_shapes_are_refused,
                                     texts_beyond_their_limit_are_refused,
                                     depth_is_bounded,
                                     unknown_keys_and_trailing_values_are_ignored};
    const TTest *const parts[] = {document_travels,
                                  chunks_travel,
                                  a_document_of_an_older_ingest_is_read,
                                  chunks_of_an_older_ingest_are_read,
                                  chunks_that_cannot_be_are_refused,
                                  a_visitor_can_stop_the_walk,
                                  entries_travel,
                                  a_fault_in_the_last_entry_refuses_all,
                                  findings_are_checked,
                                  findings_of_other_versions,
                                  a_stated_count_reserves_little};
    const TTest *const documents[] = {the_document_lists_every_field, the_document_lists_every_finding};
    Suite *suite = suite_create ("message");
    add (suite, "messages", messages, sizeof messages / sizeof *messages);
    add (suite, "parts", parts, sizeof parts / sizeof *parts);
    add (suite, "document", documents, sizeof documents / sizeof *documents);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
