//  mandates: one ask with what was reported on it; and a resolution's asks by reports.
#include <string.h>

#include "rapporteur/stems.h"
#include "rapporteur/utf8.h"

#include "resources.h"

//  --- the words that decided ----------------------------------------------------------
static void put_span (rap_reply_t *self, rap_text_t text, size_t from, size_t to)
{
    rap_json_object (&self->json, NULL);
    rap_json_integer (&self->json, "start", (int64_t)rap_utf8_count (rap_text_of (text.at, from)));
    rap_json_integer (&self->json, "end", (int64_t)rap_utf8_count (rap_text_of (text.at, to)));
    rap_json_end (&self->json);
}

//  Where the word that ends at byte `end` begins.
static size_t word_start (rap_text_t text, size_t end)
{
    size_t at = end;
    while (at && ((text.at[at - 1] | 32) >= 'a' || (unsigned char)text.at[at - 1] >= 0x80)
           && ((text.at[at - 1] | 32) <= 'z' || (unsigned char)text.at[at - 1] >= 0x80))
        at--;
    return at;
}

//  Words of `text` from byte `from` to `to` whose stems the action has, too.
static void put_shared (rap_reply_t *self, const char *key, const char *action, rap_text_t text, size_t from,
                        size_t to)
{
    rap_stems_t *stems = rap_stems_new ();
    uint32_t stem;
    size_t at = 0, end = from;
    while (rap_stems_next (stems, rap_text (action), &at, true, &stem)) {
    }
    rap_json_array (&self->json, key);
    rap_text_t sentence = rap_text_of (text.at, to);
    while (rap_stems_next (stems, sentence, &end, false, &stem))
        if (stem != RAP_NO_STEM)
            put_span (self, text, word_start (sentence, end), end);
    rap_json_end (&self->json);
    rap_stems_destroy (&stems);
}

//  The sentence that decided within its paragraph, as offsets; and its words.
static void put_deciding (rap_reply_t *self, const char *action, const char *evidence, const char *paragraph)
{
    const char *found = evidence && paragraph && *evidence ? strstr (paragraph, evidence) : NULL;
    if (!found) {
        rap_json_text (&self->json, "sentence", NULL);
        rap_json_array (&self->json, "words");
        rap_json_end (&self->json);
        return;
    }
    rap_text_t text = rap_text (paragraph);
    size_t from = (size_t)(found - paragraph), to = from + strlen (evidence);
    rap_json_object (&self->json, "sentence");
    rap_json_integer (&self->json, "start", (int64_t)rap_utf8_count (rap_text_of (text.at, from)));
    rap_json_integer (&self->json, "end", (int64_t)rap_utf8_count (rap_text_of (text.at, to)));
    rap_json_end (&self->json);
    put_shared (self, "words", action, text, from, to);
}

static void put_followups (rap_reply_t *self, const char *action, const char *resolution, const char *clause,
                           int64_t seq)
{
    rap_bind_t binds[] = {rap_bind_text (resolution), rap_bind_text (clause), rap_bind_integer (seq)};
    rap_found_t *rows = rap_snapshot_ask (
        self->reader,
        "SELECT u.evidence, c.text, u.report_document_id, r.symbol AS report, r.title, r.published, u.status, u.rank,"
        " u.evidence_chunk_id, c.label, c.part, u.evidence, c.text AS paragraph, u.score, u.rule"
        " FROM mandate_followup u JOIN document r ON r.document_id = u.report_document_id"
        " LEFT JOIN chunk c ON c.chunk_id = u.evidence_chunk_id"
        " WHERE u.resolution = ?1 AND u.clause = ?2 AND u.seq = ?3 ORDER BY r.published, u.report_document_id, "
        "u.rank",
        binds, 3);
    rap_json_array (&self->json, "followups");
    while (rap_found_next (&rows)) {
        rap_json_object (&self->json, NULL);
        rap_reply_put_columns (self, rows, 2);
        put_deciding (self, action, rap_found_text (rows, 0), rap_found_text (rows, 1));
        rap_json_end (&self->json);
    }
    rap_json_end (&self->json);
}

