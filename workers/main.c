//  rapporteur-worker: classifies and extracts.

#include <stddef.h>
#include <sys/stat.h>

#include "rapporteur/bars.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/metrics_server.h"

#include "parent.h"
#include "roster.h"

//  Its children take more from themselves (child.c).
static void confine (const rap_parent_options_t *options, const rap_daemon_options_t *common)
{
    if (options->cache)
        mkdir (options->cache, 0700);
    rap_bars_reach (options->cache, RAP_REACH_CHANGE);
    rap_bars_reach (options->rules ? options->rules : rap_lexicon_default_folder (), RAP_REACH_READ);
    rap_bars_reach (common->keys, RAP_REACH_READ);
    rap_bars_address (options->work, false);
    rap_bars_address (options->results, false);
    rap_bars_close (&(rap_bars_t){
        .who = "worker", .needs = RAP_NEEDS_PROCESSES | RAP_NEEDS_CHANGES | RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK});
}

int main (int argc, char **argv)
{
    rap_parent_options_t options = {.children = 0};
    rap_daemon_options_t common = RAP_DAEMON_DEFAULTS;
    rap_option_t table[] = {
        {.name = "work",
         .into = &options.work,
         .value = "ADDR",
         .help = "where ingest gives out work",
         .required = true},
        {.name = "results",
         .into = &options.results,
         .value = "ADDR",
         .help = "where the sink takes results",
         .required = true},
        {.name = "children",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.children,
         .value = "N",
         .help = "processes that work (default: one a processor)",
         .min = 1,
         .max = RAP_CHILDREN_MAX,
         .reload = true,
         .also = "workers"},
        {.name = "rules", .into = &options.rules, .value = "DIR", .help = "folder of the rules", .reload = true},
        {.name = "cache", .into = &options.cache, .value = "DIR", .help = "folder that keeps the compiled rules"},
        {.name = "id",
         .into = &options.id,
         .value = "NAME",
         .help = "name of this worker (default: host and process)"},
        RAP_DAEMON_OPTIONS (common)};
    rap_usage_t usage = {.program = "rapporteur-worker",
                         .summary = "classifies and extracts what ingest sends, for the sink",
                         .options = table};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!rap_daemon_begin ("worker", &common) || !rap_daemon_drop ("worker", &common))
        return 2;
    const rap_metrics_options_t shown = {.stage = RAP_STAGE_WORKER, .areas = RAP_CHILDREN_MAX};
    if (!rap_metrics_start (&shown, &common))
        return 1;
    confine (&options, &common);
    return rap_parent_run (&options, &common);
}
