/*  tables: rows of tables in text that was taken from print.
 *
 *  There a row's cells stand apart by wide white space. Only where several lines
 *  near each other are so parted are they a table; each becomes a line of its own,
 *  with ' | ' between its cells, as the other forms of documents print theirs.  */
#ifndef RAPPORTEUR_INGEST_TABLES_H
#define RAPPORTEUR_INGEST_TABLES_H

#include "rapporteur/arena.h"

#include "lines.h"

//  Marks them from line `from` on. Kinds of lines are known. New texts live in the arena.
void rap_tables_mark (rap_lines_t *lines, uint32_t from, rap_arena_t *arena);

#endif
