//  body: bytes, zlib, and a short list of those that are kept.
#include "body.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SMALL = 1024, KEPT_MAX = 64, LEVEL = 4 };

struct rap_body {
    char *bytes;
    size_t len;
    const char *type;
    atomic_int holders;
    pthread_mutex_t lock; //  of what follows
    bool tried;
    char *gzip;
    size_t gzip_len;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_body_t *rap_body_new (char *bytes, size_t len, const char *type)
{
    rap_body_t *self = must (calloc (1, sizeof *self));
    self->bytes = bytes;
    self->len = len;
    self->type = type;
    atomic_init (&self->holders, 1);
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

rap_body_t *rap_body_hold (rap_body_t *self)
{
    atomic_fetch_add (&self->holders, 1);
    return self;
}

void rap_body_release (rap_body_t *self)
{
    if (!self || atomic_fetch_sub (&self->holders, 1) != 1)
        return;
    pthread_mutex_destroy (&self->lock);
    free (self->bytes);
    free (self->gzip);
    free (self);
}

const char *rap_body_bytes (const rap_body_t *self, size_t *len)
{
    *len = self->len;
    return self->bytes;
}

const char *rap_body_type (const rap_body_t *self)
{
    return self->type;
}

static void compress_body (rap_body_t *self)
{
    z_stream stream = {.next_in = (unsigned char *)self->bytes, .avail_in = (uInt)self->len};
    if (deflateInit2 (&stream, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort (); //  no memory
    size_t room = deflateBound (&stream, (uLong)self->len);
    self->gzip = must (malloc (room));
    stream.next_out = (unsigned char *)self->gzip;
    stream.avail_out = (uInt)room;
    int code = deflate (&stream, Z_FINISH);
    self->gzip_len = (size_t)stream.total_out;
    deflateEnd (&stream);
    if (code == Z_STREAM_END && self->gzip_len < self->len)
        return;
    free (self->gzip);
    self->gzip = NULL;
}

const char *rap_body_gzip (rap_body_t *self, size_t *len)
{
    if (self->len < SMALL)
        return NULL;
    pthread_mutex_lock (&self->lock);
    if (!self->tried)
        compress_body (self);
    self->tried = true;
    pthread_mutex_unlock (&self->lock);
    *len = self->gzip_len;
    return self->gzip;
}

//  --- kept ----------------------------------------------------------------------------
typedef struct {
    char *key;
    uint64_t version;
    int64_t made_ms;
    uint64_t used; //  turn of the last use
    rap_body_t *body;
} kept_t;

struct rap_cache {
    pthread_mutex_t lock;
    kept_t kept[KEPT_MAX];
    size_t bytes, bytes_max;
    uint64_t turn;
};

rap_cache_t *rap_cache_new (size_t bytes_max)
{
    rap_cache_t *self = must (calloc (1, sizeof *self));
    pthread_mutex_init (&self->lock, NULL);
    self->bytes_max = bytes_max;
    return self;
}

static void forget (rap_cache_t *self, kept_t *kept)
{
    if (!kept->key)
        return;
    self->bytes -= kept->body->len;
    rap_body_release (kept->body);
    free (kept->key);
    *kept = (kept_t){.key = NULL};
}

void rap_cache_destroy (rap_cache_t **self_p)
{
    rap_cache_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < KEPT_MAX; i++)
        forget (self, &self->kept[i]);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

static kept_t *find (rap_cache_t *self, const char *key)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (self->kept[i].key && strcmp (self->kept[i].key, key) == 0)
            return &self->kept[i];
    return NULL;
}

rap_body_t *rap_cache_find (rap_cache_t *self, const char *key, uint64_t *version, int64_t age_ms, int64_t now_ms)
{
    rap_body_t *body = NULL;
    pthread_mutex_lock (&self->lock);
    kept_t *kept = find (self, key);
    if (kept && (kept->version == *version || now_ms - kept->made_ms < age_ms)) {
        body = rap_body_hold (kept->body);
        *version = kept->version;
        kept->used = ++self->turn;
    }
    pthread_mutex_unlock (&self->lock);
    return body;
}

//  A free place, or that of the one that was not used for longest.
static kept_t *make_place (rap_cache_t *self, size_t len)
{
    for (;;) {
        kept_t *oldest = NULL, *empty = NULL;
        for (size_t i = 0; i < KEPT_MAX; i++) {
            kept_t *kept = &self->kept[i];
            if (!kept->key)
                empty = kept;
            else if (!oldest || kept->used < oldest->used)
                oldest = kept;
        }
        if (empty && self->bytes + len <= self->bytes_max)
            return empty;
        forget (self, oldest);
    }
}

void rap_cache_keep (rap_cache_t *self, const char *key, uint64_t version, int64_t now_ms, rap_body_t *body)
{
    if (body->len > self->bytes_max / 4)
        return;
    pthread_mutex_lock (&self->lock);
    kept_t *kept = find (self, key);
    if (kept)
        forget (self, kept);
    kept = make_place (self, body->len);
    *kept = (kept_t){.key = must (strdup (key)),
                     .version = version,
                     .made_ms = now_ms,
                     .used = ++self->turn,
                     .body = rap_body_hold (body)};
    self->bytes += body->len;
    pthread_mutex_unlock (&self->lock);
}
