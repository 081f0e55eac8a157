//  programs: a folder, and what those in it say.
#include "programs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/config.h"
#include "rapporteur/options.h"

enum { OUTPUT_MAX = 256 * 1024 };

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- running one -------------------------------------------------------------------

static char *read_all (int fd)
{
    char *text = must (malloc (OUTPUT_MAX + 1));
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && len < OUTPUT_MAX;) {
        got = read (fd, text + len, OUTPUT_MAX - len);
        if (got > 0)
            len += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    text[len] = 0;
    return text;
}

static int run (const rap_program_t *self, const char *argument, char **out, bool quiet)
{
    int ends[2] = {-1, -1}, status = 0;
    if (out && pipe (ends) != 0)
        abort ();
    fflush (NULL);
    pid_t pid = fork ();
    if (pid == 0) {
        if (out)
            dup2 (ends[1], STDOUT_FILENO);
        if (quiet && !freopen ("/dev/null", "w", stderr))
            _exit (127);
        if (out) {
            close (ends[0]);
            close (ends[1]);
        }
        if (self->verb)
            execl (self->path, self->path, self->verb, argument, (char *)NULL);
        else
            execl (self->path, self->path, argument, (char *)NULL);
        _exit (127);
    }
    if (out) {
        close (ends[1]);
        *out = pid > 0 ? read_all (ends[0]) : must (strdup (""));
        close (ends[0]);
    }
    while (pid > 0 && waitpid (pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED (status) ? WEXITSTATUS (status) : 127;
}

int rap_program_run (const rap_program_t *self, const char *argument, char **out)
{
    return run (self, argument, out, false);
}

//  --- what they say ------------------------------------------------------------------

//  Cuts the next field off; "" when there is none.
static const char *cut (char **rest, char separator)
{
    char *field = *rest, *end = strchr (field, separator);
    if (end)
        *end = 0;
    *rest = end ? end + 1 : field + strlen (field);
    return field;
}

static void take_line (rap_program_t *self, char *line)
{
    if (strncmp (line, "#summary\t", 9) == 0)
        self->summary = line + 9;
    else if (strncmp (line, "#operands\t", 10) == 0)
        self->operands = line + 10;
    if (*line == '#' || !*line || self->count == RAP_PROGRAM_OPTIONS_MAX)
        return;
    rap_program_option_t *o = &self->options[self->count++];
    const char **fields[] = {&o->name,    &o->kind,     &o->value, &o->min,    &o->max, &o->initial,
                             &o->choices, &o->required, &o->once,  &o->reload, &o->help};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        *fields[i] = cut (&line, '\t');
}

static bool ask (rap_program_t *self)
{
    self->summary = self->operands = "";
    bool good = run (self, "--print-options", &self->text, true) == 0; //  else it is none of ours
    for (char *rest = self->text; *rest;)
        take_line (self, (char *)(size_t)cut (&rest, '\n'));
    return good;
}

static rap_program_t *add (rap_programs_t *self)
{
    self->at = must (realloc (self->at, (self->count + 1) * sizeof *self->at));
    rap_program_t *program = &self->at[self->count++];
    *program = (rap_program_t){.path = NULL};
    return program;
}

static void add_daemon (rap_programs_t *self, const char *folder, const char *name)
{
    rap_program_t *program = add (self);
    size_t room = strlen (folder) + strlen (name) + 2;
    snprintf (program->section, sizeof program->section, "%.40s", strchr (name, '-') + 1);
    snprintf (program->command, sizeof program->command, "%.60s", name);
    program->path = must (malloc (room));
    snprintf (program->path, room, "%s/%s", folder, name);
}

static int is_daemon (const struct dirent *entry)
{
    static const char head[] = "rapporteur-";
    const char *rest = entry->d_name + sizeof head - 1;
    return strncmp (entry->d_name, head, sizeof head - 1) == 0 && *rest
           && rest[strspn (rest, "abcdefghijklmnopqrstuvwxyz")] == 0;
}

static void add_daemons (rap_programs_t *self, const char *folder)
{
    struct dirent **entries;
    int count = scandir (folder, &entries, is_daemon, alphasort);
    for (int i = 0; i < count; i++) {
        add_daemon (self, folder, entries[i]->d_name);
        free (entries[i]);
    }
    if (count >= 0)
        free (entries);
}

//  `rapporteur --verbs` names them, one a line.
static void add_verbs (rap_programs_t *self, const char *own)
{
    const rap_program_t command = {.path = (char *)(size_t)own};
    char *list;
    rap_program_run (&command, "--verbs", &list);
    for (char *rest = list; *rest;) {
        const char *name = cut (&rest, '\n');
        rap_program_t *program = add (self);
        snprintf (program->section, sizeof program->section, "%.40s", name);
        snprintf (program->command, sizeof program->command, "rapporteur %.40s", name);
        program->path = must (strdup (own));
    }
    free (list);
}

rap_status_t rap_programs_find (rap_programs_t *self, rap_reason_t *reason)
{
    char own[PATH_MAX], folder[PATH_MAX];
    ssize_t len = readlink ("/proc/self/exe", own, sizeof own - 1);
    *self = (rap_programs_t){.count = 0};
    if (len <= 0)
        return rap_fail (reason, "/proc/self/exe: %s", strerror (errno));
    own[len] = 0;
    memcpy (folder, own, sizeof folder);
    *strrchr (folder, '/') = 0;
    add_daemons (self, folder);
    add_verbs (self, own);
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        rap_program_t *program = &self->at[i];
        program->verb = strchr (program->command, ' ') ? strchr (program->command, ' ') + 1 : NULL;
        if (ask (program)) {
            if (kept != i)
                self->at[kept] = *program;
            self->at[kept].verb = program->verb ? strchr (self->at[kept].command, ' ') + 1 : NULL;
            kept++;
        } else {
            free (program->path);
            free (program->text);
        }
    }
    self->count = kept;
    return RAP_OK;
}

void rap_programs_fini (rap_programs_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free (self->at[i].path);
        free (self->at[i].text);
    }
    free (self->at);
    *self = (rap_programs_t){.count = 0};
}

