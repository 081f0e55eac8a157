//  rapporteur-worker: classifies and extracts.

#include <stddef.h>

#include "parent.h"
#include "roster.h"

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
         .max = RAP_CHILDREN_MAX},
        {.name = "rules", .into = &options.rules, .value = "DIR", .help = "folder of the rules"},
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
    if (!rap_daemon_begin ("worker", &common))
        return 2;
    return rap_parent_run (&options, &common);
}
