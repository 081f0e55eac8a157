/*  tokens: the words of the full-text index, found faster.
 *
 *  In this connection alone `unicode61` is ours: words of a text that is all
 *  ASCII are found here, the very same ones; every other text, and a table that
 *  wants its tokens otherwise than usual, goes to SQLite's own. The file and
 *  its readers know nothing of it.                                           */
#ifndef RAPPORTEUR_SINK_TOKENS_H
#define RAPPORTEUR_SINK_TOKENS_H

#include <sqlite3.h>
#include <stdbool.h>

//  Before the first statement that needs the index. False: this SQLite has no FTS5.
bool rap_tokens_install (sqlite3 *db);

#endif
