//  date: days, months and years, alone, in spans, and with their year elsewhere.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    fprintf (out, "%.*s = %.*s..%.*s", (int)surface.len, surface.at, FACTS_TEXT (finding, 0),
             FACTS_TEXT (finding, 1));
}

#define CHECK(cases) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_date_mention, write)

START_TEST (days)
{
    static const fact_case_t cases[] = {
        {"It was signed on 7 May 2030.", "7 May 2030 = 2030-05-07..2030-05-07"},
        {"It met from 7 to 12 March 2031 in Quito.", "7 to 12 March 2031 = 2031-03-07..2031-03-12"},
        {"It met on 3 and 4 December 2029.", "3 and 4 December 2029 = 2029-12-03..2029-12-04"},
        {"From 30 August to 2 September 2030 it sat.", "30 August to 2 September 2030 = 2030-08-30..2030-09-02"},
        {"From 28 December to 3 January 2031 it slept.", "28 December to 3 January 2031 = 2030-12-28..2031-01-03"},
        {"Signed May 7, 2030.", "May 7, 2030 = 2030-05-07..2030-05-07"},
        {"On 31 April 2030 nothing happened.", ""},
        {"On 29 February 2031 nothing, on 29 February 2032 a leap.", "29 February 2032 = 2032-02-29..2032-02-29"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (months_and_years)
{
    static const fact_case_t cases[] = {
        {"In May 2030 it rained.", "May 2030 = 2030-05-01..2030-05-31"},
        {"From January to March 2030 it rained.", "January to March 2030 = 2030-01-01..2030-03-31"},
        {"Since 2019 and until 2025 it grew.", "2019 = 2019-01-01..2019-12-31; 2025 = 2025-01-01..2025-12-31"},
        {"The biennium 2028\xE2\x80\x93"
         "2029 is over.",
         "2028\xE2\x80\x93"
         "2029 = 2028-01-01..2029-12-31"},
        {"In the first quarter of 2030 and the second half of 2031 it grew.",
         "first quarter of 2030 = 2030-01-01..2030-03-31; second half of 2031 = 2031-07-01..2031-12-31"},
        {"Resolution 1373 (2001) and document A/92/2030 say nothing.", ""},
        {"The 2030 Agenda and the Agenda 2063 strategy differ.", ""},
        {"They counted 2030 sheep.", ""},
        {"The Office may march. May it rest.", ""},
    };
    CHECK (cases);
}
END_TEST

START_TEST (year_elsewhere)
{
    static const fact_case_t cases[] = {
        {"It met in May, September and December 2029.",
         "May = 2029-05-01..2029-05-31; September = 2029-09-01..2029-09-30; December 2029 = 2029-12-01..2029-12-31"},
        {"It met on 4 May 2029. On 6 May it left.",
         "4 May 2029 = 2029-05-04..2029-05-04; 6 May = 2029-05-06..2029-05-06"},
        {"On 6 May it left.", "6 May = 2031-05-06..2031-05-06"},
        {"It left in June.", ""},
    };
    CHECK (cases);
}
END_TEST

//  Without a date of its own a document lends no year.
START_TEST (no_year_at_all)
{
    const rap_document_t document = {.language = RAP_TEXT ("en")};
    const rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = RAP_TEXT ("On 6 May it left.")};
    char *line = facts_in (&document, &chunk, RAP_FINDING_date_mention, write);
    ck_assert_str_eq (line, "");
    free (line);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {days, months_and_years, year_elsewhere, no_year_at_all};
    return facts_run ("date", tests, sizeof tests / sizeof *tests);
}
