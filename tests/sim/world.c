//  world: what is handed in, what workers do with it, and the plan of faults.
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "extract.h"

//  A chunk that hangs costs its worker some seconds, five times; all must end in bounded time.
enum { ANSWER_MS = 3000, PIECE_LEAST = 500, POISON_MOST = 5, HANGS_MOST = 2 };

world_t world;

static bool all_answered;

//  --- documents ---------------------------------------------------------------

static const char *const behaviours[BEHAVIOURS] = {
    [WELL] = "reads well",      [CRASHES] = "kills its worker", [HANGS] = "never ends",
    [FAILS] = "cannot be read", [SLOW] = "takes long",          [CRASHES_ONCE] = "kills one worker",
};

static behaviour_t draw_behaviour (double poison)
{
    static int poisoned, hanging;
    if (poisoned >= POISON_MOST || !sim_chance (poison))
        return sim_chance (0.03) ? SLOW : WELL;
    behaviour_t behaviour = sim_chance (0.3) ? FAILS : (behaviour_t)sim_between (CRASHES, BEHAVIOURS - 1);
    poisoned++;
    return behaviour == HANGS && ++hanging > HANGS_MOST ? CRASHES : behaviour;
}

static void make_document (uint32_t index, double poison)
{
    sim_document_t *document = &world.documents[index];
    size_t size = 0;
    FILE *out = open_memstream (&document->bytes, &size);
    document->reading = sim_chance (0.06) ? UNREADABLE : sim_chance (0.04) ? KILLS_READER : READABLE;
    document->count = (uint32_t)(sim_chance (0.3) ? sim_between (1, 4) : sim_between (5, CHUNKS_MAX));
    for (uint32_t i = 0; i < document->count; i++) {
        document->chunks[i].behaviour = draw_behaviour (poison);
        fprintf (out, "Paragraph %u of document %u of seed %llu %s.\n", i, index, (unsigned long long)sim.seed,
                 behaviours[document->chunks[i].behaviour]);
    }
    fclose (out);
    document->len = size;
    rap_sha256 (document->bytes, document->len, document->sha256);
    rap_document_id (document->sha256, document->id);
}

void world_begin (void)
{
    double poison = sim_chance (0.4) ? 0 : 0.01 * (double)sim_between (1, 4);
    world.count = (uint32_t)sim_between (2, DOCUMENTS_MAX);
    world.batch_chunks = (uint32_t)(sim_chance (0.5) ? sim_between (1, 12) : 64);
    for (uint32_t i = 0; i < world.count; i++)
        make_document (i, poison);
}

sim_document_t *world_find (rap_text_t document_id)
{
    for (uint32_t i = 0; i < world.count; i++)
        if (rap_text_equal (rap_text (world.documents[i].id), document_id))
            return &world.documents[i];
    return NULL;
}

rap_text_t world_line (const sim_document_t *document, uint32_t ordinal)
{
    const char *at = document->bytes;
    for (; ordinal > 0; ordinal--)
        at = strchr (at, '\n') + 1;
    return rap_text_of (at, (size_t)(strchr (at, '\n') - at));
}

void world_day (rap_text_t text, char day[11])
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < text.len; i++)
        sum = (sum ^ (uint8_t)text.at[i]) * 16777619u;
    snprintf (day, 11, "%04u-%02u-%02u", 1900 + sum % 100, 1 + sum / 100 % 12, 1 + sum / 1200 % 28);
}

bool world_settled (void)
{
    const process_t *ingest = &sim.processes[INGEST];
    if (!sim.calm || !all_answered || !ingest->alive || !ingest->journal || rap_journal_dirty (ingest->journal))
        return false;
    rap_journal_counts_t counts = rap_journal_counts (ingest->journal);
    return !counts.taken && !counts.split && !counts.notices;
}

//  --- workers -----------------------------------------------------------------

rap_status_t __wrap_rap_extractors_run (rap_extractors_t *self, const rap_document_t *document,
                                        const rap_chunk_t *chunk, rap_arena_t *arena, rap_findings_t *findings,
                                        rap_reason_t *reason);
