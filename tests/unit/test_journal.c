//  journal: what is on disk after a commit, a kill, a full disk; what supersedes
//  what; splitting, quarantine and release; that the books always balance.
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "journal.h"

static char folder[64];
static char path[128];
static rap_journal_t *journal;
static rap_reason_t reason;

static void open_journal (void)
{
    journal = rap_journal_open (path, &reason);
    ck_assert_msg (journal != NULL, "%s", reason.text);
}

static void begin (void)
{
    snprintf (folder, sizeof folder, "/tmp/test_journal.XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (path, sizeof path, "%s/journal.db", folder);
    open_journal ();
}

static void end (void)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock", "-sums"};
    rap_journal_close (&journal);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        char file[256];
        snprintf (file, sizeof file, "%s%s", path, tails[i]);
        unlink (file);
    }
    rmdir (folder);
}

static void commit (void)
{
    ck_assert_msg (rap_journal_commit (journal, &reason) == RAP_OK, "%s", reason.text);
}

static rap_journal_counts_t counts (void)
{
    return rap_journal_counts (journal);
}

//  Books balance: what the counts say is what a recount after reopening says.
static void check_books (void)
{
    rap_journal_counts_t before = counts ();
    rap_journal_close (&journal);
    open_journal ();
    rap_journal_counts_t after = counts ();
    ck_assert_mem_eq (&before, &after, sizeof before);
}

