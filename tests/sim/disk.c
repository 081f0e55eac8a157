//  disk: the real journal and store, on files in memory. A process that dies takes
//  its handle with it, and with that the group that was not committed.
#include "sim.h"

static int64_t fails_until_us[PROCESSES_MAX];

void sim_disk_fail (int process, int64_t until_us)
{
    sim_tell ("the disk of %s is full until %.3f", sim.processes[process].name, (double)until_us / 1e6);
    fails_until_us[process] = until_us;
}

static bool is_full (void)
{
    return !sim.calm && sim.now_us < fails_until_us[sim.me->index];
}

//  --- journal -----------------------------------------------------------------

rap_journal_t *__real_rap_journal_open (const char *path, rap_reason_t *reason);
rap_journal_t *__wrap_rap_journal_open (const char *path, rap_reason_t *reason);
rap_journal_t *__wrap_rap_journal_open (const char *path, rap_reason_t *reason)
{
    sim_step ();
    sim.me->journal = __real_rap_journal_open (path, reason);
    if (!sim.me->journal)
        sim_fail ("the journal cannot be opened: %s", reason->text);
    sim_step ();
    return sim.me->journal;
}

void __real_rap_journal_close (rap_journal_t **self_p);
void __wrap_rap_journal_close (rap_journal_t **self_p);
void __wrap_rap_journal_close (rap_journal_t **self_p)
{
    sim.me->journal = NULL;
    __real_rap_journal_close (self_p);
    oracle_journal_ended (false);
}

rap_status_t __real_rap_journal_commit (rap_journal_t *self, rap_reason_t *reason);
rap_status_t __wrap_rap_journal_commit (rap_journal_t *self, rap_reason_t *reason);
rap_status_t __wrap_rap_journal_commit (rap_journal_t *self, rap_reason_t *reason)
{
    sim_step ();
    if (is_full ()) {
        rap_journal_rollback (self);
        oracle_journal_ended (false);
        return rap_fail (reason, "the disk is full");
    }
    rap_status_t status = __real_rap_journal_commit (self, reason);
    oracle_journal_ended (status == RAP_OK);
    sim_step ();
    return status;
}

rap_status_t __real_rap_journal_take (rap_journal_t *self, const rap_stated_t *stated, const char *sha256,
                                      uint64_t bytes, uint64_t body);
rap_status_t __wrap_rap_journal_take (rap_journal_t *self, const rap_stated_t *stated, const char *sha256,
                                      uint64_t bytes, uint64_t body);
rap_status_t __wrap_rap_journal_take (rap_journal_t *self, const rap_stated_t *stated, const char *sha256,
                                      uint64_t bytes, uint64_t body)
{
    rap_status_t status = __real_rap_journal_take (self, stated, sha256, bytes, body);
    sim_document_t *document = world_find (rap_text_of (sha256, RAP_DOCUMENT_ID_SIZE - 1));
    if (!document)
        sim_fail ("a document was taken that nobody handed in: %s", sha256);
    else if (status == RAP_OK)
        document->taking = true;
    return status;
}

rap_status_t __real_rap_journal_read_done (rap_journal_t *self, const rap_document_t *document);
rap_status_t __wrap_rap_journal_read_done (rap_journal_t *self, const rap_document_t *document);
rap_status_t __wrap_rap_journal_read_done (rap_journal_t *self, const rap_document_t *document)
{
    rap_status_t status = __real_rap_journal_read_done (self, document);
    if (status == RAP_OK)
        world_find (document->document_id)->splitting = true;
    return status;
}

rap_status_t __real_rap_journal_finish (rap_journal_t *self, const rap_batch_t *batch);
rap_status_t __wrap_rap_journal_finish (rap_journal_t *self, const rap_batch_t *batch);
rap_status_t __wrap_rap_journal_finish (rap_journal_t *self, const rap_batch_t *batch)
{
    char id[RAP_DOCUMENT_ID_SIZE];
    rap_journal_id (self, batch->number, id);
    oracle_settles (batch->batch, id, batch->first, batch->count);
    return __real_rap_journal_finish (self, batch);
}

