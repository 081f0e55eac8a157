//  The store through its verbs, and what a reader then sees with plain SQL.
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/hash.h"
#include "rapporteur/utf8.h"
#include "store.h"

static char folder[64];
static char path[96];

static void set_up (void)
{
    snprintf (folder, sizeof folder, "/tmp/rap-store-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (path, sizeof path, "%s/x.db", folder);
}

static void tear_down (void)
{
    const char *const ends[] = {"", "-wal", "-shm", "-lock", "-journal", "-sums"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[128];
        snprintf (name, sizeof name, "%s%s", path, ends[i]);
        unlink (name);
    }
    rmdir (folder);
}

//  --- a reader --------------------------------------------------------------

//  All rows of a query, values joined by '|', rows by '\n'. Freed by the caller.
static char *rows_of (const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_stmt *statement;
    ck_assert_msg (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql,
                   sqlite3_errmsg (db));
    sqlite3_str *out = sqlite3_str_new (NULL);
    int code;
    while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
        if (sqlite3_str_length (out))
            sqlite3_str_appendchar (out, 1, '\n');
        for (int i = 0; i < sqlite3_column_count (statement); i++) {
            const char *value = (const char *)sqlite3_column_text (statement, i);
            sqlite3_str_appendf (out, "%s%s", i ? "|" : "", value ? value : "NULL");
        }
    }
    ck_assert_msg (code == SQLITE_DONE, "%s: %s", sql, sqlite3_errmsg (db));
    sqlite3_finalize (statement);
    sqlite3_close (db);
    char *copy = strdup (sqlite3_str_value (out) ? sqlite3_str_value (out) : "");
    sqlite3_free (sqlite3_str_finish (out));
    return copy;
}

static void expect_rows (const char *sql, const char *expected)
{
    char *rows = rows_of (sql);
    ck_assert_msg (strcmp (rows, expected) == 0, "%s\n  is       %s\n  expected %s", sql, rows, expected);
    free (rows);
}

//  Everything that two runs over the same documents must agree on.
static char *dump (void)
{
    static const char *const tables[] = {"chunk",
                                         "footnote_mark",
                                         "classification",
                                         "citation",
                                         "adherence",
                                         "quantity",
                                         "date_mention",
                                         "place",
                                         "actor",
                                         "clause",
                                         "publication",
                                         "mandate",
                                         "mandate_followup",
                                         "series",
                                         "series_point",
                                         "lifecycle",
                                         "quarantine"};
    char *whole = rows_of ("SELECT document_id, number, source, symbol, other_symbols, chunks, stored, state, linked,"
                           " supersedes FROM document");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[64];
        snprintf (sql, sizeof sql, "SELECT * FROM %s", tables[i]);
        char *rows = rows_of (sql);
        char *more;
        ck_assert_int_gt (asprintf (&more, "%s\n%s:\n%s", whole, tables[i], rows), 0);
        free (rows);
        free (whole);
        whole = more;
    }
    return whole;
}

//  --- documents -------------------------------------------------------------

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccccccccc"

static rap_document_t document_of (const char *id, uint64_t number, uint32_t chunks, const char *symbol)
{
    return (rap_document_t){.document_id = rap_text (id),
                            .number = number,
                            .source = RAP_TEXT ("inbox/paper.txt"),
                            .symbol = rap_text (symbol),
                            .other_symbols = RAP_TEXT ("[]"),
                            .title = RAP_TEXT ("A paper"),
                            .kind = RAP_TEXT ("resolution"),
                            .body = RAP_TEXT ("ga"),
                            .language = RAP_TEXT ("en"),
                            .sha256 = RAP_TEXT ("00"),
                            .splitter = RAP_TEXT ("1"),
                            .pipeline = RAP_TEXT ("p1"),
                            .received_at = RAP_TEXT ("2026-01-01T00:00:00.000Z"),
                            .bytes = 1000,
                            .chunks = chunks};
}

//  Text with letters of one, two, three and four bytes, so that code points and
//  bytes never agree.
#define TEXT "Año 2030 – 𝒳 “urges” the Board to heed A/RES/70/1."

static rap_chunk_t chunk_of (uint32_t ordinal)
{
    static const rap_mark_t marks[] = {{.at = 8, .footnote = 2}, {.at = 10, .footnote = RAP_NO_FOOTNOTE}};
    static const rap_text_t sections[] = {{"The \"best\" \\ of", 15}, {"Niños\n", 7}};
    rap_chunk_t chunk = {.ordinal = ordinal,
                         .kind = ordinal ? RAP_OPERATIVE : RAP_MASTHEAD,
                         .part = RAP_TEXT (""),
                         .label = RAP_TEXT ("1"),
                         .text = RAP_TEXT (TEXT),
                         .sections = sections,
                         .sections_count = 2,
                         .source_start = ordinal * 100u,
                         .source_end = ordinal * 100u + 60,
                         .marks = marks,
                         .marks_count = ordinal == 1 ? 2 : 0};
    return chunk;
}

enum { FINDINGS = RAP_FINDING_COUNT + 1 };

//  One finding of each kind, and one more citation.
static void findings_of (rap_finding_t findings[FINDINGS], const char *cited)
{
    for (uint32_t i = 0; i < FINDINGS; i++) {
        rap_finding_t *finding = &findings[i];
        *finding = (rap_finding_t){.kind = (rap_finding_kind_t)(i % RAP_FINDING_COUNT), .start = i, .end = i + 7};
        if (i == FINDINGS - 1)
            finding->kind = RAP_FINDING_citation;
        const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
        for (uint32_t f = 0; f < schema->fields_count; f++)
            if (schema->fields[f].type == RAP_FIELD_TEXT)
                finding->values[f].text = rap_text (schema->fields[f].name);
            else if (schema->fields[f].type == RAP_FIELD_INTEGER)
                finding->values[f].integer = 4;
            else
                finding->values[f].real = 0.5;
        if (finding->kind == RAP_FINDING_citation)
            finding->values[0].text = rap_text (cited);
    }
}

static const rap_provenance_t provenance = {.pipeline = {"p1", 2},
                                            .worker = {"w1", 2},
                                            .attempt = 1,
                                            .dispatched_at = {"2026-01-01T00:00:01.000Z", 24},
                                            .processed_us = 17};

static rap_store_t *open_store (void)
{
    rap_reason_t reason;
    rap_store_t *store = rap_store_open (path, &reason);
    ck_assert_msg (store != NULL, "%s", reason.text);
    return store;
}

static void begin (rap_store_t *store)
{
    rap_reason_t reason;
    ck_assert_msg (rap_store_begin (store, &reason) == RAP_OK, "%s", reason.text);
}

static void commit (rap_store_t *store)
{
    rap_reason_t reason;
    ck_assert_msg (rap_store_commit (store, &reason) == RAP_OK, "%s", reason.text);
}

static void link_all (rap_store_t *store)
{
    rap_reason_t reason;
    rap_status_t status;
    while ((status = rap_store_link (store, NULL, NULL, &reason)) == RAP_AGAIN) {
    }
    ck_assert_msg (status == RAP_OK, "%s", reason.text);
}

