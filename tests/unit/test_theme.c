//  theme: themes, function, flags, goals and crimes of sentences of our own, and tables with mistakes in them.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extract.h"
#include "matcher.h"
#include "terms.h"
#include "theme.h"

static rap_reason_t reason;
static rap_lexicon_t *lexicon;
static rap_extractors_t *extractors;
static rap_arena_t *arena;
static rap_findings_t findings;

static void begin (void)
{
    lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    extractors = rap_extractors_new (lexicon, NULL, &reason);
    ck_assert_msg (extractors != NULL, "%s", reason.text);
    arena = rap_arena_new ();
}

static void end (void)
{
    rap_extractors_destroy (&extractors);
    rap_lexicon_destroy (&lexicon);
    rap_arena_destroy (&arena);
}

//  Reads `text` under `heading` ("" none).
static void read_text (rap_chunk_kind_t kind, const char *heading, const char *text)
{
    rap_arena_reset (arena);
    rap_document_t document = {.kind = RAP_TEXT ("report")};
    rap_chunk_t chunk = {.ordinal = 1, .kind = kind, .label = RAP_TEXT ("1"), .text = rap_text (text)};
    rap_text_t section = rap_text (heading);
    chunk.sections = &section;
    chunk.sections_count = heading[0] != 0;
    rap_status_t status = rap_extractors_run (extractors, &document, &chunk, arena, &findings, &reason);
    ck_assert_msg (status == RAP_OK, "%s", reason.text);
}

//  All codes of a scheme, by rank, as "a b c".
static const char *codes (const char *scheme)
{
    static char joined[512];
    joined[0] = 0;
    int64_t rank = 0;
    for (uint32_t i = 0; i < findings.count; i++) {
        const rap_finding_t *finding = &findings.at[i];
        if (finding->kind != RAP_FINDING_classification
            || !rap_text_equal (finding->values[0].text, rap_text (scheme)))
            continue;
        ck_assert_int_eq (finding->values[3].integer, ++rank);
        ck_assert (finding->values[2].real > 0 && finding->values[2].real <= 1);
        ck_assert_uint_gt (finding->values[4].text.len, 0);
        size_t at = strlen (joined);
        snprintf (joined + at, sizeof joined - at, "%s%.*s", at ? " " : "", (int)finding->values[1].text.len,
                  finding->values[1].text.at);
    }
    return joined;
}

static const char *first (const char *scheme)
{
    char *all = (char *)codes (scheme), *space = strchr (all, ' ');
    if (space)
        *space = 0;
    return all;
}

static const char *rule_of_first (const char *scheme)
{
    static char rule[512];
    for (uint32_t i = 0; i < findings.count; i++)
        if (findings.at[i].kind == RAP_FINDING_classification
            && rap_text_equal (findings.at[i].values[0].text, rap_text (scheme))) {
            snprintf (rule, sizeof rule, "%.*s", (int)findings.at[i].values[4].text.len,
                      findings.at[i].values[4].text.at);
            return rule;
        }
    return "";
}

static const struct {
    const char *heading, *text, *theme;
} about[] = {
    {"", "Divers of the coastguard searched eleven vessels for pirates in the Gulf of Guinea.", "toc.sea"},
    {"", "Wardens of four prisons in Zambia learned how to prepare prisoners for release.", "jus.prison"},
    {"", "A ledger of stolen assets was opened, and the return of assets to Nigeria was agreed.", "cor.assets"},
    {"", "Farmers who gave up opium joined alternative development projects in two valleys.", "drug.altdev"},
    {"", "The laboratory in Lima received reference materials and took part in drug testing rounds.", "res.forensic"},
    {"", "Requests for extradition and mutual legal assistance are now sent between central authorities by wire.",
     "coop.mla"},
    {"", "Donors paid less general-purpose income than the budget had foreseen.", "gov.money"},
    {"", "At its fortieth session the Commission elected its Bureau and adopted the provisional agenda.",
     "gov.bodies"},
    {"", "Lawyers of the legal aid office defended shepherds, and access to justice improved in the highlands.",
     "jus.access"},
    {"Cybercrime", "Eight teams practised the search of seized telephones.", "toc.cyber"},
    {"Smuggling of migrants", "A memorandum was signed by the three neighbours in spring.", "toc.som"},
    //  more particular than the heading above
    {"Organized crime", "Two ports got marking machines and lessons in the tracing of firearms.", "toc.arms"},
};

