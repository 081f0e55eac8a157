//  fuzz_sums: any bytes as the checksums beside a database. They are compared, believed or not, taken note of when
//  the database is opened to be read, and made anew; it is read as it is whatever they say.
#include <sqlite3.h>
#include <string.h>

#include "rapporteur/sums.h"

#include "scratch_file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static bool none (void *self, uint64_t block)
{
    (void)self;
    (void)block;
    return false;
}

static void visit (void *self, uint64_t block, rap_sum_fault_t fault)
{
    must (block < 16 && fault <= RAP_SUM_MISSING);
    ++*(uint32_t *)self;
}

static const char *database_once (void)
{
    static char path[128];
    sqlite3 *db;
    if (path[0])
        return path;
    snprintf (path, sizeof path, "%s", scratch_path ("db"));
    must (sqlite3_open (path, &db) == SQLITE_OK);
    must (sqlite3_exec (db, "CREATE TABLE t (x); INSERT INTO t VALUES (7)", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close (db);
    return path;
}

static int read_by (const char *path, const char *vfs)
{
    sqlite3 *db;
    sqlite3_stmt *row = NULL;
    int seen = -1;
    if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, vfs) == SQLITE_OK
        && sqlite3_prepare_v2 (db, "SELECT x FROM t", -1, &row, NULL) == SQLITE_OK
        && sqlite3_step (row) == SQLITE_ROW)
        seen = sqlite3_column_int (row, 0);
    sqlite3_finalize (row);
    sqlite3_close (db);
    return seen;
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_reason_t reason = {""};
    const char *path = database_once ();
    uint8_t salts[8];
    uint64_t length;
    uint32_t faults = 0;
    scratch_file ("db-sums", data, size);
    rap_sums_log (path, salts, &length);
    rap_sums_log_gone (path);
    must (rap_sums_check (path, none, visit, &faults, &reason) != RAP_FAILED);
    int strict = read_by (path, rap_sums_vfs_strict ());
    must (strict == 7 || (strict == -1 && faults));
    must (rap_sums_seal (path, &reason) == RAP_OK);
    faults = 0;
    must (rap_sums_check (path, none, visit, &faults, &reason) == RAP_OK && faults == 0);
    must (read_by (path, rap_sums_vfs_strict ()) == 7);
    return 0;
}
