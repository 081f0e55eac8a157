//  replay: stored documents through other rules, beside the old results.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/json.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/options.h"

#include "adopt.h"
#include "compare.h"
#include "database.h"
#include "find.h"
#include "place.h"
#include "rerun.h"
#include "term.h"
#include "verbs.h"

enum { NICE = 10, FIRST = 20, EXCERPT = 160 };

typedef struct {
    const char *data, *db, *pipeline, *programs, *into;
    int64_t workers, first, sample;
    bool all, json, adopt;
} options_t;

//  A difference, kept until its document is told.
typedef struct {
    rap_difference_t is;
    size_t order;
} kept_t;

typedef struct {
    const options_t *options;
    rap_database_t *db;
    rap_json_t *json;
    kept_t *kept;
    size_t count, room;
    char *document_id;
    int64_t paragraphs; //  told
    bool more;          //  some were not
} teller_t;

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

static char *copy_of (const char *text)
{
    return text ? must (strdup (text)) : NULL;
}

//  --- the paragraphs --------------------------------------------------------------------
static int by_paragraph (const void *a, const void *b)
{
    const kept_t *one = a, *other = b;
    if (one->is.ordinal != other->is.ordinal)
        return one->is.ordinal < other->is.ordinal ? -1 : 1;
    int order = strcmp (one->is.label ? one->is.label : "", other->is.label ? other->is.label : "");
    return order ? order : one->order < other->order ? -1 : 1;
}

static bool same_paragraph (const rap_difference_t *a, const rap_difference_t *b)
{
    return a->ordinal == b->ordinal && (a->ordinal < 0 || strcmp (a->text, b->text) == 0);
}

//  Values in words: those that are not empty, or those that changed.
static char *words_of (rap_database_t *db, const char *before, const char *after)
{
    const char *one[] = {before ? before : after}, *both[] = {before, after};
    rap_rows_t *rows =
        before && after ? rap_database_ask (
            db,
            "SELECT group_concat (a.key || ' ' || coalesce (b.value, '') || ' -> ' ||"
            " coalesce (a.value, ''), '; ') FROM json_each (?2) a JOIN json_each (?1) b USING (key)"
            " WHERE a.value IS NOT b.value",
            both, 2)
                        : rap_database_ask (db,
                                            "SELECT group_concat (key || ' ' || value, '; ') FROM json_each (?1)"
                                            " WHERE value <> ''",
                                            one, 1);
    char *words = rap_rows_next (&rows) ? copy_of (rap_rows_text (rows, 0)) : NULL;
    rap_rows_end (&rows);
    return words ? words : must (strdup (""));
}

static void print_head (const rap_difference_t *is)
{
    char *text = is->text ? must (strndup (is->text, EXCERPT)) : NULL;
    rap_term_bold (stdout, is->symbol);
    if (is->ordinal >= 0)
        printf (", chunk %" PRId64, is->ordinal);
    if (is->label && *is->label) {
        printf (", ");
        rap_term_put (stdout, is->label, -1);
    }
    if (is->part && *is->part) {
        printf (" of ");
        rap_term_put (stdout, is->part, -1);
    }
    if (text && *text) {
        printf (": ");
        rap_term_put (stdout, text, -1);
        fputs (strlen (is->text) > EXCERPT ? " \xe2\x80\xa6" : "", stdout);
    }
    printf ("\n");
    free (text);
}

static void print_difference (rap_database_t *db, const rap_difference_t *is)
{
    char *words = words_of (db, is->before, is->after);
    printf ("    %-8s %-14s ", is->what, is->kind);
    if (is->surface) {
        printf ("'");
        rap_term_put (stdout, is->surface, -1);
        printf ("'  ");
    }
    rap_term_put (stdout, words, -1);
    printf ("\n");
    free (words);
}

static void put_difference (rap_json_t *json, const rap_difference_t *is)
{
    rap_json_object (json, NULL);
    rap_json_text (json, "kind", is->kind);
    rap_json_text (json, "what", is->what);
    rap_json_text (json, "surface", is->surface);
    rap_json_raw (json, "before", is->before);
    rap_json_raw (json, "after", is->after);
    rap_json_end (json);
}

static void put_head (rap_json_t *json, const rap_difference_t *is)
{
    rap_json_object (json, NULL);
    rap_json_text (json, "document_id", is->document_id);
    rap_json_text (json, "document", is->symbol);
    if (is->ordinal >= 0)
        rap_json_integer (json, "ordinal", is->ordinal);
    else
        rap_json_text (json, "ordinal", NULL);
    rap_json_text (json, "part", is->part);
    rap_json_text (json, "label", is->label);
    rap_json_text (json, "text", is->text);
    rap_json_array (json, "differences");
}

static bool enough (const teller_t *self)
{
    return !self->options->all && self->paragraphs >= self->options->first;
}

