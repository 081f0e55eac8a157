/*  feeds: Atom, for readers of news.
 *
 *  One feed a theme, an actor, an addressee: its entries are documents, or what is
 *  asked of the addressee. Ids are made of document ids, and stay.              */
#ifndef RAPPORTEUR_DASHBOARD_FEEDS_H
#define RAPPORTEUR_DASHBOARD_FEEDS_H

#include "reply.h"

void rap_feed_theme (rap_reply_t *self);     //  documents with paragraphs of the theme
void rap_feed_actor (rap_reply_t *self);     //  documents that name the actor
void rap_feed_addressee (rap_reply_t *self); //  what it is asked to do

#endif