static void add (rap_store_t *store, rap_document_t document, uint32_t ordinal, const char *cited)
{
    rap_reason_t reason;
    rap_finding_t findings[FINDINGS];
    findings_of (findings, cited);
    rap_chunk_t chunk = chunk_of (ordinal);
    rap_status_t status = rap_store_add (store, &document, &chunk, findings, FINDINGS, &provenance, &reason);
    ck_assert_msg (status == RAP_OK, "%s", reason.text);
}

static void add_group (rap_store_t *store, rap_document_t document, uint32_t first, uint32_t count)
{
    begin (store);
    for (uint32_t i = first; i < first + count; i++)
        add (store, document, i, "A/RES/70/1");
    commit (store);
}

static void notice (rap_store_t *store, rap_document_t document, uint64_t number, uint32_t ordinal,
                    const char *released_at)
{
    rap_reason_t reason;
    rap_notice_t told = {.notice = number,
                         .ordinal = ordinal,
                         .cause = RAP_TEXT ("worker died"),
                         .attempts = 3,
                         .first_at = RAP_TEXT ("2026-01-02"),
                         .last_at = RAP_TEXT ("2026-01-03"),
                         .released_at = rap_text (released_at)};
    begin (store);
    ck_assert_msg (rap_store_quarantine (store, &document, &told, &reason) == RAP_OK, "%s", reason.text);
    commit (store);
}

static void expect_state (const char *id, const char *state)
{
    char sql[128];
    snprintf (sql, sizeof sql, "SELECT state FROM document WHERE document_id = '%s'", id);
    expect_rows (sql, state);
}

//  --- what is stored --------------------------------------------------------

START_TEST (stores_every_public_table)
{
    rap_store_t *store = open_store ();
    add_group (store, document_of (ID_A, 7, 3, "A/RES/1/1"), 0, 3);
    expect_rows ("SELECT count(*), min(chunk_id), max(chunk_id) FROM chunk", "3|7340032|7340034");
    expect_rows ("SELECT kind, part, label, section, source_start, source_end FROM chunk WHERE ordinal = 1",
                 "operative||1|[\"The \\\"best\\\" \\\\ of\",\"Niños\\u000a\"]|100|160");
    expect_rows ("SELECT section ->> 1 FROM chunk WHERE ordinal = 0", "Niños\n");
    expect_rows ("SELECT start, \"end\", surface, footnote_chunk_id FROM footnote_mark", "8|8||7340034\n10|10||NULL");
    for (int i = 0; i < RAP_FINDING_COUNT; i++) {
        char sql[128];
        snprintf (sql, sizeof sql, "SELECT count(*) FROM %s", rap_finding_schemas[i].name);
        expect_rows (sql, i == RAP_FINDING_citation ? "6" : "3");
    }
    expect_rows ("SELECT pipeline, worker, attempt, dispatched_at, processed_us, committed_at > '2026'"
                 " FROM provenance WHERE chunk_id = 7340033",
                 "p1|w1|1|2026-01-01T00:00:01.000Z|17|1");
    expect_rows ("SELECT count(*) FROM provenance_batch", "1");
    expect_rows ("SELECT count(*) FROM chunk_search WHERE chunk_search MATCH '\"heed A RES 70\"'", "3");
    expect_rows ("SELECT count(*) FROM chunk_search WHERE chunk_search MATCH 'section : best'", "3");
    expect_rows ("SELECT symbol, published, supersedes, session, stored, chunks, state FROM document",
                 "A/RES/1/1|NULL|NULL||3|3|complete");
    rap_store_close (&store);
}
END_TEST

START_TEST (surface_is_what_the_span_says)
{
    rap_store_t *store = open_store ();
    add_group (store, document_of (ID_A, 1, 2, ""), 0, 2);
    for (int i = 0; i < RAP_FINDING_COUNT; i++) {
        char sql[256];
        if (!rap_finding_schemas[i].has_span)
            continue;
        snprintf (sql, sizeof sql,
                  "SELECT count(*) FROM %s f JOIN chunk c USING (chunk_id)"
                  " WHERE substr (c.text, f.start + 1, f.\"end\" - f.start) = f.surface AND f.surface <> ''",
                  rap_finding_schemas[i].name);
        expect_rows (sql, i == RAP_FINDING_citation ? "4" : "2");
    }
    expect_rows ("SELECT surface FROM clause WHERE chunk_id = 1048576", "0 – 𝒳 “");
    expect_rows ("SELECT symbol IS NULL FROM document", "1");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_second_copy_changes_nothing)
{
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, 2, "X");
    begin (store);
    add (store, document, 0, "A/RES/70/1");
    add (store, document, 0, "other");
    commit (store);
    begin (store);
    add (store, document, 1, "A/RES/70/1");
    commit (store);
    link_all (store);
    char *before = dump ();
    begin (store);
    add (store, document, 0, "other");
    add (store, document, 1, "other");
    commit (store);
    link_all (store);
    rap_store_close (&store);
    store = open_store ();
    begin (store);
    add (store, document, 1, "other");
    commit (store);
    char *after = dump ();
    ck_assert_str_eq (before, after);
    free (before);
    free (after);
    rap_store_close (&store);
}
END_TEST

//  --- order does not matter -------------------------------------------------

//  A small generator, so that a failing order can be repeated.
static uint32_t shuffle_state;
static uint32_t draw (uint32_t below)
{
    shuffle_state = shuffle_state * 1664525u + 1013904223u;
    return (shuffle_state >> 8) % below;
}

enum { DOCUMENTS = 3, CHUNKS = 40, RESULTS = DOCUMENTS * CHUNKS * 2 };

static const char *const ids[DOCUMENTS] = {ID_A, ID_B, ID_C};
static const char *const symbols[DOCUMENTS] = {"A/RES/70/1", "A/RES/71/1", "A/RES/72/1"};

