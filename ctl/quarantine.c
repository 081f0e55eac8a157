//  quarantine: what could not be processed, and what becomes of it.
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/arena.h"
#include "rapporteur/json.h"
#include "rapporteur/message.h"
#include "rapporteur/options.h"

#include "caller.h"
#include "held.h"
#include "minimise.h"
#include "order.h"
#include "place.h"
#include "term.h"
#include "tried.h"
#include "verbs.h"

enum { EXCERPT = 2000 };

typedef struct {
    const char *data, *db, *reason, *rules, *output;
    int64_t seconds, limit;
    bool json, dropped;
    rap_caller_t caller;
} options_t;

//  --- telling -----------------------------------------------------------------------
static bool is_dropped (const rap_rows_t *row)
{
    const char *at = rap_rows_text (row, RAP_HELD_DROPPED_AT);
    return at && *at;
}

static void add_row (rap_grid_t *grid, const rap_rows_t *row, bool dropped)
{
    for (int i = 0; i < (dropped ? 10 : 7); i++)
        rap_grid_add (grid, i == RAP_HELD_ORDINAL && rap_rows_integer (row, i) < 0 ? "all" : rap_rows_text (row, i));
}

static void put_entry (rap_json_t *json, const rap_rows_t *row)
{
    rap_json_text (json, "document_id", rap_rows_text (row, RAP_HELD_ID));
    rap_json_text (json, "source", rap_rows_text (row, RAP_HELD_SOURCE));
    if (rap_rows_integer (row, RAP_HELD_ORDINAL) < 0)
        rap_json_text (json, "ordinal", NULL);
    else
        rap_json_integer (json, "ordinal", rap_rows_integer (row, RAP_HELD_ORDINAL));
    rap_json_text (json, "cause", rap_rows_text (row, RAP_HELD_CAUSE));
    rap_json_integer (json, "attempts", rap_rows_integer (row, RAP_HELD_ATTEMPTS));
    rap_json_text (json, "first_at", rap_rows_text (row, RAP_HELD_FIRST_AT));
    rap_json_text (json, "last_at", rap_rows_text (row, RAP_HELD_LAST_AT));
    bool dropped = is_dropped (row);
    rap_json_text (json, "dropped_at", dropped ? rap_rows_text (row, RAP_HELD_DROPPED_AT) : NULL);
    rap_json_text (json, "dropped_by", dropped ? rap_rows_text (row, RAP_HELD_DROPPED_BY) : NULL);
    rap_json_text (json, "dropped_reason", dropped ? rap_rows_text (row, RAP_HELD_DROPPED_REASON) : NULL);
}

static int list (const rap_held_t *held, const options_t *options)
{
    static const char *const columns[] = {"document", "~source", ">chunk",     "~cause", ">attempts",
                                          "first",    "last",    "dropped at", "by",     "~reason"};
    rap_rows_t *rows = rap_held_ask (held, options->dropped ? RAP_HELD_DROPPED : RAP_HELD_WAITING, NULL, NULL);
    rap_grid_t *grid = rap_grid_new (columns, options->dropped ? 10 : 7);
    rap_json_t json;
    bool any = false;
    rap_json_init (&json, stdout);
    if (options->json)
        rap_json_array (&json, NULL);
    while (rap_rows_next (&rows)) {
        any = true;
        if (options->json) {
            rap_json_object (&json, NULL);
            put_entry (&json, rows);
            rap_json_end (&json);
        } else
            add_row (grid, rows, options->dropped);
    }
    if (options->json)
        rap_json_end (&json);
    else if (any)
        rap_grid_print (grid, stdout);
    else
        fputs (options->dropped ? "nothing was dropped\n" : "nothing is in quarantine\n", stdout);
    rap_grid_destroy (&grid);
    return 0;
}

static char *copy_of (rap_text_t text, size_t most)
{
    char *copy = strndup (text.len ? text.at : "", text.len < most ? text.len : most);
    if (!copy)
        abort ();
    return copy;
}

