//  matcher: hits, boundaries, order, bounds, and a cache that is not believed.

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "matcher.h"

static rap_reason_t reason;

//  Scans `text` and writes the hits of `group` as "start-end=value " words.
static void scan (const rap_matcher_t *matcher, rap_group_t group, const char *text, char *into, size_t room)
{
    rap_scan_t *self = rap_scan_new (matcher);
    ck_assert_int_eq (rap_scan_run (self, rap_text (text), &reason), RAP_OK);
    uint32_t count;
    const rap_hit_t *hits = rap_scan_hits (self, group, &count);
    into[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_uint_eq (hits[i].group, group);
        size_t at = strlen (into);
        snprintf (into + at, room - at, "%u-%u=%u ", hits[i].start, hits[i].end, hits[i].value);
    }
    rap_scan_destroy (&self);
}

static void expect (const rap_matcher_t *matcher, rap_group_t group, const char *text, const char *hits)
{
    char found[4096];
    scan (matcher, group, text, found, sizeof found);
    ck_assert_msg (strcmp (found, hits) == 0, "'%s': '%s' instead of '%s'", text, found, hits);
}

static rap_matcher_t *one_phrase (const char *phrase, uint32_t flags)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_matcher_add (builder, RAP_GROUP_PLACE, 7, rap_text (phrase), flags);
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    ck_assert_msg (matcher != NULL, "%s", reason.text);
    return matcher;
}

static void expect_one (const char *phrase, uint32_t flags, const char *text, const char *hits)
{
    rap_matcher_t *matcher = one_phrase (phrase, flags);
    expect (matcher, RAP_GROUP_PLACE, text, hits);
    rap_matcher_destroy (&matcher);
}

START_TEST (honours_flags)
{
    expect_one ("Mali", 0, "Mali, Somalia, mali; Mali", "0-4=7 21-25=7 ");
    expect_one ("Mali", RAP_PHRASE_CASELESS, "Mali, Somalia, mali", "0-4=7 15-19=7 ");
    expect_one ("Mali", RAP_PHRASE_CASELESS | RAP_PHRASE_PART, "Somalia", "2-6=7 ");
    expect_one ("prosecut", RAP_PHRASE_STEM, "prosecutors unprosecuted prosecute", "0-8=7 25-33=7 ");
    expect_one ("take note", 0, "take\nnote take  note", "0-9=7 ");
    expect_one ("take\nnote", 0, "take note", "0-9=7 ");
}
END_TEST

START_TEST (knows_word_boundaries)
{
    expect_one ("US$", 0, "US$5 and AUS$6", "0-3=7 ");          //  '$' needs none after it
    expect_one ("km", 0, "5km 5 km km2 km.", "6-8=7 13-15=7 "); //  digits are word characters
    expect_one ("km", RAP_PHRASE_PART, "5km", "1-3=7 ");
    expect_one ("Cte", 0,
                "\xC3\xB4"
                "Cte Cte"
                "\xC3\xB4 (Cte)",
                "13-16=7 ");                                                              //  letters beyond ASCII
    expect_one ("C\xC3\xB4te", 0, "La C\xC3\xB4te\xE2\x80\x99s", "3-8=7 ");               //  a quotation mark is none
    expect_one ("\xC3\x89tat", RAP_PHRASE_CASELESS, "\xC3\x89TAT \xC3\xA9tat", "0-5=7 "); //  ASCII case only
}
END_TEST

START_TEST (sorts_by_start_longer_first)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_matcher_add (builder, RAP_GROUP_ACTOR, 9, RAP_TEXT ("States"), 0);
    rap_matcher_add (builder, RAP_GROUP_ACTOR, 1, RAP_TEXT ("Member States"), 0);
    rap_matcher_add (builder, RAP_GROUP_ACTOR, 2, RAP_TEXT ("Member"), 0);
    rap_matcher_add (builder, RAP_GROUP_ACTOR, 4, RAP_TEXT ("member states"), RAP_PHRASE_CASELESS);
    rap_matcher_add (builder, RAP_GROUP_ACTOR, 1, RAP_TEXT ("Member States"), 0); //  entered twice
    rap_matcher_add (builder, RAP_GROUP_THEME, 5, RAP_TEXT ("Member States"), 0);
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    expect (matcher, RAP_GROUP_ACTOR, "Member States", "0-13=1 0-13=4 0-6=2 7-13=9 ");
    expect (matcher, RAP_GROUP_THEME, "the Member States", "4-17=5 ");
    expect (matcher, RAP_GROUP_DATE, "Member States", "");
    expect (matcher, RAP_GROUP_ACTOR, "", "");
    expect (matcher, RAP_GROUP_ACTOR, "MEMBER STATES", "0-13=4 ");
    rap_matcher_destroy (&matcher);
}
END_TEST