//  Every chunk of every document twice, shuffled, in groups of random size. Each
//  document cites the next one; C supersedes B.
static char *run_shuffled (uint32_t seed)
{
    uint32_t order[RESULTS];
    shuffle_state = seed;
    for (uint32_t i = 0; i < RESULTS; i++)
        order[i] = i % (DOCUMENTS * CHUNKS);
    for (uint32_t i = RESULTS - 1; seed && i > 0; i--) {
        uint32_t j = draw (i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    rap_store_t *store = open_store ();
    for (uint32_t i = 0; i < RESULTS;) {
        begin (store);
        for (uint32_t n = 1 + draw (30); n && i < RESULTS; n--, i++) {
            uint32_t which = order[i] / CHUNKS;
            rap_document_t document = document_of (ids[which], which + 1, CHUNKS, symbols[which]);
            if (which == 2)
                document.supersedes = rap_text (ID_B);
            add (store, document, order[i] % CHUNKS, symbols[(which + 1) % DOCUMENTS]);
        }
        commit (store);
        if (draw (2))
            link_all (store);
    }
    link_all (store);
    expect_rows ("SELECT state FROM document", "complete\nsuperseded\ncomplete");
    expect_rows ("SELECT count(*) FROM chunk_search WHERE chunk_search MATCH 'heed'", "120");
    rap_store_close (&store);
    char *all = dump ();
    tear_down ();
    set_up ();
    return all;
}

START_TEST (any_order_gives_the_same_rows)
{
    char *straight = run_shuffled (0);
    ck_assert_ptr_nonnull (strstr (straight, "A/RES/71/1"));
    for (uint32_t seed = 1; seed <= 5; seed++) {
        char *shuffled = run_shuffled (seed);
        ck_assert_msg (strcmp (straight, shuffled) == 0, "seed %u gives other rows", seed);
        free (shuffled);
    }
    free (straight);
}
END_TEST

START_TEST (a_number_that_is_taken_gives_the_next)
{
    rap_store_t *store = open_store ();
    add_group (store, document_of (ID_A, 5, 1, ""), 0, 1);
    add_group (store, document_of (ID_B, 5, 2, ""), 0, 1);
    add_group (store, document_of (ID_C, 0, 1, ""), 0, 1);
    rap_store_close (&store);
    store = open_store ();
    add_group (store, document_of (ID_B, 5, 2, ""), 1, 1);
    expect_rows ("SELECT document_id, number, state FROM document",
                 ID_A "|5|complete\n" ID_B "|6|complete\n" ID_C "|7|complete");
    expect_rows ("SELECT group_concat(chunk_id >> 20) FROM (SELECT chunk_id FROM chunk ORDER BY chunk_id)",
                 "5,6,6,7");
    rap_store_close (&store);
}
END_TEST

//  --- refusals --------------------------------------------------------------

static void refuse (rap_store_t *store, rap_document_t document, uint32_t ordinal, const char *why)
{
    rap_reason_t reason;
    rap_chunk_t chunk = chunk_of (ordinal);
    ck_assert_int_eq (rap_store_add (store, &document, &chunk, NULL, 0, &provenance, &reason), RAP_REFUSED);
    ck_assert_msg (strstr (reason.text, why), "%s", reason.text);
}

START_TEST (refuses_what_cannot_be_and_goes_on)
{
    rap_store_t *store = open_store ();
    add_group (store, document_of (ID_A, 1, 2, ""), 0, 1);
    begin (store);
    refuse (store, document_of (ID_A, 1, 2, ""), 2, "chunk 2 of a document of 2");
    refuse (store, document_of (ID_A, 1, 3, ""), 2, "split");
    refuse (store, document_of ("no id", 1, 3, ""), 2, "digits");
    refuse (store, document_of ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1, 3, ""), 2, "digits");
    refuse (store, document_of (ID_B, UINT64_C (1) << 40, 3, ""), 2, "2^40");
    refuse (store, document_of (ID_B, 1, UINT32_MAX, ""), 2, "at most");
    add (store, document_of (ID_A, 1, 2, ""), 1, "");
    commit (store);
    expect_rows ("SELECT document_id, stored, state FROM document", ID_A "|2|complete");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_whole_document_split_anew_is_a_copy)
{
    rap_store_t *store = open_store ();
    add_group (store, document_of (ID_A, 1, 2, ""), 0, 2);
    add_group (store, document_of (ID_A, 1, 5, ""), 0, 5);
    expect_rows ("SELECT chunks, stored, state FROM document", "2|2|complete");
    rap_store_close (&store);
}
END_TEST

//  --- quarantine ------------------------------------------------------------

START_TEST (quarantine_waits_for_the_others_and_heals)
{
    rap_document_t document = document_of (ID_A, 1, 3, "");
    rap_store_t *store = open_store ();
    add_group (store, document, 0, 1);
    notice (store, document, 1, 1, "");
    expect_state (ID_A, "receiving");
    add_group (store, document, 2, 1);
    expect_state (ID_A, "quarantined");
    expect_rows ("SELECT ordinal, cause, attempts, first_at, last_at, released_at FROM quarantine",
                 "1|worker died|3|2026-01-02|2026-01-03|NULL");
    notice (store, document, 2, 1, "2026-01-04");
    expect_state (ID_A, "receiving");
    notice (store, document, 1, 1, ""); //  the old one once more
    expect_state (ID_A, "receiving");
    add_group (store, document, 1, 1);
    expect_state (ID_A, "complete");
    expect_rows ("SELECT ordinal, released_at FROM quarantine", "1|2026-01-04");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_chunk_given_up_that_comes_after_all_is_released)
{
    rap_document_t document = document_of (ID_A, 1, 1, "");
    rap_store_t *store = open_store ();
    notice (store, document, 1, 0, "");
    expect_state (ID_A, "quarantined");
    add_group (store, document, 0, 1);
    expect_state (ID_A, "complete");
    expect_rows ("SELECT released_at FROM quarantine", "2026-01-03");
    rap_store_close (&store);
    tear_down ();
    set_up ();
    store = open_store ();
    add_group (store, document, 0, 1);
    notice (store, document, 1, 0, "");
    expect_state (ID_A, "complete");
    expect_rows ("SELECT released_at FROM quarantine", "2026-01-03");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_document_refused_whole_can_be_read_later)
{
    rap_store_t *store = open_store ();
    rap_document_t unread = document_of (ID_A, 4, 0, "");
    unread.title = RAP_TEXT ("");
    notice (store, unread, 1, UINT32_MAX, "");
    expect_rows ("SELECT state, chunks, title FROM document", "quarantined|0|");
    expect_rows ("SELECT ordinal FROM quarantine", "-1");
    notice (store, unread, 2, UINT32_MAX, "2026-01-04");
    expect_rows ("SELECT state, chunks, title FROM document", "receiving|0|");
    add_group (store, document_of (ID_A, 4, 2, "A/1"), 0, 2);
    expect_rows ("SELECT state, chunks, stored, title, symbol, number FROM document", "complete|2|2|A paper|A/1|4");
    rap_store_close (&store);
}
END_TEST

//  --- what is held ----------------------------------------------------------

static void note_run (void *self, rap_range_t run)
{
    char *out = self;
    sprintf (out + strlen (out), "%u+%u ", run.first, run.count);
}

static void expect_held (rap_store_t *store, const char *id, uint32_t first, uint32_t count, const char *expected)
{
    rap_reason_t reason;
    char runs[256] = "";
    rap_range_t range = {.document_id = rap_text (id), .first = first, .count = count};
    ck_assert_int_eq (rap_store_held (store, range, note_run, runs, &reason), RAP_OK);
    ck_assert_str_eq (runs, expected);
}

START_TEST (tells_what_it_holds)
{
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 3, 10, "");
    add_group (store, document_of (ID_B, 2, 4, ""), 0, 4);
    add_group (store, document, 0, 2);
    add_group (store, document, 4, 3);
    add_group (store, document, 9, 1);
    expect_held (store, ID_A, 0, 10, "0+2 4+3 9+1 ");
    expect_held (store, ID_A, 5, 3, "5+2 ");
    expect_held (store, ID_A, 2, 2, "");
    expect_held (store, ID_A, 4, UINT32_MAX, "4+3 9+1 ");
    expect_held (store, ID_A, UINT32_MAX, UINT32_MAX, "");
    expect_held (store, ID_C, 0, 10, "");
    expect_held (store, "' OR 1", 0, 10, "");
    begin (store);
    add (store, document, 3, "");
    rap_store_rollback (store);
    expect_held (store, ID_A, 0, 5, "0+2 4+1 ");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_rollback_leaves_nothing_and_forgets_new_documents)
{
    rap_store_t *store = open_store ();
    begin (store);
    add (store, document_of (ID_A, 3, 1, ""), 0, "");
    rap_store_rollback (store);
    expect_rows ("SELECT count(*) FROM document", "0");
    add_group (store, document_of (ID_B, 3, 1, ""), 0, 1);
    add_group (store, document_of (ID_A, 3, 1, ""), 0, 1);
    expect_rows ("SELECT number, state FROM document ORDER BY number", "3|complete\n4|complete");
    expect_rows ("SELECT count(*) FROM chunk_search WHERE chunk_search MATCH 'heed'", "2");
    rap_store_close (&store);
}
END_TEST

