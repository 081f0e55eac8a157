//  gate: which role passes at which door, and when a session ends.
#include <check.h>
#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/log.h"

static rap_reason_t reason;
static char folder[] = "/tmp/rapporteur-test-XXXXXX";
static char host_folder[64]; //  of who listens; everybody's own is in folder/ROLE

static void begin (void)
{
    ck_assert_ptr_nonnull (mkdtemp (folder));
    rap_log_set_level (RAP_LOG_ERROR);
}

static void end (void)
{
    char command[64];
    snprintf (command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq (system (command), 0);
}

static const char *path_of (const char *tail)
{
    static char path[256];
    snprintf (path, sizeof path, "%s/%s", folder, tail);
    return path;
}

static void make_key (const char *where, const char *name, rap_role_t role)
{
    rap_key_t key;
    ck_assert_int_eq (rap_key_make (&key, name, role, &reason), RAP_OK);
    ck_assert_msg (rap_key_write (&key, path_of (where), &reason) == RAP_OK, "%s", reason.text);
}

static void copy (const char *from, const char *to)
{
    char command[512];
    snprintf (command, sizeof command, "cp %s/%s %s/%s", folder, from, folder, to);
    ck_assert_int_eq (system (command), 0);
}

//  Everybody's keys: all know the two hosts, and the hosts know all.
static void make_keys (void)
{
    make_key ("host", "ingest", RAP_ROLE_INGEST);
    make_key ("host", "sink", RAP_ROLE_SINK);
    for (rap_role_t role = RAP_ROLE_INGEST; role < RAP_ROLES; role++) {
        char from[128];
        const char *name = rap_role_name (role);
        if (role == RAP_ROLE_INGEST || role == RAP_ROLE_SINK) {
            snprintf (from, sizeof from, "mkdir -p %s/%s && cp -a %s/host/. %s/%s/", folder, name, folder, folder,
                      name);
            ck_assert_int_eq (system (from), 0);
            continue;
        }
        make_key (name, name, role);
        snprintf (from, sizeof from, "%s/allowed/%s.public", name, name);
        copy (from, "host/allowed/");
        snprintf (from, sizeof from, "%s/allowed/", name);
        copy ("host/allowed/ingest.public", from);
        copy ("host/allowed/sink.public", from);
    }
    snprintf (host_folder, sizeof host_folder, "%s/host", folder);
}

static rap_gate_t *gate_of (const char *where, rap_role_t role)
{
    rap_gate_t *gate = rap_gate_new (path_of (where), NULL, role, &reason);
    ck_assert_msg (gate != NULL, "%s", reason.text);
    return gate;
}

static const rap_endpoint_kind_t host_kinds[RAP_DOORS] = {0,          RAP_ROUTER, RAP_PULL,  RAP_ROUTER,
                                                          RAP_ROUTER, RAP_PUB,    RAP_ROUTER};
static const rap_endpoint_kind_t guest_kinds[RAP_DOORS] = {0,          RAP_DEALER, RAP_PUSH,  RAP_DEALER,
                                                           RAP_DEALER, RAP_SUB,    RAP_DEALER};

static rap_endpoint_t *open_door (rap_gate_t *gate, rap_door_t door, const char *address)
{
    rap_endpoint_options_t options = {
        .kind = host_kinds[door], .address = address, .bind = true, .gate = gate, .door = door};
    return rap_endpoint_new (&options, &reason);
}

static char *address_of (rap_endpoint_t *endpoint)
{
    static char address[128];
    size_t size = sizeof address;
    ck_assert_int_eq (zmq_getsockopt (rap_endpoint_socket (endpoint), ZMQ_LAST_ENDPOINT, address, &size), 0);
    return address;
}

static rap_endpoint_t *call_at (rap_gate_t *gate, rap_door_t door, const char *address)
{
    rap_endpoint_options_t options = {.kind = guest_kinds[door], .address = address, .gate = gate, .door = door};
    rap_endpoint_t *guest = rap_endpoint_new (&options, &reason);
    ck_assert_msg (guest != NULL, "%s", reason.text);
    return guest;
}

//  Whether a word comes through from guest to host (or, on the feed, the other way).
static bool passes (rap_endpoint_t *host, rap_endpoint_t *guest, rap_door_t door)
{
    rap_reason_t why;
    rap_peer_t peer;
    rap_text_t frame;
    rap_endpoint_t *hears = door == RAP_DOOR_FEED ? guest : host;
    bool sent = door == RAP_DOOR_FEED;
    for (;;) {     //  ended by the test's timeout
        if (!sent) //  again, where the door has shut before the word was on its way
            sent = rap_endpoint_send (guest, NULL, RAP_TEXT ("word")) == RAP_OK;
        if (door == RAP_DOOR_FEED)
            (void)rap_endpoint_publish (host, RAP_TEXT ("document"), RAP_TEXT ("word"));
        zmq_pollitem_t item = {.socket = rap_endpoint_socket (hears), .events = ZMQ_POLLIN};
        zmq_poll (&item, 1, 10);
        bool routes = door != RAP_DOOR_FEED && host_kinds[door] == RAP_ROUTER;
        if (rap_endpoint_receive (hears, routes ? &peer : NULL, &frame) == RAP_OK)
            return rap_text_equal (frame, RAP_TEXT ("word"));
        if (rap_endpoint_refused (guest, &why))
            return false;
    }
}

START_TEST (each_role_passes_at_its_doors_alone)
{
    make_keys ();
    rap_door_t door = (rap_door_t)_i;
    rap_gate_t *host = gate_of ("host", rap_door_host (door));
    rap_endpoint_t *endpoint = open_door (host, door, "tcp://127.0.0.1:*");
    ck_assert_msg (endpoint != NULL, "%s", reason.text);
    for (rap_role_t role = RAP_ROLE_INGEST; role < RAP_ROLES; role++) {
        rap_gate_t *gate = gate_of (rap_role_name (role), role);
        rap_endpoint_t *guest = call_at (gate, door, address_of (endpoint));
        bool passed = passes (endpoint, guest, door);
        ck_assert_msg (passed == (role == rap_door_guest (door)), "%s at %s: %s", rap_role_name (role),
                       rap_door_name (door), passed ? "passes" : "is refused");
        rap_endpoint_destroy (&guest);
        rap_gate_destroy (&gate);
    }
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&host);
}
END_TEST

