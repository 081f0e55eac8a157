/*  tap_filter: which events of the feed are wanted, which were lost, and one as a line.
 *
 *  Pure. Fields come from strangers: lines are harmless.                        */
#ifndef RAPPORTEUR_CTL_TAP_FILTER_H
#define RAPPORTEUR_CTL_TAP_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/finding.h"
#include "rapporteur/status.h"

//  Topics: the kinds of findings by their numbers, and then documents.
enum { RAP_TAP_DOCUMENT = RAP_FINDING_COUNT, RAP_TAP_TOPICS = RAP_FINDING_COUNT + 1 };

//  "finding.clause", "document".
const char *rap_tap_topic_name (int topic, char *buffer, size_t size);

typedef struct {
    bool topics[RAP_TAP_TOPICS];
    const char *theme;    //  code of a classification, or the class above it; NULL: any
    const char *actor;    //  of an actor, or that a clause speaks to; NULL: any
    const char *document; //  the beginning of its id, or its symbol; NULL: any
} rap_tap_filter_t;

//  Takes names of kinds, with ',' between ("clause,citation", "document"). NULL: those that
//  the other conditions can be true of, or all. RAP_REFUSED with the names that there are.
rap_status_t rap_tap_filter_take (rap_tap_filter_t *self, const char *kinds, rap_reason_t *reason);

//  The topics that begin so are all that the filter wants, and more: for the subscription.
const char *rap_tap_filter_prefix (const rap_tap_filter_t *self, char *buffer, size_t size);

//  Members of a report, as texts.
enum { RAP_TAP_MEMBERS_MAX = 40 };
typedef struct {
    char *names[RAP_TAP_MEMBERS_MAX];
    char *values[RAP_TAP_MEMBERS_MAX]; //  "" where it is null
    int count;
} rap_tap_members_t;

void rap_tap_members_add (rap_tap_members_t *self, const char *name, const char *value); //  beyond the most: left out
const char *rap_tap_member (const rap_tap_members_t *self, const char *name);            //  "": none
void rap_tap_members_clear (rap_tap_members_t *self);

typedef struct {
    int topic;
    char document_id[40];
    uint64_t sequence; //  0: not known
    const char *name;  //  what the document is called; NULL: not known
    const rap_tap_members_t *members;
} rap_tap_event_t;

bool rap_tap_passes (const rap_tap_filter_t *self, const rap_tap_event_t *event);

//  Sequences that were last seen, of each topic; 0: none yet.
typedef struct {
    uint64_t last[RAP_TAP_TOPICS];
} rap_tap_gaps_t;

//  How many messages of its topic were lost before this one. A sequence that went back is
//  of a sink that was started anew: nothing is known of what was before.
uint64_t rap_tap_lost (rap_tap_gaps_t *self, const rap_tap_event_t *event);

//  One line: the document's name, the paragraph's label, the kind, its fields, the words.
void rap_tap_print (FILE *out, bool rich, const rap_tap_event_t *event);

#endif
