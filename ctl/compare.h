/*  compare: what two databases have of the same documents.
 *
 *  Chunks are paired by what they are: kind, part, label and text, the first of several alike with the first.
 *  Findings are compared within a pair: of those that are alike in everything each has its counterpart; of the rest
 *  at the same place (span; scheme and code; number of the clause) one is said to have changed into the other;
 *  what is left is gone, or new. What follows across documents is not compared.                      */
#ifndef RAPPORTEUR_CTL_COMPARE_H
#define RAPPORTEUR_CTL_COMPARE_H

#include "rapporteur/finding.h"

#include "database.h"

typedef struct {
    int64_t same, gone, fresh, changed;
} rap_compare_sum_t;

typedef struct {
    int64_t documents, different, missing; //  missing: not complete in the new one
    rap_compare_sum_t chunks;              //  changed stays 0
    rap_compare_sum_t particulars;         //  of documents: symbol, title, ...
    rap_compare_sum_t kinds[RAP_FINDING_COUNT];
} rap_compare_t;

//  A difference. Texts are borrowed until the call returns; NULL where there is none.
typedef struct {
    const char *document_id;
    const char *symbol; //  or source
    int64_t ordinal;    //  of the paragraph in the new one, else in the old one; -1: of the document itself
    const char *label;  //  of the paragraph
    const char *part;
    const char *text;
    const char *kind;    //  citation, ...; chunk; document
    const char *what;    //  gone, new, changed
    const char *surface; //  the words
    const char *before;  //  values as a JSON object
    const char *after;
} rap_difference_t;

//  Answers whether further differences are wanted; sums are made in any case.
typedef bool (rap_compare_fn) (void *self, const rap_difference_t *difference);

//  `fresh` is opened, `old` its path; ids: JSON array of the documents.
rap_status_t rap_compare (rap_database_t *fresh, const char *old, const char *ids, rap_compare_fn *told, void *self,
                          rap_compare_t *sums, rap_reason_t *reason);

#endif
