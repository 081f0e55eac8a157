//  place: countries by every name they go by, and names that are none.

#include "facts.h"

static void write (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s", FACTS_TEXT (finding, 0));
}

#define CHECK(cases) facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_place, write)

START_TEST (countries)
{
    static const fact_case_t cases[] = {
        {"Bolivia (Plurinational State of), Iran (Islamic Republic of), Micronesia (Federated States of) and "
         "Venezuela (Bolivarian Republic of) spoke.",
         "BOL; IRN; FSM; VEN"},
        {"The Bolivarian Republic of Venezuela and the Plurinational State of Bolivia spoke.", "VEN; BOL"},
        {"The Republic of Korea and the Democratic People's Republic of Korea differ.", "KOR; PRK"},
        {"The Congo and the Democratic Republic of the Congo differ.", "COG; COD"},
        {"Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea differ.", "GIN; GNB; GNQ; PNG"},
        {"The Niger and Nigeria, the Sudan and South Sudan differ.", "NER; NGA; SDN; SSD"},
        {"The Republic of Moldova, North Macedonia, Eswatini and T\xC3\xBCrkiye signed.", "MDA; MKD; SWZ; TUR"},
        {"C\xC3\xB4te d'Ivoire or C\xC3\xB4te d\xE2\x80\x99Ivoire, Guinea\xE2\x80\x91"
         "Bissau.",
         "CIV; CIV; GNB"},
        {"The United Kingdom of Great Britain and Northern Ireland and Ireland agreed.", "GBR; IRL"},
        {"The State of Palestine and the Holy See observed.", "PSE; VAT"},
        {"The Dominican Republic and Dominica are islands.", "DOM; DMA"},
        {"Canada (also on behalf of Australia and New Zealand) spoke.", "CAN; AUS; NZL"},
        {"Hong Kong, China, and Taiwan Province of China.", "HKG; TWN"},
        {"The Lao People\xE2\x80\x99s Democratic Republic and Viet Nam.", "LAO; VNM"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (no_countries)
{
    static const fact_case_t cases[] = {
        {"Peruvian and Moroccan experts met Georgians.", ""},
        {"It costs five United States dollars.", ""},
        {"New Jersey, New Mexico and New South Wales are states.", ""},
        {"The Lima Declaration, the Samoa Pathway and the Kyoto Protocol.", ""},
        {"The Niger Delta and the Mozambique Channel.", ""},
        {"chad, turkey and china in lower case.", ""},
        {"Chadwick and Jordanstown.", ""},
    };
    CHECK (cases);
}
END_TEST

START_TEST (cities_and_regions)
{
    static const fact_case_t cases[] = {
        {"It met in Mexico City and Vienna.", "MEX-mexico-city; AUT-vienna"},
        {"It met in Quito, Ecuador.", "ECU-quito; ECU"},
        {"Ships in the Gulf of Guinea and West Africa.", "gulf-of-guinea; 011"},
        {"South Africa and Southern Africa differ.", "ZAF; 018"},
        {"The Central African Republic lies in Central Africa.", "CAF; 017"},
    };
    CHECK (cases);
}
END_TEST

//  Every member State is there: each code of the table is found by each of its names.
START_TEST (every_name)
{
    facts_begin ();
    const rap_table_t *table = rap_lexicon_table (facts_lexicon, "countries");
    const rap_document_t document = {.language = RAP_TEXT ("en")};
    char seen[26 * 26 * 26] = {0};
    uint32_t codes = 0;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_text_t name = table->entries[i].fields[0], code = table->entries[i].fields[1];
        if (code.len != 3)
            continue;
        int at = ((code.at[0] - 'A') * 26 + code.at[1] - 'A') * 26 + code.at[2] - 'A';
        codes += !seen[at];
        seen[at] = 1;
        char text[256], expected[8];
        snprintf (text, sizeof text, "Experts of %.*s came.", (int)name.len, name.at);
        snprintf (expected, sizeof expected, "%.*s", (int)code.len, code.at);
        const rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = rap_text (text)};
        char *line = facts_in (&document, &chunk, RAP_FINDING_place, write);
        ck_assert_msg (strcmp (line, expected) == 0, "%s: %s", text, line);
        free (line);
    }
    ck_assert_uint_ge (codes, 249); //  all of ISO 3166-1
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {countries, no_countries, cities_and_regions, every_name};
    return facts_run ("place", tests, sizeof tests / sizeof *tests);
}
