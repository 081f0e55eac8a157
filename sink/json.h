/*  json: text as a JSON string, into room that is large enough.             */
#ifndef RAPPORTEUR_SINK_JSON_H
#define RAPPORTEUR_SINK_JSON_H

#include "rapporteur/text.h"

//  Bytes that a text of `len` bytes needs at most.
#define RAP_JSON_ROOM(len) (6 * (len) + 2)

//  Writes the quoted text at `out`, which has RAP_JSON_ROOM (text.len) bytes;
//  answers the byte after it.
char *rap_json_text (char *out, rap_text_t text);

#endif
