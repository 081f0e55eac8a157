//  inbox: names that wait, the file that is being read, and those that wait for
//  their commit.
#include "inbox.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/log.h"
#include "rapporteur/utf8.h"

#include "intake.h"

enum {
    NAMES_MAX = 4096,             //  that wait; more: the folder is read again
    LATELY = 64,                  //  an event is dropped if one of the last names is the same
    STEP_BYTES = 4 * 1024 * 1024, //  read in a step
    STEP_FILES = 256,
    READ_BYTES = 512 * 1024,
    META_BYTES_MAX = 64 * 1024,
    REPORTED_MAX = 1024, //  files remembered as reported
};

#define REASON ".reason"

//  What is stated of a file, and the memory that it lies in.
typedef struct {
    rap_stated_t stated;
    char *bytes;  //  of the .meta
    char *source; //  the name, made printable
} particulars_t;

//  A file that was taken, or refused, and is moved after the commit.
typedef struct {
    char *name;
    struct stat was;
    bool refused;
    rap_outcome_t outcome;
} settled_t;

struct rap_inbox {
    rap_journal_t *journal;
    char *folder;
    int folder_fd;
    int taken_fd;
    int refused_fd;
    int notify;
    char **names; //  a ring of NAMES_MAX
    uint32_t names_at;
    uint32_t names_count;
    bool rescan;
    char *scanned; //  the folder was read up to this name; NULL: from the beginning
    settled_t *settled;
    uint32_t settled_count;
    char *buffer;
    //  The file that is being read, over several steps if it is large.
    char *name;
    int file;
    struct stat was;
    rap_intake_t *intake;
    particulars_t particulars;
    uint64_t reported[REPORTED_MAX];
    uint32_t reported_at;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- reporting -----------------------------------------------------------------

static uint64_t fingerprint (const char *name, const struct stat *is)
{
    uint64_t hash = UINT64_C (14695981039346656037); //  FNV-1a
    for (const char *at = name; *at; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C (1099511628211);
    uint64_t parts[] = {(uint64_t)is->st_ino, (uint64_t)is->st_ctim.tv_sec, (uint64_t)is->st_ctim.tv_nsec};
    for (size_t i = 0; i < 3; i++)
        hash = (hash ^ parts[i]) * UINT64_C (1099511628211);
    return hash;
}

//  Once for each file as it is now.
static void report_once (rap_inbox_t *self, const char *name, const struct stat *is, const char *event,
                         const char *why, const char *advice)
{
    uint64_t print = fingerprint (name, is);
    for (uint32_t i = 0; i < REPORTED_MAX; i++)
        if (self->reported[i] == print)
            return;
    self->reported[self->reported_at++ % REPORTED_MAX] = print;
    rap_log (RAP_LOG_WARN, event, "file", name, "reason", why, "advice", advice, NULL);
}

//  --- names that wait -------------------------------------------------------------

static bool is_candidate (const char *name)
{
    size_t len = strlen (name);
    return name[0] != '.' && !(len > 5 && strcmp (name + len - 5, ".meta") == 0) && strcmp (name, "taken") != 0
           && strcmp (name, "refused") != 0;
}

static bool was_added_lately (const rap_inbox_t *self, const char *name)
{
    for (uint32_t i = 1; i <= LATELY && i <= self->names_count; i++)
        if (strcmp (self->names[(self->names_at + self->names_count - i) % NAMES_MAX], name) == 0)
            return true;
    return false;
}

static void add_name (rap_inbox_t *self, const char *name)
{
    if (!is_candidate (name) || was_added_lately (self, name))
        return;
    if (self->names_count == NAMES_MAX) {
        self->rescan = true;
        return;
    }
    self->names[(self->names_at + self->names_count++) % NAMES_MAX] = must (strdup (name));
}

//  The caller frees it.
static char *next_name (rap_inbox_t *self)
{
    char *name = self->names[self->names_at];
    self->names_at = (self->names_at + 1) % NAMES_MAX;
    self->names_count--;
    return name;
}

//  --- reading the folder ------------------------------------------------------------

//  A heap of the smallest names, its largest on top.
typedef struct {
    char *names[NAMES_MAX];
    uint32_t count;
} smallest_t;

static void sink_down (smallest_t *heap, uint32_t at)
{
    for (;;) {
        uint32_t largest = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++)
            if (strcmp (heap->names[child], heap->names[largest]) > 0)
                largest = child;
        if (largest == at)
            return;
        char *name = heap->names[at];
        heap->names[at] = heap->names[largest];
        heap->names[largest] = name;
        at = largest;
    }
}

//  True if a name had to be left out.
static bool keep_smallest (smallest_t *heap, const char *name, uint32_t max)
{
    if (heap->count == max) {
        if (strcmp (name, heap->names[0]) < 0) {
            free (heap->names[0]);
            heap->names[0] = must (strdup (name));
            sink_down (heap, 0);
        }
        return true;
    }
    uint32_t at = heap->count++;
    heap->names[at] = must (strdup (name));
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        char *child = heap->names[at];
        if (strcmp (child, heap->names[parent]) <= 0)
            break;
        heap->names[at] = heap->names[parent];
        heap->names[parent] = child;
        at = parent;
    }
    return false;
}

