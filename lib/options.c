//  options: one pass over argv, by the program's table.
#include "rapporteur/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/version.h"

static void print_option (const char *name, const char *value, const char *help, const char *note)
{
    char left[64];
    snprintf (left, sizeof left, "--%s%s%s", name, value ? " " : "", value ? value : "");
    printf ("  %-22s %s%s\n", left, help ? help : "", note);
}

static void print_help (const rap_usage_t *usage)
{
    printf ("%s - %s\n\nusage: %s [OPTION]...", usage->program, usage->summary, usage->program);
    if (usage->operands)
        printf (" %s", usage->operands);
    printf ("\n\n");
    for (const rap_option_t *o = usage->options; o && o->name; o++)
        print_option (o->name, o->value, o->help, o->required ? " (required)" : "");
    print_option ("help", NULL, "this text", "");
    print_option ("version", NULL, "the version", "");
    if (usage->more)
        printf ("\n%s\n", usage->more);
}

int rap_options_wrong (const rap_usage_t *usage, const char *format, ...)
{
    va_list list;
    fprintf (stderr, "%s: ", usage->program);
    va_start (list, format);
    vfprintf (stderr, format, list);
    va_end (list);
    fprintf (stderr, "\nTry '%s --help'.\n", usage->program);
    return 2;
}

//  The option whose name is the first `len` bytes of `name`.
static const rap_option_t *find (const rap_usage_t *usage, const char *name, size_t len)
{
    for (const rap_option_t *o = usage->options; o && o->name; o++)
        if (strlen (o->name) == len && memcmp (o->name, name, len) == 0)
            return o;
    return NULL;
}

//  -1, or the exit status 2.
static int take_number (const rap_usage_t *usage, const rap_option_t *option, const char *value)
{
    int64_t max = option->min == 0 && option->max == 0 ? INT64_MAX : option->max;
    char *end;
    errno = 0;
    long long number = strtoll (value, &end, 10);
    if (end == value || *end)
        return rap_options_wrong (usage, "--%s takes a whole number, not '%s'", option->name, value);
    if (errno || number < option->min || number > max)
        return rap_options_wrong (usage, "--%s %s is out of bounds: from %lld to %lld", option->name, value,
                                  (long long)option->min, (long long)max);
    *(int64_t *)option->into = number;
    return -1;
}

//  Reads the option at argv[*i] ("--name" or "--name=value"), moving *i over a
//  value in the next word. -1, or the exit status.
static int take (const rap_usage_t *usage, int argc, char **argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn (word, "=");
    if (strcmp (word, "help") == 0) {
        print_help (usage);
        return 0;
    }
    if (strcmp (word, "version") == 0) {
        printf ("%s %s\n", usage->program, RAPPORTEUR_VERSION);
        return 0;
    }
    const rap_option_t *option = find (usage, word, len);
    if (!option)
        return rap_options_wrong (usage, "there is no option '--%.*s'", (int)len, word);
    if (option->kind == RAP_OPTION_FLAG) {
        if (word[len])
            return rap_options_wrong (usage, "--%s takes no value", option->name);
        *(bool *)option->into = true;
        return -1;
    }
    const char *value = word[len] ? word + len + 1 : NULL;
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value)
        return rap_options_wrong (usage, "--%s needs a value: --%s %s", option->name, option->name,
                                  option->value ? option->value : "VALUE");
    if (option->kind == RAP_OPTION_NUMBER)
        return take_number (usage, option, value);
    *(const char **)option->into = value;
    return -1;
}

//  The first required text that is still NULL.
static const rap_option_t *missing (const rap_usage_t *usage)
{
    for (const rap_option_t *o = usage->options; o && o->name; o++)
        if (o->required && o->kind == RAP_OPTION_TEXT && !*(const char **)o->into)
            return o;
    return NULL;
}

int rap_options_read (const rap_usage_t *usage, int argc, char **argv, int *operands)
{
    int count = 0;
    bool ended = false; //  "--" was seen
    for (int i = 1; i < argc; i++) {
        if (!ended && strcmp (argv[i], "--") == 0) {
            ended = true;
        } else if (!ended && strncmp (argv[i], "--", 2) == 0) {
            int status = take (usage, argc, argv, &i);
            if (status >= 0)
                return status;
        } else if (!ended && argv[i][0] == '-' && argv[i][1]) {
            if (strcmp (argv[i], "-h") == 0) {
                print_help (usage);
                return 0;
            }
            return rap_options_wrong (usage, "there is no option '%s'", argv[i]);
        } else {
            if (!usage->operands)
                return rap_options_wrong (usage, "'%s' is not expected here", argv[i]);
            argv[++count] = argv[i];
        }
    }
    const rap_option_t *absent = missing (usage);
    if (absent)
        return rap_options_wrong (usage, "--%s %s is required", absent->name,
                                  absent->value ? absent->value : "VALUE");
    if (operands)
        *operands = count;
    return -1;
}