//  Nested phrases whose ends come in the worst order for insertion.
START_TEST (sorts_what_comes_unsorted)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    char phrase[201];
    memset (phrase, 'x', sizeof phrase);
    for (uint32_t len = 1; len <= 200; len++)
        rap_matcher_add (builder, RAP_GROUP_PLACE, len, rap_text_of (phrase, len), RAP_PHRASE_PART);
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    rap_scan_t *self = rap_scan_new (matcher);
    char text[1000];
    memset (text, 'x', sizeof text);
    ck_assert_int_eq (rap_scan_run (self, rap_text_of (text, sizeof text), &reason), RAP_OK);
    uint32_t count;
    const rap_hit_t *hits = rap_scan_hits (self, RAP_GROUP_PLACE, &count);
    ck_assert_uint_eq (count, 200 * 1000 - 199 * 200 / 2);
    for (uint32_t i = 1; i < count; i++) {
        bool after = hits[i - 1].start < hits[i].start
                     || (hits[i - 1].start == hits[i].start && hits[i - 1].end > hits[i].end);
        ck_assert (after);
        ck_assert_uint_eq (hits[i].end - hits[i].start, hits[i].value);
    }
    rap_scan_destroy (&self);
    rap_matcher_destroy (&matcher);
}
END_TEST

START_TEST (bounds_hits_and_text)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    for (uint32_t value = 0; value < 8; value++)
        rap_matcher_add (builder, RAP_GROUP_PLACE, value, RAP_TEXT ("x"), RAP_PHRASE_PART);
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    rap_scan_t *self = rap_scan_new (matcher);
    enum { LONG = 2 * 1024 * 1024 };
    char *text = malloc (LONG);
    memset (text, 'x', LONG);
    ck_assert_int_eq (rap_scan_run (self, rap_text_of (text, 64 * 1024), &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "hits"));
    uint32_t count;
    rap_scan_hits (self, RAP_GROUP_PLACE, &count);
    ck_assert_uint_eq (count, 0);
    ck_assert_int_eq (rap_scan_run (self, rap_text_of (text, LONG), &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_scan_run (self, RAP_TEXT ("x"), &reason), RAP_OK); //  and goes on
    rap_scan_hits (self, RAP_GROUP_PLACE, &count);
    ck_assert_uint_eq (count, 8);
    free (text);
    rap_scan_destroy (&self);
    rap_matcher_destroy (&matcher);
}
END_TEST

static void expect_refusal (rap_text_t phrase)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_matcher_add (builder, RAP_GROUP_PLACE, 0, phrase, 0);
    reason.text[0] = 0;
    ck_assert_ptr_null (rap_matcher_new (builder, NULL, "key", &reason));
    ck_assert_uint_gt (strlen (reason.text), 0);
    rap_matcher_builder_destroy (&builder);
}

START_TEST (refuses_bad_phrases)
{
    char longer[1025];
    memset (longer, 'x', sizeof longer);
    expect_refusal (RAP_TEXT (""));
    expect_refusal (RAP_TEXT ("a\xFF"));
    expect_refusal (rap_text_of (longer, sizeof longer));
}
END_TEST

START_TEST (works_without_phrases)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    ck_assert_ptr_nonnull (matcher);
    expect (matcher, RAP_GROUP_PLACE, "text", "");
    rap_matcher_destroy (&matcher);
}
END_TEST

//  --- cache ------------------------------------------------------------------

static char folder[] = "/tmp/rap-test-matcher-XXXXXX";
static char cache[sizeof folder + 6];

