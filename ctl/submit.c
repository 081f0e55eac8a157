//  submit: documents handed in to a running service.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/options.h"

#include "caller.h"
#include "handin.h"
#include "place.h"
#include "rapporteur/json.h"
#include "sidecar.h"
#include "term.h"
#include "verbs.h"

//  What became of a document, as a line: as soon as it is known.
static void tell (void *self, const rap_handin_item_t *item)
{
    bool bad = item->result >= RAP_HANDIN_QUARANTINED;
    (void)self;
    rap_term_put (stdout, item->path, -1);
    printf (": %s", rap_handin_word (item->result));
    if (!bad && item->document_id[0])
        printf ("  %s", item->document_id);
    if (bad && item->cause.text[0]) {
        printf (": ");
        rap_term_put (stdout, item->cause.text, -1);
    }
    printf ("\n");
    fflush (stdout);
}

static void print_json (const rap_handin_item_t *items, uint32_t count)
{
    rap_json_t json;
    rap_json_init (&json, stdout);
    rap_json_array (&json, NULL);
    for (uint32_t i = 0; i < count; i++) {
        rap_json_object (&json, NULL);
        rap_json_text (&json, "path", items[i].path);
        rap_json_text (&json, "result", rap_handin_word (items[i].result));
        rap_json_text (&json, "document_id", items[i].document_id[0] ? items[i].document_id : NULL);
        rap_json_text (&json, "cause", items[i].cause.text[0] ? items[i].cause.text : NULL);
        rap_json_end (&json);
    }
    rap_json_end (&json);
}

static int hand_in (rap_handin_options_t *options, rap_handin_item_t *items, uint32_t count, bool json)
{
    rap_reason_t reason;
    int status = 0;
    if (!json)
        options->told = tell;
    if (rap_handin (options, items, count, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (json)
        print_json (items, count);
    for (uint32_t i = 0; i < count; i++)
        if (items[i].result >= RAP_HANDIN_QUARANTINED)
            status = 3;
    return status;
}

int rap_verb_submit (int argc, char **argv)
{
    const char *data = NULL;
    rap_caller_t caller = {0};
    int64_t timeout_s = 30;
    bool json = false;
    int count = 0;
    rap_handin_options_t handin = {0};
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of the service (default: $RAPPORTEUR_DATA)"},
        RAP_CALLER_OPTIONS (caller),
        {.name = "symbol", .into = &handin.symbol, .value = "SYMBOL", .help = "document symbol: A/RES/74/177"},
        {.name = "date", .into = &handin.date, .value = "DATE", .help = "day of publication: YYYY-MM-DD"},
        {.name = "title", .into = &handin.title, .value = "TITLE", .help = "title"},
        {.name = "language", .into = &handin.language, .value = "LANGUAGE", .help = "language: en"},
        {.name = "timeout",
         .kind = RAP_OPTION_NUMBER,
         .into = &timeout_s,
         .value = "SECONDS",
         .help = "wait so long for a service that does not answer (default 30)",
         .min = 1,
         .max = 86400},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "results as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur submit",
        .summary = "hand documents in to a running service",
        .operands = "FILE...|-",
        .options = options,
        .more =
            "'taken' means that the document is on disk and will end in the database or, with the reason, in\n"
            "quarantine. What is known of FILE may stand in FILE.meta, in lines 'key: value' with the keys symbol,\n"
            "date, title, language, source; the options above have precedence. '-' reads standard input.\n"
            "Exit status: 0 all taken (now or before), 3 some refused, quarantined or unanswered."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count == 0)
        return rap_options_wrong (&usage, "no FILE given");
    if (count > 1 && (handin.symbol || handin.title))
        return rap_options_wrong (&usage, "--symbol and --title are for one document; use FILE.meta for several");
    rap_reason_t reason;
    rap_place_t place;
    if ((!caller.submit && rap_place_find_service (&place, data, &reason) != RAP_OK)
        || rap_caller_begin (&caller, &place, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    handin.address = place.submit;
    handin.gate = rap_caller_gate ();
    handin.timeout_ms = timeout_s * 1000;
    rap_handin_item_t *items = calloc ((size_t)count, sizeof *items);
    if (!items)
        abort ();
    uint32_t documents = 0;
    for (int i = 0; i < count; i++)
        if (!rap_sidecar_has_document (argv[i + 1])) //  a shell's '*' gives both
            items[documents++].path = argv[i + 1];
    status = documents ? hand_in (&handin, items, documents, json)
                       : rap_term_fail ("there are only sidecars; give the documents that they tell of");
    free (items);
    return status;
}
