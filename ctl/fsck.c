//  fsck: are journal and database whole; and if not, what can be made of them.
//
//  What is found is told by check.h, what is mended is made by salvage.h. What has to
//  be read anew is read by daemons that run for as long as that takes.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "rapporteur/json.h"
#include "rapporteur/options.h"
#include "rapporteur/sums.h"
#include "salvage.h"

#include "checked.h"
#include "oneshot.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

enum { SOUND = 0, FAILED = 1, PARTLY = 3, FAULTY = 4 };

typedef struct {
    const rap_place_t *place;
    bool json, repair;
    rap_check_t journal, store;
    rap_json_t out;
    uint64_t told; //  documents named by a repair
    uint64_t lost;
} fsck_t;

//  --- telling ---------------------------------------------------------------------------

static void print_file (const rap_check_t *check)
{
    char number[RAP_NUMBER_MAX];
    printf ("%s ", check->kind == RAP_FILE_JOURNAL ? "journal " : "database");
    rap_term_put (stdout, check->path, -1);
    printf ("%s: %s documents\n", check->in_use ? " (in use)" : "",
            rap_term_number (number, (int64_t)check->documents));
    for (int i = 0; i < RAP_FAULTS_COUNT; i++) {
        if (!check->counts[i])
            continue;
        static const char *const gravities[] = {"note", "doubt", "FAULT"};
        printf ("  %s %s: %s: %s, as ", gravities[rap_fault_gravity ((rap_fault_t)i)],
                rap_fault_word ((rap_fault_t)i), rap_fault_meaning ((rap_fault_t)i),
                rap_term_number (number, (int64_t)check->counts[i]));
        rap_term_put (stdout, check->first[i], -1);
        printf ("\n");
    }
}

static void put_file (rap_json_t *out, const rap_check_t *check)
{
    rap_json_object (out, NULL);
    rap_json_text (out, "file", check->path);
    rap_json_text (out, "kind", check->kind == RAP_FILE_JOURNAL ? "journal" : "database");
    rap_json_bool (out, "in_use", check->in_use);
    rap_json_integer (out, "documents", (int64_t)check->documents);
    rap_json_array (out, "faults");
    for (int i = 0; i < RAP_FAULTS_COUNT; i++) {
        if (!check->counts[i])
            continue;
        rap_json_object (out, NULL);
        rap_json_text (out, "fault", rap_fault_word ((rap_fault_t)i));
        rap_json_integer (out, "gravity", rap_fault_gravity ((rap_fault_t)i));
        rap_json_integer (out, "count", (int64_t)check->counts[i]);
        rap_json_text (out, "first", check->first[i]);
        rap_json_text (out, "meaning", rap_fault_meaning ((rap_fault_t)i));
        rap_json_end (out);
    }
    rap_json_end (out);
    rap_json_end (out);
}

static int worst_of (const fsck_t *self)
{
    int journal = rap_check_gravity (&self->journal), store = rap_check_gravity (&self->store);
    return journal > store ? journal : store;
}

//  What --repair would do, for whoever only looked.
static void advise (const fsck_t *self)
{
    if (worst_of (self) < 1)
        printf ("sound\n");
    else if (worst_of (self) == 1)
        printf ("no damage is certain; the next start of the service clears this\n");
    else
        printf (
            "NOT SOUND. 'rapporteur fsck --repair', with the service stopped,%s%s and keeps what is damaged beside "
            "it\n",
            rap_check_gravity (&self->journal) > 1
                ? " makes a new journal of all documents whose bytes still have their digest,"
                : "",
            rap_check_gravity (&self->store) > 1
                ? " makes a new database of all documents that are whole, has the others read anew from the journal,"
                : "");
}

static void tell_repair (void *self, const char *document, const char *what)
{
    fsck_t *fsck = self;
    fsck->told++;
    if (fsck->json)
        return;
    rap_term_put (stdout, document, -1);
    printf (" %s\n", what);
}

static rap_status_t check_both (fsck_t *self, rap_reason_t *reason)
{
    rap_status_t status = rap_check_file (&self->journal, RAP_FILE_JOURNAL, self->place->journal, reason);
    return status == RAP_OK ? rap_check_file (&self->store, RAP_FILE_STORE, self->place->db, reason) : status;
}

static void tell_both (fsck_t *self, const char *when)
{
    if (!self->json) {
        print_file (&self->journal);
        print_file (&self->store);
        return;
    }
    rap_json_array (&self->out, when);
    put_file (&self->out, &self->journal);
    put_file (&self->out, &self->store);
    rap_json_end (&self->out);
}

//  --- repairing ---------------------------------------------------------------------------

static rap_status_t repair_journal (fsck_t *self, rap_salvage_t *salvage, rap_reason_t *reason)
{
    if (rap_check_gravity (&self->journal) < 2)
        return RAP_OK;
    if (rap_check_needs_seal_only (&self->journal))
        return rap_sums_seal (self->place->journal, reason);
    if (rap_salvage_journal (salvage, reason) != RAP_OK)
        return RAP_FAILED;
    if (!self->json)
        printf ("a new journal has %" PRIu64 " documents, %" PRIu64
                " of them to be read anew; the damaged one is %s\n",
                salvage->carried, salvage->anew, *salvage->aside ? salvage->aside : "gone");
    return RAP_OK;
}

