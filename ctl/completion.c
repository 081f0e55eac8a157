//  completion: shell functions, made from what the programs say of their options.
#include <stdio.h>
#include <string.h>

#include "rapporteur/options.h"

#include "database.h"
#include "place.h"
#include "programs.h"
#include "term.h"
#include "verbs.h"

enum { DOCUMENTS_MAX = 500 };

//  What follows an option, or stands on its own, by what --help calls it.
static const char *kind_of (const char *value)
{
    static const struct {
        const char *word, *kind;
    } kinds[] = {{"DIR", "folder"},          {"FILE", "file"},       {"PATH", "file"},       {"DOCUMENT", "document"},
                 {"RESOLUTION", "document"}, {"BEFORE", "document"}, {"SYMBOL", "document"}, {"PROGRAM", "program"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strstr (value, kinds[i].word))
            return kinds[i].kind;
    return "none";
}

static bool is_flag (const rap_program_option_t *option)
{
    return strcmp (option->kind, "flag") == 0;
}

//  The words with small letters that operands begin with: "list show release".
static void print_words (const char *operands)
{
    char text[200];
    snprintf (text, sizeof text, "%s", operands);
    char *rest = NULL;
    for (char *word = strtok_r (text, " |[].", &rest); word; word = strtok_r (NULL, " |[].", &rest))
        if (*word >= 'a' && *word <= 'z')
            printf ("%s ", word);
}

//  --- bash -----------------------------------------------------------------------------

static void print_bash_cases (const rap_program_t *program)
{
    printf ("    '%s')\n        options='", program->command);
    for (size_t i = 0; i < program->count; i++)
        printf ("--%s ", program->options[i].name);
    printf ("--config --check-config --help --version'\n        operands=%s\n        words='",
            kind_of (program->operands));
    print_words (program->operands);
    printf ("'\n        case $before in\n        --config) value=file ;;\n");
    for (size_t i = 0; i < program->count; i++) {
        const rap_program_option_t *o = &program->options[i];
        if (*o->choices)
            printf ("        --%s) value=choice choices='%s' ;;\n", o->name, o->choices);
        else if (!is_flag (o))
            printf ("        --%s) value=%s ;;\n", o->name, kind_of (o->value));
    }
    printf ("        esac\n        ;;\n");
}

static void print_names (const rap_programs_t *programs, bool verbs)
{
    for (size_t i = 0; i < programs->count; i++)
        if (!programs->at[i].verb == !verbs)
            printf ("%s ", verbs ? programs->at[i].verb : programs->at[i].command);
}

static const char bash_end[] = "    *) return ;;\n"
                               "    esac\n"
                               "    if [[ $value ]]; then\n"
                               "        _rapporteur_offer \"$value\" \"$choices\"\n"
                               "    elif [[ $current == -* ]]; then\n"
                               "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
                               "    elif [[ $words && $at -le 1 ]]; then\n"
                               "        _rapporteur_offer choice \"$words\"\n"
                               "    else\n"
                               "        _rapporteur_offer \"$operands\"\n"
                               "    fi\n"
                               "}\n";

static const char bash_begin[] =
    "# Completion for rapporteur and its daemons, in bash. Made by 'rapporteur completion bash'.\n"
    "# shellcheck shell=bash\n"
    "\n"
    "# The words of one kind that begin as the current one does.\n"
    "_rapporteur_offer() {\n"
    "    local place=() i\n"
    "    case $1 in\n"
    "    folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\") ;;\n"
    "    file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
    "    choice) mapfile -t COMPREPLY < <(compgen -W \"$2\" -- \"$current\") ;;\n"
    "    program) mapfile -t COMPREPLY < <(compgen -W \"$_rapporteur_programs\" -- \"$current\") ;;\n"
    "    document)\n"
    "        for ((i = 1; i < COMP_CWORD - 1; i++)); do\n"
    "            [[ ${COMP_WORDS[i]} == --data || ${COMP_WORDS[i]} == --db ]] && place=(\"${COMP_WORDS[i]}\" "
    "\"${COMP_WORDS[i + 1]}\")\n"
    "        done\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$(rapporteur completion documents \"${place[@]}\" 2>/dev/null)\" "
    "-- \"$current\")\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_rapporteur() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]##*/}\n"
    "    local options operands words value='' choices='' at=$COMP_CWORD\n"
    "    if [[ $program == rapporteur ]]; then\n"
    "        if ((COMP_CWORD == 1)); then\n"
    "            mapfile -t COMPREPLY < <(compgen -W \"$_rapporteur_verbs --help --version\" -- \"$current\")\n"
    "            return\n"
    "        fi\n"
    "        program=\"rapporteur ${COMP_WORDS[1]}\" at=$((COMP_CWORD - 1))\n"
    "    fi\n"
    "    case $program in\n";

static void print_bash (const rap_programs_t *programs)
{
    fputs (bash_begin, stdout);
    for (size_t i = 0; i < programs->count; i++)
        print_bash_cases (&programs->at[i]);
    fputs (bash_end, stdout);
    printf ("\n_rapporteur_verbs='");
    print_names (programs, true);
    printf ("'\n_rapporteur_programs='");
    for (size_t i = 0; i < programs->count; i++)
        printf ("%s ", programs->at[i].section);
    printf ("'\ncomplete -F _rapporteur rapporteur ");
    print_names (programs, false);
    printf ("\n");
}

//  --- zsh ------------------------------------------------------------------------------

//  Within single quotes, where [ ] and : end things for _arguments.
static void print_quoted (const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs ("'\\''", stdout);
        else if (strchr ("[]:\\", *text))
            printf ("\\%c", *text);
        else
            putchar (*text);
}

static void print_zsh_value (const char *value, const char *choices)
{
    static const struct {
        const char *kind, *action;
    } actions[] = {{"folder", "_files -/"},
                   {"file", "_files"},
                   {"document", "_rapporteur_documents"},
                   {"program", "_rapporteur_programs"},
                   {"none", " "}};
    printf (":%s:", *value ? value : "value");
    if (*choices)
        printf ("(%s)", choices);
    for (size_t i = 0; i < sizeof actions / sizeof *actions && !*choices; i++)
        if (strcmp (actions[i].kind, kind_of (value)) == 0)
            fputs (actions[i].action, stdout);
}

static void print_zsh_case (const rap_program_t *program)
{
    printf ("    '%s')\n        _arguments \\\n", program->command);
    for (size_t i = 0; i < program->count; i++) {
        const rap_program_option_t *o = &program->options[i];
        printf ("            '--%s[", o->name);
        print_quoted (o->help);
        printf ("]");
        if (!is_flag (o))
            print_zsh_value (o->value, o->choices);
        printf ("' \\\n");
    }
    printf ("            '--config[read this configuration]:FILE:_files' '--check-config[check it, and end]' \\\n"
            "            '--help[say what there is]' '--version[say the version]'");
    if (*program->operands >= 'a' && *program->operands <= 'z') {
        printf (" '1:what:(");
        print_words (program->operands);
        printf (")'");
    }
    if (*program->operands) {
        printf (" '*:");
        print_quoted (program->operands);
        for (const char *kind = kind_of (program->operands); kind; kind = NULL)
            printf (":%s", strcmp (kind, "file") == 0       ? "_files"
                           : strcmp (kind, "document") == 0 ? "_rapporteur_documents"
                           : strcmp (kind, "program") == 0  ? "_rapporteur_programs"
                                                            : " ");
        printf ("'");
    }
    printf ("\n        ;;\n");
}

static void print_zsh (const rap_programs_t *programs)
{
    printf ("#compdef rapporteur ");
    print_names (programs, false);
    printf ("\n# Completion for rapporteur and its daemons, in zsh. Made by 'rapporteur completion zsh'.\n"
            "\n_rapporteur_documents() {\n"
            "    local -a place documents\n"
            "    local i\n"
            "    for ((i = 1; i < CURRENT - 1; i++)); do\n"
            "        [[ $words[i] == (--data|--db) ]] && place=(\"$words[i]\" \"$words[i+1]\")\n"
            "    done\n"
            "    documents=(${(f)\"$(rapporteur completion documents $place 2>/dev/null)\"})\n"
            "    compadd -a documents\n"
            "}\n"
            "\n_rapporteur_programs() {\n"
            "    compadd ");
    for (size_t i = 0; i < programs->count; i++)
        printf ("%s ", programs->at[i].section);
    printf ("\n}\n\n_rapporteur_verbs() {\n    local -a verbs=(\n");
    for (size_t i = 0; i < programs->count; i++)
        if (programs->at[i].verb) {
            printf ("        '%s:", programs->at[i].verb);
            print_quoted (programs->at[i].summary);
            printf ("'\n");
        }
    printf ("    )\n    _describe verb verbs\n}\n"
            "\n_rapporteur() {\n"
            "    local program=${words[1]:t}\n"
            "    if [[ $program == rapporteur ]]; then\n"
            "        if ((CURRENT == 2)); then\n"
            "            _rapporteur_verbs\n"
            "            return\n"
            "        fi\n"
            "        program=\"rapporteur $words[2]\"\n"
            "        shift words\n"
            "        ((CURRENT--))\n"
            "    fi\n"
            "    case $program in\n");
    for (size_t i = 0; i < programs->count; i++)
        print_zsh_case (&programs->at[i]);
    printf ("    esac\n}\n\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _rapporteur \"$@\"\nelse\n"
            "    compdef _rapporteur rapporteur ");
    print_names (programs, false);
    printf ("\nfi\n");
}

//  --- documents ------------------------------------------------------------------------

//  Symbols and paths, as other verbs take them; the last that came in first.
static int print_documents (const char *data, const char *db)
{
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return 1; //  nobody reads what a completion says
    rap_database_t *database = rap_database_open (place.db, &reason);
    if (!database)
        return 1;
    char sql[160];
    snprintf (sql, sizeof sql,
              "SELECT DISTINCT symbol FROM document WHERE symbol <> '' ORDER BY number DESC LIMIT %d", DOCUMENTS_MAX);
    rap_rows_t *rows = rap_database_ask (database, sql, NULL, 0);
    while (rap_rows_next (&rows)) {
        rap_term_put (stdout, rap_rows_text (rows, 0), -1);
        printf ("\n");
    }
    rap_database_close (&database);
    return 0;
}

int rap_verb_completion (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "documents: of this service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "documents: in this database"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur completion",
        .summary = "what bash or zsh needs to complete command lines",
        .operands = "bash|zsh|documents",
        .options = options,
        .more = "In ~/.bashrc: source <(rapporteur completion bash). In zsh: rapporteur completion "
                "zsh >_rapporteur\nin a folder of $fpath. The package brings both along."};
    rap_programs_t programs;
    rap_reason_t reason;
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count == 1 && strcmp (argv[1], "documents") == 0)
        return print_documents (data, db);
    if (count != 1 || (strcmp (argv[1], "bash") != 0 && strcmp (argv[1], "zsh") != 0))
        return rap_options_wrong (&usage, "say for which shell: bash or zsh");
    if (rap_programs_find (&programs, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (strcmp (argv[1], "bash") == 0)
        print_bash (&programs);
    else
        print_zsh (&programs);
    rap_programs_fini (&programs);
    return 0;
}