//  Where it stands, and its text.
static rap_status_t print_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)self;
    (void)encoded;
    char *part = copy_of (chunk->part, EXCERPT), *label = copy_of (chunk->label, EXCERPT),
         *text = copy_of (chunk->text, EXCERPT);
    printf ("  place     %s", rap_chunk_kind_name (chunk->kind));
    fputs (*label ? " " : "", stdout);
    rap_term_put (stdout, label, -1);
    fputs (*part ? " of " : "", stdout);
    rap_term_put (stdout, part, -1);
    printf (", bytes %" PRIu64 " to %" PRIu64 " of the source\n  text      ", chunk->source_start, chunk->source_end);
    rap_term_put (stdout, text, 12);
    printf ("%s\n", chunk->text.len > EXCERPT ? " \xe2\x80\xa6" : "");
    free (text);
    free (label);
    free (part);
    return RAP_OK;
}

static rap_status_t put_chunk (void *json, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)encoded;
    char *part = copy_of (chunk->part, chunk->part.len), *label = copy_of (chunk->label, chunk->label.len),
         *text = copy_of (chunk->text, chunk->text.len);
    rap_json_text (json, "kind", rap_chunk_kind_name (chunk->kind));
    rap_json_text (json, "part", part);
    rap_json_text (json, "label", label);
    rap_json_text (json, "text", text);
    free (text);
    free (label);
    free (part);
    return RAP_OK;
}

//  The chunk of an entry, to a visitor; nothing if it is not kept.
static void visit_chunk (const rap_rows_t *row, rap_chunk_visit_fn *visit, void *self)
{
    size_t len = rap_rows_bytes (row, RAP_HELD_CHUNK);
    const char *chunk = len ? rap_rows_text (row, RAP_HELD_CHUNK) : NULL;
    rap_arena_t *arena = rap_arena_new ();
    if (chunk)
        rap_read_chunks (rap_text_of (chunk, len), arena, visit, self, NULL);
    rap_arena_destroy (&arena);
}

static void print_entry (const rap_held_t *held, const rap_rows_t *row)
{
    const char *source = rap_rows_text (row, RAP_HELD_SOURCE);
    rap_term_bold (stdout, rap_rows_text (row, RAP_HELD_ID));
    printf (rap_rows_integer (row, RAP_HELD_ORDINAL) < 0 ? ", all of it\n" : ", chunk %" PRId64 "\n",
            rap_rows_integer (row, RAP_HELD_ORDINAL));
    printf ("  source    ");
    rap_term_put (stdout, source ? source : "", -1);
    printf ("\n  cause     ");
    rap_term_put (stdout, rap_rows_text (row, RAP_HELD_CAUSE), 12);
    printf ("\n  attempts  %" PRId64 ", from %s to %s\n", rap_rows_integer (row, RAP_HELD_ATTEMPTS),
            rap_rows_text (row, RAP_HELD_FIRST_AT), rap_rows_text (row, RAP_HELD_LAST_AT));
    rap_tried_print (
        rap_held_tried (held, rap_rows_text (row, RAP_HELD_NUMBER), rap_rows_text (row, RAP_HELD_ORDINAL)), 12);
    if (is_dropped (row)) {
        printf ("  dropped   %s by ", rap_rows_text (row, RAP_HELD_DROPPED_AT));
        rap_term_put (stdout, rap_rows_text (row, RAP_HELD_DROPPED_BY), -1);
        printf (": ");
        rap_term_put (stdout, rap_rows_text (row, RAP_HELD_DROPPED_REASON), 12);
        printf ("\n");
    }
    visit_chunk (row, print_chunk, NULL);
}

