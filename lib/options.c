//  options: the command line, then the environment, then the file, by the program's
//  table. What was set by whom is kept, for reading again and for --print-config.
#include "rapporteur/options.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/config.h"
#include "rapporteur/log.h"
#include "rapporteur/utf8.h"
#include "rapporteur/version.h"

#include "option_value.h"

enum { OPTIONS_MAX = 64, SECTION_MAX = 48, NAME_MAX_BYTES = 128, PATH_MAX_BYTES = 4096, FAULTS_SHOWN = 20 };

//  Who set an option, the strongest first.
typedef enum { BY_FLAG, BY_ENVIRONMENT, BY_FILE, BY_DEFAULT } by_t;

typedef struct {
    rap_option_value_t initial; //  the default
    by_t by;
    char where[NAME_MAX_BYTES]; //  the variable; the line
} origin_t;

//  What a fault is, once it is known where.
typedef struct {
    rap_option_value_t value;
    by_t by;
    char where[NAME_MAX_BYTES];
} setting_t;

//  What the command line wants beside running.
typedef enum { RUN, CHECK_CONFIG, PRINT_CONFIG, PRINT_OPTIONS } wish_t;

static struct {
    const rap_usage_t *usage;
    size_t count;              //  of options
    char section[SECTION_MAX]; //  "" for a program that has its command line alone
    const char *under;         //  the section of who started us; NULL
    const char *named;         //  --config or RAPPORTEUR_CONFIG; NULL
    char path[PATH_MAX_BYTES]; //  of the file in force; "" none
    origin_t origins[OPTIONS_MAX];
    wish_t wish;
    bool handed_on; //  to daemons
} self;

//  Options of which one given makes a weaker word on the other void.
static const char *const exclusive[][2] = {{"data", "db"}};

//  --- telling --------------------------------------------------------------------

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
    if (*self.section) {
        print_option ("config", "FILE", "read this configuration; 'none': none (see rapporteur.conf(5))", "");
        print_option ("check-config", NULL, "say what is wrong with it, or that nothing is, and end", "");
    }
    print_option ("help", NULL, "this text", "");
    print_option ("version", NULL, "the version", "");
    if (usage->more)
        printf ("\n%s\n", usage->more);
}

int rap_options_wrong (const rap_usage_t *usage, const char *format, ...)
{
    va_list list;
    char words[1024], escaped[2048]; //  a file's name may be among them
    fprintf (stderr, "%s: ", usage->program);
    va_start (list, format);
    vsnprintf (words, sizeof words, format, list);
    va_end (list);
    rap_text_t said = rap_text (words);
    rap_utf8_escape (escaped, sizeof escaped, &said);
    fprintf (stderr, "%s\nTry '%s --help'.\n", escaped, usage->program);
    return 2;
}

//  --- what there is ----------------------------------------------------------------

static origin_t *origin_of (const rap_option_t *option)
{
    return &self.origins[option - self.usage->options];
}

//  The option whose name is the first `len` bytes of `name`.
static const rap_option_t *find (const char *name, size_t len)
{
    for (const rap_option_t *o = self.usage->options; o && o->name; o++)
        if (strlen (o->name) == len && memcmp (o->name, name, len) == 0)
            return o;
    return NULL;
}

//  "rapporteur-ingest" and "rapporteur up" have sections; "bench" has none.
static void name_section (const char *program)
{
    static const char head[] = "rapporteur";
    const char *rest = program + sizeof head - 1;
    self.section[0] = 0;
    self.under = NULL;
    if (strncmp (program, head, sizeof head - 1) != 0 || (*rest != '-' && *rest != ' '))
        return;
    const char *under = getenv ("RAPPORTEUR_UNDER");
    if (*rest == '-' && under && strcmp (under, "none") == 0)
        return; //  started by one who says it all on our command line
    if (*rest == '-' && under && *under)
        self.under = under;
    snprintf (self.section, sizeof self.section, "%.40s", rest + 1);
}