//  --- linking ---------------------------------------------------------------

static const char *const cited_sql = "SELECT d.symbol, c.symbol, t.symbol FROM citation c JOIN document d"
                                     " ON d.number = c.chunk_id >> 20 LEFT JOIN document t"
                                     " ON t.document_id = c.target_document_id GROUP BY 1, 2, 3 ORDER BY 1, 2";

static void add_citing (rap_store_t *store, rap_document_t document, const char *cited)
{
    begin (store);
    for (uint32_t i = 0; i < document.chunks; i++)
        add (store, document, i, cited);
    commit (store);
    link_all (store);
}

START_TEST (citations_find_their_targets_in_both_directions)
{
    rap_store_t *store = open_store ();
    add_citing (store, document_of (ID_A, 1, 2, "A/1"), "A/2");
    expect_rows (cited_sql, "A/1|A/2|NULL");
    rap_document_t joint = document_of (ID_B, 2, 2, "A/3");
    joint.other_symbols = RAP_TEXT ("[\"A/2\", 7, \"\"]");
    begin (store);
    add (store, joint, 0, "A/1");
    commit (store);
    link_all (store);
    expect_rows ("SELECT count(target_document_id) FROM citation", "0"); //  only half of it is here
    begin (store);
    add (store, joint, 1, "A/1");
    commit (store);
    link_all (store);
    expect_rows (cited_sql, "A/1|A/2|A/3\nA/3|A/1|A/1");
    rap_store_close (&store);
}
END_TEST

START_TEST (other_symbols_that_are_no_json_do_no_harm)
{
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, 1, "A/1");
    document.other_symbols = RAP_TEXT ("[\"A/2");
    add_citing (store, document, "A/1");
    expect_rows (cited_sql, "A/1|A/1|A/1");
    rap_store_close (&store);
}
END_TEST

