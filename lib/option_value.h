/*  option_value: what options hold: read from text, written as text. Inside lib.   */
#ifndef RAPPORTEUR_LIB_OPTION_VALUE_H
#define RAPPORTEUR_LIB_OPTION_VALUE_H

#include <stddef.h>

#include "rapporteur/options.h"
#include "rapporteur/status.h"

typedef union {
    const char *text;
    int64_t number;
    bool flag;
} rap_option_value_t;

//  What the option holds, is to hold.
rap_option_value_t rap_option_get (const rap_option_t *option);
void rap_option_set (const rap_option_t *option, rap_option_value_t value);

bool rap_option_same (const rap_option_t *option, rap_option_value_t a, rap_option_value_t b);

//  Refuses what the option cannot hold; the reason continues "--name " or "name ". A
//  text is borrowed.
rap_status_t rap_option_parse (const rap_option_t *option, const char *text, rap_option_value_t *value,
                               rap_reason_t *reason);

enum { RAP_OPTION_TEXT_MAX = 1100 };

//  As it may stand in a configuration file; "" for a text that is not set.
const char *rap_option_format (const rap_option_t *option, rap_option_value_t value, char text[RAP_OPTION_TEXT_MAX]);

#endif
