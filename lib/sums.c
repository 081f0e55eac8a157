//  sums: a VFS over the system's. Only the main file of a database is our business;
//  all else passes.
#include "rapporteur/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "rapporteur/log.h"
#include "rapporteur/metrics.h"

enum {
    BLOCK = RAP_SUMS_BLOCK,
    ENTRIES_AT = 4096, //  where entries begin in FILE-sums
    ENTRY = 8,
    LOG_AT = 64, //  where the state of the log is noted
    LOG_NOTE = 20,
    HEAD_BLOCKS = 2,   //  of the first page of a file, which is written alone
    RUN_BLOCKS = 16,   //  of the largest page
    SEAL_BLOCKS = 256, //  read at once
    DAMAGED_MAX = 256, //  blocks remembered; more: every later one that is read is told again
};

static const char magic[] = "rapsums1";

//  --- sums ----------------------------------------------------------------------

static uint32_t half_hash (const void *bytes, size_t len, uint64_t block, uint8_t kind)
{
    uint8_t key[crypto_shorthash_KEYBYTES] = {'r', 'a', 'p', kind}, hash[crypto_shorthash_BYTES];
    for (int i = 0; i < 8; i++)
        key[8 + i] = (uint8_t)(block >> (8 * i));
    crypto_shorthash (hash, bytes, len, key);
    return (uint32_t)hash[0] | (uint32_t)hash[1] << 8 | (uint32_t)hash[2] << 16 | (uint32_t)hash[3] << 24;
}

