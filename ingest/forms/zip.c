//  zip: libarchive reads, we count. It follows the central directory, as office
//  programs do, not what may stand elsewhere in the file.
#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vector.h"

struct rap_zip {
    rap_text_t bytes;
    char **names; //  of the entries, in order
    uint32_t names_count, names_room;
    uint64_t out; //  bytes that have come out so far
};

static struct archive *open_archive (rap_text_t bytes, rap_reason_t *reason)
{
    struct archive *archive = archive_read_new ();
    if (!archive)
        abort ();
    archive_read_support_format_zip_seekable (archive);
    if (archive_read_open_memory (archive, bytes.at, bytes.len) == ARCHIVE_OK)
        return archive;
    rap_reason_set (reason, "a ZIP archive that is damaged or cut off: %s", archive_error_string (archive));
    archive_read_free (archive);
    return NULL;
}

//  The next entry; NULL at the end, or with the reason set if the directory is damaged.
static struct archive_entry *next_entry (struct archive *archive, bool *damaged, rap_reason_t *reason)
{
    struct archive_entry *entry;
    int got = archive_read_next_header (archive, &entry);
    //  A warning is about a name in letters that this locale has not.
    if (got == ARCHIVE_OK || got == ARCHIVE_WARN)
        return entry;
    *damaged = got != ARCHIVE_EOF;
    if (*damaged)
        rap_reason_set (reason, "a ZIP archive that is damaged or cut off: %s", archive_error_string (archive));
    return NULL;
}

//  libarchive reads the whole directory at once, whatever its length is said to be;
//  so its entries are counted first, by how each begins.
static bool has_too_many_entries (rap_text_t bytes)
{
    const char *at = bytes.at, *end = bytes.at + bytes.len;
    for (uint32_t count = 0; (at = memmem (at, (size_t)(end - at), "PK\x01\x02", 4)); at += 4)
        if (++count > RAP_ZIP_ENTRIES_MAX)
            return true;
    return false;
}

static void keep_name (rap_zip_t *self, const char *name)
{
    self->names = vector_room (self->names, self->names_count, &self->names_room, sizeof *self->names);
    char *copy = strdup (name ? name : "");
    if (!copy)
        abort ();
    self->names[self->names_count++] = copy;
}

static bool list (rap_zip_t *self, rap_reason_t *reason)
{
    struct archive *archive = open_archive (self->bytes, reason);
    struct archive_entry *entry;
    bool bad = !archive;
    while (!bad && (entry = next_entry (archive, &bad, reason))) {
        const char *name = archive_entry_pathname (entry);
        keep_name (self, name);
        if (archive_entry_is_encrypted (entry)) {
            rap_reason_set (reason, "an encrypted ZIP archive ('%.80s' needs a password); save it without one",
                            name ? name : "");
            bad = true;
        }
    }
    archive_read_free (archive);
    return !bad;
}

rap_zip_t *rap_zip_new (rap_text_t bytes, rap_reason_t *reason)
{
    if (has_too_many_entries (bytes)) {
        rap_reason_set (reason, "a ZIP archive with more than %d entries", RAP_ZIP_ENTRIES_MAX);
        return NULL;
    }
    rap_zip_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->bytes = bytes;
    if (!list (self, reason))
        rap_zip_destroy (&self);
    return self;
}

void rap_zip_destroy (rap_zip_t **self_p)
{
    rap_zip_t *self = *self_p;
    if (!self)
        return;
    for (uint32_t i = 0; i < self->names_count; i++)
        free (self->names[i]);
    free (self->names);
    free (self);
    *self_p = NULL;
}

uint32_t rap_zip_has (const rap_zip_t *self, const char *name)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->names_count; i++)
        count += strcasecmp (self->names[i], name) == 0;
    return count;
}

static rap_status_t check_size (rap_zip_t *self, const char *name, uint64_t part, rap_reason_t *reason)
{
    if (part > RAP_ZIP_PART_MAX)
        return rap_refuse (reason, "%.80s: more than %d bytes when unpacked", name, RAP_ZIP_PART_MAX);
    if (self->out > RAP_ZIP_ALL_MAX)
        return rap_refuse (reason, "%.80s: with the parts before it more than %d bytes when unpacked", name,
                           RAP_ZIP_ALL_MAX);
    if (part > RAP_ZIP_RATIO_FREE && part / RAP_ZIP_RATIO_MAX > self->bytes.len)
        return rap_refuse (reason, "%.80s: unpacks to more than %d times the size of the archive, as no text does",
                           name, RAP_ZIP_RATIO_MAX);
    return RAP_OK;
}

//  The content of the entry that the archive stands at.
static rap_status_t read_entry (rap_zip_t *self, struct archive *archive, const char *name, rap_zip_take_t take,
                                void *context, rap_reason_t *reason)
{
    uint64_t part = 0;
    for (;;) {
        const void *piece;
        size_t len;
        la_int64_t offset;
        int got = archive_read_data_block (archive, &piece, &len, &offset);
        if (got == ARCHIVE_EOF)
            return RAP_OK;
        if (got != ARCHIVE_OK)
            return rap_refuse (reason, "%.80s: damaged, after %llu bytes: %s", name, (unsigned long long)part,
                               archive_error_string (archive));
        part += len;
        self->out += len;
        rap_status_t status = check_size (self, name, part, reason);
        if (status == RAP_OK && len)
            status = take (context, rap_text_of (piece, len), reason);
        if (status != RAP_OK)
            return status;
    }
}

rap_status_t rap_zip_read (rap_zip_t *self, const char *name, rap_zip_take_t take, void *context,
                           rap_reason_t *reason)
{
    uint32_t count = rap_zip_has (self, name);
    if (count != 1)
        return rap_refuse (reason, "%.80s: %s", name,
                           count ? "there is more than one of that name" : "it is missing");
    struct archive *archive = open_archive (self->bytes, reason);
    if (!archive)
        return RAP_REFUSED;
    struct archive_entry *entry;
    bool damaged = false;
    rap_status_t status = RAP_REFUSED;
    while ((entry = next_entry (archive, &damaged, reason))) {
        const char *found = archive_entry_pathname (entry);
        if (found && strcasecmp (found, name) == 0)
            break;
    }
    if (entry)
        status = read_entry (self, archive, name, take, context, reason);
    archive_read_free (archive);
    return status;
}

typedef struct {
    char *at;
    size_t len, max;
} head_t;

static rap_status_t take_head (void *context, rap_text_t piece, rap_reason_t *reason)
{
    head_t *head = context;
    size_t len = piece.len < head->max - head->len ? piece.len : head->max - head->len;
    memcpy (head->at + head->len, piece.at, len);
    head->len += len;
    (void)reason;
    return head->len < head->max ? RAP_OK : RAP_AGAIN;
}

rap_text_t rap_zip_head (rap_zip_t *self, const char *name, size_t max, rap_arena_t *arena)
{
    head_t head = {.at = rap_arena_alloc (arena, max), .max = max};
    rap_reason_t reason;
    rap_zip_read (self, name, take_head, &head, &reason);
    return rap_text_of (head.at, head.len);
}
