//  citation: every form of the grammar, whose each number is, and what is no citation.

#include "facts.h"

//  A text, who speaks in it, and the citations: 'symbol [surface]', with '@ pinpoint'
//  and '(relation)' where asked for.
typedef struct {
    const char *text;
    const char *facts;
    rap_chunk_kind_t kind;
    const char *organ;
    const char *bodies; //  named before, latest first, with spaces between
    const char *note_before;
} citation_case_t;

static void write_symbol (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    fprintf (out, "%.*s [%.*s]", FACTS_TEXT (finding, 0), (int)surface.len, surface.at);
}

static void write_pinpoint (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s @ %.*s", FACTS_TEXT (finding, 0), FACTS_TEXT (finding, 1));
}

static void write_relation (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s (%.*s)", FACTS_TEXT (finding, 0), FACTS_TEXT (finding, 2));
}

static void check (const citation_case_t *cases, size_t count, fact_write_fn *write)
{
    const rap_document_t document = {.symbol = RAP_TEXT ("A/85/999"),
                                     .other_symbols = RAP_TEXT ("[\"E/2030/77\"]"),
                                     .published = RAP_TEXT ("2031-06-01")};
    for (size_t i = 0; i < count; i++) {
        rap_chunk_t chunk = {.kind = cases[i].kind ? cases[i].kind : RAP_PARAGRAPH, .text = rap_text (cases[i].text)};
        chunk.context.organ = rap_text (cases[i].organ);
        chunk.context.note_before = rap_text (cases[i].note_before);
        rap_text_t bodies[RAP_CHUNK_BODIES_MAX];
        chunk.context.bodies = bodies;
        for (const char *at = cases[i].bodies; at && *at;) {
            size_t len = strcspn (at, " ");
            bodies[chunk.context.bodies_count++] = rap_text_of (at, len);
            at += len + (at[len] == ' ');
        }
        char *line = facts_in (&document, &chunk, RAP_FINDING_citation, write);
        ck_assert_msg (strcmp (line, cases[i].facts) == 0, "in '%s'\n  expected: %s\n     found: %s", cases[i].text,
                       cases[i].facts, line);
        free (line);
    }
}

#define CHECK(cases, write) check (cases, sizeof cases / sizeof *cases, write)

START_TEST (numbers_of_every_era)
{
    static const fact_case_t cases[] = {
        {.text = "The work follows General Assembly resolution 71/19.", .facts = "A/RES/71/19 [resolution 71/19]"},
        {.text = "See resolution 217 A (III).", .facts = "A/RES/217(III) A [resolution 217 A (III)]"},
        {.text = "See resolutions 3201 (S-VI) and 2252 (ES-V).",
         .facts = "A/RES/3201(S-VI) [resolutions 3201 (S-VI)]; A/RES/2252(ES-V) [2252 (ES-V)]"},
        {.text = "See resolution 377 (V).", .facts = "A/RES/377(V) [resolution 377 (V)]"},
        {.text = "In resolution S-21/3 and resolution ES-10/4 it said so.",
         .facts = "A/RES/S-21/3 [resolution S-21/3]; A/RES/ES-10/4 [resolution ES-10/4]"},
        {.text = "In resolution S\xE2\x80\x91"
                 "21/3 it said so.",
         .facts = "A/RES/S-21/3 [resolution S\xE2\x80\x91"
                  "21/3]"},
        {.text = "General Assembly decision 73/512 applies.", .facts = "A/DEC/73/512 [decision 73/512]"},
        {.text = "General Assembly decision 73/512 B applies.", .facts = "A/DEC/73/512 B [decision 73/512 B]"},
        {.text = "See Assembly resolution 31/6 A and B.",
         .facts = "A/RES/31/6 A [resolution 31/6 A and B]; A/RES/31/6 B [resolution 31/6 A and B]"},
        {.text = "See resolution 70/248 A\xE2\x80\x93"
                 "C.",
         .facts = "A/RES/70/248 A [resolution 70/248 A\xE2\x80\x93"
                  "C]; A/RES/70/248 B [resolution 70/248 A\xE2\x80\x93"
                  "C]; A/RES/70/248 C [resolution 70/248 A\xE2\x80\x93"
                  "C]"},
        {.text = "Under Security Council resolution 1540 (2004) States report.",
         .facts = "S/RES/1540(2004) [resolution 1540 (2004)]"},
        {.text = "In resolution 1540 (2004) it decided so.", .facts = "S/RES/1540(2004) [resolution 1540 (2004)]"},
        //  the number tells the year
        {.text = "It rests on Security Council resolution 1540 and others.",
         .facts = "S/RES/1540(2004) [resolution 1540]"},
        {.text = "In Security Council resolutions 2250 (2015) and 2419 it is so.",
         .facts = "S/RES/2250(2015) [resolutions 2250 (2015)]; S/RES/2419(2018) [2419]"},
        {.text = "Pursuant to Security Council resolution 2178 (2014), 120 States and 1,540 courts reported.",
         .facts = "S/RES/2178(2014) [resolution 2178 (2014)]"},
        {.text = "Of resolution 1540 nothing else is known.", .facts = ""},
        {.text = "Economic and Social Council resolutions 155 C (VII) and 1106 (XL) were first.",
         .facts = "E/RES/155(VII) C [resolutions 155 C (VII)]; E/RES/1106(XL) [1106 (XL)]"},
        {.text = "Economic and Social Council resolution 1966/1106 (XL) was one.",
         .facts = "E/RES/1106(XL) [resolution 1966/1106 (XL)]"},
        {.text = "Economic and Social Council resolution 2029/14 and decision 2029/231 did so.",
         .facts = "E/RES/2029/14 [resolution 2029/14]; E/DEC/2029/231 [decision 2029/231]"},
        {.text = "Human Rights Council resolutions 41/6 and S-17/1 were read.",
         .facts = "A/HRC/RES/41/6 [resolutions 41/6]; A/HRC/RES/S-17/1 [S-17/1]"},
        {.text = "Commission on Crime Prevention and Criminal Justice resolution 26/3 asks it.",
         .facts = "E/CN.15/RES/26/3 [resolution 26/3]"},
        {.text = "Commission on Narcotic Drugs resolution 58/2 and decision 58/11 ask it.",
         .facts = "E/CN.7/RES/58/2 [resolution 58/2]; E/CN.7/DEC/58/11 [decision 58/11]"},
        {.text = "Resolution 9/4 of the Conference of the Parties to the United Nations Convention against "
                 "Transnational Organized Crime was its answer.",
         .facts = "CTOC/COP/RES/9/4 [Resolution 9/4]"},
        {.text = "Decision 7/1 of the Conference of the States Parties to the United Nations Convention against "
                 "Corruption was its answer.",
         .facts = "CAC/COSP/DEC/7/1 [Decision 7/1]"},
        {.text = "United Nations Environment Assembly resolution 4/6 asks it.",
         .facts = "UNEP/EA.4/Res.6 [resolution 4/6]"},
    };
    facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_citation, write_symbol);
}
END_TEST