const rap_program_option_t *rap_program_option (const rap_program_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->options[i].name, name) == 0)
            return &self->options[i];
    return NULL;
}

//  --- checking -------------------------------------------------------------------------

//  The nearest of all names is kept.
typedef struct {
    const char *wanted, *best;
    unsigned distance;
    bool found;
} search_t;

static void compare (search_t *search, const char *name)
{
    unsigned distance = rap_option_distance (search->wanted, name);
    search->found |= distance == 0;
    if (distance < search->distance) {
        search->distance = distance;
        search->best = name;
    }
}

static bool tell_missing (const search_t *search, const char *file, unsigned line, const char *what)
{
    if (search->found)
        return false;
    fprintf (stderr, "%s:%u: no program has %s '%s'; the nearest is '%s'\n", file, line, what, search->wanted,
             search->best);
    return true;
}

static bool is_section_wrong (const rap_programs_t *self, const char *file, const rap_setting_t *setting)
{
    search_t search = {.wanted = setting->section, .best = "", .distance = UINT32_MAX};
    compare (&search, "common");
    for (size_t i = 0; i < self->count; i++)
        compare (&search, self->at[i].section);
    return tell_missing (&search, file, setting->section_line, "the section");
}

static bool is_common_wrong (const rap_programs_t *self, const char *file, const rap_setting_t *setting)
{
    search_t search = {.wanted = setting->name, .best = "", .distance = UINT32_MAX};
    if (strcmp (setting->section, "common") != 0)
        return false;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->at[i].count; j++)
            compare (&search, self->at[i].options[j].name);
    return tell_missing (&search, file, setting->line, "an option");
}

static bool is_file_wrong (const rap_programs_t *self, const char *file)
{
    rap_config_t *config;
    rap_reason_t reason;
    const char *last = "";
    bool wrong = false;
    if (rap_config_load (&config, file, &reason) != RAP_OK) {
        fprintf (stderr, "%s\n", reason.text);
        return true;
    }
    for (size_t i = 0; i < rap_config_count (config); i++) {
        const rap_setting_t *setting = rap_config_at (config, i);
        if (strcmp (setting->section, last) != 0)
            wrong |= is_section_wrong (self, file, setting);
        last = setting->section;
        wrong |= is_common_wrong (self, file, setting);
    }
    rap_config_destroy (&config);
    return wrong;
}

bool rap_programs_checking (void)
{
    return getenv ("RAPPORTEUR_CHECKING") != NULL;
}

int rap_programs_check (const rap_programs_t *self, const char *file)
{
    setenv ("RAPPORTEUR_CHECKING", "yes", 1);
    bool wrong = file && is_file_wrong (self, file);
    setenv ("RAPPORTEUR_CONFIG", file ? file : "none", 1);
    for (size_t i = 0; i < self->count; i++) {
        char *out;
        wrong |= rap_program_run (&self->at[i], "--check-config", &out) != 0;
        free (out);
    }
    if (!wrong)
        printf ("%s: good\n", file ? file : "no configuration file");
    return wrong ? 2 : 0;
}