static int show (const rap_held_t *held, const options_t *options, const char *id, const char *ordinal,
                 const char *meant)
{
    bool any = false;
    rap_json_t json;
    rap_rows_t *rows = rap_held_ask (held, RAP_HELD_ANY, id, ordinal);
    rap_json_init (&json, stdout);
    if (options->json)
        rap_json_array (&json, NULL);
    while (rap_rows_next (&rows)) {
        any = true;
        if (!options->json) {
            print_entry (held, rows);
            continue;
        }
        rap_json_object (&json, NULL);
        put_entry (&json, rows);
        rap_tried_put (
            &json, "tried",
            rap_held_tried (held, rap_rows_text (rows, RAP_HELD_NUMBER), rap_rows_text (rows, RAP_HELD_ORDINAL)));
        visit_chunk (rows, put_chunk, &json);
        rap_json_end (&json);
    }
    if (options->json)
        rap_json_end (&json);
    return any ? 0 : rap_term_fail ("'%s' is not in quarantine; 'rapporteur quarantine list' shows what is", meant);
}

//  --- orders --------------------------------------------------------------------------
//  Who gives an order, as the system knows him.
static void name_self (char *name, size_t size)
{
    char room[1024];
    struct passwd entry, *user = NULL;
    if (getpwuid_r (getuid (), &entry, room, sizeof room, &user) != 0)
        user = NULL;
    const char *behind = getenv ("SUDO_USER");
    if (behind && *behind)
        snprintf (name, size, "%s (sudo: %.60s)", user ? user->pw_name : "?", behind);
    else if (user)
        snprintf (name, size, "%.120s", user->pw_name);
    else
        snprintf (name, size, "uid %u", (unsigned)getuid ());
}

