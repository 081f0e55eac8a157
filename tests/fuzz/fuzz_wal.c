//  fuzz_wal: any bytes as the log of a database. Checksums that no chance would ever make right are made right here,
//  but for inputs whose first byte is odd. It is judged within memory and time that its size allows.
#include <stdlib.h>
#include <string.h>

#include "scratch_file.h"
#include "wal.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum { HEAD = 32, FRAME_HEAD = 24 };

static uint32_t sums[2];

static uint32_t word (const uint8_t *at, bool big)
{
    return big ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
               : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static void add (const uint8_t *bytes, size_t len, bool big)
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        sums[0] += word (bytes + i, big) + sums[1];
        sums[1] += word (bytes + i + 4, big) + sums[0];
    }
}

static void put (uint8_t *to)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(sums[i / 4] >> (24 - 8 * (i % 4)));
}

//  As SQLite would have written what stands there.
static void make_right (uint8_t *log, size_t size)
{
    if (size < HEAD)
        return;
    bool big = word (log, true) & 1;
    uint32_t page = word (log + 8, true);
    sums[0] = sums[1] = 0;
    add (log, 24, big);
    put (log + 24);
    if (page < 512 || page > 65536)
        return;
    for (size_t at = HEAD; at + FRAME_HEAD + page <= size; at += FRAME_HEAD + page) {
        memcpy (log + at + 8, log + 16, 8);
        add (log + at, 8, big);
        add (log + at + FRAME_HEAD, page, big);
        put (log + at + 16);
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static const uint8_t page[8192];
    rap_reason_t reason = {""};
    uint8_t *log = malloc (size + 1);
    must (log != NULL);
    if (size)
        memcpy (log, data + 1, size - 1);
    if (size && !(data[0] & 1))
        make_right (log, size - 1);
    const char *path = scratch_file ("db", page, sizeof page);
    scratch_file ("db-wal", log, size ? size - 1 : 0);
    rap_wal_t *wal = rap_wal_new (path, &reason);
    must (wal != NULL);
    for (uint64_t block = 0; block < 8; block++)
        must (!rap_wal_covers (wal, block) || rap_wal_state (wal) != RAP_WAL_NONE);
    must (rap_wal_state (wal) <= RAP_WAL_DAMAGED);
    rap_wal_destroy (&wal);
    free (log);
    return 0;
}