static void put32 (uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

//  `wrong`: an entry that no block has, for one that is known to be damaged.
static void make_entry (uint8_t entry[ENTRY], const void *bytes, uint64_t block, bool wrong)
{
    uint32_t sum = half_hash (bytes, BLOCK, block, 1);
    put32 (entry, wrong ? ~sum : sum);
    put32 (entry + 4, half_hash (entry, 4, block, 2) | 1); //  never zero
}

//  True if the entry speaks for the block; else *fault says what is wrong.
static bool agrees (const uint8_t entry[ENTRY], const void *bytes, uint64_t block, rap_sum_fault_t *fault)
{
    static const uint8_t none[ENTRY];
    uint8_t right[ENTRY], check[4];
    if (memcmp (entry, none, ENTRY) == 0) {
        *fault = RAP_SUM_MISSING;
        return false;
    }
    put32 (check, half_hash (entry, 4, block, 2) | 1);
    make_entry (right, bytes, block, false);
    *fault = memcmp (entry + 4, check, 4) ? RAP_SUM_BROKEN : RAP_SUM_DAMAGED;
    return memcmp (entry, right, ENTRY) == 0;
}

static off_t entry_at (uint64_t block)
{
    return (off_t)(ENTRIES_AT + block * ENTRY);
}

static bool has_magic (int fd)
{
    char head[sizeof magic - 1];
    return pread (fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp (head, magic, sizeof head) == 0;
}

static int open_sums (const char *path, int flags)
{
    char beside[4096];
    if ((size_t)snprintf (beside, sizeof beside, "%s-sums", path) >= sizeof beside)
        return -1;
    return open (beside, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

//  --- the log's length --------------------------------------------------------------

static void put64 (uint8_t *to, uint64_t value)
{
    put32 (to, (uint32_t)value);
    put32 (to + 4, (uint32_t)(value >> 32));
}

static bool note_log (int sums, const uint8_t salts[8], uint64_t length)
{
    uint8_t note[LOG_NOTE] = {0};
    if (length) {
        memcpy (note, salts, 8);
        put64 (note + 8, length);
        put32 (note + 16, half_hash (note, 16, 0, 3));
    }
    return pwrite (sums, note, LOG_NOTE, LOG_AT) == LOG_NOTE;
}

bool rap_sums_log (const char *path, uint8_t salts[8], uint64_t *length)
{
    uint8_t note[LOG_NOTE], check[4];
    int sums = open_sums (path, O_RDONLY);
    bool known = sums >= 0 && has_magic (sums) && pread (sums, note, LOG_NOTE, LOG_AT) == LOG_NOTE;
    if (sums >= 0)
        close (sums);
    if (!known)
        return false;
    put32 (check, half_hash (note, 16, 0, 3));
    memcpy (salts, note, 8);
    *length = 0;
    for (int i = 0; i < 8; i++)
        *length |= (uint64_t)note[8 + i] << (8 * i);
    return *length && memcmp (check, note + 16, 4) == 0;
}

bool rap_sums_log_gone (const char *path)
{
    uint8_t salts[8];
    uint64_t length;
    char log[4096];
    return rap_sums_log (path, salts, &length) && (size_t)snprintf (log, sizeof log, "%s-wal", path) < sizeof log
           && access (log, F_OK) != 0 && errno == ENOENT;
}

//  --- all blocks ----------------------------------------------------------------------

//  What blocks are read from: a descriptor, or a file that SQLite has open (a
//  descriptor of our own, when closed, would let go of SQLite's locks).
typedef struct {
    int fd;
    sqlite3_file *file;
    uint64_t size;
} source_t;

static bool read_at (const source_t *from, uint8_t *bytes, size_t len, uint64_t at)
{
    if (from->file)
        return from->file->pMethods->xRead (from->file, bytes, (int)len, (sqlite3_int64)at) == SQLITE_OK;
    for (size_t done = 0; done < len;) {
        ssize_t got = pread (from->fd, bytes + done, len - done, (off_t)(at + done));
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR)
            return false;
    }
    return true;
}

//  Blocks read, 0 at the end, -1 if it failed. What a last block lacks counts as zeros.
static ssize_t read_blocks (const source_t *from, uint8_t *bytes, uint64_t block, size_t count)
{
    uint64_t at = block * BLOCK;
    if (at >= from->size)
        return 0;
    size_t room = count * BLOCK, len = from->size - at < room ? (size_t)(from->size - at) : room;
    if (!read_at (from, bytes, len, at))
        return -1;
    memset (bytes + len, 0, room - len);
    return (ssize_t)((len + BLOCK - 1) / BLOCK);
}

//  Sums of all blocks of `file` into `sums`, durably; the head comes last.
static bool seal (const source_t *from, int sums)
{
    static uint8_t bytes[SEAL_BLOCKS * BLOCK], entries[SEAL_BLOCKS * ENTRY];
    uint64_t block = 0;
    ssize_t got;
    if (ftruncate (sums, 0) != 0)
        return false;
    while ((got = read_blocks (from, bytes, block, SEAL_BLOCKS)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            make_entry (entries + i * ENTRY, bytes + i * BLOCK, block + (uint64_t)i, false);
        size_t len = (size_t)got * ENTRY;
        if (pwrite (sums, entries, len, entry_at (block)) != (ssize_t)len)
            return false;
        block += (uint64_t)got;
    }
    return got == 0 && fdatasync (sums) == 0 && pwrite (sums, magic, sizeof magic - 1, 0) == (ssize_t)sizeof magic - 1
           && fdatasync (sums) == 0;
}

rap_status_t rap_sums_seal (const char *path, rap_reason_t *reason)
{
    struct stat is;
    int file = open (path, O_RDONLY | O_CLOEXEC), sums = file < 0 ? -1 : open_sums (path, O_RDWR | O_CREAT);
    bool well =
        sums >= 0 && fstat (file, &is) == 0 && seal (&(source_t){.fd = file, .size = (uint64_t)is.st_size}, sums);
    if (well && fchmod (sums, is.st_mode & 0777) != 0)
        well = false;
    if (!well)
        rap_fail (reason, "%s-sums: %s", path, strerror (errno));
    if (file >= 0)
        close (file);
    if (sums >= 0)
        close (sums);
    return well ? RAP_OK : RAP_FAILED;
}

//  Compares what was read of the file with its sums.
static bool check_run (const source_t *from, int sums, uint64_t *block, rap_sums_covered_fn *covered,
                       rap_sums_visit_fn *visit, void *self)
{
    static uint8_t bytes[SEAL_BLOCKS * BLOCK], entries[SEAL_BLOCKS * ENTRY];
    ssize_t got = read_blocks (from, bytes, *block, SEAL_BLOCKS);
    if (got <= 0)
        return false;
    memset (entries, 0, sizeof entries);
    if (pread (sums, entries, (size_t)got * ENTRY, entry_at (*block)) < 0)
        return false;
    for (ssize_t i = 0; i < got; i++, ++*block) {
        rap_sum_fault_t fault;
        if (!agrees (entries + i * ENTRY, bytes + i * BLOCK, *block, &fault) && !covered (self, *block))
            visit (self, *block, fault);
    }
    return true;
}

rap_status_t rap_sums_check (const char *path, rap_sums_covered_fn *covered, rap_sums_visit_fn *visit, void *self,
                             rap_reason_t *reason)
{
    struct stat is;
    //  Stays open until the process ends: to close it would let go of the locks that
    //  SQLite holds on the same file for this process.
    int file = open (path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat (file, &is) != 0)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    source_t from = {.fd = file, .size = (uint64_t)is.st_size};
    int sums = open_sums (path, O_RDONLY);
    rap_status_t status = sums >= 0 && has_magic (sums) ? RAP_OK : RAP_AGAIN;
    uint64_t block = 0;
    //  A file of which more than its head was written once never is empty again.
    if (status == RAP_OK && is.st_size == 0 && fstat (sums, &is) == 0 && is.st_size > entry_at (HEAD_BLOCKS))
        visit (self, 0, RAP_SUM_DAMAGED);
    while (status == RAP_OK && check_run (&from, sums, &block, covered, visit, self))
        continue;
    if (sums >= 0)
        close (sums);
    return status;
}

//  --- the layer -------------------------------------------------------------------

typedef struct {
    sqlite3_file base;
    int sums; //  -1: none
    bool strict;
    bool dirty;
    bool log; //  the file is FILE-wal
    uint8_t salts[8];
    uint64_t length; //  of the log, as far as it was written here
    uint64_t damaged[DAMAGED_MAX];
    uint32_t damaged_count;
    char *path;
} sums_file_t;

static sqlite3_file *under (sqlite3_file *file)
{
    return (sqlite3_file *)((sums_file_t *)file + 1);
}

static int file_close (sqlite3_file *file)
{
    sums_file_t *self = (sums_file_t *)file;
    if (self->sums >= 0)
        close (self->sums);
    free (self->path);
    return under (file)->pMethods->xClose (under (file));
}

static bool is_known_damaged (const sums_file_t *self, uint64_t block)
{
    for (uint32_t i = 0; i < self->damaged_count; i++)
        if (self->damaged[i] == block)
            return true;
    return false;
}

static void note_damaged (sums_file_t *self, uint64_t block)
{
    if (self->strict || is_known_damaged (self, block))
        return;
    rap_metric_add (RAP_M_DAMAGED, 1);
    rap_logf (RAP_LOG_ERROR, "disk.damaged", "file=%s block=%" PRIu64 " advice=rapporteur fsck", self->path, block);
    if (self->damaged_count < DAMAGED_MAX)
        self->damaged[self->damaged_count++] = block;
}

//  True if all whole blocks of what was read are as they were written.
static bool verify (sums_file_t *self, const uint8_t *bytes, int amount, sqlite3_int64 offset)
{
    bool well = true;
    if (self->sums < 0 || offset % BLOCK)
        return true;
    for (int at = 0; at + BLOCK <= amount; at += BLOCK) {
        uint64_t block = (uint64_t)(offset + at) / BLOCK;
        uint8_t entry[ENTRY] = {0};
        rap_sum_fault_t fault;
        if (pread (self->sums, entry, ENTRY, entry_at (block)) < 0 || agrees (entry, bytes + at, block, &fault)
            || fault != RAP_SUM_DAMAGED)
            continue;
        note_damaged (self, block);
        well = false;
    }
    return well;
}

static int file_read (sqlite3_file *file, void *bytes, int amount, sqlite3_int64 offset)
{
    sums_file_t *self = (sums_file_t *)file;
    int code = under (file)->pMethods->xRead (under (file), bytes, amount, offset);
    if (code != SQLITE_OK || self->log)
        return code;
    //  Not an error of input and output: that would end the transaction, not only the statement.
    return verify (self, bytes, amount, offset) || !self->strict ? SQLITE_OK : SQLITE_CORRUPT;
}

//  Sums of what is about to be written. Of blocks that are written in part, nothing
//  is known from then on.
static bool keep_sums (sums_file_t *self, const uint8_t *bytes, int amount, sqlite3_int64 offset)
{
    bool whole = offset % BLOCK == 0 && amount % BLOCK == 0;
    uint64_t block = (uint64_t)offset / BLOCK, end = (uint64_t)(offset + amount + BLOCK - 1) / BLOCK;
    const uint64_t start = block;
    while (block < end) { //  the entries of a page in one call
        uint8_t entries[RUN_BLOCKS * ENTRY] = {0};
        uint64_t first = block;
        for (; block < end && block < first + RUN_BLOCKS; block++)
            if (whole)
                make_entry (entries + (block - first) * ENTRY, bytes + (block - start) * BLOCK, block,
                            is_known_damaged (self, block));
        size_t len = (size_t)(block - first) * ENTRY;
        if (pwrite (self->sums, entries, len, entry_at (first)) != (ssize_t)len)
            return false;
    }
    self->dirty = true;
    return true;
}

//  A log begins anew with its head.
static void follow_log (sums_file_t *self, const uint8_t *bytes, int amount, sqlite3_int64 offset)
{
    uint64_t end = (uint64_t)offset + (uint64_t)amount;
    if (offset == 0 && amount >= 24)
        memcpy (self->salts, bytes + 16, 8);
    if (offset == 0 || end > self->length)
        self->length = end;
}

static int file_write (sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
    sums_file_t *self = (sums_file_t *)file;
    if (self->log)
        follow_log (self, bytes, amount, offset);
    else if (self->sums >= 0 && !keep_sums (self, bytes, amount, offset))
        return errno == ENOSPC || errno == EFBIG ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return under (file)->pMethods->xWrite (under (file), bytes, amount, offset);
}

//  That a log is no more is on disk before it is no more.
static bool forget_log (int sums)
{
    return note_log (sums, NULL, 0) && fdatasync (sums) == 0;
}

static int file_truncate (sqlite3_file *file, sqlite3_int64 size)
{
    sums_file_t *self = (sums_file_t *)file;
    if (self->log && size == 0) {
        if (!forget_log (self->sums))
            return SQLITE_IOERR_TRUNCATE;
        self->length = 0;
    }
    return under (file)->pMethods->xTruncate (under (file), size);
}

static int file_sync (sqlite3_file *file, int flags)
{
    sums_file_t *self = (sums_file_t *)file;
    if (self->log) {
        int code = under (file)->pMethods->xSync (under (file), flags);
        //  What the note lacks after a failure is only that it is told later.
        if (code == SQLITE_OK && self->length)
            note_log (self->sums, self->salts, self->length);
        return code;
    }
    if (self->sums >= 0 && self->dirty && fdatasync (self->sums) != 0)
        return SQLITE_IOERR_FSYNC;
    self->dirty = false;
    return under (file)->pMethods->xSync (under (file), flags);
}

static int file_size (sqlite3_file *file, sqlite3_int64 *size)
{
    return under (file)->pMethods->xFileSize (under (file), size);
}

static int file_lock (sqlite3_file *file, int level)
{
    return under (file)->pMethods->xLock (under (file), level);
}

static int file_unlock (sqlite3_file *file, int level)
{
    return under (file)->pMethods->xUnlock (under (file), level);
}

static int file_check_lock (sqlite3_file *file, int *held)
{
    return under (file)->pMethods->xCheckReservedLock (under (file), held);
}

static int file_control (sqlite3_file *file, int what, void *value)
{
    return under (file)->pMethods->xFileControl (under (file), what, value);
}

static int file_sector (sqlite3_file *file)
{
    return under (file)->pMethods->xSectorSize (under (file));
}

static int file_traits (sqlite3_file *file)
{
    return under (file)->pMethods->xDeviceCharacteristics (under (file));
}

static int file_shm_map (sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return under (file)->pMethods->xShmMap (under (file), page, size, extend, at);
}

static int file_shm_lock (sqlite3_file *file, int offset, int count, int flags)
{
    return under (file)->pMethods->xShmLock (under (file), offset, count, flags);
}

static void file_shm_barrier (sqlite3_file *file)
{
    under (file)->pMethods->xShmBarrier (under (file));
}

static int file_shm_unmap (sqlite3_file *file, int erase)
{
    return under (file)->pMethods->xShmUnmap (under (file), erase);
}

//  Version 2: with shared memory, without mapping the file, past which we would not see.
static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = file_close,
                                           .xRead = file_read,
                                           .xWrite = file_write,
                                           .xTruncate = file_truncate,
                                           .xSync = file_sync,
                                           .xFileSize = file_size,
                                           .xLock = file_lock,
                                           .xUnlock = file_unlock,
                                           .xCheckReservedLock = file_check_lock,
                                           .xFileControl = file_control,
                                           .xSectorSize = file_sector,
                                           .xDeviceCharacteristics = file_traits,
                                           .xShmMap = file_shm_map,
                                           .xShmLock = file_shm_lock,
                                           .xShmBarrier = file_shm_barrier,
                                           .xShmUnmap = file_shm_unmap};

static sqlite3_vfs layer, strict_layer;

static sqlite3_vfs *system_vfs (void)
{
    return layer.pAppData;
}

//  The sums of a file that is open; made if it has none.
static bool attach (sums_file_t *self, const char *path, bool writes)
{
    struct stat is, beside;
    self->sums = open_sums (path, writes ? O_RDWR | O_CREAT : O_RDONLY);
    if (self->sums < 0)
        return !writes;
    sqlite3_int64 size;
    sqlite3_file *file = under (&self->base);
    if (file->pMethods->xFileSize (file, &size) != SQLITE_OK)
        return false;
    bool gone = writes && rap_sums_log_gone (path);
    if (gone)
        rap_log (RAP_LOG_WARN, "disk.sealed", "file", path, "cause",
                 "its log was put into it by another program, or is lost; 'rapporteur audit' tells", NULL);
    if (has_magic (self->sums) && size > 0 && !gone) //  of a file that is new, those beside it are of another
        return true;
    if (!writes) {
        close (self->sums);
        self->sums = -1;
        return true;
    }
    return stat (path, &is) == 0 && fstat (self->sums, &beside) == 0
           && seal (&(source_t){.file = file, .size = (uint64_t)size}, self->sums)
           && (is.st_mode == beside.st_mode || fchmod (self->sums, is.st_mode & 0777) == 0);
}

//  The log of a database that is open already, in a layer that keeps its length.
static int open_log (const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    sums_file_t *self = (sums_file_t *)file;
    char db[4096];
    size_t len = strlen (path);
    *self = (sums_file_t){.sums = -1, .log = true};
    int code = system_vfs ()->xOpen (system_vfs (), path, under (file), flags, out_flags);
    if (code != SQLITE_OK)
        return code;
    self->base.pMethods = &methods;
    if (len > 4 && (size_t)snprintf (db, sizeof db, "%.*s", (int)len - 4, path) < sizeof db)
        self->sums = open_sums (db, O_RDWR);
    //  Of a log that goes on where it ended. A process that was killed between the writing and the sync of a commit
    //  leaves one that is read as done: it is made durable before anything is answered from it or written behind it.
    sqlite3_int64 size;
    bool goes_on = under (file)->pMethods->xFileSize (under (file), &size) == SQLITE_OK && size > 0;
    if (under (file)->pMethods->xRead (under (file), self->salts, 8, 16) != SQLITE_OK)
        memset (self->salts, 0, 8);
    if (self->sums >= 0 && (!goes_on || under (file)->pMethods->xSync (under (file), SQLITE_SYNC_FULL) == SQLITE_OK))
        return SQLITE_OK;
    file_close (file);
    self->base.pMethods = NULL;
    return SQLITE_CANTOPEN;
}

static int open_file (sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    bool writes = vfs == &layer && !(flags & SQLITE_OPEN_READONLY);
    if (path && (flags & SQLITE_OPEN_WAL) && writes)
        return open_log (path, file, flags, out_flags);
    if (!path || !(flags & SQLITE_OPEN_MAIN_DB))
        return system_vfs ()->xOpen (system_vfs (), path, file, flags, out_flags);
    sums_file_t *self = (sums_file_t *)file;
    int given = flags;
    *self = (sums_file_t){.sums = -1, .strict = vfs == &strict_layer};
    int code = system_vfs ()->xOpen (system_vfs (), path, under (file), flags, &given);
    if (out_flags)
        *out_flags = given;
    if (code != SQLITE_OK)
        return code;
    self->base.pMethods = &methods;
    self->path = strdup (path);
    if (self->path && attach (self, path, writes && !(given & SQLITE_OPEN_READONLY)))
        return SQLITE_OK;
    file_close (file);
    self->base.pMethods = NULL;
    return SQLITE_CANTOPEN;
}

static int delete_file (sqlite3_vfs *vfs, const char *path, int sync)
{
    char db[4096];
    size_t len = strlen (path);
    if (vfs == &layer && len > 4 && len < sizeof db && strcmp (path + len - 4, "-wal") == 0) {
        snprintf (db, sizeof db, "%.*s", (int)len - 4, path);
        int sums = open_sums (db, O_RDWR);
        bool well = sums < 0 || forget_log (sums);
        if (sums >= 0)
            close (sums);
        if (!well)
            return SQLITE_IOERR_DELETE;
    }
    return system_vfs ()->xDelete (system_vfs (), path, sync);
}

static void make_layer (sqlite3_vfs *vfs, const char *name, sqlite3_vfs *base)
{
    *vfs = *base;
    vfs->pNext = NULL;
    vfs->zName = name;
    vfs->szOsFile = (int)sizeof (sums_file_t) + base->szOsFile;
    vfs->pAppData = base;
    vfs->xOpen = open_file;
    vfs->xDelete = delete_file;
    sqlite3_vfs_register (vfs, 0);
}

static void make_layers (void)
{
    if (layer.zName)
        return;
    sqlite3_vfs *base = sqlite3_vfs_find (NULL);
    if (!base || sodium_init () < 0)
        abort ();
    make_layer (&layer, "rap-sums", base);
    make_layer (&strict_layer, "rap-sums-strict", base);
}

const char *rap_sums_vfs (void)
{
    make_layers ();
    return layer.zName;
}

const char *rap_sums_vfs_strict (void)
{
    make_layers ();
    return strict_layer.zName;
}
