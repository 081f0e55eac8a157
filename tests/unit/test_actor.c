//  actor: names, names within names, and nouns that stand for the one named last.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s", FACTS_TEXT (finding, 0));
}

static void write_surface (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)finding;
    fprintf (out, "%.*s", (int)surface.len, surface.at);
}

#define CHECK(cases, how) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_actor, how)

START_TEST (names)
{
    static const fact_case_t cases[] = {
        {"The General Assembly heard the Secretary-General.", "ga; sg"},
        {"The Security Council and the Human Rights Council met the Council of Europe.", "sc; hrc; coe"},
        {"The African Union, the European Union and INTERPOL took part.", "au; eu; interpol"},
        {"WHO and UN-Women joined; who else?", "who; un-women"},
        {"The Deputy Secretary-General opened it.", "deputy-sg"},
        {"The Working Group on Firearms and the Working Group on Trafficking in Persons met.", "wg-firearms; wg-tip"},
        {"The UNODC-WCO Container Control Programme works.", "unodc; wco; ccp"},
        {"The Commonwealth Parliamentary Association met in the Commonwealth of Dominica.",
         "commonwealth-parliamentary-association"},
        {"The Commonwealth of Independent States is not the Commonwealth.", "cis; commonwealth"},
        {"The Secretary\xE2\x80\x91General and the United Nations Children\xE2\x80\x99s Fund.", "sg; unicef"},
        {"The National Assembly and the National Security Council met.", ""},
        {"The Caribbean Community Implementation Agency for Crime and Security helped.", "caricom-impacs; caricom"},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (nouns)
{
    static const fact_case_t cases[] = {
        {"The Commission on Narcotic Drugs met. The Commission adopted it.", "cnd; cnd"},
        {"The Security Council spoke; the Council and the Economic and Social Council, then the Council.",
         "sc; sc; ecosoc; ecosoc"},
        {"The Office helped.", "unodc"},
        {"The Office of Counter-Terrorism spoke before the Office of Legal Affairs did.", "unoct; ola"},
        {"UNODC and the Office of Counter-Terrorism met, and the Office helped.", "unodc; unoct; unodc"},
        {"The Office of the United Nations High Commissioner for Human Rights wrote, and the Office sent it.",
         "ohchr; ohchr"},
        {"The Assembly decided so.", "ga"},
        {"The Commission met.", ""},
        {"The Commission on the Future of Salt met.", ""},
        {"The Conference of the States Parties met. The Conference decided.", "cosp-uncac; cosp-uncac"},
        {"The Conference of States Parties to the Convention on Honest Weights met.", ""},
        {"The Conference of the Parties to the Convention met.", "cop-untoc"},
        {"The Fourteenth Congress and the Congress itself.", "crime-congress; crime-congress"},
        {"The Global Judicial Integrity Network grew; the Network has members.", "gjin; gjin"},
        {"The Network has members.", ""},
    };
    CHECK (cases, write);
}
END_TEST

START_TEST (surfaces)
{
    static const fact_case_t cases[] = {
        {"In line with Assembly resolution 91/5, the Assembly met.", "Assembly; Assembly"},
        {"The Office helped the Egmont Group.", "Office; Egmont Group"},
    };
    CHECK (cases, write_surface);
}
END_TEST

//  What travels with the chunk decides where the chunk itself names nobody.
START_TEST (context)
{
    const rap_document_t document = {.language = RAP_TEXT ("en")};
    rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = RAP_TEXT ("The Commission met. The Council met.")};
    const rap_text_t bodies[] = {RAP_TEXT ("cnd"), RAP_TEXT ("ccpcj"), RAP_TEXT ("sc")};
    chunk.context.bodies = bodies;
    chunk.context.bodies_count = 3;
    char *line = facts_in (&document, &chunk, RAP_FINDING_actor, write);
    ck_assert_str_eq (line, "cnd; sc");
    free (line);
    chunk.text = RAP_TEXT ("The Office helped.");
    line = facts_in (&document, &chunk, RAP_FINDING_actor, write);
    ck_assert_str_eq (line, ""); //  none of the bodies is an office
    free (line);
    chunk.text = RAP_TEXT ("The Commission met. The Council met.");
    chunk.context.bodies_count = 0;
    chunk.context.organ = RAP_TEXT ("ecosoc");
    line = facts_in (&document, &chunk, RAP_FINDING_actor, write);
    ck_assert_str_eq (line, "ecosoc");
    free (line);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {names, nouns, surfaces, context};
    return facts_run ("actor", tests, sizeof tests / sizeof *tests);
}