START_TEST (a_newer_version_supersedes_and_is_cited_instead)
{
    for (int newer_first = 0; newer_first < 2; newer_first++) {
        rap_store_t *store = open_store ();
        rap_document_t old = document_of (ID_A, 1, 1, "A/1"), new = document_of (ID_B, 2, 1, "A/1");
        new.supersedes = rap_text (ID_A);
        add_citing (store, document_of (ID_C, 3, 1, "A/9"), "A/1");
        add_citing (store, newer_first ? new : old, "");
        expect_state (newer_first ? ID_B : ID_A, "complete");
        add_citing (store, newer_first ? old : new, "");
        expect_rows ("SELECT document_id, state FROM document",
                     ID_A "|superseded\n" ID_B "|complete\n" ID_C "|complete");
        expect_rows ("SELECT DISTINCT target_document_id FROM citation WHERE symbol = 'A/1'", ID_B);
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

START_TEST (asks_of_the_secretariat_become_mandates)
{
    rap_reason_t reason;
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, 2, "A/RES/70/1");
    rap_finding_t asks[3];
    static const char *const actors[] = {"unodc", "member-states", "sg"};
    for (int i = 0; i < 3; i++)
        asks[i] = (rap_finding_t){.kind = RAP_FINDING_clause,
                                  .end = 4,
                                  .values = {{.integer = i + 1},
                                             {.text = RAP_TEXT ("Requests")},
                                             {.text = RAP_TEXT ("request")},
                                             {.integer = 4},
                                             {.text = RAP_TEXT ("Office")},
                                             {.text = rap_text (actors[i])},
                                             {.text = RAP_TEXT ("report")},
                                             {.text = RAP_TEXT ("")},
                                             {.text = RAP_TEXT ("next session")},
                                             {.text = RAP_TEXT ("r")},
                                             {.real = 1}}};
    rap_chunk_t plain = chunk_of (0), nested = chunk_of (1);
    plain.kind = RAP_OPERATIVE;
    nested.part = RAP_TEXT ("draft resolution I");
    begin (store);
    ck_assert_int_eq (rap_store_add (store, &document, &plain, asks, 3, &provenance, &reason), RAP_OK);
    ck_assert_int_eq (rap_store_add (store, &document, &nested, asks, 1, &provenance, &reason), RAP_OK);
    commit (store);
    link_all (store);
    expect_rows ("SELECT resolution, clause, seq, verb, addressee, action, due FROM mandate",
                 "A/RES/70/1|1|1|Requests|Office|report|next session\n"
                 "A/RES/70/1|1|3|Requests|Office|report|next session\n"
                 "A/RES/70/1, draft resolution I|1|1|Requests|Office|report|next session");
    rap_store_close (&store);
}
END_TEST

static void add_resolution (rap_store_t *store)
{
    rap_reason_t reason;
    rap_document_t document = document_of (ID_A, 1, 2, "A/RES/70/1");
    rap_chunk_t clause = chunk_of (1);
    clause.text = RAP_TEXT ("Requests the Office to dig wells in the dry regions.");
    rap_finding_t ask = {.kind = RAP_FINDING_clause,
                         .end = 8,
                         .values = {{.integer = 1},
                                    {.text = RAP_TEXT ("Requests")},
                                    {.text = RAP_TEXT ("request")},
                                    {.integer = 4},
                                    {.text = RAP_TEXT ("Office")},
                                    {.text = RAP_TEXT ("unodc")},
                                    {.text = RAP_TEXT ("dig wells in the dry regions")},
                                    {.text = RAP_TEXT ("")},
                                    {.text = RAP_TEXT ("")},
                                    {.text = RAP_TEXT ("r")},
                                    {.real = 1}}};
    begin (store);
    rap_chunk_t masthead = chunk_of (0);
    ck_assert_int_eq (rap_store_add (store, &document, &masthead, NULL, 0, &provenance, &reason), RAP_OK);
    ck_assert_int_eq (rap_store_add (store, &document, &clause, &ask, 1, &provenance, &reason), RAP_OK);
    commit (store);
    link_all (store);
}

//  A report that says what it is written pursuant to, in its first paragraph.
static void add_report (rap_store_t *store, const char *id, uint64_t number, const char *supersedes)
{
    static const char *const texts[] = {"", "The report was written pursuant to resolution 70/1.",
                                        "The Board met twice.", "Sixty wells were dug in the dry regions."};
    rap_reason_t reason;
    rap_document_t document = document_of (id, number, 4, "");
    document.kind = RAP_TEXT ("report");
    document.title = RAP_TEXT ("Wells");
    document.supersedes = rap_text (supersedes);
    rap_finding_t cites = {.kind = RAP_FINDING_citation,
                           .start = 4,
                           .end = 6,
                           .values = {{.text = RAP_TEXT ("A/RES/70/1")},
                                      {.text = RAP_TEXT ("")},
                                      {.text = RAP_TEXT ("pursuant")},
                                      {.text = RAP_TEXT ("r")},
                                      {.real = 1}}};
    begin (store);
    for (uint32_t i = 0; i < 4; i++) {
        char label[4];
        rap_chunk_t chunk = chunk_of (i);
        snprintf (label, sizeof label, "%u", i);
        chunk.kind = i ? RAP_PARAGRAPH : RAP_MASTHEAD;
        chunk.label = rap_text (label);
        chunk.text = rap_text (texts[i]);
        chunk.marks_count = 0;
        ck_assert_int_eq (rap_store_add (store, &document, &chunk, &cites, i == 1, &provenance, &reason), RAP_OK);
    }
    commit (store);
    link_all (store);
}

static const char answers_sql[] =
    "SELECT u.resolution, u.clause, u.seq, u.report_document_id, u.status, u.rank, c.label, u.evidence"
    " FROM mandate_followup u JOIN chunk c ON c.chunk_id = u.evidence_chunk_id WHERE u.rank = 1";

START_TEST (mandates_are_answered_whichever_came_first)
{
    for (int report_first = 0; report_first < 2; report_first++) {
        rap_store_t *store = open_store ();
        if (report_first)
            add_report (store, ID_B, 2, "");
        expect_rows ("SELECT count(*) FROM mandate_followup", "0");
        add_resolution (store);
        if (!report_first)
            add_report (store, ID_B, 2, "");
        expect_rows (answers_sql, "A/RES/70/1|1|1|" ID_B "|answered|1|3|Sixty wells were dug in the dry regions.");
        //  A newer version of the report answers instead.
        add_report (store, ID_C, 3, ID_B);
        expect_rows (answers_sql, "A/RES/70/1|1|1|" ID_C "|answered|1|3|Sixty wells were dug in the dry regions.");
        expect_rows ("SELECT count(*) FROM mandate_followup WHERE report_document_id = '" ID_B "'", "0");
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

//  A report of one paragraph that counts pilots, and States parties.
static void add_count (rap_store_t *store, const char *id, uint64_t number, const char *text, double value)
{
    rap_reason_t reason;
    rap_document_t document = document_of (id, number, 2, "");
    document.kind = RAP_TEXT ("report");
    document.title = RAP_TEXT ("");
    rap_chunk_t masthead = chunk_of (0), paragraph = chunk_of (1);
    paragraph.kind = RAP_PARAGRAPH;
    paragraph.text = rap_text (text);
    paragraph.marks_count = 0;
    uint32_t at = (uint32_t)(strstr (text, " pilots") - text);
    rap_finding_t findings[] = {{.kind = RAP_FINDING_quantity,
                                 .start = at - 2,
                                 .end = at + 7,
                                 .values = {{.real = value},
                                            {.text = RAP_TEXT ("count")},
                                            {.text = RAP_TEXT ("")},
                                            {.text = RAP_TEXT ("")},
                                            {.text = RAP_TEXT ("exact")},
                                            {.text = RAP_TEXT ("pilots")},
                                            {.text = RAP_TEXT ("r")},
                                            {.real = 1}}},
                                {.kind = RAP_FINDING_adherence,
                                 .start = 0,
                                 .end = 3,
                                 .values = {{.text = RAP_TEXT ("sea-pact")},
                                            {.integer = (int64_t)value + 100},
                                            {.text = RAP_TEXT ("")},
                                            {.text = RAP_TEXT ("r")},
                                            {.real = 1}}}};
    begin (store);
    ck_assert_int_eq (rap_store_add (store, &document, &masthead, NULL, 0, &provenance, &reason), RAP_OK);
    ck_assert_int_eq (rap_store_add (store, &document, &paragraph, findings, 2, &provenance, &reason), RAP_OK);
    commit (store);
    link_all (store);
}

START_TEST (counts_of_the_same_thing_make_a_series_whichever_came_first)
{
    static const char *const texts[] = {"The harbour schools taught 31 pilots to read the new charts of the bay.",
                                        "The harbour schools taught 44 pilots to read the new charts of the bay.",
                                        "Last winter storms kept 19 pilots from their families on the islands."};
    static const double values[] = {31, 44, 19};
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    for (int order = 0; order < 3; order++) {
        rap_store_t *store = open_store ();
        for (int i = 0; i < 3; i++) {
            int which = orders[order][i];
            add_count (store, ids[which], (uint64_t)which + 1, texts[which], values[which]);
        }
        expect_rows (
            "SELECT s.name, s.measure, p.document_id, p.value, p.surface FROM series s"
            " JOIN series_point p USING (series_id) ORDER BY 1, 4",
            "States parties: sea-pact|count|" ID_C "|119.0|Las\n"
            "States parties: sea-pact|count|" ID_A "|131.0|The\n"
            "States parties: sea-pact|count|" ID_B "|144.0|The\n"
            "The harbour schools taught … pilots to read the new charts of the bay.|count|" ID_A "|31.0|31 pilots\n"
            "The harbour schools taught … pilots to read the new charts of the bay.|count|" ID_B "|44.0|44 pilots");
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

//  A chunk with a text of its own and at most one citation.
static void add_line (rap_store_t *store, const rap_document_t *document, rap_chunk_kind_t kind, uint32_t ordinal,
                      const char *part, const char *text, const char *const *cited)
{
    rap_reason_t reason;
    rap_chunk_t chunk = chunk_of (ordinal);
    rap_finding_t citations[2] = {{0}};
    uint32_t count = 0;
    chunk.kind = kind;
    chunk.part = rap_text (part);
    chunk.text = rap_text (text);
    chunk.marks_count = 0;
    for (; cited && cited[count]; count++)
        citations[count] = (rap_finding_t){.kind = RAP_FINDING_citation,
                                           .start = count,
                                           .end = count + 1,
                                           .values = {{.text = rap_text (cited[count])},
                                                      {.text = RAP_TEXT ("")},
                                                      {.text = RAP_TEXT ("other")},
                                                      {.text = RAP_TEXT ("r")},
                                                      {.real = 1}}};
    ck_assert_int_eq (rap_store_add (store, document, &chunk, citations, count, &provenance, &reason), RAP_OK);
}

static void add_committee_report (rap_store_t *store)
{
    static const char *const introduced[] = {"E/RES/2035/7", "A/C.3/90/L.2", NULL}, *const adopted[] = {
                                                                                        "A/C.3/90/L.2", NULL};
    rap_document_t document = document_of (ID_A, 1, 5, "A/90/407");
    document.kind = RAP_TEXT ("committee-report");
    document.title = RAP_TEXT ("Report of the Third Committee");
    document.session = RAP_TEXT ("Ninetieth session");
    begin (store);
    add_line (store, &document, RAP_MASTHEAD, 0, "", "General Assembly", NULL);
    add_line (store, &document, RAP_PARAGRAPH, 1, "",
              "In its resolution 2035/7 the Council recommended draft resolution A/C.3/90/L.2.", introduced);
    add_line (store, &document, RAP_PARAGRAPH, 2, "",
              "The Committee adopted draft resolution A/C.3/90/L.2 (see para. 9, draft resolution I).", adopted);
    add_line (store, &document, RAP_HEADING, 3, "draft resolution I", "Draft resolution I Lamps of the north", NULL);
    add_line (store, &document, RAP_OPERATIVE, 4, "draft resolution I", "Lights the lamps.", NULL);
    commit (store);
    link_all (store);
}

static void add_adopted (rap_store_t *store, const char *id, uint64_t number, const char *symbol, const char *session)
{
    rap_document_t document = document_of (id, number, 2, symbol);
    document.title = RAP_TEXT ("Lamps of the north");
    document.session = rap_text (session);
    begin (store);
    add_line (store, &document, RAP_MASTHEAD, 0, "", "General Assembly", NULL);
    add_line (store, &document, RAP_OPERATIVE, 1, "", "Lights the lamps.", NULL);
    commit (store);
    link_all (store);
}

START_TEST (drafts_become_adopted_texts_whichever_came_first)
{
    for (int report_first = 0; report_first < 2; report_first++) {
        rap_store_t *store = open_store ();
        if (report_first)
            add_committee_report (store);
        add_adopted (store, ID_B, 2, "A/RES/90/33", "Ninetieth session");
        add_adopted (store, ID_C, 3, "A/RES/91/34", "Ninety-first session"); //  the same title a year later
        if (!report_first)
            add_committee_report (store);
        expect_rows ("SELECT symbol, stage, related_symbol, chunk_id & 1048575 FROM lifecycle ORDER BY stage",
                     "A/C.3/90/L.2|draft|A/90/407, draft resolution I|2\n"
                     "E/RES/2035/7|proposed|A/C.3/90/L.2|1\n"
                     "A/90/407, draft resolution I|recommended|A/RES/90/33|3");
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

static void add_ask (rap_store_t *store, const char *id, uint64_t number, const char *symbol, const char *action,
                     const char *supersedes)
{
    rap_reason_t reason;
    rap_document_t document = document_of (id, number, 1, symbol);
    document.supersedes = rap_text (supersedes);
    rap_chunk_t clause = chunk_of (0);
    clause.kind = RAP_OPERATIVE;
    rap_finding_t ask = {.kind = RAP_FINDING_clause,
                         .end = 8,
                         .values = {{.integer = 1},
                                    {.text = RAP_TEXT ("Requests")},
                                    {.text = RAP_TEXT ("request")},
                                    {.integer = 4},
                                    {.text = RAP_TEXT ("Office")},
                                    {.text = RAP_TEXT ("unodc")},
                                    {.text = rap_text (action)},
                                    {.text = RAP_TEXT ("")},
                                    {.text = RAP_TEXT ("")},
                                    {.text = RAP_TEXT ("r")},
                                    {.real = 1}}};
    begin (store);
    ck_assert_int_eq (rap_store_add (store, &document, &clause, &ask, 1, &provenance, &reason), RAP_OK);
    commit (store);
    link_all (store);
}

static const char clusters_sql[] = "SELECT times, resolution FROM dashboard_mandate_clusters ORDER BY 2";

//  Alike to one is alike to all: the second ask holds the others together.
START_TEST (the_same_ask_again_is_of_one_cluster)
{
    static const char *const asks[] = {"light all lamps along the northern coast before winter storms begin",
                                       "light all lamps along the northern coast before autumn storms begin",
                                       "light all lamps along the southern shore before autumn storms begin",
                                       "count the ferries that cross the bay in summer"};
    static const char *const names[] = {"A/RES/1", "A/RES/2", "A/RES/3", "A/RES/4"},
                             *const four[] = {ID_A, ID_B, ID_C, "dddddddddddddddddddddddddddddddd"};
    char first[32] = "";
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 0, 1}, {2, 0, 3, 1}};
    for (int order = 0; order < 3; order++) {
        rap_store_t *store = open_store ();
        for (int i = 0; i < 4; i++) {
            int which = orders[order][i];
            add_ask (store, four[which], (uint64_t)which + 1, names[which], asks[which], "");
        }
        expect_rows (clusters_sql, "3|A/RES/1\n3|A/RES/2\n3|A/RES/3");
        char *name = rows_of ("SELECT DISTINCT cluster FROM mandate_cluster");
        ck_assert_msg (!*first || strcmp (first, name) == 0, "%s in another order, %s", name, first);
        snprintf (first, sizeof first, "%s", name);
        free (name);
        //  A newer text without the ask takes the middle away; what it held together falls apart.
        add_ask (store, "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", 5, "A/RES/2",
                 "close the old quay of the harbour for good", ID_B);
        expect_rows (clusters_sql, "");
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

static void count_told (void *self, const char *document_id, const char *report)
{
    ck_assert_ptr_nonnull (strstr (report, document_id));
    ++*(int *)self;
}

START_TEST (what_was_not_linked_is_linked_after_the_next_start)
{
    rap_reason_t reason;
    rap_store_t *store = open_store ();
    int told = 0;
    for (uint64_t i = 1; i <= 300; i++) { //  more than one transaction links
        char id[RAP_DOCUMENT_ID_SIZE];
        snprintf (id, sizeof id, "%032" PRIx64, i);
        add_group (store, document_of (id, i, 1, "A/RES/70/1"), 0, 1);
    }
    rap_store_close (&store);
    store = open_store ();
    ck_assert_int_eq (rap_store_link (store, count_told, &told, &reason), RAP_AGAIN);
    ck_assert_int_eq (rap_store_link (store, count_told, &told, &reason), RAP_OK);
    ck_assert_int_eq (told, 300);
    ck_assert_int_eq (rap_store_link (store, count_told, &told, &reason), RAP_OK);
    ck_assert_int_eq (told, 300);
    expect_rows ("SELECT count(*), count(DISTINCT target_document_id) FROM citation WHERE target_document_id"
                 " = '00000000000000000000000000000001'",
                 "600|1");
    rap_store_close (&store);
}
END_TEST

START_TEST (dashboards_answer)
{
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, 2, "A/1");
    add_citing (store, document, "A/1");
    notice (store, document_of (ID_B, 2, 3, ""), 1, 2, "");
    char *names = rows_of ("SELECT name FROM sqlite_schema WHERE name LIKE 'dashboard!_%' ESCAPE '!'");
    int views = 0;
    for (char *name = strtok (names, "\n"); name; name = strtok (NULL, "\n"), views++) {
        char sql[128];
        snprintf (sql, sizeof sql, "SELECT * FROM %s", name);
        free (rows_of (sql));
    }
    free (names);
    ck_assert_int_ge (views, 10);
    expect_rows ("SELECT citing, cited, target_title, count(*) FROM dashboard_citations", "A/1|A/1|A paper|4");
    expect_rows ("SELECT parties, change FROM dashboard_adherence", "4|NULL\n4|0");
    expect_rows ("SELECT actor, mentions, paragraphs FROM dashboard_actors", "actor|2|2");
    expect_rows ("SELECT symbol, percent, state FROM dashboard_documents", "A/1|100.0|complete\nNULL|0.0|receiving");
    expect_rows ("SELECT document_id, ordinal, cause FROM dashboard_quarantine", ID_B "|2|worker died");
    expect_rows ("SELECT worker, chunks, repeated FROM dashboard_throughput", "w1|2|0");
    expect_rows ("SELECT documents, complete, receiving, chunks, stored FROM dashboard_overview", "2|1|1|5|2");
    rap_store_close (&store);
}
END_TEST

//  --- the file --------------------------------------------------------------

static void make_file (const char *sql, size_t len)
{
    sqlite3 *db;
    char *copy = strndup (sql, len);
    ck_assert_int_eq (sqlite3_open (path, &db), SQLITE_OK);
    ck_assert_msg (sqlite3_exec (db, copy, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg (db));
    sqlite3_close (db);
    free (copy);
}

static void expect_unusable (const char *why)
{
    rap_reason_t reason;
    ck_assert_ptr_null (rap_store_open (path, &reason));
    ck_assert_msg (strstr (reason.text, why), "%s", reason.text);
}

extern const char rap_schema_sql[];

START_TEST (a_file_of_the_first_version_is_migrated)
{
    const char *first = strstr (rap_schema_sql, "--- version 1"), *second = strstr (rap_schema_sql, "--- version 2");
    make_file (first, (size_t)(second - first));
    static const char rows[] =
        "INSERT INTO document (document_id, source, symbol, other_symbols, title, kind, body, session, agenda_item,"
        " language, sha256, bytes, chunks, stored, state, splitter, pipeline, received_at, number, linked) VALUES"
        " ('" ID_A "', '', 'A/1', '[]', '', '', '', '', '', '', '', 1, 1, 1, 'complete', '', '', '', 1, 1);"
        "INSERT INTO chunk VALUES (1048576, '" ID_A "', 0, 'text', '', '', '[]', 'of A/1', 0, 6);"
        "INSERT INTO citation VALUES (1048576, 0, 3, 6, 'A/1', 'A/1', '', 'other', NULL, 'r', 1.0);"
        "CREATE VIEW dashboard_of_old AS SELECT 1; PRAGMA user_version = 1";
    make_file (rows, sizeof rows - 1);
    rap_store_t *store = open_store ();
    char version[16];
    snprintf (version, sizeof version, "%d", rap_store_version ());
    expect_rows ("PRAGMA user_version", version);
    expect_rows ("SELECT count(*) FROM sqlite_schema WHERE name = 'dashboard_of_old'", "0");
    link_all (store);
    expect_rows ("SELECT target_document_id FROM citation", ID_A);
    add_group (store, document_of (ID_B, 2, 1, ""), 0, 1);
    expect_rows ("SELECT count(*) FROM provenance", "1");
    rap_store_close (&store);
}
END_TEST

START_TEST (refuses_what_is_not_ours)
{
    static const char newer[] = "CREATE TABLE t (x); PRAGMA user_version = 1000";
    make_file (newer, sizeof newer - 1);
    expect_unusable ("newer than ours");
    unlink (path);
    static const char other[] = "CREATE TABLE t (x)";
    make_file (other, sizeof other - 1);
    expect_unusable ("another program");
    unlink (path);
    FILE *text = fopen (path, "w");
    for (int i = 0; i < 1000; i++)
        fputs ("This is no database.\n", text);
    fclose (text);
    expect_unusable ("not a database");
    unlink (path);
    rap_store_t *store = open_store ();
    expect_unusable ("another sink");
    rap_store_close (&store);
    snprintf (path, sizeof path, "%s/no/x.db", folder);
    expect_unusable ("No such file");
    snprintf (path, sizeof path, "%s/x.db", folder);
}
END_TEST

//  --- faults ----------------------------------------------------------------

enum { KILL_CHUNKS = 400, KILL_GROUP = 7 };

//  Stores until it is killed; says after each commit how many are on disk.
static void store_for_ever (int said)
{
    rap_store_t *store = open_store ();
    for (uint32_t i = 0; i < KILL_CHUNKS; i += KILL_GROUP) {
        begin (store);
        for (uint32_t j = i; j < i + KILL_GROUP && j < KILL_CHUNKS; j++)
            add (store, document_of (ID_A, 1, KILL_CHUNKS, "A/1"), j, "A/1");
        commit (store);
        uint32_t stored = i + KILL_GROUP;
        if (write (said, &stored, sizeof stored) != sizeof stored)
            _exit (1);
    }
    pause ();
    _exit (1);
}

START_TEST (what_was_committed_outlives_a_kill)
{
    for (uint32_t round = 0; round < 4; round++) {
        int ends[2];
        ck_assert_int_eq (pipe (ends), 0);
        pid_t child = fork ();
        if (child == 0)
            store_for_ever (ends[1]);
        close (ends[1]);
        uint32_t stored = 0;
        for (uint32_t heard = 0; heard <= round * 3; heard++) //  after a few commits, wherever it is then
            ck_assert_int_eq (read (ends[0], &stored, sizeof stored), sizeof stored);
        kill (child, SIGKILL);
        ck_assert_int_eq (waitpid (child, NULL, 0), child);
        close (ends[0]);

        rap_store_t *store = open_store ();
        char *count = rows_of ("SELECT stored FROM document");
        ck_assert_uint_ge (strtoul (count, NULL, 10), stored);
        free (count);
        expect_rows ("SELECT (SELECT stored FROM document) - count(*) FROM chunk", "0");
        expect_rows ("SELECT (SELECT stored FROM document) - count(*) FROM provenance", "0");
        expect_rows ("SELECT (SELECT stored FROM document) - count(*) FROM clause", "0");
        expect_rows ("SELECT (SELECT stored FROM document) - count(*) FROM chunk_search"
                     " WHERE chunk_search MATCH 'heed'",
                     "0");
        add_group (store, document_of (ID_A, 1, KILL_CHUNKS, "A/1"), 0, KILL_CHUNKS);
        expect_rows ("SELECT state, stored FROM document", "complete|400");
        expect_rows ("SELECT count(*) FROM citation", "800");
        expect_rows ("PRAGMA integrity_check", "ok");
        rap_store_close (&store);
        tear_down ();
        set_up ();
    }
}
END_TEST

//  A limit on the size of files stands for a disk that is full.
START_TEST (a_full_disk_loses_the_group_and_nothing_else)
{
    rap_reason_t reason = {""};
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, 5000, "A/1");
    add_group (store, document, 0, 10);
    struct rlimit full = {.rlim_cur = 512 * 1024, .rlim_max = RLIM_INFINITY}, roomy = full;
    roomy.rlim_cur = RLIM_INFINITY;
    signal (SIGXFSZ, SIG_IGN);
    ck_assert_int_eq (setrlimit (RLIMIT_FSIZE, &full), 0);
    rap_status_t status = RAP_OK;
    uint32_t stored = 10;
    for (uint32_t group = 10; status == RAP_OK && group < 5000; group += 50) {
        rap_finding_t findings[FINDINGS];
        findings_of (findings, "A/1");
        ck_assert_int_eq (rap_store_begin (store, &reason), RAP_OK);
        for (uint32_t i = group; status == RAP_OK && i < group + 50; i++) {
            rap_chunk_t chunk = chunk_of (i);
            status = rap_store_add (store, &document, &chunk, findings, FINDINGS, &provenance, &reason);
        }
        if (status == RAP_OK)
            status = rap_store_commit (store, &reason);
        if (status == RAP_OK)
            stored += 50;
    }
    ck_assert_int_eq (status, RAP_FAILED);
    ck_assert_msg (strstr (reason.text, "disk"), "%s", reason.text);
    setrlimit (RLIMIT_FSIZE, &roomy);
    char expected[16];
    snprintf (expected, sizeof expected, "%u", stored);
    expect_rows ("SELECT count(*) FROM chunk", expected);
    add_group (store, document, stored, 200); //  the same store goes on
    snprintf (expected, sizeof expected, "%u", stored + 200);
    expect_rows ("SELECT stored FROM document", expected);
    expect_rows ("SELECT count(*) FROM chunk", expected);
    expect_rows ("SELECT count(*) FROM chunk_search WHERE chunk_search MATCH 'heed'", expected);
    expect_rows ("PRAGMA integrity_check", "ok");
    rap_store_close (&store);
}
END_TEST

//  --- the full-text index -----------------------------------------------------

//  What SQLite's own words of the texts would be is what the index holds.
static void expect_index_whole (void)
{
    sqlite3 *db;
    ck_assert_int_eq (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_msg (sqlite3_exec (db, "INSERT INTO chunk_search (chunk_search, rank) VALUES ('integrity-check', 1)",
                                 NULL, NULL, NULL)
                       == SQLITE_OK,
                   "%s", sqlite3_errmsg (db));
    sqlite3_close (db);
}

//  Any characters of one byte, and here and there one of more.
static size_t draw_text (char *text, size_t len, bool ascii)
{
    size_t at = 0;
    while (at < len) {
        const char *more = ascii || draw (20) ? NULL : draw (2) ? "É" : "–";
        if (more) {
            at += (size_t)sprintf (text + at, "%s", more);
            continue;
        }
        text[at++] = (char)(draw (4) ? 'A' + (char)draw (58) : 1 + (char)draw (127));
    }
    return at;
}

START_TEST (words_are_those_of_sqlite)
{
    enum { WORDS_CHUNKS = 400 };
    char text[512];
    rap_reason_t reason;
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, WORDS_CHUNKS, "");
    shuffle_state = 7;
    begin (store);
    for (uint32_t i = 0; i < WORDS_CHUNKS; i++) {
        rap_chunk_t chunk = chunk_of (i);
        chunk.text = rap_text_of (text, draw_text (text, draw (500), i % 3));
        chunk.sections_count = i % 3;
        ck_assert_int_eq (rap_store_add (store, &document, &chunk, NULL, 0, &provenance, &reason), RAP_OK);
    }
    commit (store);
    rap_store_close (&store);
    expect_index_whole ();
}
END_TEST

//  More than is kept in memory: parts of it go to the tables before the commit.
START_TEST (a_large_group_is_whole_or_not_there)
{
    enum { LARGE_CHUNKS = 300, LARGE_TEXT = 60000 };
    static char text[LARGE_TEXT];
    rap_reason_t reason;
    rap_finding_t findings[FINDINGS];
    rap_store_t *store = open_store ();
    rap_document_t document = document_of (ID_A, 1, LARGE_CHUNKS, "");
    findings_of (findings, "A/RES/70/1");
    for (int round = 0; round < 2; round++) {
        begin (store);
        for (uint32_t i = 0; i < 2 * LARGE_CHUNKS; i++) { //  all of them twice, the first time backwards
            rap_chunk_t chunk = chunk_of (i < LARGE_CHUNKS ? LARGE_CHUNKS - 1 - i : i - LARGE_CHUNKS);
            memset (text, ' ', sizeof text);
            memcpy (text, TEXT, sizeof TEXT - 1);
            snprintf (text + LARGE_TEXT - 10, 10, " word%u", chunk.ordinal);
            chunk.text = rap_text_of (text, LARGE_TEXT - 1);
            ck_assert_int_eq (rap_store_add (store, &document, &chunk, findings, FINDINGS, &provenance, &reason),
                              RAP_OK);
            ck_assert_int_eq (rap_store_was_new (store), i < LARGE_CHUNKS);
        }
        if (round == 0)
            rap_store_rollback (store);
        else
            commit (store);
        expect_rows ("SELECT count (*) FROM chunk", round ? "300" : "0");
    }
    rap_store_close (&store);
    expect_rows ("SELECT count (*), sum (surface <> '') FROM citation", "600|600");
    expect_rows ("SELECT count (*) FROM provenance_chunk", "300");
    expect_rows ("SELECT count (*) FROM chunk_search WHERE chunk_search MATCH 'heed'", "300");
    expect_rows ("SELECT rowid & 1023 FROM chunk_search WHERE chunk_search MATCH 'word77'", "77");
    expect_index_whole ();
}
END_TEST

static Suite *suite (void)
{
    Suite *s = suite_create ("store");
    TCase *t = tcase_create ("store");
    tcase_add_checked_fixture (t, set_up, tear_down);
    tcase_set_timeout (t, 120);
    tcase_add_test (t, stores_every_public_table);
    tcase_add_test (t, surface_is_what_the_span_says);
    tcase_add_test (t, a_second_copy_changes_nothing);
    tcase_add_test (t, any_order_gives_the_same_rows);
    tcase_add_test (t, a_number_that_is_taken_gives_the_next);
    tcase_add_test (t, refuses_what_cannot_be_and_goes_on);
    tcase_add_test (t, a_whole_document_split_anew_is_a_copy);
    tcase_add_test (t, quarantine_waits_for_the_others_and_heals);
    tcase_add_test (t, a_chunk_given_up_that_comes_after_all_is_released);
    tcase_add_test (t, a_document_refused_whole_can_be_read_later);
    tcase_add_test (t, tells_what_it_holds);
    tcase_add_test (t, a_rollback_leaves_nothing_and_forgets_new_documents);
    tcase_add_test (t, citations_find_their_targets_in_both_directions);
    tcase_add_test (t, other_symbols_that_are_no_json_do_no_harm);
    tcase_add_test (t, a_newer_version_supersedes_and_is_cited_instead);
    tcase_add_test (t, asks_of_the_secretariat_become_mandates);
    tcase_add_test (t, mandates_are_answered_whichever_came_first);
    tcase_add_test (t, counts_of_the_same_thing_make_a_series_whichever_came_first);
    tcase_add_test (t, drafts_become_adopted_texts_whichever_came_first);
    tcase_add_test (t, the_same_ask_again_is_of_one_cluster);
    tcase_add_test (t, what_was_not_linked_is_linked_after_the_next_start);
    tcase_add_test (t, dashboards_answer);
    tcase_add_test (t, a_file_of_the_first_version_is_migrated);
    tcase_add_test (t, refuses_what_is_not_ours);
    tcase_add_test (t, what_was_committed_outlives_a_kill);
    tcase_add_test (t, a_full_disk_loses_the_group_and_nothing_else);
    tcase_add_test (t, words_are_those_of_sqlite);
    tcase_add_test (t, a_large_group_is_whole_or_not_there);
    suite_add_tcase (s, t);
    return s;
}

int main (void)
{
    SRunner *runner = srunner_create (suite ());
    srunner_run_all (runner, CK_ENV);
    int failures = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
