//  result: what was put in comes out, in messages within the bound.

#include <check.h>
#include <stdlib.h>

#include "result.h"

enum { CHUNKS = 100 };

static char text[RAP_CHUNK_TEXT_MAX];
static uint32_t seen;
static uint32_t findings_seen;

static void see (const rap_result_entry_t *entry)
{
    ck_assert_uint_eq (entry->chunk.ordinal, seen);
    ck_assert_uint_eq (entry->processed_us, 7);
    ck_assert_uint_eq (entry->chunk.text.len, sizeof text);
    for (uint32_t i = 0; i < entry->findings_count; i++) {
        ck_assert_int_eq (entry->findings[i].kind, RAP_FINDING_place);
        ck_assert_uint_eq (entry->findings[i].start, i);
        ck_assert (rap_text_equal (entry->findings[i].values[0].text, RAP_TEXT ("AUT")));
    }
    findings_seen += entry->findings_count;
    seen++;
}

//  Checks one message as the sink would; its length.
static size_t check_message (rap_text_t frame, rap_arena_t *arena)
{
    rap_message_t message;
    rap_reason_t reason = {""};
    rap_arena_reset (arena);
    ck_assert_msg (rap_message_read (frame, arena, &message, &reason) == RAP_OK, "%s", reason.text);
    ck_assert_int_eq (message.type, RAP_MSG_RESULT);
    ck_assert_uint_eq (message.result.batch, 42);
    ck_assert (rap_text_equal (message.result.worker, RAP_TEXT ("host/1")));
    rap_result_entries_t entries;
    ck_assert_msg (rap_read_entries (message.result.entries, arena, &entries, &reason) == RAP_OK, "%s", reason.text);
    for (uint32_t i = 0; i < entries.count; i++)
        see (&entries.at[i]);
    return frame.len;
}

static rap_result_builder_t *begin (rap_packer_t *document)
{
    rap_document_t particulars = {.document_id = RAP_TEXT ("0123456789abcdef0123456789abcdef"), .chunks = CHUNKS};
    rap_packer_reset (document);
    rap_pack_document (document, &particulars);
    rap_result_t head = {.protocol = 1,
                         .epoch = 3,
                         .batch = 42,
                         .attempt = 1,
                         .worker = RAP_TEXT ("host/1"),
                         .pipeline = RAP_TEXT ("1+abc"),
                         .dispatched_at = RAP_TEXT ("2026-01-01T00:00:00.000Z"),
                         .document = rap_packed (document)};
    rap_result_builder_t *builder = rap_result_builder_new ();
    rap_result_begin (builder, &head);
    return builder;
}

static rap_text_t pack_chunk (rap_packer_t *packer, uint32_t ordinal)
{
    memset (text, 'x', sizeof text);
    rap_chunk_t chunk = {.ordinal = ordinal, .kind = RAP_PARAGRAPH, .text = rap_text_of (text, sizeof text)};
    rap_packer_reset (packer);
    rap_pack_chunk (packer, &chunk);
    return rap_packed (packer);
}

START_TEST (splits_at_the_bound)
{
    rap_packer_t *document = rap_packer_new (), *packer = rap_packer_new ();
    rap_arena_t *arena = rap_arena_new ();
    rap_result_builder_t *builder = begin (document);
    rap_finding_t findings[3];
    for (uint32_t i = 0; i < 3; i++)
        findings[i] = (rap_finding_t){.kind = RAP_FINDING_place,
                                      .start = i,
                                      .end = i + 1,
                                      .values = {{.text = RAP_TEXT ("AUT")}, {.text = RAP_TEXT ("country")}}};
    uint32_t messages = 0;
    seen = findings_seen = 0;
    for (uint32_t ordinal = 0; ordinal < CHUNKS; ordinal++) {
        rap_text_t chunk = pack_chunk (packer, ordinal);
        rap_status_t status = rap_result_add (builder, chunk, findings, 3, 7, NULL);
        if (status == RAP_AGAIN) {
            size_t len = check_message (rap_result_take (builder), arena);
            ck_assert_uint_le (len, RAP_MESSAGE_BYTES_MAX);
            ck_assert_uint_gt (len, RAP_MESSAGE_BYTES_MAX / 2);
            messages++;
            status = rap_result_add (builder, chunk, findings, 3, 7, NULL);
        }
        ck_assert_int_eq (status, RAP_OK);
    }
    ck_assert_uint_gt (rap_result_entries (builder), 0);
    check_message (rap_result_take (builder), arena);
    ck_assert_uint_eq (rap_result_entries (builder), 0);
    ck_assert_uint_gt (messages, 4);
    ck_assert_uint_eq (seen, CHUNKS);
    ck_assert_uint_eq (findings_seen, 3 * CHUNKS);
    rap_result_builder_destroy (&builder);
    rap_packer_destroy (&document);
    rap_packer_destroy (&packer);
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (refuses_what_no_message_can_hold)
{
    rap_packer_t *document = rap_packer_new (), *packer = rap_packer_new ();
    rap_result_builder_t *builder = begin (document);
    rap_reason_t reason = {""};
    enum { MANY = RAP_FINDINGS_MAX };
    static char title[1000];
    memset (title, 'y', sizeof title);
    rap_finding_t *findings = calloc (MANY, sizeof *findings);
    for (uint32_t i = 0; i < MANY; i++)
        findings[i] =
            (rap_finding_t){.kind = RAP_FINDING_publication, .values = {{.text = rap_text_of (title, sizeof title)}}};
    rap_text_t chunk = pack_chunk (packer, 0);
    ck_assert_int_eq (rap_result_add (builder, chunk, findings, MANY, 7, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "at most"));
    ck_assert_uint_eq (rap_result_entries (builder), 0);
    ck_assert_int_eq (rap_result_add (builder, chunk, findings, 2, 7, &reason), RAP_OK); //  and goes on
    free (findings);
    rap_result_builder_destroy (&builder);
    rap_packer_destroy (&document);
    rap_packer_destroy (&packer);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("result");
    TCase *tcase = tcase_create ("result");
    tcase_add_test (tcase, splits_at_the_bound);
    tcase_add_test (tcase, refuses_what_no_message_can_hold);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
