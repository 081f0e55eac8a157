//  clause: verb phrases, who is asked, what, on what condition, by when; and what is only told.

#include "facts.h"

typedef struct {
    const char *text;
    const char *facts;
    rap_chunk_kind_t kind;
    const char *organ;
    const char *section;
    const char *lead_in;
} clause_case_t;

static void write_verb (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    ck_assert (rap_text_equal (surface, finding->values[1].text));
    fprintf (out, "%lld %.*s (%.*s %lld)", (long long)finding->values[0].integer, FACTS_TEXT (finding, 1),
             FACTS_TEXT (finding, 2), (long long)finding->values[3].integer);
}

static void write_who (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s > %.*s", FACTS_TEXT (finding, 1), FACTS_TEXT (finding, 4));
}

static void write_what (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s > %.*s > %.*s", FACTS_TEXT (finding, 1), FACTS_TEXT (finding, 5), FACTS_TEXT (finding, 6));
}

static void write_terms (FILE *out, const rap_finding_t *finding, rap_text_t surface)
{
    (void)surface;
    fprintf (out, "%.*s / %.*s", FACTS_TEXT (finding, 7), FACTS_TEXT (finding, 8));
}

//  Words in italics at the beginning are the phrase, whatever the rules would read.
START_TEST (verbs_in_italics)
{
    static const struct {
        const char *text;
        rap_emphasis_t spans[2];
        uint32_t count;
        const char *facts;
    } cases[] = {
        {"Expresses concern about fraud;", {{0, 9}}, 1, "1 Expresses (express 2)"},
        {"Calls upon all States to act;", {{0, 14}}, 1, "1 Calls upon all (call upon 4)"},
        {"Also calls upon States to act;", {{0, 4}, {5, 15}}, 2, "1 Also calls upon (call upon 4)"},
        {"In this regard, notes the plan;", {{0, 21}}, 1, "1 In this regard, notes (note 1)"},
        {"Bemoans the plan;", {{0, 7}}, 1, "1 Bemoans (bemoans 2)"},
        {"Recalling further its plan;", {{0, 9}}, 1, "1 Recalling (recall 0)"},
        {"Notes:\n(a) Expresses concern;", {{0, 5}, {11, 20}}, 2, "1 Notes (note 1); 2 Expresses (express 2)"},
        {"Notes the plan;", {{9, 4}, {0, 90}}, 2, "1 Notes the plan (note 1)"},
        {"Bemoans the plan;", {{8, 11}}, 1, ""},
        {"Notes the plan inter alia;", {{15, 25}}, 1, "1 Notes (note 1)"},
    };
    const rap_document_t document = {.published = RAP_TEXT ("2031-06-01")};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rap_chunk_t chunk = {.kind = RAP_OPERATIVE,
                                   .text = rap_text (cases[i].text),
                                   .emphasis = cases[i].spans,
                                   .emphasis_count = cases[i].count};
        char *line = facts_in (&document, &chunk, RAP_FINDING_clause, write_verb);
        ck_assert_msg (strcmp (line, cases[i].facts) == 0, "in '%s'\n  expected: %s\n     found: %s", cases[i].text,
                       cases[i].facts, line);
        free (line);
    }
}
END_TEST

static void check (const clause_case_t *cases, size_t count, rap_chunk_kind_t usual, fact_write_fn *write)
{
    const rap_document_t document = {.published = RAP_TEXT ("2031-06-01")};
    for (size_t i = 0; i < count; i++) {
        rap_chunk_t chunk = {.kind = cases[i].kind ? cases[i].kind : usual, .text = rap_text (cases[i].text)};
        chunk.context.organ = rap_text (cases[i].organ);
        chunk.context.lead_in = rap_text (cases[i].lead_in);
        rap_text_t section = rap_text (cases[i].section);
        chunk.sections = &section;
        chunk.sections_count = cases[i].section != NULL;
        char *line = facts_in (&document, &chunk, RAP_FINDING_clause, write);
        ck_assert_msg (strcmp (line, cases[i].facts) == 0, "in '%s'\n  expected: %s\n     found: %s", cases[i].text,
                       cases[i].facts, line);
        free (line);
    }
}

