//  queue: first in, first out, copies, and bounds.

#include <check.h>
#include <stdlib.h>

#include "queue.h"

static rap_work_t work (uint64_t batch, const char *chunks)
{
    return (rap_work_t){.epoch = 5,
                        .batch = batch,
                        .attempt = 2,
                        .dispatched_at = RAP_TEXT ("now"),
                        .document = RAP_TEXT ("document"),
                        .chunks = rap_text (chunks)};
}

START_TEST (keeps_order_and_copies)
{
    rap_queue_t *queue = rap_queue_new (4, 1000);
    ck_assert_ptr_null (rap_queue_take (queue));
    for (uint64_t round = 0; round < 10; round++) { //  around the ring
        char chunks[] = "first";
        rap_work_t one = work (round, chunks), two = work (round + 100, "second");
        ck_assert_int_eq (rap_queue_add (queue, &one), RAP_OK);
        ck_assert_int_eq (rap_queue_add (queue, &two), RAP_OK);
        chunks[0] = 'X';
        ck_assert_uint_eq (rap_queue_count (queue), 2);
        const rap_work_t *taken = rap_queue_take (queue);
        ck_assert_uint_eq (taken->batch, round);
        ck_assert_uint_eq (taken->attempt, 2);
        ck_assert (rap_text_equal (taken->chunks, RAP_TEXT ("first")));
        ck_assert (rap_text_equal (taken->document, RAP_TEXT ("document")));
        ck_assert (rap_text_equal (taken->dispatched_at, RAP_TEXT ("now")));
        taken = rap_queue_take (queue);
        ck_assert_uint_eq (taken->batch, round + 100);
        ck_assert_ptr_null (rap_queue_take (queue));
    }
    rap_queue_destroy (&queue);
    ck_assert_ptr_null (queue);
}
END_TEST

START_TEST (is_bounded)
{
    rap_queue_t *queue = rap_queue_new (3, 40);
    rap_work_t small = work (1, ""), large = work (2, "much longer than the bound of the queue is");
    ck_assert_int_eq (rap_queue_add (queue, &large), RAP_OK); //  one alone may exceed it
    ck_assert_int_eq (rap_queue_add (queue, &small), RAP_AGAIN);
    rap_queue_clear (queue);
    ck_assert_uint_eq (rap_queue_count (queue), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq (rap_queue_add (queue, &small), RAP_OK);
    ck_assert_int_eq (rap_queue_add (queue, &small), RAP_AGAIN);
    rap_queue_destroy (&queue);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("queue");
    TCase *tcase = tcase_create ("queue");
    tcase_add_test (tcase, keeps_order_and_copies);
    tcase_add_test (tcase, is_bounded);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