//  What a question of one number answers, as readers of the file see it.
static int64_t number (const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    ck_assert_int_eq (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq (sqlite3_step (statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64 (statement, 0);
    sqlite3_finalize (statement);
    sqlite3_close (db);
    return answer;
}

//  --- verbs -----------------------------------------------------------------------

static void sha_of (const char *text, char sha256[RAP_SHA256_HEX])
{
    rap_sha256 (text, strlen (text), sha256);
}

static void take (const char *text, const char *key, const char *symbol)
{
    char sha256[RAP_SHA256_HEX];
    sha_of (text, sha256);
    rap_stated_t stated = {.source = rap_text (key), .key = rap_text (key), .symbol = rap_text (symbol)};
    uint64_t body = rap_journal_body_new (journal);
    ck_assert_int_eq (rap_journal_body_add (journal, body, 0, rap_text (text)), RAP_OK);
    ck_assert_int_eq (rap_journal_take (journal, &stated, sha256, strlen (text), body), RAP_OK);
}

static rap_text_t encoded_chunks (rap_packer_t *packer, uint32_t first, uint32_t count)
{
    rap_packer_reset (packer);
    rap_pack_array (packer, count);
    for (uint32_t i = 0; i < count; i++) {
        char text[32];
        snprintf (text, sizeof text, "chunk %u", first + i);
        rap_chunk_t chunk = {.ordinal = first + i, .text = rap_text (text)};
        rap_pack_chunk (packer, &chunk);
    }
    return rap_packed (packer);
}

//  Reads the next document after `after` into batches of `size` chunks.
static uint64_t read_next (uint64_t after, uint32_t chunks, uint32_t size, const char *symbol)
{
    rap_unread_t unread;
    ck_assert_int_eq (rap_journal_unread (journal, after, &unread), RAP_OK);
    char id[33], sha256[65];
    snprintf (id, sizeof id, "%.32s", unread.document.document_id.at);
    snprintf (sha256, sizeof sha256, "%.64s", unread.document.sha256.at);
    rap_document_t document = {.number = unread.document.number,
                               .document_id = rap_text (id),
                               .sha256 = rap_text (sha256),
                               .symbol = rap_text (symbol),
                               .other_symbols = RAP_TEXT ("[]"),
                               .language = RAP_TEXT ("en"),
                               .chunks = chunks};
    rap_packer_t *packer = rap_packer_new ();
    for (uint32_t first = 0; first < chunks; first += size) {
        uint32_t count = chunks - first < size ? chunks - first : size;
        ck_assert_int_eq (
            rap_journal_add_batch (journal, document.number, first, count, encoded_chunks (packer, first, count)),
            RAP_OK);
    }
    rap_packer_destroy (&packer);
    ck_assert_int_eq (rap_journal_read_done (journal, &document), RAP_OK);
    return document.number;
}

typedef struct {
    rap_batch_t batches[64];
    char ids[64][33];
    uint32_t count;
} loaded_t;

static void note_batch (void *self, const rap_batch_t *batch, const char *document_id)
{
    loaded_t *loaded = self;
    ck_assert_uint_lt (loaded->count, 64);
    snprintf (loaded->ids[loaded->count], 33, "%s", document_id);
    loaded->batches[loaded->count++] = *batch;
}

static loaded_t load (uint32_t room)
{
    loaded_t loaded = {.count = 0};
    ck_assert_int_eq (rap_journal_load (journal, room, note_batch, &loaded), RAP_OK);
    return loaded;
}

static rap_document_t header_of (const rap_batch_t *batch, rap_text_t *chunks)
{
    rap_text_t header;
    rap_document_t document;
    ck_assert_int_eq (rap_journal_payload (journal, batch, &header, chunks), RAP_OK);
    ck_assert_msg (rap_read_document (header, &document, &reason) == RAP_OK, "%s", reason.text);
    return document;
}

typedef struct {
    uint32_t count;
    uint64_t last;
    uint32_t ordinal;
    bool released;
    char cause[100];
} notices_t;

static void note_notice (void *self, const rap_notice_t *notice)
{
    notices_t *notices = self;
    rap_document_t document;
    notices->count++;
    notices->last = notice->notice;
    notices->ordinal = notice->ordinal;
    notices->released = notice->released_at.len > 0;
    snprintf (notices->cause, sizeof notices->cause, "%.*s", (int)notice->cause.len, notice->cause.at);
    ck_assert_int_eq (rap_read_document (notice->document, &document, &reason), RAP_OK);
}

static notices_t notices (void)
{
    notices_t seen = {.count = 0};
    ck_assert_int_eq (rap_journal_notices (journal, 0, 100, note_notice, &seen), RAP_OK);
    return seen;
}

//  --- stories -----------------------------------------------------------------------

START_TEST (each_start_is_a_new_epoch)
{
    uint64_t epoch = rap_journal_epoch (journal);
    char name[40];
    snprintf (name, sizeof name, "%s", rap_journal_name (journal));
    ck_assert_uint_gt (strlen (name), 20);
    rap_journal_close (&journal);
    open_journal ();
    ck_assert_uint_eq (rap_journal_epoch (journal), epoch + 1);
    ck_assert_str_eq (rap_journal_name (journal), name);
}
END_TEST

START_TEST (one_ingest_a_journal)
{
    ck_assert_ptr_null (rap_journal_open (path, &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "another ingest"));
}
END_TEST

START_TEST (other_files_are_refused)
{
    char other[160];
    snprintf (other, sizeof other, "%s/other", folder);
    FILE *file = fopen (other, "w");
    fputs ("this is no database, and long enough to be looked at as one", file);
    fclose (file);
    ck_assert_ptr_null (rap_journal_open (other, &reason));
    unlink (other);
    snprintf (other, sizeof other, "%s/other.lock", folder);
    unlink (other);
    ck_assert_ptr_null (rap_journal_open ("/nonexistent/journal.db", &reason));
    ck_assert_ptr_nonnull (strstr (reason.text, "/nonexistent/"));
}
END_TEST

START_TEST (a_document_goes_through)
{
    char sha256[RAP_SHA256_HEX];
    rap_text_t cause, bytes, chunks;
    sha_of ("one", sha256);
    ck_assert_int_eq (rap_journal_find (journal, sha256, &cause), RAP_AGAIN);
    take ("one", "a.txt", "A/1");
    ck_assert_int_eq (rap_journal_find (journal, sha256, &cause), RAP_OK);
    ck_assert_uint_eq (cause.len, 0);
    commit ();
    ck_assert_uint_eq (counts ().taken, 1);

    rap_unread_t unread;
    ck_assert_int_eq (rap_journal_unread (journal, 0, &unread), RAP_OK);
    ck_assert_uint_eq (unread.document.number, 1);
    ck_assert (rap_text_equal (unread.document.symbol, RAP_TEXT ("A/1")));
    ck_assert (rap_text_equal (unread.document.source, RAP_TEXT ("a.txt")));
    ck_assert_uint_eq (unread.document.bytes, 3);
    uint64_t body = unread.body;
    ck_assert_int_eq (rap_journal_body_piece (journal, body, 0, &bytes), RAP_OK);
    ck_assert (rap_text_equal (bytes, RAP_TEXT ("one")));
    ck_assert_int_eq (rap_journal_body_piece (journal, body, 1, &bytes), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_unread (journal, 1, &unread), RAP_AGAIN);

    read_next (0, 10, 4, "A/1");
    loaded_t loaded = load (2);
    ck_assert_uint_eq (loaded.count, 2);
    commit ();
    ck_assert_uint_eq (counts ().split, 1);
    ck_assert_uint_eq (counts ().open_batches, 3);
    ck_assert_uint_eq (counts ().open_chunks, 10);
    loaded_t rest = load (10);
    ck_assert_uint_eq (rest.count, 1);
    ck_assert_uint_eq (rest.batches[0].first, 8);
    ck_assert_uint_eq (rest.batches[0].count, 2);
    ck_assert_uint_eq (load (10).count, 0);
    rap_document_t document = header_of (&rest.batches[0], &chunks);
    ck_assert_uint_eq (document.chunks, 10);
    ck_assert_uint_eq (rest.batches[0].bytes, chunks.len);

    rest.batches[0].attempts = 1;
    ck_assert_int_eq (rap_journal_count (journal, &rest.batches[0]), RAP_OK);
    commit ();
    check_books ();
    rap_journal_rewind (journal);
    loaded = load (10);
    ck_assert_uint_eq (loaded.count, 3);
    ck_assert_uint_eq (loaded.batches[2].attempts, 1);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[i]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().complete, 1);
    ck_assert_uint_eq (counts ().open_chunks, 0);
    ck_assert_uint_eq (counts ().stored_chunks, 10);
    check_books ();
}
END_TEST

START_TEST (a_rollback_undoes_all)
{
    take ("one", "a.txt", "");
    commit ();
    take ("two", "b.txt", "");
    rap_journal_counts_t with_two = counts ();
    ck_assert_uint_eq (with_two.taken, 2);
    rap_journal_rollback (journal);
    ck_assert_uint_eq (counts ().taken, 1);
    ck_assert (!rap_journal_dirty (journal));
    take ("two", "b.txt", "");
    read_next (0, 5, 5, "");
    rap_journal_rollback (journal);
    ck_assert_uint_eq (counts ().split, 0);
    rap_journal_rewind (journal);
    ck_assert_uint_eq (load (10).count, 0);
    check_books ();
}
END_TEST

START_TEST (an_unfinished_reading_is_not_dispatched_and_forgotten_at_start)
{
    take ("one", "a.txt", "");
    take ("two", "b.txt", "");
    uint64_t number = read_next (0, 5, 5, "");
    rap_packer_t *packer = rap_packer_new ();
    ck_assert_int_eq (rap_journal_add_batch (journal, number + 1, 0, 3, encoded_chunks (packer, 0, 3)), RAP_OK);
    commit ();
    ck_assert_uint_eq (load (10).count, 1);
    ck_assert_uint_eq (counts ().open_chunks, 5);
    check_books ();
    ck_assert_uint_eq (load (10).count, 1);
    //  Read anew, and its batches have numbers of their own.
    read_next (number, 3, 3, "");
    loaded_t loaded = load (10);
    ck_assert_uint_eq (loaded.count, 1);
    ck_assert_uint_gt (loaded.batches[0].batch, 2);
    rap_packer_destroy (&packer);
}
END_TEST

//  Its first batches were on disk already when a later group failed.
START_TEST (a_reading_that_a_failed_group_ended_is_not_dispatched_and_forgotten)
{
    take ("one", "a.txt", "");
    rap_packer_t *packer = rap_packer_new ();
    ck_assert_int_eq (rap_journal_read_begun (journal, 1), RAP_OK);
    ck_assert_int_eq (rap_journal_add_batch (journal, 1, 0, 3, encoded_chunks (packer, 0, 3)), RAP_OK);
    commit ();
    ck_assert_int_eq (rap_journal_add_batch (journal, 1, 3, 2, encoded_chunks (packer, 3, 2)), RAP_OK);
    rap_journal_rollback (journal);
    rap_journal_rewind (journal);
    ck_assert_uint_eq (load (10).count, 0);
    ck_assert_int_eq (rap_journal_read_begun (journal, 1), RAP_OK);
    read_next (0, 5, 3, "");
    commit ();
    loaded_t loaded = load (10);
    ck_assert_uint_eq (loaded.count, 2);
    ck_assert_uint_gt (loaded.batches[0].batch, 1);
    ck_assert_uint_eq (counts ().open_chunks, 5);
    check_books ();
    rap_packer_destroy (&packer);
}
END_TEST

static void supersedes_of (uint64_t number, char id[33])
{
    rap_journal_rewind (journal);
    loaded_t loaded = load (64);
    for (uint32_t i = 0; i < loaded.count; i++)
        if (loaded.batches[i].number == number) {
            rap_text_t chunks;
            rap_document_t document = header_of (&loaded.batches[i], &chunks);
            snprintf (id, 33, "%.*s", (int)document.supersedes.len, document.supersedes.at);
            return;
        }
    ck_abort_msg ("document %" PRIu64 " is not open", number);
}

static void id_of (const char *text, char id[33])
{
    char sha256[RAP_SHA256_HEX];
    sha_of (text, sha256);
    rap_document_id (sha256, id);
}

START_TEST (later_versions_supersede_the_newest_one)
{
    char expected[33], found[33];
    static const struct {
        const char *text, *key, *symbol, *supersedes;
    } cases[] = {
        {"one", "a.txt", "A/1", NULL},     {"two", "b.txt", "A/2", NULL},
        {"three", "a.txt", "", "one"},     //  the same source
        {"four", "a.txt", "A/9", "three"}, //  not "one": that is superseded
        {"five", "c.txt", "A/2", "two"},   //  the same symbol
        {"six", "d.txt", "", NULL},        //  no symbol is no symbol in common
        {"seven", "e.txt", "", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        take (cases[i].text, cases[i].key, cases[i].symbol);
        uint64_t number = read_next (i, 2, 2, cases[i].symbol);
        commit ();
        supersedes_of (number, found);
        expected[0] = 0;
        if (cases[i].supersedes)
            id_of (cases[i].supersedes, expected);
        ck_assert_msg (strcmp (found, expected) == 0, "%s: '%s', expected '%s'", cases[i].text, found, expected);
    }
}
END_TEST

START_TEST (splitting_keeps_every_chunk)
{
    take ("one", "a.txt", "");
    read_next (0, 10, 10, "");
    loaded_t loaded = load (10);
    rap_batch_t whole = loaded.batches[0];
    whole.attempts = 2;
    ck_assert_int_eq (rap_journal_count (journal, &whole), RAP_OK);
    commit ();
    //  Chunks 0 and 9 are receipted; 5 goes alone.
    rap_batch_t parts[] = {{.number = 1, .first = 1, .count = 4, .attempts = 2},
                           {.number = 1, .first = 5, .count = 1, .attempts = 2, .alone = true, .fails = 1},
                           {.number = 1, .first = 6, .count = 3, .attempts = 2}};
    ck_assert_int_eq (rap_journal_split (journal, &whole, parts, 3), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().open_chunks, 8);
    ck_assert_uint_eq (counts ().open_batches, 3);
    ck_assert_uint_eq (counts ().stored_chunks, 2);
    check_books ();
    loaded = load (10);
    ck_assert_uint_eq (loaded.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        rap_text_t chunks;
        rap_packer_t *packer = rap_packer_new ();
        header_of (&loaded.batches[i], &chunks);
        ck_assert_uint_eq (loaded.batches[i].batch, parts[i].batch);
        ck_assert (rap_text_equal (chunks, encoded_chunks (packer, parts[i].first, parts[i].count)));
        ck_assert_uint_eq (loaded.batches[i].alone, parts[i].alone);
        ck_assert_uint_eq (loaded.batches[i].fails, parts[i].fails);
        rap_packer_destroy (&packer);
    }
}
END_TEST

START_TEST (a_chunk_is_quarantined_and_released)
{
    char id[33];
    bool whole = true;
    id_of ("one", id);
    take ("one", "a.txt", "");
    read_next (0, 3, 1, "");
    loaded_t loaded = load (10);
    loaded.batches[1].attempts = 5;
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[1], "it kills"), RAP_OK);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    ck_assert_uint_eq (counts ().split, 1);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[2]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 1);
    ck_assert_uint_eq (counts ().quarantined_chunks, 1);
    ck_assert_uint_eq (counts ().open_chunks, 0);
    notices_t seen = notices ();
    ck_assert_uint_eq (seen.count, 1);
    ck_assert_uint_eq (seen.ordinal, 1);
    ck_assert_str_eq (seen.cause, "it kills");
    ck_assert (!seen.released);
    ck_assert_int_eq (rap_journal_noticed (journal, seen.last), RAP_OK);
    ck_assert_int_eq (rap_journal_noticed (journal, seen.last), RAP_OK); //  a second receipt
    commit ();
    check_books ();

    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), 2, &whole, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_release (journal, RAP_TEXT ("nobody"), 2, &whole, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), UINT32_MAX, &whole, &reason), RAP_OK);
    ck_assert (!whole);
    commit ();
    ck_assert_uint_eq (counts ().split, 1);
    ck_assert_uint_eq (counts ().quarantined_chunks, 0);
    ck_assert (notices ().released);
    loaded = load (10);
    ck_assert_uint_eq (loaded.count, 1);
    ck_assert_uint_eq (loaded.batches[0].first, 1);
    ck_assert (loaded.batches[0].alone);
    ck_assert_uint_eq (loaded.batches[0].deaths, 0);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().complete, 1);
    check_books ();
}
END_TEST