START_TEST (symbols_of_documents)
{
    static const fact_case_t cases[] = {
        {.text = "The report (A/79/55) and document E/2030/41.", .facts = "A/79/55 [A/79/55]; E/2030/41 [E/2030/41]"},
        {.text = "See S/2019/12, A/5700 and S/26695.",
         .facts = "S/2019/12 [S/2019/12]; A/5700 [A/5700]; S/26695 [S/26695]"},
        {.text = "Drafts A/C.3/80/L.4/Rev.1 and A/AC.109/2028/7 were there.",
         .facts = "A/C.3/80/L.4/Rev.1 [A/C.3/80/L.4/Rev.1]; A/AC.109/2028/7 [A/AC.109/2028/7]"},
        {.text = "See A/CONF.240/3, E/CN.15/2028/CRP.2 and CAC/COSP/IRG/2028/4.",
         .facts = "A/CONF.240/3 [A/CONF.240/3]; E/CN.15/2028/CRP.2 [E/CN.15/2028/CRP.2]; CAC/COSP/IRG/2028/4 "
                  "[CAC/COSP/IRG/2028/4]"},
        {.text = "A/68/53/Add.1/Corr.2.", .facts = "A/68/53/Add.1/Corr.2 [A/68/53/Add.1/Corr.2]"},
        {.text = "See A/80/6 (Sect. 16), A/80/12 (Part II) and A/48/9 (Vol. I).",
         .facts =
             "A/80/6 (Sect. 16) [A/80/6 (Sect. 16)]; A/80/12 (Part II) [A/80/12 (Part II)]; A/48/9 (Vol. I) [A/48/9 "
             "(Vol. I)]"},
        {.text = "In S/RES/1540 (2004)* and S/PRST/2012/7 it is said.",
         .facts = "S/RES/1540(2004) [S/RES/1540 (2004)]; S/PRST/2012/7 [S/PRST/2012/7]"},
        {.text = "See E/CN.7/2030/3-E/CN.15/2030/4.",
         .facts = "E/CN.7/2030/3 [E/CN.7/2030/3-E/CN.15/2030/4]; E/CN.15/2030/4 [E/CN.7/2030/3-E/CN.15/2030/4]"},
        {.text = "See A/77/90\xE2\x80\x93"
                 "S/2022/610.",
         .facts = "A/77/90 [A/77/90\xE2\x80\x93"
                  "S/2022/610]; S/2022/610 [A/77/90\xE2\x80\x93"
                  "S/2022/610]"},
        {.text = "See A/77/90- S/2022/610.",
         .facts = "A/77/90 [A/77/90- S/2022/610]; S/2022/610 [A/77/90- S/2022/610]"},
        {.text = "See A/74/10 and Corr.1.", .facts = "A/74/10 [A/74/10]; A/74/10/Corr.1 [Corr.1]"},
        {.text = "See A/ES\xE2\x80\x91"
                 "10/21 and ICCD/COP(12)/20/Add.1.",
         .facts = "A/ES-10/21 [A/ES\xE2\x80\x91"
                  "10/21]; ICCD/COP(12)/20/Add.1 [ICCD/COP(12)/20/Add.1]"},
        {.text = "See UNEP/EA.4/Res.6 and ST/SGB/2016/3.",
         .facts = "UNEP/EA.4/Res.6 [UNEP/EA.4/Res.6]; ST/SGB/2016/3 [ST/SGB/2016/3]"},
        {.text = "Resolution A/RES/71/19 is named by its symbol.", .facts = "A/RES/71/19 [A/RES/71/19]"},
    };
    facts_check (cases, sizeof cases / sizeof *cases, RAP_FINDING_citation, write_symbol);
}
END_TEST

