/*  json: writes one JSON value to a stream, piece by piece.
 *
 *  `key` is the member's name inside an object and NULL inside an array or at
 *  the top. What JSON or a terminal could trip over in a text is escaped; what is
 *  no UTF-8 becomes U+FFFD (rap_json_quote takes UTF-8 only). */
#ifndef RAPPORTEUR_JSON_H
#define RAPPORTEUR_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/text.h"

enum { RAP_JSON_DEPTH_MAX = 16 };

typedef struct {
    FILE *out;
    bool flat; //  all on one line; else two spaces a level. Set after init
    unsigned depth;
    bool follows[RAP_JSON_DEPTH_MAX]; //  a value was written at this depth already
    char closing[RAP_JSON_DEPTH_MAX];
} rap_json_t;

void rap_json_init (rap_json_t *self, FILE *out);

void rap_json_object (rap_json_t *self, const char *key);
void rap_json_array (rap_json_t *self, const char *key);
void rap_json_end (rap_json_t *self); //  of the innermost; a line's end after the outermost

void rap_json_text (rap_json_t *self, const char *key, const char *text); //  NULL: null
void rap_json_integer (rap_json_t *self, const char *key, int64_t number);
void rap_json_real (rap_json_t *self, const char *key, double number);
void rap_json_bool (rap_json_t *self, const char *key, bool value);
//  A value that is JSON already ('["a"]'); null if NULL or empty.
void rap_json_raw (rap_json_t *self, const char *key, const char *json);

//  --- on hot paths: one string into room that is large enough ------------------
//  Bytes that a text of `len` bytes needs at most, quotes included.
#define RAP_JSON_ROOM(len) (6 * (len) + 2)

//  Writes the quoted text at `out`, which has RAP_JSON_ROOM (text.len) bytes;
//  answers the byte after it.
char *rap_json_quote (char *out, rap_text_t text);

#endif