static rap_command_t drop_of (const char *id, uint32_t ordinal, const char *why)
{
    return (rap_command_t){
        .document_id = rap_text (id), .ordinal = ordinal, .reason = rap_text (why), .who = RAP_TEXT ("a person")};
}

START_TEST (a_chunk_is_dropped_and_stays_in_the_books)
{
    char id[33];
    uint32_t chunks = 0;
    bool whole;
    id_of ("one", id);
    take ("one", "a.txt", "");
    read_next (0, 4, 1, "");
    loaded_t loaded = load (10);
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[1], "it kills"), RAP_OK);
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[2], "it kills"), RAP_OK);
    rap_command_t no_reason = drop_of (id, 1, ""), other = drop_of (id, 0, "why"), one = drop_of (id, 1, "a scan"),
                  all = drop_of (id, UINT32_MAX, "all of it");
    ck_assert_int_eq (rap_journal_drop (journal, &no_reason, &chunks, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_drop (journal, &other, &chunks, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_drop (journal, &one, &chunks, &reason), RAP_OK);
    ck_assert_uint_eq (chunks, 1);
    commit ();
    ck_assert_uint_eq (counts ().split, 1); //  the others are still open
    ck_assert_uint_eq (counts ().dropped_chunks, 1);
    ck_assert_uint_eq (counts ().quarantined_chunks, 1);
    ck_assert_uint_eq (counts ().open_chunks, 2);
    ck_assert_int_eq (rap_journal_drop (journal, &one, &chunks, &reason), RAP_REFUSED); //  it is dropped
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[3]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 1);
    ck_assert_int_eq (rap_journal_drop (journal, &all, &chunks, &reason), RAP_OK);
    ck_assert_uint_eq (chunks, 1);
    commit ();
    ck_assert_uint_eq (counts ().dropped, 1);
    ck_assert_uint_eq (counts ().dropped_chunks, 2);
    ck_assert_uint_eq (counts ().notices, 4); //  quarantined twice, dropped twice
    check_books ();
    //  What was dropped comes back only where it is named.
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), UINT32_MAX, &whole, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), 2, &whole, &reason), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().split, 1);
    ck_assert_uint_eq (counts ().dropped, 0);
    ck_assert_uint_eq (counts ().dropped_chunks, 1);
    loaded = load (10);
    ck_assert_uint_eq (loaded.count, 1);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().dropped, 1);
    check_books ();
}
END_TEST

