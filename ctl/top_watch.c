//  top_watch: one thread has the socket to ingest, and is alone in using SQLite.
#include "top_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/command.h"

#include "caller.h"
#include "page.h"
#include "service.h"

enum { PAGE_S = 1, ADDRESS_MAX = 600 };

struct rap_top_watch {
    rap_top_watch_options_t options;
    rap_asker_t *asker;
    int news; //  an eventfd
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    rap_top_sample_t sample;
    bool started, fresh, hurried, ending;
};

rap_top_watch_t *rap_top_watch_new (const rap_top_watch_options_t *options, rap_reason_t *reason)
{
    rap_asker_t *asker = rap_asker_new (options->place->submit, rap_caller_gate (), reason);
    if (!asker)
        return NULL;
    rap_top_watch_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->options = *options;
    self->asker = asker;
    self->news = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_condattr_t attributes;
    pthread_condattr_init (&attributes);
    pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
    pthread_cond_init (&self->wake, &attributes);
    pthread_condattr_destroy (&attributes);
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

//  --- asking --------------------------------------------------------------------------

static void ask_page (rap_top_watch_t *self, int number, rap_top_sample_t *sample)
{
    char address[ADDRESS_MAX];
    rap_reason_t reason;
    rap_top_page_t *page = &sample->pages[number];
    int status = 0;
    page->asked = rap_service_page (self->options.metrics, number, address, sizeof address);
    char *body = page->asked ? rap_page_get (address, "/ready", PAGE_S, &status, &reason) : NULL;
    page->answered = body != NULL;
    page->well = body && status == 200;
    snprintf (page->why, sizeof page->why, "%.*s", (int)strcspn (body ? body : reason.text, "\r\n"),
              body ? body : reason.text);
    free (body);
    body = page->answered && number != 1 ? rap_page_get (address, "/metrics", PAGE_S, &status, &reason) : NULL;
    if (body && status == 200)
        rap_top_sample_page (sample, body);
    free (body);
}

//  What can be seen from here without asking anybody.
static void look_here (const rap_place_t *place, rap_top_sample_t *sample)
{
    struct statvfs disk;
    if (!place->data)
        return;
    if (statvfs (place->data, &disk) == 0)
        sample->disk_free = (double)disk.f_bavail * (double)disk.f_frsize;
}

void rap_top_watch_ask (rap_top_watch_t *self, rap_top_sample_t *sample)
{
    const char *report = NULL;
    bool ok = false;
    rap_status_t status = rap_asker_ask (self->asker, "status", "", 0, self->options.answer_ms, &ok, &report);
    if (status != RAP_OK || !rap_top_sample_report (sample, report, rap_clock_ms ())) {
        rap_top_sample_clear (sample);
        snprintf (sample->silence, sizeof sample->silence, "%.290s",
                  status == RAP_OK ? "its report cannot be read" : rap_asker_silence (self->asker));
        return;
    }
    look_here (self->options.place, sample);
    for (int i = 0; self->options.metrics && i < 3; i++)
        ask_page (self, i, sample);
}

//  --- the thread ------------------------------------------------------------------------

static void hand_over (rap_top_watch_t *self, rap_top_sample_t *sample)
{
    pthread_mutex_lock (&self->lock);
    rap_top_sample_clear (&self->sample);
    self->sample = *sample;
    self->fresh = true;
    pthread_mutex_unlock (&self->lock);
    memset (sample, 0, sizeof *sample);
    uint64_t one = 1;
    (void)!write (self->news, &one, sizeof one);
}

//  Until the next time, or until somebody wants something. False: that is the end.
static bool rest (rap_top_watch_t *self, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_mutex_lock (&self->lock);
    while (!self->ending && !self->hurried
           && pthread_cond_timedwait (&self->wake, &self->lock, &until) != ETIMEDOUT) {
    }
    bool more = !self->ending;
    self->hurried = false;
    pthread_mutex_unlock (&self->lock);
    return more;
}

static void *watch (void *argument)
{
    rap_top_watch_t *self = argument;
    rap_top_sample_t sample = {0};
    int64_t next_ms;
    do {
        next_ms = rap_clock_ms () + self->options.interval_ms;
        rap_top_watch_ask (self, &sample);
        hand_over (self, &sample);
    } while (rest (self, next_ms));
    return NULL;
}

void rap_top_watch_start (rap_top_watch_t *self)
{
    self->started = pthread_create (&self->thread, NULL, watch, self) == 0;
    if (!self->started)
        abort ();
}

int rap_top_watch_fd (const rap_top_watch_t *self)
{
    return self->news;
}

bool rap_top_watch_take (rap_top_watch_t *self, rap_top_sample_t *sample)
{
    uint64_t count;
    (void)!read (self->news, &count, sizeof count);
    pthread_mutex_lock (&self->lock);
    bool fresh = self->fresh;
    if (fresh) {
        rap_top_sample_clear (sample);
        *sample = self->sample;
        memset (&self->sample, 0, sizeof self->sample);
    }
    self->fresh = false;
    pthread_mutex_unlock (&self->lock);
    return fresh;
}

static void tell (rap_top_watch_t *self, bool *what)
{
    pthread_mutex_lock (&self->lock);
    *what = true;
    pthread_cond_signal (&self->wake);
    pthread_mutex_unlock (&self->lock);
}

void rap_top_watch_hurry (rap_top_watch_t *self)
{
    tell (self, &self->hurried);
}

void rap_top_watch_destroy (rap_top_watch_t **self_p)
{
    rap_top_watch_t *self = *self_p;
    if (!self)
        return;
    if (self->started) {
        tell (self, &self->ending);
        pthread_join (self->thread, NULL);
    }
    rap_asker_destroy (&self->asker);
    rap_top_sample_clear (&self->sample);
    pthread_cond_destroy (&self->wake);
    pthread_mutex_destroy (&self->lock);
    close (self->news);
    free (self);
    *self_p = NULL;
}
