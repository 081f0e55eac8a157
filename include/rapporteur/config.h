/*  config: a configuration file, read whole before anything in it is believed.
 *
 *  ZPL, the format of ZeroMQ (rfc.zeromq.org/spec/4): sections at the left edge,
 *  settings under them, indented by four spaces; '#' begins a comment.
 *
 *      common
 *          log = warn
 *      worker
 *          children = 4
 *          cache = "/var/cache/#1"     # quoted, for the '#'
 *
 *  czmq's zconfig reads it; since that keeps no line numbers, prints what is wrong
 *  on standard output and has bounds of its own, each line is looked at before it
 *  gets there, and whatever is wrong is refused with file, line and fix.       */
#ifndef RAPPORTEUR_CONFIG_H
#define RAPPORTEUR_CONFIG_H

#include <stddef.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  zconfig takes lines of up to 1024 bytes.
enum { RAP_CONFIG_BYTES_MAX = 64 * 1024, RAP_CONFIG_LINE_MAX = 1000, RAP_CONFIG_NAME_MAX = 40 };

typedef struct rap_config rap_config_t;

typedef struct {
    const char *section;
    const char *name;
    const char *value;
    unsigned line;         //  where it stands
    unsigned section_line; //  where its section begins
} rap_setting_t;

//  Reads the file. RAP_REFUSED: it is unusable; the reason begins with "PATH:LINE: "
//  or "PATH: ". RAP_AGAIN: there is no such file.
rap_status_t rap_config_load (rap_config_t **self_p, const char *path, rap_reason_t *reason);

//  The same of bytes; `path` is for reasons and borrowed for the call.
rap_status_t rap_config_read (rap_config_t **self_p, rap_text_t bytes, const char *path, rap_reason_t *reason);

void rap_config_destroy (rap_config_t **self_p);

const char *rap_config_path (const rap_config_t *self);

//  Settings in the order of the file; each section and name occurs once. Borrowed
//  as long as self.
size_t rap_config_count (const rap_config_t *self);
const rap_setting_t *rap_config_at (const rap_config_t *self, size_t i);

//  NULL if the section has no such setting.
const rap_setting_t *rap_config_find (const rap_config_t *self, const char *section, const char *name);

#endif
