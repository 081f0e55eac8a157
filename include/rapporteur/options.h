/*  options: what a program is told: by its command line, its environment, a file.
 *
 *  Every program lists its options in one table, which also prints --help. An
 *  option counts as the first of these says:
 *
 *      --name VALUE           the command line; `--name=VALUE` is the same, `--` ends
 *                             the options; a flag is `--name`, `--name=no` undoes it
 *      RAPPORTEUR_INGEST_NAME the environment: for this program alone,
 *      RAPPORTEUR_NAME        and for all that have such an option
 *      ingest / name = VALUE  the configuration file (config.h): its own section,
 *      common / name = VALUE  and the common one
 *      what `into` holds      the default
 *
 *  --config FILE names the file, 'none' that there is none; else RAPPORTEUR_CONFIG
 *  does, else it is DIR/rapporteur.conf of --data DIR, else RAP_CONFIG_FILE, if it
 *  is there. --help, --version and --check-config are always there, too; and, for
 *  programs that ask (`rapporteur config`), --print-config and --print-options.
 *
 *  A program is one whose name begins with "rapporteur"; others have their command
 *  line alone. Daemons that `up` started find options in its section as well,
 *  behind their own. One thread, one table a process at a time.               */
#ifndef RAPPORTEUR_OPTIONS_H
#define RAPPORTEUR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define RAP_CONFIG_FILE "/etc/rapporteur/rapporteur.conf"

typedef enum {
    RAP_OPTION_TEXT,   //  into: const char *
    RAP_OPTION_NUMBER, //  into: int64_t, whole, from min to max
    RAP_OPTION_FLAG,   //  into: bool; takes no value on the command line, but yes or no elsewhere
} rap_option_kind_t;

typedef struct {
    const char *name;  //  "work" for --work; NULL ends the table
    void *into;        //  holds the default before the call
    const char *value; //  what --help calls the value: "ADDR"; NULL for a flag. A number whose
                       //  value is SECONDS, MS, BYTES or MIB takes units: 90s, 5m, 64KiB
    const char *help;  //  one line
    int64_t min, max;  //  of a number, both 0: any from 0 on
    rap_option_kind_t kind;
    bool required;
    bool once;           //  says what this one call does: the command line alone sets it
    bool reload;         //  may change while the program runs (rap_options_reload)
    const char *choices; //  of a text, the words that it may be: "error warn info debug"; NULL: any
    const char *also;    //  what it is called in the section of who starts us; NULL: the same
} rap_option_t;

typedef struct {
    const char *program;  //  as typed: "rapporteur-ingest", "rapporteur run"
    const char *summary;  //  one line, what it is for
    const char *operands; //  "PATH..." for the usage line; NULL: none are taken
    const rap_option_t *options;
    const char *more; //  text at the end of --help; NULL: none
} rap_usage_t;

//  Reads argv[1..], environment and file. Operands are moved to argv[1..*operands] in
//  their order; `operands` may be NULL if usage->operands is. Answers -1 to go on; else
//  the exit status: 0, what was asked for was printed; 2, told on standard error what is
//  wrong, where, and what to do. Texts live as long as the process; `usage` and its
//  table as long as rap_options_reload is called.
int rap_options_read (const rap_usage_t *usage, int argc, char **argv, int *operands);

//  Says what is wrong with the usage, as rap_options_read does, and answers 2.
int rap_options_wrong (const rap_usage_t *usage, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

//  Reads the file again. Options with `reload` take what it says now; of others that
//  would change, a log line says that they need a new start. False: the file is
//  faulty, which is logged with its line, and nothing has changed.
bool rap_options_reload (void);

//  Whether the option that goes into `into` was given on the command line.
bool rap_options_flagged (const void *into);

//  How many letters have to be changed, left out or put in to get from one name to the
//  other; UINT32_MAX: they are too long for names.
unsigned rap_option_distance (const char *a, const char *b);

//  The configuration file in force; NULL: none.
const char *rap_options_file (void);

//  Whether --check-config was asked for.
bool rap_options_checked (void);

//  The file that rap_options_reload will look for, there or not; NULL: none.
const char *rap_options_watched (void);

//  Before daemons are started: they read the same file, and options in the section of
//  this program behind their own.
void rap_options_hand_on (void);

//  Before daemons are started: their command lines are all they go by.
void rap_options_close (void);

#endif
