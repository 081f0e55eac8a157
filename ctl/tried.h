/*  tried: what was tried in vain, told to people and programs. Rows as of rap_held_tried.        */
#ifndef RAPPORTEUR_CTL_TRIED_H
#define RAPPORTEUR_CTL_TRIED_H

#include "rapporteur/json.h"

#include "database.h"

//  A line each, after so many spaces. Answers how many there were. NULL rows are none.
int rap_tried_print (rap_rows_t *rows, int indent);

//  An array of objects under `key`.
void rap_tried_put (rap_json_t *json, const char *key, rap_rows_t *rows);

#endif
