//  top: what reports and pages say, rates and percentiles between two samples, pictures.
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"
#include "top_frame.h"
#include "top_sample.h"

static const char report[] =
    "{\"ingest\": \"x\", \"epoch\": 3, \"pipeline\": \"p\", \"idle\": false, \"draining\": false, \"failing\": false,"
    " \"documents\": {\"taken\": 2, \"split\": 3, \"complete\": 9, \"quarantined\": 1, \"dropped\": 0},"
    " \"chunks\": {\"open\": 60, \"in_flight\": 32, \"stored\": 540, \"quarantined\": 4, \"dropped\": 0},"
    " \"batches\": {\"open\": 4, \"loaded\": 4, \"waiting\": 0, \"in_flight\": 2, \"sent\": 40}, \"uploads\": 0,"
    " \"sink\": {\"alive\": true, \"heard_ms\": 250}, \"deaths\": 7, \"late\": 0, \"workers_count\": 2,"
    " \"health\": {\"healthy\": true, \"ready\": true, \"why\": \"ok\"},"
    " \"oldest\": {\"document_id\": \"ab\", \"age_ms\": 12000},"
    " \"metrics\": {\"ingest_documents_taken_total\": 14, \"ingest_taken_bytes_total\": 5000,"
    " \"ingest_documents_settled_total\": 10, \"ingest_chunks_receipted_total\": 540,"
    " \"ingest_backlog_bytes\": 2097152, \"ingest_document_seconds\": {\"le\": [0.01, 0.1, 1],"
    " \"counts\": [0, 10, 0, 0], \"sum\": 0.5}},"
    " \"workers\": [{\"id\": \"b\\u001b[31m\\n\", \"heard_ms\": 120, \"blocked\": false, \"held\": 2,"
    " \"credit_batches\": 4, \"chunks\": 300, \"rate\": 51.2, \"document\": \"0123456789abcdef\", \"first\": 64,"
    " \"count\": 64, \"held_ms\": 900},"
    " {\"id\": \"a\", \"heard_ms\": 3000, \"blocked\": true, \"held\": 0, \"rate\": 70.5}]}";

static rap_top_sample_t sample;
static rap_top_history_t history;

static void setup (void)
{
    memset (&sample, 0, sizeof sample);
    history.count = 0;
    ck_assert (rap_top_sample_report (&sample, report, 1000));
}

static void teardown (void)
{
    rap_top_sample_clear (&sample);
}

START_TEST (a_report_is_read)
{
    ck_assert_int_eq (sample.epoch, 3);
    ck_assert_int_eq (sample.documents_split, 3);
    ck_assert_int_eq (sample.oldest_ms, 12000);
    ck_assert_int_eq (sample.backlog_bytes, 2097152);
    ck_assert_uint_eq (sample.workers_count, 2);
    ck_assert_str_eq (sample.workers[0].document, "0123456789abcdef");
    ck_assert (sample.workers[1].blocked);
    ck_assert_double_eq (sample.counts.taken_bytes, 5000);
    ck_assert_double_eq (sample.counts.findings, -1);
}
END_TEST

