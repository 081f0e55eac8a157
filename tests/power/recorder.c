//  recorder: preloaded into a daemon, writes down what it does to the files below a
//  folder: each write, truncation, creation, removal, renaming and sync, in order,
//  into one log that all processes share. What it asked of the kernel it gets; a
//  power cut is made later, from the log, by power.py.
//
//    RAP_RECORD_LOG   the log, appended to     RAP_RECORD_ROOT   the folder
//
//  While there is a file LOG.die, which is removed by it, the next process that would sync the log of the database
//  that the file names is killed instead: its commit is written, and not on disk.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES_MAX = 4096 };

typedef enum { WRITE = 1, TRUNCATE, SYNC, CREATE, REMOVE, RENAME } kind_t;

typedef struct {
    uint32_t kind;
    uint32_t path_len;
    uint32_t other_len;
    uint32_t data_len;
    uint64_t inode;
    uint64_t offset;
} record_t;

static int log_fd = -1;
static char root[PATH_MAX];
static size_t root_len;
static bool is_tracked[FILES_MAX];

__attribute__ ((constructor)) static void begin (void)
{
    const char *log = getenv ("RAP_RECORD_LOG"), *folder = getenv ("RAP_RECORD_ROOT");
    if (!log || !folder || strlen (folder) >= sizeof root)
        return;
    root_len = (size_t)(stpcpy (root, folder) - root);
    int fd = (int)syscall (SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    //  High, out of the way of those who count on low numbers.
    log_fd = fd < 0 ? -1 : fcntl (fd, F_DUPFD_CLOEXEC, 1000);
    if (fd >= 0)
        close (fd);
    if (log_fd < 0)
        abort ();
}

static void note (kind_t kind, uint64_t inode, uint64_t offset, const char *path, const char *other, const void *data,
                  size_t len)
{
    record_t record = {.kind = kind,
                       .path_len = (uint32_t)(path ? strlen (path) : 0),
                       .other_len = (uint32_t)(other ? strlen (other) : 0),
                       .data_len = (uint32_t)len,
                       .inode = inode,
                       .offset = offset};
    const struct iovec parts[] = {{&record, sizeof record},
                                  {(void *)(uintptr_t)(path ? path : ""), record.path_len},
                                  {(void *)(uintptr_t)(other ? other : ""), record.other_len},
                                  {(void *)(uintptr_t)data, len}};
    int saved = errno;
    if (writev (log_fd, parts, 4) < (ssize_t)(sizeof record + len))
        abort (); //  a record that is missing would make all that follows untrue
    errno = saved;
}

static uint64_t inode_of (int fd)
{
    struct stat is;
    return fstat (fd, &is) == 0 ? is.st_ino : 0;
}

static bool tracked (int fd)
{
    return log_fd >= 0 && fd >= 0 && fd < FILES_MAX && is_tracked[fd];
}

//  The path below the root, or NULL if it is elsewhere.
static const char *place_of (int folder_fd, const char *path, char whole[2 * PATH_MAX])
{
    char folder[PATH_MAX] = "";
    if (path[0] != '/') {
        char link[64];
        snprintf (link, sizeof link, "/proc/self/fd/%d", folder_fd);
        ssize_t len = folder_fd == AT_FDCWD ? (getcwd (folder, sizeof folder) ? (ssize_t)strlen (folder) : -1)
                                            : readlink (link, folder, sizeof folder - 1);
        if (len < 0)
            return NULL;
        folder[len] = 0;
        snprintf (whole, 2 * PATH_MAX, "%s/%s", folder, path);
    } else
        snprintf (whole, 2 * PATH_MAX, "%s", path);
    if (log_fd < 0 || strncmp (whole, root, root_len) != 0)
        return NULL;
    if (whole[root_len] == '/')
        return whole + root_len + 1;
    return whole[root_len] ? NULL : whole + root_len; //  the root itself
}

static int open_any (int folder_fd, const char *path, int flags, mode_t mode)
{
    char whole[2 * PATH_MAX];
    struct stat was;
    const char *place = log_fd >= 0 ? place_of (folder_fd, path, whole) : NULL;
    bool fresh = place && (flags & O_CREAT) && fstatat (folder_fd, path, &was, AT_SYMLINK_NOFOLLOW) != 0;
    int fd = (int)syscall (SYS_openat, folder_fd, path, flags, mode);
    if (fd >= 0 && fd < FILES_MAX)
        is_tracked[fd] = place != NULL;
    if (fd >= 0 && fresh)
        note (CREATE, inode_of (fd), 0, place, NULL, NULL, 0);
    if (fd >= 0 && place && !fresh && (flags & O_TRUNC))
        note (TRUNCATE, inode_of (fd), 0, NULL, NULL, NULL, 0);
    return fd;
}

#define OPEN_MODE(flags)                                                                                             \
    mode_t mode = 0;                                                                                                 \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                           \
        va_list more;                                                                                                \
        va_start (more, flags);                                                                                      \
        mode = va_arg (more, mode_t);                                                                                \
        va_end (more);                                                                                               \
    }

