//  oracle: what must never be is looked for while it happens; what must be at the
//  end is read from the files themselves.
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

//  A chunk that kills whoever takes it dies twice in its batch and three times
//  alone; each crash of ingest, each failure of its disk and each death that the
//  network hid may hide one more from the books.
enum { DEATHS_MOST = 5, DEATHS_HIDDEN_MOST = 40, FAILS_LEAST = 3, SENT_MOST = 400, TRIES = 1 << 16 };

static uint64_t tries[TRIES]; //  batches and attempts that were sent
static uint32_t most_sent;

uint32_t oracle_most_sent (void)
{
    return most_sent;
}

//  --- while it happens --------------------------------------------------------

static bool stored (const sim_document_t *document, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (first + i >= document->count || !document->chunks[first + i].committed)
            return false;
    return true;
}

static void receipt_goes (const rap_receipt_t *receipt)
{
    for (uint32_t i = 0; i < receipt->ranges.count; i++) {
        const rap_range_t *range = &receipt->ranges.at[i];
        const sim_document_t *document = world_find (range->document_id);
        if (!document || !stored (document, range->first, range->count))
            sim_fail ("receipted and not on disk: %.*s, %u chunks from %u", (int)range->document_id.len,
                      range->document_id.at, range->count, range->first);
    }
}

static void answer_goes (const rap_answer_t *answer)
{
    bool promise =
        rap_text_equal (answer->answer, RAP_TEXT ("taken")) || rap_text_equal (answer->answer, RAP_TEXT ("already"));
    if (!promise)
        return;
    sim_document_t *document = world_find (answer->document_id);
    if (!document || !document->taken)
        sim_fail ("answered '%.*s' and not on disk: %.*s", (int)answer->answer.len, answer->answer.at,
                  (int)answer->document_id.len, answer->document_id.at);
}

static rap_status_t count_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)encoded;
    sim_document_t *document = self;
    if (chunk->ordinal >= document->count || !rap_text_equal (chunk->text, world_line (document, chunk->ordinal))) {
        sim_fail ("a WORK with another text, chunk %u of %s", chunk->ordinal, document->id);
        return RAP_OK;
    }
    uint32_t times = ++document->chunks[chunk->ordinal].sent;
    if (times > most_sent)
        most_sent = times;
    if (times > SENT_MOST)
        sim_fail ("chunk %u of %s was sent %u times", chunk->ordinal, document->id, times);
    return RAP_OK;
}

//  The number of an attempt is on disk before the attempt: it never comes again.
static void work_goes (const rap_work_t *work, rap_arena_t *arena)
{
    rap_reason_t reason;
    rap_document_t document;
    sim_tell ("batch %" PRIu64 " attempt %u%s", work->batch, work->attempt, work->alone ? " alone" : "");
    uint64_t try = work->batch << 24 | work->attempt;
    size_t at = (size_t)(try * UINT64_C (0x9e3779b97f4a7c15) >> 48) % TRIES;
    for (; tries[at]; at = (at + 1) % TRIES)
        if (tries[at] == try) {
            sim_fail ("attempt %u of batch %" PRIu64 " was begun twice", work->attempt, work->batch);
            return;
        }
    tries[at] = try;
    if (rap_read_document (work->document, &document, &reason) != RAP_OK || !world_find (document.document_id))
        sim_fail ("a WORK of no document");
    else
        rap_read_chunks (work->chunks, arena, count_chunk, world_find (document.document_id), &reason);
}

void oracle_sends (const process_t *from, rap_text_t frame)
{
    rap_reason_t reason = {""};
    rap_message_t message;
    rap_arena_t *arena = rap_arena_new ();
    if (rap_message_read (frame, arena, &message, &reason) != RAP_OK)
        sim_fail ("a message that cannot be read: %s", reason.text);
    else {
        sim_tell ("says %s", rap_message_name (message.type));
        if (from->index == SINK && message.type == RAP_MSG_RECEIPT)
            receipt_goes (&message.receipt);
        else if (from->index == INGEST && message.type == RAP_MSG_ANSWER)
            answer_goes (&message.answer);
        else if (message.type == RAP_MSG_WORK)
            work_goes (&message.work, arena);
    }
    rap_arena_destroy (&arena);
}

