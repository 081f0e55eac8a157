//  rapporteur-ingest: takes documents, splits them, has them worked on.
#include <signal.h>

#include "rapporteur/daemon.h"

#include "loop.h"

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
        {.name = "rules", .into = &options.rules, .value = "DIR", .help = "folder of the rules (*.tsv)"},
        {.name = "stdin",
         .into = &options.stdin_name,
         .value = "NAME",
         .help = "take standard input as document NAME"},
        {.name = "give-up",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.give_up_s,
         .value = "SECONDS",
         .help = "end when the journal cannot be written for so long (default 60)",
         .min = 1,
         .max = 86400},
        RAP_DAEMON_OPTIONS (options.common)};
    const rap_usage_t usage = {
        .program = "rapporteur-ingest",
        .summary = "Takes documents, makes them durable, splits them and gives their chunks to workers.",
        .options = table};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!rap_daemon_begin ("ingest", &options.common))
        return 2;
    return rap_ingest_run (&options, rap_signals_open (0));
}
