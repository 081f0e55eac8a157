//  held: the same questions to files of this version and of the one before.
#include "held.h"

#include <stdio.h>
#include <unistd.h>

#include "find.h"

enum { JOURNAL_KNOWS_DROPS = 2, STORE_KNOWS_DROPS = 7 }; //  PRAGMA user_version

#define JOURNAL_WHERE                                                                                                \
    " FROM quarantine q JOIN document d USING (number) WHERE q.released_at = ''"                                     \
    " AND (?1 IS NULL OR d.document_id = ?1) AND (?2 IS NULL OR q.ordinal = CAST (?2 AS INTEGER))"
#define JOURNAL_COLUMNS                                                                                              \
    "SELECT d.document_id, d.source, CASE q.ordinal WHEN 4294967295 THEN -1 ELSE q.ordinal END, q.cause,"            \
    " q.attempts, q.first_at, q.last_at, "
#define STORE_WHERE                                                                                                  \
    " FROM quarantine q LEFT JOIN document d USING (document_id) WHERE q.released_at IS NULL"                        \
    " AND (?1 IS NULL OR q.document_id = ?1) AND (?2 IS NULL OR q.ordinal = CAST (?2 AS INTEGER))"
#define STORE_COLUMNS                                                                                                \
    "SELECT q.document_id, d.source, coalesce (q.ordinal, -1), q.cause, q.attempts, q.first_at, q.last_at, "

rap_status_t rap_held_open (rap_held_t *self, const rap_place_t *place, rap_reason_t *reason)
{
    *self = (rap_held_t){0};
    rap_reason_t why = {""};
    if (access (place->journal, F_OK) == 0)
        self->journal = rap_database_open (place->journal, &why);
    if (access (place->db, F_OK) == 0)
        self->store = rap_database_open (place->db, &why);
    if (self->store && !rap_database_has_table (self->store, "quarantine"))
        rap_database_close (&self->store);
    if (self->journal || self->store)
        return RAP_OK;
    return rap_refuse (reason, "%s", why.text[0] ? why.text : "neither journal nor database is there yet");
}

void rap_held_close (rap_held_t *self)
{
    rap_database_close (&self->journal);
    rap_database_close (&self->store);
}

rap_status_t rap_held_find (const rap_held_t *self, const char *meant, char id[RAP_DOCUMENT_ID_SIZE],
                            rap_reason_t *reason)
{
    if (self->journal) {
        rap_rows_t *rows = rap_database_ask (
            self->journal,
            "SELECT DISTINCT document_id FROM document JOIN quarantine USING (number) WHERE released_at = ''"
            " AND (substr (document_id, 1, length (?1)) = ?1 OR source = ?1"
            " OR substr (source, -length (?1) - 1) = '/' || ?1 OR symbol = ?1)",
            &meant, 1);
        int found = 0;
        while (rap_rows_next (&rows))
            if (found++ == 0)
                snprintf (id, RAP_DOCUMENT_ID_SIZE, "%s", rap_rows_text (rows, 0));
        if (found == 1)
            return RAP_OK;
        if (found > 1)
            return rap_refuse (reason, "'%.60s' may be any of %d documents; say which by its id", meant, found);
    }
    if (self->store)
        return rap_find_document (self->store, meant, id, reason);
    return rap_refuse (reason, "'%.60s' is not in quarantine", meant);
}

static bool knows_drops (rap_database_t *db, int64_t since)
{
    return rap_database_number (db, "PRAGMA user_version", NULL, 0) >= since;
}

static rap_rows_t *ask_journal (rap_database_t *journal, rap_held_which_t which, const char **texts)
{
    static const char *const questions[] = {
        JOURNAL_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, q.chunk, d.header, d.number" JOURNAL_WHERE
                        " AND q.dropped_at = '' ORDER BY q.entry",
        JOURNAL_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, q.chunk, d.header, d.number" JOURNAL_WHERE
                        " AND q.dropped_at <> '' ORDER BY q.entry",
        JOURNAL_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, q.chunk, d.header, d.number" JOURNAL_WHERE
                        " ORDER BY q.entry",
    };
    static const char before[] =
        JOURNAL_COLUMNS "'', '', '', q.chunk, d.header, d.number" JOURNAL_WHERE " AND ?3 ORDER BY q.entry";
    if (knows_drops (journal, JOURNAL_KNOWS_DROPS))
        return rap_database_ask (journal, questions[which], texts, 2);
    return rap_database_ask (journal, before, texts, 3);
}

static rap_rows_t *ask_store (rap_database_t *store, rap_held_which_t which, const char **texts)
{
    static const char *const questions[] = {
        STORE_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, NULL, NULL, NULL" STORE_WHERE
                      " AND q.dropped_at IS NULL ORDER BY q.first_at",
        STORE_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, NULL, NULL, NULL" STORE_WHERE
                      " AND q.dropped_at IS NOT NULL ORDER BY q.first_at",
        STORE_COLUMNS "q.dropped_at, q.dropped_by, q.dropped_reason, NULL, NULL, NULL" STORE_WHERE
                      " ORDER BY q.first_at",
    };
    static const char before[] =
        STORE_COLUMNS "NULL, NULL, NULL, NULL, NULL, NULL" STORE_WHERE " AND ?3 ORDER BY q.first_at";
    if (knows_drops (store, STORE_KNOWS_DROPS))
        return rap_database_ask (store, questions[which], texts, 2);
    return rap_database_ask (store, before, texts, 3);
}

rap_rows_t *rap_held_ask (const rap_held_t *self, rap_held_which_t which, const char *id, const char *ordinal)
{
    const char *texts[] = {id, ordinal, which == RAP_HELD_DROPPED ? "0" : "1"};
    return self->journal ? ask_journal (self->journal, which, texts) : ask_store (self->store, which, texts);
}

rap_rows_t *rap_held_tried (const rap_held_t *self, const char *number, const char *ordinal)
{
    static const char question[] =
        "SELECT ended_at, held_ms, attempt, first, count, worker, incarnation, outcome, cause FROM tried"
        " WHERE number = CAST (?1 AS INTEGER) AND CASE WHEN CAST (?2 AS INTEGER) < 0 THEN count = 0"
        " ELSE first <= CAST (?2 AS INTEGER) AND CAST (?2 AS INTEGER) < first + count END ORDER BY tried";
    const char *texts[] = {number, ordinal};
    if (!self->journal || !number || !rap_database_has_table (self->journal, "tried"))
        return NULL;
    return rap_database_ask (self->journal, question, texts, 2);
}