void oracle_stores (const rap_document_t *stored_as, const rap_chunk_t *chunk)
{
    sim_document_t *document = world_find (stored_as->document_id);
    if (!document || chunk->ordinal >= document->count
        || !rap_text_equal (chunk->text, world_line (document, chunk->ordinal)))
        sim_fail ("stored with another text: chunk %u of %.*s", chunk->ordinal, (int)stored_as->document_id.len,
                  stored_as->document_id.at);
    else
        document->chunks[chunk->ordinal].pending = true;
}

void oracle_store_ended (bool committed)
{
    for (uint32_t i = 0; i < world.count; i++)
        for (uint32_t j = 0; j < world.documents[i].count; j++) {
            sim_chunk_t *chunk = &world.documents[i].chunks[j];
            chunk->committed = chunk->committed || (committed && chunk->pending);
            chunk->pending = false;
        }
}

void oracle_settles (uint64_t batch, const char *document_id, uint32_t first, uint32_t count)
{
    const sim_document_t *document = world_find (rap_text (document_id));
    if (!document || !stored (document, first, count))
        sim_fail ("batch %" PRIu64 " is taken off the books and not stored: %s, %u chunks from %u", batch,
                  document_id, count, first);
}

//  Not before it was tried as often as it must be.
void oracle_gives_up (const char *document_id, uint32_t ordinal)
{
    const sim_document_t *document = world_find (rap_text (document_id));
    const sim_chunk_t *chunk = document && ordinal < document->count ? &document->chunks[ordinal] : NULL;
    if (!chunk || (chunk->behaviour == FAILS && chunk->fails < FAILS_LEAST))
        sim_fail ("chunk %u of %s failed %u times, and is given up", ordinal, document_id, chunk ? chunk->fails : 0);
}

//  Taken is stored, in flight and in quarantine, at every commit.
static void check_books (const rap_journal_t *journal)
{
    rap_journal_counts_t counts = rap_journal_counts (journal);
    uint64_t chunks = 0, documents = 0;
    for (uint32_t i = 0; i < world.count; i++) {
        documents += world.documents[i].taken;
        if (world.documents[i].split)
            chunks += world.documents[i].count;
    }
    if (counts.taken + counts.split + counts.complete + counts.quarantined != documents)
        sim_fail ("%" PRIu64 " documents were taken, the books have another number", documents);
    if (counts.open_chunks + counts.stored_chunks + counts.quarantined_chunks != chunks)
        sim_fail ("of %" PRIu64 " chunks %" PRIu64 " are stored, %" PRIu64 " open and %" PRIu64 " in quarantine",
                  chunks, counts.stored_chunks, counts.open_chunks, counts.quarantined_chunks);
}

void oracle_journal_ended (bool committed)
{
    for (uint32_t i = 0; i < world.count; i++) {
        sim_document_t *document = &world.documents[i];
        document->taken = document->taken || (committed && document->taking);
        document->split = document->split || (committed && document->splitting);
        document->taking = document->splitting = false;
    }
    if (committed && sim.me->journal)
        check_books (sim.me->journal);
}

//  --- at the end --------------------------------------------------------------

typedef void (row_fn) (sqlite3_stmt *row, sim_document_t *document);

static void for_each (const char *file, const char *sql, sim_document_t *document, row_fn *visit)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    snprintf (path, sizeof path, "%s/%s", sim.folder, file);
    if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK
        || sqlite3_prepare_v2 (db, sql, -1, &rows, NULL) != SQLITE_OK)
        sim_fail ("%s: %s", path, sqlite3_errmsg (db));
    else {
        if (sqlite3_bind_parameter_count (rows))
            sqlite3_bind_text (rows, 1, document->id, -1, SQLITE_STATIC);
        while (sqlite3_step (rows) == SQLITE_ROW)
            visit (rows, document);
    }
    sqlite3_finalize (rows);
    sqlite3_close (db);
}

static bool seen[CHUNKS_MAX];

