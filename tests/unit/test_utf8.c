//  utf8: against the plainest code that could do the same.
#include <check.h>
#include <stdlib.h>

#include "rapporteur/utf8.h"

#define T(literal) RAP_TEXT (literal)

START_TEST (valid_text_is_valid)
{
    ck_assert_uint_eq (rap_utf8_invalid_at (T ("")), 0);
    ck_assert_uint_eq (rap_utf8_invalid_at (T ("plain text of more than eight bytes")), 35);
    rap_text_t mixed = T ("caf\xc3\xa9 \xe2\x80\x94 \xf0\x9f\x95\x8a \xef\xbf\xbf \xf4\x8f\xbf\xbf \xed\x9f\xbf");
    ck_assert_uint_eq (rap_utf8_invalid_at (mixed), mixed.len);
}
END_TEST

START_TEST (invalid_text_is_found_where_it_is)
{
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"\x80", 0},                 //  a continuation alone
        {"12345678\xbf", 8},         //  after a full word of ASCII
        {"1234567\xc3", 7},          //  cut short
        {"\xc0\xaf", 0},             //  overlong
        {"\xc1\xbf", 0},             //
        {"\xe0\x9f\xbf", 0},         //
        {"\xf0\x8f\xbf\xbf", 0},     //
        {"ab\xed\xa0\x80", 2},       //  a surrogate
        {"\xf4\x90\x80\x80", 0},     //  beyond U+10FFFF
        {"\xf5\x80\x80\x80", 0},     //
        {"\xff", 0},                 //
        {"\xc3\xa9\xe2\x80", 2},     //  cut short
        {"\xe2\x80\x41", 0},         //  a third byte that is none
        {"abcdefgh\xf0\x9f\x95", 8}, //
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg (rap_utf8_invalid_at (rap_text (cases[i].text)) == cases[i].at, "case %zu", i);
}
END_TEST

//  Whether a code point, encoded here, is valid, decoded and counted; a surrogate
//  is not valid.
static bool is_understood (uint32_t p)
{
    uint8_t bytes[4] = {(uint8_t)p};
    size_t len = p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4, got;
    for (size_t i = 0; len > 1 && i < len; i++)
        bytes[i] = (uint8_t)((p >> 6 * (len - 1 - i) & 0x3F) | (i ? 0x80 : 0xF00U >> len & 0xFF));
    rap_text_t text = rap_text_of ((const char *)bytes, len);
    if (p >= 0xD800 && p <= 0xDFFF)
        return rap_utf8_invalid_at (text) == 0;
    return rap_utf8_invalid_at (text) == len && rap_utf8_decode (text, 0, &got) == p && got == len
           && rap_utf8_count (text) == 1;
}

//  An assertion for each of a million would take a minute.
START_TEST (every_code_point)
{
    uint32_t p = 1;
    while (p <= 0x10FFFF && is_understood (p))
        p++;
    ck_assert_msg (p > 0x10FFFF, "U+%04X", (unsigned)p);
}
END_TEST

static size_t plain_offset (rap_text_t text, size_t points)
{
    size_t i = 0, len;
    while (i < text.len && points--) {
        rap_utf8_decode (text, i, &len);
        i += len;
    }
    return i;
}

START_TEST (counts_and_offsets_agree_with_plain_code)
{
    static const char *const pieces[] = {"a", "\xc3\xa9", "\xe2\x80\x94", "\xf0\x9f\x95\x8a", "abcdefghij"};
    srand (7);
    for (int round = 0; round < 2000; round++) {
        char bytes[256];
        size_t len = 0, points = 0;
        for (int n = rand () % 20; n > 0; n--) {
            const char *piece = pieces[rand () % 5];
            memcpy (bytes + len, piece, strlen (piece));
            len += strlen (piece);
            points += piece[1] == 'b' ? 10 : 1;
        }
        rap_text_t text = rap_text_of (bytes, len);
        ck_assert_uint_eq (rap_utf8_count (text), points);
        for (size_t i = 0; i <= points + 2; i++)
            ck_assert_uint_eq (rap_utf8_offset (text, i), plain_offset (text, i));
    }
}
END_TEST

START_TEST (nfc_composes_and_leaves_alone)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_text_t plain = T ("na\xc3\xafve \xe2\x80\x9cquote\xe2\x80\x9d");
    ck_assert_ptr_eq (rap_utf8_nfc (plain, arena).at, plain.at);
    rap_text_t other = T ("\xe4\xb8\xad\xe6\x96\x87"); //  NFC, though not plainly
    ck_assert_ptr_eq (rap_utf8_nfc (other, arena).at, other.at);
    ck_assert (rap_text_equal (rap_utf8_nfc (T ("cafe\xcc\x81"), arena), T ("caf\xc3\xa9")));
    ck_assert (rap_text_equal (rap_utf8_nfc (T ("\xe2\x84\xab"), arena), T ("\xc3\x85"))); //  the angstrom sign
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (words_are_letters_digits_and_marks)
{
    for (const char *c = "azAZ09"; *c; c++)
        ck_assert (rap_utf8_is_word ((uint32_t)*c));
    for (const char *c = "@[`{/: _-.'"; *c; c++)
        ck_assert (!rap_utf8_is_word ((uint32_t)*c));
    ck_assert (rap_utf8_is_word (0xE9) && rap_utf8_is_word (0x301) && rap_utf8_is_word (0x4E2D));
    ck_assert (!rap_utf8_is_word (0x2014) && !rap_utf8_is_word (0xA0) && !rap_utf8_is_word (0x2019));
}
END_TEST

static size_t encode (uint32_t point, char *at)
{
    if (point < 0x80) {
        at[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        at[0] = (char)(0xC0 | point >> 6);
        at[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    at[0] = (char)(0xE0 | point >> 12);
    at[1] = (char)(0x80 | (point >> 6 & 0x3F));
    at[2] = (char)(0x80 | (point & 0x3F));
    return 3;
}

//  A presentation form at the end, which NFC always takes apart, must change nothing before it.
START_TEST (nfc_is_the_same_on_its_quick_way)
{
    static const char form[] = "\xef\xac\x9d", apart[] = "\xd7\x99\xd6\xb4";
    for (uint32_t point = 1; point < 0xFFFE; point++) {
        if (point >= 0xD800 && point <= 0xDFFF)
            continue;
        char text[16] = "e";
        size_t len = 1 + encode (point, text + 1);
        rap_arena_t *arena = rap_arena_new ();
        rap_text_t quick = rap_utf8_nfc (rap_text_of (text, len), arena);
        memcpy (text + len, form, 3);
        rap_text_t slow = rap_utf8_nfc (rap_text_of (text, len + 3), arena);
        ck_assert_msg (slow.len == quick.len + 4 && rap_text_starts (slow, quick)
                           && memcmp (slow.at + quick.len, apart, 4) == 0,
                       "U+%04X", point);
        rap_arena_destroy (&arena);
    }
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("utf8");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, valid_text_is_valid);
    tcase_add_test (tcase, invalid_text_is_found_where_it_is);
    tcase_add_test (tcase, every_code_point);
    tcase_add_test (tcase, counts_and_offsets_agree_with_plain_code);
    tcase_add_test (tcase, nfc_composes_and_leaves_alone);
    tcase_add_test (tcase, nfc_is_the_same_on_its_quick_way);
    tcase_add_test (tcase, words_are_letters_digits_and_marks);
    Suite *suite = suite_create ("utf8");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