START_TEST (without_a_key_nobody_passes)
{
    make_keys ();
    rap_gate_t *host = gate_of ("host", RAP_ROLE_INGEST);
    rap_endpoint_t *endpoint = open_door (host, RAP_DOOR_WORK, "tcp://127.0.0.1:*");
    rap_endpoint_t *guest = call_at (NULL, RAP_DOOR_WORK, address_of (endpoint));
    ck_assert (!passes (endpoint, guest, RAP_DOOR_WORK));
    rap_endpoint_refused (guest, &reason);
    ck_assert_ptr_nonnull (strstr (reason.text, "--keys DIR"));
    rap_endpoint_destroy (&guest);
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&host);
}
END_TEST

START_TEST (who_calls_knows_whom_he_calls)
{
    make_keys ();
    rap_gate_t *host = gate_of ("host", RAP_ROLE_SINK), *worker = gate_of ("worker", RAP_ROLE_WORKER);
    rap_endpoint_t *endpoint = open_door (host, RAP_DOOR_RESULTS, "tcp://127.0.0.1:*");
    //  it would speak to ingest, which another listens in place of
    rap_endpoint_t *guest = call_at (worker, RAP_DOOR_WORK, address_of (endpoint));
    while (!rap_endpoint_refused (guest, &reason))
        usleep (1000);
    ck_assert_msg (strstr (reason.text, "still its key") != NULL, "%s", reason.text);
    rap_endpoint_destroy (&guest);
    unlink (path_of ("worker/allowed/ingest.public"));
    rap_gate_destroy (&worker);
    worker = gate_of ("worker", RAP_ROLE_WORKER);
    rap_endpoint_options_t options = {
        .kind = RAP_DEALER, .address = "tcp://127.0.0.1:1", .gate = worker, .door = RAP_DOOR_WORK};
    ck_assert_ptr_null (rap_endpoint_new (&options, &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "ingest.public"));
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&worker);
    rap_gate_destroy (&host);
}
END_TEST

//  Looks after both, as loops do, until the guest is refused (or not any more).
static void mind_until (rap_endpoint_t *host, rap_endpoint_t *guest, bool refused)
{
    rap_reason_t why;
    rap_peer_t peer;
    rap_text_t frame;
    for (;;) {
        rap_endpoint_mind (host, rap_clock_ms ());
        rap_endpoint_mind (guest, rap_clock_ms ());
        (void)rap_endpoint_send (guest, NULL, RAP_TEXT ("again"));
        bool heard = rap_endpoint_receive (host, &peer, &frame) == RAP_OK;
        if (refused ? rap_endpoint_refused (guest, &why) : heard && !rap_endpoint_refused (guest, &why))
            return;
        usleep (5000);
    }
}