START_TEST (themes_by_text_and_heading)
{
    read_text (RAP_PARAGRAPH, about[_i].heading, about[_i].text);
    ck_assert_msg (!strcmp (first ("theme"), about[_i].theme), "'%s': %s by %s", about[_i].text, first ("theme"),
                   rule_of_first ("theme"));
}
END_TEST

START_TEST (heading_is_named_in_the_rule)
{
    read_text (RAP_PARAGRAPH, "Trafficking in cultural property", "Three crates were sent home.");
    ck_assert_str_eq (first ("theme"), "toc.heritage");
    ck_assert_ptr_nonnull (strstr (rule_of_first ("theme"), "(heading)"));
    read_text (RAP_PARAGRAPH, "", "Firearms were marked.");
    ck_assert_str_eq (rule_of_first ("theme"), "theme_terms:firearm*");
}
END_TEST

START_TEST (names_of_bodies_hide_their_words)
{
    read_text (RAP_PARAGRAPH, "", "The United Nations Office on Drugs and Crime moved to another floor.");
    ck_assert_str_eq (codes ("theme"), "");
}
END_TEST

static const struct {
    rap_chunk_kind_t kind;
    const char *heading, *text, *function;
} purposes[] = {
    {RAP_PARAGRAPH, "", "UNODC trained ninety prosecutors in Togo and supported the drafting of a law.", "activity"},
    {RAP_PARAGRAPH, "", "UNODC published a handbook on witness protection and a toolkit for judges.", "product"},
    {RAP_PARAGRAPH, "", "I urge Member States to ratify the Firearms Protocol.", "recommendation"},
    {RAP_PARAGRAPH, "", "At the same meeting, the representative of Peru made a statement.", "proceedings"},
    {RAP_PARAGRAPH, "Financial situation", "General-purpose income fell, and voluntary contributions were late.",
     "finance"},
    {RAP_PARAGRAPH, "Introduction", "The present report covers the year that ended in May.", "context"},
    {RAP_PARAGRAPH, "",
     "As of 1 May 2039, there were 196 States parties to the Convention against Corruption, after Tonga had acceded "
     "to it.",
     "status"},
    {RAP_PREAMBULAR, "", "Mindful that courts need time,", "context"},
    {RAP_PREAMBULAR, "", "Recalling its resolution 91/120 of 17 December 2036,", "proceedings"},
    {RAP_OPERATIVE, "", "Urges Member States to train the staff of their courts;", "recommendation"},
};

START_TEST (functions)
{
    read_text (purposes[_i].kind, purposes[_i].heading, purposes[_i].text);
    ck_assert_msg (!strcmp (codes ("function"), purposes[_i].function), "'%s': %s by %s", purposes[_i].text,
                   codes ("function"), rule_of_first ("function"));
}
END_TEST

START_TEST (flags)
{
    read_text (RAP_PARAGRAPH, "", "Young people lost their lessons during the COVID-19 pandemic.");
    ck_assert_ptr_nonnull (strstr (codes ("flag"), "covid"));
    ck_assert_ptr_nonnull (strstr (codes ("flag"), "youth"));
    read_text (RAP_PARAGRAPH, "",
               "The Office of the United Nations High Commissioner for Human Rights sent a guest.");
    ck_assert_str_eq (codes ("flag"), "");
    read_text (RAP_PARAGRAPH, "", "Nobody came.");
    ck_assert_str_eq (codes ("flag"), "");
}
END_TEST

static const struct {
    const char *text, *codes;
} goals[] = {
    {"This serves target 16.3 and Goal 5.", "16.3 5"},
    {"See Goals 5, 10 and 16, and again Goal 16.", "5 10 16"},
    {"Targets 16.4, 16.5 and 16.a are measured by indicators 16.5.1 and 16.1.1.", "16.4 16.5 16.a 16.5.1 16.1.1"},
    {"Goal 18 does not exist, nor does target 16.11; a target of 16 per cent is no target 16.", ""},
    {"The target 16.4.2 is an indicator.", ""},
    {"Goal", ""},
    {"The goal 3 of the match was offside.", ""},
};

START_TEST (names_goals_and_targets)
{
    read_text (RAP_PARAGRAPH, "", goals[_i].text);
    ck_assert_msg (!strcmp (codes ("sdg"), goals[_i].codes), "'%s': '%s'", goals[_i].text, codes ("sdg"));
}
END_TEST