static void forget_kept (teller_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        rap_difference_t *is = &self->kept[i].is;
        const char *texts[] = {is->symbol, is->label, is->part, is->text, is->surface, is->before, is->after};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            free ((char *)texts[t]);
    }
    self->count = 0;
}

//  Tells what was gathered of a document, paragraph by paragraph.
static void flush (teller_t *self)
{
    if (self->count)
        qsort (self->kept, self->count, sizeof *self->kept, by_paragraph);
    for (size_t i = 0; i < self->count;) {
        const rap_difference_t *head = &self->kept[i].is;
        if (enough (self)) {
            self->more = true;
            break;
        }
        if (self->json)
            put_head (self->json, head);
        else
            print_head (head);
        for (; i < self->count && same_paragraph (head, &self->kept[i].is); i++)
            if (self->json)
                put_difference (self->json, &self->kept[i].is);
            else
                print_difference (self->db, &self->kept[i].is);
        if (self->json) {
            rap_json_end (self->json);
            rap_json_end (self->json);
        }
        self->paragraphs++;
    }
    forget_kept (self);
    free (self->document_id);
    self->document_id = NULL;
}

static bool gather (void *context, const rap_difference_t *difference)
{
    teller_t *self = context;
    if (self->document_id && strcmp (self->document_id, difference->document_id) != 0)
        flush (self);
    if (enough (self)) {
        self->more = true;
        return false;
    }
    if (!self->document_id)
        self->document_id = copy_of (difference->document_id);
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->kept = must (realloc (self->kept, self->room * sizeof *self->kept));
    }
    self->kept[self->count] = (kept_t){.is = *difference, .order = self->count};
    rap_difference_t *is = &self->kept[self->count++].is;
    is->document_id = self->document_id;
    is->symbol = copy_of (is->symbol);
    is->label = copy_of (is->label);
    is->part = copy_of (is->part);
    is->text = copy_of (is->text);
    is->surface = copy_of (is->surface);
    is->before = copy_of (is->before);
    is->after = copy_of (is->after);
    return true;
}

//  --- the sums ---------------------------------------------------------------------------
static void add_sum (rap_grid_t *grid, const char *name, const rap_compare_sum_t *sum)
{
    rap_grid_add (grid, name);
    rap_grid_add_number (grid, sum->same);
    rap_grid_add_number (grid, sum->gone);
    rap_grid_add_number (grid, sum->fresh);
    rap_grid_add_number (grid, sum->changed);
}

static void put_sum (rap_json_t *json, const char *name, const rap_compare_sum_t *sum)
{
    rap_json_object (json, name);
    rap_json_integer (json, "same", sum->same);
    rap_json_integer (json, "gone", sum->gone);
    rap_json_integer (json, "new", sum->fresh);
    rap_json_integer (json, "changed", sum->changed);
    rap_json_end (json);
}

//  By which rules the chunks of a database were read: JSON array.
static char *pipelines_of (rap_database_t *db, const char *ids, const char *side)
{
    char sql[400];
    snprintf (
        sql, sizeof sql,
        "SELECT json_group_array (DISTINCT b.pipeline) FROM %s.chunk c JOIN %s.provenance_chunk p USING (chunk_id)"
        " JOIN %s.provenance_batch b USING (batch_id) WHERE c.document_id IN (SELECT value FROM json_each (?1))",
        side, side, side);
    rap_rows_t *rows = rap_database_ask (db, sql, &ids, 1);
    char *list = rap_rows_next (&rows) ? copy_of (rap_rows_text (rows, 0)) : must (strdup ("[]"));
    rap_rows_end (&rows);
    return list;
}

static void print_sums (const teller_t *self, const rap_compare_t *sums, const char *before, const char *after,
                        const char *into)
{
    static const char *const columns[] = {"", ">same", ">gone", ">new", ">changed"};
    rap_grid_t *grid = rap_grid_new (columns, 5);
    add_sum (grid, "documents' particulars", &sums->particulars);
    add_sum (grid, "chunks", &sums->chunks);
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        add_sum (grid, rap_finding_schemas[kind].name, &sums->kinds[kind]);
    if (self->paragraphs)
        printf (self->more ? "\n(the first %" PRId64 " paragraphs with differences; --all tells all)\n\n"
                           : "\n(%" PRId64 " paragraphs with differences)\n\n",
                self->paragraphs);
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    printf ("\n%" PRId64 " documents compared, %" PRId64 " differ", sums->documents, sums->different);
    if (sums->missing)
        printf (", %" PRId64 " could not be processed", sums->missing);
    printf ("\nbefore: %s\nafter:  %s, in ", before, after);
    rap_term_put (stdout, into, -1);
    printf ("\n");
}