void rap_reply_mandate (rap_reply_t *self)
{
    int64_t chunk_id, seq;
    if (!rap_reply_read_number (self, self->matched[0], &chunk_id)
        || !rap_reply_read_number (self, self->matched[1], &seq))
        return;
    rap_bind_t binds[] = {rap_bind_integer (chunk_id), rap_bind_integer (seq)};
    rap_found_t *row = rap_snapshot_ask (
        self->reader,
        "SELECT m.action, m.resolution, m.clause, m.resolution, m.clause, m.seq, m.clause_chunk_id AS chunk_id,"
        " d.document_id, d.title, d.published, m.verb, f.force, m.addressee, f.addressee_actor, m.action, "
        "m.condition,"
        " m.due, c.text, f.start, f.\"end\", f.rule, f.confidence, (SELECT CAST (k.cluster AS TEXT) FROM "
        "mandate_cluster k WHERE"
        " k.clause_chunk_id = m.clause_chunk_id AND k.seq = m.seq) AS cluster"
        " FROM mandate m JOIN clause f ON f.chunk_id = m.clause_chunk_id AND f.seq = m.seq"
        " JOIN chunk c ON c.chunk_id = m.clause_chunk_id JOIN document d ON d.number = m.clause_chunk_id >> 20"
        " WHERE m.clause_chunk_id = ?1 AND m.seq = ?2",
        binds, 2);
    if (!rap_found_next (&row)) {
        rap_reply_problem (self, 404, "there is no mandate %lld/%lld", (long long)chunk_id, (long long)seq);
        return;
    }
    rap_json_object (&self->json, NULL);
    rap_reply_put_columns (self, row, 3);
    const char *action = rap_arena_text (self->arena, rap_text (rap_found_text (row, 0))).at;
    const char *resolution =
        rap_found_is_null (row, 1) ? NULL : rap_arena_text (self->arena, rap_text (rap_found_text (row, 1))).at;
    const char *clause = rap_arena_text (self->arena, rap_text (rap_found_text (row, 2))).at;
    rap_found_end (&row);
    put_followups (self, action, resolution, clause, seq);
    rap_reply_put_rows (
        self, "alike",
        rap_snapshot_ask (self->reader,
                          "SELECT m.resolution, m.clause, m.seq, m.clause_chunk_id AS chunk_id, d.published, m.action"
                          " FROM mandate_cluster k JOIN mandate_cluster o ON o.cluster = k.cluster JOIN mandate m ON"
                          " m.clause_chunk_id = o.clause_chunk_id AND m.seq = o.seq JOIN document d ON d.number ="
                          " m.clause_chunk_id >> 20 WHERE k.clause_chunk_id = ?1 AND k.seq = ?2 AND"
                          " (o.clause_chunk_id, o.seq) <> (?1, ?2) ORDER BY d.published, 4, 3 LIMIT 100",
                          binds, 2));
    rap_json_end (&self->json);
}

//  --- the matrix ----------------------------------------------------------------------
void rap_reply_matrix (rap_reply_t *self)
{
    const char *resolution = rap_request_get (self->request, "resolution");
    if (!resolution) {
        rap_reply_problem (self, 400, "say which 'resolution'");
        return;
    }
    rap_json_object (&self->json, NULL);
    rap_json_text (&self->json, "resolution", resolution);
    rap_reply_put_rows (
        self, "clauses",
        rap_reply_ask (self,
                       "SELECT m.clause, m.seq, m.clause_chunk_id AS chunk_id, m.verb, m.addressee, m.action, m.due"
                       " FROM document_key s JOIN mandate m ON m.clause_chunk_id >= s.number << 20 AND"
                       " m.clause_chunk_id < (s.number + 1) << 20 WHERE m.resolution = ?1 AND s.key = replace"
                       " (substr (?1, 1, iif (instr (?1, ','), instr (?1, ',') - 1, length (?1))), ' ', '')"
                       " UNION SELECT clause, seq, clause_chunk_id, verb, addressee, action, due FROM mandate"
                       " WHERE resolution = ?1 ORDER BY 3, 2",
                       &resolution, 1));
    rap_reply_put_rows (self, "reports",
                        rap_reply_ask (self,
                                       "SELECT DISTINCT u.report_document_id, r.symbol, r.title, r.published FROM"
                                       " mandate_followup u JOIN document r ON r.document_id = u.report_document_id"
                                       " WHERE u.resolution = ?1 ORDER BY r.published, 1 LIMIT 40",
                                       &resolution, 1));
    rap_reply_put_rows (
        self, "cells",
        rap_reply_ask (self,
                       "SELECT u.clause, u.seq, u.report_document_id, u.status, u.evidence_chunk_id, c.label, u.score"
                       " FROM mandate_followup u LEFT JOIN chunk c ON c.chunk_id = u.evidence_chunk_id WHERE"
                       " u.resolution = ?1 AND u.rank = 1 ORDER BY u.clause, u.seq, u.report_document_id LIMIT 4000",
                       &resolution, 1));
    rap_json_end (&self->json);
}

void rap_reply_series (rap_reply_t *self)
{
    int64_t id;
    if (!rap_reply_read_number (self, self->matched[0], &id))
        return;
    rap_found_t *row = rap_reply_ask_number (self,
                                             "SELECT CAST (series_id AS TEXT) AS series_id, name, "
                                             "instrument_or_subject, measure, unit FROM series WHERE series_id = ?1",
                                             id);
    if (!rap_found_next (&row)) {
        rap_reply_problem (self, 404, "there is no series %lld", (long long)id);
        return;
    }
    rap_json_object (&self->json, NULL);
    rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
}