static void begin (const rap_usage_t *usage)
{
    self.usage = usage;
    self.count = 0;
    self.named = NULL;
    self.path[0] = 0;
    self.wish = RUN;
    for (const rap_option_t *o = usage->options; o && o->name; o++) {
        assert (self.count < OPTIONS_MAX);
        self.origins[self.count++] = (origin_t){.initial = rap_option_get (o), .by = BY_DEFAULT};
    }
    name_section (usage->program);
}

//  Another option was given by someone at least as strong, with which this one cannot be.
static bool is_void (const rap_option_t *option, by_t by)
{
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        for (int side = 0; side < 2; side++) {
            const char *other = exclusive[i][1 - side];
            const rap_option_t *rival = find (other, strlen (other));
            if (rival && strcmp (option->name, exclusive[i][side]) == 0 && origin_of (rival)->by < by)
                return true;
        }
    return false;
}

//  --- the command line ----------------------------------------------------------------

//  -1, or the exit status 2.
static int take_value (const rap_option_t *option, const char *text)
{
    rap_reason_t reason;
    rap_option_value_t value;
    if (rap_option_parse (option, text, &value, &reason) != RAP_OK)
        return rap_options_wrong (self.usage, "--%s %s", option->name, reason.text);
    rap_option_set (option, value);
    origin_of (option)->by = BY_FLAG;
    return -1;
}

//  The value of the option at argv[*i]: what follows '=', else the next word; NULL none.
static const char *value_of (const char *word, size_t len, int argc, char **argv, int *i)
{
    if (word[len])
        return word + len + 1;
    return *i + 1 < argc ? argv[++*i] : NULL;
}

//  Options that every program has. -1: it was one; -2: none of them; else the status.
static int take_common (int argc, char **argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn (word, "=");
    if (strcmp (word, "help") == 0) {
        print_help (self.usage);
        return 0;
    }
    if (strcmp (word, "version") == 0) {
        printf ("%s %s\n", self.usage->program, RAPPORTEUR_VERSION);
        return 0;
    }
    if (len == 6 && memcmp (word, "config", 6) == 0) {
        self.named = value_of (word, len, argc, argv, i);
        return self.named && *self.named ? -1
                                         : rap_options_wrong (self.usage, "--config needs a value: --config FILE");
    }
    if (strcmp (word, "check-config") == 0)
        self.wish = CHECK_CONFIG;
    else if (strcmp (word, "print-config") == 0)
        self.wish = PRINT_CONFIG;
    else if (strcmp (word, "print-options") == 0)
        self.wish = PRINT_OPTIONS;
    else
        return -2;
    return -1;
}

//  Reads the option at argv[*i] ("--name" or "--name=value"), moving *i over a
//  value in the next word. -1, or the exit status.
static int take (int argc, char **argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn (word, "=");
    const rap_option_t *option = find (word, len);
    if (!option) {
        int status = take_common (argc, argv, i);
        return status > -2 ? status : rap_options_wrong (self.usage, "there is no option '--%.*s'", (int)len, word);
    }
    if (option->kind == RAP_OPTION_FLAG)
        return take_value (option, word[len] ? word + len + 1 : "yes");
    const char *value = value_of (word, len, argc, argv, i);
    if (!value)
        return rap_options_wrong (self.usage, "--%s needs a value: --%s %s", option->name, option->name,
                                  option->value ? option->value : "VALUE");
    return take_value (option, value);
}

//  --- the environment -------------------------------------------------------------------

