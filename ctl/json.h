/*  json: writes one JSON value to a stream, piece by piece.
 *
 *  `key` is the member's name inside an object and NULL inside an array or at
 *  the top. Texts are UTF-8 already; what JSON or a terminal could trip over is
 *  escaped.                                                                  */
#ifndef RAPPORTEUR_CTL_JSON_H
#define RAPPORTEUR_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { RAP_JSON_DEPTH_MAX = 16 };

typedef struct {
    FILE *out;
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

#endif
