//  keygen: a pair of keys; or who is known in a folder of keys.
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/keys.h"
#include "rapporteur/options.h"

#include "term.h"
#include "verbs.h"

static int make (const char *folder, const char *name, rap_role_t role)
{
    rap_reason_t reason;
    rap_key_t key;
    rap_status_t status = rap_key_make (&key, name, role, &reason);
    if (status == RAP_OK)
        status = rap_key_write (&key, folder, &reason);
    explicit_bzero (key.secret_key, sizeof key.secret_key);
    if (status != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    printf ("%s/%s.secret           the key of %s '%s'; stays on this machine\n", folder, name, rap_role_name (role),
            name);
    printf ("%s/allowed/%s.public   copy it to 'allowed' of the machines that are to let it in\n", folder, name);
    return 0;
}

static void tell_refused (void *count, const char *path, const char *reason)
{
    ++*(int *)count;
    rap_term_fail ("%s: %s", path, reason);
}

//  Who is allowed; 1 if a file is none that could let somebody in.
static int list (const char *folder)
{
    static const char *const columns[] = {"name", "role", "public key"};
    rap_reason_t reason;
    int refused = 0;
    rap_key_t *allowed = NULL;
    uint32_t count = 0;
    if (rap_keys_list (folder, &allowed, &count, tell_refused, &refused, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    rap_grid_t *grid = rap_grid_new (columns, 3);
    for (uint32_t i = 0; i < count; i++) {
        rap_grid_add (grid, allowed[i].name);
        rap_grid_add (grid, rap_role_name (allowed[i].role));
        rap_grid_add (grid, allowed[i].public_key);
    }
    rap_grid_print (grid, stdout);
    rap_grid_destroy (&grid);
    free (allowed);
    return refused ? 1 : 0;
}

int rap_verb_keygen (int argc, char **argv)
{
    const char *folder = getenv ("RAPPORTEUR_KEYS"), *role_name = NULL;
    bool listing = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "keys",
         .into = &folder,
         .value = "DIR",
         .help = "folder of keys; made if missing (default: $RAPPORTEUR_KEYS)"},
        {.name = "role",
         .into = &role_name,
         .value = "ROLE",
         .help = "ingest, sink, worker, submitter or reader (default: NAME, if that is one)"},
        {.name = "list", .kind = RAP_OPTION_FLAG, .into = &listing, .help = "show who is allowed instead"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur keygen",
        .summary = "make a pair of keys for a daemon or a person",
        .operands = "NAME",
        .options = options,
        .more =
            "Makes DIR/NAME.secret, which only its owner may read, and DIR/allowed/NAME.public. Whoever's public\n"
            "file is in 'allowed' of a daemon's folder is let in, to where its role has business; taking the file\n"
            "away ends that within seconds. Make each key on the machine that it is for, and copy only .public\n"
            "files: the service's ingest.public and sink.public to everyone, everyone's own to the service."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (!folder || !*folder)
        return rap_options_wrong (&usage, "which folder? Say --keys DIR or set RAPPORTEUR_KEYS");
    if (count != (listing ? 0 : 1))
        return rap_options_wrong (&usage, listing ? "--list takes no NAME" : "say one NAME");
    if (listing)
        return list (folder);
    rap_role_t role;
    if (!role_name)
        role_name = argv[1];
    if (!rap_role_of (rap_text (role_name), &role))
        return rap_options_wrong (&usage, "'%.64s' is no role: say --role ingest, sink, worker, submitter or reader",
                                  role_name);
    return make (folder, argv[1], role);
}