START_TEST (a_whole_document_is_dropped)
{
    char id[33];
    uint32_t chunks = 7;
    bool whole;
    id_of ("one", id);
    take ("one", "a.txt", "");
    ck_assert_int_eq (rap_journal_read_refused (journal, 1, "byte 0: no text", 1), RAP_OK);
    commit ();
    rap_command_t drop = drop_of (id, UINT32_MAX, "no text");
    ck_assert_int_eq (rap_journal_drop (journal, &drop, &chunks, &reason), RAP_OK);
    ck_assert_uint_eq (chunks, 0);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 0);
    ck_assert_uint_eq (counts ().dropped, 1);
    check_books ();
    //  A store that lost it is told again; it is not read again.
    uint64_t told = counts ().notices;
    ck_assert_int_eq (rap_journal_renew (journal, rap_text (id), &reason), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().dropped, 1);
    ck_assert_uint_eq (counts ().notices, told + 1);
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), UINT32_MAX, &whole, &reason), RAP_OK);
    ck_assert (whole);
    commit ();
    ck_assert_uint_eq (counts ().dropped, 0);
    ck_assert_uint_eq (counts ().taken, 1);
    check_books ();
}
END_TEST

//  The schema of the version before, as that made it.
START_TEST (a_journal_of_the_version_before_is_brought_up_to_date)
{
    char id[33];
    uint32_t chunks = 0;
    id_of ("one", id);
    take ("one", "a.txt", "");
    read_next (0, 2, 1, "");
    loaded_t loaded = load (10);
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[1], "it kills"), RAP_OK);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    commit ();
    rap_journal_close (&journal);
    sqlite3 *db;
    ck_assert_int_eq (sqlite3_open (path, &db), SQLITE_OK);
    ck_assert_int_eq (sqlite3_exec (db,
                                    "ALTER TABLE document DROP COLUMN dropped;"
                                    "ALTER TABLE quarantine DROP COLUMN dropped_at;"
                                    "ALTER TABLE quarantine DROP COLUMN dropped_by;"
                                    "ALTER TABLE quarantine DROP COLUMN dropped_reason;"
                                    "DROP TABLE tried; PRAGMA user_version = 1",
                                    NULL, NULL, NULL),
                      SQLITE_OK);
    sqlite3_close (db);
    journal = rap_journal_open (path, &reason);
    ck_assert_msg (journal != NULL, "%s", reason.text);
    rap_command_t drop = drop_of (id, 1, "as before");
    ck_assert_int_eq (rap_journal_drop (journal, &drop, &chunks, &reason), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().dropped, 1);
    check_books ();
}
END_TEST