#define CHECK(cases, usual, write) check (cases, sizeof cases / sizeof *cases, usual, write)

//  As the World Health Assembly and the African Union print them; a name in capitals is no verb.
START_TEST (verbs_in_capitals)
{
    static const clause_case_t cases[] = {
        {.text = "URGES Member States to act;", .facts = "1 URGES (urge 4)"},
        {.text = "CALLS UPON States to act;", .facts = "1 CALLS UPON (call upon 4)"},
        {.text = "EXPRESSES its deep concern at fraud, and REQUESTS the Commission to act;",
         .facts = "1 EXPRESSES its deep concern (express 2); 2 REQUESTS (request 4)"},
        {.text = "TAKES NOTE:\n(1) WELCOMES the plan;",
         .facts = "1 TAKES NOTE (take note 1); 2 WELCOMES (welcome 2)"},
        {.text = "RECALLING the plan,", .kind = RAP_PREAMBULAR, .facts = "1 RECALLING (recall 0)"},
        {.text = "UNODC requests for help rose;", .facts = ""},
    };
    CHECK (cases, RAP_OPERATIVE, write_verb);
}
END_TEST

START_TEST (preambular_verbs)
{
    static const clause_case_t cases[] = {
        {.text = "Recalling the plan of action,", .facts = "1 Recalling (recall 0)"},
        {.text = "Recalling also its earlier plan,", .facts = "1 Recalling also (recall 0)"},
        {.text = "Recalling further the plan,", .facts = "1 Recalling further (recall 0)"},
        {.text = "Noting with deep concern the rise in fraud,", .facts = "1 Noting with deep concern (note 0)"},
        {.text = "Noting with concern also that fraud rises,", .facts = "1 Noting with concern also (note 0)"},
        {.text = "Taking note with appreciation of the plan,",
         .facts = "1 Taking note with appreciation (take note 0)"},
        {.text = "Deeply concerned about fraud,", .facts = "1 Deeply concerned (be concerned 0)"},
        {.text = "Bearing in mind that courts differ,", .facts = "1 Bearing in mind (bear in mind 0)"},
        {.text = "Expressing grave concern at fraud,", .facts = "1 Expressing grave concern (express 0)"},
        {.text = "Expressing its deep appreciation to the hosts,",
         .facts = "1 Expressing its deep appreciation (express 0)"},
        {.text = "Mindful of the work of courts,", .facts = "1 Mindful (be mindful 0)"},
        {.text = "Having considered the report,", .facts = "1 Having considered (consider 0)"},
        {.text = "Reaffirming its commitment to the rule of law,",
         .facts = "1 Reaffirming its commitment (reaffirm 0)",
         .organ = "ga"},
        {.text = "Reaffirming its commitment to the rule of law,",
         .facts = "1 Reaffirming (reaffirm 0)",
         .organ = "sc"},
        {.text = "Welcoming the plan, noting that courts differ, in accordance with law,",
         .facts = "1 Welcoming (welcome 0); 2 noting (note 0)"},
        {.text = "Welcoming the plan, and noting that courts differ,",
         .facts = "1 Welcoming (welcome 0); 2 noting (note 0)"},
        {.text = "Stressing the value of catching thieves, supporting victims and sharing evidence,",
         .facts = "1 Stressing (stress 0)"},
        {.text = "The courts of the region,", .facts = ""},
        {.text = "Noting with great and growing concern the rise in fraud,",
         .facts = "1 Noting with great and growing concern (note 0)"},
        {.text = "Taking also into account the plan,", .facts = "1 Taking also into account (take into account 0)"},
        {.text = "Having further considered the plan,", .facts = "1 Having further considered (consider 0)"},
        {.text = "Meeting in Lund, and building upon the plan,", .facts = "1 Meeting (meet 0)"},
        {.text = "Submitting that courts differ,", .facts = "1 Submitting (submit 0)"},
        {.text = "Safeguarding the courts,", .facts = "1 Safeguarding (safeguard 0)"},
        {.text = "Welcoming in this regard the plan,", .facts = "1 Welcoming in this regard (welcome 0)"},
        {.text = "Welcoming in this regard the plan,", .facts = "1 Welcoming (welcome 0)", .organ = "sc"},
    };
    CHECK (cases, RAP_PREAMBULAR, write_verb);
}
END_TEST

