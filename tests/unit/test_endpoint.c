//  endpoint: where it may listen, and how messages of the wrong shape fare.
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"

static rap_reason_t reason;
static char folder[] = "/tmp/rapporteur-test-XXXXXX";
static char address[128];

static void begin (void)
{
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (address, sizeof address, "ipc://%s/socket", folder);
}

static void end (void)
{
    unlink (address + strlen ("ipc://"));
    rmdir (folder);
}

static rap_endpoint_t *open_at (rap_endpoint_kind_t kind, const char *where, bool bind)
{
    return rap_endpoint_new (&(rap_endpoint_options_t){.kind = kind, .address = where, .bind = bind}, &reason);
}

//  Waits until something is there to be received; a test that would wait for ever
//  is ended by its timeout.
static void wait_for (rap_endpoint_t *self)
{
    zmq_pollitem_t item = {.socket = rap_endpoint_socket (self), .events = ZMQ_POLLIN};
    ck_assert_int_eq (zmq_poll (&item, 1, -1), 1);
}

START_TEST (tcp_beyond_loopback_is_refused)
{
    static const char *const beyond[] = {"tcp://*:0",       "tcp://0.0.0.0:0",   "tcp://10.0.0.1:5555",
                                         "tcp://lo:0",      "tcp://localhost:0", "tcp://128.0.0.1:0",
                                         "tcp://127.0.0.1", "tcp://[::1]:5555",  "tcp://127.0.0.1.example:5555"};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        rap_endpoint_t *endpoint = open_at (RAP_PULL, beyond[i], true);
        ck_assert_msg (endpoint == NULL, "listens on %s", beyond[i]);
        ck_assert_ptr_nonnull (strstr (reason.text, "--allow-plain"));
    }
    rap_endpoint_t *loopback = open_at (RAP_PULL, "tcp://127.0.0.1:*", true);
    ck_assert_msg (loopback != NULL, "%s", reason.text);
    rap_endpoint_destroy (&loopback);
    ck_assert_ptr_null (loopback);
    rap_endpoint_options_t allowed = {.kind = RAP_PULL, .address = "tcp://*:*", .bind = true, .allow_plain = true};
    rap_endpoint_t *open = rap_endpoint_new (&allowed, &reason);
    ck_assert_msg (open != NULL, "%s", reason.text);
    rap_endpoint_destroy (&open);
}
END_TEST

START_TEST (bad_addresses_are_refused)
{
    char deep[256] = "ipc:///";
    memset (deep + 7, 'd', 200);
    ck_assert_ptr_null (open_at (RAP_PULL, deep, true));
    ck_assert_ptr_nonnull (strstr (reason.text, "at most 107 bytes"));
    ck_assert_ptr_null (open_at (RAP_PULL, NULL, true));
    ck_assert_ptr_null (open_at (RAP_PULL, "", true));
    ck_assert_ptr_null (open_at (RAP_PULL, "ipc://", true));
    ck_assert_ptr_null (open_at (RAP_PULL, "udp://127.0.0.1:1", true));
    ck_assert_ptr_null (open_at (RAP_PULL, "ipc:///nonexistent/folder/socket", true));
    ck_assert_ptr_nonnull (strstr (reason.text, "cannot listen"));
}
END_TEST

START_TEST (a_taken_address_is_refused)
{
    rap_endpoint_t *first = open_at (RAP_PULL, address, true);
    ck_assert_ptr_nonnull (first);
    ck_assert_ptr_null (open_at (RAP_PULL, address, true));
    ck_assert_ptr_nonnull (strstr (reason.text, "listening there already"));
    rap_endpoint_destroy (&first);
    first = open_at (RAP_PULL, address, true); //  what a killed process left behind is no obstacle
    ck_assert_msg (first != NULL, "%s", reason.text);
    rap_endpoint_destroy (&first);
}
END_TEST

START_TEST (router_and_dealer_converse)
{
    rap_endpoint_t *router = open_at (RAP_ROUTER, address, true), *dealer = open_at (RAP_DEALER, address, false);
    rap_peer_t peer, stranger = {.bytes = "nobody", .len = 6};
    rap_text_t frame;
    ck_assert_int_eq (rap_endpoint_receive (router, &peer, &frame), RAP_AGAIN);
    ck_assert_int_eq (rap_endpoint_send (dealer, NULL, RAP_TEXT ("hello")), RAP_OK);
    wait_for (router);
    ck_assert_int_eq (rap_endpoint_receive (router, &peer, &frame), RAP_OK);
    ck_assert (rap_text_equal (frame, RAP_TEXT ("hello")));
    ck_assert_int_eq (rap_endpoint_send (router, &stranger, RAP_TEXT ("?")), RAP_REFUSED);
    ck_assert_int_eq (rap_endpoint_send (router, &peer, RAP_TEXT ("welcome")), RAP_OK);
    wait_for (dealer);
    ck_assert_int_eq (rap_endpoint_receive (dealer, NULL, &frame), RAP_OK);
    ck_assert (rap_text_equal (frame, RAP_TEXT ("welcome")));
    rap_endpoint_destroy (&dealer);
    rap_endpoint_destroy (&router);
}
END_TEST