static int order (const options_t *options, const rap_place_t *place, const char *verb, const char *id,
                  const char *ordinal)
{
    char who[128], *report = NULL;
    bool ok = false;
    rap_reason_t reason;
    name_self (who, sizeof who);
    rap_command_t command = {.command = rap_text (verb),
                             .document_id = rap_text (id),
                             .ordinal = ordinal ? (uint32_t)strtoul (ordinal, NULL, 10) : UINT32_MAX,
                             .reason = rap_text (options->reason ? options->reason : ""),
                             .who = rap_text (who)};
    const char *done = strcmp (verb, "drop") == 0 ? "dropped" : "released";
    if (rap_order_give (place, options->caller.submit, &command, &ok, &report, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    int status = ok ? 0 : 1;
    if (options->json)
        printf ("%s\n", report);
    else if (!ok)
        status = rap_term_fail ("not %s: %s", done, report);
    else if (strcmp (verb, "drop") == 0)
        printf ("dropped: it is given up for good, and counted as dropped\n");
    else
        printf ("released: it is being processed again\n");
    free (report);
    return status;
}

//  --- doing it ----------------------------------------------------------------------
static bool is_ordinal (const char *text)
{
    return *text && strlen (text) <= 7 && strspn (text, "0123456789") == strlen (text);
}

static bool is_id (const char *text)
{
    return strlen (text) == RAP_DOCUMENT_ID_SIZE - 1 && strspn (text, "0123456789abcdef") == strlen (text);
}

static int minimise (const options_t *options, const rap_held_t *held, const char *id, const char *ordinal)
{
    rap_minimise_options_t how = {.rules = options->rules,
                                  .output = options->output,
                                  .seconds = options->seconds,
                                  .limit_s = options->limit,
                                  .json = options->json};
    return rap_minimise_held (&how, held, id, ordinal);
}

static int act (const options_t *options, const rap_place_t *place, int count, char **words)
{
    rap_reason_t reason = {""};
    rap_held_t held;
    char id[RAP_DOCUMENT_ID_SIZE] = "";
    const char *verb = words[1], *ordinal = count == 3 ? words[3] : NULL;
    int status = 0;
    if (rap_held_open (&held, place, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (count > 1 && rap_held_find (&held, words[2], id, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    else if (strcmp (verb, "list") == 0)
        status = list (&held, options);
    else if (strcmp (verb, "show") == 0)
        status = show (&held, options, id, ordinal, words[2]);
    else if (strcmp (verb, "minimise") == 0)
        status = minimise (options, &held, id, ordinal);
    rap_held_close (&held);
    bool ordered = strcmp (verb, "release") == 0 || strcmp (verb, "drop") == 0;
    return status == 0 && ordered ? order (options, place, verb, id, ordinal) : status;
}

//  -1 to go on; else the exit status.
static int check_words (const rap_usage_t *usage, const options_t *options, int count, char **words)
{
    static const char *const named[] = {"show", "release", "drop", "minimise"};
    const char *verb = count ? words[1] : "";
    bool known = count == 1 && strcmp (verb, "list") == 0;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        known = known || ((count == 2 || count == 3) && strcmp (verb, named[i]) == 0);
    known = known || (count == 2 && strcmp (verb, "reproduce") == 0);
    if (!known)
        return rap_options_wrong (usage, "say list, or show, release, drop or minimise with a DOCUMENT, or reproduce "
                                         "with a FILE");
    if (count == 3 && !is_ordinal (words[3]))
        return rap_options_wrong (usage, "CHUNK is a number as 'list' shows it, not '%s'", words[3]);
    if (strcmp (verb, "drop") == 0 && (!options->reason || !*options->reason))
        return rap_options_wrong (usage, "drop needs --reason TEXT: it stays in the books with it");
    return -1;
}

int rap_verb_quarantine (int argc, char **argv)
{
    options_t options = {.seconds = 60, .limit = 5};
    int count = 0;
    const rap_option_t table[] = {
        {.name = "data", .into = &options.data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &options.db, .value = "FILE", .help = "database of a single run"},
        RAP_CALLER_OPTIONS (options.caller),
        {.name = "reason", .into = &options.reason, .value = "TEXT", .help = "why it is dropped"},
        {.name = "dropped",
         .kind = RAP_OPTION_FLAG,
         .into = &options.dropped,
         .help = "list what was dropped instead"},
        {.name = "output", .into = &options.output, .value = "FILE", .help = "where minimise writes the reproducer"},
        {.name = "seconds",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.seconds,
         .value = "N",
         .help = "for minimise in all (default: 60)",
         .min = 1,
         .max = 86400},
        {.name = "limit",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.limit,
         .value = "N",
         .help = "CPU seconds after which a chunk is said to hang (default: 5)",
         .min = 1,
         .max = 3600},
        {.name = "rules",
         .into = &options.rules,
         .value = "DIR",
         .help = "folder of the rules, for minimise and reproduce"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &options.json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur quarantine",
        .summary = "what could not be processed",
        .operands = "list | show DOCUMENT [CHUNK] | release DOCUMENT [CHUNK] | drop DOCUMENT [CHUNK] --reason TEXT | "
                    "minimise DOCUMENT [CHUNK] | reproduce FILE",
        .options = table,
        .more = "What is in quarantine was taken and is kept, but processing it failed time and again, or it cannot "
                "be read.\n"
                "release has it processed anew, after a fault was mended: in a service, or for --db at once.\n"
                "drop gives it up for good; it is counted as dropped, with the reason, and when, and by whom.\n"
                "minimise looks for the shortest text with which the chunk still kills, hangs or fails, in a process "
                "of its own,\n"
                "and writes a file that can be attached to a report; reproduce tries such a file here.\n"
                "Exit status of reproduce: 0 it happens here too, 1 it does not."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status < 0)
        status = check_words (&usage, &options, count, argv);
    if (status >= 0)
        return status;
    if (strcmp (argv[1], "reproduce") == 0)
        return rap_minimise_again (
            &(rap_minimise_options_t){.rules = options.rules, .limit_s = options.limit, .json = options.json},
            argv[2]);
    rap_place_t place = {.data = NULL};
    rap_reason_t reason;
    bool far = options.caller.submit && !options.data && !options.db; //  there is only ingest to be asked
    bool ordered = strcmp (argv[1], "release") == 0 || strcmp (argv[1], "drop") == 0;
    if (far && (!ordered || !is_id (argv[2])))
        return rap_options_wrong (&usage, "with --submit alone: release or drop, and the document's id of 32 digits");
    if ((!far && rap_place_find (&place, options.data, options.db, &reason) != RAP_OK)
        || rap_caller_begin (&options.caller, &place, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return far ? order (&options, &place, argv[1], argv[2], count == 3 ? argv[3] : NULL)
               : act (&options, &place, count, argv);
}