START_TEST (what_was_tried_is_kept_for_what_is_in_quarantine)
{
    take ("one", "a.txt", "");
    read_next (0, 2, 1, "");
    loaded_t loaded = load (10);
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[1], "it kills"), RAP_OK);
    rap_tried_t tried = {
        .number = 1, .first = 1, .count = 1, .attempt = 1, .worker = "w", .outcome = "died", .cause = ""};
    ck_assert_int_eq (rap_journal_tried (journal, &tried), RAP_OK);
    tried.number = 2; //  of nothing that anybody waits for
    for (int i = 0; i < 70000; i++)
        ck_assert_int_eq (rap_journal_tried (journal, &tried), RAP_OK);
    commit ();
    ck_assert_int_eq (number ("SELECT count (*) FROM tried WHERE number = 1"), 1);
    ck_assert_int_ge (number ("SELECT count (*) FROM tried WHERE number = 2"), 65535);
    ck_assert_int_lt (number ("SELECT count (*) FROM tried WHERE number = 2"), 65536 + 1024);
}
END_TEST

START_TEST (a_document_that_the_store_lost_is_processed_anew)
{
    char id[33];
    id_of ("one", id);
    take ("one", "a.txt", "");
    ck_assert_int_eq (rap_journal_renew (journal, rap_text (id), &reason), RAP_REFUSED); //  it is in work
    read_next (0, 3, 1, "");
    ck_assert_int_eq (rap_journal_renew (journal, rap_text (id), &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_renew (journal, RAP_TEXT ("nobody"), &reason), RAP_REFUSED);
    loaded_t loaded = load (10);
    ck_assert_int_eq (rap_journal_quarantine (journal, &loaded.batches[1], "it kills"), RAP_OK);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[2]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 1);
    ck_assert_int_eq (rap_journal_renew (journal, rap_text (id), &reason), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().taken, 1);
    ck_assert_uint_eq (counts ().quarantined, 0);
    ck_assert_uint_eq (counts ().stored_chunks, 0);
    ck_assert_uint_eq (counts ().quarantined_chunks, 0);
    ck_assert_uint_eq (counts ().notices, 2); //  quarantined, and released
    check_books ();
    ck_assert_uint_eq (counts ().taken, 1);
    read_next (0, 3, 3, "");
    loaded = load (10);
    ck_assert_uint_eq (loaded.count, 1);
    ck_assert_int_eq (rap_journal_finish (journal, &loaded.batches[0]), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().complete, 1);
    check_books ();
    ck_assert_int_eq (rap_journal_renew (journal, rap_text (id), &reason), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().taken, 1);
    ck_assert_uint_eq (counts ().complete, 0);
    check_books ();
}
END_TEST