static void put_sums (const teller_t *self, const rap_compare_t *sums, const char *before, const char *after,
                      const char *into)
{
    rap_json_t *json = self->json;
    rap_json_end (json); //  of the paragraphs
    rap_json_bool (json, "more_paragraphs", self->more);
    rap_json_object (json, "kinds");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        put_sum (json, rap_finding_schemas[kind].name, &sums->kinds[kind]);
    rap_json_end (json);
    put_sum (json, "chunks", &sums->chunks);
    put_sum (json, "particulars", &sums->particulars);
    rap_json_object (json, "documents");
    rap_json_integer (json, "compared", sums->documents);
    rap_json_integer (json, "different", sums->different);
    rap_json_integer (json, "not_processed", sums->missing);
    rap_json_end (json);
    rap_json_raw (json, "before", before);
    rap_json_raw (json, "after", after);
    rap_json_text (json, "into", into);
    rap_json_end (json);
}

static int compare (const options_t *options, const rap_place_t *place, const rap_place_t *into, const char *ids)
{
    rap_reason_t reason;
    rap_compare_t sums;
    rap_json_t json = {.out = stdout};
    rap_database_t *db = rap_database_open (into->db, &reason);
    if (!db)
        return rap_term_fail ("%s", reason.text);
    teller_t teller = {.options = options, .db = db, .json = options->json ? &json : NULL};
    rap_json_init (&json, stdout);
    if (options->json) {
        rap_json_object (&json, NULL);
        rap_json_array (&json, "paragraphs");
    }
    if (rap_compare (db, place->db, ids, gather, &teller, &sums, &reason) != RAP_OK) {
        rap_database_close (&db);
        return rap_term_fail ("%s", reason.text);
    }
    flush (&teller);
    char *before = pipelines_of (db, ids, "old"), *after = pipelines_of (db, ids, "main");
    if (options->json)
        put_sums (&teller, &sums, before, after, into->db);
    else
        print_sums (&teller, &sums, before, after, into->db);
    free (before);
    free (after);
    free (teller.kept);
    rap_database_close (&db);
    return sums.missing ? 3 : 0;
}

//  --- which documents --------------------------------------------------------------------
//  JSON array of ids; NULL with the reason.
static char *choose (const options_t *options, rap_database_t *store, int count, char **words, rap_reason_t *reason)
{
    char number[24], *ids = NULL;
    char *list = NULL;
    size_t len = 0;
    if (count) {
        FILE *out = must (open_memstream (&list, &len));
        bool found = true;
        for (int i = 0; i < count && found; i++) {
            char id[RAP_DOCUMENT_ID_SIZE];
            found = rap_find_document (store, words[i + 1], id, reason) == RAP_OK;
            fprintf (out, "%s\"%s\"", i ? ", " : "[", found ? id : "");
        }
        fputs ("]", out);
        fclose (out);
        if (!found) {
            free (list);
            return NULL;
        }
        return list;
    }
    snprintf (number, sizeof number, "%" PRId64, options->sample);
    const char *texts[] = {number};
    rap_rows_t *rows = rap_database_ask (
        store,
        "SELECT json_group_array (document_id) FROM (SELECT document_id, row_number () OVER (ORDER BY number) AS n,"
        " count (*) OVER () AS of FROM document WHERE stored > 0 ORDER BY number)"
        " WHERE CAST (?1 AS INTEGER) = 0 OR n * CAST (?1 AS INTEGER) / of > (n - 1) * CAST (?1 AS INTEGER) / of",
        texts, 1);
    ids = rap_rows_next (&rows) ? copy_of (rap_rows_text (rows, 0)) : NULL;
    rap_rows_end (&rows);
    if (!ids || strcmp (ids, "[]") == 0) {
        rap_refuse (reason, "no document is stored yet");
        free (ids);
        return NULL;
    }
    return ids;
}

//  What is there already must have been made by the same rules.
static rap_status_t check_into (const options_t *options, const rap_place_t *into, rap_reason_t *reason)
{
    if (access (into->db, F_OK) != 0 || options->programs)
        return RAP_OK;
    rap_lexicon_t *lexicon = rap_lexicon_new (options->pipeline, reason);
    if (!lexicon)
        return RAP_REFUSED;
    rap_database_t *db = rap_database_open (into->db, reason);
    const char *pipeline = rap_lexicon_pipeline (lexicon);
    int64_t others =
        db && rap_database_has_table (db, "document")
            ? rap_database_number (db, "SELECT count (*) FROM document WHERE pipeline <> ?1", &pipeline, 1)
            : 0;
    rap_status_t status = db ? RAP_OK : RAP_REFUSED;
    if (others)
        status = rap_refuse (reason,
                             "%s has documents read by other rules than %s; remove it and %s, or name another "
                             "with --into",
                             into->db, pipeline, into->journal);
    rap_database_close (&db);
    rap_lexicon_destroy (&lexicon);
    return status;
}

