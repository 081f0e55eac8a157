//  wal: frames, their checksums, their salts (https://www.sqlite.org/fileformat2.html, 4).
#include "wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/sums.h"

enum { HEAD = 32, FRAME_HEAD = 24, PAGE_MAX = 65536 };

struct rap_wal {
    rap_wal_state_t state;
    uint64_t broken;
    uint8_t *blocks; //  a bit each
    uint64_t blocks_count;
    int fd;
    uint32_t page_size;
    uint32_t salts[2];
    uint32_t sums[2]; //  so far
    bool big;         //  the words that are summed
    uint8_t *frame;
};

static uint32_t word (const uint8_t *at, bool big)
{
    return big ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
               : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static void add_sums (rap_wal_t *self, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        self->sums[0] += word (bytes + i, self->big) + self->sums[1];
        self->sums[1] += word (bytes + i + 4, self->big) + self->sums[0];
    }
}

static bool sums_are (const rap_wal_t *self, const uint8_t *stated)
{
    return self->sums[0] == word (stated, true) && self->sums[1] == word (stated + 4, true);
}

//  False: no log of SQLite's begins so.
static bool read_head (rap_wal_t *self)
{
    uint8_t head[HEAD];
    if (pread (self->fd, head, HEAD, 0) != HEAD)
        return false;
    uint32_t magic = word (head, true);
    self->big = magic & 1;
    self->page_size = word (head + 8, true);
    self->salts[0] = word (head + 16, true);
    self->salts[1] = word (head + 20, true);
    add_sums (self, head, 24);
    return (magic | 1) == 0x377f0683 && self->page_size >= 512 && self->page_size <= PAGE_MAX
           && sums_are (self, head + 24);
}

static bool read_frame (rap_wal_t *self, uint64_t frame)
{
    size_t len = FRAME_HEAD + self->page_size;
    return pread (self->fd, self->frame, len, (off_t)(HEAD + (frame - 1) * len)) == (ssize_t)len;
}

static bool is_of_this_log (const rap_wal_t *self)
{
    return word (self->frame + 8, true) == self->salts[0] && word (self->frame + 12, true) == self->salts[1];
}

static bool is_commit (const rap_wal_t *self)
{
    return word (self->frame + 4, true) != 0;
}

//  A log may name pages without end; a file that grows by it grows by no more than it has.
static void cover (rap_wal_t *self, uint32_t page)
{
    uint64_t first = (uint64_t)(page - 1) * self->page_size / RAP_SUMS_BLOCK;
    uint64_t end = ((uint64_t)page * self->page_size + RAP_SUMS_BLOCK - 1) / RAP_SUMS_BLOCK;
    for (uint64_t block = first; block < end && block < self->blocks_count; block++)
        self->blocks[block / 8] |= (uint8_t)(1 << block % 8);
}

static void make_blocks (rap_wal_t *self, const char *db_path, off_t log)
{
    struct stat is;
    off_t size = stat (db_path, &is) == 0 ? is.st_size + log : log;
    self->blocks_count = (uint64_t)size / RAP_SUMS_BLOCK + 1;
    self->blocks = calloc (self->blocks_count / 8 + 1, 1);
    if (!self->blocks)
        abort ();
}

//  Frames are whole from the first up to the one that is answered.
static uint64_t read_whole (rap_wal_t *self)
{
    uint64_t frame = 1, committed = 0;
    for (; read_frame (self, frame) && is_of_this_log (self); frame++) {
        add_sums (self, self->frame, 8);
        add_sums (self, self->frame + FRAME_HEAD, self->page_size);
        if (!sums_are (self, self->frame + 16) || word (self->frame, true) == 0)
            break;
        if (is_commit (self))
            committed = frame;
    }
    for (uint64_t i = 1; i <= committed && read_frame (self, i); i++)
        cover (self, word (self->frame, true));
    return frame - 1;
}

//  What lies behind the last whole frame. Frames of an earlier log have other salts.
static void judge (rap_wal_t *self, uint64_t whole)
{
    bool ended = false; //  a group ended at or behind the break
    self->state = RAP_WAL_WHOLE;
    for (uint64_t frame = whole + 1; read_frame (self, frame); frame++) {
        if (!is_of_this_log (self))
            continue;
        self->broken = whole + 1;
        self->state = ended ? RAP_WAL_DAMAGED : RAP_WAL_TORN;
        if (ended)
            return;
        ended = is_commit (self);
    }
}

//  What was synced of it once is there no more. Each log's first salt is that of the
//  one before it and one more.
static bool is_shortened (const rap_wal_t *self, const char *db_path, uint64_t length)
{
    uint8_t salts[8];
    uint64_t noted;
    if (!rap_sums_log (db_path, salts, &noted))
        return false;
    uint32_t first = word (salts, true), second = word (salts + 4, true);
    if (length == 0)
        return true;
    if (first == self->salts[0] && second == self->salts[1])
        return length < noted;
    return (int32_t)(self->salts[0] - first) <= 0;
}

static void examine (rap_wal_t *self, const char *db_path, off_t size)
{
    uint64_t length = 0;
    if (size >= HEAD && !read_head (self)) {
        self->state = RAP_WAL_DAMAGED;
        return;
    }
    if (size >= HEAD) {
        self->frame = malloc (FRAME_HEAD + (size_t)self->page_size);
        if (!self->frame)
            abort ();
        make_blocks (self, db_path, size);
        uint64_t whole = read_whole (self);
        judge (self, whole);
        length = HEAD + whole * (FRAME_HEAD + (uint64_t)self->page_size);
        self->broken = self->broken ? self->broken : whole + 1;
    }
    if (is_shortened (self, db_path, length))
        self->state = RAP_WAL_DAMAGED;
}

rap_wal_t *rap_wal_new (const char *db_path, rap_reason_t *reason)
{
    char path[4100];
    struct stat is;
    rap_wal_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    snprintf (path, sizeof path, "%.4090s-wal", db_path);
    self->fd = open (path, O_RDONLY | O_CLOEXEC);
    if (self->fd < 0 && errno == ENOENT) {
        examine (self, db_path, 0);
        return self;
    }
    if (self->fd < 0 || fstat (self->fd, &is) != 0) {
        rap_fail (reason, "%s: %s", path, strerror (errno));
        rap_wal_destroy (&self);
        return NULL;
    }
    examine (self, db_path, is.st_size);
    return self;
}

void rap_wal_destroy (rap_wal_t **self_p)
{
    rap_wal_t *self = *self_p;
    if (!self)
        return;
    if (self->fd >= 0)
        close (self->fd);
    free (self->blocks);
    free (self->frame);
    free (self);
    *self_p = NULL;
}

rap_wal_state_t rap_wal_state (const rap_wal_t *self)
{
    return self->state;
}

uint64_t rap_wal_break (const rap_wal_t *self)
{
    return self->broken;
}

bool rap_wal_covers (const rap_wal_t *self, uint64_t block)
{
    return block < self->blocks_count && (self->blocks[block / 8] >> block % 8 & 1);
}