START_TEST (crimes_but_not_instruments)
{
    read_text (RAP_PARAGRAPH, "", "Homicide fell, but bribery rose.");
    ck_assert_str_eq (codes ("iccs"), "0101 0703");
    read_text (RAP_PARAGRAPH, "", "Fiji acceded to the Convention against Corruption.");
    ck_assert_str_eq (codes ("iccs"), "");
}
END_TEST

START_TEST (only_running_text)
{
    static const rap_chunk_kind_t silent[] = {RAP_MASTHEAD, RAP_TITLE, RAP_HEADING, RAP_FOOTNOTE, RAP_FORMULA};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        read_text (silent[i], "Prisons", "Prisons and prisoners, as in target 16.3, homicide, COVID-19.");
        for (uint32_t j = 0; j < findings.count; j++)
            ck_assert_int_ne (findings.at[j].kind, RAP_FINDING_classification);
    }
}
END_TEST

START_TEST (same_input_same_findings)
{
    const char *text = "Judges, police officers and prosecutors of six States discussed firearms and forests.";
    read_text (RAP_PARAGRAPH, "", text);
    char before[512];
    snprintf (before, sizeof before, "%s", codes ("theme"));
    read_text (RAP_PARAGRAPH, "Prisons", "Something else, to leave traces.");
    read_text (RAP_PARAGRAPH, "", text);
    ck_assert_str_eq (codes ("theme"), before);
}
END_TEST

//  --- tables with mistakes ---------------------------------------------------

static char folder[64];

static void write_table (const char *name, const char *content)
{
    char path[128];
    snprintf (path, sizeof path, "%s/%s.tsv", folder, name);
    FILE *file = fopen (path, "w");
    ck_assert_ptr_nonnull (file);
    fputs (content, file);
    fclose (file);
}

static const struct {
    const char *row, *reason;
} mistakes[] = {
    {"gold\tx.none\t1\tany\n", "t.tsv:2: no such class: x.none"},
    {"gold\tx.a\theavy\tany\n", "t.tsv:2: the weight is no number"},
    {"gold\tx.a\tnan\tany\n", "t.tsv:2: the weight is no number"},
    {"gold\tx.a\t1\tbelow\n", "t.tsv:2: where is any, text or heading"},
    {"@kind:song\tx.a\t1\tany\n", "t.tsv:2: no such property: @kind:song"},
    {"*\tx.a\t1\tany\n", "t.tsv:2: empty term"},
    {"@found:clause\tx.a\t-1.5\ttext\n", NULL},
};

