//  minimise: what is needed for a chunk to end badly, and a file of it.
#include "minimise.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/arena.h"
#include "rapporteur/clock.h"
#include "rapporteur/json.h"
#include "rapporteur/message.h"
#include "rapporteur/utf8.h"
#include "rapporteur/version.h"

#include "shrink.h"
#include "term.h"
#include "trial.h"

enum {
    FORMAT = 1,         //  of the file
    FILE_MAX = 8 << 20, //  bytes of one that is read
    TRIAL_LIMIT_S = 1,  //  of a text that hangs, while it is made shorter
    SHOWN = 400,        //  bytes of the text shown
};

typedef struct {
    const rap_minimise_options_t *options;
    rap_trial_t *trial;
    rap_arena_t *arena;
    rap_document_t document;
    rap_chunk_t chunk; //  as short as was found
    rap_chunk_t before;
    rap_trial_outcome_t outcome;
    int64_t limit_s;
    int64_t end_ms;
    uint32_t trials;
    bool minimal;
    rap_reason_t failure; //  no process could be made
} minimise_t;

//  --- making it smaller ----------------------------------------------------------------
static rap_shrink_answer_t still (minimise_t *self, const rap_document_t *document, const rap_chunk_t *chunk)
{
    rap_trial_outcome_t outcome;
    if (rap_clock_ms () >= self->end_ms)
        return RAP_SHRINK_ENOUGH;
    self->trials++;
    if (rap_trial_run (self->trial, document, chunk, self->limit_s, &outcome, &self->failure) != RAP_OK)
        return RAP_SHRINK_ENOUGH;
    return rap_trial_same (&outcome, &self->outcome) ? RAP_SHRINK_YES : RAP_SHRINK_NO;
}

//  Marks and emphasis lie within the text.
static void clip (rap_chunk_t *chunk)
{
    size_t points = rap_utf8_count (chunk->text);
    while (chunk->marks_count && chunk->marks[chunk->marks_count - 1].at > points)
        chunk->marks_count--;
    while (chunk->emphasis_count && chunk->emphasis[chunk->emphasis_count - 1].end > points)
        chunk->emphasis_count--;
}

static rap_shrink_answer_t still_with_text (void *context, rap_text_t text)
{
    minimise_t *self = context;
    rap_chunk_t chunk = self->chunk;
    chunk.text = text;
    clip (&chunk);
    return still (self, &self->document, &chunk);
}

//  What stands around the text, all at once or not at all.
static void strip (minimise_t *self)
{
    rap_chunk_t bare = {.ordinal = self->chunk.ordinal, .kind = self->chunk.kind, .text = self->chunk.text};
    rap_document_t plain = {.document_id = self->document.document_id,
                            .number = 1,
                            .other_symbols = RAP_TEXT ("[]"),
                            .kind = self->document.kind,
                            .language = self->document.language,
                            .chunks = self->document.chunks};
    if (still (self, &self->document, &bare) == RAP_SHRINK_YES)
        self->chunk = bare;
    if (still (self, &plain, &self->chunk) == RAP_SHRINK_YES)
        self->document = plain;
}

//  Takes away the text's pieces; each trial of a text that hangs is cut short.
static void shrink (minimise_t *self, int64_t limit_s)
{
    size_t len = self->chunk.text.len;
    rap_chunk_t before = self->chunk;
    char *bytes = rap_arena_alloc (self->arena, len + 1);
    memcpy (bytes, len ? self->chunk.text.at : "", len);
    self->limit_s = limit_s;
    self->minimal = rap_shrink (bytes, &len, still_with_text, self);
    self->chunk.text = rap_text_of (bytes, len);
    clip (&self->chunk);
    self->limit_s = self->options->limit_s;
    if (limit_s == self->limit_s)
        return;
    //  What takes longer than a trial's limit may yet end.
    self->end_ms = INT64_MAX;
    if (still (self, &self->document, &self->chunk) == RAP_SHRINK_YES)
        return;
    self->chunk = before;
    self->minimal = false;
}

//  --- the file -----------------------------------------------------------------------
static void put_hex (rap_json_t *json, const char *key, rap_text_t bytes)
{
    char *hex = malloc (2 * bytes.len + 1);
    if (!hex)
        abort ();
    for (size_t i = 0; i < bytes.len; i++)
        snprintf (hex + 2 * i, 3, "%02x", (unsigned)(uint8_t)bytes.at[i]);
    hex[2 * bytes.len] = 0;
    rap_json_text (json, key, hex);
    free (hex);
}