static rap_status_t find_into (const options_t *options, const rap_place_t *place, rap_place_t *into,
                               rap_reason_t *reason)
{
    char path[RAP_PATH_MAX];
    int len = options->into ? snprintf (path, sizeof path, "%s", options->into)
              : place->data ? snprintf (path, sizeof path, "%s/replay.db", place->data)
                            : snprintf (path, sizeof path, "%s.replay", place->db);
    if (len >= (int)sizeof path)
        return rap_refuse (reason, "a path of more than %d bytes", RAP_PATH_MAX - 1);
    return rap_place_find (into, NULL, path, reason);
}

//  --- doing it ----------------------------------------------------------------------
static int adopt (const rap_place_t *place, const rap_place_t *into)
{
    char kept[RAP_PATH_MAX];
    rap_reason_t reason;
    if (rap_adopt (place, into, kept, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    printf ("adopted: %s has the new results, %s the old ones.\nStart the service with the new rules, then "
            "'rapporteur audit --mend' has read what is not in it.\n",
            place->db, kept);
    return 0;
}

static int act (const options_t *options, const rap_place_t *place, int count, char **words)
{
    rap_place_t into;
    rap_reason_t reason = {""};
    rap_status_t status = find_into (options, place, &into, &reason);
    if (status == RAP_OK && options->adopt)
        return adopt (place, &into);
    rap_database_t *store = status == RAP_OK ? rap_database_open (place->db, &reason) : NULL;
    rap_database_t *journal = store ? rap_database_open (place->journal, &reason) : NULL;
    char *ids = journal ? choose (options, store, count, words, &reason) : NULL;
    rap_database_close (&store);
    status = ids ? check_into (options, &into, &reason) : RAP_REFUSED;
    if (status == RAP_OK) {
        rap_rerun_t how = {.journal = journal,
                           .ids = ids,
                           .into = &into,
                           .rules = options->pipeline,
                           .programs = options->programs,
                           .workers = options->workers};
        if (nice (NICE) < 0)
            rap_reason_set (&reason, "not nicer"); //  then we are as we were
        status = rap_rerun (&how, &reason);
    }
    rap_database_close (&journal);
    int result = status == RAP_OK ? compare (options, place, &into, ids) : rap_term_fail ("%s", reason.text);
    free (ids);
    return result;
}

int rap_verb_replay (int argc, char **argv)
{
    options_t options = {.first = FIRST};
    int count = 0;
    const rap_option_t table[] = {
        {.name = "pipeline", .into = &options.pipeline, .value = "DIR", .help = "folder of the new rules"},
        {.name = "programs",
         .into = &options.programs,
         .value = "DIR",
         .help = "folder of the new version's daemons"},
        {.name = "data", .into = &options.data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &options.db, .value = "FILE", .help = "database of a single run"},
        {.name = "into",
         .into = &options.into,
         .value = "FILE",
         .help = "database of the new results (default: DIR/replay.db)"},
        {.name = "sample",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.sample,
         .value = "N",
         .help = "only so many documents, evenly from all",
         .min = 1,
         .max = 1000000},
        {.name = "workers",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.workers,
         .value = "N",
         .help = "worker processes (default: one a processor)",
         .min = 1,
         .max = 256},
        {.name = "first",
         .kind = RAP_OPTION_NUMBER,
         .into = &options.first,
         .value = "N",
         .help = "paragraphs with differences that are shown (default: 20)",
         .min = 0,
         .max = 1000000000},
        {.name = "all", .kind = RAP_OPTION_FLAG, .into = &options.all, .help = "show all of them"},
        {.name = "adopt",
         .kind = RAP_OPTION_FLAG,
         .into = &options.adopt,
         .help = "put the new results in the place of the old"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &options.json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur replay",
        .summary = "stored documents through other rules: what would change, before it does",
        .operands = "[DOCUMENT]...",
        .options = table,
        .more =
            "Takes the documents' bytes from the journal, processes them beside the service into a database of its "
            "own,\nand tells of each kind of finding what is the same, gone, new and changed. The service is not "
            "disturbed:\nits files are only read, and the replay runs at a lower priority. What was interrupted goes "
            "on.\n--adopt, with the service stopped, switches over; the old database is kept.\n"
            "Exit status: 0 compared, 3 some documents could not be processed, 1 it failed."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    if (!options.adopt && !options.pipeline && !options.programs)
        return rap_options_wrong (&usage, "say which --pipeline, or which --programs");
    if (options.adopt && count)
        return rap_options_wrong (&usage, "--adopt takes all that was replayed");
    if (rap_place_find (&place, options.data, options.db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return act (&options, &place, count, argv);
}
