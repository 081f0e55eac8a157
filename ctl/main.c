//  rapporteur: the command. Finds the verb.
#include <stdio.h>
#include <string.h>

#include "rapporteur/daemon.h"
#include "rapporteur/version.h"

#include "term.h"
#include "verbs.h"

static const struct {
    const char *name;
    int (*act) (int argc, char **argv);
    const char *summary;
} verbs[] = {
    {"run", rap_verb_run, "read documents into a database, and end when that is done"},
    {"up", rap_verb_up, "run the lasting service: an inbox, workers, a database"},
    {"submit", rap_verb_submit, "hand documents in to a running service"},
    {"status", rap_verb_status, "what the service is doing, and what is in"},
    {"top", rap_verb_top, "stages, rates, backlog and workers, live on the whole terminal"},
    {"tap", rap_verb_tap, "watch findings go by, filtered"},
    {"health", rap_verb_health, "whether a daemon gets on with its work; for probes"},
    {"audit", rap_verb_audit, "prove from the files that nothing was lost"},
    {"chaos", rap_verb_chaos, "rehearse faults on a staging system, then audit"},
    {"why", rap_verb_why, "what a document or a chunk waits for, who has it, what was tried"},
    {"fsck", rap_verb_fsck, "find damage in journal and database, and repair it"},
    {"backup", rap_verb_backup, "copy journal and database while the service runs"},
    {"show", rap_verb_show, "a document, or one of its paragraphs, with what was found in it"},
    {"search", rap_verb_search, "paragraphs with these words"},
    {"mandates", rap_verb_mandates, "what the Secretariat is asked to do, and what was reported on it"},
    {"series", rap_verb_series, "what several documents count, and how it changed"},
    {"cited", rap_verb_cited, "which paragraphs cite a document"},
    {"timeline", rap_verb_timeline, "what was said on a theme, from the oldest document on"},
    {"lifecycle", rap_verb_lifecycle, "from which draft, through which report, a text was adopted"},
    {"why-theme", rap_verb_why_theme, "the words and headings that decided what a paragraph is about"},
    {"label", rap_verb_label, "say what a paragraph is about, where the rules were wrong"},
    {"diff", rap_verb_diff, "what one resolution changed of another"},
    {"export", rap_verb_export, "documents as Akoma Ntoso, JSON, CSV or Markdown"},
    {"keygen", rap_verb_keygen, "make a pair of keys for a daemon or a person"},
    {"quarantine", rap_verb_quarantine, "what could not be processed: list, show, release, drop, minimise"},
    {"replay", rap_verb_replay, "stored documents through other rules: what would change, before it does"},
    {"schemes", rap_verb_schemes, "how far classifiers of one's own are; remove what one said"},
    {"config", rap_verb_config, "what each program goes by, and who said so; an example; a check"},
    {"completion", rap_verb_completion, "what bash or zsh needs to complete command lines"},
};

enum { VERBS = sizeof verbs / sizeof *verbs };

static int help (FILE *out)
{
    fputs ("rapporteur - documents in, answers out\n\nusage: rapporteur VERB [OPTION]... [ARGUMENT]...\n\n", out);
    for (size_t i = 0; i < VERBS; i++)
        fprintf (out, "  %-12s %s\n", verbs[i].name, verbs[i].summary);
    fputs ("\n'rapporteur VERB --help' tells more of each.\n", out);
    return out == stderr ? 2 : 0;
}

//  For programs (programs.h).
static int list (void)
{
    for (size_t i = 0; i < VERBS; i++)
        puts (verbs[i].name);
    return 0;
}

int main (int argc, char **argv)
{
    rap_daemon_hold_standard ();
    if (argc < 2)
        return help (stderr);
    if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
        return help (stdout);
    if (strcmp (argv[1], "--version") == 0)
        return printf ("rapporteur %s\n", RAPPORTEUR_VERSION) < 0;
    if (strcmp (argv[1], "--verbs") == 0)
        return list ();
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp (argv[1], verbs[i].name) == 0)
            return verbs[i].act (argc - 1, argv + 1);
    rap_term_fail ("there is no verb '%s'\nTry 'rapporteur --help'.", argv[1]);
    return 2;
}
