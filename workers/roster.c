//  roster: births and deaths of children.

#include "roster.h"

#include <assert.h>
#include <stdlib.h>

enum {
    YOUNG_MS = 1000,   //  a life shorter than this counts as a failure
    FAILURES_FREE = 3, //  so many in a row are replaced at once: a bad chunk may cost as many
    DELAY_FIRST_MS = 200,
    DELAY_CRASHED_MS = 5000, //  the longest waits
    DELAY_REFUSED_MS = 30000,
};

typedef struct {
    pid_t pid; //  0: not running
    int64_t started_ms;
    int64_t due_ms;    //  not started before
    uint32_t failures; //  in a row
} child_t;

struct rap_roster {
    child_t *children;
    uint32_t count;
    uint32_t wanted; //  of them, from the first on
};

rap_roster_t *rap_roster_new (uint32_t children)
{
    assert (children > 0 && children <= RAP_CHILDREN_MAX);
    rap_roster_t *self = calloc (1, sizeof *self);
    if (self)
        self->children = calloc (children, sizeof *self->children);
    if (!self || !self->children)
        abort ();
    self->count = self->wanted = children;
    for (uint32_t i = 0; i < children; i++)
        self->children[i].due_ms = INT64_MIN;
    return self;
}

void rap_roster_destroy (rap_roster_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    free ((*self_p)->children);
    free (*self_p);
    *self_p = NULL;
}

void rap_roster_resize (rap_roster_t *self, uint32_t children)
{
    assert (children > 0 && children <= RAP_CHILDREN_MAX);
    self->wanted = children;
    if (children <= self->count)
        return;
    child_t *grown = realloc (self->children, children * sizeof *grown);
    if (!grown)
        abort ();
    self->children = grown;
    for (; self->count < children; self->count++)
        grown[self->count] = (child_t){.due_ms = INT64_MIN};
}

uint32_t rap_roster_size (const rap_roster_t *self)
{
    return self->count;
}

int rap_roster_due (const rap_roster_t *self, int64_t now_ms)
{
    for (uint32_t i = 0; i < self->wanted; i++)
        if (self->children[i].pid == 0 && self->children[i].due_ms <= now_ms)
            return (int)i;
    return -1;
}

void rap_roster_started (rap_roster_t *self, uint32_t child, pid_t pid, int64_t now_ms)
{
    self->children[child].pid = pid;
    self->children[child].started_ms = now_ms;
}

static int64_t delay_of (uint32_t failures, int64_t longest_ms)
{
    int64_t delay = DELAY_FIRST_MS;
    for (uint32_t i = 1; i < failures && delay < longest_ms; i++)
        delay *= 2;
    return delay < longest_ms ? delay : longest_ms;
}

void rap_roster_not_started (rap_roster_t *self, uint32_t child, int64_t now_ms)
{
    self->children[child].failures++;
    self->children[child].due_ms = now_ms + delay_of (self->children[child].failures, DELAY_CRASHED_MS);
}

int rap_roster_ended (rap_roster_t *self, pid_t pid, bool refused, int64_t now_ms)
{
    for (uint32_t i = 0; i < self->count; i++) {
        child_t *child = &self->children[i];
        if (pid == 0 || child->pid != pid)
            continue;
        child->pid = 0;
        child->failures = refused || now_ms - child->started_ms < YOUNG_MS ? child->failures + 1 : 0;
        if (refused)
            child->due_ms = now_ms + delay_of (child->failures, DELAY_REFUSED_MS);
        else if (child->failures > FAILURES_FREE)
            child->due_ms = now_ms + delay_of (child->failures - FAILURES_FREE, DELAY_CRASHED_MS);
        else
            child->due_ms = now_ms;
        return (int)i;
    }
    return -1;
}

pid_t rap_roster_pid (const rap_roster_t *self, uint32_t child)
{
    return child < self->count ? self->children[child].pid : 0;
}

uint32_t rap_roster_running (const rap_roster_t *self)
{
    uint32_t running = 0;
    for (uint32_t i = 0; i < self->count; i++)
        running += self->children[i].pid != 0;
    return running;
}

int64_t rap_roster_wait_ms (const rap_roster_t *self, int64_t now_ms)
{
    int64_t wait = -1;
    for (uint32_t i = 0; i < self->wanted; i++) {
        if (self->children[i].pid != 0)
            continue;
        int64_t left = self->children[i].due_ms <= now_ms ? 0 : self->children[i].due_ms - now_ms;
        if (wait < 0 || left < wait)
            wait = left;
    }
    return wait;
}
