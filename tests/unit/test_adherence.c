//  adherence: numbers of all parties, and numbers that are of some.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s %lld %.*s", FACTS_TEXT (finding, 0), (long long)finding->values[1].integer,
             FACTS_TEXT (finding, 2));
}

#define CHECK(cases) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_adherence, write)

START_TEST (before_the_instrument)
{
    static const fact_case_t cases[] = {
        {"There were 189 parties to the Convention against Corruption.", "uncac 189 2031-06-01"},
        {"As at 3 May 2031, there were 191 States parties to the United Nations Convention against Transnational "
         "Organized Crime, 181 to its Protocol to Prevent, Suppress and Punish Trafficking in Persons, Especially "
         "Women and Children, and 152 to its Protocol against the Smuggling of Migrants by Land, Sea and Air.",
         "untoc 191 2031-05-03; untoc-tip 181 2031-05-03; untoc-som 152 2031-05-03"},
        {"To date, 172 States are parties to the Convention on the Rights of Persons with Disabilities.",
         "crpd 172 2031-06-01"},
        {"By the end of 2030, 120 States had ratified the Arms Trade Treaty.", "att 120 2030-12-31"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (after_the_instrument)
{
    static const fact_case_t cases[] = {
        {"The Firearms Protocol had 123 parties and the Organized Crime Convention had 192 parties.",
         "untoc-firearms 123 2031-06-01; untoc 192 2031-06-01"},
        {"The number of States parties to the Rome Statute rose to 125.", "rome-statute 125 2031-06-01"},
        {"The Convention against Corruption (190 parties) is in force.", "uncac 190 2031-06-01"},
        {"It led the total number of parties to the Arms Trade Treaty to 116.", "att 116 2031-06-01"},
        {"Tonga became a party to the Firearms Protocol, bringing the number of parties to 125.",
         "untoc-firearms 125 2031-06-01"},
        {"The figures were: Rome Statute, 124 parties; Firearms Protocol, 122 parties.",
         "rome-statute 124 2031-06-01; untoc-firearms 122 2031-06-01"},
        {"The Organized Crime Convention had 191 parties, the Trafficking in Persons Protocol 181 and the Firearms "
         "Protocol 123.",
         "untoc 191 2031-06-01; untoc-tip 181 2031-06-01; untoc-firearms 123 2031-06-01"},
        {"It reaffirms the Convention against Corruption and notes that the number of States parties has reached "
         "190.",
         "uncac 190 2031-06-01"},
        {"With 190 parties, the Convention against Corruption is near its goal.", "uncac 190 2031-06-01"},
        {"The Convention against Torture has been ratified by 174 States.", "cat 174 2031-06-01"},
        {"The Convention against Corruption is reviewed. By May 2030 the Convention had 188 States parties.",
         "uncac 188 2030-05-31"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (by_order)
{
    static const fact_case_t cases[] = {
        {"In 2030, Samoa and Tonga became the seventh and eighth States to have become parties to all 19 "
         "instruments.",
         "ct-19 8 2030-12-31"},
        {"It became the 190th State party to the Convention against Corruption.", "uncac 190 2031-06-01"},
        {"At the tenth session of the Conference of the States Parties to the Convention against Corruption it "
         "spoke.",
         ""},
    };
    CHECK (cases);
}
END_TEST

START_TEST (of_some)
{
    static const fact_case_t cases[] = {
        {"The Office assisted 12 States parties to the Convention against Corruption in drafting laws.", ""},
        {"It gave support under the Convention against Corruption to 12 States parties.", ""},
        {"Experts from 30 States met to discuss the Organized Crime Convention.", ""},
        {"Article 31 of the Convention against Corruption binds States parties.", ""},
        {"Under the Organized Crime Convention, 45 requests were sent.", ""},
        {"The 19 international conventions and protocols related to counter-terrorism are many.", ""},
        {"The Convention against Corruption, adopted in 2003, is reviewed in 5 regions.", ""},
        {"Under the Convention against Corruption, 12 States parties sent replies.", ""},
        {"In 2030, 12 States became parties to the Firearms Protocol.", ""},
        {"Of the Firearms Protocol and the Arms Trade Treaty it says that the number of parties has reached 90.", ""},
        {"It worked with 12 States parties, the Convention against Corruption being in force.", ""},
        {"The Organized Crime Convention had 191 parties, the Firearms Protocol 12 observers.",
         "untoc 191 2031-06-01"},
        {"Of the 41 signatories of the Rome Statute few came.", ""},
    };
    CHECK (cases);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {before_the_instrument, after_the_instrument, by_order, of_some};
    return facts_run ("adherence", tests, sizeof tests / sizeof *tests);
}
