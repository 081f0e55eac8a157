//  hash: the examples of FIPS 180-4, in one piece and in several.
#include <check.h>

#include "rapporteur/hash.h"

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

START_TEST (known_digests)
{
    char hex[RAP_SHA256_HEX], id[RAP_DOCUMENT_ID_SIZE];
    rap_sha256 ("abc", 3, hex);
    ck_assert_str_eq (hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    rap_document_id (hex, id);
    ck_assert_str_eq (id, "ba7816bf8f01cfea414140de5dae2223");
    rap_sha256 ("", 0, hex);
    ck_assert_str_eq (hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    rap_sha256 (two_blocks, sizeof two_blocks - 1, hex);
    ck_assert_str_eq (hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST (pieces_make_the_same)
{
    for (size_t cut = 0; cut < sizeof two_blocks - 1; cut++) {
        char hex[RAP_SHA256_HEX];
        rap_sha256_t *hash = rap_sha256_new ();
        rap_sha256_add (hash, two_blocks, cut);
        rap_sha256_add (hash, two_blocks + cut, sizeof two_blocks - 1 - cut);
        rap_sha256_end (&hash, hex);
        ck_assert_ptr_null (hash);
        ck_assert_str_eq (hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("hash");
    tcase_add_test (tcase, known_digests);
    tcase_add_test (tcase, pieces_make_the_same);
    Suite *suite = suite_create ("hash");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