static int compare_names (const void *a, const void *b)
{
    return strcmp (*(char *const *)a, *(char *const *)b);
}

//  Adds the next names of the folder in their order, as many as there is room for.
static void scan (rap_inbox_t *self)
{
    DIR *dir = NULL;
    int fd = openat (self->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !(dir = fdopendir (fd))) {
        rap_log (RAP_LOG_ERROR, "inbox.unreadable", "folder", self->folder, "reason", strerror (errno), NULL);
        if (fd >= 0)
            close (fd);
        self->rescan = false;
        return;
    }
    smallest_t *heap = must (calloc (1, sizeof *heap));
    bool more = false;
    // cppcheck-suppress readdirCalled ; one thread
    for (struct dirent *entry; (entry = readdir (dir));)
        if (is_candidate (entry->d_name) && (!self->scanned || strcmp (entry->d_name, self->scanned) > 0))
            more |= keep_smallest (heap, entry->d_name, NAMES_MAX - self->names_count);
    closedir (dir);
    qsort (heap->names, heap->count, sizeof *heap->names, compare_names);
    for (uint32_t i = 0; i < heap->count; i++)
        add_name (self, heap->names[i]);
    free (self->scanned);
    self->scanned = more && heap->count ? must (strdup (heap->names[heap->count - 1])) : NULL;
    self->rescan = more;
    for (uint32_t i = 0; i < heap->count; i++)
        free (heap->names[i]);
    free (heap);
}

void rap_inbox_look (rap_inbox_t *self)
{
    _Alignas(struct inotify_event) char events[16384];
    for (;;) {
        ssize_t got = read (self->notify, events, sizeof events);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        for (char *at = events; at < events + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            at += sizeof *event + event->len;
            if (event->mask & IN_Q_OVERFLOW) {
                rap_log (RAP_LOG_WARN, "inbox.overflow", "folder", self->folder, NULL);
                self->rescan = true;
                free (self->scanned);
                self->scanned = NULL;
            } else if (event->len && !(event->mask & IN_ISDIR))
                add_name (self, event->name);
        }
    }
}

int rap_inbox_fd (const rap_inbox_t *self)
{
    return self->notify;
}

bool rap_inbox_busy (const rap_inbox_t *self)
{
    return self->name || self->names_count || self->rescan;
}

bool rap_inbox_waiting (const rap_inbox_t *self)
{
    return self->settled_count > 0;
}

//  --- what is stated ----------------------------------------------------------------

//  A name as text: what is no printable UTF-8 becomes %XX, and so does '%'.
static char *printable (const char *name)
{
    size_t len = strlen (name);
    bool valid = rap_utf8_invalid_at (rap_text (name)) == len;
    char *text = must (malloc (3 * len + 1)), *to = text;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)name[i];
        if (byte < 0x20 || byte == 0x7f || byte == '%' || (byte >= 0x80 && !valid))
            to += sprintf (to, "%%%02X", byte);
        else
            *to++ = (char)byte;
    }
    *to = 0;
    return text;
}