static void see_chunk (sqlite3_stmt *row, sim_document_t *document)
{
    uint32_t ordinal = (uint32_t)sqlite3_column_int64 (row, 0);
    if (ordinal >= document->count || seen[ordinal]) {
        sim_fail ("chunk %u of %s is stored twice", ordinal, document->id);
        return;
    }
    seen[ordinal] = true;
    rap_text_t line = world_line (document, ordinal);
    char day[11];
    world_day (line, day);
    const char *found = (const char *)sqlite3_column_text (row, 2);
    if (!rap_text_equal (line, rap_text ((const char *)sqlite3_column_text (row, 1))))
        sim_fail ("chunk %u of %s is stored with another text", ordinal, document->id);
    if (sqlite3_column_int64 (row, 3) != 1 || !found || strcmp (found, day) != 0)
        sim_fail ("chunk %u of %s has %d findings, '%s' instead of '%s'", ordinal, document->id,
                  sqlite3_column_int (row, 3), found ? found : "", day);
}

static void see_quarantine (sqlite3_stmt *row, sim_document_t *document)
{
    int64_t ordinal = sqlite3_column_int64 (row, 0);
    if (ordinal >= 0 && ordinal < document->count)
        document->chunks[ordinal].quarantined = true;
    else if (document->reading == READABLE)
        sim_fail ("%s is in quarantine as a whole: %s", document->id, sqlite3_column_text (row, 1));
    else
        document->reads_died |= 1u << 31; //  that it was seen
}

static void check_chunk (const sim_document_t *document, uint32_t ordinal)
{
    const sim_chunk_t *chunk = &document->chunks[ordinal];
    bool hopeless = chunk->behaviour == CRASHES || chunk->behaviour == HANGS || chunk->behaviour == FAILS;
    if (chunk->committed && !seen[ordinal])
        sim_fail ("chunk %u of %s was committed and is not there", ordinal, document->id);
    else if (!seen[ordinal] && !chunk->quarantined)
        sim_fail ("chunk %u of %s is neither stored nor in quarantine", ordinal, document->id);
    else if (seen[ordinal] && hopeless)
        sim_fail ("chunk %u of %s cannot be processed, and is stored", ordinal, document->id);
    uint32_t hidden = sim.processes[INGEST].lives + DEATHS_HIDDEN_MOST;
    if (chunk->deaths > DEATHS_MOST + hidden)
        sim_fail ("%u workers died of chunk %u of %s", chunk->deaths, ordinal, document->id);
}

static void check_document (sim_document_t *document)
{
    memset (seen, 0, sizeof seen);
    for_each ("store.db",
              "SELECT c.ordinal, c.text, min (d.first_day), count (d.n) FROM chunk c LEFT JOIN date_mention d"
              " USING (chunk_id) WHERE c.document_id = ?1 GROUP BY c.chunk_id",
              document, see_chunk);
    for_each ("store.db", "SELECT ordinal, cause FROM quarantine WHERE document_id = ?1 AND released_at IS NULL",
              document, see_quarantine);
    if (document->reading != READABLE) {
        if (!(document->reads_died >> 31))
            sim_fail ("%s cannot be read, and is not in quarantine", document->id);
        return;
    }
    for (uint32_t i = 0; i < document->count; i++)
        check_chunk (document, i);
}

static void see_state (sqlite3_stmt *row, sim_document_t *document)
{
    (void)document;
    if (sqlite3_column_int64 (row, 0))
        sim_fail ("%d rows of the journal's books do not close", sqlite3_column_int (row, 0));
}

static void tell_open (sqlite3_stmt *row, sim_document_t *document)
{
    (void)document;
    sim_tell ("open: batch %d of document %d, %d chunks from %d, attempts %d, deaths %d, alone %d",
              sqlite3_column_int (row, 0), sqlite3_column_int (row, 1), sqlite3_column_int (row, 3),
              sqlite3_column_int (row, 2), sqlite3_column_int (row, 4), sqlite3_column_int (row, 5),
              sqlite3_column_int (row, 6));
}

void oracle_tell_open (void)
{
    if (sim.trace)
        for_each ("journal.db",
                  "SELECT batch, number, first, count, attempts, deaths, alone FROM batch LEFT JOIN attempt"
                  " USING (batch)",
                  NULL, tell_open);
}

void oracle_at_end (void)
{
    for (uint32_t i = 0; i < world.count && !sim.failure[0]; i++)
        check_document (&world.documents[i]);
    for_each ("journal.db",
              "SELECT count (*) FROM document WHERE state NOT IN ('complete', 'quarantined')"
              " OR chunks <> receipted + quarantined",
              NULL, see_state);
    for_each ("journal.db", "SELECT count (*) FROM batch", NULL, see_state);
}
