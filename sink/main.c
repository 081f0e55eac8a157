//  rapporteur-sink: stores what workers found, and says so when it is on disk.
#include <stddef.h>

#include "rapporteur/bars.h"
#include "rapporteur/metrics_server.h"

#include "loop.h"

static void confine (const rap_sink_options_t *options)
{
    rap_bars_reach (options->db, RAP_REACH_CHANGE_BESIDE);
    rap_bars_reach (options->common.keys, RAP_REACH_READ);
    rap_bars_address (options->results, true);
    rap_bars_address (options->receipts, true);
    rap_bars_address (options->feed, true);
    rap_bars_address (options->annotate, true);
    rap_bars_close (&(rap_bars_t){.who = "sink", .needs = RAP_NEEDS_CHANGES | RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK});
}

int main (int argc, char **argv)
{
    rap_sink_options_t options = {.give_up_s = 60, .common = RAP_DAEMON_DEFAULTS};
    const rap_option_t table[] = {
        {.name = "db", .into = &options.db, .value = "FILE", .help = "the database", .required = true},
        {.name = "results",
         .into = &options.results,
         .value = "ADDR",
         .help = "listen for workers' results (ipc://PATH or tcp://HOST:PORT)",
         .required = true},
        {.name = "receipts",
         .into = &options.receipts,
         .value = "ADDR",
         .help = "listen for ingest, which is sent receipts",
         .required = true},
        {.name = "feed", .into = &options.feed, .value = "ADDR", .help = "publish documents and findings"},
        {.name = "annotate", .into = &options.annotate, .value = "ADDR", .help = "listen for annotators"},
        {.name = "give-up",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.give_up_s,
         .value = "SECONDS",
         .help = "end when the database cannot be written for so long (default 60)",
         .min = 1,
         .max = 86400,
         .reload = true},
        RAP_DAEMON_OPTIONS (options.common),
    };
    const rap_usage_t usage = {.program = "rapporteur-sink",
                               .summary = "store what workers found, and receipt it when it is on disk",
                               .options = table};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!rap_daemon_begin ("sink", &options.common) || !rap_daemon_drop ("sink", &options.common))
        return 2;
    const rap_metrics_options_t shown = {.stage = RAP_STAGE_SINK, .files = {{"database", options.db}}};
    if (!rap_metrics_start (&shown, &options.common))
        return 1;
    confine (&options);
    return rap_sink_run (&options);
}
