//  link_answers: rows in, answers to mandates out (answer.h).
#include "link_answers.h"

#include <stdlib.h>

#include "answer.h"
#include "row.h"

enum {
    PAIRS_MAX = 4096,  //  reports that answer a resolution, or resolutions that a report answers
    TOPICS_MAX = 65536 //  of a report
};

//  A chunk's number is document number << 20 | ordinal: ?1 is the document's number in all of these.
#define IN_DOCUMENT "chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"

#define STATEMENTS(S)                                                                                                \
    /*  Which resolutions does this document answer, and which reports answer this one? */                           \
    S (PAIRS, "SELECT s.number, a.number FROM answered_symbol a JOIN document_symbol s USING (symbol)"               \
              "  JOIN document d ON d.number = s.number"                                                             \
              " WHERE a.number = ?1 AND d.kind IN ('resolution', 'decision') AND d.state <> 'superseded'"            \
              " UNION SELECT s.number, a.number FROM document_symbol s JOIN answered_symbol a USING (symbol)"        \
              "  JOIN document d ON d.number = s.number"                                                             \
              " WHERE s.number = ?1 AND d.kind IN ('resolution', 'decision') AND d.state <> 'superseded'"            \
              " ORDER BY 1, 2 LIMIT ?2")                                                                             \
    S (FORGET, "DELETE FROM mandate_followup WHERE report_document_id ="                                             \
               " (SELECT document_id FROM document WHERE number = ?2) AND (resolution IN"                            \
               "  (SELECT symbol FROM document_symbol WHERE number = ?1) OR resolution IN"                           \
               "  (SELECT resolution FROM mandate WHERE clause_chunk_id >= ?1 << 20"                                 \
               "   AND clause_chunk_id < (?1 + 1) << 20))")                                                          \
    S (ASKS, "SELECT m.resolution, m.clause, m.seq, m.action, c.text, c.chunk_id, c.label"                           \
             " FROM mandate m JOIN chunk c ON c.chunk_id = m.clause_chunk_id"                                        \
             " WHERE m.clause_chunk_id >= ?1 << 20 AND m.clause_chunk_id < (?1 + 1) << 20"                           \
             " AND m.resolution IS NOT NULL ORDER BY m.clause_chunk_id, m.seq LIMIT ?2")                             \
    S (PASSAGES,                                                                                                     \
       "SELECT chunk_id, text, section,"                                                                             \
       " (SELECT code FROM classification f WHERE f.chunk_id = c.chunk_id AND scheme = 'function' AND rank = 1),"    \
       " (SELECT group_concat (f.pinpoint, ' ') FROM citation f WHERE f.chunk_id = c.chunk_id AND f.pinpoint <> ''"  \
       "  AND f.symbol IN (SELECT symbol FROM document_symbol WHERE number = ?3))"                                   \
       " FROM chunk c WHERE " IN_DOCUMENT " AND kind = 'paragraph' AND part = '' ORDER BY chunk_id LIMIT ?2")        \
    S (TOPICS, "SELECT chunk_id, CASE scheme WHEN 'theme' THEN 0 ELSE 2 END, code, score FROM classification"        \
               " WHERE " IN_DOCUMENT " AND scheme IN ('theme', 'iccs')"                                              \
               " UNION SELECT chunk_id, 1, actor, 1 FROM actor WHERE " IN_DOCUMENT                                   \
               "  AND actor NOT IN (SELECT actor FROM mandate_actor) ORDER BY 1, 2, 3 LIMIT ?2")                     \
    S (ADD,                                                                                                          \
       "INSERT INTO mandate_followup (resolution, clause, seq, report_document_id, status, rank,"                    \
       " evidence_chunk_id, evidence, score, rule) VALUES (?1, ?2, ?3,"                                              \
       " (SELECT document_id FROM document WHERE number = ?4), ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING")

typedef enum {
#define S(name, sql) STATEMENT_##name,
    STATEMENTS (S)
#undef S
        STATEMENT_COUNT
} statement_t;

