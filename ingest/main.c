//  rapporteur-ingest: takes documents, splits them, has them worked on.
#include <signal.h>
#include <sys/stat.h>

#include "rapporteur/bars.h"
#include "rapporteur/daemon.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/metrics_server.h"

#include "loop.h"
#include "pdf.h"

//  Its readers, in processes of their own, take more from themselves (warden.h).
static void confine (const rap_ingest_options_t *options)
{
    rap_bars_reach (options->journal, RAP_REACH_CHANGE_BESIDE);
    if (options->inbox)
        mkdir (options->inbox, 0777);
    rap_bars_reach (options->inbox, RAP_REACH_CHANGE);
    rap_bars_reach (options->rules ? options->rules : rap_lexicon_default_folder (), RAP_REACH_READ);
    rap_pdf_reach ();
    rap_bars_reach (options->common.keys, RAP_REACH_READ_FIRST); //  not for readers
    rap_bars_address (options->work, true);
    rap_bars_address (options->submit, true);
    rap_bars_address (options->receipts, false);
    rap_bars_close (&(rap_bars_t){.who = "ingest",
                                  .needs = RAP_NEEDS_PROGRAMS | RAP_NEEDS_PROCESSES | RAP_NEEDS_CHANGES
                                           | RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK});
}

int main (int argc, char **argv)
{
    rap_ingest_options_t options = {.give_up_s = 60, .common = RAP_DAEMON_DEFAULTS};
    const rap_option_t table[] = {
        {.name = "journal", .into = &options.journal, .value = "FILE", .help = "what was promised", .required = true},
        {.name = "work",
         .into = &options.work,
         .value = "ADDR",
         .help = "listen here for workers (ipc:// or tcp://)",
         .required = true},
        {.name = "submit",
         .into = &options.submit,
         .value = "ADDR",
         .help = "listen here for submitters",
         .required = true},
        {.name = "receipts",
         .into = &options.receipts,
         .value = "ADDR",
         .help = "the sink's address",
         .required = true},
        {.name = "inbox", .into = &options.inbox, .value = "DIR", .help = "take the files that are put there"},
        {.name = "rules",
         .into = &options.rules,
         .value = "DIR",
         .help = "folder of the rules (*.tsv)",
         .reload = true},
        {.name = "stdin",
         .into = &options.stdin_name,
         .value = "NAME",
         .help = "take standard input as document NAME",
         .once = true},
        {.name = "give-up",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.give_up_s,
         .value = "SECONDS",
         .help = "end when the journal cannot be written for so long (default 60)",
         .min = 1,
         .max = 86400,
         .reload = true},
        RAP_DAEMON_OPTIONS (options.common)};
    const rap_usage_t usage = {
        .program = "rapporteur-ingest",
        .summary = "Takes documents, makes them durable, splits them and gives their chunks to workers.",
        .options = table};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!rap_daemon_begin ("ingest", &options.common) || !rap_daemon_drop ("ingest", &options.common))
        return 2;
    const rap_metrics_options_t shown = {.stage = RAP_STAGE_INGEST, .files = {{"journal", options.journal}}};
    if (!rap_metrics_start (&shown, &options.common))
        return 1;
    confine (&options);
    return rap_ingest_run (&options, rap_signals_open (0));
}
