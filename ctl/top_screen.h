/*  top_screen: the whole terminal, by ncurses. Whatever ends the process but SIGKILL, the
 *  terminal is given back as it was.                                           */
#ifndef RAPPORTEUR_CTL_TOP_SCREEN_H
#define RAPPORTEUR_CTL_TOP_SCREEN_H

#include "rapporteur/status.h"

#include "top_frame.h"

typedef enum {
    RAP_TOP_KEY_NONE, //  none was pressed; or one that means nothing
    RAP_TOP_KEY_SIZE, //  the terminal has another size
    RAP_TOP_KEY_QUIT,
    RAP_TOP_KEY_PAUSE,
    RAP_TOP_KEY_ORDER,
    RAP_TOP_KEY_HELP,
    RAP_TOP_KEY_AGAIN,
    RAP_TOP_KEY_UP,
    RAP_TOP_KEY_DOWN,
    RAP_TOP_KEY_PAGE_UP,
    RAP_TOP_KEY_PAGE_DOWN,
    RAP_TOP_KEY_HOME,
    RAP_TOP_KEY_END,
} rap_top_key_t;

//  Takes the terminal. RAP_REFUSED with the reason if it cannot be addressed (TERM).
rap_status_t rap_top_screen_open (rap_reason_t *reason);
void rap_top_screen_close (void);

void rap_top_screen_size (uint32_t *width, uint32_t *height);
void rap_top_screen_show (const rap_top_frame_t *frame);

//  The next key that was pressed; does not wait. RAP_TOP_KEY_QUIT also when the terminal is
//  gone or a signal asked for the end.
rap_top_key_t rap_top_screen_key (bool *any);

#endif
