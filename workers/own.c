//  own: librapporteur, the child's loop around a function of somebody else's.

#include "rapporteur/worker.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/daemon.h"
#include "rapporteur/log.h"
#include "rapporteur/utf8.h"

#include "child.h"

enum { ID_SIZE = 128, USAGE = 2, FINDINGS_FIRST = 16 };

struct rap_worker {
    const rap_worker_options_t *options;
    rap_worker_fn *look;
    void *look_self;
    //  Of the chunk under hand.
    rap_child_t *child;
    const rap_chunk_t *chunk;
    rap_arena_t *arena;
    rap_findings_t *findings;
    int64_t rank;
    rap_reason_t failed; //  "": it did not
};

//  --- inside the function ----------------------------------------------------

rap_text_t rap_worker_keep (rap_worker_t *self, rap_text_t text)
{
    return rap_arena_text (self->arena, text);
}

void rap_worker_fail (rap_worker_t *self, const char *cause)
{
    if (!self->failed.text[0])
        rap_reason_set (&self->failed, "%s", cause && *cause ? cause : "no cause given");
}

void rap_worker_beat (rap_worker_t *self)
{
    rap_child_pulse (self->child);
}

static rap_finding_t *add (rap_worker_t *self)
{
    rap_findings_t *findings = self->findings;
    if (findings->count == RAP_FINDINGS_MAX) {
        rap_worker_fail (self, "more findings than a chunk may have");
        return NULL;
    }
    if (findings->count == findings->room) {
        uint32_t room = findings->room ? findings->room * 2 : FINDINGS_FIRST;
        rap_finding_t *at = rap_arena_alloc (self->arena, room * sizeof *at);
        if (findings->count)
            memcpy (at, findings->at, findings->count * sizeof *at);
        findings->at = at;
        findings->room = room;
    }
    return &findings->at[findings->count++];
}

static bool is_boundary (rap_text_t text, size_t at)
{
    return at == text.len || (at < text.len && ((unsigned char)text.at[at] & 0xC0) != 0x80);
}

rap_finding_t *rap_worker_add (rap_worker_t *self, rap_finding_kind_t kind, size_t start, size_t end)
{
    rap_text_t text = self->chunk->text;
    bool has_span = kind < RAP_FINDING_COUNT && rap_finding_schemas[kind].has_span;
    if (kind >= RAP_FINDING_COUNT || start > end || !is_boundary (text, start) || !is_boundary (text, end)) {
        rap_worker_fail (self, "a finding of no kind, or over a span that is not of whole characters");
        return NULL;
    }
    rap_finding_t *finding = add (self);
    if (!finding)
        return NULL;
    *finding = (rap_finding_t){.kind = kind};
    if (has_span) {
        finding->start = (uint32_t)rap_utf8_count (rap_text_of (text.at, start));
        finding->end = finding->start + (uint32_t)rap_utf8_count (rap_text_of (text.at + start, end - start));
    }
    for (uint32_t i = 0; i < rap_finding_schemas[kind].fields_count; i++)
        if (rap_finding_schemas[kind].fields[i].type == RAP_FIELD_TEXT)
            finding->values[i].text = RAP_TEXT ("");
    return finding;
}

void rap_worker_classify (rap_worker_t *self, const char *code, double score, const char *rule)
{
    rap_finding_t *finding = rap_worker_add (self, RAP_FINDING_classification, 0, 0);
    if (!finding)
        return;
    const char *scheme = self->options->scheme ? self->options->scheme : self->options->pipeline;
    finding->values[0].text = rap_text (scheme);
    finding->values[1].text = rap_worker_keep (self, rap_text (code));
    finding->values[2].real = score;
    finding->values[3].integer = ++self->rank;
    finding->values[4].text = rap_worker_keep (self, rap_text (rule));
}

//  --- the run ----------------------------------------------------------------

static rap_status_t extract (void *context, rap_child_t *child, const rap_document_t *document,
                             const rap_chunk_t *chunk, rap_arena_t *arena, rap_findings_t *findings,
                             rap_reason_t *reason)
{
    rap_worker_t *self = context;
    *findings = (rap_findings_t){.count = 0};
    self->child = child;
    self->chunk = chunk;
    self->arena = arena;
    self->findings = findings;
    self->rank = 0;
    self->failed.text[0] = 0;
    self->look (self->look_self, self, document, chunk);
    return self->failed.text[0] ? rap_refuse (reason, "%s", self->failed.text) : RAP_OK;
}

static const char *make_id (char id[ID_SIZE], const rap_worker_options_t *options)
{
    char host[64] = "";
    if (gethostname (host, sizeof host - 1) != 0 || !host[0])
        snprintf (host, sizeof host, "host");
    snprintf (id, ID_SIZE, "%s-%d", host, (int)getpid ());
    return options->id ? options->id : id;
}

int rap_worker_run (const rap_worker_options_t *options, rap_worker_fn *look, void *look_self)
{
    char id[ID_SIZE];
    rap_log_init ("worker");
    if (!options->work || !options->results || !options->pipeline || !look) {
        rap_log (RAP_LOG_ERROR, "worker.options", "reason", "work, results, pipeline and a function are needed",
                 NULL);
        return USAGE;
    }
    bool tcp = strncmp (options->work, "tcp://", 6) == 0 || strncmp (options->results, "tcp://", 6) == 0;
    rap_worker_t self = {.options = options, .look = look, .look_self = look_self};
    rap_child_options_t child = {.work = options->work,
                                 .results = options->results,
                                 .id = make_id (id, options),
                                 .pipeline = options->pipeline,
                                 .scheme = options->scheme,
                                 .keys = tcp ? options->keys : NULL,
                                 .key = options->key};
    rap_daemon_hold_standard ();
    return rap_child_run_with (&child, extract, &self);
}

static int say_usage (const char *program, bool asked)
{
    fprintf (asked ? stdout : stderr,
             "usage: %s --work ADDR --results ADDR [--id NAME] [--keys DIR [--key NAME]]\n"
             "  --work ADDR     where work is given out (of an annotator: the sink's --annotate)\n"
             "  --results ADDR  where the sink takes results\n"
             "  --id NAME       name of this worker (default: host and process)\n"
             "  --keys DIR      encrypt tcp, and admit by these keys\n"
             "  --key NAME      our key there (default: that of a worker)\n",
             program);
    return asked ? 0 : USAGE;
}

int rap_worker_main (int argc, char **argv, const rap_worker_options_t *defaults, rap_worker_fn *look,
                     void *look_self)
{
    static const struct option table[] = {{"work", required_argument, NULL, 'w'},
                                          {"results", required_argument, NULL, 'r'},
                                          {"id", required_argument, NULL, 'i'},
                                          {"keys", required_argument, NULL, 'd'},
                                          {"key", required_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    rap_worker_options_t options = *defaults;
    for (int at; (at = getopt_long (argc, argv, "", table, NULL)) != -1;)
        switch (at) {
        case 'w':
            options.work = optarg;
            break;
        case 'r':
            options.results = optarg;
            break;
        case 'i':
            options.id = optarg;
            break;
        case 'd':
            options.keys = optarg;
            break;
        case 'k':
            options.key = optarg;
            break;
        default:
            return say_usage (argv[0], at == 'h');
        }
    if (optind < argc || !options.work || !options.results)
        return say_usage (argv[0], false);
    return rap_worker_run (&options, look, look_self);
}