static const char *const statement_sql[STATEMENT_COUNT] = {
#define S(name, sql) sql,
    STATEMENTS (S)
#undef S
};

typedef struct {
    int64_t resolution;
    int64_t report;
} pair_t;

struct rap_link_answers {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_arena_t *arena;      //  of the pair at hand
    pair_t pairs[PAIRS_MAX]; //  of the document at hand
};

rap_link_answers_t *rap_link_answers_new (sqlite3 *db, const char **what)
{
    rap_link_answers_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what))
        rap_link_answers_destroy (&self);
    return self;
}

void rap_link_answers_destroy (rap_link_answers_t **self_p)
{
    rap_link_answers_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    rap_arena_destroy (&self->arena);
    free (self);
    *self_p = NULL;
}

void rap_link_answers_reset (rap_link_answers_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
}

typedef struct {
    int64_t chunk_id;
    rap_topic_t topic;
} topic_row_t;

typedef struct {
    topic_row_t *at; //  ordered by chunk
    uint32_t count;
} topic_rows_t;

static bool read_topics (rap_link_answers_t *self, int64_t number, topic_rows_t *rows, const char **what)
{
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_TOPICS], number, TOPICS_MAX, 0);
    int code;
    *rows = (topic_rows_t){.at = rap_arena_alloc (self->arena, TOPICS_MAX * sizeof (topic_row_t))};
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        rows->at[rows->count++] = (topic_row_t){.chunk_id = sqlite3_column_int64 (read, 0),
                                                .topic = {.kind = (rap_topic_kind_t)sqlite3_column_int (read, 1),
                                                          .code = row_text (read, 2, self->arena),
                                                          .weight = sqlite3_column_double (read, 3)}};
    return row_end (read, code, what);
}

//  The topics of a chunk.
static const rap_topic_t *topics_of (rap_link_answers_t *self, const topic_rows_t *rows, int64_t chunk_id,
                                     uint32_t *count)
{
    uint32_t low = 0, high = rows->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows->at[middle].chunk_id < chunk_id)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t end = low;
    while (end < rows->count && rows->at[end].chunk_id == chunk_id)
        end++;
    rap_topic_t *topics = rap_arena_alloc (self->arena, (end - low + 1) * sizeof *topics);
    for (uint32_t i = low; i < end; i++)
        topics[i - low] = rows->at[i].topic;
    *count = end - low;
    return topics;
}

static bool read_passages (rap_link_answers_t *self, int64_t report, int64_t resolution, rap_passage_t *passages,
                           uint32_t *count, const char **what)
{
    topic_rows_t topics;
    if (!read_topics (self, report, &topics, what))
        return false;
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_PASSAGES], report, RAP_PASSAGES_MAX, resolution);
    int code;
    *count = 0;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        rap_passage_t *passage = &passages[(*count)++];
        *passage = (rap_passage_t){.chunk_id = sqlite3_column_int64 (read, 0),
                                   .text = row_text (read, 1, self->arena),
                                   .headings = row_text (read, 2, self->arena),
                                   .function = row_text (read, 3, self->arena),
                                   .cites = row_text (read, 4, self->arena)};
        passage->topics = topics_of (self, &topics, passage->chunk_id, &passage->topics_count);
    }
    return row_end (read, code, what);
}

//  A mandate and what was found of it.
typedef struct {
    rap_text_t resolution;
    rap_text_t clause;
    int64_t seq;
    rap_ask_t ask;
} mandate_t;

