//  reopen: what the daemons do with journal and database when they start and end;
//  then all blocks of both must be as their sums say.
//    reopen FOLDER    exit status 0: both are open and closed again; else the reason
#include <stdio.h>

#include "journal.h"
#include "rapporteur/sums.h"
#include "store.h"

static bool nothing_covered (void *self, uint64_t block)
{
    (void)self;
    (void)block;
    return false;
}

static void note_fault (void *self, uint64_t block, rap_sum_fault_t fault)
{
    printf ("block %llu: sum fault %d; ", (unsigned long long)block, fault);
    ++*(int *)self;
}

static int check (const char *path)
{
    int faults = 0;
    rap_reason_t reason = {""};
    if (rap_sums_check (path, nothing_covered, note_fault, &faults, &reason) != RAP_OK)
        return printf ("%s: no sums: %s\n", path, reason.text) > 0;
    return faults && printf ("%s\n", path);
}

int main (int argc, char **argv)
{
    char path[4096], db[4096];
    rap_reason_t reason = {""};
    if (argc != 2)
        return 2;
    snprintf (path, sizeof path, "%s/journal.db", argv[1]);
    rap_journal_t *journal = rap_journal_open (path, &reason);
    if (!journal)
        return printf ("journal: %s\n", reason.text) > 0;
    snprintf (db, sizeof db, "%s/rapporteur.db", argv[1]);
    rap_store_t *store = rap_store_open (db, &reason);
    if (!store)
        return printf ("store: %s\n", reason.text) > 0;
    while (rap_store_link (store, NULL, NULL, &reason) == RAP_AGAIN)
        continue;
    rap_store_close (&store);
    rap_journal_close (&journal);
    return check (path) || check (db);
}