rap_status_t __real_rap_journal_quarantine (rap_journal_t *self, const rap_batch_t *batch, const char *cause);
rap_status_t __wrap_rap_journal_quarantine (rap_journal_t *self, const rap_batch_t *batch, const char *cause);
rap_status_t __wrap_rap_journal_quarantine (rap_journal_t *self, const rap_batch_t *batch, const char *cause)
{
    char id[RAP_DOCUMENT_ID_SIZE];
    rap_journal_id (self, batch->number, id);
    oracle_gives_up (id, batch->first);
    return __real_rap_journal_quarantine (self, batch, cause);
}

//  What no part covers must be in the store.
rap_status_t __real_rap_journal_split (rap_journal_t *self, const rap_batch_t *batch, rap_batch_t *parts,
                                       uint32_t parts_count);
rap_status_t __wrap_rap_journal_split (rap_journal_t *self, const rap_batch_t *batch, rap_batch_t *parts,
                                       uint32_t parts_count);
rap_status_t __wrap_rap_journal_split (rap_journal_t *self, const rap_batch_t *batch, rap_batch_t *parts,
                                       uint32_t parts_count)
{
    char id[RAP_DOCUMENT_ID_SIZE];
    rap_journal_id (self, batch->number, id);
    uint32_t at = batch->first;
    for (uint32_t i = 0; i < parts_count; i++) {
        oracle_settles (batch->batch, id, at, parts[i].first - at);
        at = parts[i].first + parts[i].count;
    }
    oracle_settles (batch->batch, id, at, batch->first + batch->count - at);
    return __real_rap_journal_split (self, batch, parts, parts_count);
}

//  --- store -------------------------------------------------------------------

rap_store_t *__real_rap_store_open (const char *path, rap_reason_t *reason);
rap_store_t *__wrap_rap_store_open (const char *path, rap_reason_t *reason);
rap_store_t *__wrap_rap_store_open (const char *path, rap_reason_t *reason)
{
    sim_step ();
    sim.me->store = __real_rap_store_open (path, reason);
    if (!sim.me->store)
        sim_fail ("the store cannot be opened: %s", reason->text);
    sim_step ();
    return sim.me->store;
}

void __real_rap_store_close (rap_store_t **self_p);
void __wrap_rap_store_close (rap_store_t **self_p);
void __wrap_rap_store_close (rap_store_t **self_p)
{
    sim.me->store = NULL;
    __real_rap_store_close (self_p);
    oracle_store_ended (false);
}

rap_status_t __real_rap_store_commit (rap_store_t *self, rap_reason_t *reason);
rap_status_t __wrap_rap_store_commit (rap_store_t *self, rap_reason_t *reason);
rap_status_t __wrap_rap_store_commit (rap_store_t *self, rap_reason_t *reason)
{
    sim_step ();
    if (is_full ()) {
        rap_store_rollback (self);
        oracle_store_ended (false);
        return rap_fail (reason, "the disk is full");
    }
    rap_status_t status = __real_rap_store_commit (self, reason);
    oracle_store_ended (status == RAP_OK);
    sim_step ();
    return status;
}

rap_status_t __real_rap_store_add (rap_store_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                                   const rap_finding_t *findings, uint32_t findings_count,
                                   const rap_provenance_t *provenance, rap_reason_t *reason);
rap_status_t __wrap_rap_store_add (rap_store_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                                   const rap_finding_t *findings, uint32_t findings_count,
                                   const rap_provenance_t *provenance, rap_reason_t *reason);
rap_status_t __wrap_rap_store_add (rap_store_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                                   const rap_finding_t *findings, uint32_t findings_count,
                                   const rap_provenance_t *provenance, rap_reason_t *reason)
{
    sim_step ();
    rap_status_t status = __real_rap_store_add (self, document, chunk, findings, findings_count, provenance, reason);
    if (status == RAP_OK)
        oracle_stores (document, chunk);
    else if (status == RAP_FAILED)
        oracle_store_ended (false);
    else
        sim_fail ("the store refuses a chunk: %s", reason->text);
    return status;
}

//  --- the end of a process ----------------------------------------------------

void sim_disk_gone (process_t *process)
{
    if (process->journal) {
        __real_rap_journal_close (&process->journal);
        oracle_journal_ended (false);
    }
    if (process->store) {
        __real_rap_store_close (&process->store);
        oracle_store_ended (false);
    }
}
