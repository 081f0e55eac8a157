/*  row: how the sink runs statements, and reads and writes rows by them.    */
#ifndef RAPPORTEUR_SINK_ROW_H
#define RAPPORTEUR_SINK_ROW_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  A statement with its numbers bound, from ?1 on, ready to be stepped.
static inline sqlite3_stmt *row_ask (sqlite3_stmt *statement, int64_t a, int64_t b, int64_t c)
{
    const int64_t numbers[] = {a, b, c};
    for (int i = 0; i < sqlite3_bind_parameter_count (statement) && i < 3; i++)
        sqlite3_bind_int64 (statement, i + 1, numbers[i]);
    return statement;
}

//  Whether it ended in peace; *what tells what it was.
static inline bool row_end (sqlite3_stmt *statement, int code, const char **what)
{
    *what = sqlite3_sql (statement);
    if (code != SQLITE_DONE)
        return false;
    sqlite3_reset (statement);
    return true;
}

//  A statement without rows, run once.
static inline bool row_run (sqlite3_stmt *statement, const char **what)
{
    return row_end (statement, sqlite3_step (statement), what);
}

static inline rap_text_t row_text (sqlite3_stmt *statement, int at, rap_arena_t *arena)
{
    const char *text = (const char *)sqlite3_column_text (statement, at);
    return text ? rap_arena_text (arena, rap_text_of (text, (size_t)sqlite3_column_bytes (statement, at)))
                : RAP_TEXT ("");
}

static inline void row_bind_text (sqlite3_stmt *statement, int at, rap_text_t text)
{
    sqlite3_bind_text (statement, at, text.len ? text.at : "", (int)text.len, SQLITE_STATIC);
}

static inline bool row_prepare (sqlite3 *db, const char *sql, sqlite3_stmt **statement, const char **rest)
{
    return sqlite3_prepare_v3 (db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, rest) == SQLITE_OK;
}

//  A step's statements: prepared all at once, or none with *what telling which could not be.
static inline bool row_prepare_all (sqlite3 *db, const char *const *sql, sqlite3_stmt **statements, int count,
                                    const char **what)
{
    for (int i = 0; i < count; i++)
        if (!row_prepare (db, sql[i], &statements[i], NULL)) {
            *what = sql[i];
            return false;
        }
    return true;
}

static inline void row_finalize_all (sqlite3_stmt **statements, int count)
{
    for (int i = 0; i < count; i++)
        sqlite3_finalize (statements[i]);
}

static inline void row_reset_all (sqlite3_stmt **statements, int count)
{
    for (int i = 0; i < count; i++)
        sqlite3_reset (statements[i]);
}

#endif