START_TEST (lists_and_their_governor)
{
    static const citation_case_t cases[] = {
        {.text = "General Assembly resolutions 44/3 of 1 May 1989, 58/1 of 2 June 2003 and 66/9 apply.",
         .facts = "A/RES/44/3 [resolutions 44/3]; A/RES/58/1 [58/1]; A/RES/66/9 [66/9]"},
        {.text =
             "Recalling Economic and Social Council resolutions 2011/3 and 2014/5, and General Assembly resolution "
             "70/5,",
         .facts = "E/RES/2011/3 [resolutions 2011/3]; E/RES/2014/5 [2014/5]; A/RES/70/5 [resolution 70/5]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text =
             "Its resolutions 51/2 of 5 June 1996, entitled \xE2\x80\x9CPublic order\xE2\x80\x9D, and 52/3 remain.",
         .facts = "A/RES/51/2 [resolutions 51/2]; A/RES/52/3 [52/3]",
         .organ = "ga"},
        {.text =
             "Recalling Economic and Social Council resolutions 1992/2, entitled \xE2\x80\x9CUse of General Assembly "
             "resolution 46/1 in courts\xE2\x80\x9D, and 1993/4 of 27 July 1993,",
         .facts = "E/RES/1992/2 [resolutions 1992/2]; A/RES/46/1 [resolution 46/1]; E/RES/1993/4 [1993/4]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "General Assembly and Security Council resolutions 60/18 and 1645 (2005) created it.",
         .facts = "A/RES/60/18 [resolutions 60/18]; S/RES/1645(2005) [1645 (2005)]"},
        {.text = "Human Rights Council resolutions on this, including resolutions 31/4 and 42/7, say so.",
         .facts = "A/HRC/RES/31/4 [resolutions 31/4]; A/HRC/RES/42/7 [42/7]",
         .organ = "ga"},
        {.text = "Resolutions 72/1, sect. C, para. 3; 73/2, sect. III; and 74/3 B are meant.",
         .facts = "A/RES/72/1 [Resolutions 72/1]; A/RES/73/2 [73/2]; A/RES/74/3 B [74/3 B]",
         .kind = RAP_FOOTNOTE},
        {.text = "Resolutions 70/5 to 70/7 and 71/1\xE2\x80\x93"
                 "71/2 apply.",
         .facts = "A/RES/70/5 [Resolutions 70/5 to 70/7]; A/RES/70/6 [Resolutions 70/5 to 70/7]; A/RES/70/7 "
                  "[Resolutions 70/5 to 70/7]; A/RES/71/1 [71/1\xE2\x80\x93"
                  "71/2]; A/RES/71/2 [71/1\xE2\x80\x93"
                  "71/2]"},
        {.text = "From resolution 70/5 to resolution 71/6 much changed.",
         .facts = "A/RES/70/5 [resolution 70/5]; A/RES/71/6 [resolution 71/6]"},
        {.text = "Resolution 70/5 asks it. In 2031, 71/6 of those asked did not.",
         .facts = "A/RES/70/5 [Resolution 70/5]"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (whose_it_is)
{
    static const citation_case_t cases[] = {
        {.text = "Recalling its resolutions 60/1 and 61/2,",
         .facts = "A/RES/60/1 [resolutions 60/1]; A/RES/61/2 [61/2]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Recalling its resolution 44/1,",
         .facts = "A/HRC/RES/44/1 [resolution 44/1]",
         .kind = RAP_PREAMBULAR,
         .organ = "hrc"},
        {.text = "Recalling its resolution 62/1,",
         .facts = "E/CN.7/RES/62/1 [resolution 62/1]",
         .kind = RAP_PREAMBULAR,
         .organ = "cnd"},
        {.text = "Recalling its previous annual resolution 62/1,",
         .facts = "A/RES/62/1 [resolution 62/1]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "In its resolution 2028/6, the Economic and Social Council asked for it.",
         .facts = "E/RES/2028/6 [resolution 2028/6]"},
        {.text = "The Commission on Narcotic Drugs, in its resolution 58/2, asked for it.",
         .facts = "E/CN.7/RES/58/2 [resolution 58/2]",
         .organ = "ga"},
        {.text = "The Commission, in its resolution 26/3, asked for it.",
         .facts = "E/CN.15/RES/26/3 [resolution 26/3]",
         .bodies = "ccpcj cnd"},
        {.text = "The Commission, in its resolution 38/3, asked for it.",
         .facts = "E/CN.7/RES/38/3 [resolution 38/3]",
         .bodies = "cnd ccpcj"},
        //  Narcotic Drugs had roman figures at its twenty-sixth session
        {.text = "The Commission, in its resolution 26/3, asked for it.",
         .facts = "E/CN.15/RES/26/3 [resolution 26/3]",
         .bodies = "cnd ccpcj"},
        {.text = "In line with resolution 9/4, States met.",
         .facts = "CTOC/COP/RES/9/4 [resolution 9/4]",
         .bodies = "unodc cop-untoc"},
        {.text = "In line with Conference resolution 8/4, States met.",
         .facts = "CAC/COSP/RES/8/4 [resolution 8/4]",
         .bodies = "cosp-uncac cop-untoc"},
        //  a session before the thirty-first is never the Assembly's, and nobody else is named
        {.text = "In line with resolution 9/4, States met.", .facts = "", .organ = "ga"},
        {.text = "See CTOC/COP/2028/9, sect. I.A, resolution 9/4.",
         .facts = "CTOC/COP/2028/9 [CTOC/COP/2028/9]; CTOC/COP/RES/9/4 [resolution 9/4]",
         .kind = RAP_FOOTNOTE},
        {.text = "The General Assembly\xE2\x80\x99s resolution 70/5 asks it.",
         .facts = "A/RES/70/5 [resolution 70/5]"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (no_citation)
{
    static const citation_case_t cases[] = {
        {.text = "On 26/27 May 2030 the two met.", .facts = ""},
        {.text = "In the biennium 2020/21 and under article 24/7, half (50/50) came.", .facts = ""},
        {.text = "The line is open 24/7/365.", .facts = ""},
        {.text = "Resolution 70/5 set the ratio at 31/40 and the score at 61/90.",
         .facts = "A/RES/70/5 [Resolution 70/5]"},
        {.text = "Economic and Social Council resolution 2019/3 set the budget for 2020/21.",
         .facts = "E/RES/2019/3 [resolution 2019/3]"},
        {.text = "The resolution of 71 per cent of cases and the decision of 12 courts.", .facts = ""},
        {.text = "Indian Ocean Fisheries Commission resolution 12/7 binds its members.",
         .facts = "",
         .bodies = "ccpcj cnd"},
        {.text = "Members of T/PCCs and S/he or and/or.", .facts = ""},
        {.text = "See www.example.org/A/79/55 and xA/79/55.", .facts = ""},
        //  the document itself, also by its joint symbol
        {.text = "Document A/85/999, issued as E/2030/77.", .facts = ""},
        {.text = "The court of case 70/5 took a decision.", .facts = ""},
        {.text = "Resolution 70/5555 and resolution 071/5 do not exist.", .facts = ""},
        {.text = "It took place in 2030 (2004 was earlier).", .facts = ""},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (notes)
{
    static const citation_case_t cases[] = {
        {.text = "Ibid.", .facts = "A/79/55 [Ibid.]", .kind = RAP_FOOTNOTE, .note_before = "See A/79/55, para. 3."},
        {.text = "Ibid., annex II.",
         .facts = "A/RES/70/5 [Ibid.]",
         .kind = RAP_FOOTNOTE,
         .note_before = "General Assembly resolution 70/5."},
        {.text = "Ibid., Supplement No. 10 (E/2028/30).",
         .facts = "E/2028/30 [E/2028/30]",
         .kind = RAP_FOOTNOTE,
         .note_before = "See A/79/55, para. 3."},
        //  a volume of the series is a treaty of its own
        {.text = "Ibid., vol. 1577, No. 27531.",
         .facts = "crc [vol. 1577, No. 27531]",
         .kind = RAP_FOOTNOTE,
         .note_before = "United Nations, Treaty Series, vol. 999, No. 14668."},
        {.text = "Ibid., arts. 3 and 4.",
         .facts = "iccpr [Ibid.]",
         .kind = RAP_FOOTNOTE,
         .note_before = "United Nations, Treaty Series, vol. 999, No. 14668."},
        {.text = "Ibid., vol. 4000, No. 99999.",
         .facts = "",
         .kind = RAP_FOOTNOTE,
         .note_before = "United Nations, Treaty Series, vol. 999, No. 14668."},
        //  a corrigendum is no source of its own
        {.text = "Ibid., annex III.",
         .facts = "A/79/55 [Ibid.]",
         .kind = RAP_FOOTNOTE,
         .note_before = "See A/79/55 and A/79/55/Corr.1, annex I."},
        //  a chain of them leads to the first that names its source
        {.text = "Ibid., annex III.",
         .facts = "A/79/55 [Ibid.]",
         .kind = RAP_FOOTNOTE,
         .note_before = "Resolution 70/5.\nSee A/79/55, para. 3.\nIbid., para. 4.\nIbid."},
        {.text = "Ibid.",
         .facts = "E/2029/30 [Ibid.]",
         .kind = RAP_FOOTNOTE,
         .note_before = "See A/79/55, para. 3.\nIbid., Supplement No. 10 (E/2029/30), chap. I.\nIbid., chap. II."},
        {.text = "Ibid.",
         .facts = "",
         .kind = RAP_FOOTNOTE,
         .note_before = "See A/79/55, para. 3.\nThe Book of Wells, p. 7.\nIbid., p. 9."},
        {.text = "Ibid.", .facts = "", .kind = RAP_FOOTNOTE},
        {.text = "Ibid.", .facts = "", .kind = RAP_PARAGRAPH, .note_before = "See A/79/55, para. 3."},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (treaties)
{
    static const citation_case_t cases[] = {
        {.text = "United Nations, Treaty Series, vol. 2225, No. 39574.",
         .facts = "untoc [vol. 2225, No. 39574]",
         .kind = RAP_FOOTNOTE},
        {.text = "United Nations, Treaty Series, vols. 2225, 2237, 2241 and 2326, No. 39574, art. 5.",
         .facts = "untoc [vols. 2225, 2237, 2241 and 2326, No. 39574]; untoc-tip [vols. 2225, 2237, 2241 and 2326, "
                  "No. 39574]; untoc-som [vols. 2225, 2237, 2241 and 2326, No. 39574]; untoc-firearms [vols. 2225, "
                  "2237, 2241 and 2326, No. 39574]",
         .kind = RAP_FOOTNOTE},
        {.text = "United Nations, Treaty Series, vol. 1125, Nos. 17512 and 17513.",
         .facts = "geneva-protocol-1 [vol. 1125, Nos. 17512 and 17513]; geneva-protocol-2 [vol. 1125, Nos. 17512 and "
                  "17513]",
         .kind = RAP_FOOTNOTE},
        {.text = "United Nations, Treaty Series, vol. 75, Nos. 972\xE2\x80\x93"
                 "973.",
         .facts = "geneva-1949-3 [vol. 75, Nos. 972\xE2\x80\x93"
                  "973]; geneva-1949-4 [vol. 75, Nos. 972\xE2\x80\x93"
                  "973]",
         .kind = RAP_FOOTNOTE},
        {.text = "Journal of Wells, vol. 12, No. 3 (May 2020).", .facts = "", .kind = RAP_FOOTNOTE},
        {.text = "Proceedings, vol. II, and vol. 2225.", .facts = "", .kind = RAP_FOOTNOTE},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (letters_and_series_in_symbols)
{
    static const citation_case_t cases[] = {
        {.text = "See A/RES/57/270 B and resolution 58/126 A.",
         .facts = "A/RES/57/270 B [A/RES/57/270 B]; A/RES/58/126 A [resolution 58/126 A]"},
        {.text = "See A/RES/57/270B and resolution 58/126A.",
         .facts = "A/RES/57/270 B [A/RES/57/270B]; A/RES/58/126 A [resolution 58/126A]"},
        {.text = "See resolution 217A (III) and A/RES/217(III)A.",
         .facts = "A/RES/217(III) A [resolution 217A (III)]; A/RES/217(III) A [A/RES/217(III)A]"},
        {.text = "See A/RES/2625(XXV), A/RES/S-30/1 and A/RES/ES-11/4.",
         .facts = "A/RES/2625(XXV) [A/RES/2625(XXV)]; A/RES/S-30/1 [A/RES/S-30/1]; A/RES/ES-11/4 [A/RES/ES-11/4]"},
        {.text = "See S/RES/1540 and S/RES/1540 (2004).",
         .facts = "S/RES/1540(2004) [S/RES/1540]; S/RES/1540(2004) [S/RES/1540 (2004)]"},
        {.text = "See A/DEC/73/512 B and E/RES/2030/5 and A/HRC/RES/41/6.",
         .facts = "A/DEC/73/512 B [A/DEC/73/512 B]; E/RES/2030/5 [E/RES/2030/5]; A/HRC/RES/41/6 [A/HRC/RES/41/6]"},
        {.text = "Resolutions 72/9 A to C.",
         .facts = "A/RES/72/9 A [Resolutions 72/9 A to C]; A/RES/72/9 B [Resolutions 72/9 A to C]; A/RES/72/9 C "
                  "[Resolutions 72/9 A to C]"},
        {.text = "Resolutions 46/3 I of 6 May 1991 and 46/4 I and 46/5 I said so.",
         .facts = "A/RES/46/3 I [Resolutions 46/3 I]; A/RES/46/4 I [46/4 I]; A/RES/46/5 [46/5]"},
        {.text = "Resolution 72/9 A, B and D.",
         .facts = "A/RES/72/9 A [Resolution 72/9 A, B and D]; A/RES/72/9 B [Resolution 72/9 A, B and D]; A/RES/72/9 "
                  "D [Resolution 72/9 A, B and D]"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (documents_in_lists)
{
    static const citation_case_t cases[] = {
        {.text = "It met twice (see A/C.4/72/SR.3-5 and 9).",
         .facts = "A/C.4/72/SR.3 [A/C.4/72/SR.3-5]; A/C.4/72/SR.4 [A/C.4/72/SR.3-5]; A/C.4/72/SR.5 "
                  "[A/C.4/72/SR.3-5]; A/C.4/72/SR.9 [9]"},
        {.text = "Papers (A/AC.109/2071, 2072 and 2074) were read.",
         .facts = "A/AC.109/2071 [A/AC.109/2071]; A/AC.109/2072 [2072]; A/AC.109/2074 [2074]"},
        {.text = "It read A/C.3/80/L.4, 12 letters and A/C.3/80/L.5 and 7 others.",
         .facts = "A/C.3/80/L.4 [A/C.3/80/L.4]; A/C.3/80/L.5 [A/C.3/80/L.5]"},
        {.text = "The report (A/79/55, 2024) was long.", .facts = "A/79/55 [A/79/55]"},
        {.text = "See UNEP/OzL.Pro.28/12 and UNEP/CBD/COP/10/27.",
         .facts = "UNEP/OzL.Pro.28/12 [UNEP/OzL.Pro.28/12]; UNEP/CBD/COP/10/27 [UNEP/CBD/COP/10/27]"},
        {.text = "See E/CN.7/2030/3-\nE/CN.15/2030/4.",
         .facts = "E/CN.7/2030/3 [E/CN.7/2030/3-\nE/CN.15/2030/4]; E/CN.15/2030/4 [E/CN.7/2030/3-\nE/CN.15/2030/4]"},
        {.text = "See A/80/332/Rev.1/Add.2, ST/SGB/2013/4/Amend.1 and E/2030/INF/2.",
         .facts = "A/80/332/Rev.1/Add.2 [A/80/332/Rev.1/Add.2]; ST/SGB/2013/4/Amend.1 [ST/SGB/2013/4/Amend.1]; "
                  "E/2030/INF/2 [E/2030/INF/2]"},
        {.text = "See A/C.5/80/NGO/1, S/PV.8123 and CTOC/COP/WG.4/2029/2.",
         .facts = "A/C.5/80/NGO/1 [A/C.5/80/NGO/1]; S/PV.8123 [S/PV.8123]; CTOC/COP/WG.4/2029/2 "
                  "[CTOC/COP/WG.4/2029/2]"},
        {.text = "See A/47/10 (Supp), E/2029/30 (Part II) and A/63/9 (Vol. II)/Corr.1.",
         .facts = "A/47/10 (Supp) [A/47/10 (Supp)]; E/2029/30 (Part II) [E/2029/30 (Part II)]; A/63/9 (Vol. "
                  "II)/Corr.1 [A/63/9 (Vol. II)/Corr.1]"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (the_council_that_numbers_through)
{
    static const citation_case_t cases[] = {
        //  each number tells its year, and one with a year tells whose the others are
        {.text = "Resolutions 1325 and 2242 (2015) ask for it.",
         .facts = "S/RES/1325(2000) [Resolutions 1325]; S/RES/2242(2015) [2242 (2015)]"},
        {.text = "In line with resolutions 1960 and 2106, it acted.",
         .facts = "S/RES/1960(2010) [resolutions 1960]; S/RES/2106(2013) [2106]",
         .kind = RAP_OPERATIVE,
         .organ = "sc"},
        {.text = "The Security Council met. Under resolution 2178 it acted.",
         .facts = "S/RES/2178(2014) [resolution 2178]"},
        {.text = "In line with resolutions 1960 and 2106, it acted.", .facts = "", .organ = "ga"},
        {.text = "UNSCRs 2127 (2013) and 2134 (2014) apply.",
         .facts = "S/RES/2127(2013) [UNSCRs 2127 (2013)]; S/RES/2134(2014) [2134 (2014)]"},
        {.text = "In 2030, 1540 courts sat.", .facts = "", .organ = "sc"},
        {.text = "Recalling its resolutions and presidential statements on this, in particular 2254 (2015),",
         .facts = "S/RES/2254(2015) [2254 (2015)]",
         .kind = RAP_PREAMBULAR,
         .organ = "sc"},
        {.text = "Presidential Statements 2015/25 and S/PRST/2016/4 of 2016 stand.",
         .facts = "S/PRST/2015/25 [Presidential Statements 2015/25]; S/PRST/2016/4 [S/PRST/2016/4]"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (the_session_tells_the_year)
{
    static const citation_case_t cases[] = {
        //  the ninth session of the one was in 2000, of the other in 2018
        {.text = "Welcoming the adoption of resolution 9/4 of 19 October 2018,",
         .facts = "CTOC/COP/RES/9/4 [resolution 9/4]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga",
         .bodies = "ccpcj cop-untoc"},
        {.text = "Taking note of Commission resolution 62/4 of 22 March 2019,",
         .facts = "E/CN.7/RES/62/4 [resolution 62/4]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Recalling resolution 42/7 of 4 December 1987 and the Human Rights Council,",
         .facts = "A/RES/42/7 [resolution 42/7]",
         .kind = RAP_PREAMBULAR,
         .organ = "hrc"},
        //  what is said outright counts, even misdated
        {.text = "General Assembly resolution 70/5 of 3 May 1990 says so.", .facts = "A/RES/70/5 [resolution 70/5]"},
        //  a session to come
        {.text = "Recalling its resolution 119/5,", .facts = "", .kind = RAP_PREAMBULAR, .organ = "ga"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (reports_that_tell_of_bodies)
{
    static const citation_case_t cases[] = {
        {.text =
             "The Conference of the Parties to the Organized Crime Convention met. In resolution 9/4, it asked so.",
         .facts = "CTOC/COP/RES/9/4 [resolution 9/4]",
         .organ = "ccpcj"},
        {.text = "States met in line with resolution 9/4.",
         .facts = "CAC/COSP/RES/9/4 [resolution 9/4]",
         .organ = "ccpcj",
         .bodies = "cosp-uncac ga"},
        {.text = "The Working Group on Wells acted on its decision 7/4.", .facts = "", .bodies = "cop-untoc"},
        {.text = "The Human Rights Council welcomed it in resolution 47/3.",
         .facts = "A/HRC/RES/47/3 [resolution 47/3]",
         .organ = "ga"},
        {.text = "In resolution 62/4, the Commission on Narcotic Drugs asked so.",
         .facts = "E/CN.7/RES/62/4 [resolution 62/4]",
         .organ = "ga"},
        {.text =
             "In line with resolution 28/3 on wells, the Commission on Crime Prevention and Criminal Justice met.",
         .facts = "E/CN.15/RES/28/3 [resolution 28/3]",
         .organ = "ga"},
        {.text = "Resolution 24/3 of the Commission on Crime Prevention and Criminal Justice opened the line 24/7.",
         .facts = "E/CN.15/RES/24/3 [Resolution 24/3]"},
        {.text = "States welcomed it in resolution 47/3.", .facts = "A/RES/47/3 [resolution 47/3]", .bodies = "hrc"},
        {.text = "States welcomed it in resolution 47/3.",
         .facts = "A/HRC/RES/47/3 [resolution 47/3]",
         .organ = "hrc"},
        {.text = "Recalling resolutions 4/6 of 3 March 2019, entitled \xE2\x80\x9CWells\xE2\x80\x9D, and 4/9, "
                 "adopted by the United Nations Environment Assembly,",
         .facts = "UNEP/EA.4/Res.6 [resolutions 4/6]; UNEP/EA.4/Res.9 [4/9]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Recalling its decision 281 (LX) and decision 1988/103,",
         .facts = "E/DEC/281(LX) [decision 281 (LX)]; E/DEC/1988/103 [decision 1988/103]",
         .kind = RAP_PREAMBULAR,
         .organ = "ecosoc"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (the_same_again)
{
    static const citation_case_t cases[] = {
        {.text = "Resolution 70/5 set it up, and in paragraph 3 of the same resolution it asked for more.",
         .facts = "A/RES/70/5 @ ; A/RES/70/5 @ paragraph 3"},
        {.text = "After decision 73/512 and resolution 70/5, the said decision lapsed.",
         .facts = "A/DEC/73/512 @ ; A/RES/70/5 @ ; A/DEC/73/512 @ "},
        {.text = "The same resolution says so.", .facts = ""},
        {.text = "This resolution and that resolution differ.", .facts = ""},
    };
    CHECK (cases, write_pinpoint);
}
END_TEST

START_TEST (marks_printed_at_numbers)
{
    static const citation_case_t cases[] = {
        {.text = "Recalling Human Rights Council resolutions 29/1 of 2 May 2015,131/4 of 3 May 2016,232/7 and 33/5,",
         .facts = "A/HRC/RES/29/1 [resolutions 29/1]; A/HRC/RES/31/4 [31/4]; A/HRC/RES/32/7 [32/7]; A/HRC/RES/33/5 "
                  "[33/5]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Recalling its resolution 73/1813 on wells,",
         .facts = "A/RES/73/181 [resolution 73/181]",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
    };
    CHECK (cases, write_symbol);
}
END_TEST

START_TEST (places_in_them)
{
    static const citation_case_t cases[] = {
        {.text = "Resolution 70/5, annex.", .facts = "A/RES/70/5 @ annex"},
        {.text = "See General Assembly resolution 2200 A (XXI), annex.", .facts = "A/RES/2200(XXI) A @ annex"},
        {.text = "See resolution 70/5 of 3 May 2015, annex II, sect. A.", .facts = "A/RES/70/5 @ annex II, sect. A"},
        {.text = "As in paragraphs 5 and 6 of General Assembly resolution 70/5.",
         .facts = "A/RES/70/5 @ paragraphs 5 and 6"},
        {.text = "As in paragraph 8 (a) of its resolution 70/5.",
         .facts = "A/RES/70/5 @ paragraph 8 (a)",
         .organ = "ga"},
        {.text = "See A/79/55, paras. 5\xE2\x80\x93"
                 "7.",
         .facts = "A/79/55 @ paras. 5\xE2\x80\x93"
                  "7"},
        {.text = "Official Records of the Economic and Social Council, 2028, Supplement No. 10 (E/2028/30), chap. I, "
                 "sect. "
                 "D.",
         .facts = "E/2028/30 @ chap. I, sect. D"},
        {.text = "See A/79/55, para. 5, and A/79/56.", .facts = "A/79/55 @ para. 5; A/79/56 @ "},
        {.text = "Resolutions 70/5, para. 3, 71/6 and 72/7.",
         .facts = "A/RES/70/5 @ para. 3; A/RES/71/6 @ ; A/RES/72/7 @ "},
        //  a place that belongs to what comes
        {.text = "As in paragraph 7 of resolution 70/5, paragraph 9 of resolution 71/6 and section II of resolution "
                 "72/7.",
         .facts = "A/RES/70/5 @ paragraph 7; A/RES/71/6 @ paragraph 9; A/RES/72/7 @ section II"},
        {.text = "In resolution 70/5, annex, and paragraph 9 of the General Assembly resolution 71/6.",
         .facts = "A/RES/70/5 @ annex; A/RES/71/6 @ paragraph 9"},
        {.text = "Under paragraph 4 of resolution 2009 (2011), paragraph 5 of 2095 (2013) and 2174 (2014).",
         .facts = "S/RES/2009(2011) @ paragraph 4; S/RES/2095(2013) @ paragraph 5; S/RES/2174(2014) @ "},
        {.text = "As the relevant paragraphs of resolution 70/5 and the section of resolution 71/6 say.",
         .facts = "A/RES/70/5 @ ; A/RES/71/6 @ "},
        //  a resolution is a place in a document that prints several
        {.text = "See A/CONF.240/6, chap. I, resolution 2, annex.",
         .facts = "A/CONF.240/6 @ chap. I, resolution 2, annex"},
        {.text = "See FCCC/CP/2029/10/Add.1, decision 4/CP.31, annex.",
         .facts = "FCCC/CP/2029/10/Add.1 @ decision 4/CP.31, annex"},
        {.text = "See E/2029/30, chap. I, sect. A, draft resolution II.",
         .facts = "E/2029/30 @ chap. I, sect. A, draft resolution II"},
        {.text = "It adopted draft resolution A/C.3/80/L.4 (see para. 12, draft resolution II).",
         .facts = "A/C.3/80/L.4 @ see para. 12, draft resolution II"},
        {.text = "It read A/C.3/80/L.4 (see para. 12).", .facts = "A/C.3/80/L.4 @ "},
        {.text = "See CTOC/COP/2028/9, sect. I.A, resolution 9/4, annex.",
         .facts = "CTOC/COP/2028/9 @ sect. I.A; CTOC/COP/RES/9/4 @ annex"},
    };
    CHECK (cases, write_pinpoint);
}
END_TEST

START_TEST (why_it_is_cited)
{
    static const citation_case_t cases[] = {
        {.text = "Pursuant to General Assembly resolution 70/5, the report was made.",
         .facts = "A/RES/70/5 (pursuant)"},
        {.text = "Recalling its resolution 70/5,",
         .facts = "A/RES/70/5 (recalls)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Reaffirming its resolution 70/5,",
         .facts = "A/RES/70/5 (reaffirms)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "The text (see A/79/55) is long.", .facts = "A/79/55 (see)"},
        {.text = "A/79/55.", .facts = "A/79/55 (source)", .kind = RAP_FOOTNOTE},
        {.text = "See A/79/55.", .facts = "A/79/55 (see)", .kind = RAP_FOOTNOTE},
        {.text = "The Office read A/79/55.", .facts = "A/79/55 (other)"},
        {.text = "In pursuance of its resolution 70/5,",
         .facts = "A/RES/70/5 (pursuant)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        //  a verb holds until the next one, whatever is told in between
        {.text =
             "Recalling its resolution 60/4, by which it adopted the Plan, and its resolution 61/2, and requesting "
             "that resolution 62/3 be read,",
         .facts = "A/RES/60/4 (recalls); A/RES/61/2 (recalls); A/RES/62/3 (other)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Recalls its requests in resolution 60/4, and requests the Office to apply resolution 61/2;",
         .facts = "A/RES/60/4 (recalls); A/RES/61/2 (other)",
         .kind = RAP_OPERATIVE,
         .organ = "ga"},
        //  a reason holds for the list after it, and those joined to that
        {.text =
             "Pursuant to General Assembly resolutions 60/4 and 61/2, Economic and Social Council resolution 2029/4 "
             "and paragraph 3 of resolution 62/3, the Office, which had helped with resolution 63/5, met.",
         .facts = "A/RES/60/4 (pursuant); A/RES/61/2 (pursuant); E/RES/2029/4 (pursuant); A/RES/62/3 (pursuant); "
                  "A/RES/63/5 (other)"},
        {.text =
             "Reaffirming the report submitted pursuant to resolution 60/4 and the plan of the States in resolution "
             "61/2,",
         .facts = "A/RES/60/4 (pursuant); A/RES/61/2 (reaffirms)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Reaffirming the principles contained in its resolution 60/4,",
         .facts = "A/RES/60/4 (reaffirms)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
        {.text = "Official Records of the General Assembly, Ninetieth Session, Supplement No. 23 (A/90/23).",
         .facts = "A/90/23 (source)"},
        {.text = "See Official Records of the General Assembly, Ninetieth Session, Supplement No. 23 (A/90/23).",
         .facts = "A/90/23 (see)"},
        {.text = "The principles are contained in resolution 60/4.", .facts = "A/RES/60/4 (source)"},
        {.text = "The plan (see A/79/55) was read with A/79/56.", .facts = "A/79/55 (see); A/79/56 (other)"},
        //  a title cites for itself
        {.text = "Recalling its resolutions 60/4 of 5 May 2006, entitled \xE2\x80\x9CReview of resolution "
                 "55/2\xE2\x80\x9D, and 61/2,",
         .facts = "A/RES/60/4 (recalls); A/RES/55/2 (other); A/RES/61/2 (recalls)",
         .kind = RAP_PREAMBULAR,
         .organ = "ga"},
    };
    CHECK (cases, write_relation);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {numbers_of_every_era,
                                  letters_and_series_in_symbols,
                                  symbols_of_documents,
                                  documents_in_lists,
                                  lists_and_their_governor,
                                  whose_it_is,
                                  the_council_that_numbers_through,
                                  the_session_tells_the_year,
                                  reports_that_tell_of_bodies,
                                  the_same_again,
                                  marks_printed_at_numbers,
                                  no_citation,
                                  notes,
                                  treaties,
                                  places_in_them,
                                  why_it_is_cited};
    return facts_run ("citation", tests, sizeof tests / sizeof *tests);
}
