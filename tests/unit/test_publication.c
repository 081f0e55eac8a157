//  publication: titles beside the nouns that announce them.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s (%.*s)", FACTS_TEXT (finding, 0), FACTS_TEXT (finding, 1));
}

#define CHECK(cases) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_publication, write)

START_TEST (titles)
{
    static const fact_case_t cases[] = {
        {"It issued a guidance note entitled \xE2\x80\x9CSafe courts in hard times\xE2\x80\x9D.",
         "Safe courts in hard times (guide)"},
        {"It published the study Hidden Harbours: A View of Small Ports in 2030.",
         "Hidden Harbours: A View of Small Ports in 2030 (report)"},
        {"The Handbook on Honest Ports was translated.", "Handbook on Honest Ports (guide)"},
        {"It issued the Practical Guide to Quiet Prisons and left.", "Practical Guide to Quiet Prisons (guide)"},
        {"The World Drug Report was read.", "World Drug Report (report)"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (no_titles)
{
    static const fact_case_t cases[] = {
        {"The report of the Secretary-General was read.", ""},
        {"It adopted a draft resolution entitled \xE2\x80\x9CQuiet prisons\xE2\x80\x9D.", ""},
        {"It held a course. The General Assembly took note.", ""},
        {"A study by UNODC is under way.", ""},
        {"A manual \xE2\x80\x9Cwithout end", ""},
    };
    CHECK (cases);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {titles, no_titles};
    return facts_run ("publication", tests, sizeof tests / sizeof *tests);
}
