/*  top_frame: one picture of a service as lines of text, as wide and as high as there
 *  is room for.
 *
 *  Pure. Lines are harmless: text of strangers is shown, not obeyed, and cut by the
 *  columns that it takes.                                                    */
#ifndef RAPPORTEUR_CTL_TOP_FRAME_H
#define RAPPORTEUR_CTL_TOP_FRAME_H

#include <stddef.h>

#include "top_sample.h"

typedef struct {
    const rap_top_sample_t *sample; //  the last that was answered; NULL: none yet
    const char *silence;            //  why there is no newer one; NULL: there is
    int64_t silent_ms;              //  for so long
    const rap_top_history_t *history;
    const char *place; //  what is looked at
    const char *clock; //  when
    bool paused;
    bool help;
    rap_top_order_t order;
    uint32_t from; //  the first worker that is shown, of those there are
} rap_top_view_t;

typedef enum { RAP_TOP_PLAIN, RAP_TOP_TITLE, RAP_TOP_HEAD, RAP_TOP_ALARM, RAP_TOP_FAINT } rap_top_style_t;

typedef struct {
    char *text;
    rap_top_style_t style;
    int worth; //  0: last to be left out
} rap_top_line_t;

typedef struct {
    rap_top_line_t *lines;
    uint32_t count;
    uint32_t workers; //  that are shown
} rap_top_frame_t;

//  At most `height` lines of at most `width` columns; height 0: as many as it takes, and no
//  line of keys.
rap_top_frame_t rap_top_frame_make (const rap_top_view_t *view, uint32_t width, uint32_t height);
void rap_top_frame_clear (rap_top_frame_t *self);

#endif