START_TEST (operative_verbs)
{
    static const clause_case_t cases[] = {
        {.text = "Also requests the Office to report;", .facts = "1 Also requests (request 4)"},
        {.text = "Takes note with appreciation of the plan;",
         .facts = "1 Takes note with appreciation (take note 1)"},
        {.text = "Calls once again upon States to act;", .facts = "1 Calls once again upon (call upon 4)"},
        {.text = "Strongly condemns fraud;", .facts = "1 Strongly condemns (condemn 2)"},
        {.text = "Decides to meet;", .facts = "1 Decides (decide 5)"},
        {.text = "Decides further that courts meet;", .facts = "1 Decides further (decide 5)"},
        {.text = "Encourages further work on fraud;", .facts = "1 Encourages (encourage 3)"},
        {.text = "Reiterates its urgent call upon States to act;",
         .facts = "1 Reiterates its urgent call upon (reiterate 4)"},
        {.text = "Expresses its gratitude and appreciation to the hosts;",
         .facts = "1 Expresses its gratitude and appreciation (express 2)"},
        {.text = "Welcomes and encourages the work of courts;", .facts = "1 Welcomes and encourages (encourage 3)"},
        {.text = "In this regard, notes the plan;", .facts = "1 notes (note 1)"},
        {.text = "Recalls the plan, encourages States to act, and in this regard also urges the Office to report;",
         .facts = "1 Recalls (recall 1); 2 encourages (encourage 3); 3 also urges (urge 4)"},
        {.text =
             "Notes the wishes of courts, needs and demands of victims, and a court that hears and supports them;",
         .facts = "1 Notes (note 1)"},
        {.text = "Acknowledges the plan:\n(a) Invites States to act;\n(b) Further requests the Office to report;",
         .facts = "1 Acknowledges (acknowledge 1); 2 Invites (invite 3); 3 Further requests (request 4)"},
        {.text = "Requests the Office:\n(a) To train judges;\n(b) To report;", .facts = "1 Requests (request 4)"},
        {.text = "Looks forward to the next plan;", .facts = "1 Looks forward (look forward 2)"},
        {.text = "Notes the fees that States parties paid, and States parties to the plan;",
         .facts = "1 Notes (note 1)"},
        {.text = "Notes the plan, and urges continued work, and demands of victims;",
         .facts = "1 Notes (note 1); 2 urges (urge 4)"},
        {.text = "Notes the plan, and stresses in this regard the value of courts;",
         .facts = "1 Notes (note 1); 2 stresses (stress 2)"},
        {.text = "Notes the board that hears cases and requests the Secretary-General to act;",
         .facts = "1 Notes (note 1); 2 requests (request 4)"},
        {.text = "Welcomes the plan:\n(a) States parties;\n(b) Notes the budget;",
         .facts = "1 Welcomes (welcome 2); 2 Notes (note 1)"},
        {.text = "Notes the plan, 40 welcomes the budget, and invites banks to pay;",
         .facts = "1 Notes (note 1); 2 welcomes (welcome 2); 3 invites (invite 3)"},
        //  known by its form alone
        {.text = "Safeguards the right to a fair hearing;", .facts = "1 Safeguards (safeguard 2)"},
        {.text = "Measures against fraud;", .facts = ""},
        //  a verb where it opens a clause, but none within one
        {.text = "Reduces the fees;", .facts = "1 Reduces (reduce 5)"},
        {.text = "Welcomes the plan, and reduces the fees;", .facts = "1 Welcomes (welcome 2)"},
        {.text = "Welcomes the plan, and rescinds the rule;",
         .facts = "1 Welcomes (welcome 2); 2 rescinds (rescind 5)"},
        //  a declaration in the place of clauses
        {.text = "We reaffirm the plan. We, the Ministers of Justice, meeting in Lund, note that fraud rises, and we "
                 "welcome the new courts.",
         .facts = "1 reaffirm (reaffirm 2); 2 note (note 1); 3 welcome (welcome 2)"},
        {.text = "We highlight the bonds of courts and note with concern the rise in fraud.",
         .facts = "1 highlight (highlight 2); 2 note with concern (note 1)"},
        {.text = "Notes the plan, and remains deeply concerned about fraud;",
         .facts = "1 Notes (note 1); 2 remains deeply concerned (remain concerned 2)"},
    };
    CHECK (cases, RAP_OPERATIVE, write_verb);
}
END_TEST

