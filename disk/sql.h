/*  sql: statements made of names and numbers, for files that are repaired.     */
#ifndef RAPPORTEUR_DISK_SQL_H
#define RAPPORTEUR_DISK_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

enum { SQL_PATH_ROOM = 4200 };

//  Runs statements, made as by sqlite3_mprintf. False: one failed.
bool sql_run (sqlite3 *db, const char *format, ...);

//  One number; `none` if there is no row or it fails.
int64_t sql_number (sqlite3 *db, int64_t none, const char *format, ...);

//  Prepares; NULL if it fails.
sqlite3_stmt *sql_ask (sqlite3 *db, const char *format, ...);

//  Puts another file beside `main` under a name.
bool sql_attach (sqlite3 *db, const char *path, const char *name);

//  A file that may be damaged, to be read: what is on a damaged block cannot be. A connection of its own, for a
//  failure to read ends what else a connection has begun. NULL: there is none, or nothing of it can be read.
sqlite3 *sql_open_strict (const char *path);

//  A file of ours to be written, with its checksums.
sqlite3 *sql_open (const char *path, rap_reason_t *reason);

//  All that it holds into the file itself, and closed. False with the reason: it is not all on disk.
bool sql_close (sqlite3 **db_p, const char *path, rap_reason_t *reason);

//  Removes a file of a database with all beside it; or moves all of it.
void sql_remove (const char *path);
rap_status_t sql_move (const char *from, const char *to, rap_reason_t *reason);

//  Copies rows of a table; `where` (as by sqlite3_mprintf) is about the old one. False: not all of them could be
//  read.
bool sql_copy (sqlite3 *db, sqlite3 *old, const char *table, const char *where, ...);

//  Where the new file is made. When it is whole it is called FILE.repaired; then it takes the place of the old one,
//  which is moved `aside` ('' if there was none). Who is stopped between these has replaced it by half: FILE.repaired
//  counts, nothing is lost, and sql_replace goes on.
void sql_fresh_path (char to[SQL_PATH_ROOM], const char *path);
void sql_done_path (char to[SQL_PATH_ROOM], const char *path);
rap_status_t sql_call_done (const char *path, rap_reason_t *reason);
bool sql_is_half_replaced (const char *path);
rap_status_t sql_replace (const char *path, char aside[SQL_PATH_ROOM], rap_reason_t *reason);

#endif
