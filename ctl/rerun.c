//  rerun: some documents at a time as files with their sidecars, handed in.
#include "rerun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/limits.h"

#include "oneshot.h"
#include "sidecar.h"
#include "term.h"

enum { ROUND_DOCUMENTS = 128, ROUND_BYTES = 32 << 20, BODY_PIECES = 1024, NAME_MAX_BYTES = 128 };

enum { SOURCE, SYMBOL, PUBLISHED, TITLE, LANGUAGE, BODY, BYTES };

typedef struct {
    const rap_rerun_t *options;
    rap_oneshot_t *oneshot;
    char folder[64];
    char names[ROUND_DOCUMENTS][NAME_MAX_BYTES];
    rap_handin_item_t items[ROUND_DOCUMENTS];
    uint32_t count;
    int64_t bytes;
} round_t;

static rap_status_t write_bytes (round_t *self, const char *name, const char *body, rap_reason_t *reason)
{
    FILE *out = fopen (name, "wex");
    if (!out)
        return rap_fail (reason, "%s: %s", name, strerror (errno));
    rap_rows_t *rows = rap_database_ask (self->options->journal,
                                         "SELECT bytes FROM body WHERE piece >= CAST (?1 AS INTEGER) * 1024"
                                         " AND piece < (CAST (?1 AS INTEGER) + 1) * 1024 ORDER BY piece",
                                         &body, 1);
    while (rap_rows_next (&rows)) {
        size_t len = rap_rows_bytes (rows, 0);
        if (len)
            fwrite (rap_rows_text (rows, 0), 1, len, out);
    }
    bool written = !ferror (out);
    if (fclose (out) != 0 || !written)
        return rap_fail (reason, "%s: it could not be written: %s", name, strerror (errno));
    return RAP_OK;
}

//  What a line of a sidecar cannot say is left out.
static void state (FILE *out, const char *key, const char *value)
{
    if (value && *value && strlen (value) < RAP_SIDECAR_VALUE_MAX && !strpbrk (value, "\r\n"))
        fprintf (out, "%s: %s\n", key, value);
}

static rap_status_t write_sidecar (const char *name, const rap_rows_t *row, rap_reason_t *reason)
{
    char path[NAME_MAX_BYTES + 8];
    snprintf (path, sizeof path, "%s.meta", name);
    FILE *out = fopen (path, "wex");
    if (!out)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    state (out, "source", rap_rows_text (row, SOURCE));
    state (out, "symbol", rap_rows_text (row, SYMBOL));
    state (out, "date", rap_rows_text (row, PUBLISHED));
    state (out, "title", rap_rows_text (row, TITLE));
    state (out, "language", rap_rows_text (row, LANGUAGE));
    bool written = !ferror (out);
    if (fclose (out) != 0 || !written)
        return rap_fail (reason, "%s: it could not be written: %s", path, strerror (errno));
    return RAP_OK;
}

static void remove_files (round_t *self)
{
    char path[NAME_MAX_BYTES + 8];
    for (uint32_t i = 0; i < self->count; i++) {
        snprintf (path, sizeof path, "%s.meta", self->names[i]);
        unlink (path);
        unlink (self->names[i]);
    }
    self->count = 0;
    self->bytes = 0;
}

//  Hands in what was gathered. Each is on disk in the journal there, or told why not.
static rap_status_t end_round (round_t *self, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    if (self->count)
        status = rap_oneshot_hand_in (self->oneshot, self->items, self->count, reason);
    for (uint32_t i = 0; status == RAP_OK && i < self->count; i++)
        if (self->items[i].result == RAP_HANDIN_REFUSED || self->items[i].result == RAP_HANDIN_UNANSWERED)
            status = rap_refuse (reason, "a stored document is not taken by the other pipeline: %s",
                                 self->items[i].cause.text);
    remove_files (self);
    return status;
}

static rap_status_t add (round_t *self, const rap_rows_t *row, rap_reason_t *reason)
{
    uint32_t at = self->count;
    snprintf (self->names[at], sizeof self->names[at], "%s/%u", self->folder, at);
    self->items[at] = (rap_handin_item_t){.path = self->names[at]};
    self->count++;
    self->bytes += rap_rows_integer (row, BYTES);
    rap_status_t status = write_bytes (self, self->names[at], rap_rows_text (row, BODY), reason);
    if (status == RAP_OK)
        status = write_sidecar (self->names[at], row, reason);
    if (status == RAP_OK && (self->count == ROUND_DOCUMENTS || self->bytes > ROUND_BYTES))
        status = end_round (self, reason);
    return status;
}

static rap_status_t hand_in_all (round_t *self, rap_reason_t *reason)
{
    const char *ids = self->options->ids;
    rap_status_t status = RAP_OK;
    rap_rows_t *rows = rap_database_ask (
        self->options->journal,
        "SELECT d.source, d.stated_symbol, d.published, d.title, d.language, d.body, d.bytes FROM json_each (?1) i"
        " JOIN document d ON d.document_id = i.value WHERE d.body > 0 ORDER BY d.number",
        &ids, 1);
    while (status == RAP_OK && rap_rows_next (&rows))
        status = add (self, rows, reason);
    rap_rows_end (&rows);
    if (status == RAP_OK)
        status = end_round (self, reason);
    remove_files (self);
    return status;
}

rap_status_t rap_rerun (const rap_rerun_t *options, rap_reason_t *reason)
{
    const char *tmp = getenv ("TMPDIR");
    round_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->options = options;
    snprintf (self->folder, sizeof self->folder, "%.32s/rapporteur-replay.XXXXXX",
              tmp && *tmp && strlen (tmp) <= 32 ? tmp : "/tmp");
    rap_oneshot_options_t how = {
        .place = options->into, .rules = options->rules, .programs = options->programs, .workers = options->workers};
    rap_status_t status = RAP_OK;
    if (!mkdtemp (self->folder))
        status = rap_fail (reason, "%s: no temporary folder: %s; set TMPDIR", self->folder, strerror (errno));
    else if (!(self->oneshot = rap_oneshot_new (&how, reason)))
        status = RAP_FAILED;
    if (status == RAP_OK)
        status = hand_in_all (self, reason);
    if (status == RAP_OK)
        status = rap_oneshot_finish (self->oneshot, reason);
    rap_progress_end ();
    if (status == RAP_FAILED && self->oneshot)
        rap_oneshot_explain (self->oneshot);
    rap_oneshot_destroy (&self->oneshot);
    rmdir (self->folder);
    free (self);
    return status;
}
