//  fuzz_damage: a journal and a database of ours with bytes changed, four of the input each: which file, where (two),
//  and what. What fsck does with them: looks, and repairs, whatever the bytes say.
#include <string.h>

#include "check.h"
#include "journal.h"
#include "salvage.h"
#include "scratch_file.h"
#include "store.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static struct {
    uint8_t bytes[1 << 20];
    size_t size;
} whole[2];
static const char *const names[] = {"journal.db", "rapporteur.db"};
static const char *const beside[] = {"-wal", "-shm", "-sums"};

static void keep (int i)
{
    FILE *in = fopen (scratch_path (names[i]), "re");
    must (in != NULL);
    whole[i].size = fread (whole[i].bytes, 1, sizeof whole[i].bytes, in);
    must (whole[i].size > 0 && whole[i].size < sizeof whole[i].bytes);
    fclose (in);
}

static void make_once (void)
{
    rap_reason_t reason = {""};
    if (whole[0].size)
        return;
    rap_journal_t *journal = rap_journal_open (scratch_path (names[0]), &reason);
    rap_store_t *store = rap_store_open (scratch_path (names[1]), &reason);
    must (journal && store);
    rap_journal_close (&journal);
    rap_store_close (&store);
    keep (0);
    keep (1);
}

static void put (int i, const uint8_t *data, size_t size)
{
    char name[64];
    static uint8_t bytes[sizeof whole[0].bytes];
    memcpy (bytes, whole[i].bytes, whole[i].size);
    for (size_t at = 0; at + 4 <= size; at += 4)
        if ((data[at] & 1) == i)
            bytes[((size_t)(data[at] >> 1) << 16 | (size_t)data[at + 1] << 8 | data[at + 2]) % whole[i].size] =
                data[at + 3];
    scratch_file (names[i], bytes, whole[i].size);
    for (size_t j = 0; j < sizeof beside / sizeof *beside; j++) {
        snprintf (name, sizeof name, "%s%s", names[i], beside[j]);
        unlink (scratch_path (name));
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_reason_t reason = {""};
    rap_check_t check;
    char journal[128], store[128];
    make_once ();
    snprintf (journal, sizeof journal, "%s", scratch_path (names[0]));
    snprintf (store, sizeof store, "%s", scratch_path (names[1]));
    put (0, data, size);
    put (1, data, size);
    if (rap_check_file (&check, RAP_FILE_JOURNAL, journal, &reason) != RAP_OK
        || rap_check_file (&check, RAP_FILE_STORE, store, &reason) != RAP_OK)
        must (reason.text[0] != 0);
    rap_salvage_t salvage = {.journal = journal, .store = store};
    if (rap_salvage_journal (&salvage, &reason) == RAP_OK)
        unlink (salvage.aside);
    must (reason.text[0] || !salvage.aside[0] || access (journal, F_OK) == 0);
    return 0;
}
