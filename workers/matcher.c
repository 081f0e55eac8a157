//  matcher: all phrases in one automaton of pure literals.
//
//  Equal phrases are compiled once and fan out to their entries when they hit.
//  A newline of the text is shown to the automaton as a space, so that phrases
//  stay literals; offsets are the same.

#include "matcher.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rapporteur/hash.h"
#include "rapporteur/limits.h"
#include "rapporteur/log.h"
#include "rapporteur/utf8.h"

enum {
    PHRASE_BYTES_MAX = 1024,
    PHRASES_MAX = 1 << 20,
    //  Hits in one text. Real chunks have some hundreds; a text made of one
    //  phrase over and over must not fill the memory.
    HITS_MAX = 1 << 18,
    SCAN_BYTES_MAX = RAP_MESSAGE_BYTES_MAX,
    CACHE_BYTES_MAX = 512 * 1024 * 1024,
    CACHE_UNUSED_S = 30 * 24 * 3600, //  a cached automaton that nobody loaded for so long goes
    //  Swaps an entry that insertion sort may spend before it gives up.
    SWAPS_PER_HIT = 8,
};

static void *allocate (size_t count, size_t size)
{
    void *memory = calloc (count ? count : 1, size);
    if (!memory) {
        rap_log (RAP_LOG_ERROR, "memory.exhausted", NULL);
        abort ();
    }
    return memory;
}

static void *reallocate (void *memory, size_t count, size_t size)
{
    memory = reallocarray (memory, count, size);
    if (!memory) {
        rap_log (RAP_LOG_ERROR, "memory.exhausted", NULL);
        abort ();
    }
    return memory;
}

//  --- builder ----------------------------------------------------------------

typedef struct {
    char *phrase; //  lower case if caseless; newlines are spaces
    uint32_t len;
    uint32_t flags;
    uint32_t group;
    uint32_t value;
    uint32_t order; //  of registration
} entry_t;

struct rap_matcher_builder {
    entry_t *entries;
    uint32_t count;
    uint32_t room;
};

rap_matcher_builder_t *rap_matcher_builder_new (void)
{
    return allocate (1, sizeof (rap_matcher_builder_t));
}

void rap_matcher_builder_destroy (rap_matcher_builder_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    for (uint32_t i = 0; i < (*self_p)->count; i++)
        free ((*self_p)->entries[i].phrase);
    free ((*self_p)->entries);
    free (*self_p);
    *self_p = NULL;
}

void rap_matcher_add (rap_matcher_builder_t *self, rap_group_t group, uint32_t value, rap_text_t phrase,
                      uint32_t flags)
{
    assert (group < RAP_GROUP_COUNT);
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 1024;
        self->entries = reallocate (self->entries, self->room, sizeof *self->entries);
    }
    //  Too long is refused by rap_matcher_new, by this length.
    size_t len = phrase.len <= PHRASE_BYTES_MAX ? phrase.len : PHRASE_BYTES_MAX + 1;
    char *copy = allocate (len + 1, 1);
    for (size_t i = 0; i < len; i++) {
        char byte = phrase.at[i] == '\n' ? ' ' : phrase.at[i];
        bool upper = byte >= 'A' && byte <= 'Z';
        copy[i] = (flags & RAP_PHRASE_CASELESS) && upper ? (char)(byte - 'A' + 'a') : byte;
    }
    self->entries[self->count] = (entry_t){.phrase = copy,
                                           .len = (uint32_t)len,
                                           .flags = flags,
                                           .group = (uint32_t)group,
                                           .value = value,
                                           .order = self->count};
    self->count++;
}