static rap_text_t *stated_field (rap_stated_t *stated, rap_text_t key)
{
    if (rap_text_equal (key, RAP_TEXT ("symbol")))
        return &stated->symbol;
    if (rap_text_equal (key, RAP_TEXT ("date")))
        return &stated->published;
    if (rap_text_equal (key, RAP_TEXT ("title")))
        return &stated->title;
    if (rap_text_equal (key, RAP_TEXT ("language")))
        return &stated->language;
    if (rap_text_equal (key, RAP_TEXT ("source")))
        return &stated->source;
    return NULL;
}

static rap_status_t read_meta_lines (const char *name, rap_text_t text, rap_stated_t *stated, rap_reason_t *reason)
{
    for (uint32_t number = 1; text.len; number++) {
        const char *end = memchr (text.at, '\n', text.len);
        rap_text_t line = rap_text_of (text.at, end ? (size_t)(end - text.at) : text.len);
        text = rap_text_from (text, line.len + 1);
        line = rap_text_trim (line);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        const char *colon = memchr (line.at, ':', line.len);
        if (!colon)
            return rap_refuse (reason, "%s.meta:%u: not a line of 'key: value'", name, number);
        size_t key_len = (size_t)(colon - line.at);
        rap_text_t *field = stated_field (stated, rap_text_trim (rap_text_of (line.at, key_len)));
        if (!field)
            return rap_refuse (reason, "%s.meta:%u: unknown key; known are symbol, date, title, language, source",
                               name, number);
        *field = rap_text_trim (rap_text_from (line, key_len + 1));
    }
    return RAP_OK;
}