START_TEST (a_live_session_ends_when_its_key_is_gone)
{
    make_keys ();
    make_key ("second", "second", RAP_ROLE_WORKER);
    copy ("second/allowed/second.public", "host/allowed/");
    copy ("host/allowed/ingest.public", "second/allowed/");
    rap_gate_t *host = gate_of ("host", RAP_ROLE_INGEST), *one = gate_of ("worker", RAP_ROLE_WORKER),
               *two = gate_of ("second", RAP_ROLE_WORKER);
    rap_endpoint_t *endpoint = open_door (host, RAP_DOOR_WORK, "tcp://127.0.0.1:*");
    rap_endpoint_t *first = call_at (one, RAP_DOOR_WORK, address_of (endpoint)),
                   *second = call_at (two, RAP_DOOR_WORK, address_of (endpoint));
    ck_assert (passes (endpoint, first, RAP_DOOR_WORK));
    ck_assert (passes (endpoint, second, RAP_DOOR_WORK));
    ck_assert_int_eq (unlink (path_of ("host/allowed/worker.public")), 0);
    mind_until (endpoint, first, true);
    mind_until (endpoint, second, false); //  the other comes back by itself
    copy ("worker/allowed/worker.public", "host/allowed/");
    mind_until (endpoint, first, false); //  and so does the first, once it may
    rap_endpoint_destroy (&first);
    rap_endpoint_destroy (&second);
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&one);
    rap_gate_destroy (&two);
    rap_gate_destroy (&host);
}
END_TEST

START_TEST (a_host_may_change_its_key)
{
    make_keys ();
    rap_gate_t *host = gate_of ("host", RAP_ROLE_INGEST), *gate = gate_of ("worker", RAP_ROLE_WORKER);
    rap_endpoint_t *endpoint = open_door (host, RAP_DOOR_WORK, "tcp://127.0.0.1:*");
    rap_endpoint_t *guest = call_at (gate, RAP_DOOR_WORK, address_of (endpoint));
    ck_assert (passes (endpoint, guest, RAP_DOOR_WORK));
    make_key ("fresh", "ingest", RAP_ROLE_INGEST);
    copy ("fresh/ingest.secret", "host/ingest.secret");
    mind_until (endpoint, guest, true);
    copy ("fresh/allowed/ingest.public", "worker/allowed/ingest.public");
    mind_until (endpoint, guest, false);
    rap_endpoint_destroy (&guest);
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&gate);
    rap_gate_destroy (&host);
}
END_TEST

START_TEST (ipc_beside_tcp_needs_no_key)
{
    char addresses[128], ipc[96];
    make_keys ();
    snprintf (ipc, sizeof ipc, "ipc://%s/a,b", folder);
    snprintf (addresses, sizeof addresses, "tcp://127.0.0.1:*,%s", ipc);
    rap_gate_t *host = gate_of ("host", RAP_ROLE_INGEST), *gate = gate_of ("worker", RAP_ROLE_WORKER);
    rap_endpoint_t *endpoint = open_door (host, RAP_DOOR_WORK, addresses);
    ck_assert_msg (endpoint != NULL, "%s", reason.text);
    rap_endpoint_t *near = call_at (NULL, RAP_DOOR_WORK, ipc),
                   *far = call_at (gate, RAP_DOOR_WORK, address_of (endpoint)),
                   *plain = call_at (NULL, RAP_DOOR_WORK, address_of (endpoint));
    ck_assert (passes (endpoint, near, RAP_DOOR_WORK));
    ck_assert (passes (endpoint, far, RAP_DOOR_WORK));
    ck_assert (!passes (endpoint, plain, RAP_DOOR_WORK));
    unlink (path_of ("host/allowed/worker.public")); //  both are opened anew
    mind_until (endpoint, far, true);
    mind_until (endpoint, near, false);
    rap_endpoint_destroy (&near);
    rap_endpoint_destroy (&far);
    rap_endpoint_destroy (&plain);
    rap_endpoint_destroy (&endpoint);
    rap_gate_destroy (&gate);
    rap_gate_destroy (&host);
}
END_TEST

//  Another handler of ZAP in the process, which lets everyone in: ours cannot be there.
START_TEST (no_door_opens_where_another_judges)
{
    make_keys ();
    rap_endpoint_t *keeps = call_at (NULL, RAP_DOOR_WORK, "tcp://127.0.0.1:1"); //  the context
    zsock_t *other = zsock_new (ZMQ_REP);
    ck_assert_int_eq (zsock_bind (other, "inproc://zeromq.zap.01"), 0);
    rap_gate_t *host = gate_of ("host", RAP_ROLE_INGEST);
    ck_assert_ptr_null (open_door (host, RAP_DOOR_WORK, "tcp://127.0.0.1:*"));
    ck_assert_ptr_nonnull (strstr (reason.text, "look at keys"));
    zsock_destroy (&other);
    rap_endpoint_destroy (&keeps);
    rap_gate_destroy (&host);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("gate");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 60);
    tcase_add_loop_test (tcase, each_role_passes_at_its_doors_alone, RAP_DOOR_WORK, RAP_DOORS);
    tcase_add_test (tcase, without_a_key_nobody_passes);
    tcase_add_test (tcase, who_calls_knows_whom_he_calls);
    tcase_add_test (tcase, a_live_session_ends_when_its_key_is_gone);
    tcase_add_test (tcase, a_host_may_change_its_key);
    tcase_add_test (tcase, ipc_beside_tcp_needs_no_key);
    tcase_add_test (tcase, no_door_opens_where_another_judges);
    Suite *suite = suite_create ("gate");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