static bool add_row (rap_link_answers_t *self, const mandate_t *mandate, int64_t report, const rap_answer_t *answer,
                     uint32_t rank, const char **what)
{
    static const rap_evidence_t nothing = {.words = {"", 0}, .rule = {"nothing alike", 13}};
    bool silent = answer->evidence_count == 0;
    const rap_evidence_t *evidence = silent ? &nothing : &answer->evidence[rank];
    sqlite3_stmt *add = self->statements[STATEMENT_ADD];
    row_bind_text (add, 1, mandate->resolution);
    row_bind_text (add, 2, mandate->clause);
    sqlite3_bind_int64 (add, 3, mandate->seq);
    sqlite3_bind_int64 (add, 4, report);
    sqlite3_bind_text (add, 5, answer->status, -1, SQLITE_STATIC);
    sqlite3_bind_int64 (add, 6, rank + 1);
    if (silent)
        sqlite3_bind_null (add, 7);
    else
        sqlite3_bind_int64 (add, 7, evidence->chunk_id);
    row_bind_text (add, 8, evidence->words);
    sqlite3_bind_double (add, 9, evidence->score);
    row_bind_text (add, 10, evidence->rule);
    return row_end (add, sqlite3_step (add), what);
}

static bool add_answer (rap_link_answers_t *self, const mandate_t *mandate, int64_t report,
                        const rap_answer_t *answer, const char **what)
{
    bool well = true;
    uint32_t rows = answer->evidence_count ? answer->evidence_count : 1;
    for (uint32_t rank = 0; well && rank < rows; rank++)
        well = add_row (self, mandate, report, answer, rank, what);
    return well;
}

static bool read_mandates (rap_link_answers_t *self, int64_t resolution, mandate_t *mandates, uint32_t *count,
                           const char **what)
{
    topic_rows_t topics;
    if (!read_topics (self, resolution, &topics, what))
        return false;
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_ASKS], resolution, RAP_ASKS_MAX, 0);
    int code;
    *count = 0;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        mandate_t *mandate = &mandates[(*count)++];
        *mandate = (mandate_t){.resolution = row_text (read, 0, self->arena),
                               .clause = row_text (read, 1, self->arena),
                               .seq = sqlite3_column_int64 (read, 2),
                               .ask = {.action = row_text (read, 3, self->arena),
                                       .clause = row_text (read, 4, self->arena),
                                       .label = row_text (read, 6, self->arena)}};
        mandate->ask.topics = topics_of (self, &topics, sqlite3_column_int64 (read, 5), &mandate->ask.topics_count);
    }
    return row_end (read, code, what);
}

static bool forget_pair (rap_link_answers_t *self, int64_t resolution, int64_t report, const char **what)
{
    sqlite3_stmt *forget = row_ask (self->statements[STATEMENT_FORGET], resolution, report, 0);
    return row_end (forget, sqlite3_step (forget), what);
}

//  What a report answers of a resolution, anew.
static bool answer_pair (rap_link_answers_t *self, int64_t resolution, int64_t report, const char **what)
{
    uint32_t mandates_count, passages_count;
    rap_arena_reset (self->arena);
    mandate_t *mandates = rap_arena_alloc (self->arena, RAP_ASKS_MAX * sizeof *mandates);
    rap_passage_t *passages = rap_arena_alloc (self->arena, RAP_PASSAGES_MAX * sizeof *passages);
    if (!forget_pair (self, resolution, report, what)
        || !read_mandates (self, resolution, mandates, &mandates_count, what))
        return false;
    if (!mandates_count)
        return true;
    if (!read_passages (self, report, resolution, passages, &passages_count, what))
        return false;
    rap_answerer_t *answerer = rap_answerer_new (passages, passages_count);
    bool well = true;
    for (uint32_t i = 0; well && i < mandates_count; i++) {
        rap_answer_t answer;
        rap_answerer_ask (answerer, &mandates[i].ask, self->arena, &answer);
        well = add_answer (self, &mandates[i], report, &answer, what);
    }
    rap_answerer_destroy (&answerer);
    return well;
}

bool rap_link_answers_document (rap_link_answers_t *self, int64_t number, const char **what)
{
    rap_arena_reset (self->arena);
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_PAIRS], number, PAIRS_MAX, 0);
    uint32_t count = 0;
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        self->pairs[count++] = (pair_t){sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1)};
    bool well = row_end (read, code, what);
    for (uint32_t i = 0; well && i < count; i++)
        well = answer_pair (self, self->pairs[i].resolution, self->pairs[i].report, what);
    return well;
}
