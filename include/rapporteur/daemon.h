/*  daemon: what every daemon does at its beginning and end.
 *
 *  The main of a daemon: an options table ending in RAP_DAEMON_OPTIONS, then
 *
 *      rap_daemon_options_t common = RAP_DAEMON_DEFAULTS;
 *      int status = rap_options_read (&usage, argc, argv, NULL);
 *      if (status >= 0)
 *          return status;
 *      if (!rap_daemon_begin ("ingest", &common) || !rap_daemon_drop ("ingest", &common))
 *          return 2;
 *      ... register what it reaches, close the bars (bars.h) ...
 *      int signals = rap_signals_open (SIGCHLD);   //  before the first endpoint
 *      ... open everything ...
 *      rap_daemon_ready (&common);
 *      ... loop: poll `signals`, rap_signals_read (signals) == SIGTERM: drain ...
 */
#ifndef RAPPORTEUR_DAEMON_H
#define RAPPORTEUR_DAEMON_H

#include <stdbool.h>

#include "rapporteur/options.h"

typedef struct {
    int64_t ready_fd;       //  -1: nobody waits for readiness
    const char *log;        //  level, NULL: RAPPORTEUR_LOG or info
    const char *log_format; //  NULL: auto
    bool allow_plain;       //  for rap_endpoint_options_t
    const char *user;       //  to become when started as root
    bool unconfined;        //  no bars (bars.h)
    const char *metrics;    //  where the page of metrics_server.h is served; NULL: nowhere
    int64_t stuck_s;        //  without progress for so long it says that it is stuck
    const char *keys;       //  folder of keys (keys.h), NULL: none
    const char *key;        //  name of ours in it; NULL: the only one of our role
} rap_daemon_options_t;

#define RAP_DAEMON_DEFAULTS                                                                                          \
    {                                                                                                                \
        .ready_fd = -1, .stuck_s = 60                                                                                \
    }

//  The rows of the log.
#define RAP_LOG_OPTIONS(common)                                                                                      \
    {.name = "log",                                                                                                  \
     .into = &(common).log,                                                                                          \
     .value = "LEVEL",                                                                                               \
     .help = "error, warn, info (default) or debug",                                                                 \
     .choices = "error warn info debug",                                                                             \
     .reload = true},                                                                                                \
    {                                                                                                                \
        .name = "log-format", .into = &(common).log_format, .value = "FORMAT",                                       \
        .help = "text, json, journal, or auto (default): journal where systemd's listens, else text",                \
        .choices = "auto text json journal", .reload = true                                                          \
    }

//  The rows that every daemon's table has.
#define RAP_DAEMON_BASICS(common)                                                                                    \
    {.name = "ready-fd",                                                                                             \
     .kind = RAP_OPTION_NUMBER,                                                                                      \
     .into = &(common).ready_fd,                                                                                     \
     .value = "N",                                                                                                   \
     .help = "write READY to descriptor N once able to serve",                                                       \
     .max = 1 << 20,                                                                                                 \
     .once = true},                                                                                                  \
        RAP_LOG_OPTIONS (common),                                                                                    \
        {.name = "allow-plain",                                                                                      \
         .kind = RAP_OPTION_FLAG,                                                                                    \
         .into = &(common).allow_plain,                                                                              \
         .help = "listen on tcp beyond loopback without encryption"},                                                \
        {.name = "user",                                                                                             \
         .into = &(common).user,                                                                                     \
         .value = "NAME",                                                                                            \
         .help = "become this user; for who starts as root"},                                                        \
    {                                                                                                                \
        .name = "unconfined", .kind = RAP_OPTION_FLAG, .into = &(common).unconfined,                                 \
        .help = "go without seccomp and Landlock"                                                                    \
    }

//  The rows that the table of a daemon with metrics and keys ends with, its end mark included.
#define RAP_DAEMON_OPTIONS(common)                                                                                   \
    RAP_DAEMON_BASICS (common),                                                                                      \
        {.name = "metrics",                                                                                          \
         .into = &(common).metrics,                                                                                  \
         .value = "ADDR",                                                                                            \
         .help = "serve metrics, health and readiness by HTTP: PORT, HOST:PORT or unix:PATH"},                       \
        {.name = "stuck-after",                                                                                      \
         .kind = RAP_OPTION_NUMBER,                                                                                  \
         .into = &(common).stuck_s,                                                                                  \
         .value = "SECONDS",                                                                                         \
         .help = "without progress for so long it is unhealthy (default 60)",                                        \
         .min = 1,                                                                                                   \
         .max = 86400},                                                                                              \
        {.name = "keys", .into = &(common).keys, .value = "DIR", .help = "encrypt tcp, and admit by these keys"},    \
        {.name = "key",                                                                                              \
         .into = &(common).key,                                                                                      \
         .value = "NAME",                                                                                            \
         .help = "our key there (default: that of our role)"},                                                       \
    {                                                                                                                \
        .name = NULL                                                                                                 \
    }

//  Standard input, output and error that we were started without become /dev/null:
//  else the next file or socket has their number, and is read from or printed to.
void rap_daemon_hold_standard (void);

//  Starts the log under `name` at the level asked for; false, said on standard
//  error, if there is no such level.
bool rap_daemon_begin (const char *name, const rap_daemon_options_t *common);

//  Leaves root behind (bars.h), and heeds --unconfined; false, said on standard error,
//  if it may not go on. Before any file is opened: they are to be the user's.
bool rap_daemon_drop (const char *name, const rap_daemon_options_t *common);

//  Writes "READY\n" to the descriptor that waits for it, if any, and closes it; tells
//  systemd READY=1 where that started us (NOTIFY_SOCKET), if built with libsystemd.
void rap_daemon_ready (const rap_daemon_options_t *common);

//  What SIGHUP asks for: reads the configuration again (rap_options_reload), and takes
//  up the log's part of it. False: it is faulty, and what was in force stays. What
//  else a daemon can change while it runs it does afterwards.
bool rap_daemon_reload (const rap_daemon_options_t *common);

//  Blocks SIGTERM, SIGINT, SIGHUP and `also` (0: none; SIGCHLD where there are
//  children), ignores SIGPIPE, and answers a descriptor that is readable when
//  one of them is pending. Called before any thread or socket is made, so that
//  they inherit the mask. Ends the process if the system has no descriptor left.
int rap_signals_open (int also);

//  The next pending signal; 0 if there is none. Never blocks. SIGHUP of a terminal that
//  went away (the kernel sent it, and not a person) reads as SIGTERM.
int rap_signals_read (int signals);

//  In a forked child before exec: the mask and SIGPIPE as they were at start.
void rap_signals_restore (void);

#endif
