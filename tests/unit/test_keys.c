//  keys: what a file of keys may say, and which folders are believed.
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/keys.h"

static rap_reason_t reason;
static char folder[] = "/tmp/rapporteur-test-XXXXXX";
static char keys_folder[128];

static void begin (void)
{
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (keys_folder, sizeof keys_folder, "%s/keys", folder);
}

static void end (void)
{
    char command[128];
    snprintf (command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq (system (command), 0);
}

static void make_in (const char *where, const char *name, rap_role_t role, rap_key_t *key)
{
    ck_assert_msg (rap_key_make (key, name, role, &reason) == RAP_OK, "%s", reason.text);
    ck_assert_msg (rap_key_write (key, where, &reason) == RAP_OK, "%s", reason.text);
}

static void make (const char *name, rap_role_t role)
{
    rap_key_t key;
    make_in (keys_folder, name, role, &key);
}

static const char *path_of (const char *file)
{
    static char path[256];
    snprintf (path, sizeof path, "%s/%s", keys_folder, file);
    return path;
}

static void put (const char *file, const char *bytes, size_t len)
{
    FILE *out = fopen (path_of (file), "wb");
    ck_assert_ptr_nonnull (out);
    ck_assert_uint_eq (fwrite (bytes, 1, len, out), len);
    fclose (out);
    ck_assert_int_eq (chmod (path_of (file), 0644), 0);
}

static char refusals[4096];

static void note_refused (void *self, const char *path, const char *why)
{
    (void)self;
    size_t len = strlen (refusals);
    snprintf (refusals + len, sizeof refusals - len, "%s: %s\n", strrchr (path, '/') + 1, why);
}

static rap_keys_t *read_as (const char *name, rap_role_t role)
{
    refusals[0] = 0;
    return rap_keys_read (keys_folder, name, role, note_refused, NULL, &reason);
}

START_TEST (what_is_written_is_read)
{
    rap_key_t made;
    make_in (keys_folder, "hall-2", RAP_ROLE_WORKER, &made);
    make ("ingest", RAP_ROLE_INGEST);
    rap_keys_t *keys = read_as (NULL, RAP_ROLE_WORKER);
    ck_assert_msg (keys != NULL, "%s", reason.text);
    ck_assert_str_eq (keys->own.name, "hall-2");
    ck_assert_str_eq (keys->own.secret_key, made.secret_key);
    ck_assert_uint_eq (keys->allowed_count, 2);
    const rap_key_t *found = rap_keys_find (keys, made.public_key);
    ck_assert_ptr_nonnull (found);
    ck_assert_str_eq (found->name, "hall-2");
    ck_assert_str_eq (found->secret_key, "");
    ck_assert_str_eq (rap_keys_only (keys, RAP_ROLE_INGEST, &reason)->name, "ingest");
    ck_assert_ptr_null (rap_keys_only (keys, RAP_ROLE_SINK, &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "sink.public"));
    ck_assert_str_eq (refusals, "");
    rap_keys_destroy (&keys);
    //  nothing is written over
    ck_assert_int_eq (rap_key_write (&made, keys_folder, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "is there already"));
}
END_TEST

START_TEST (names_are_plain)
{
    static const char *const bad[] = {
        "",        ".",        "..",
        ".hidden", "a/b",      "a b",
        "a\n",     "\xc3\xa9", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    rap_key_t key;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg (rap_key_make (&key, bad[i], RAP_ROLE_READER, &reason) == RAP_REFUSED, "'%s'", bad[i]);
    ck_assert_int_eq (rap_key_make (&key, "A.b-c_9", RAP_ROLE_READER, &reason), RAP_OK);
}
END_TEST

#define PUBLIC "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SECRET "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

static void refused (const char *file, size_t len, const char *why)
{
    rap_key_t key;
    ck_assert_msg (rap_key_parse (&key, rap_text_of (file, len), &reason) == RAP_REFUSED, "taken: %.*s", (int)len,
                   file);
    ck_assert_msg (strstr (reason.text, why) != NULL, "'%s' is not in '%s'", why, reason.text);
}

#define REFUSED(file, why) refused (file, sizeof (file) - 1, why)

START_TEST (malformed_files_are_refused)
{
    rap_key_t key;
    static const char good[] = "# a word\r\nmetadata\n\trole = \"worker\"\ncurve\n    public-key = \"" PUBLIC
                               "\"\n    secret-key = \"" SECRET "\"";
    ck_assert_msg (rap_key_parse (&key, rap_text_of (good, sizeof good - 1), &reason) == RAP_OK, "%s", reason.text);
    ck_assert_int_eq (key.role, RAP_ROLE_WORKER);
    for (size_t cut = 0; cut + 1 < sizeof good; cut++) //  at every byte
        if (rap_key_parse (&key, rap_text_of (good, cut), &reason) == RAP_OK)
            ck_assert_str_eq (key.secret_key, "");
    REFUSED ("", "no role");
    REFUSED ("role = \"worker\"\n", "no public-key");
    REFUSED ("role = \"king\"\n", "line 1: no such role");
    REFUSED ("role = \"\"\n", "no such role");
    REFUSED ("role = \"worker\"\nrole = \"sink\"\n", "line 2: a second role");
    REFUSED ("role = worker\n", "not a line");
    REFUSED ("role\n", "not a line");
    REFUSED ("role = \"wor\"ker\"\n", "not a line");
    REFUSED ("roles = \"worker\"\n", "only role");
    REFUSED ("public-key = \"" PUBLIC "\"\npublic-key = \"" PUBLIC "\"\n", "line 2: a second public-key");
    REFUSED ("public-key = \"" PUBLIC "0\"\n", "40 digits");
    REFUSED ("public-key = \"0000\"\n", "40 digits");
    REFUSED ("public-key = \"########################################\"\n", "40 digits"); //  beyond 32 bits
    REFUSED ("public-key = \"                                        \"\n", "40 digits");
    REFUSED ("public-key = \"" PUBLIC "\"\nsecret-key = \"" PUBLIC "\"\nrole = \"sink\"\n", "does not belong");
    REFUSED ("role = \"worker\"\n\0", "not printable");
    REFUSED ("role = \"worker\"\n\x1b[2J\n", "at 16");
    REFUSED ("\xff\xfe", "at 0");
    static char long_file[RAP_KEY_FILE_MAX + 1];
    memset (long_file, '\n', sizeof long_file);
    refused (long_file, sizeof long_file, "4096 bytes");
}
END_TEST

START_TEST (secrets_that_others_may_read_are_refused)
{
    make ("w", RAP_ROLE_WORKER);
    struct stat about;
    ck_assert_int_eq (stat (path_of ("w.secret"), &about), 0);
    ck_assert_uint_eq (about.st_mode & 07777, 0600);
    ck_assert_int_eq (stat (keys_folder, &about), 0);
    ck_assert_uint_eq (about.st_mode & 07777, 0700);
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ck_assert_int_eq (chmod (path_of ("w.secret"), modes[i]), 0);
        ck_assert_ptr_null (read_as ("w", RAP_ROLE_WORKER));
        ck_assert_ptr_nonnull (strstr (reason.text, "others may use it"));
        ck_assert_ptr_null (read_as (NULL, RAP_ROLE_WORKER));
        ck_assert_msg (strstr (reason.text, "others may use it") != NULL, "%s", reason.text);
    }
    chmod (path_of ("w.secret"), 0400);
    rap_keys_t *keys = read_as ("w", RAP_ROLE_WORKER);
    ck_assert_msg (keys != NULL, "%s", reason.text);
    rap_keys_destroy (&keys);
    static const char *const folders[] = {"", "allowed"};
    for (size_t i = 0; i < 2; i++) {
        chmod (path_of (folders[i]), 0775);
        ck_assert_ptr_null (read_as ("w", RAP_ROLE_WORKER));
        ck_assert_msg (strstr (reason.text, "others may write to it") != NULL, "%s", reason.text);
        chmod (path_of (folders[i]), 0755);
    }
}
END_TEST

START_TEST (no_key_or_several_are_refused)
{
    ck_assert_ptr_null (read_as (NULL, RAP_ROLE_SINK));
    ck_assert_ptr_nonnull (strstr (reason.text, "keygen"));
    make ("sink", RAP_ROLE_SINK);
    ck_assert_ptr_null (read_as (NULL, RAP_ROLE_WORKER));
    ck_assert_ptr_nonnull (strstr (reason.text, "no secret key of role worker"));
    ck_assert_ptr_null (read_as ("sink", RAP_ROLE_WORKER));
    ck_assert_ptr_nonnull (strstr (reason.text, "its role is sink"));
    ck_assert_ptr_null (read_as ("../sink", RAP_ROLE_SINK));
    make ("other", RAP_ROLE_SINK);
    ck_assert_ptr_null (read_as (NULL, RAP_ROLE_SINK));
    ck_assert_ptr_nonnull (strstr (reason.text, "--key NAME"));
    rap_keys_t *keys = read_as ("other", RAP_ROLE_SINK);
    ck_assert_ptr_nonnull (keys);
    ck_assert_ptr_null (rap_keys_only (keys, RAP_ROLE_SINK, &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "Keep one"));
    rap_keys_destroy (&keys);
}
END_TEST

START_TEST (files_that_are_wrong_admit_nobody_and_harm_nobody)
{
    char bytes[RAP_KEY_FILE_MAX + 100];
    rap_key_t twice, other;
    make ("sink", RAP_ROLE_SINK);
    make_in (keys_folder, "a", RAP_ROLE_WORKER, &twice);
    put ("allowed/empty.public", "", 0);
    memset (bytes, 'x', sizeof bytes);
    put ("allowed/long.public", bytes, sizeof bytes);
    put ("allowed/role.public", "role = \"root\"\n", 14);
    ck_assert_int_eq (mkdir (path_of ("allowed/folder.public"), 0755), 0);
    ck_assert_int_eq (mkfifo (path_of ("allowed/fifo.public"), 0644), 0);
    char target[256];
    snprintf (target, sizeof target, "%s", path_of ("sink.secret"));
    ck_assert_int_eq (symlink (target, path_of ("allowed/secret.public")), 0);
    put ("allowed/not a name.public", "", 0);
    put ("allowed/README", "", 0);
    make_in (folder, "open", RAP_ROLE_READER, &other);
    snprintf (target, sizeof target, "%s/allowed/open.public", folder);
    ck_assert_int_eq (rename (target, path_of ("allowed/open.public")), 0);
    chmod (path_of ("allowed/open.public"), 0666);
    snprintf (bytes, sizeof bytes, "role = \"reader\"\npublic-key = \"%s\"\n", twice.public_key);
    put ("allowed/b.public", bytes, strlen (bytes));
    rap_keys_t *keys = read_as (NULL, RAP_ROLE_SINK);
    ck_assert_msg (keys != NULL, "%s", reason.text);
    ck_assert_uint_eq (keys->allowed_count, 1); //  sink's own
    ck_assert_ptr_null (rap_keys_find (keys, twice.public_key));
    static const char *const told[] = {
        "empty.public: no role",         "long.public: more than",  "role.public: line 1: no such",
        "folder.public: no regular",     "fifo.public: no regular", "secret.public: it states a secret",
        "open.public: others may write", "a.public: the same key",  "b.public: the same key"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        ck_assert_msg (strstr (refusals, told[i]) != NULL, "'%s' is not in:\n%s", told[i], refusals);
    ck_assert_ptr_null (strstr (refusals, "README"));
    rap_keys_destroy (&keys);
}
END_TEST

START_TEST (a_swap_of_the_same_size_is_seen)
{
    rap_key_t one, two;
    make ("sink", RAP_ROLE_SINK);
    make_in (keys_folder, "w", RAP_ROLE_WORKER, &one);
    rap_keys_t *before = read_as (NULL, RAP_ROLE_SINK), *same = read_as (NULL, RAP_ROLE_SINK);
    ck_assert_str_eq (before->digest, same->digest);
    struct stat about;
    ck_assert_int_eq (stat (path_of ("allowed/w.public"), &about), 0);
    ck_assert_int_eq (rap_key_make (&two, "w", RAP_ROLE_WORKER, &reason), RAP_OK);
    FILE *file = fopen (path_of ("allowed/w.public"), "r+");
    char text[1024] = "";
    size_t len = fread (text, 1, sizeof text - 1, file);
    memcpy (strstr (text, one.public_key), two.public_key, RAP_KEY_SIZE - 1);
    rewind (file);
    ck_assert_uint_eq (fwrite (text, 1, len, file), len);
    fclose (file);
    const struct timespec times[] = {about.st_atim, about.st_mtim};
    ck_assert_int_eq (utimensat (AT_FDCWD, path_of ("allowed/w.public"), times, 0), 0);
    rap_keys_t *after = read_as (NULL, RAP_ROLE_SINK);
    ck_assert_str_ne (before->digest, after->digest);
    ck_assert_ptr_nonnull (rap_keys_find (after, two.public_key));
    ck_assert_ptr_null (rap_keys_find (after, one.public_key));
    rap_keys_destroy (&before);
    rap_keys_destroy (&same);
    rap_keys_destroy (&after);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("keys");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, what_is_written_is_read);
    tcase_add_test (tcase, names_are_plain);
    tcase_add_test (tcase, malformed_files_are_refused);
    tcase_add_test (tcase, secrets_that_others_may_read_are_refused);
    tcase_add_test (tcase, no_key_or_several_are_refused);
    tcase_add_test (tcase, files_that_are_wrong_admit_nobody_and_harm_nobody);
    tcase_add_test (tcase, a_swap_of_the_same_size_is_seen);
    Suite *suite = suite_create ("keys");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