START_TEST (who_is_asked)
{
    static const clause_case_t cases[] = {
        {.text = "Requests the Office, within its mandate, to report;", .facts = "Requests > Office"},
        {.text = "Invites States parties to the Convention to act;",
         .facts = "Invites > States parties to the Convention"},
        {.text = "Urges States that have not yet done so to ratify it;", .facts = "Urges > States"},
        {.text = "Calls upon States, international organizations, courts and the private sector to act;",
         .facts = "Calls upon > States, international organizations, courts and the private sector"},
        {.text = "Recommends that States take measures;", .facts = "Recommends > States"},
        {.text = "Recommends to the Assembly the adoption of the draft;", .facts = "Recommends > Assembly"},
        {.text = "Appeals to all States to act;", .facts = "Appeals > all States"},
        {.text = "Reiterates its request to the Secretary-General to report;",
         .facts = "Reiterates its request > Secretary-General"},
        {.text = "Draws the attention of judges to the plan;", .facts = "Draws the attention > judges"},
        {.text = "Encourages efforts to train judges;", .facts = "Encourages > "},
        {.text = "Welcomes the work of the Office to train judges;", .facts = "Welcomes > "},
        {.text = "Urges courts named in the plan, and invites banks, where possible, to act;",
         .facts = "Urges > courts; invites > banks"},
        {.text = "Invites States:\n(a) To act;\n(b) To report;", .facts = "Invites > States"},
        {.text = "Requests, in this regard, the Office to report;", .facts = "Requests > Office"},
        {.text = "Calls upon Member States and parties to armed conflicts to act;",
         .facts = "Calls upon > Member States and parties to armed conflicts"},
        {.text = "Urges the United Nations system and banks, and, as appropriate, courts, to act;",
         .facts = "Urges > United Nations system and banks; Urges > courts"},
        {.text = "Urges the Office, in its own name, and the Fund, to act;", .facts = "Urges > Office; Urges > Fund"},
        {.text = "Urges banks, including the Fund, and courts, to act;", .facts = "Urges > banks"},
        {.text = "Invites:\n(a) States to act, and urges banks to help;\n(b) The Office to report;",
         .facts = "Invites > States; urges > banks; Invites > Office"},
        {.text = "Requests in this regard the Office to report;", .facts = "Requests > Office"},
        {.text = "Encourages the Chair and, where necessary, other members to act;",
         .facts = "Encourages > Chair; Encourages > other members"},
        {.text = "Requests that this report include the banks;", .facts = "Requests > "},
        {.text = "Expects that the issues raised at the talks be settled;", .facts = "Expects > "},
        {.text = "Calls upon Ruritania immediately to cease fire;", .facts = "Calls upon > Ruritania"},
        {.text = "Encourages the meeting of the parties to act;", .facts = "Encourages > meeting of the parties"},
        {.text = "Invites Member States, as well as banks and courts, to act;",
         .facts = "Invites > Member States, as well as banks and courts"},
        {.text = "Encourages finding and, where possible, trying new ways to act;", .facts = "Encourages > "},
        {.text = "Encourages participating States to act;", .facts = "Encourages > participating States"},
        {.text = "Urges States able to do so to help;", .facts = "Urges > States"},
        {.text = "Demands that immediately the parties cease fire;", .facts = "Demands > "},
        {.text = "Reiterates its call upon courts to act;", .facts = "Reiterates > courts", .organ = "sc"},
        {.text = "Calls for States to act;", .facts = "Calls for > States"},
        {.text = "Calls for new ways to act;", .facts = "Calls for > "},
        {.text = "Requests the Secretary-General in his next report to say so;",
         .facts = "Requests > Secretary-General"},
        {.text = "Demands that all parties cease fire;", .facts = "Demands > all parties"},
        //  a preposition within a name does not end it
        {.text = "Recommends that the Commission on Fair Courts hold a debate;",
         .facts = "Recommends > Commission on Fair Courts"},
        {.text = "Recommends that parties to the plan act;", .facts = "Recommends > parties to the plan"},
        {.text = "Recommends that judges on duty act;", .facts = "Recommends > judges"},
        {.text = "Appeals to all donors for support;", .facts = "Appeals > all donors"},
        {.text = "Recalls the plan, requests parties that have not acted to report, and urges developed countries to "
                 "pay;",
         .facts = "Recalls > ; requests > parties; urges > developed countries"},
        {.text = "Decides that the group shall meet;", .facts = "Decides > "},
    };
    CHECK (cases, RAP_OPERATIVE, write_who);
}
END_TEST