static void put_chunk (rap_json_t *json, const char *key, const rap_chunk_t *chunk)
{
    rap_packer_t *packer = rap_packer_new ();
    rap_pack_array (packer, 1);
    rap_pack_chunk (packer, chunk);
    put_hex (json, key, rap_packed (packer));
    rap_packer_destroy (&packer);
}

static void put_text (rap_json_t *json, const char *key, rap_text_t text)
{
    char *copy = strndup (text.len ? text.at : "", text.len);
    if (!copy)
        abort ();
    rap_json_text (json, key, copy);
    free (copy);
}

static void write_to (const minimise_t *self, FILE *out)
{
    rap_json_t json;
    rap_packer_t *packer = rap_packer_new ();
    rap_json_init (&json, out);
    rap_json_object (&json, NULL);
    rap_json_integer (&json, "reproducer", FORMAT);
    rap_json_text (&json, "version", RAPPORTEUR_VERSION);
    rap_json_text (&json, "pipeline", rap_trial_pipeline (self->trial));
    put_text (&json, "document_id", self->document.document_id);
    rap_json_integer (&json, "ordinal", self->chunk.ordinal);
    rap_json_text (&json, "outcome", rap_trial_word (self->outcome.kind));
    rap_json_integer (&json, "signal", self->outcome.signal);
    rap_json_integer (&json, "code", self->outcome.code);
    rap_json_text (&json, "cause", self->outcome.cause);
    rap_json_integer (&json, "limit_s", self->limit_s);
    rap_json_bool (&json, "minimal", self->minimal);
    rap_json_integer (&json, "trials", self->trials);
    put_text (&json, "text", self->chunk.text);
    put_text (&json, "text_before", self->before.text);
    rap_pack_document (packer, &self->document);
    put_hex (&json, "document", rap_packed (packer));
    put_chunk (&json, "chunk", &self->chunk);
    put_chunk (&json, "chunk_before", &self->before);
    rap_json_end (&json);
    rap_packer_destroy (&packer);
}

static rap_status_t write_file (const minimise_t *self, const char *path, rap_reason_t *reason)
{
    FILE *out = fopen (path, "we");
    if (!out)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    write_to (self, out);
    bool written = !ferror (out);
    if (fclose (out) != 0 || !written)
        return rap_fail (reason, "%s: it could not be written: %s", path, strerror (errno));
    return RAP_OK;
}

//  --- from quarantine ------------------------------------------------------------------
static void tell (const minimise_t *self, const char *path)
{
    rap_reason_t how;
    rap_json_t json;
    char *text = strndup (self->chunk.text.len ? self->chunk.text.at : "",
                          self->chunk.text.len < SHOWN ? self->chunk.text.len : SHOWN);
    if (!text)
        abort ();
    rap_trial_tell (&self->outcome, &how);
    if (self->options->json) {
        rap_json_init (&json, stdout);
        rap_json_object (&json, NULL);
        rap_json_text (&json, "file", path);
        rap_json_text (&json, "outcome", rap_trial_word (self->outcome.kind));
        rap_json_text (&json, "how", how.text);
        rap_json_bool (&json, "minimal", self->minimal);
        rap_json_integer (&json, "bytes", (int64_t)self->chunk.text.len);
        rap_json_integer (&json, "bytes_before", (int64_t)self->before.text.len);
        rap_json_integer (&json, "trials", self->trials);
        rap_json_text (&json, "text", text);
        rap_json_end (&json);
    } else {
        printf ("chunk %" PRIu32 " ", self->before.ordinal);
        rap_term_put (stdout, how.text, 4);
        printf ("\nof its %zu bytes %zu are needed for that%s (%" PRIu32 " trials):\n    ", self->before.text.len,
                self->chunk.text.len, self->minimal ? "" : ", or fewer: the time was up", self->trials);
        rap_term_put (stdout, text, 4);
        printf ("%s\nwritten to %s; 'rapporteur quarantine reproduce %s' tries it again\n",
                self->chunk.text.len > SHOWN ? " \xe2\x80\xa6" : "", path, path);
    }
    free (text);
}

