//  victims: /proc, read as text.
#include "victims.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "place.h"

enum { LINE_MAX_BYTES = 8192 };

typedef struct {
    const char *data;
    pid_t up; //  0: none
    rap_victim_t *victims;
    size_t count, room;
} search_t;

const char *rap_victim_name (rap_victim_kind_t kind)
{
    static const char *const names[] = {"sink", "ingest", "reader", "worker", "child of a worker"};
    return names[kind];
}

//  A file of /proc/PID, NUL and line ends as they are; its length, 0 if it cannot be read.
static size_t read_proc (pid_t pid, const char *name, char *text, size_t size)
{
    char path[128];
    snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen (path, "re");
    size_t len = file ? fread (text, 1, size - 1, file) : 0;
    if (file)
        fclose (file);
    text[len] = 0;
    return len;
}

static pid_t parent_of (pid_t pid)
{
    char stat[512];
    read_proc (pid, "stat", stat, sizeof stat);
    const char *after = strrchr (stat, ')'); //  a name may have spaces and brackets
    return after && strlen (after) > 4 ? (pid_t)strtol (after + 4, NULL, 10) : 0; //  ") S 123"
}

static bool is_named (pid_t pid, const char *name)
{
    char comm[64];
    read_proc (pid, "comm", comm, sizeof comm);
    comm[strcspn (comm, "\n")] = 0;
    return strcmp (comm, name) == 0;
}

//  Who holds the lock on a file of the folder; 0 nobody.
static pid_t holder_of (const char *data, const char *name)
{
    char path[RAP_PATH_MAX + 32], line[256], wanted[64];
    struct stat about;
    snprintf (path, sizeof path, "%s/%s", data, name);
    FILE *locks = stat (path, &about) == 0 ? fopen ("/proc/locks", "re") : NULL;
    if (!locks)
        return 0;
    snprintf (wanted, sizeof wanted, "%02x:%02x:%" PRIu64, major (about.st_dev), minor (about.st_dev),
              (uint64_t)about.st_ino);
    long found = 0;
    while (!found && fgets (line, sizeof line, locks)) {
        //  "7: FLOCK  ADVISORY  WRITE 123 fe:01:4711 0 EOF"
        char *words[6] = {NULL}, *rest = NULL;
        words[0] = strtok_r (line, " ", &rest);
        for (size_t i = 1; i < 6 && words[i - 1]; i++)
            words[i] = strtok_r (NULL, " ", &rest);
        if (words[5] && strcmp (words[1], "FLOCK") == 0 && strcmp (words[5], wanted) == 0)
            found = strtol (words[4], NULL, 10);
    }
    fclose (locks);
    return (pid_t)found;
}

static void add (search_t *self, rap_victim_kind_t kind, pid_t pid, bool restarted)
{
    if (pid > 0 && self->count < self->room && kill (pid, 0) == 0)
        self->victims[self->count++] = (rap_victim_t){.kind = kind, .pid = pid, .restarted = restarted};
}

//  `up` and systemd start again what ended; a shell does not.
static bool is_looked_after (const search_t *self, pid_t pid)
{
    pid_t parent = parent_of (pid);
    return parent > 0 && (parent == self->up || (parent == 1 && is_named (1, "systemd")));
}

static void add_children (search_t *self, rap_victim_kind_t kind, pid_t parent)
{
    char path[64], line[LINE_MAX_BYTES];
    snprintf (path, sizeof path, "task/%d/children", (int)parent);
    if (parent <= 0 || !read_proc (parent, path, line, sizeof line))
        return;
    char *rest = line;
    for (long pid = strtol (rest, &rest, 10); pid > 0; pid = strtol (rest, &rest, 10))
        add (self, kind, (pid_t)pid, true);
}

//  The first child; 0 none.
static pid_t first_child (pid_t parent)
{
    rap_victim_t child = {.pid = 0};
    search_t search = {.victims = &child, .room = 1};
    add_children (&search, RAP_VICTIM_READER, parent);
    return child.pid;
}

//  Whether the address that follows --work on its command line is the folder's socket.
static bool works_for (const search_t *self, pid_t pid)
{
    char line[LINE_MAX_BYTES], ours[RAP_PATH_MAX + 32], theirs[LINE_MAX_BYTES + 64];
    struct stat here, there;
    size_t len = read_proc (pid, "cmdline", line, sizeof line);
    snprintf (ours, sizeof ours, "%s/run/work.ipc", self->data);
    for (const char *word = line; word < line + len; word += strlen (word) + 1) {
        const char *path = strncmp (word, "ipc://", 6) == 0 ? word + 6 : NULL;
        if (!path)
            continue;
        if (*path == '/')
            snprintf (theirs, sizeof theirs, "%s", path);
        else
            snprintf (theirs, sizeof theirs, "/proc/%d/cwd/%s", (int)pid, path);
        if (stat (ours, &here) == 0 && stat (theirs, &there) == 0 && here.st_dev == there.st_dev
            && here.st_ino == there.st_ino)
            return true;
    }
    return false;
}

static void add_worker (search_t *self, pid_t pid)
{
    //  Its children have names of their own.
    if (!is_named (pid, "rapporteur-work") || !((self->up && parent_of (pid) == self->up) || works_for (self, pid)))
        return;
    add (self, RAP_VICTIM_WORKER, pid, is_looked_after (self, pid));
    add_children (self, RAP_VICTIM_CHILD, pid);
}

static void add_workers (search_t *self)
{
    DIR *processes = opendir ("/proc");
    for (struct dirent *entry; processes && (entry = readdir (processes));) {
        long pid = strtol (entry->d_name, NULL, 10);
        if (pid > 1)
            add_worker (self, (pid_t)pid);
    }
    if (processes)
        closedir (processes);
}

size_t rap_victims_find (const char *data, rap_victim_t *victims, size_t room)
{
    search_t self = {.data = data, .up = holder_of (data, "run/up.lock"), .victims = victims, .room = room};
    pid_t sink = holder_of (data, "rapporteur.db-lock"), ingest = holder_of (data, "journal.db.lock");
    add (&self, RAP_VICTIM_SINK, sink, is_looked_after (&self, sink));
    add (&self, RAP_VICTIM_INGEST, ingest, is_looked_after (&self, ingest));
    add_children (&self, RAP_VICTIM_READER, first_child (ingest));
    add_workers (&self);
    return self.count;
}
