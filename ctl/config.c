//  config: what programs go by; an example with all that can be said; a check.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/options.h"

#include "programs.h"
#include "term.h"
#include "verbs.h"

typedef struct {
    const char *data;
    bool example;
    bool check;
} config_t;

//  --- the example ---------------------------------------------------------------------

static bool in_common (const rap_program_option_t *option)
{
    return strncmp (option->name, "log", 3) == 0 || strcmp (option->name, "rules") == 0;
}

static void print_option (const rap_program_option_t *o)
{
    printf ("    #  %s.%s%s%s\n", o->help, strcmp (o->kind, "flag") == 0 ? " yes or no." : "",
            *o->required == '1' ? " Required." : "", *o->reload == '1' ? " Read again on SIGHUP." : "");
    if (strcmp (o->kind, "number") == 0 && strcmp (o->max, "0") != 0)
        printf ("    #  From %s to %s.\n", o->min, o->max);
    printf ("    #%s = %s\n", o->name, *o->initial ? o->initial : *o->value ? o->value : "VALUE");
}

static void print_section (const rap_program_t *program)
{
    printf ("\n#  %s: %s\n%s\n", program->command, program->summary, program->section);
    for (size_t i = 0; i < program->count; i++)
        if (*program->options[i].once != '1')
            print_option (&program->options[i]);
}

//  Options that all daemons have alike stand in the common section first.
static void print_example (const rap_programs_t *programs)
{
    const rap_program_t *first = &programs->at[0];
    for (size_t i = 0; i < programs->count; i++)
        if (strcmp (programs->at[i].section, "ingest") == 0)
            first = &programs->at[i];
    printf ("#  rapporteur.conf: all options of all programs, with their defaults.\n"
            "#  A line counts once its '#' is taken away. See rapporteur.conf(5); after changes:\n"
            "#      rapporteur config --check --config FILE\n"
            "#  Stronger than this file are the environment (RAPPORTEUR_<SECTION>_<OPTION>, then\n"
            "#  RAPPORTEUR_<OPTION>) and the command line (--<option>).\n"
            "\n"
            "#  What stands here counts for all programs that have such an option, unless their own\n"
            "#  section says otherwise.\n"
            "common\n");
    for (size_t i = 0; i < first->count; i++)
        if (in_common (&first->options[i]))
            print_option (&first->options[i]);
    for (size_t i = 0; i < programs->count; i++)
        print_section (&programs->at[i]);
}

//  --- what is in force -----------------------------------------------------------------

//  A service: a daemon, or what runs them all.
static bool is_service (const rap_program_t *program)
{
    return !program->verb || strcmp (program->verb, "up") == 0;
}

static bool is_asked (const rap_program_t *program, char **names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp (names[i], program->section) == 0 || strcmp (names[i], program->command) == 0)
            return true;
    return count == 0 && is_service (program);
}

static int print_in_force (const rap_programs_t *programs, char **names, int count)
{
    int worst = 0, printed = 0;
    for (size_t i = 0; i < programs->count; i++) {
        const rap_program_t *program = &programs->at[i];
        if (!is_asked (program, names, count))
            continue;
        if (printed++)
            printf ("\n");
        int status = rap_program_run (program, "--print-config", NULL);
        worst = status > worst ? status : worst;
    }
    return printed ? worst : rap_term_fail ("there is no such program");
}

static int act (const config_t *self, const rap_programs_t *programs, char **names, int count)
{
    const char *file = rap_options_file ();
    if (self->example)
        print_example (programs);
    if (self->check)
        return rap_programs_check (programs, file);
    if (self->example)
        return 0;
    setenv ("RAPPORTEUR_CONFIG", file ? file : "none", 1);
    if (self->data) {
        setenv ("RAPPORTEUR_DATA", self->data, 1);
        setenv ("RAPPORTEUR_UNDER", "up", 1);
    }
    printf ("#  %s\n\n", file ? file : "there is no configuration file");
    return print_in_force (programs, names, count);
}

int rap_verb_config (int argc, char **argv)
{
    config_t self = {.data = NULL};
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "of the service in this folder"},
        {.name = "example",
         .kind = RAP_OPTION_FLAG,
         .into = &self.example,
         .help = "print a configuration file with all options, commented",
         .once = true},
        {.name = "check",
         .kind = RAP_OPTION_FLAG,
         .into = &self.check,
         .help = "say what is wrong with the file for any program",
         .once = true},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur config",
        .summary = "what each program goes by, and who said so",
        .operands = "[PROGRAM]...",
        .options = options,
        .more =
            "A PROGRAM is ingest, worker, sink, or a verb; without one, all services are shown. Each option comes\n"
            "with where it is from: the environment ($NAME), FILE:LINE or the default, for a program that would be\n"
            "started from here now; with --data, by 'rapporteur up' of that folder. Flags are not seen from here.\n"
            "Exit status: 0 good, 2 something is wrong, and standard error says what and where."};
    rap_programs_t programs;
    rap_reason_t reason;
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (rap_programs_find (&programs, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    status = act (&self, &programs, argv + 1, count);
    rap_programs_fini (&programs);
    return status;
}