START_TEST (a_whole_document_is_quarantined_and_released)
{
    char id[33], sha256[RAP_SHA256_HEX];
    bool whole = false;
    rap_text_t cause;
    id_of ("one", id);
    sha_of ("one", sha256);
    take ("one", "a.txt", "");
    rap_packer_t *packer = rap_packer_new ();
    ck_assert_int_eq (rap_journal_add_batch (journal, 1, 0, 3, encoded_chunks (packer, 0, 3)), RAP_OK);
    rap_packer_destroy (&packer);
    ck_assert_int_eq (rap_journal_read_refused (journal, 1, "byte 0: no text", 1), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 1);
    ck_assert_uint_eq (counts ().open_batches, 0);
    ck_assert_uint_eq (load (10).count, 0);
    ck_assert_int_eq (rap_journal_find (journal, sha256, &cause), RAP_OK);
    ck_assert (rap_text_equal (cause, RAP_TEXT ("byte 0: no text")));
    ck_assert_uint_eq (notices ().ordinal, UINT32_MAX);
    check_books ();
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), 0, &whole, &reason), RAP_OK);
    ck_assert (whole);
    commit ();
    ck_assert_uint_eq (counts ().taken, 1);
    ck_assert_uint_eq (counts ().notices, 2);
    check_books ();
    read_next (0, 3, 3, "");
    commit ();
    ck_assert_uint_eq (counts ().split, 1);
}
END_TEST

