//  arena: a chain of blocks, the newest first; allocation moves a mark.
#include "rapporteur/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

//  The first block holds a usual chunk's findings; later ones double up to the
//  largest, so that a large document costs few calls of malloc.
enum { BLOCK_FIRST = 16 * 1024, BLOCK_LARGEST = 1024 * 1024, ALIGNMENT = _Alignof(max_align_t) };

typedef struct block {
    struct block *older;
    size_t room; //  bytes in data
    size_t used;
    _Alignas(max_align_t) unsigned char data[];
} block_t;

struct rap_arena {
    block_t *newest;
    size_t used; //  handed out since the last reset
};

static void *must (void *memory)
{
    if (!memory) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    return memory;
}

static block_t *make_block (size_t room, block_t *older)
{
    assert (room < SIZE_MAX - sizeof (block_t));
    block_t *block = must (malloc (sizeof (block_t) + room));
    block->older = older;
    block->room = room;
    block->used = 0;
    return block;
}

rap_arena_t *rap_arena_new (void)
{
    return must (calloc (1, sizeof (rap_arena_t)));
}

void rap_arena_destroy (rap_arena_t **self_p)
{
    rap_arena_t *self = *self_p;
    if (!self)
        return;
    while (self->newest) {
        block_t *older = self->newest->older;
        free (self->newest);
        self->newest = older;
    }
    free (self);
    *self_p = NULL;
}

void rap_arena_reset (rap_arena_t *self)
{
    self->used = 0;
    if (!self->newest)
        return;
    //  The newest is kept unless it is larger than a block ever grows: one huge
    //  document must not be paid for until the process ends.
    block_t *kept = self->newest->room <= BLOCK_LARGEST ? self->newest : NULL;
    block_t *block = kept ? kept->older : self->newest;
    while (block) {
        block_t *older = block->older;
        if (!kept && block->room <= BLOCK_LARGEST) {
            kept = block;
        } else {
            free (block);
        }
        block = older;
    }
    self->newest = kept;
    if (kept) {
        kept->older = NULL;
        kept->used = 0;
    }
}

//  A block with at least `size` bytes free, as the newest.
static block_t *grow (rap_arena_t *self, size_t size)
{
    size_t room = self->newest ? self->newest->room * 2 : BLOCK_FIRST;
    if (room > BLOCK_LARGEST)
        room = BLOCK_LARGEST;
    if (size > room / 4 && self->newest) {
        //  A large piece gets a block of its own behind the newest, which stays in use.
        self->newest->older = make_block (size, self->newest->older);
        return self->newest->older;
    }
    self->newest = make_block (size > room ? size : room, self->newest);
    return self->newest;
}

static void *take (rap_arena_t *self, size_t size)
{
    assert (size < SIZE_MAX - ALIGNMENT);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block_t *block = self->newest;
    if (!block || block->room - block->used < size)
        block = grow (self, size);
    void *memory = block->data + block->used;
    block->used += size;
    self->used += size;
    return memory;
}

void *rap_arena_room (rap_arena_t *self, size_t size)
{
    return take (self, size ? size : 1);
}

void *rap_arena_alloc (rap_arena_t *self, size_t size)
{
    return memset (rap_arena_room (self, size), 0, size);
}

rap_text_t rap_arena_text (rap_arena_t *self, rap_text_t text)
{
    char *copy = take (self, text.len + 1);
    if (text.len)
        memcpy (copy, text.at, text.len);
    copy[text.len] = 0;
    return (rap_text_t){copy, text.len};
}

rap_text_t rap_arena_join (rap_arena_t *self, const rap_text_t *texts, size_t count)
{
    size_t len = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        len += texts[i].len;
    char *joined = take (self, len + 1);
    for (size_t i = 0; i < count; i++) {
        if (texts[i].len)
            memcpy (joined + at, texts[i].at, texts[i].len);
        at += texts[i].len;
    }
    joined[len] = 0;
    return (rap_text_t){joined, len};
}

rap_text_t rap_arena_format (rap_arena_t *self, const char *format, ...)
{
    char small[256]; //  most are short: formatted once
    va_list list, again;
    va_start (list, format);
    va_copy (again, list);
    int len = vsnprintf (small, sizeof small, format, list);
    va_end (list);
    assert (len >= 0);
    char *copy = take (self, (size_t)len + 1);
    if ((size_t)len < sizeof small)
        memcpy (copy, small, (size_t)len + 1);
    else
        vsnprintf (copy, (size_t)len + 1, format, again);
    va_end (again);
    return (rap_text_t){copy, (size_t)len};
}

size_t rap_arena_used (const rap_arena_t *self)
{
    return self->used;
}