START_TEST (what_is_asked)
{
    static const clause_case_t cases[] = {
        {.text = "Requests the Secretary-General to publish a report, and invites States to read it;",
         .facts = "Requests > sg > publish a report; invites >  > read it"},
        {.text = "Requests the Executive Director of the United Nations Office on Drugs and Crime to report;",
         .facts = "Requests > unodc > report"},
        {.text = "Requests States and the Office to report;", .facts = "Requests > unodc > report"},
        {.text = "Requests the secretariat of the Tuna Board to report;", .facts = "Requests >  > report"},
        {.text = "Calls upon courts not to delay;", .facts = "Calls upon >  > not to delay"},
        {.text = "Urges boards with competence to manage fish to report;", .facts = "Urges >  > report"},
        {.text = "Decides that the group shall meet.", .facts = "Decides >  > that the group shall meet"},
        {.text = "Recommends that States take measures;", .facts = "Recommends >  > take measures"},
        {.text = "Calls upon States, as appropriate, to act;", .facts = "Calls upon >  > act"},
        {.text = "Calls upon courts, the highest ones, not to delay;", .facts = "Calls upon >  > not to delay"},
        {.text = "Requests the board, at its next meeting, to be held in May, to act;", .facts = "Requests >  > act"},
        {.text = "Urges States able to do so to help;4", .facts = "Urges >  > help"},
        {.text = "Urges courts and banks, respectively to help;", .facts = "Urges >  > help"},
        {.text = "Notes the plan, and in this context, urges States to act;",
         .facts = "Notes >  > the plan; urges >  > act"},
        {.text = "Expresses its appreciation to those who helped;",
         .facts = "Expresses its appreciation >  > to those who helped"},
        {.text = "Reiterates its call upon courts to act;", .facts = "Reiterates >  > act", .organ = "sc"},
    };
    CHECK (cases, RAP_OPERATIVE, write_what);
}
END_TEST