//  RAPPORTEUR_<SECTION>_<NAME>, without the section if NULL. The value, NULL if unset or empty.
static const char *look_up (const char *section, const char *name, char variable[NAME_MAX_BYTES])
{
    snprintf (variable, NAME_MAX_BYTES, "RAPPORTEUR_%s%s%s", section ? section : "", section ? "_" : "", name);
    for (char *c = variable; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper ((unsigned char)*c);
    const char *value = getenv (variable);
    return value && *value ? value : NULL;
}

static const char *environment_of (const rap_option_t *option, char variable[NAME_MAX_BYTES])
{
    const char *also = self.under && option->also ? option->also : option->name;
    const char *value = look_up (self.section, option->name, variable);
    if (!value && self.under)
        value = look_up (self.under, also, variable);
    if (!value)
        value = look_up (NULL, option->name, variable);
    return value ? value : look_up (NULL, also, variable);
}

//  -1, or the exit status 2.
static int take_environment (void)
{
    rap_reason_t reason;
    for (const rap_option_t *o = self.usage->options; o && o->name; o++) {
        char variable[NAME_MAX_BYTES];
        origin_t *origin = origin_of (o);
        const char *text =
            o->once || origin->by == BY_FLAG || is_void (o, BY_ENVIRONMENT) ? NULL : environment_of (o, variable);
        rap_option_value_t value;
        if (!text)
            continue;
        if (rap_option_parse (o, text, &value, &reason) != RAP_OK)
            return rap_options_wrong (self.usage, "%s in the environment %s", variable, reason.text);
        rap_option_set (o, value);
        origin->by = BY_ENVIRONMENT;
        snprintf (origin->where, sizeof origin->where, "%s", variable);
    }
    return -1;
}

//  --- the file --------------------------------------------------------------------------

//  Texts of files live as long as the process; one that is there already is used again.
static const char *keep (const char *text)
{
    static struct kept {
        struct kept *next;
        char text[];
    } * first;
    for (struct kept *k = first; k; k = k->next)
        if (strcmp (k->text, text) == 0)
            return k->text;
    size_t len = strlen (text) + 1;
    struct kept *k = malloc (sizeof *k + len);
    if (!k)
        abort ();
    memcpy (k->text, text, len);
    k->next = first;
    first = k;
    return k->text;
}

//  By the command line or the environment; NULL.
static const char *file_named (void)
{
    const char *named = self.named ? self.named : getenv ("RAPPORTEUR_CONFIG");
    return named && *named ? named : NULL;
}

//  Which file: the path, "" for none. `must` says that it was asked for by name.
static void find_file (char path[PATH_MAX_BYTES], bool *must)
{
    const rap_option_t *data = find ("data", 4);
    const char *named = file_named ();
    //  One that was handed on may be yet to come.
    *must = self.named || (named && !self.under && !self.handed_on);
    path[0] = 0;
    if (named) {
        if (strcmp (named, "none") != 0)
            snprintf (path, PATH_MAX_BYTES, "%s", named);
        return;
    }
    if (data && data->kind == RAP_OPTION_TEXT && rap_option_get (data).text) {
        snprintf (path, PATH_MAX_BYTES, "%s/rapporteur.conf", rap_option_get (data).text);
        if (access (path, F_OK) == 0)
            return;
    }
    snprintf (path, PATH_MAX_BYTES, "%s", RAP_CONFIG_FILE);
    if (access (path, F_OK) != 0)
        path[0] = 0;
}

//  NULL with RAP_OK: there is none, and none was asked for.
static rap_status_t load_file (rap_config_t **config_p, rap_reason_t *reason)
{
    bool must;
    char path[PATH_MAX_BYTES];
    *config_p = NULL;
    if (!*self.section)
        return RAP_OK;
    find_file (path, &must);
    if (!path[0])
        return RAP_OK;
    rap_status_t status = rap_config_load (config_p, path, reason);
    if (status == RAP_AGAIN && !must)
        return RAP_OK; //  removed this moment
    return status == RAP_OK ? RAP_OK : RAP_REFUSED;
}

static const rap_setting_t *setting_of (const rap_config_t *config, const rap_option_t *option)
{
    const char *also = self.under && option->also ? option->also : option->name;
    const rap_setting_t *setting = rap_config_find (config, self.section, option->name);
    if (!setting && self.under)
        setting = rap_config_find (config, self.under, also);
    if (!setting)
        setting = rap_config_find (config, "common", option->name);
    return setting ? setting : rap_config_find (config, "common", also);
}

//  Receives faults: "FILE:LINE: what".
typedef void (tell_fault_t) (const char *text);

static const char *nearest (const char *name)
{
    const char *best = NULL;
    unsigned least = UINT32_MAX;
    for (const rap_option_t *o = self.usage->options; o && o->name; o++) {
        unsigned distance = o->once ? UINT32_MAX : rap_option_distance (name, o->name);
        if (distance < least) {
            least = distance;
            best = o->name;
        }
    }
    return least <= 1 + strlen (name) / 2 ? best : NULL;
}

//  Names in our section that we do not have; their number.
static unsigned tell_unknown (const rap_config_t *config, tell_fault_t *tell)
{
    unsigned faults = 0;
    char text[RAP_REASON_MAX];
    for (size_t i = 0; i < rap_config_count (config); i++) {
        const rap_setting_t *s = rap_config_at (config, i);
        const rap_option_t *option = find (s->name, strlen (s->name));
        if (strcmp (s->section, self.section) != 0 || (option && !option->once))
            continue;
        const char *best = option ? NULL : nearest (s->name);
        if (option)
            snprintf (text, sizeof text, "%.200s:%u: '%s' is for the command line alone; remove it",
                      rap_config_path (config), s->line, s->name);
        else
            snprintf (text, sizeof text, "%.200s:%u: %s has no option '%s'; %s%s%s", rap_config_path (config),
                      s->line, self.section, s->name, best ? "did you mean '" : "'--help' lists them",
                      best ? best : "", best ? "'?" : "");
        tell (text);
        faults++;
    }
    return faults;
}

//  What the file says of each option that nobody stronger has set, into `settings`;
//  the number of faults.
static unsigned read_file (const rap_config_t *config, setting_t *settings, tell_fault_t *tell)
{
    char text[RAP_REASON_MAX + 300];
    rap_reason_t reason;
    unsigned faults = config ? tell_unknown (config, tell) : 0;
    for (size_t i = 0; i < self.count; i++) {
        const rap_option_t *o = &self.usage->options[i];
        settings[i] = (setting_t){.value = self.origins[i].initial, .by = BY_DEFAULT};
        const rap_setting_t *s = config && !o->once ? setting_of (config, o) : NULL;
        if (!s)
            continue;
        settings[i].by = BY_FILE;
        snprintf (settings[i].where, sizeof settings[i].where, "%u", s->line);
        if (rap_option_parse (o, s->value, &settings[i].value, &reason) == RAP_OK)
            continue;
        snprintf (text, sizeof text, "%.200s:%u: '%s' %s", rap_config_path (config), s->line, s->name, reason.text);
        tell (text);
        faults++;
    }
    return faults;
}

//  Options that are the file's (or nobody's) to set.
static bool is_open (const rap_option_t *option)
{
    return origin_of (option)->by >= BY_FILE && !is_void (option, BY_FILE);
}

static void set_by_file (const rap_option_t *option, const setting_t *setting)
{
    rap_option_value_t value = setting->value;
    origin_t *origin = origin_of (option);
    if (option->kind == RAP_OPTION_TEXT && setting->by == BY_FILE)
        value.text = keep (value.text);
    rap_option_set (option, value);
    origin->by = setting->by;
    memcpy (origin->where, setting->where, sizeof origin->where);
}

static void print_fault (const char *text)
{
    fprintf (stderr, "%s: %s\n", self.usage->program, text);
}

//  -1, or the exit status 2.
static int take_file (void)
{
    setting_t settings[OPTIONS_MAX];
    rap_reason_t reason;
    rap_config_t *config;
    if (load_file (&config, &reason) != RAP_OK) {
        print_fault (reason.text);
        return 2;
    }
    if (!config)
        return -1;
    unsigned faults = read_file (config, settings, print_fault);
    for (size_t i = 0; i < self.count && !faults; i++)
        if (settings[i].by == BY_FILE && is_open (&self.usage->options[i]))
            set_by_file (&self.usage->options[i], &settings[i]);
    snprintf (self.path, sizeof self.path, "%s", rap_config_path (config));
    rap_config_destroy (&config);
    return faults ? 2 : -1;
}

static void log_fault (const char *text)
{
    rap_log (RAP_LOG_ERROR, "config.refused", "reason", text, "advice", "what was in force before stays", NULL);
}

//  Takes what may change; says of the rest that it did.
static void change (const rap_option_t *option, const setting_t *setting)
{
    char text[RAP_OPTION_TEXT_MAX];
    if (rap_option_same (option, rap_option_get (option), setting->value)) {
        if (option->reload)
            set_by_file (option, setting);
        return;
    }
    rap_option_format (option, setting->value, text);
    if (option->reload) {
        set_by_file (option, setting);
        rap_log (RAP_LOG_INFO, "config.changed", "option", option->name, "value", text, NULL);
    } else {
        rap_log (RAP_LOG_WARN, "config.needs_restart", "option", option->name, "value", text, NULL);
    }
}

bool rap_options_reload (void)
{
    setting_t settings[OPTIONS_MAX];
    rap_reason_t reason;
    rap_config_t *config;
    if (!self.usage)
        return true;
    if (load_file (&config, &reason) != RAP_OK) {
        log_fault (reason.text);
        return false;
    }
    unsigned faults = read_file (config, settings, log_fault);
    for (size_t i = 0; i < self.count && !faults; i++)
        if (is_open (&self.usage->options[i]))
            change (&self.usage->options[i], &settings[i]);
    if (!faults)
        snprintf (self.path, sizeof self.path, "%s", config ? rap_config_path (config) : "");
    rap_config_destroy (&config);
    return faults == 0;
}

//  --- what was asked for instead of running --------------------------------------------------

static int check_config (void)
{
    if (self.path[0])
        printf ("%s: good for %s\n", self.path, self.usage->program);
    else
        printf ("no configuration file; command line and environment are good for %s\n", self.usage->program);
    return 0;
}

//  Holds what stands for 'not said'.
static bool is_unset (const rap_option_t *o, rap_option_value_t value)
{
    if (o->kind == RAP_OPTION_NUMBER)
        return (o->min || o->max) && (value.number < o->min || value.number > o->max);
    return o->kind == RAP_OPTION_TEXT && !value.text;
}

static void print_origin (const origin_t *origin)
{
    static const char *const words[] = {"flag", "environment", "file", "default"};
    if (origin->by == BY_FILE)
        printf ("%s:%s\n", self.path, origin->where);
    else if (origin->by == BY_ENVIRONMENT)
        printf ("$%s\n", origin->where);
    else
        printf ("%s\n", words[origin->by]);
}

//  As a section of a configuration file, with who said it as comments.
static int print_config (void)
{
    char text[RAP_OPTION_TEXT_MAX], line[RAP_OPTION_TEXT_MAX + 64];
    printf ("%s\n", self.section);
    for (size_t i = 0; i < self.count; i++) {
        const rap_option_t *o = &self.usage->options[i];
        bool unset = is_unset (o, rap_option_get (o));
        if (o->once)
            continue;
        if (unset)
            text[0] = 0;
        else
            rap_option_format (o, rap_option_get (o), text);
        snprintf (line, sizeof line, "    %s%s%s%s", unset ? "#" : "", o->name, unset ? "" : " = ", text);
        printf ("%-40s # ", line);
        print_origin (&self.origins[i]);
    }
    return 0;
}

//  One option a line, TAB separated, for `rapporteur config` and `rapporteur completion`.
static int print_options (void)
{
    static const char *const kinds[] = {"text", "number", "flag"};
    char text[RAP_OPTION_TEXT_MAX];
    printf ("#name\tkind\tvalue\tmin\tmax\tdefault\tchoices\trequired\tonce\treload\thelp\n");
    for (size_t i = 0; i < self.count; i++) {
        const rap_option_t *o = &self.usage->options[i];
        rap_option_value_t initial = self.origins[i].initial;
        printf ("%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t%d\t%d\t%d\t%s\n", o->name, kinds[o->kind],
                o->value ? o->value : "", o->min, o->max,
                is_unset (o, initial) ? "" : rap_option_format (o, initial, text), o->choices ? o->choices : "",
                o->required, o->once, o->reload, o->help ? o->help : "");
    }
    printf ("#summary\t%s\n", self.usage->summary);
    printf ("#operands\t%s\n", self.usage->operands ? self.usage->operands : "");
    return 0;
}

//  --- the whole ----------------------------------------------------------------------------

//  The first required text that is still NULL.
static const rap_option_t *missing (void)
{
    for (const rap_option_t *o = self.usage->options; o && o->name; o++)
        if (o->required && o->kind == RAP_OPTION_TEXT && !*(const char **)o->into)
            return o;
    return NULL;
}

//  The command line: -1, or the exit status.
static int take_words (int argc, char **argv, int *count)
{
    bool ended = false; //  "--" was seen
    for (int i = 1; i < argc; i++) {
        if (!ended && strcmp (argv[i], "--") == 0) {
            ended = true;
        } else if (!ended && strncmp (argv[i], "--", 2) == 0) {
            int status = take (argc, argv, &i);
            if (status >= 0)
                return status;
        } else if (!ended && argv[i][0] == '-' && argv[i][1]) {
            if (strcmp (argv[i], "-h") == 0) {
                print_help (self.usage);
                return 0;
            }
            return rap_options_wrong (self.usage, "there is no option '%s'", argv[i]);
        } else {
            if (!self.usage->operands)
                return rap_options_wrong (self.usage, "'%s' is not expected here", argv[i]);
            argv[++*count] = argv[i];
        }
    }
    return -1;
}

int rap_options_read (const rap_usage_t *usage, int argc, char **argv, int *operands)
{
    int count = 0;
    begin (usage);
    int status = take_words (argc, argv, &count);
    if (status < 0 && self.wish == PRINT_OPTIONS)
        return print_options ();
    if (status < 0 && *self.section)
        status = take_environment ();
    if (status < 0 && *self.section)
        status = take_file ();
    if (status < 0 && self.wish != RUN)
        return self.wish == CHECK_CONFIG ? check_config () : print_config ();
    if (status >= 0)
        return status;
    const rap_option_t *absent = missing ();
    if (absent)
        return rap_options_wrong (usage, "--%s %s is required", absent->name,
                                  absent->value ? absent->value : "VALUE");
    if (operands)
        *operands = count;
    return -1;
}

bool rap_options_flagged (const void *into)
{
    for (size_t i = 0; i < self.count; i++)
        if (self.usage->options[i].into == into)
            return self.origins[i].by == BY_FLAG;
    return false;
}

const char *rap_options_file (void)
{
    return self.path[0] ? self.path : NULL;
}

const char *rap_options_watched (void)
{
    const char *named = file_named ();
    if (self.path[0] || !*self.section)
        return rap_options_file ();
    return named && strcmp (named, "none") != 0 ? named : NULL;
}

bool rap_options_checked (void)
{
    return self.wish == CHECK_CONFIG;
}

void rap_options_hand_on (void)
{
    char path[PATH_MAX_BYTES] = "", whole[2 * PATH_MAX_BYTES];
    const rap_option_t *data = find ("data", 4);
    const char *named = file_named ();
    if (self.path[0] || named)
        snprintf (path, sizeof path, "%s", self.path[0] ? self.path : named);
    else if (data && data->kind == RAP_OPTION_TEXT && rap_option_get (data).text)
        snprintf (path, sizeof path, "%s/rapporteur.conf", rap_option_get (data).text); //  it may yet be put there
    else
        snprintf (path, sizeof path, "%s", RAP_CONFIG_FILE);
    //  They may run elsewhere.
    bool here = *path != '/' && strcmp (path, "none") != 0 && getcwd (whole, PATH_MAX_BYTES);
    snprintf (here ? whole + strlen (whole) : whole, PATH_MAX_BYTES, "%s%s", here ? "/" : "", path);
    setenv ("RAPPORTEUR_CONFIG", whole, 1);
    setenv ("RAPPORTEUR_UNDER", self.section, 1);
    self.handed_on = true;
}

void rap_options_close (void)
{
    setenv ("RAPPORTEUR_UNDER", "none", 1);
}