START_TEST (a_report_of_another_kind_is_refused)
{
    static const char *const bad[] = {"", "{", "nonsense", "{\"epoch\": "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert (!rap_top_sample_report (&sample, bad[i], 1));
    ck_assert (rap_top_sample_report (&sample, "{}", 1)); //  of an earlier version, say
    ck_assert_int_eq (sample.oldest_ms, -1);
    ck_assert_str_eq (sample.why, "");
}
END_TEST

START_TEST (a_page_is_read)
{
    rap_top_sample_page (&sample, "# HELP rapporteur_sink_findings_total x\n"
                                  "rapporteur_sink_findings_total{kind=\"clause\"} 10\n"
                                  "rapporteur_sink_findings_total{kind=\"place\"} 32\n"
                                  "rapporteur_sink_commit_seconds_bucket{le=\"0.001\"} 3\n"
                                  "rapporteur_sink_commit_seconds_bucket{le=\"0.01\"} 7\n"
                                  "rapporteur_disk_free_bytes 1024\n");
    ck_assert_double_eq (sample.counts.findings, 42);
    ck_assert_double_eq (sample.counts.store.counts[0], 3);
    ck_assert_double_eq (sample.counts.store.counts[1], 4);
    ck_assert_double_eq (sample.disk_free, 1024);
}
END_TEST

START_TEST (rates_are_of_the_time_between)
{
    rap_top_counts_t then = sample.counts, now = sample.counts;
    now.at_ms = then.at_ms + 2000;
    now.settled = then.settled + 10;
    now.receipted = then.receipted + 300;
    rap_top_rates_t rates = rap_top_rates (&then, &now);
    ck_assert_double_eq (rates.settled, 5);
    ck_assert_double_eq (rates.chunks, 150);
    ck_assert_double_eq (rates.bytes, 0);
    ck_assert_double_eq (rates.findings, -1);
    now.epoch++; //  it began anew: nothing is known
    ck_assert_double_eq (rap_top_rates (&then, &now).chunks, -1);
    ck_assert_double_eq (rap_top_rates (NULL, &now).chunks, -1);
    now.epoch = then.epoch;
    now.at_ms = then.at_ms;
    ck_assert_double_eq (rap_top_rates (&then, &now).chunks, -1);
}
END_TEST

START_TEST (percentiles_are_prometheus_own)
{
    rap_top_histogram_t then = {.le = {1, 2, 4}, .counts = {5, 0, 0, 0}},
                        now = {.le = {1, 2, 4}, .counts = {5, 10, 10, 0}};
    for (int i = 3; i < RAP_BUCKETS_MAX; i++)
        then.le[i] = now.le[i] = 4 + i;
    ck_assert_double_eq_tol (rap_top_percentile (&then, &now, 0.5), 2, 1e-9);
    ck_assert_double_eq_tol (rap_top_percentile (&then, &now, 0.25), 1.5, 1e-9);
    ck_assert_double_eq_tol (rap_top_percentile (&then, &now, 0.99), 3.96, 1e-9);
    ck_assert_double_eq (rap_top_percentile (&now, &now, 0.5), -1);
    now.counts[RAP_BUCKETS_MAX] = 1000;
    ck_assert (isinf (rap_top_percentile (&then, &now, 0.99)));
    rap_top_histogram_t unknown = {.le = {0}};
    ck_assert_double_eq (rap_top_percentile (NULL, &unknown, 0.5), -1);
}
END_TEST

START_TEST (history_reaches_back_a_minute)
{
    rap_top_counts_t counts = {.epoch = 1};
    ck_assert (!rap_top_history_before (&history, 5000));
    for (int i = 0; i < 2000; i++) { //  asked four times a second
        counts.at_ms = 1000 + 250 * i;
        rap_top_history_add (&history, &counts);
        ck_assert_uint_le (history.count, RAP_TOP_HISTORY);
    }
    int64_t oldest_ms = counts.at_ms - rap_top_history_before (&history, 60000)->at_ms;
    ck_assert_int_ge (oldest_ms, 58000);
    ck_assert_int_le (oldest_ms, 62000);
    int64_t near_ms = counts.at_ms - rap_top_history_before (&history, 5000)->at_ms;
    ck_assert_int_ge (near_ms, 5000);
    ck_assert_int_le (near_ms, 7000);
    counts.epoch = 2;
    rap_top_history_add (&history, &counts);
    ck_assert (!rap_top_history_before (&history, 5000));
}
END_TEST

START_TEST (workers_are_ordered)
{
    rap_top_sort (&sample, RAP_TOP_BY_RATE);
    ck_assert_str_eq (sample.workers[0].id, "a");
    rap_top_sort (&sample, RAP_TOP_BY_HELD);
    ck_assert_str_ne (sample.workers[0].id, "a");
    rap_top_sort (&sample, RAP_TOP_BY_NAME);
    ck_assert_str_eq (sample.workers[0].id, "a");
}
END_TEST

static rap_top_view_t view (void)
{
    return (rap_top_view_t){.sample = &sample, .history = &history, .place = "/srv\x1b[31m", .clock = "10:11:12"};
}

static bool has (const rap_top_frame_t *frame, const char *what)
{
    for (uint32_t i = 0; i < frame->count; i++)
        if (strstr (frame->lines[i].text, what))
            return true;
    return false;
}

START_TEST (pictures_fit_at_any_size)
{
    rap_top_view_t seen = view ();
    for (uint32_t width = 1; width < 140; width += 1 + width / 10)
        for (uint32_t height = 1; height < 32; height++) {
            seen.help = (width + height) % 7 == 0;
            seen.silence = (width + height) % 5 == 0 ? "no answer" : NULL;
            rap_top_frame_t frame = rap_top_frame_make (&seen, width, height);
            ck_assert_uint_ge (frame.count, 1);
            ck_assert_msg (frame.count <= height, "%u lines of %u", frame.count, height);
            for (uint32_t i = 0; i < frame.count; i++) {
                rap_text_t line = rap_text (frame.lines[i].text);
                ck_assert_uint_eq (rap_utf8_invalid_at (line), line.len);
                ck_assert_uint_le (rap_utf8_count (line), width);
                for (size_t c = 0; c < line.len; c++)
                    ck_assert_int_ge ((unsigned char)line.at[c], ' ');
            }
            rap_top_frame_clear (&frame);
        }
}
END_TEST

START_TEST (a_picture_says_what_is)
{
    rap_top_view_t seen = view ();
    rap_top_frame_t frame = rap_top_frame_make (&seen, 100, 24);
    ck_assert (has (&frame, "workers   2 alive: 1 at work, 1 wait for the sink; leases lost 7"));
    ck_assert (has (&frame, "backlog   5 documents (2 to be read), 60 chunks, 2.0 MiB; the oldest waits 12.0 s"));
    ck_assert (has (&frame, "quarantined 1 documents, 4 chunks"));
    ck_assert (has (&frame, "taken to stored p50 55.0 ms, p99 99.1 ms"));
    ck_assert (has (&frame, "0123456789 64-127"));
    ck_assert_uint_eq (frame.workers, 2);
    rap_top_frame_clear (&frame);
}
END_TEST

START_TEST (alarms_are_seen_first)
{
    rap_top_view_t seen = view ();
    seen.silence = "no answer from ingest";
    seen.silent_ms = 4000;
    rap_top_frame_t frame = rap_top_frame_make (&seen, 80, 6);
    ck_assert (has (&frame, "GONE for 4.0 s: no answer from ingest"));
    rap_top_frame_clear (&frame);
    seen.silence = NULL;
    sample.sink_alive = 0;
    sample.workers_known = sample.workers_count = 0;
    frame = rap_top_frame_make (&seen, 80, 24);
    ck_assert (has (&frame, "sink      GONE, heard of 250.0 ms ago"));
    ck_assert (has (&frame, "workers   NONE"));
    rap_top_frame_clear (&frame);
    snprintf (sample.why, sizeof sample.why, "stuck: no progress for 61 s");
    sample.ready = 0;
    frame = rap_top_frame_make (&seen, 80, 24);
    ck_assert (has (&frame, "NOT WELL: stuck: no progress for 61 s"));
    rap_top_frame_clear (&frame);
}
END_TEST

START_TEST (nothing_is_known_yet)
{
    rap_top_view_t seen = {.history = &history, .place = "x", .clock = ""};
    rap_top_frame_t frame = rap_top_frame_make (&seen, 80, 24);
    ck_assert (has (&frame, "ingest    is asked"));
    rap_top_frame_clear (&frame);
    seen.silence = "the service is not running";
    frame = rap_top_frame_make (&seen, 80, 0);
    ck_assert (has (&frame, "the service is not running"));
    rap_top_frame_clear (&frame);
}
END_TEST

START_TEST (long_lists_are_seen_in_part)
{
    rap_top_view_t seen = view ();
    free (sample.workers);
    sample.workers = calloc (100, sizeof *sample.workers);
    sample.workers_count = 100;
    for (int i = 0; i < 100; i++)
        snprintf (sample.workers[i].id, sizeof sample.workers[i].id, "worker-%03d", i);
    seen.from = 40;
    rap_top_frame_t frame = rap_top_frame_make (&seen, 80, 24);
    ck_assert (has (&frame, "worker-040"));
    ck_assert (!has (&frame, "worker-039"));
    ck_assert_uint_lt (frame.workers, 24);
    ck_assert (has (&frame, "  41-"));
    rap_top_frame_clear (&frame);
    frame = rap_top_frame_make (&seen, 80, 0);
    ck_assert (has (&frame, "worker-099"));
    rap_top_frame_clear (&frame);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("top");
    TCase *test = tcase_create ("top");
    tcase_add_checked_fixture (test, setup, teardown);
    tcase_add_test (test, a_report_is_read);
    tcase_add_test (test, a_report_of_another_kind_is_refused);
    tcase_add_test (test, a_page_is_read);
    tcase_add_test (test, rates_are_of_the_time_between);
    tcase_add_test (test, percentiles_are_prometheus_own);
    tcase_add_test (test, history_reaches_back_a_minute);
    tcase_add_test (test, workers_are_ordered);
    tcase_add_test (test, pictures_fit_at_any_size);
    tcase_add_test (test, a_picture_says_what_is);
    tcase_add_test (test, alarms_are_seen_first);
    tcase_add_test (test, nothing_is_known_yet);
    tcase_add_test (test, long_lists_are_seen_in_part);
    suite_add_tcase (suite, test);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
