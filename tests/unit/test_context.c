//  context: what travels with a chunk from before it.

#include "context.h"
#include "reading.h"

static rap_arena_t *arena;
static rap_reading_t reading;

static void begin (void)
{
    arena = rap_arena_new ();
}

static void end (void)
{
    rap_arena_destroy (&arena);
}

static void take (const char *text)
{
    rap_reason_t reason = {""};
    reading = (rap_reading_t){.document = {.source = rap_text ("test")}};
    ck_assert_int_eq (rap_read (reading_reader (), rap_text (text), arena, &reading, &reason), RAP_OK);
}

//  The chunk whose text begins so.
static const rap_chunk_t *chunk_of (const char *head)
{
    for (uint32_t i = 0; i < reading.document.chunks; i++)
        if (rap_text_starts (reading.chunks[i].text, rap_text (head)))
            return &reading.chunks[i];
    ck_abort_msg ("no chunk begins with '%s'", head);
    return NULL;
}

static void check_text (rap_text_t found, const char *expected)
{
    ck_assert_msg (rap_text_equal (found, rap_text (expected)), "expected '%s', found '%.*s'", expected,
                   (int)found.len, found.at);
}

START_TEST (who_speaks)
{
    take (
        "General Assembly\nReport of the Third Committee\nI. Introduction\n1. The Committee met.\nDraft resolution "
        "I\nWells\n"
        "The Economic and Social Council,\nRecalling its resolution 7/1,\n1. Takes note.\nDraft resolution II\nLids\n"
        "The General Assembly,\nNoting the lids,\n");
    check_text (chunk_of ("The Committee met")->context.organ, "ga");
    check_text (chunk_of ("Recalling")->context.organ, "ecosoc");
    check_text (chunk_of ("Takes note")->context.organ, "ecosoc");
    check_text (chunk_of ("Noting")->context.organ, "ga");
}
END_TEST

START_TEST (bodies_named_last)
{
    take ("I. Wells\n1. The Commission on Narcotic Drugs met.\n2. The Commission on Crime Prevention and Criminal "
          "Justice met "
          "before the General Assembly did.\n3. The Commission on Narcotic Drugs met again.\n4. All rested.\n");
    ck_assert_uint_eq (chunk_of ("The Commission on Narcotic Drugs met.")->context.bodies_count, 0);
    const rap_context_t *context = &chunk_of ("The Commission on Narcotic Drugs met again")->context;
    ck_assert_uint_eq (context->bodies_count, 3);
    check_text (context->bodies[0], "ga");
    check_text (context->bodies[1], "ccpcj");
    check_text (context->bodies[2], "cnd");
    context = &chunk_of ("All rested")->context;
    ck_assert_uint_eq (context->bodies_count, 3);
    check_text (context->bodies[0], "cnd");
    check_text (context->bodies[1], "ga");
}
END_TEST

START_TEST (what_introduces_a_list)
{
    take ("A/RES/90/1\nGeneral Assembly\nResolution adopted by the General Assembly on 2 May 2035\n90/1. Wells\n"
          "The General Assembly,\n1. Adopts the text.\nAnnex\nDeclaration on wells\nWe therefore take these "
          "actions:\nRopes\n"
          "1. Mend ropes;\n2. Coil ropes;\nThe keepers rest after that, for the day has been long.\n3. Rest.\n");
    check_text (chunk_of ("Mend ropes")->context.lead_in, "We therefore take these actions:");
    check_text (chunk_of ("Coil ropes")->context.lead_in, "We therefore take these actions:");
    check_text (chunk_of ("Rest.")->context.lead_in, "");
}
END_TEST

START_TEST (the_note_before)
{
    take ("I. Wells\n1. One,\xC2\xB9 two,\xC2\xB2 three.\xC2\xB3\n\xC2\xB9 Resolution 7/1.\n\xC2\xB2 Ibid., annex.\n"
          "\xC2\xB3 Resolution 7/2.\nDraft resolution I\nLids\nThe General Assembly,\nNoting lids,\xC2\xB9\n\xC2\xB9 "
          "Ibid.\n");
    check_text (chunk_of ("Resolution 7/1")->context.note_before, "");
    check_text (chunk_of ("Ibid., annex")->context.note_before, "Resolution 7/1.");
    check_text (chunk_of ("Resolution 7/2")->context.note_before, "Resolution 7/1.\nIbid., annex.");
    //  Numbering of notes begins again in a draft, and so does what they refer to.
    check_text (chunk_of ("Ibid.")->context.note_before, "Resolution 7/1.");
    check_text (reading.chunks[reading.document.chunks - 1].context.note_before, "");
}
END_TEST

START_TEST (notes_that_fit)
{
    rap_text_t notes = RAP_TEXT ("");
    char note[300];
    for (char letter = 'a'; letter <= 'f'; letter++) {
        memset (note, letter, sizeof note);
        notes = rap_context_notes (notes, rap_text_of (note, sizeof note), arena);
        ck_assert_uint_le (notes.len, RAP_NOTE_BEFORE_MAX);
    }
    ck_assert_uint_eq (notes.len, 3 * sizeof note + 2); //  the last three, whole
    ck_assert_int_eq (notes.at[0], 'd');
    char *huge = rap_arena_alloc (arena, 5000);
    memset (huge, 'x', 5000);
    ck_assert_uint_le (rap_context_notes (notes, rap_text_of (huge, 5000), arena).len, RAP_NOTE_BEFORE_MAX);
    check_text (rap_context_notes (RAP_TEXT (""), RAP_TEXT ("one\ntwo"), arena), "one two");
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("context");
    TCase *tests = tcase_create ("context");
    tcase_set_timeout (tests, 60);
    tcase_add_checked_fixture (tests, begin, end);
    tcase_add_test (tests, who_speaks);
    tcase_add_test (tests, bodies_named_last);
    tcase_add_test (tests, what_introduces_a_list);
    tcase_add_test (tests, the_note_before);
    tcase_add_test (tests, notes_that_fit);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
