/*  find: the document that a person means.
 *
 *  By the beginning of its id (4 digits or more), its symbol or the end of it, or the last part of
 *  its source's name, with or without the ending. Of several versions the one that
 *  none supersedes.                                                          */
#ifndef RAPPORTEUR_CTL_FIND_H
#define RAPPORTEUR_CTL_FIND_H

#include "rapporteur/hash.h"

#include "database.h"

//  RAP_REFUSED with the reason, and the candidates if there are several.
rap_status_t rap_find_document (rap_database_t *db, const char *meant, char id[RAP_DOCUMENT_ID_SIZE],
                                rap_reason_t *reason);

#endif
