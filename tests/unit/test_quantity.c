//  quantity: what counts, what measures, and what only looks so.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.10g %.*s", finding->values[0].real, FACTS_TEXT (finding, 1));
    if (finding->values[2].text.len)
        fprintf (out, " %.*s", FACTS_TEXT (finding, 2));
    if (!rap_text_equal (finding->values[4].text, RAP_TEXT ("exact")))
        fprintf (out, " %.*s", FACTS_TEXT (finding, 4));
    if (finding->values[5].text.len)
        fprintf (out, " [%.*s]", FACTS_TEXT (finding, 5));
}

static void write_surface (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)finding;
    fprintf (out, "%.*s", (int)surface.len, surface.at);
}

#define CHECK(cases, how) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_quantity, how)

START_TEST (counts)
{
    static const fact_case_t cases[] = {
        {"The course was taken by 240 judges in Lima.", "240 count [judges]"},
        {"Nine countries asked for help.", "9 count [countries]"},
        {"Help went to forty-five municipalities.", "45 count [municipalities]"},
        {"There were two hundred and twelve visits.", "212 count [visits]"},
        {"Customs made nearly two million checks.", "2000000 count under [checks]"},
        {"Some 1,250,000 pupils and 3.2 million parents took part.",
         "1250000 count about [pupils]; 3200000 count [parents]"},
        {"A total of 850 guards were trained.", "850 count [guards trained]"},
        {"The Office trained more than 1,200 prison officers in four provinces.",
         "1200 count over [prison officers trained]; 4 count [provinces]"},
        {"The network offers three tools, under thematic priority 4.", "3 count [tools]"},
        {"A hundred volunteers helped.", "100 count [volunteers]"},
        {"The three networks dealt with 61 requests.", "3 count [networks]; 61 count [requests]"},
        {"One seminar was held.", "1 count [seminar]"},
        {"Two dozen vessels were inspected.", "24 count [vessels inspected]"},
        {"The plan has a four-pillar structure.", "4 count [pillar structure]"},
        {"The total now stands at 2,314.", "2314 count"},
        {"The Arms Trade Treaty had 110 parties and the Firearms Protocol 120.", "110 count [parties]; 120 count"},
        {"By 119 votes to 4, with 31 abstentions, it was adopted.",
         "119 count [votes]; 4 count; 31 count [abstentions]"},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (measures)
{
    static const fact_case_t cases[] = {
        {"Homicide fell by up to 12 per cent.", "12 percent % under"},
        {"It fell by 7.5% in cities.", "7.5 percent % [cities]"},
        {"In 40 per cent or more of the cases no one was charged.", "40 percent % over [cases]"},
        {"Seizures came to 17 tons of cocaine and 350 kg of heroin.", "17 mass t [cocaine]; 350 mass kg [heroin]"},
        {"Pledges rose to approximately $31.5 million.", "31500000 money USD about"},
        {"The cost is US$ 1,200,000, or US$1.2bn in all.", "1200000 money USD; 1200000000 money USD"},
        {"The State gave 3.6 million gourdes and 5,000 Mexican pesos.", "3600000 money HTG; 5000 money MXN"},
        {"A one-day course was held.", "1 duration d [course]"},
        {"Donors gave \xE2\x82\xAC"
         "4 million and 2 million Swiss francs.",
         "4000000 money EUR; 2000000 money CHF"},
        {"A five-day course came before a 12-week placement.", "5 duration d [course]; 12 duration wk [placement]"},
        {"The project lasted three years and 90 consecutive days.", "3 duration yr; 90 duration d"},
        {"Within five months of the adoption it ended.", "5 duration mo"},
        {"A fence of 14 kilometres was built.", "14 length km"},
        {"Between 10 and 15 per cent were returned.", "10 percent %; 15 percent %"},
        {"From 5 to 8 kg were found.", "5 mass kg; 8 mass kg"},
        {"Farmers cleared 900 hectares of coca.", "900 count ha [coca]"},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (names_and_orders)
{
    static const fact_case_t cases[] = {
        {"See articles 5, 6 and 9 of the treaty and paras. 12-15 below.", ""},
        {"Sustainable Development Goals 11 and 16 matter.", ""},
        {"Under item 109 and resolution No. 44 the text was read.", ""},
        {"Target 16.4 and indicator 11.7.2 were measured.", ""},
        {"The twenty-third session and the 12th meeting took place.", ""},
        {"It was the third edition.", ""},
        {"See A/92/118, E/CN.15/2037/4 and document 90-12345.", ""},
        {"The COVID-19 crisis and the G20 were discussed.", ""},
        {"Version Alpha 2.0 of Umbrella 3.0 is out.", ""},
        {"The book Twelve Steps to Safety was read.", ""},
        {"At 10 a.m. the meeting began and went on from 3 to 6 p.m.", ""},
        {"Under article 5, 30 States sent replies.", "30 count [States]"},
        {"Pursuant to rule 7, two experts spoke.", "2 count [experts]"},
        {"A table (2) and a list (3) follow.", ""},
        {"The Group of 77 spoke.", ""},
        {"The rate per 100,000 fell.", ""},
        {"The COVID\xE2\x80\x91"
         "19 crisis and the 5+2 talks went on.",
         ""},
        {"The 1267 Committee saw four in five experts.", ""},
        {"The \xE2\x80\x9CIndustry 4.0\xE2\x80\x9D plan was read.", ""},
        {"4.5 . Protect the dunes", ""},
        {"It rests on law, 12", ""},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (dates_and_ages)
{
    static const fact_case_t cases[] = {
        {"It met from 4 to 8 May 2030, on 12 June and in 2031.", ""},
        {"At its meetings on 5, 12 and 15 November it voted.", ""},
        {"In the biennium 2028\xE2\x80\x93"
         "2029 and since 2019 it grew.",
         ""},
        {"Children under 18 years of age and a 16-year-old boy were heard.", ""},
        {"Women aged 15 to 24 took part.", ""},
        {"The 2030 Agenda was recalled.", ""},
        {"The 1990s were quiet.", ""},
        {"On 3 March 2031 25 teachers arrived.", "25 count [teachers]"},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (pronouns)
{
    static const fact_case_t cases[] = {
        {"One of the speakers, and no one else, said that one could wait.", ""},
        {"States learned from one another on the one hand.", ""},
        {"One with a focus on forests, one on rivers.", ""},
        {"One or more witnesses and two thirds of the jury left.", ""},
        {"Several hundred people and thousands of birds were seen.", ""},
        {"There is zero tolerance of abuse.", ""},
        {"It adopted one decision and one draft resolution.",
         "1 count [decision adopted]; 1 count [draft resolution]"},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (surfaces)
{
    static const fact_case_t cases[] = {
        {"It spent US$ 2.5 million on more than 300 mobile clinics in Peru.", "US$ 2.5 million; 300 mobile clinics"},
        {"About 12 per cent of the ships were stopped.", "12 per cent of the ships"},
        {"\xE2\x80\x9CNo\xE2\x80\x9D, said thirty-one delegates.", "thirty-one delegates"},
    };
    CHECK (cases, write_surface);
}
END_TEST

//  Numbers are foreign input: a text of nothing else ends in time and in order.
START_TEST (many_numbers)
{
    enum { BYTES = 48 * 1024 };
    static const char *const pieces[] = {
        "1-", "7 ", "one ", "12,345", "9/", "3.1.4.1 ", "paras. 1, 2 and ", "two hundred and ", "million "};
    const rap_document_t document = {.published = RAP_TEXT ("2031-06-01")};
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        char *text = malloc (BYTES + 64);
        size_t len = 0;
        while (len < BYTES) {
            memcpy (text + len, pieces[p], strlen (pieces[p]));
            len += strlen (pieces[p]);
        }
        const rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = rap_text_of (text, len)};
        rap_findings_t findings;
        rap_arena_t *arena = rap_arena_new ();
        rap_status_t status = rap_extractors_run (facts_extractors, &document, &chunk, arena, &findings, NULL);
        ck_assert (status == RAP_OK || (status == RAP_REFUSED && findings.full));
        for (uint32_t i = 0; i < findings.count; i++)
            ck_assert_uint_le (findings.at[i].end, len);
        rap_arena_destroy (&arena);
        free (text);
    }
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {counts,   measures, names_and_orders, dates_and_ages,
                                  pronouns, surfaces, many_numbers};
    return facts_run ("quantity", tests, sizeof tests / sizeof *tests);
}