START_TEST (condition_and_due_time)
{
    static const clause_case_t cases[] = {
        {.text = "Requests the Office, subject to the availability of extrabudgetary resources, to train judges;",
         .facts = "subject to the availability of extrabudgetary resources / "},
        {.text = "Requests the Office, within existing resources, to report to the Commission at its forty-first "
                 "session;",
         .facts = "within existing resources / forty-first session"},
        {.text = "Requests the Secretary-General to submit a report by 31 March 2032;", .facts = " / 31 March 2032"},
        {.text = "Requests the Office to brief it within six months;", .facts = " / six months"},
        {.text = "Requests the Office to report annually;", .facts = " / annually"},
        {.text = "Encourages States to end fraud by 2040;", .facts = " / "},
        {.text = "Requests the Office to open by 3 May 2032;", .facts = " / 3 May 2032"},
        {.text = "Requests the Office, from within its available budgetary resources and as appropriate, to act;",
         .facts = "from within its available budgetary resources; as appropriate / "},
        {.text = "Urges States to act, consistent with domestic law and applicable international law;",
         .facts = "consistent with domestic law and applicable international law / "},
        {.text = "Requests the group to study the issues within the mandate of the board;", .facts = " / "},
        {.text = "Requests the group to follow rules adopted in accordance with international law;", .facts = " / "},
        {.text = "Requests the group to act within the existing resources of the Office;",
         .facts = "within the existing resources / "},
        {.text = "Urges States that have not acted to help, and invites banks, within their mandates, to act;",
         .facts = " / ; within their mandates / "},
        {.text = "Requests States to end acts not in accordance with international law;", .facts = " / "},
        {.text = "Welcomes the goods subject to inspection, as appropriate;", .facts = " / "},
        {.text = "Urges States to act when relevant matters arise;", .facts = " / "},
        {.text = "Urges States to act where needed and to report, if they deem it appropriate;",
         .facts = "where needed; if they deem it appropriate / "},
        {.text = "Endorses the plan, subject to the terms below;", .facts = "subject to the terms below / "},
        {.text =
             "Requests the Office to carry out the plan adopted at its tenth session and to report at its eleventh "
             "session;",
         .facts = " / eleventh session"},
        {.text = "Requests the Secretary-General to report thereon in the context of his next overview report;",
         .facts = " / next overview report"},
        {.text = "Requests the Office to report to the Assembly at the main part of its seventieth session;",
         .facts = " / main part of its seventieth session"},
        {.text = "Requests the Office to report every two years;", .facts = " / every two years"},
        {.text = "Requests the Office to submit a plan to the Board for consideration at its fourth meeting;",
         .facts = " / fourth meeting"},
        {.text = "Notes the report issued at its tenth session;", .facts = " / "},
        {.text = "Recalls the plan, and invites States, upon request, to help;", .facts = " / ; upon request / "},
    };
    CHECK (cases, RAP_OPERATIVE, write_terms);
}
END_TEST

