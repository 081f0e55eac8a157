/*  lexicon: the plain files under data/, read.
 *
 *  One entry a line, fields separated by one TAB, '#' at a line's start begins a
 *  comment, blank lines are ignored. The first line that is no comment names the
 *  columns. Files are UTF-8; an operator may add entries with any editor. Spaces
 *  around a field do not count, fields missing at a line's end are empty. A
 *  mistake is refused with file and line. All entries live as long as the
 *  lexicon.                                                                  */
#ifndef RAPPORTEUR_LEXICON_H
#define RAPPORTEUR_LEXICON_H

#include <stdint.h>

#include "rapporteur/hash.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

enum { RAP_LEXICON_COLUMNS_MAX = 16 };

typedef struct {
    uint32_t line; //  for messages
    rap_text_t fields[RAP_LEXICON_COLUMNS_MAX];
} rap_entry_t;

typedef struct {
    const char *name; //  'countries' for data/countries.tsv
    uint32_t columns_count;
    rap_text_t columns[RAP_LEXICON_COLUMNS_MAX];
    const rap_entry_t *entries;
    uint32_t entries_count;
} rap_table_t;

typedef struct rap_lexicon rap_lexicon_t;

//  Reads every *.tsv of the folder (`rules` option, RAPPORTEUR_RULES, or the
//  installed place if NULL). NULL with the reason (file:line: what) if unusable.
rap_lexicon_t *rap_lexicon_new (const char *folder, rap_reason_t *reason);
void rap_lexicon_destroy (rap_lexicon_t **self_p);

//  The folder that NULL stands for.
const char *rap_lexicon_default_folder (void);

//  A table by name; NULL if there is no such file.
const rap_table_t *rap_lexicon_table (const rap_lexicon_t *self, const char *name);

//  Column number by name; -1 if the table has none such.
int rap_table_column (const rap_table_t *table, const char *name);

//  SHA-256 over names and bytes of all files, sorted: changes when any rule does.
const char *rap_lexicon_sha256 (const rap_lexicon_t *self);

//  The pipeline version: program version, '+', first 12 digits of the sha256.
const char *rap_lexicon_pipeline (const rap_lexicon_t *self);

#endif