START_TEST (what_has_no_bytes_is_recorded_and_cannot_be_released)
{
    char id[33], sha256[RAP_SHA256_HEX];
    bool whole = false;
    id_of ("large", id);
    sha_of ("large", sha256);
    rap_stated_t stated = {.source = RAP_TEXT ("large.pdf")};
    ck_assert_int_eq (rap_journal_refuse (journal, &stated, sha256, UINT64_C (1) << 40, "too large"), RAP_OK);
    commit ();
    ck_assert_uint_eq (counts ().quarantined, 1);
    ck_assert_str_eq (notices ().cause, "too large");
    ck_assert_int_eq (rap_journal_release (journal, rap_text (id), UINT32_MAX, &whole, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "hand it in anew"));
    check_books ();
}
END_TEST

START_TEST (bodies_without_a_document_are_cleared_at_start)
{
    rap_text_t bytes;
    uint64_t body = rap_journal_body_new (journal);
    ck_assert_int_eq (rap_journal_body_add (journal, body, 0, RAP_TEXT ("half an upload")), RAP_OK);
    take ("one", "a.txt", "");
    commit ();
    rap_unread_t unread;
    ck_assert_int_eq (rap_journal_unread (journal, 0, &unread), RAP_OK);
    uint64_t kept = unread.body;
    check_books ();
    ck_assert_int_eq (rap_journal_body_piece (journal, body, 0, &bytes), RAP_REFUSED);
    ck_assert_int_eq (rap_journal_body_piece (journal, kept, 0, &bytes), RAP_OK);
    ck_assert_uint_gt (rap_journal_body_new (journal), kept);
}
END_TEST

//  A child takes documents for ever, tells the number of each one that is on
//  disk, and is killed in the middle of it.
START_TEST (a_kill_loses_nothing_that_was_told)
{
    rap_journal_close (&journal);
    uint64_t told = 0;
    for (int round = 0; round < 5; round++) {
        int pipes[2];
        ck_assert_int_eq (pipe (pipes), 0);
        pid_t pid = fork ();
        if (pid == 0) {
            close (pipes[0]);
            journal = rap_journal_open (path, &reason);
            for (uint64_t i = told + 1; journal; i++) {
                char text[64];
                snprintf (text, sizeof text, "document %" PRIu64, i);
                char sha256[RAP_SHA256_HEX];
                rap_stated_t stated = {.source = RAP_TEXT ("x")};
                sha_of (text, sha256);
                if (rap_journal_find (journal, sha256, NULL) == RAP_AGAIN) {
                    uint64_t body = rap_journal_body_new (journal);
                    rap_journal_body_add (journal, body, 0, rap_text (text));
                    rap_journal_take (journal, &stated, sha256, strlen (text), body);
                }
                if (rap_journal_commit (journal, &reason) != RAP_OK || write (pipes[1], &i, sizeof i) != sizeof i)
                    _exit (1);
            }
            _exit (2);
        }
        close (pipes[1]);
        uint64_t number;
        for (int heard = 0; heard < 20 + 37 * round; heard++) {
            ck_assert_int_eq (read (pipes[0], &number, sizeof number), sizeof number);
            told = number;
        }
        kill (pid, SIGKILL);
        while (read (pipes[0], &number, sizeof number) == sizeof number)
            told = number;
        waitpid (pid, NULL, 0);
        close (pipes[0]);
        open_journal ();
        for (uint64_t i = 1; i <= told; i++) {
            char text[64], sha256[RAP_SHA256_HEX];
            snprintf (text, sizeof text, "document %" PRIu64, i);
            sha_of (text, sha256);
            ck_assert_int_eq (rap_journal_find (journal, sha256, NULL), RAP_OK);
        }
        ck_assert_uint_ge (counts ().taken, told);
        ck_assert_uint_le (counts ().taken, told + 1); //  one may be on disk and not told
        rap_journal_close (&journal);
    }
    open_journal ();
}
END_TEST