int open (const char *path, int flags, ...)
{
    OPEN_MODE (flags)
    return open_any (AT_FDCWD, path, flags, mode);
}

int open64 (const char *path, int flags, ...)
{
    OPEN_MODE (flags)
    return open_any (AT_FDCWD, path, flags, mode);
}

int openat (int folder_fd, const char *path, int flags, ...)
{
    OPEN_MODE (flags)
    return open_any (folder_fd, path, flags, mode);
}

int openat64 (int folder_fd, const char *path, int flags, ...)
{
    OPEN_MODE (flags)
    return open_any (folder_fd, path, flags, mode);
}

int close (int fd)
{
    if (fd == log_fd && fd >= 0)
        return 0; //  those who close all that they do not know
    if (fd >= 0 && fd < FILES_MAX)
        is_tracked[fd] = false;
    return (int)syscall (SYS_close, fd);
}

//  --- bytes -------------------------------------------------------------------

ssize_t write (int fd, const void *bytes, size_t len)
{
    off_t at = tracked (fd) ? lseek (fd, 0, SEEK_CUR) : 0;
    ssize_t done = (ssize_t)syscall (SYS_write, fd, bytes, len);
    if (done > 0 && tracked (fd))
        note (WRITE, inode_of (fd), (uint64_t)at, NULL, NULL, bytes, (size_t)done);
    return done;
}

ssize_t pwrite64 (int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t done = (ssize_t)syscall (SYS_pwrite64, fd, bytes, len, at);
    if (done > 0 && tracked (fd))
        note (WRITE, inode_of (fd), (uint64_t)at, NULL, NULL, bytes, (size_t)done);
    return done;
}

ssize_t pwrite (int fd, const void *bytes, size_t len, off_t at)
{
    return pwrite64 (fd, bytes, len, at);
}

int ftruncate64 (int fd, off_t size)
{
    int result = (int)syscall (SYS_ftruncate, fd, size);
    if (result == 0 && tracked (fd))
        note (TRUNCATE, inode_of (fd), (uint64_t)size, NULL, NULL, NULL, 0);
    return result;
}

int ftruncate (int fd, off_t size)
{
    return ftruncate64 (fd, size);
}

static void die_if_asked (int fd)
{
    char flag[PATH_MAX + 8], link[64], name[64] = "", path[PATH_MAX] = "";
    snprintf (flag, sizeof flag, "%s/die", root);
    int asked = (int)syscall (SYS_openat, AT_FDCWD, flag, O_RDONLY | O_CLOEXEC, 0);
    if (asked < 0)
        return;
    ssize_t len = read (asked, name, sizeof name - 1);
    syscall (SYS_close, asked);
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    if (len > 0 && readlink (link, path, sizeof path - 1) > 0 && strstr (path, name)
        && syscall (SYS_unlinkat, AT_FDCWD, flag, 0) == 0)
        syscall (SYS_exit_group, 1); //  as if it were killed: nothing more is done
}

static int sync_any (long call, int fd)
{
    if (tracked (fd))
        die_if_asked (fd);
    int result = (int)syscall (call, fd);
    if (result == 0 && tracked (fd))
        note (SYNC, inode_of (fd), 0, NULL, NULL, NULL, 0);
    return result;
}

int fsync (int fd)
{
    return sync_any (SYS_fsync, fd);
}

int fdatasync (int fd)
{
    return sync_any (SYS_fdatasync, fd);
}

//  --- names -------------------------------------------------------------------

int unlinkat (int folder_fd, const char *path, int flags)
{
    char whole[2 * PATH_MAX];
    const char *place = place_of (folder_fd, path, whole);
    int result = (int)syscall (SYS_unlinkat, folder_fd, path, flags);
    if (result == 0 && place)
        note (REMOVE, 0, 0, place, NULL, NULL, 0);
    return result;
}

int unlink (const char *path)
{
    return unlinkat (AT_FDCWD, path, 0);
}

int renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    char whole[2 * PATH_MAX], other[2 * PATH_MAX];
    const char *place = place_of (from_fd, from, whole), *aim = place_of (to_fd, to, other);
    int result = (int)syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
    if (result == 0 && place && aim)
        note (RENAME, 0, 0, place, aim, NULL, 0);
    return result;
}

int renameat (int from_fd, const char *from, int to_fd, const char *to)
{
    return renameat2 (from_fd, from, to_fd, to, 0);
}

int rename (const char *from, const char *to)
{
    return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}