static int minimise (minimise_t *self)
{
    char made[128];
    rap_reason_t reason;
    const char *path = self->options->output;
    self->limit_s = self->options->limit_s;
    self->end_ms = rap_clock_ms () + self->options->seconds * 1000;
    self->trials = 1;
    if (rap_trial_run (self->trial, &self->document, &self->chunk, self->limit_s, &self->outcome, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (self->outcome.kind == RAP_TRIAL_FINE)
        return rap_term_fail ("it does not happen here: chunk %" PRIu32
                              " is processed without a fault by %s. What the "
                              "workers had that is not here (memory, rules, another version), or 'release' it",
                              self->chunk.ordinal, rap_trial_pipeline (self->trial));
    strip (self);
    bool hangs = self->outcome.kind == RAP_TRIAL_HUNG && self->limit_s > TRIAL_LIMIT_S;
    shrink (self, hangs ? TRIAL_LIMIT_S : self->limit_s);
    if (self->failure.text[0])
        return rap_term_fail ("%s", self->failure.text);
    if (!path) {
        snprintf (made, sizeof made, "%.12s-%" PRIu32 ".reproducer.json", self->document.document_id.at,
                  self->before.ordinal);
        path = made;
    }
    if (write_file (self, path, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    tell (self, path);
    return 0;
}

static rap_status_t keep_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)encoded;
    *(rap_chunk_t *)self = *chunk; //  its texts are in the encoded bytes, its arrays in the arena
    return RAP_OK;
}

//  Encoded document and chunk, both copied to the arena.
static rap_status_t decode (minimise_t *self, rap_text_t header, rap_text_t chunks, rap_reason_t *reason)
{
    rap_text_t document = rap_arena_text (self->arena, header), own = rap_arena_text (self->arena, chunks);
    self->chunk.ordinal = UINT32_MAX;
    rap_status_t status = rap_read_document (document, &self->document, reason);
    if (status == RAP_OK)
        status = rap_read_chunks (own, self->arena, keep_chunk, &self->chunk, reason);
    if (status == RAP_OK && self->chunk.ordinal == UINT32_MAX)
        status = rap_refuse (reason, "there is no chunk in it");
    self->before = self->chunk;
    return status;
}

//  The only entry that is a chunk. Rows are not ended.
static rap_status_t take_entry (minimise_t *self, rap_rows_t **rows, rap_reason_t *reason)
{
    uint32_t chunks = 0, whole = 0;
    rap_status_t status = RAP_OK;
    while (status == RAP_OK && rap_rows_next (rows)) {
        const char *chunk = rap_rows_text (*rows, RAP_HELD_CHUNK), *header = rap_rows_text (*rows, RAP_HELD_HEADER);
        whole += rap_rows_integer (*rows, RAP_HELD_ORDINAL) < 0;
        if (rap_rows_integer (*rows, RAP_HELD_ORDINAL) < 0 || !chunk || !header)
            continue;
        if (++chunks == 1)
            status = decode (self, rap_text_of (header, rap_rows_bytes (*rows, RAP_HELD_HEADER)),
                             rap_text_of (chunk, rap_rows_bytes (*rows, RAP_HELD_CHUNK)), reason);
    }
    rap_rows_end (rows);
    if (status != RAP_OK || chunks == 1)
        return status;
    if (chunks > 1)
        return rap_refuse (reason, "%" PRIu32 " chunks of it are in quarantine; say which", chunks);
    if (whole)
        return rap_refuse (reason, "it is in quarantine as a whole, for its reader's sake, not for a chunk's: the "
                                   "document itself is what reproduces it");
    return rap_refuse (reason, "no such chunk is in quarantine, or the journal that has its text is not here");
}

static int finish (minimise_t *self, int status)
{
    rap_trial_destroy (&self->trial);
    rap_arena_destroy (&self->arena);
    return status;
}

int rap_minimise_held (const rap_minimise_options_t *options, const rap_held_t *held, const char *id,
                       const char *ordinal)
{
    rap_reason_t reason;
    minimise_t self = {.options = options, .arena = rap_arena_new ()};
    rap_rows_t *rows = rap_held_ask (held, RAP_HELD_ANY, id, ordinal);
    if (take_entry (&self, &rows, &reason) != RAP_OK || !(self.trial = rap_trial_new (options->rules, &reason)))
        return finish (&self, rap_term_fail ("%s", reason.text));
    return finish (&self, minimise (&self));
}

//  --- from a file -----------------------------------------------------------------------
static char *read_file (const char *path, rap_reason_t *reason)
{
    FILE *in = fopen (path, "re");
    if (!in) {
        rap_reason_set (reason, "%s: %s", path, strerror (errno));
        return NULL;
    }
    char *text = malloc (FILE_MAX + 1);
    if (!text)
        abort ();
    size_t len = fread (text, 1, FILE_MAX + 1, in);
    fclose (in);
    text[len <= FILE_MAX ? len : 0] = 0;
    if (len <= FILE_MAX && rap_json_number (text, "$.reproducer") == FORMAT)
        return text;
    rap_reason_set (reason, "%s: not a file of 'quarantine minimise' that this version knows", path);
    free (text);
    return NULL;
}

static int digit_of (char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr (digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

//  The bytes that a member has in hexadecimal digits; '' if it has none.
static rap_text_t read_hex (rap_arena_t *arena, const char *json, const char *path)
{
    char *hex = rap_json_string (json, path);
    size_t len = hex ? strlen (hex) / 2 : 0;
    char *bytes = rap_arena_alloc (arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        int high = digit_of (hex[2 * i]), low = digit_of (hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            len = 0;
            break;
        }
        bytes[i] = (char)(high << 4 | low);
    }
    free (hex);
    return rap_text_of (bytes, len);
}

static void read_outcome (const char *json, rap_trial_outcome_t *outcome)
{
    char *word = rap_json_string (json, "$.outcome"), *cause = rap_json_string (json, "$.cause");
    *outcome = (rap_trial_outcome_t){.kind = RAP_TRIAL_FINE,
                                     .signal = (int)rap_json_number (json, "$.signal"),
                                     .code = (int)rap_json_number (json, "$.code")};
    for (int kind = RAP_TRIAL_FINE; kind <= RAP_TRIAL_HUNG; kind++)
        if (word && strcmp (word, rap_trial_word ((rap_trial_kind_t)kind)) == 0)
            outcome->kind = (rap_trial_kind_t)kind;
    snprintf (outcome->cause, sizeof outcome->cause, "%s", cause ? cause : "");
    free (word);
    free (cause);
}

static int tell_again (const minimise_t *self, const rap_trial_outcome_t *expected, const char *made_by)
{
    bool same = rap_trial_same (&self->outcome, expected);
    rap_reason_t here, there;
    rap_json_t json;
    rap_trial_tell (&self->outcome, &here);
    rap_trial_tell (expected, &there);
    if (self->options->json) {
        rap_json_init (&json, stdout);
        rap_json_object (&json, NULL);
        rap_json_bool (&json, "same", same);
        rap_json_text (&json, "here", here.text);
        rap_json_text (&json, "expected", there.text);
        rap_json_text (&json, "pipeline", rap_trial_pipeline (self->trial));
        rap_json_text (&json, "made_by", made_by);
        rap_json_end (&json);
        return same ? 0 : 1;
    }
    printf (same ? "it happens here too: the text " : "it does not happen here: the text ");
    rap_term_put (stdout, here.text, 4);
    if (!same) {
        printf ("\nby the file it ");
        rap_term_put (stdout, there.text, 4);
    }
    printf ("\nrules here %s, those of the file %s\n", rap_trial_pipeline (self->trial), made_by);
    return same ? 0 : 1;
}

static int reproduce (minimise_t *self, const char *json, const char *path)
{
    rap_reason_t reason;
    rap_trial_outcome_t expected;
    rap_text_t header = read_hex (self->arena, json, "$.document"), chunk = read_hex (self->arena, json, "$.chunk");
    if (decode (self, header, chunk, &reason) != RAP_OK)
        return rap_term_fail ("%s: %s", path, reason.text);
    if (!(self->trial = rap_trial_new (self->options->rules, &reason))
        || rap_trial_run (self->trial, &self->document, &self->chunk, self->options->limit_s, &self->outcome, &reason)
               != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    read_outcome (json, &expected);
    char *made_by = rap_json_string (json, "$.pipeline");
    int status = tell_again (self, &expected, made_by ? made_by : "?");
    free (made_by);
    return status;
}

int rap_minimise_again (const rap_minimise_options_t *options, const char *path)
{
    rap_reason_t reason;
    minimise_t self = {.options = options, .arena = rap_arena_new ()};
    char *json = read_file (path, &reason);
    int status = json ? reproduce (&self, json, path) : rap_term_fail ("%s", reason.text);
    free (json);
    return finish (&self, status);
}