//  The file system has no room: files may grow to a limit only.
START_TEST (a_full_disk_fails_the_group_and_is_got_over)
{
    take ("one", "a.txt", "");
    commit ();
    struct rlimit limit, before;
    signal (SIGXFSZ, SIG_IGN);
    getrlimit (RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 400 * 1024;
    setrlimit (RLIMIT_FSIZE, &limit);
    size_t size = 300 * 1024;
    char *large = malloc (size);
    memset (large, 'x', size);
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < 10 && status == RAP_OK; i++) {
        uint64_t body = rap_journal_body_new (journal);
        rap_stated_t stated = {.source = RAP_TEXT ("x")};
        char sha256[RAP_SHA256_HEX], text[16];
        snprintf (text, sizeof text, "%u", i);
        sha_of (text, sha256);
        rap_journal_body_add (journal, body, 0, rap_text_of (large, size));
        rap_journal_take (journal, &stated, sha256, size, body);
        status = rap_journal_commit (journal, &reason);
    }
    ck_assert_int_eq (status, RAP_FAILED);
    ck_assert_ptr_nonnull (strstr (reason.text, path));
    ck_assert (!rap_journal_dirty (journal));
    uint64_t taken = counts ().taken;
    setrlimit (RLIMIT_FSIZE, &before);
    take ("two", "b.txt", "");
    commit ();
    ck_assert_uint_eq (counts ().taken, taken + 1);
    check_books ();
    free (large);
}
END_TEST

START_TEST (reads_and_deaths_are_counted)
{
    rap_unread_t unread;
    take ("one", "a.txt", "");
    rap_journal_read_begun (journal, 1);
    rap_journal_read_begun (journal, 1);
    rap_journal_read_died (journal, 1);
    commit ();
    check_books ();
    ck_assert_int_eq (rap_journal_unread (journal, 0, &unread), RAP_OK);
    ck_assert_uint_eq (unread.reads, 2);
    ck_assert_uint_eq (unread.deaths, 1);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("journal");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, each_start_is_a_new_epoch);
    tcase_add_test (tcase, one_ingest_a_journal);
    tcase_add_test (tcase, other_files_are_refused);
    tcase_add_test (tcase, a_document_goes_through);
    tcase_add_test (tcase, a_rollback_undoes_all);
    tcase_add_test (tcase, an_unfinished_reading_is_not_dispatched_and_forgotten_at_start);
    tcase_add_test (tcase, a_reading_that_a_failed_group_ended_is_not_dispatched_and_forgotten);
    tcase_add_test (tcase, later_versions_supersede_the_newest_one);
    tcase_add_test (tcase, splitting_keeps_every_chunk);
    tcase_add_test (tcase, a_chunk_is_quarantined_and_released);
    tcase_add_test (tcase, a_chunk_is_dropped_and_stays_in_the_books);
    tcase_add_test (tcase, a_whole_document_is_dropped);
    tcase_add_test (tcase, a_journal_of_the_version_before_is_brought_up_to_date);
    tcase_add_test (tcase, what_was_tried_is_kept_for_what_is_in_quarantine);
    tcase_add_test (tcase, a_document_that_the_store_lost_is_processed_anew);
    tcase_add_test (tcase, a_whole_document_is_quarantined_and_released);
    tcase_add_test (tcase, what_has_no_bytes_is_recorded_and_cannot_be_released);
    tcase_add_test (tcase, bodies_without_a_document_are_cleared_at_start);
    tcase_add_test (tcase, a_kill_loses_nothing_that_was_told);
    tcase_add_test (tcase, a_full_disk_fails_the_group_and_is_got_over);
    tcase_add_test (tcase, reads_and_deaths_are_counted);
    Suite *suite = suite_create ("journal");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