static void begin (void)
{
    strcpy (folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (cache, sizeof cache, "%s/cache", folder);
}

//  The only file of the cache; *count says how many there are.
static void find_file (char *path, size_t room, int *count)
{
    DIR *stream = opendir (cache);
    *count = 0;
    path[0] = 0;
    for (struct dirent *entry = stream ? readdir (stream) : NULL; entry; entry = readdir (stream))
        if (entry->d_name[0] != '.') {
            snprintf (path, room, "%s/%s", cache, entry->d_name);
            ++*count;
        }
    if (stream)
        closedir (stream);
}

static void end (void)
{
    char path[512];
    int count;
    for (find_file (path, sizeof path, &count); count; find_file (path, sizeof path, &count))
        unlink (path);
    rmdir (cache);
    rmdir (folder);
}

static void build_and_try (const char *phrase)
{
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_matcher_add (builder, RAP_GROUP_PLACE, 3, rap_text (phrase), 0);
    rap_matcher_t *matcher = rap_matcher_new (builder, cache, "key", &reason);
    rap_matcher_builder_destroy (&builder);
    ck_assert_msg (matcher != NULL, "%s", reason.text);
    char hits[64];
    snprintf (hits, sizeof hits, "0-%zu=3 ", strlen (phrase));
    expect (matcher, RAP_GROUP_PLACE, phrase, hits);
    rap_matcher_destroy (&matcher);
}

static struct stat status_of (const char *path)
{
    struct stat status;
    ck_assert_int_eq (stat (path, &status), 0);
    return status;
}

START_TEST (cache_is_kept_and_private)
{
    char path[512], again[512];
    int count;
    build_and_try ("Vienna");
    ck_assert_uint_eq (status_of (cache).st_mode & 0777, 0700);
    find_file (path, sizeof path, &count);
    ck_assert_int_eq (count, 1);
    ck_assert_uint_eq (status_of (path).st_mode & 0077, 0);
    ino_t inode = status_of (path).st_ino;
    build_and_try ("Vienna");
    find_file (again, sizeof again, &count);
    ck_assert_int_eq (count, 1);
    ck_assert_uint_eq (status_of (again).st_ino, inode); //  was not written anew
    build_and_try ("Nairobi");                           //  same key, other phrases
    find_file (again, sizeof again, &count);
    ck_assert_int_eq (count, 2);
}
END_TEST

static void damage (const char *path, long at, int byte)
{
    FILE *file = fopen (path, "r+b");
    ck_assert_ptr_nonnull (file);
    fseek (file, at, at < 0 ? SEEK_END : SEEK_SET);
    fputc (byte, file);
    fclose (file);
}

static void expect_rewritten (const char *path, ino_t damaged)
{
    build_and_try ("Vienna");
    ck_assert_uint_ne (status_of (path).st_ino, damaged);
}

START_TEST (cache_forgets_what_is_not_used)
{
    char old[160], young[160], other[160];
    const struct timespec month_ago[2] = {{.tv_sec = time (NULL) - 31 * 86400}, {.tv_sec = time (NULL) - 31 * 86400}};
    ck_assert_int_eq (mkdir (cache, 0700), 0);
    snprintf (old, sizeof old, "%s/matcher-00.hs", cache);
    snprintf (young, sizeof young, "%s/matcher-01.hs", cache);
    snprintf (other, sizeof other, "%s/notes.txt", cache);
    const char *const paths[] = {old, young, other};
    for (int i = 0; i < 3; i++) {
        FILE *file = fopen (paths[i], "w");
        ck_assert_ptr_nonnull (file);
        fclose (file);
        if (i != 1)
            ck_assert_int_eq (utimensat (AT_FDCWD, paths[i], month_ago, 0), 0);
    }
    build_and_try ("Vienna");
    ck_assert_int_ne (access (old, F_OK), 0);
    ck_assert_int_eq (access (young, F_OK), 0);
    ck_assert_int_eq (access (other, F_OK), 0);
}
END_TEST

START_TEST (cache_is_not_believed)
{
    char path[512];
    int count;
    build_and_try ("Vienna");
    find_file (path, sizeof path, &count);

    damage (path, -5, '#'); //  in the automaton
    expect_rewritten (path, status_of (path).st_ino);
    damage (path, 30, '#'); //  in the name
    expect_rewritten (path, status_of (path).st_ino);
    ck_assert_int_eq (truncate (path, 100), 0);
    expect_rewritten (path, status_of (path).st_ino);
    ck_assert_int_eq (truncate (path, 0), 0);
    expect_rewritten (path, status_of (path).st_ino);
    ck_assert_int_eq (chmod (path, 0666), 0); //  others could have written it
    expect_rewritten (path, status_of (path).st_ino);
}
END_TEST

START_TEST (cache_open_to_others_is_not_used)
{
    char path[512];
    int count;
    ck_assert_int_eq (mkdir (cache, 0700), 0);
    ck_assert_int_eq (chmod (cache, 0777), 0);
    build_and_try ("Vienna");
    find_file (path, sizeof path, &count);
    ck_assert_int_eq (count, 0);
    ck_assert_int_eq (chmod (cache, 0700), 0);
}
END_TEST

START_TEST (cache_that_cannot_be_is_done_without)
{
    rmdir (folder); //  the folder above is not there
    build_and_try ("Vienna");
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("matcher");
    TCase *tcase = tcase_create ("matcher");
    tcase_add_test (tcase, honours_flags);
    tcase_add_test (tcase, knows_word_boundaries);
    tcase_add_test (tcase, sorts_by_start_longer_first);
    tcase_add_test (tcase, sorts_what_comes_unsorted);
    tcase_add_test (tcase, bounds_hits_and_text);
    tcase_add_test (tcase, refuses_bad_phrases);
    tcase_add_test (tcase, works_without_phrases);
    suite_add_tcase (suite, tcase);
    TCase *cached = tcase_create ("cache");
    tcase_add_checked_fixture (cached, begin, end);
    tcase_add_test (cached, cache_is_kept_and_private);
    tcase_add_test (cached, cache_forgets_what_is_not_used);
    tcase_add_test (cached, cache_is_not_believed);
    tcase_add_test (cached, cache_open_to_others_is_not_used);
    tcase_add_test (cached, cache_that_cannot_be_is_done_without);
    suite_add_tcase (suite, cached);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