//  A peer that speaks ZMTP well, and then says a frame longer than any may be.
static void shake_hands_and_garble (int peer)
{
    static const unsigned char greeting[64] = {0xff, [8] = 1, 0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    static const unsigned char said[] = "\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER"
                                        "\x02\x7f\xff\xff\xff\xff\xff\xff\xff";
    unsigned char heard[64];
    ck_assert_int_eq (send (peer, greeting, sizeof greeting, 0), sizeof greeting);
    ck_assert_int_eq (recv (peer, heard, sizeof heard, MSG_WAITALL), sizeof heard);
    ck_assert_int_eq (send (peer, said, sizeof said - 1, 0), sizeof said - 1);
}

START_TEST (who_heard_nonsense_calls_again)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    char tcp[64];
    int listener = socket (AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq (bind (listener, (struct sockaddr *)&here, sizeof here), 0);
    ck_assert_int_eq (listen (listener, 4), 0);
    getsockname (listener, (struct sockaddr *)&here, &size);
    snprintf (tcp, sizeof tcp, "tcp://127.0.0.1:%d", ntohs (here.sin_port));
    rap_endpoint_t *dealer = open_at (RAP_DEALER, tcp, false);
    for (int turn = 0; turn < 2; turn++) {
        struct pollfd item = {.fd = listener, .events = POLLIN};
        while (poll (&item, 1, 20) == 0)
            (void)rap_endpoint_mind (dealer, rap_clock_ms ());
        int peer = accept (listener, NULL, NULL);
        shake_hands_and_garble (peer);
        close (peer);
    }
    rap_endpoint_destroy (&dealer);
    close (listener);
}
END_TEST

//  Events of a connection that is about to end must not wait for whom nobody listens to any more: nothing would come
//  or go then, at any socket of the process. Ended by the test's timeout.
START_TEST (who_ends_a_call_holds_up_no_other)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    char tcp[64];
    rap_peer_t peer;
    rap_text_t frame;
    int listener = socket (AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq (bind (listener, (struct sockaddr *)&here, sizeof here), 0);
    ck_assert_int_eq (listen (listener, 4), 0);
    getsockname (listener, (struct sockaddr *)&here, &size);
    snprintf (tcp, sizeof tcp, "tcp://127.0.0.1:%d", ntohs (here.sin_port));
    rap_endpoint_t *router = open_at (RAP_ROUTER, address, true);
    for (int turn = 0; turn < 400; turn++) {
        rap_endpoint_t *dealer = open_at (RAP_DEALER, tcp, false), *other = open_at (RAP_DEALER, address, false);
        int called = accept (listener, NULL, NULL);
        close (called); //  it notices at the moment at which it is ended
        for (volatile int wait = 0; wait < turn * 100; wait++) {
        }
        rap_endpoint_destroy (&dealer);
        ck_assert_int_eq (rap_endpoint_send (other, NULL, RAP_TEXT ("hello")), RAP_OK);
        wait_for (router);
        ck_assert_int_eq (rap_endpoint_receive (router, &peer, &frame), RAP_OK);
        rap_endpoint_destroy (&other);
    }
    rap_endpoint_destroy (&router);
    close (listener);
}
END_TEST

START_TEST (queues_are_bounded)
{
    rap_endpoint_options_t options = {.kind = RAP_PUSH, .address = address, .queue = 8};
    rap_endpoint_t *push = rap_endpoint_new (&options, &reason); //  nobody is there
    int sent = 0;
    while (sent < 1000 && rap_endpoint_send (push, NULL, RAP_TEXT ("x")) == RAP_OK)
        sent++;
    ck_assert_int_eq (sent, 8);
    rap_endpoint_destroy (&push);
}
END_TEST

START_TEST (other_shapes_are_dropped_and_counted)
{
    rap_endpoint_t *router = open_at (RAP_ROUTER, address, true);
    rap_peer_t peer;
    rap_text_t frame;
    void *context = zmq_ctx_new (), *raw = zmq_socket (context, ZMQ_DEALER);
    char name[100];
    memset (name, 'n', sizeof name);
    void *named = zmq_socket (context, ZMQ_DEALER);
    zmq_setsockopt (named, ZMQ_ROUTING_ID, name, sizeof name);
    ck_assert_int_eq (zmq_connect (raw, address), 0);
    ck_assert_int_eq (zmq_connect (named, address), 0);
    zmq_send (named, "overlong name", 13, 0);
    wait_for (router);
    ck_assert_int_eq (rap_endpoint_receive (router, &peer, &frame), RAP_AGAIN);
    ck_assert_uint_eq (rap_endpoint_dropped (router), 1);
    zmq_send (raw, "one", 3, ZMQ_SNDMORE);
    zmq_send (raw, "two", 3, ZMQ_SNDMORE);
    zmq_send (raw, "three", 5, 0);
    zmq_send (raw, "good", 4, 0);
    wait_for (router);
    while (rap_endpoint_receive (router, &peer, &frame) == RAP_AGAIN)
        wait_for (router);
    ck_assert (rap_text_equal (frame, RAP_TEXT ("good")));
    ck_assert_uint_eq (rap_endpoint_dropped (router), 2);
    zmq_close (raw);
    zmq_close (named);
    zmq_ctx_term (context);
    rap_endpoint_destroy (&router);
}
END_TEST

//  A subscriber of its own, as others' programs are: with any number of subscriptions.
START_TEST (what_is_heard_is_told_by_topic)
{
    static const char *const topics[] = {"finding.place", "finding.clause", "document"};
    rap_endpoint_options_t options = {
        .kind = RAP_PUB, .address = address, .bind = true, .topics = topics, .topics_count = 3};
    static const struct {
        const char *subscribe, *unsubscribe;
        uint64_t heard;
    } steps[] = {
        {"document", NULL, 4},  {"finding.c", NULL, 6},     {"documents", NULL, 6}, {"finding", NULL, 7},
        {NULL, "document", 3},  {NULL, "finding", 2},       {"", NULL, 7},          {NULL, "documents", 7},
        {NULL, "finding.c", 7}, {"finding.place", NULL, 7}, {NULL, "", 1},          {NULL, "finding.place", 0}};
    rap_endpoint_t *pub = rap_endpoint_new (&options, NULL);
    void *context = zmq_ctx_new (), *sub = zmq_socket (context, ZMQ_SUB);
    ck_assert_ptr_nonnull (pub);
    ck_assert_uint_eq (rap_endpoint_heard (pub), 0);
    ck_assert_int_eq (zmq_connect (sub, address), 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const char *text = steps[i].subscribe ? steps[i].subscribe : steps[i].unsubscribe;
        int option = steps[i].subscribe ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE;
        ck_assert_int_eq (zmq_setsockopt (sub, option, text, strlen (text)), 0);
        zmq_pollitem_t item = {.socket = rap_endpoint_socket (pub), .events = ZMQ_POLLIN};
        ck_assert_int_eq (zmq_poll (&item, 1, -1), 1);
        ck_assert_uint_eq (rap_endpoint_heard (pub), steps[i].heard);
    }
    zmq_setsockopt (sub, ZMQ_SUBSCRIBE, "document", 8);
    while (rap_endpoint_heard (pub) != 4) {
    }
    zmq_close (sub); //  who goes away is not heard any more
    while (rap_endpoint_heard (pub) != 0) {
    }
    zmq_ctx_term (context);
    rap_endpoint_destroy (&pub);
}
END_TEST

START_TEST (topics_are_published)
{
    rap_endpoint_t *pub = open_at (RAP_PUB, address, true), *sub = open_at (RAP_SUB, address, false);
    rap_text_t frame;
    //  A subscription takes a while to arrive: publish until something does.
    zmq_pollitem_t item = {.socket = rap_endpoint_socket (sub), .events = ZMQ_POLLIN};
    do
        ck_assert_int_eq (rap_endpoint_publish (pub, RAP_TEXT ("document"), RAP_TEXT ("event")), RAP_OK);
    while (zmq_poll (&item, 1, 5) == 0);
    ck_assert_int_eq (rap_endpoint_receive (sub, NULL, &frame), RAP_OK);
    ck_assert (rap_text_equal (frame, RAP_TEXT ("event")));
    rap_endpoint_destroy (&sub);
    rap_endpoint_destroy (&pub);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("endpoint");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, tcp_beyond_loopback_is_refused);
    tcase_add_test (tcase, bad_addresses_are_refused);
    tcase_add_test (tcase, a_taken_address_is_refused);
    tcase_add_test (tcase, router_and_dealer_converse);
    tcase_add_test (tcase, who_heard_nonsense_calls_again);
    tcase_add_test (tcase, who_ends_a_call_holds_up_no_other);
    tcase_add_test (tcase, queues_are_bounded);
    tcase_add_test (tcase, other_shapes_are_dropped_and_counted);
    tcase_add_test (tcase, what_is_heard_is_told_by_topic);
    tcase_add_test (tcase, topics_are_published);
    Suite *suite = suite_create ("endpoint");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