//  Bytes of NAME.meta; RAP_AGAIN: there is none.
static rap_status_t read_meta_file (rap_inbox_t *self, const char *meta, char **bytes, size_t *len,
                                    rap_reason_t *reason)
{
    struct stat is;
    int fd = openat (self->folder_fd, meta, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
        return RAP_AGAIN;
    if (fd < 0 || fstat (fd, &is) != 0 || !S_ISREG (is.st_mode) || is.st_size > META_BYTES_MAX) {
        if (fd >= 0)
            close (fd);
        return rap_refuse (reason, "%s is not a readable regular file of at most %d bytes", meta, META_BYTES_MAX);
    }
    *bytes = must (malloc ((size_t)is.st_size + 1));
    ssize_t got = read (fd, *bytes, (size_t)is.st_size);
    close (fd);
    *len = got > 0 ? (size_t)got : 0;
    return got == is.st_size ? RAP_OK : rap_refuse (reason, "%s cannot be read", meta);
}

static void forget_particulars (particulars_t *particulars)
{
    free (particulars->bytes);
    free (particulars->source);
    *particulars = (particulars_t){0};
}

static rap_status_t read_particulars (rap_inbox_t *self, const char *name, particulars_t *particulars,
                                      rap_reason_t *reason)
{
    char meta[NAME_MAX + 16];
    size_t len = 0;
    *particulars = (particulars_t){.source = printable (name)};
    particulars->stated.source = rap_text (particulars->source);
    snprintf (meta, sizeof meta, "%s.meta", name);
    rap_status_t status = read_meta_file (self, meta, &particulars->bytes, &len, reason);
    if (status == RAP_OK)
        status = read_meta_lines (name, rap_text_of (particulars->bytes, len), &particulars->stated, reason);
    else if (status == RAP_AGAIN)
        status = RAP_OK;
    particulars->stated.key = particulars->stated.source;
    rap_reason_t why;
    if (status != RAP_OK || rap_intake_check (&particulars->stated, &why) == RAP_OK)
        return status;
    return rap_refuse (reason, "%s: %s", meta, why.text);
}

//  --- taking a file -------------------------------------------------------------------

static void close_file (rap_inbox_t *self)
{
    rap_intake_destroy (&self->intake);
    forget_particulars (&self->particulars);
    if (self->file >= 0)
        close (self->file);
    self->file = -1;
    free (self->name);
    self->name = NULL;
}

//  The file is done with; it is moved after the commit.
static void settle (rap_inbox_t *self, const rap_outcome_t *outcome, bool refused)
{
    assert (self->settled_count < STEP_FILES);
    self->settled[self->settled_count++] =
        (settled_t){.name = self->name, .was = self->was, .outcome = *outcome, .refused = refused};
    self->name = NULL;
    close_file (self);
}

static void settle_refused (rap_inbox_t *self, const rap_reason_t *reason)
{
    rap_outcome_t outcome = {.cause = *reason};
    settle (self, &outcome, true);
}

//  Somebody has the file open for writing: it will be closed, and tried then. A
//  lease for reading is given only where nobody writes; where leases are not
//  given at all (file system, owner) we go on.
static bool is_being_written (int fd)
{
    if (fcntl (fd, F_SETLEASE, F_RDLCK) == 0) {
        fcntl (fd, F_SETLEASE, F_UNLCK);
        return false;
    }
    return errno == EAGAIN;
}

static bool same_file (const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size
           && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

//  Opens the next file; takes the name. False: nothing to read there.
static bool open_file (rap_inbox_t *self, char *name)
{
    self->name = name;
    struct stat is;
    if (fstatat (self->folder_fd, name, &is, AT_SYMLINK_NOFOLLOW) != 0) {
        rap_log (errno == ENOENT ? RAP_LOG_DEBUG : RAP_LOG_WARN, "inbox.vanished", "file", name, "reason",
                 strerror (errno), NULL);
        close_file (self);
        return false;
    }
    if (!S_ISREG (is.st_mode)) {
        report_once (self, name, &is, "inbox.not_a_file", "it is no regular file",
                     "put the document itself there, not a link or a folder");
        close_file (self);
        return false;
    }
    self->file = openat (self->folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (self->file < 0 || fstat (self->file, &self->was) != 0 || !S_ISREG (self->was.st_mode)) {
        report_once (self, name, &is, "inbox.unreadable", strerror (errno),
                     "let this user read it, then touch it or move it in again");
        close_file (self);
        return false;
    }
    if (is_being_written (self->file)) {
        rap_log (RAP_LOG_DEBUG, "inbox.being_written", "file", name, NULL);
        close_file (self);
        return false;
    }
    return true;
}

//  What is known before the bytes: particulars, size. False: it is settled.
static bool begin_file (rap_inbox_t *self)
{
    rap_reason_t reason;
    rap_outcome_t outcome = {0};
    if (read_particulars (self, self->name, &self->particulars, &reason) != RAP_OK) {
        settle_refused (self, &reason);
        return false;
    }
    if (self->was.st_size > RAP_DOCUMENT_BYTES_MAX) {
        //  If the journal fails here, the file is tried again after the rollback.
        rap_intake_too_large (self->journal, &self->particulars.stated, (uint64_t)self->was.st_size, NULL, &outcome,
                              &reason);
        settle (self, &outcome, true);
        return false;
    }
    self->intake = rap_intake_new (self->journal);
    return true;
}

//  All of it was read.
static void end_file (rap_inbox_t *self)
{
    struct stat is;
    rap_reason_t reason;
    rap_outcome_t outcome;
    if (fstat (self->file, &is) != 0 || !same_file (&is, &self->was)) {
        rap_log (RAP_LOG_ERROR, "inbox.changed", "file", self->name, "reason", "it changed while it was read",
                 "advice", "it is tried again when its writer closes it", NULL);
        close_file (self);
        return;
    }
    rap_status_t status = rap_intake_end (&self->intake, &self->particulars.stated, NULL, &outcome, &reason);
    settle (self, &outcome, status != RAP_OK || outcome.result == RAP_INTAKE_QUARANTINED);
}

//  Reads on in the file; answers the bytes read.
static size_t read_file (rap_inbox_t *self, size_t budget)
{
    size_t done = 0;
    while (done < budget) {
        rap_reason_t reason;
        ssize_t got = read (self->file, self->buffer, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rap_log (RAP_LOG_ERROR, "inbox.unreadable", "file", self->name, "reason", strerror (errno), "advice",
                     "check the disk, then move the file in again", NULL);
            close_file (self);
            return done;
        }
        if (got == 0) {
            end_file (self);
            return done;
        }
        done += (size_t)got;
        rap_status_t status = rap_intake_add (self->intake, rap_text_of (self->buffer, (size_t)got), &reason);
        if (status == RAP_FAILED)
            return budget;           //  the rollback will begin it anew
        if (status == RAP_REFUSED) { //  it grew beyond the limit; its size says so next time
            rap_log (RAP_LOG_ERROR, "inbox.changed", "file", self->name, "reason", reason.text, NULL);
            add_name (self, self->name);
            close_file (self);
            return done;
        }
    }
    return done;
}

void rap_inbox_step (rap_inbox_t *self)
{
    size_t budget = STEP_BYTES;
    uint32_t files = 0;
    if (self->rescan && self->names_count == 0)
        scan (self);
    while (budget && files++ < STEP_FILES && self->settled_count < STEP_FILES
           && !rap_journal_failure (self->journal)[0]) {
        if (!self->name) {
            if (!self->names_count)
                return;
            if (!open_file (self, next_name (self)) || !begin_file (self))
                continue;
        }
        size_t done = read_file (self, budget);
        budget -= done < budget ? done : budget;
    }
}

//  --- after the commit ----------------------------------------------------------------

static void move_meta (rap_inbox_t *self, const char *name, int to_fd, const char *to)
{
    char from_meta[NAME_MAX + 16], to_meta[NAME_MAX + 64];
    snprintf (from_meta, sizeof from_meta, "%s.meta", name);
    snprintf (to_meta, sizeof to_meta, "%s.meta", to);
    if (renameat (self->folder_fd, from_meta, to_fd, to_meta) != 0 && errno != ENOENT && errno != ENAMETOOLONG)
        rap_log (RAP_LOG_WARN, "inbox.not_moved", "file", from_meta, "reason", strerror (errno), NULL);
}

//  What stands there of that name is an earlier reason (move_to sees to that), or a
//  link that somebody left: it goes, and nothing is written through it.
static void write_reason (rap_inbox_t *self, const char *name, const char *reason)
{
    char path[NAME_MAX + 64];
    const int room = NAME_MAX - (int)sizeof REASON + 1; //  a longer name loses its end
    snprintf (path, sizeof path, "%.*s" REASON, room, name);
    unlinkat (self->refused_fd, path, 0);
    int fd = openat (self->refused_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 || dprintf (fd, "%s\n", reason) < 0)
        rap_log (RAP_LOG_WARN, "inbox.no_reason_file", "file", path, "reason", strerror (errno), NULL);
    if (fd >= 0)
        close (fd);
}

//  A file system that cannot rename without replacing is asked whether there is such a
//  name; then for a plain rename.
static int move_without_replacing (rap_inbox_t *self, const char *name, int folder_fd, const char *to)
{
    struct stat is;
    int moved = renameat2 (self->folder_fd, name, folder_fd, to, RENAME_NOREPLACE);
    if (moved == 0 || errno != EINVAL)
        return moved;
    if (fstatat (folder_fd, to, &is, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat (self->folder_fd, name, folder_fd, to);
}

//  Moves without replacing; into `to` the name that it got: its own, or that and a part
//  of its id, or that and a number. A document that is called like a reason would be
//  taken for one.
static int move_to (rap_inbox_t *self, const settled_t *settled, int folder_fd, char to[NAME_MAX + 40])
{
    enum { NUMBERS_MAX = 1000 };
    const char *name = settled->name;
    size_t len = strlen (name), reason_len = sizeof REASON - 1;
    bool own = !settled->refused || len < reason_len || strcmp (name + len - reason_len, REASON) != 0;
    const char *id = settled->outcome.document_id[0] ? settled->outcome.document_id : "again";
    int moved = -1;
    snprintf (to, NAME_MAX + 40, "%s", name);
    if (own && ((moved = move_without_replacing (self, name, folder_fd, to)) == 0 || errno != EEXIST))
        return moved;
    for (int number = 1; number <= NUMBERS_MAX; number++) {
        char more[16] = "";
        if (number > 1)
            snprintf (more, sizeof more, ".%d", number);
        snprintf (to, NAME_MAX + 40, "%.200s.%.8s%s", name, id, more);
        if ((moved = move_without_replacing (self, name, folder_fd, to)) == 0 || errno != EEXIST)
            break;
    }
    return moved;
}

static void move_settled (rap_inbox_t *self, const settled_t *settled)
{
    struct stat is;
    char to[NAME_MAX + 40];
    int folder_fd = settled->refused ? self->refused_fd : self->taken_fd;
    if (fstatat (self->folder_fd, settled->name, &is, AT_SYMLINK_NOFOLLOW) != 0 || !same_file (&is, &settled->was)) {
        add_name (self, settled->name); //  another file stands there now
        return;
    }
    if (move_to (self, settled, folder_fd, to) != 0) {
        rap_log (RAP_LOG_ERROR, "inbox.not_moved", "file", settled->name, "reason", strerror (errno), "advice",
                 "let this user write in the inbox; the document itself is taken", NULL);
        return;
    }
    if (fstatat (folder_fd, to, &is, AT_SYMLINK_NOFOLLOW) == 0 && !same_file (&is, &settled->was)) {
        //  Written to between the two looks: back, to be taken as it is now.
        if (renameat (folder_fd, to, self->folder_fd, settled->name) == 0)
            return;
    }
    move_meta (self, settled->name, folder_fd, to);
    if (settled->refused) {
        write_reason (self, to, settled->outcome.cause.text);
        rap_log (RAP_LOG_WARN, "inbox.refused", "file", settled->name, "document", settled->outcome.document_id,
                 "reason", settled->outcome.cause.text, NULL);
    } else
        rap_log (RAP_LOG_INFO, "inbox.taken", "file", settled->name, "document", settled->outcome.document_id,
                 "answer", rap_intake_word (settled->outcome.result), NULL);
}

void rap_inbox_committed (rap_inbox_t *self)
{
    for (uint32_t i = 0; i < self->settled_count; i++) {
        move_settled (self, &self->settled[i]);
        free (self->settled[i].name);
    }
    self->settled_count = 0;
}

void rap_inbox_failed (rap_inbox_t *self)
{
    for (uint32_t i = 0; i < self->settled_count; i++) {
        add_name (self, self->settled[i].name);
        free (self->settled[i].name);
    }
    self->settled_count = 0;
    if (self->name) {
        add_name (self, self->name);
        rap_intake_lost (&self->intake);
        close_file (self);
    }
}

//  --- construction and the end ----------------------------------------------------------

static int open_folder (int at, const char *path)
{
    if (mkdirat (at, path, 0777) != 0 && errno != EEXIST)
        return -1;
    return openat (at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
}

static rap_status_t set_up (rap_inbox_t *self, rap_reason_t *reason)
{
    self->folder_fd = open_folder (AT_FDCWD, self->folder);
    if (self->folder_fd >= 0)
        self->taken_fd = open_folder (self->folder_fd, "taken");
    if (self->taken_fd >= 0)
        self->refused_fd = open_folder (self->folder_fd, "refused");
    if (self->refused_fd < 0)
        return rap_fail (reason, "%s: %s", self->folder, strerror (errno));
    self->notify = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
    if (self->notify < 0
        || inotify_add_watch (self->notify, self->folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return rap_fail (reason, "%s cannot be watched: %s", self->folder, strerror (errno));
    signal (SIGIO, SIG_IGN); //  a lease that is broken in the moment that we hold it
    self->rescan = true;
    return RAP_OK;
}

rap_inbox_t *rap_inbox_new (const char *folder, rap_journal_t *journal, rap_reason_t *reason)
{
    rap_inbox_t *self = must (calloc (1, sizeof *self));
    self->journal = journal;
    self->folder_fd = self->taken_fd = self->refused_fd = self->notify = self->file = -1;
    self->folder = must (strdup (folder));
    self->names = must (calloc (NAMES_MAX, sizeof *self->names));
    self->settled = must (calloc (STEP_FILES, sizeof *self->settled));
    self->buffer = must (malloc (READ_BYTES));
    if (set_up (self, reason) != RAP_OK)
        rap_inbox_destroy (&self);
    return self;
}

void rap_inbox_destroy (rap_inbox_t **self_p)
{
    rap_inbox_t *self = *self_p;
    if (!self)
        return;
    rap_inbox_failed (self); //  what waits for a commit stays where it is
    while (self->names_count)
        free (next_name (self));
    int fds[] = {self->folder_fd, self->taken_fd, self->refused_fd, self->notify};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close (fds[i]);
    free (self->scanned);
    free (self->buffer);
    free (self->settled);
    free (self->names);
    free (self->folder);
    free (self);
    *self_p = NULL;
}
