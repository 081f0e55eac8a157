//  lexicon: what an operator may write, and what is refused where.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/lexicon.h"

static char folder[] = "/tmp/rap-test-lexicon-XXXXXX";
static rap_reason_t reason;

static void path_of (const char *name, char *path, size_t room)
{
    snprintf (path, room, "%s/%s", folder, name);
}

static void put_bytes (const char *name, const char *bytes, size_t len)
{
    char path[256];
    path_of (name, path, sizeof path);
    FILE *file = fopen (path, "wb");
    ck_assert_ptr_nonnull (file);
    ck_assert_uint_eq (fwrite (bytes, 1, len, file), len);
    ck_assert_int_eq (fclose (file), 0);
}

static void put (const char *name, const char *text)
{
    put_bytes (name, text, strlen (text));
}

static void begin (void)
{
    strcpy (folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    reason.text[0] = 0;
}

static void end (void)
{
    static const char *const names[] = {"a.tsv", "b.tsv", "notes.txt", ".hidden.tsv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        path_of (names[i], path, sizeof path);
        unlink (path);
    }
    rmdir (folder);
}

static void expect_refusal (const char *name, const char *text, size_t len, const char *part)
{
    put_bytes (name, text, len);
    rap_lexicon_t *lexicon = rap_lexicon_new (folder, &reason);
    ck_assert_ptr_null (lexicon);
    ck_assert_msg (strstr (reason.text, part) != NULL, "'%s' does not name '%s'", reason.text, part);
}

static void expect_field (const rap_table_t *table, uint32_t entry, const char *column, const char *value)
{
    int at = rap_table_column (table, column);
    ck_assert_int_ge (at, 0);
    rap_text_t field = table->entries[entry].fields[at];
    ck_assert_msg (rap_text_equal (field, rap_text (value)), "'%.*s' is not '%s'", (int)field.len, field.at, value);
}

START_TEST (reads_entries)
{
    put ("a.tsv", "\xEF\xBB\xBF# a comment\n\nphrase\tid\tnote\r\nCote d'Or\tcdo\t first \r\n \n#no\tno\nShort\n");
    put ("notes.txt", "no\ttable");
    put (".hidden.tsv", "x");
    rap_lexicon_t *lexicon = rap_lexicon_new (folder, &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    const rap_table_t *table = rap_lexicon_table (lexicon, "a");
    ck_assert_ptr_nonnull (table);
    ck_assert_str_eq (table->name, "a");
    ck_assert_uint_eq (table->columns_count, 3);
    ck_assert_uint_eq (table->entries_count, 2);
    ck_assert_uint_eq (table->entries[0].line, 4);
    ck_assert_uint_eq (table->entries[1].line, 7);
    expect_field (table, 0, "phrase", "Cote d'Or");
    expect_field (table, 0, "note", "first");
    expect_field (table, 1, "phrase", "Short");
    expect_field (table, 1, "note", "");
    ck_assert_int_eq (rap_table_column (table, "absent"), -1);
    ck_assert_ptr_null (rap_lexicon_table (lexicon, "notes"));
    ck_assert_ptr_null (rap_lexicon_table (lexicon, ".hidden"));
    rap_lexicon_destroy (&lexicon);
    ck_assert_ptr_null (lexicon);
    rap_lexicon_destroy (&lexicon);
}
END_TEST

START_TEST (composes_to_nfc)
{
    put ("a.tsv", "phrase\nCo\xCC\x82te\n"); //  o and a combining circumflex
    rap_lexicon_t *lexicon = rap_lexicon_new (folder, &reason);
    ck_assert_ptr_nonnull (lexicon);
    expect_field (rap_lexicon_table (lexicon, "a"), 0, "phrase", "C\xC3\xB4te");
    rap_lexicon_destroy (&lexicon);
}
END_TEST

START_TEST (refuses_mistakes_by_line)
{
#define REFUSE(text, part) expect_refusal ("a.tsv", text, sizeof (text) - 1, part)
    REFUSE ("a\tb\n1\t2\n1\t2\t3\n", "a.tsv:3: 3 fields");
    REFUSE ("a\ta\n", "a.tsv:1: column 'a' is named twice");
    REFUSE ("a\t\tb\n", "a.tsv:1: column 2");
    REFUSE ("# only\n", "a.tsv:1: names no columns");
    REFUSE ("", "names no columns");
    REFUSE ("a\nx\ny\xFFz\n", "a.tsv:3: not valid UTF-8");
    REFUSE ("a\nx\0y\n", "a.tsv:2: a control character");
    REFUSE ("1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\t17\n", "a.tsv:1: 17 columns; at most 16");
#undef REFUSE
}
END_TEST

START_TEST (refuses_folders_without_rules)
{
    ck_assert_ptr_null (rap_lexicon_new (folder, &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "no rules"));
    ck_assert_ptr_null (rap_lexicon_new ("/nonexistent/rules", &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "/nonexistent/rules"));
}
END_TEST

static void hash_of (char sha256[RAP_SHA256_HEX], char *pipeline)
{
    rap_lexicon_t *lexicon = rap_lexicon_new (folder, &reason);
    ck_assert_ptr_nonnull (lexicon);
    strcpy (sha256, rap_lexicon_sha256 (lexicon));
    strcpy (pipeline, rap_lexicon_pipeline (lexicon));
    rap_lexicon_destroy (&lexicon);
}

START_TEST (hash_follows_the_rules)
{
    char first[RAP_SHA256_HEX], second[RAP_SHA256_HEX], pipeline[64], other[64];
    put ("a.tsv", "a\nx\n");
    put ("b.tsv", "b\ny\n");
    hash_of (first, pipeline);
    hash_of (second, other);
    ck_assert_str_eq (first, second);
    ck_assert_str_eq (pipeline, other);
    ck_assert_ptr_nonnull (strchr (pipeline, '+'));
    ck_assert_int_eq (strncmp (strchr (pipeline, '+') + 1, first, 12), 0);
    put ("b.tsv", "b\nz\n");
    hash_of (second, other);
    ck_assert_str_ne (first, second);
    ck_assert_str_ne (pipeline, other);
    put ("a.tsv", "a\nx\nb\n"); //  a line moved from one file to the other
    put ("b.tsv", "b\n");
    hash_of (first, pipeline);
    ck_assert_str_ne (first, second);
}
END_TEST

START_TEST (environment_names_the_folder)
{
    put ("a.tsv", "a\nx\n");
    ck_assert_int_eq (setenv ("RAPPORTEUR_RULES", folder, 1), 0);
    ck_assert_str_eq (rap_lexicon_default_folder (), folder);
    rap_lexicon_t *lexicon = rap_lexicon_new (NULL, &reason);
    ck_assert_ptr_nonnull (lexicon);
    rap_lexicon_destroy (&lexicon);
    unsetenv ("RAPPORTEUR_RULES");
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("lexicon");
    TCase *tcase = tcase_create ("lexicon");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_add_test (tcase, reads_entries);
    tcase_add_test (tcase, composes_to_nfc);
    tcase_add_test (tcase, refuses_mistakes_by_line);
    tcase_add_test (tcase, refuses_folders_without_rules);
    tcase_add_test (tcase, hash_follows_the_rules);
    tcase_add_test (tcase, environment_names_the_folder);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