START_TEST (refuses_mistakes_by_line)
{
    snprintf (folder, sizeof folder, "/tmp/test_theme.XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    char table[256];
    snprintf (table, sizeof table, "term\tclass\tweight\twhere\n%s", mistakes[_i].row);
    write_table ("t", table);
    write_table ("c", "code\tname\nx.a\tA\n");
    rap_lexicon_t *own = rap_lexicon_new (folder, &reason);
    ck_assert_msg (own != NULL, "%s", reason.text);
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_terms_options_t options = {.table = "t", .column = "class", .classes = "c", .group = RAP_GROUP_THEME};
    rap_terms_t *terms = rap_terms_new (own, builder, &options, &reason);
    if (mistakes[_i].reason)
        ck_assert_msg (!terms && strstr (reason.text, mistakes[_i].reason), "%s", reason.text);
    else
        ck_assert_ptr_nonnull (terms);
    rap_terms_destroy (&terms);
    rap_matcher_builder_destroy (&builder);
    rap_lexicon_destroy (&own);
    char path[128];
    for (const char *const *name = (const char *const[]){"t", "c", NULL}; *name; name++) {
        snprintf (path, sizeof path, "%s/%s.tsv", folder, *name);
        unlink (path);
    }
    rmdir (folder);
}
END_TEST

//  --- trained weights ----------------------------------------------------------

typedef struct {
    double score;
    int told;
} heard_t;

static void hear (void *self, rap_text_t class_code, rap_text_t term, double part, bool in_heading)
{
    (void)term;
    (void)in_heading;
    heard_t *heard = self;
    if (!rap_text_equal (class_code, RAP_TEXT ("x.a")))
        return;
    heard->score += part;
    heard->told++;
}

//  Each counts once a text and once for the headings, however often it stands there and whatever lies over it; those
//  written by hand count as they did.
START_TEST (trained_weights_add_up)
{
    snprintf (folder, sizeof folder, "/tmp/test_theme.XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    write_table ("t", "term\tclass\tweight\twhere\nblue lamp\tx.b\t2\tany\n");
    write_table ("w", "term\tclass\tweight\twhere\nlamp\tx.a\t0.75\ttext\nlamp\tx.a\t0.5\theading\n"
                      "lamp\tx.b\t-0.25\ttext\nblue\tx.a\t1\theading\n");
    write_table ("c", "code\tname\nx.a\tA\nx.b\tB\n");
    rap_lexicon_t *own = rap_lexicon_new (folder, &reason);
    rap_matcher_builder_t *builder = rap_matcher_builder_new ();
    rap_terms_options_t options = {
        .table = "t",
        .weights = "w",
        .column = "class",
        .classes = "c",
        .group = RAP_GROUP_THEME,
        .factors = {.repeats = 1, .repeat = 1, .early_factor = 1, .heading = {1, 1, 1}, .title = 1}};
    rap_terms_t *terms = rap_terms_new (own, builder, &options, &reason);
    ck_assert_msg (terms != NULL, "%s", reason.text);
    rap_matcher_t *matcher = rap_matcher_new (builder, NULL, NULL, &reason);
    ck_assert_msg (matcher != NULL, "%s", reason.text);
    rap_scan_t *text = rap_scan_new (matcher), *headings = rap_scan_new (matcher);
    rap_text_t words = RAP_TEXT ("A blue lamp and a lamp; two lamps"), above = RAP_TEXT ("Lamp and lamp");
    ck_assert_int_eq (rap_scan_run (text, words, &reason), RAP_OK);
    ck_assert_int_eq (rap_scan_run (headings, above, &reason), RAP_OK);
    rap_arena_reset (arena);
    rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = words, .sections = &above, .sections_count = 1};
    rap_extract_t x = {.chunk = &chunk, .arena = arena, .scan = text, .scan_sections = headings, .sections = above};
    heard_t heard = {0};
    rap_terms_listen (terms, hear, &heard);
    uint32_t count;
    const rap_tally_t *tallies = rap_terms_score (terms, &x, 0, &count);
    ck_assert_uint_eq (count, 2);
    ck_assert (rap_text_equal (tallies[0].code, RAP_TEXT ("x.b")) && !tallies[0].trained);
    ck_assert_double_eq_tol (tallies[0].score, 1.75, 1e-9);
    ck_assert (rap_text_equal (tallies[1].code, RAP_TEXT ("x.a")) && tallies[1].trained);
    ck_assert_double_eq_tol (tallies[1].score, 1.25, 1e-9);
    ck_assert_int_eq (heard.told, 2);
    ck_assert_double_eq_tol (heard.score, 1.25, 1e-9);
    rap_scan_destroy (&text);
    rap_scan_destroy (&headings);
    rap_matcher_destroy (&matcher);
    rap_terms_destroy (&terms);
    rap_matcher_builder_destroy (&builder);
    rap_lexicon_destroy (&own);
    char path[128];
    for (const char *const *name = (const char *const[]){"t", "w", "c", NULL}; *name; name++) {
        snprintf (path, sizeof path, "%s/%s.tsv", folder, *name);
        unlink (path);
    }
    rmdir (folder);
}
END_TEST

#define COUNT(array) (int)(sizeof array / sizeof *array)

int main (void)
{
    Suite *suite = suite_create ("theme");
    TCase *tcase = tcase_create ("theme");
    tcase_add_unchecked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 120);
    tcase_add_loop_test (tcase, themes_by_text_and_heading, 0, COUNT (about));
    tcase_add_test (tcase, heading_is_named_in_the_rule);
    tcase_add_test (tcase, names_of_bodies_hide_their_words);
    tcase_add_loop_test (tcase, functions, 0, COUNT (purposes));
    tcase_add_test (tcase, flags);
    tcase_add_loop_test (tcase, names_goals_and_targets, 0, COUNT (goals));
    tcase_add_test (tcase, crimes_but_not_instruments);
    tcase_add_test (tcase, only_running_text);
    tcase_add_test (tcase, same_input_same_findings);
    suite_add_tcase (suite, tcase);
    TCase *tables = tcase_create ("tables");
    tcase_add_loop_test (tables, refuses_mistakes_by_line, 0, COUNT (mistakes));
    tcase_add_unchecked_fixture (tables, begin, end);
    tcase_add_test (tables, trained_weights_add_up);
    suite_add_tcase (suite, tables);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
