//  target: documents that cite each other, read, extracted, stored and linked in every
//  order: what is cited is found all the same.

#include <sqlite3.h>
#include <unistd.h>

#include "facts.h"
#include "reading.h"
#include "store.h"

typedef struct {
    const char *symbol; //  as the operator states it
    const char *text;
} paper_t;

enum { PAPERS = 7 };
static const paper_t papers[PAPERS] = {
    {"A/RES/57/270B", "Wells\nAll wells are open.\n"}, //  the letter is printed either way
    {"A/RES/31/6", "Lids\nA\nAll lids are shut.\n"},   //  a text of several parts
    {"E/2018/30", "Report\nThe Commission met.\n"},
    {"A/79/55/Rev.1", "Ropes\nThe ropes are new.\n"},
    {"A/90/1", "Report\n1. General Assembly resolutions 57/270 B, 31/6 A and 31/6 C were read, and so was A/79/55.\n"
               "2. Commission on Crime Prevention and Criminal Justice resolution 27/4 was read.\n"},
    {"A/90/2", "Report\n1. On wells see E/2018/30, chap. I, sect. D, resolution 27/4, annex.\n"},
    {"A/90/3", "Report\n1. Commission on Crime Prevention and Criminal Justice resolution 26/4 of 26 May "
               "2017\xC2\xB9 was read.\n"
               "\xC2\xB9 See Official Records of the Economic and Social Council, 2017, Supplement No. 10 "
               "(E/2017/30), chap. I, "
               "sect. D.\n"},
};

static const char links_sql[] =
    "SELECT d.symbol, c.symbol, c.issued_in, coalesce (t.symbol, '-') FROM citation c JOIN document d"
    " ON d.number = c.chunk_id >> 20 LEFT JOIN document t ON t.document_id = c.target_document_id ORDER BY 1, 2, 3, "
    "4";

static const char expected[] = "A/90/1|A/79/55||-\n"
                               "A/90/1|A/RES/31/6 A||A/RES/31/6\n"
                               "A/90/1|A/RES/31/6 C||A/RES/31/6\n"
                               "A/90/1|A/RES/57/270 B||A/RES/57/270B\n"
                               "A/90/1|E/CN.15/RES/27/4|E/2018/30|E/2018/30\n"
                               "A/90/2|E/2018/30||E/2018/30\n"
                               "A/90/2|E/CN.15/RES/27/4|E/2018/30|E/2018/30\n"
                               "A/90/3|E/2017/30||-\n"
                               "A/90/3|E/CN.15/RES/26/4|E/2017/30|-\n";

static void must (rap_status_t status, const rap_reason_t *reason)
{
    ck_assert_msg (status == RAP_OK, "%s", reason->text);
}

static void take (rap_store_t *store, uint32_t which, uint64_t number, rap_arena_t *arena)
{
    static const rap_provenance_t provenance = {.pipeline = {"p", 1},
                                                .worker = {"w", 1},
                                                .attempt = 1,
                                                .dispatched_at = {"2031-01-01T00:00:01.000Z", 24},
                                                .processed_us = 1};
    rap_reason_t reason = {""};
    rap_reading_t reading = {.document = {.document_id = rap_arena_format (arena, "%032u", which),
                                          .number = number,
                                          .source = RAP_TEXT ("test"),
                                          .symbol = rap_text (papers[which].symbol),
                                          .sha256 = RAP_TEXT ("00"),
                                          .splitter = RAP_TEXT ("1"),
                                          .pipeline = RAP_TEXT ("p"),
                                          .received_at = RAP_TEXT ("2031-01-01T00:00:00.000Z")}};
    must (rap_read (reading_reader (), rap_text (papers[which].text), arena, &reading, &reason), &reason);
    must (rap_store_begin (store, &reason), &reason);
    for (uint32_t i = 0; i < reading.document.chunks; i++) {
        rap_findings_t found;
        must (rap_extractors_run (facts_extractors, &reading.document, &reading.chunks[i], arena, &found, &reason),
              &reason);
        must (
            rap_store_add (store, &reading.document, &reading.chunks[i], found.at, found.count, &provenance, &reason),
            &reason);
    }
    must (rap_store_commit (store, &reason), &reason);
    rap_status_t linked;
    while ((linked = rap_store_link (store, NULL, NULL, &reason)) == RAP_AGAIN) {
    }
    must (linked, &reason);
}

static void check_links (const char *path, const char *order)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    char *found = NULL;
    size_t size = 0;
    ck_assert_int_eq (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq (sqlite3_prepare_v2 (db, links_sql, -1, &rows, NULL), SQLITE_OK);
    FILE *out = open_memstream (&found, &size);
    while (sqlite3_step (rows) == SQLITE_ROW)
        for (int i = 0; i < 4; i++)
            fprintf (out, "%s%c", (const char *)sqlite3_column_text (rows, i), i < 3 ? '|' : '\n');
    fclose (out);
    sqlite3_finalize (rows);
    sqlite3_close (db);
    ck_assert_msg (strcmp (found, expected) == 0, "in the order %s\n  expected:\n%s\n     found:\n%s", order,
                   expected, found);
    free (found);
}

static void try_order (const char *folder, const uint32_t order[PAPERS])
{
    char path[128], name[PAPERS + 1] = "";
    rap_reason_t reason = {""};
    rap_arena_t *arena = rap_arena_new ();
    snprintf (path, sizeof path, "%s/x.db", folder);
    rap_store_t *store = rap_store_open (path, &reason);
    ck_assert_msg (store != NULL, "%s", reason.text);
    for (uint32_t i = 0; i < PAPERS; i++) {
        name[i] = (char)('0' + order[i]);
        take (store, order[i], i + 1, arena);
    }
    rap_store_close (&store);
    check_links (path, name);
    static const char *const ends[] = {"", "-wal", "-shm", "-lock", ".lock", "-sums"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf (path, sizeof path, "%s/x.db%s", folder, ends[i]);
        unlink (path);
    }
    rap_arena_destroy (&arena);
}

START_TEST (targets_are_found_in_every_order)
{
    char folder[] = "/tmp/rapporteur-target.XXXXXX";
    ck_assert_ptr_nonnull (mkdtemp (folder));
    //  Each paper once in each place, forwards and backwards, is order enough.
    for (uint32_t shift = 0; shift < PAPERS; shift++)
        for (int backwards = 0; backwards < 2; backwards++) {
            uint32_t order[PAPERS];
            for (uint32_t i = 0; i < PAPERS; i++)
                order[backwards ? PAPERS - 1 - i : i] = (i + shift) % PAPERS;
            try_order (folder, order);
        }
    rmdir (folder);
}
END_TEST

int main (void)
{
    const TTest *const tests[] = {targets_are_found_in_every_order};
    return facts_run ("target", tests, sizeof tests / sizeof *tests);
}