//  Equal phrases of equal case come together, in the order of registration.
static int compare_entries (const void *left, const void *right)
{
    const entry_t *a = left, *b = right;
    uint32_t a_caseless = a->flags & RAP_PHRASE_CASELESS, b_caseless = b->flags & RAP_PHRASE_CASELESS;
    if (a_caseless != b_caseless)
        return a_caseless < b_caseless ? -1 : 1;
    int order = memcmp (a->phrase, b->phrase, a->len < b->len ? a->len : b->len);
    if (order != 0)
        return order;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static bool same_phrase (const entry_t *a, const entry_t *b)
{
    return (a->flags & RAP_PHRASE_CASELESS) == (b->flags & RAP_PHRASE_CASELESS) && a->len == b->len
           && memcmp (a->phrase, b->phrase, a->len) == 0;
}

//  --- matcher ----------------------------------------------------------------

//  What a phrase means to one extractor.
typedef struct {
    uint32_t group;
    uint32_t value;
    bool boundary_before; //  a word character may not stand before
    bool boundary_after;
} meaning_t;

//  One literal of the automaton; its id is its place in the table.
typedef struct {
    uint32_t len;
    uint32_t first; //  its meanings
    uint32_t count;
} literal_t;

struct rap_matcher {
    hs_database_t *database; //  NULL without phrases
    literal_t *literals;
    uint32_t literals_count;
    meaning_t *meanings;
};

//  What hs_compile_lit_multi wants: columns.
typedef struct {
    const char **phrases;
    unsigned *flags;
    unsigned *ids;
    size_t *lens;
} columns_t;

static bool is_word_at (rap_text_t text, size_t at)
{
    unsigned char byte = (unsigned char)text.at[at];
    if (byte < 0x80)
        return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    size_t len;
    return rap_utf8_is_word (rap_utf8_decode (text, at, &len));
}

static bool is_word_before (rap_text_t text, size_t at)
{
    if (at == 0)
        return false;
    do
        at--;
    while (at > 0 && ((unsigned char)text.at[at] & 0xC0) == 0x80);
    return is_word_at (text, at);
}

static bool is_word_after (rap_text_t text, size_t at)
{
    return at < text.len && is_word_at (text, at);
}

//  A boundary is asked for only at an edge that is itself a word character.
static meaning_t meaning_of (const entry_t *entry)
{
    rap_text_t phrase = rap_text_of (entry->phrase, entry->len);
    bool part = entry->flags & RAP_PHRASE_PART;
    return (meaning_t){.group = entry->group,
                       .value = entry->value,
                       .boundary_before = !part && is_word_at (phrase, 0),
                       .boundary_after =
                           !part && !(entry->flags & RAP_PHRASE_STEM) && is_word_before (phrase, phrase.len)};
}

static rap_status_t check_entries (const rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    if (builder->count > PHRASES_MAX)
        return rap_refuse (reason, "matcher: %u phrases; at most %d", builder->count, PHRASES_MAX);
    for (uint32_t i = 0; i < builder->count; i++) {
        const entry_t *entry = &builder->entries[i];
        rap_text_t phrase = rap_text_of (entry->phrase, entry->len);
        if (entry->len == 0 || entry->len > PHRASE_BYTES_MAX)
            return rap_refuse (reason, "matcher: phrase '%.60s' of group %u is empty or longer than %d bytes",
                               entry->phrase, entry->group, PHRASE_BYTES_MAX);
        if (rap_utf8_invalid_at (phrase) < phrase.len)
            return rap_refuse (reason, "matcher: phrase %u of group %u is not valid UTF-8", i, entry->group);
    }
    return RAP_OK;
}

//  Fills literals and meanings from the sorted entries; columns for the compiler.
static void lay_out (rap_matcher_t *self, const entry_t *sorted, uint32_t count, columns_t *columns)
{
    self->literals = allocate (count, sizeof *self->literals);
    self->meanings = allocate (count, sizeof *self->meanings);
    *columns = (columns_t){.phrases = allocate (count, sizeof (char *)),
                           .flags = allocate (count, sizeof (unsigned)),
                           .ids = allocate (count, sizeof (unsigned)),
                           .lens = allocate (count, sizeof (size_t))};
    for (uint32_t i = 0; i < count; i++) {
        self->meanings[i] = meaning_of (&sorted[i]);
        if (i > 0 && same_phrase (&sorted[i - 1], &sorted[i])) {
            self->literals[self->literals_count - 1].count++;
            continue;
        }
        uint32_t id = self->literals_count++;
        self->literals[id] = (literal_t){.len = sorted[i].len, .first = i, .count = 1};
        columns->phrases[id] = sorted[i].phrase;
        columns->flags[id] = sorted[i].flags & RAP_PHRASE_CASELESS ? HS_FLAG_CASELESS : 0;
        columns->ids[id] = id;
        columns->lens[id] = sorted[i].len;
    }
}

static void free_columns (columns_t *columns)
{
    free (columns->phrases);
    free (columns->flags);
    free (columns->ids);
    free (columns->lens);
}

static hs_database_t *compile (const columns_t *columns, uint32_t count, rap_reason_t *reason)
{
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    if (hs_compile_lit_multi (columns->phrases, columns->flags, columns->ids, columns->lens, count, HS_MODE_BLOCK,
                              NULL, &database, &error)
        != HS_SUCCESS) {
        rap_refuse (reason, "matcher: phrase '%.60s': %s",
                    error && error->expression >= 0 ? columns->phrases[error->expression] : "",
                    error ? error->message : "cannot be compiled");
        hs_free_compile_error (error);
        return NULL;
    }
    return database;
}

//  --- cache ------------------------------------------------------------------
//
//  A cache file is one line "rapporteur-matcher 1 NAME CHECKSUM\n" and the
//  serialised automaton. NAME is the hash of all that the automaton depends on,
//  CHECKSUM that of the bytes that follow. A serialised automaton is as powerful
//  as code, so a file or folder that others could have written is not read.
//  To change the layout, change the number.

#define CACHE_MAGIC "rapporteur-matcher 1"

typedef struct {
    char name[RAP_SHA256_HEX];
    char path[4096];
} cache_place_t;

//  Hash of phrases and flags in order, the key, the library and the processor.
static void name_content (char name[RAP_SHA256_HEX], const columns_t *columns, uint32_t count, const char *key)
{
    hs_platform_info_t platform;
    memset (&platform, 0, sizeof platform);
    hs_populate_platform (&platform);
    char head[512];
    int len = snprintf (head, sizeof head, CACHE_MAGIC "\n%s\n%s\n%u %llx\n", hs_version (), key, platform.tune,
                        platform.cpu_features);
    rap_sha256_t *hash = rap_sha256_new ();
    rap_sha256_add (hash, head, len < 0 ? 0 : (size_t)len);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t numbers[2] = {columns->flags[i], (uint32_t)columns->lens[i]};
        rap_sha256_add (hash, numbers, sizeof numbers);
        rap_sha256_add (hash, columns->phrases[i], columns->lens[i]);
    }
    rap_sha256_end (&hash, name);
}

