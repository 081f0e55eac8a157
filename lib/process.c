//  process: /proc/PID.
#include "rapporteur/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096 };

static bool read_text (pid_t pid, const char *name, char *text)
{
    char path[64];
    snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen (path, "re");
    if (!file)
        return false;
    size_t len = fread (text, 1, TEXT_MAX - 1, file);
    text[len] = 0;
    fclose (file);
    return len > 0;
}

static void print (FILE *out, const char *name, const char *type, const char *help, double value)
{
    fprintf (out, "# HELP process_%s %s.\n# TYPE process_%s %s\nprocess_%s %.15g\n", name, help, name, type, name,
             value);
}

//  The number after `key` at the beginning of a line; -1 if there is none.
static double find_number (const char *text, const char *key)
{
    const char *at = strstr (text, key);
    return at && (at == text || at[-1] == '\n') ? strtod (at + strlen (key), NULL) : -1;
}

static void print_stat (FILE *out, const char *stat)
{
    enum { USER = 14, SYSTEM = 15, VIRTUAL = 23, PAGES = 24, FIELDS }; //  of proc(5)
    uint64_t field[FIELDS] = {0};
    const char *at = strrchr (stat, ')'); //  a name may have anything in it
    if (!at || strlen (at) < 4)
        return;
    at += 3; //  beyond the state, which is field 3
    for (int i = 4; i < FIELDS; i++) {
        char *end;
        field[i] = strtoull (at, &end, 10);
        if (end == at)
            return;
        at = end;
    }
    double ticks = (double)sysconf (_SC_CLK_TCK);
    print (out, "cpu_seconds_total", "counter", "Processor time, of user and system",
           (double)(field[USER] + field[SYSTEM]) / ticks);
    print (out, "resident_memory_bytes", "gauge", "Memory that is resident",
           (double)field[PAGES] * (double)sysconf (_SC_PAGESIZE));
    print (out, "virtual_memory_bytes", "gauge", "Memory that is mapped", (double)field[VIRTUAL]);
}

static void print_descriptors (FILE *out, pid_t pid)
{
    char path[64], limits[TEXT_MAX];
    snprintf (path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir (path);
    if (folder) {
        double count = 0;
        for (struct dirent *entry = readdir (folder); entry; entry = readdir (folder))
            count += entry->d_name[0] != '.';
        closedir (folder);
        print (out, "open_fds", "gauge", "Open descriptors", count);
    }
    if (read_text (pid, "limits", limits) && find_number (limits, "Max open files") >= 0)
        print (out, "max_fds", "gauge", "Descriptors that it may open", find_number (limits, "Max open files"));
}

void rap_process_print (FILE *out, pid_t pid, int64_t started_s)
{
    char stat[TEXT_MAX];
    if (read_text (pid, "stat", stat))
        print_stat (out, stat);
    print (out, "start_time_seconds", "gauge", "When it was started, since 1970", (double)started_s);
    print_descriptors (out, pid);
}