START_TEST (recommendations)
{
    static const clause_case_t cases[] = {
        {.text = "Fraud is rising. I therefore urge all States to act, and encourage all banks to help.",
         .facts = "therefore urge > all States; encourage > all banks"},
        {.text = "I draw the attention of judges to the need to act.", .facts = "draw the attention of > judges"},
        {.text = "Member States are also encouraged to act.", .facts = "are also encouraged > Member States"},
        {.text = "The Commission may wish to consider the plan.", .facts = "may wish to consider > Commission"},
        {.text = "The Commission may wish to encourage States to act.", .facts = "may wish to encourage > States"},
        {.text = "The Commission may wish to consider requesting States to act.",
         .facts = "may wish to consider requesting > States"},
        {.text = "The Commission may wish to discuss the plan. It may also wish to consider another.",
         .facts = "may wish to discuss > Commission; may also wish to consider > Commission"},
        {.text = "The Commissions may wish to:\n(a) Discuss the plan;\n(b) Also encourage States to act.",
         .facts = "Discuss > Commissions; Also encourage > States"},
        {.text = "The Board may wish to discuss:\n(a) The budget;\n(b) The plan.",
         .facts = "may wish to discuss > Board"},
        {.text = "(a) Invite States to act;", .facts = "Invite > States", .lead_in = "The Commission may wish to:"},
        {.text = "Court systems should take steps.",
         .facts = "should > Court systems",
         .section = "Conclusions and recommendations"},
        {.text = "It is essential that States act.",
         .facts = "It is essential that > States",
         .section = "Recommendations"},
        {.text = "The Advisory Committee recommends that the Secretary-General submit a plan.",
         .facts = "recommends > Secretary-General"},
        {.text = "Governments must act and are invited to report.",
         .facts = "must > Governments; are invited > Governments",
         .section = "Recommendations"},
        {.text = "The following is recommended to Member States:\n(a) Train judges;\n(b) Publish rulings.",
         .facts = "Train > Member States; Publish > Member States",
         .section = "Recommendations"},
        {.text = "Strengthen courts by means of training.", .facts = "Strengthen > ", .section = "Recommendations"},
        {.text = "Strengthen courts by means of training.", .facts = "", .section = "Activities"},
        {.text = "Banks are encouraged to:\n(a) Reopen accounts;\n(b) Invite States to act.",
         .facts = "Reopen > Banks; Invite > States"},
        {.text = "Banks should:\n(a) Urgently close accounts;\n(b) Report fraud.",
         .facts = "Urgently close > Banks; Report > Banks",
         .section = "Recommendations"},
        {.text = "The Commission could also discuss the plan. Fraud could also rise.",
         .facts = "could also discuss > Commission",
         .section = "Recommendations"},
        {.text = "Exporting States must act, while customs authorities should help.",
         .facts = "must > Exporting States; should > customs authorities",
         .section = "Recommendations"},
        {.text = "The tools that courts use are of value, and I recommend that Member States support them.",
         .facts = "recommend > Member States"},
        {.text = "I invite the Board to meet and recommend that States act.",
         .facts = "invite > Board; recommend > States"},
        {.text = "I would like to encourage Member States to act.", .facts = "encourage > Member States"},
        {.text = "Member States should be encouraged to act.", .facts = "should be encouraged > Member States"},
        //  only told
        {.text = "The Assembly requested the Commission to act.", .facts = ""},
        {.text = "The Conference decided that the group should go on.", .facts = "", .section = "Recommendations"},
        {.text = "This should go on. Measures should include fines.", .facts = "", .section = "Recommendations"},
        {.text = "Rules should be written.", .facts = "", .section = "Recommendations"},
        {.text = "To that end, States and courts should act.",
         .facts = "should > States and courts",
         .section = "Recommendations"},
        {.text = "Court systems should take steps.", .facts = "", .section = "Activities"},
        {.text = "The manual noted that States are encouraged to act.", .facts = ""},
        {.text = "Requests for help were met.", .facts = ""},
    };
    CHECK (cases, RAP_PARAGRAPH, write_who);
}
END_TEST

START_TEST (commitments)
{
    static const clause_case_t cases[] = {
        {.text = "We undertake to end fraud.", .facts = "1 undertake (undertake 5)"},
        {.text = "We support those given to acting and recall the plan.",
         .facts = "1 support (support 2); 2 recall (recall 1)"},
        {.text = "We commit ourselves to ending fraud.", .facts = "1 commit ourselves (commit 5)"},
        {.text = "Promote the training of judges;", .facts = "1 Promote (promote 5)"},
        {.text = "Support judges;", .facts = "1 Support (support 5)", .lead_in = "To that end, we will:"},
        {.text = "Effectively address fraud;", .facts = "1 Effectively address (address 5)"},
        {.text = "When hearing cases, protect the weak;", .facts = "1 protect (protect 5)"},
        //  a noun where no verb is called for
        {.text = "Support for judges is weak.", .facts = ""},
        {.text = "Judges are trained.", .facts = ""},
    };
    CHECK (cases, RAP_ITEM, write_verb);
    static const clause_case_t headings[] = {{.text = "We undertake to end fraud.", .facts = ""}};
    CHECK (headings, RAP_HEADING, write_verb);
    static const fact_case_t notes[] = {{"The court met.", ""}};
    facts_check (notes, 1, RAP_FINDING_clause, write_verb);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {preambular_verbs, operative_verbs,  who_is_asked,
                                  what_is_asked,    recommendations,  condition_and_due_time,
                                  commitments,      verbs_in_italics, verbs_in_capitals};
    return facts_run ("clause", tests, sizeof tests / sizeof *tests);
}
