//  reopen: what the daemons do with journal and database when they start, no more.
//    reopen FOLDER    exit status 0: both are open and closed again; else the reason
#include <stdio.h>

#include "journal.h"
#include "store.h"

int main (int argc, char **argv)
{
    char path[4096];
    rap_reason_t reason = {""};
    if (argc != 2)
        return 2;
    snprintf (path, sizeof path, "%s/journal.db", argv[1]);
    rap_journal_t *journal = rap_journal_open (path, &reason);
    if (!journal)
        return printf ("journal: %s\n", reason.text) > 0;
    snprintf (path, sizeof path, "%s/rapporteur.db", argv[1]);
    rap_store_t *store = rap_store_open (path, &reason);
    if (!store)
        return printf ("store: %s\n", reason.text) > 0;
    while (rap_store_link (store, NULL, NULL, &reason) == RAP_AGAIN)
        continue;
    rap_store_close (&store);
    rap_journal_close (&journal);
    return 0;
}
