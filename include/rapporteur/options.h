/*  options: `--name VALUE` from the command line, read by a table.
 *
 *  Every program lists its options in one table, which also prints --help.
 *  `--name=VALUE` is the same; `--` ends the options; --help and --version are
 *  always there. Values are borrowed from argv.                              */
#ifndef RAPPORTEUR_OPTIONS_H
#define RAPPORTEUR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    RAP_OPTION_TEXT,   //  into: const char *
    RAP_OPTION_NUMBER, //  into: int64_t, whole, from min to max
    RAP_OPTION_FLAG,   //  into: bool; takes no value
} rap_option_kind_t;

typedef struct {
    const char *name;  //  "work" for --work; NULL ends the table
    void *into;        //  holds the default before the call
    const char *value; //  what --help calls the value: "ADDR"; NULL for a flag
    const char *help;  //  one line
    int64_t min, max;  //  of a number, both 0: any from 0 on
    rap_option_kind_t kind;
    bool required;
} rap_option_t;

typedef struct {
    const char *program;  //  as typed: "rapporteur-ingest", "rapporteur run"
    const char *summary;  //  one line, what it is for
    const char *operands; //  "PATH..." for the usage line; NULL: none are taken
    const rap_option_t *options;
    const char *more; //  text at the end of --help; NULL: none
} rap_usage_t;

//  Reads argv[1..]. Operands are moved to argv[1..*operands] in their order;
//  `operands` may be NULL if usage->operands is. Answers -1 to go on; else the
//  exit status: 0, help or version was printed; 2, told on standard error what
//  is wrong.
int rap_options_read (const rap_usage_t *usage, int argc, char **argv, int *operands);

//  Says what is wrong with the usage, as rap_options_read does, and answers 2.
int rap_options_wrong (const rap_usage_t *usage, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

#endif