rap_status_t __wrap_rap_extractors_run (rap_extractors_t *self, const rap_document_t *document,
                                        const rap_chunk_t *chunk, rap_arena_t *arena, rap_findings_t *findings,
                                        rap_reason_t *reason)
{
    (void)self;
    char day[11];
    sim_document_t *of = world_find (document->document_id);
    sim_chunk_t *known = &of->chunks[chunk->ordinal];
    sim_step ();
    sim_rest (known->behaviour == SLOW ? sim_between (200 * MS, 1500 * MS) : sim_between (200, 20 * MS));
    if (known->behaviour == CRASHES || (known->behaviour == CRASHES_ONCE && known->deaths == 0)) {
        known->deaths++;
        sim_crash (sim.me, "of its chunk");
    } else if (known->behaviour == HANGS) {
        known->deaths++;
        sim_rest (3600 * SECOND);
    } else if (known->behaviour == FAILS) {
        known->fails++;
        return rap_refuse (reason, "it cannot be read");
    }
    rap_finding_t *finding = rap_arena_alloc (arena, sizeof *finding);
    world_day (chunk->text, day);
    rap_text_t found = rap_arena_text (arena, rap_text (day));
    *finding = (rap_finding_t){.kind = RAP_FINDING_date_mention, .end = 1};
    finding->values[0].text = finding->values[1].text = found;
    finding->values[2].text = RAP_TEXT ("simulated");
    *findings = (rap_findings_t){.at = finding, .count = 1, .room = 1};
    return RAP_OK;
}

//  --- who hands in ------------------------------------------------------------

typedef struct {
    rap_endpoint_t *endpoint;
    rap_packer_t *packer;
    rap_arena_t *arena;
} submitter_t;

static void say (submitter_t *self, const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    (void)rap_endpoint_send (self->endpoint, NULL, rap_packed (self->packer));
}

static void say_submit (submitter_t *self, const sim_document_t *document)
{
    rap_message_t message = {
        .type = RAP_MSG_SUBMIT,
        .submit = {.source = rap_text (document->id), .bytes = document->len, .sha256 = rap_text (document->sha256)}};
    say (self, &message);
}

static void say_piece (submitter_t *self, const sim_document_t *document, uint64_t offset)
{
    if (offset >= document->len)
        return;
    size_t len = document->len - offset, most = (size_t)sim_between (PIECE_LEAST, 8 * PIECE_LEAST);
    rap_message_t message = {
        .type = RAP_MSG_PIECE,
        .piece = {.offset = offset, .bytes = rap_text_of (document->bytes + offset, len < most ? len : most)}};
    say (self, &message);
}

//  One answer, or none in time. True: the document is promised.
static bool hear_answer (submitter_t *self, const sim_document_t *document, bool *again)
{
    rap_text_t frame;
    rap_reason_t reason;
    rap_message_t message;
    zmq_pollitem_t item = {.socket = rap_endpoint_socket (self->endpoint), .events = ZMQ_POLLIN};
    *again = zmq_poll (&item, 1, ANSWER_MS) <= 0;
    if (*again || rap_endpoint_receive (self->endpoint, NULL, &frame) != RAP_OK)
        return false;
    rap_arena_reset (self->arena);
    if (rap_message_read (frame, self->arena, &message, &reason) != RAP_OK || message.type != RAP_MSG_ANSWER)
        return false;
    const rap_answer_t *answer = &message.answer;
    if (rap_text_equal (answer->answer, RAP_TEXT ("send")))
        say_piece (self, document, answer->offset);
    else if (rap_text_equal (answer->answer, RAP_TEXT ("refused"))) {
        sim_rest (sim_between (50 * MS, 500 * MS));
        *again = true;
    } else
        return rap_text_equal (answer->document_id, rap_text (document->id));
    return false;
}

static void hand_in (submitter_t *self, sim_document_t *document)
{
    bool again = true, promised = false;
    while (!promised) {
        if (again) { //  as a client that is run again: over a connection of its own
            rap_endpoint_options_t options = {.kind = RAP_DEALER, .address = "submit"};
            rap_endpoint_destroy (&self->endpoint);
            self->endpoint = rap_endpoint_new (&options, NULL);
            say_submit (self, document);
        }
        promised = hear_answer (self, document, &again);
    }
    document->answered = true;
    sim_tell ("document %s is promised", document->id);
}

int world_submit (process_t *process)
{
    (void)process;
    rap_endpoint_options_t options = {.kind = RAP_DEALER, .address = "submit"};
    submitter_t self = {
        .endpoint = rap_endpoint_new (&options, NULL), .packer = rap_packer_new (), .arena = rap_arena_new ()};
    for (uint32_t i = 0; i < world.count; i++) {
        int64_t due_us = sim.faults_end_us * i / (world.count + 1);
        if (due_us > sim.now_us)
            sim_rest (due_us - sim.now_us);
        hand_in (&self, &world.documents[i]);
        if (sim_chance (0.2)) //  it is handed in twice
            hand_in (&self, &world.documents[i]);
    }
    all_answered = true;
    for (;;)
        sim_rest (3600 * SECOND);
}
