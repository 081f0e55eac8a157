//  session: the conversation of a worker with ingest, told by a clock of our own.

#include <check.h>
#include <stdlib.h>

#include "session.h"

static rap_session_t session;

static rap_message_t welcome (uint64_t epoch)
{
    return (rap_message_t){.type = RAP_MSG_WELCOME,
                           .welcome = {.protocol = 1, .epoch = epoch, .heartbeat_ms = 500, .lease_ms = 2500}};
}

static rap_message_t refuse (const char *cause)
{
    return (rap_message_t){.type = RAP_MSG_REFUSE, .refuse = {.cause = rap_text (cause)}};
}

static rap_session_event_t told (int64_t now_ms, rap_message_t message)
{
    return rap_session_told (&session, now_ms, &message);
}

static void serve (int64_t now_ms, uint64_t epoch)
{
    rap_session_init (&session, now_ms, 77);
    ck_assert (rap_session_hello_due (&session, now_ms));
    ck_assert_int_eq (told (now_ms, welcome (epoch)), RAP_SESSION_WELCOMED);
}

START_TEST (calls_less_and_less_often)
{
    rap_session_init (&session, 1000, 77);
    int64_t now_ms = 1000, last_gap_ms = 0;
    for (int call = 0; call < 40; call++) {
        ck_assert (rap_session_hello_due (&session, now_ms));
        ck_assert (!rap_session_hello_due (&session, now_ms));
        ck_assert (!rap_session_heartbeat_due (&session, now_ms)); //  none before a welcome
        last_gap_ms = rap_session_wait_ms (&session, now_ms);
        ck_assert_int_gt (last_gap_ms, 0);
        ck_assert_int_le (last_gap_ms, 45000);
        ck_assert (!rap_session_hello_due (&session, now_ms + last_gap_ms - 1));
        now_ms += last_gap_ms;
    }
    ck_assert_int_ge (last_gap_ms, 15000);
}
END_TEST

START_TEST (beats_at_the_pace_asked_for)
{
    serve (0, 9);
    ck_assert_uint_eq (session.epoch, 9);
    ck_assert (rap_session_heartbeat_due (&session, 0));
    ck_assert (!rap_session_heartbeat_due (&session, 499));
    ck_assert_int_eq (rap_session_wait_ms (&session, 499), 1);
    ck_assert (rap_session_heartbeat_due (&session, 500));
    ck_assert (!rap_session_hello_due (&session, 100000)); //  serving
    ck_assert_int_eq (told (600, welcome (9)), RAP_SESSION_NOTHING);
}
END_TEST

START_TEST (bounds_the_pace)
{
    static const struct {
        uint32_t asked;
        int64_t kept;
    } paces[] = {{0, 500}, {1, 20}, {UINT32_MAX, 5000}, {1000, 1000}};
    for (size_t i = 0; i < sizeof paces / sizeof *paces; i++) {
        rap_message_t message = welcome (1);
        message.welcome.heartbeat_ms = paces[i].asked;
        rap_session_init (&session, 0, 77);
        ck_assert_int_eq (told (0, message), RAP_SESSION_WELCOMED);
        ck_assert_int_eq (session.heartbeat_ms, paces[i].kept);
    }
}
END_TEST

START_TEST (begins_anew_when_unknown)
{
    serve (0, 9);
    ck_assert_int_eq (told (10, refuse ("unknown")), RAP_SESSION_LOST);
    rap_session_renew (&session, 78);
    //  the answers to heartbeats that were on their way too
    ck_assert_int_eq (told (11, refuse ("unknown")), RAP_SESSION_NOTHING);
    ck_assert_int_eq (told (12, refuse ("unknown")), RAP_SESSION_NOTHING);
    ck_assert (!rap_session_heartbeat_due (&session, 1000));
    ck_assert_int_le (rap_session_wait_ms (&session, 10), 250);
    ck_assert (rap_session_hello_due (&session, 260));
    ck_assert_uint_eq (session.incarnation, 78);
    ck_assert_int_eq (told (300, welcome (10)), RAP_SESSION_WELCOMED);
    ck_assert_uint_eq (session.epoch, 10);
}
END_TEST

START_TEST (notices_another_epoch)
{
    serve (0, 9);
    ck_assert_int_eq (told (10, welcome (10)), RAP_SESSION_RENEWED);
    ck_assert_uint_eq (session.epoch, 10);
}
END_TEST

START_TEST (ends_when_refused)
{
    serve (0, 9);
    ck_assert_int_eq (told (1, refuse ("protocol 1 to 1; spoken here: 2 to 3")), RAP_SESSION_ENDED);
    ck_assert (!rap_session_hello_due (&session, 1000000));
    ck_assert (!rap_session_heartbeat_due (&session, 1000000));
    ck_assert_int_eq (told (2, welcome (10)), RAP_SESSION_NOTHING);

    rap_message_t message = welcome (1); //  in a protocol that we do not speak
    message.welcome.protocol = RAP_PROTOCOL_MAX + 1;
    rap_session_init (&session, 0, 77);
    ck_assert_int_eq (told (0, message), RAP_SESSION_ENDED);
}
END_TEST

START_TEST (ignores_other_messages)
{
    serve (0, 9);
    ck_assert_int_eq (told (1, (rap_message_t){.type = RAP_MSG_RECEIPT}), RAP_SESSION_NOTHING);
    ck_assert_int_eq (session.state, RAP_SESSION_SERVING);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("session");
    TCase *tcase = tcase_create ("session");
    tcase_add_test (tcase, calls_less_and_less_often);
    tcase_add_test (tcase, beats_at_the_pace_asked_for);
    tcase_add_test (tcase, bounds_the_pace);
    tcase_add_test (tcase, begins_anew_when_unknown);
    tcase_add_test (tcase, notices_another_epoch);
    tcase_add_test (tcase, ends_when_refused);
    tcase_add_test (tcase, ignores_other_messages);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