static bool is_ours (const struct stat *status)
{
    return status->st_uid == geteuid () && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

//  Makes the folder if need be; false if it is not ours alone to write.
static bool folder_usable (const char *folder)
{
    struct stat status;
    if (mkdir (folder, 0700) != 0 && errno != EEXIST)
        return false;
    return lstat (folder, &status) == 0 && S_ISDIR (status.st_mode) && is_ours (&status);
}

static char *read_whole (int fd, size_t *size)
{
    struct stat status;
    if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || !is_ours (&status) || status.st_size <= 0
        || status.st_size > CACHE_BYTES_MAX)
        return NULL;
    char *bytes = allocate ((size_t)status.st_size + 1, 1);
    size_t got = 0;
    while (got < (size_t)status.st_size) {
        ssize_t n = read (fd, bytes + got, (size_t)status.st_size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    *size = got;
    return bytes;
}

static void format_head (char *head, size_t room, const char *name, const char *payload, size_t len)
{
    char checksum[RAP_SHA256_HEX];
    rap_sha256 (payload, len, checksum);
    snprintf (head, room, CACHE_MAGIC " %s %s\n", name, checksum);
}

enum { CACHE_HEAD_LEN = sizeof CACHE_MAGIC - 1 + 2 * RAP_SHA256_HEX + 1, CACHE_HEAD_ROOM = CACHE_HEAD_LEN + 1 };

//  NULL if there is no such file or it is not exactly what we once wrote.
static hs_database_t *load (const cache_place_t *place)
{
    int fd = open (place->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t size = 0;
    hs_database_t *database = NULL;
    char *bytes = read_whole (fd, &size);
    (void)futimens (fd, NULL); //  it is in use, see forget_unused
    close (fd);
    if (bytes && size > CACHE_HEAD_LEN) {
        char head[CACHE_HEAD_ROOM];
        format_head (head, sizeof head, place->name, bytes + CACHE_HEAD_LEN, size - CACHE_HEAD_LEN);
        if (memcmp (head, bytes, CACHE_HEAD_LEN) == 0
            && hs_deserialize_database (bytes + CACHE_HEAD_LEN, size - CACHE_HEAD_LEN, &database) != HS_SUCCESS)
            database = NULL;
    }
    free (bytes);
    if (!database)
        rap_log (RAP_LOG_WARN, "matcher.cache.distrusted", "path", place->path, NULL);
    return database;
}

static bool write_whole (int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write (fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

//  Each change of the rules makes a new file. Those that nobody loaded for a month go when one is written; what is
//  missed after all is compiled again.
static void forget_unused (const char *folder)
{
    DIR *listing = opendir (folder);
    const struct dirent *entry;
    struct stat about;
    time_t now = time (NULL);
    while (listing && (entry = readdir (listing)))
        if (strncmp (entry->d_name, "matcher-", 8) == 0
            && fstatat (dirfd (listing), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (about.st_mode)
            && now - about.st_mtime > CACHE_UNUSED_S)
            unlinkat (dirfd (listing), entry->d_name, 0);
    if (listing)
        closedir (listing);
}

//  Writes beside and renames. A cache that cannot be written costs time, no more.
static void save (const cache_place_t *place, const hs_database_t *database)
{
    char beside[sizeof place->path + 8];
    snprintf (beside, sizeof beside, "%s.XXXXXX", place->path);
    char *bytes = NULL;
    size_t len = 0;
    if (hs_serialize_database (database, &bytes, &len) != HS_SUCCESS)
        return;
    int fd = mkostemp (beside, O_CLOEXEC);
    if (fd >= 0) {
        char head[CACHE_HEAD_ROOM];
        format_head (head, sizeof head, place->name, bytes, len);
        bool written = write_whole (fd, head, CACHE_HEAD_LEN) && write_whole (fd, bytes, len) && fsync (fd) == 0;
        written = close (fd) == 0 && written;
        if (!written || rename (beside, place->path) != 0) {
            unlink (beside);
            fd = -1;
        }
    }
    if (fd < 0)
        rap_log (RAP_LOG_WARN, "matcher.cache.unwritten", "path", place->path, "cause", strerror (errno), NULL);
    free (bytes);
}

static hs_database_t *load_or_compile (const columns_t *columns, uint32_t count, const char *folder, const char *key,
                                       rap_reason_t *reason)
{
    cache_place_t place;
    if (folder && !folder_usable (folder)) {
        rap_log (RAP_LOG_WARN, "matcher.cache.unusable", "folder", folder, "cause",
                 "cannot be made, or others may write there", NULL);
        folder = NULL;
    }
    if (!folder)
        return compile (columns, count, reason);
    name_content (place.name, columns, count, key);
    if (snprintf (place.path, sizeof place.path, "%s/matcher-%.32s.hs", folder, place.name) >= (int)sizeof place.path)
        return compile (columns, count, reason);
    hs_database_t *database = load (&place);
    if (!database) {
        database = compile (columns, count, reason);
        if (database) {
            save (&place, database);
            forget_unused (folder);
        }
    }
    return database;
}

rap_matcher_t *rap_matcher_new (const rap_matcher_builder_t *builder, const char *cache_folder, const char *key,
                                rap_reason_t *reason)
{
    if (hs_valid_platform () != HS_SUCCESS) {
        rap_fail (reason, "matcher: this processor cannot run %s", hs_version ());
        return NULL;
    }
    if (check_entries (builder, reason) != RAP_OK)
        return NULL;
    entry_t *sorted = allocate (builder->count, sizeof *sorted);
    if (builder->count) {
        memcpy (sorted, builder->entries, builder->count * sizeof *sorted);
        qsort (sorted, builder->count, sizeof *sorted, compare_entries);
    }
    rap_matcher_t *self = allocate (1, sizeof *self);
    columns_t columns;
    lay_out (self, sorted, builder->count, &columns);
    if (self->literals_count) {
        self->database = load_or_compile (&columns, self->literals_count, cache_folder, key ? key : "", reason);
        if (!self->database)
            rap_matcher_destroy (&self);
    }
    free_columns (&columns);
    free (sorted);
    return self;
}

void rap_matcher_destroy (rap_matcher_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    hs_free_database ((*self_p)->database);
    free ((*self_p)->literals);
    free ((*self_p)->meanings);
    free (*self_p);
    *self_p = NULL;
}

//  --- scan -------------------------------------------------------------------

struct rap_scan {
    const rap_matcher_t *matcher;
    hs_scratch_t *scratch;
    rap_text_t text; //  under scan
    char *flat;      //  copy of a text with newlines as spaces
    size_t flat_room;
    rap_hit_t *found; //  as they came
    rap_hit_t *hits;  //  by group
    uint32_t found_count;
    uint32_t found_room;
    uint32_t hits_room;
    uint32_t first[RAP_GROUP_COUNT];
    uint32_t count[RAP_GROUP_COUNT];
};

rap_scan_t *rap_scan_new (const rap_matcher_t *matcher)
{
    rap_scan_t *self = allocate (1, sizeof *self);
    self->matcher = matcher;
    if (matcher->database && hs_alloc_scratch (matcher->database, &self->scratch) != HS_SUCCESS) {
        rap_log (RAP_LOG_ERROR, "memory.exhausted", NULL);
        abort ();
    }
    return self;
}

void rap_scan_destroy (rap_scan_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    hs_free_scratch ((*self_p)->scratch);
    free ((*self_p)->flat);
    free ((*self_p)->found);
    free ((*self_p)->hits);
    free (*self_p);
    *self_p = NULL;
}

static void keep_hit (rap_scan_t *self, rap_hit_t hit)
{
    if (self->found_count == self->found_room) {
        self->found_room = self->found_room ? self->found_room * 2 : 1024;
        self->found = reallocate (self->found, self->found_room, sizeof *self->found);
    }
    self->found[self->found_count++] = hit;
}

//  Called by the automaton for each literal that ends at `to`. Not 0: stop.
static int on_match (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    (void)from;
    (void)flags;
    rap_scan_t *self = context;
    const literal_t *literal = &self->matcher->literals[id];
    uint32_t end = (uint32_t)to, start = end - literal->len;
    bool word_before = is_word_before (self->text, start), word_after = is_word_after (self->text, end);
    for (uint32_t i = 0; i < literal->count; i++) {
        const meaning_t *meaning = &self->matcher->meanings[literal->first + i];
        if ((meaning->boundary_before && word_before) || (meaning->boundary_after && word_after))
            continue;
        if (self->found_count == HITS_MAX)
            return 1;
        keep_hit (self, (rap_hit_t){start, end, meaning->value, meaning->group});
    }
    return 0;
}

//  By start, longer first, then by value.
static int compare_hits (const void *left, const void *right)
{
    const rap_hit_t *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    return a->value == b->value ? 0 : a->value < b->value ? -1 : 1;
}

//  Hits come by end, which is nearly by start: insertion is linear then. A text
//  made to spoil that is sorted by qsort.
static void sort_hits (rap_hit_t *hits, uint32_t count)
{
    uint64_t swaps_left = (uint64_t)count * SWAPS_PER_HIT;
    for (uint32_t i = 1; i < count; i++) {
        rap_hit_t hit = hits[i];
        uint32_t at = i;
        while (at > 0 && swaps_left > 0 && compare_hits (&hit, &hits[at - 1]) < 0) {
            hits[at] = hits[at - 1];
            at--;
            swaps_left--;
        }
        hits[at] = hit;
        if (swaps_left == 0) {
            qsort (hits, count, sizeof *hits, compare_hits);
            return;
        }
    }
}

//  The same phrase entered twice with the same value counts once.
static uint32_t drop_doubles (rap_hit_t *hits, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || compare_hits (&hits[kept - 1], &hits[i]) != 0)
            hits[kept++] = hits[i];
    return kept;
}

static void group_hits (rap_scan_t *self)
{
    if (self->hits_room < self->found_count) {
        self->hits_room = self->found_room;
        free (self->hits);
        self->hits = allocate (self->hits_room, sizeof *self->hits);
    }
    memset (self->count, 0, sizeof self->count);
    for (uint32_t i = 0; i < self->found_count; i++)
        self->count[self->found[i].group]++;
    uint32_t next[RAP_GROUP_COUNT], sum = 0;
    for (uint32_t group = 0; group < RAP_GROUP_COUNT; group++) {
        self->first[group] = next[group] = sum;
        sum += self->count[group];
    }
    for (uint32_t i = 0; i < self->found_count; i++)
        self->hits[next[self->found[i].group]++] = self->found[i];
    for (uint32_t group = 0; group < RAP_GROUP_COUNT; group++) {
        sort_hits (self->hits + self->first[group], self->count[group]);
        self->count[group] = drop_doubles (self->hits + self->first[group], self->count[group]);
    }
}

//  The text as the automaton sees it.
static const char *flatten (rap_scan_t *self, rap_text_t text)
{
    if (!memchr (text.at, '\n', text.len))
        return text.at;
    if (self->flat_room < text.len) {
        self->flat_room = text.len < 64 * 1024 ? 64 * 1024 : text.len;
        self->flat = reallocate (self->flat, self->flat_room, 1);
    }
    for (size_t i = 0; i < text.len; i++)
        self->flat[i] = text.at[i] == '\n' ? ' ' : text.at[i];
    return self->flat;
}

rap_status_t rap_scan_run (rap_scan_t *self, rap_text_t text, rap_reason_t *reason)
{
    self->found_count = 0;
    memset (self->count, 0, sizeof self->count);
    if (text.len > SCAN_BYTES_MAX)
        return rap_refuse (reason, "matcher: a text of %zu bytes; at most %d", text.len, SCAN_BYTES_MAX);
    if (text.len == 0 || !self->matcher->database)
        return RAP_OK;
    self->text = text;
    hs_error_t error =
        hs_scan (self->matcher->database, flatten (self, text), (unsigned)text.len, 0, self->scratch, on_match, self);
    self->text = RAP_TEXT ("");
    if (error == HS_SCAN_TERMINATED) {
        self->found_count = 0;
        return rap_refuse (reason, "matcher: more than %d hits in a text of %zu bytes", HITS_MAX, text.len);
    }
    if (error != HS_SUCCESS)
        return rap_fail (reason, "matcher: scan failed with %d", error);
    if (self->found_count)
        group_hits (self);
    return RAP_OK;
}

const rap_hit_t *rap_scan_hits (const rap_scan_t *self, rap_group_t group, uint32_t *count)
{
    *count = self->count[group];
    return self->hits ? self->hits + self->first[group] : NULL;
}
