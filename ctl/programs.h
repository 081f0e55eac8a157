/*  programs: what is installed beside this command, and the options of each, as they
 *  say themselves (--print-options): nothing about them is written down twice.     */
#ifndef RAPPORTEUR_CTL_PROGRAMS_H
#define RAPPORTEUR_CTL_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "rapporteur/status.h"

enum { RAP_PROGRAM_OPTIONS_MAX = 64 };

//  One line of --print-options. All fields are texts; "" where there is nothing.
typedef struct {
    const char *name, *kind, *value, *min, *max, *initial, *choices, *required, *once, *reload, *help;
} rap_program_option_t;

typedef struct {
    char section[48]; //  "ingest", "up": of the configuration file
    char command[64]; //  as typed: "rapporteur-ingest", "rapporteur up"
    char *path;       //  of the executable
    const char *verb; //  NULL for a daemon
    char *text;       //  that the options point into
    const char *summary;
    const char *operands; //  "" for none
    rap_program_option_t options[RAP_PROGRAM_OPTIONS_MAX];
    size_t count;
} rap_program_t;

typedef struct {
    rap_program_t *at;
    size_t count;
} rap_programs_t;

//  Daemons first, in the order of their names, then the verbs in that of --help.
rap_status_t rap_programs_find (rap_programs_t *self, rap_reason_t *reason);
void rap_programs_fini (rap_programs_t *self);

//  NULL if it has none of that name.
const rap_program_option_t *rap_program_option (const rap_program_t *self, const char *name);

//  Runs the program with one argument more, and answers its exit status. What it prints
//  comes out where ours does; if `out` is given, it is caught (to be freed).
int rap_program_run (const rap_program_t *self, const char *argument, char **out);

//  Looks at a configuration file (NULL: none) for all programs: sections that no program
//  has, settings in 'common' that none has, and what each says of its own. Says on
//  standard error what is wrong; answers the exit status, 0 or 2.
int rap_programs_check (const rap_programs_t *self, const char *file);

//  Whether who started us does that: then each speaks for itself alone.
bool rap_programs_checking (void);

#endif
