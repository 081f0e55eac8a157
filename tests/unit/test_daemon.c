//  How a daemon tells that it is ready.
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rapporteur/daemon.h"

START_TEST (test_word_and_end_on_the_descriptor)
{
    char word[16] = "";
    int ends[2];
    ck_assert_int_eq (pipe (ends), 0);
    unsetenv ("NOTIFY_SOCKET");
    rap_daemon_options_t common = RAP_DAEMON_DEFAULTS;
    common.ready_fd = ends[1];
    rap_daemon_ready (&common);
    ck_assert_int_eq (read (ends[0], word, sizeof word - 1), 6);
    ck_assert_str_eq (word, "READY\n");
    ck_assert_int_eq (read (ends[0], word, sizeof word - 1), 0); //  closed
    close (ends[0]);
}
END_TEST

START_TEST (test_systemd_is_told_once_and_only_by_us)
{
#ifdef RAP_SYSTEMD
    char told[64] = "";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf (name.sun_path, sizeof name.sun_path, "/tmp/test_daemon.%d", (int)getpid ());
    int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq (bind (fd, (struct sockaddr *)&name, sizeof name), 0);
    setenv ("NOTIFY_SOCKET", name.sun_path, 1);
    rap_daemon_options_t common = RAP_DAEMON_DEFAULTS;
    rap_daemon_ready (&common);
    ck_assert_int_eq (read (fd, told, sizeof told - 1), (int)strlen ("READY=1"));
    ck_assert_str_eq (told, "READY=1");
    ck_assert_ptr_nonnull (getenv ("NOTIFY_SOCKET")); //  there is more to tell: watch.h
    close (fd);
    unlink (name.sun_path);
#endif
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("daemon");
    TCase *ready = tcase_create ("ready");
    tcase_add_test (ready, test_word_and_end_on_the_descriptor);
    tcase_add_test (ready, test_systemd_is_told_once_and_only_by_us);
    suite_add_tcase (suite, ready);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
