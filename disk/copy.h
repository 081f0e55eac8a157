/*  copy: a database as it is at one moment, while others write it.           */
#ifndef RAPPORTEUR_DISK_COPY_H
#define RAPPORTEUR_DISK_COPY_H

#include "rapporteur/status.h"

//  Copies by SQLite's backup interface into a new file, which is on disk, with
//  checksums of its own and without a log, when this answers RAP_OK.
rap_status_t rap_copy_file (const char *from, const char *to, rap_reason_t *reason);

//  A folder's names are on disk.
void rap_copy_sync_folder (const char *path);

#endif