static rap_status_t repair_store (fsck_t *self, rap_salvage_t *salvage, rap_reason_t *reason)
{
    if (rap_check_gravity (&self->store) < 2)
        return RAP_OK;
    if (rap_check_needs_seal_only (&self->store))
        return rap_sums_seal (self->place->db, reason);
    salvage->carried = 0;
    if (rap_salvage_store (salvage, reason) != RAP_OK || rap_salvage_finish (salvage, reason) != RAP_OK)
        return RAP_FAILED;
    if (!self->json)
        printf ("a new database has %" PRIu64 " documents that were whole; the damaged one is %s\n", salvage->carried,
                *salvage->aside ? salvage->aside : "gone");
    return RAP_OK;
}

//  Goes on where another was stopped before its new files were in their places. *unfinished: there was one.
static rap_status_t resume (const fsck_t *self, bool *unfinished, rap_reason_t *reason)
{
    rap_salvage_t salvage = {.journal = self->place->journal, .store = self->place->db};
    *unfinished = rap_salvage_is_unfinished (&salvage) && !rap_check_in_use (RAP_FILE_JOURNAL, salvage.journal)
                  && !rap_check_in_use (RAP_FILE_STORE, salvage.store);
    return *unfinished ? rap_salvage_finish (&salvage, reason) : RAP_OK;
}

//  Daemons read anew what is missing, and work out again what holds across documents.
static rap_status_t let_it_run (const fsck_t *self, rap_reason_t *reason)
{
    rap_oneshot_t *oneshot = rap_oneshot_new (&(rap_oneshot_options_t){.place = self->place}, reason);
    if (!oneshot)
        return RAP_FAILED;
    rap_status_t status = rap_oneshot_finish (oneshot, reason);
    rap_progress_end ();
    if (status != RAP_OK)
        rap_oneshot_explain (oneshot);
    rap_oneshot_destroy (&oneshot);
    return status;
}

//  Nothing there was ever ours, as far as can be told: another's file, or another folder, was named.
static bool is_nobodys (const rap_check_t *check)
{
    uint8_t salts[8];
    uint64_t length;
    return check->counts[RAP_FAULT_MISSING]
           || (check->counts[RAP_FAULT_UNREADABLE] && check->counts[RAP_FAULT_NO_SUMS]
               && !rap_sums_log (check->path, salts, &length));
}

static rap_status_t repair (fsck_t *self, rap_reason_t *reason)
{
    rap_salvage_t salvage = {
        .journal = self->place->journal, .store = self->place->db, .told = tell_repair, .told_self = self};
    if (self->journal.in_use || self->store.in_use)
        return rap_refuse (reason, "a service is running on these files; stop it first");
    if (self->journal.counts[RAP_FAULT_FOREIGN] || self->store.counts[RAP_FAULT_FOREIGN])
        return rap_refuse (reason, "one of these files is not ours, or of a newer version; it is left alone");
    if (is_nobodys (&self->journal) && is_nobodys (&self->store))
        return rap_refuse (reason, "there is nothing of ours to repair, neither %s nor %s", self->place->journal,
                           self->place->db);
    if (repair_journal (self, &salvage, reason) != RAP_OK || repair_store (self, &salvage, reason) != RAP_OK
        || rap_salvage_finish (&salvage, reason) != RAP_OK || let_it_run (self, reason) != RAP_OK)
        return RAP_FAILED;
    self->lost = salvage.lost;
    return RAP_OK;
}

//  --- the verb ------------------------------------------------------------------------------

static int conclude (const fsck_t *self, bool repaired)
{
    if (worst_of (self) > 1)
        return FAULTY;
    return repaired && self->told ? PARTLY : SOUND;
}

static int run (fsck_t *self)
{
    rap_reason_t reason = {""};
    bool unfinished = false;
    rap_status_t status = self->repair ? resume (self, &unfinished, &reason) : RAP_OK;
    if (status == RAP_OK)
        status = check_both (self, &reason);
    if (status != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    tell_both (self, "found");
    bool repairing = self->repair && (unfinished || worst_of (self) > 1);
    if (repairing) {
        status = repair (self, &reason);
        if (status == RAP_OK)
            status = check_both (self, &reason);
        if (status != RAP_OK)
            return rap_term_fail ("%s", reason.text);
        tell_both (self, "after");
    }
    if (!self->json)
        advise (self);
    return conclude (self, repairing);
}

int rap_verb_fsck (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    fsck_t self = {.json = false};
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = "repair",
         .kind = RAP_OPTION_FLAG,
         .into = &self.repair,
         .help = "make whole what is not; the service must be stopped"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &self.json, .help = "what was found as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur fsck",
        .summary = "find damage in journal and database, and repair it",
        .options = options,
        .more =
            "Looks only, also while a service runs: at each block of both files and its checksum, at their logs, at\n"
            "their shape, and at what their rows say. --repair makes new files of what is whole, reads anew from "
            "the\n"
            "journal what is not, and keeps the damaged files beside them as FILE.damaged-TIME.\n"
            "Exit status: 0 sound, or repaired and nothing is missing; 3 repaired, and documents are named of which\n"
            "something is missing; 4 damaged; 1 it could not be done."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    self.place = &place;
    if (self.json) {
        rap_json_init (&self.out, stdout);
        rap_json_object (&self.out, NULL);
    }
    status = run (&self);
    if (status != FAILED)
        rap_checked_note (place.db, "fsck", status != FAULTY);
    if (self.json) {
        rap_json_bool (&self.out, "sound", status == SOUND || status == PARTLY);
        rap_json_integer (&self.out, "lost", (int64_t)self.lost);
        rap_json_end (&self.out);
    }
    return status;
}
