/*  checked: when audit and fsck were run last, and how that ended, for monitoring.
 *
 *  It stands in the time of two empty files beside the database, DB.audit-ok and
 *  DB.audit-failed: the later one holds; for fsck the same. The metrics of the sink tell it.     */
#ifndef RAPPORTEUR_CTL_CHECKED_H
#define RAPPORTEUR_CTL_CHECKED_H

#include <stdbool.h>

//  Notes that `check` ("audit", "fsck") of database `db` was run just now. Who may not
//  write there notes nothing.
void rap_checked_note (const char *db, const char *check, bool ok);

#endif
