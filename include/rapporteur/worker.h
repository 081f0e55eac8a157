/*  worker: a worker of your own, in C. The header of librapporteur.
 *
 *  You write one function that looks at a chunk and says what it found; the rest,
 *  the conversation of doc/protocol.md section 4, is done here: calling, the
 *  lease, heartbeats, results, giving back, draining at SIGTERM. What you say
 *  is stored exactly once a chunk, whoever dies on the way.
 *
 *  With a `scheme` it is an *annotator*: it classifies, in a scheme of its own,
 *  the chunks that are in the database, also those from before it first ran,
 *  beside our workers and without holding them up (section 4.6). Its `work` is
 *  the sink's address for annotators. Without a scheme it takes the place of one
 *  of our workers, and what it finds of a chunk is all that is stored of it.
 *
 *      static void look (void *self, rap_worker_t *worker, const rap_document_t *document,
 *                        const rap_chunk_t *chunk)
 *      {
 *          if (is_long (chunk->text))
 *              rap_worker_classify (worker, "long", 1.0, "words");
 *      }
 *
 *      int main (int argc, char **argv)
 *      {
 *          rap_worker_options_t options = {.scheme = "example.length", .pipeline = "example 1"};
 *          return rap_worker_main (argc, argv, &options, look, NULL);
 *      }
 *
 *  Rules: the same chunk gives the same answer, always; keep nothing between
 *  chunks; a chunk that takes longer than a second calls rap_worker_beat now
 *  and then. One thread, one worker a process: start it as often as you like.
 *  doc/own-worker.md has the whole of an example.                            */
#ifndef RAPPORTEUR_WORKER_H
#define RAPPORTEUR_WORKER_H

#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"

typedef struct rap_worker rap_worker_t;

//  Texts are borrowed for the time of the run.
typedef struct {
    const char *work;     //  where work is given out: ipc://PATH or tcp://HOST:PORT
    const char *results;  //  where the sink takes results
    const char *id;       //  unlike any other worker's; NULL: host and process
    const char *pipeline; //  name and version of what you do; another version, another name
    const char *scheme;   //  of an annotator: small letters, digits, '-' and at least one '.'; NULL: none
    const char *keys;     //  folder of keys, for tcp; NULL: none
    const char *key;      //  name of ours in it; NULL: the only one of a worker
} rap_worker_options_t;

//  Looks at a chunk. All it is given lives until it returns.
typedef void (rap_worker_fn) (void *self, rap_worker_t *worker, const rap_document_t *document,
                              const rap_chunk_t *chunk);

//  Runs until SIGTERM or SIGINT, then gives back what it has not begun. Answers what
//  main returns: 0 drained, 3 refused, 1 unable. The log goes to standard error.
int rap_worker_run (const rap_worker_options_t *options, rap_worker_fn *look, void *look_self);

//  The same, with work, results, id, keys and key from the command line (--help tells).
//  2: they are not as they should be.
int rap_worker_main (int argc, char **argv, const rap_worker_options_t *defaults, rap_worker_fn *look,
                     void *look_self);

//  --- inside the function ----------------------------------------------------

//  A class of the worker's own scheme, best first. `score` is yours, 0 to 1 by custom;
//  `rule` names what decided. Texts are copied.
void rap_worker_classify (rap_worker_t *self, const char *code, double score, const char *rule);

//  Of a worker without a scheme: any finding (finding.h), over the bytes [start, end) of
//  the text; its values are zero or '' and are filled in by you. NULL, and the chunk
//  fails, if the span is not one of whole characters, or there are too many findings.
rap_finding_t *rap_worker_add (rap_worker_t *self, rap_finding_kind_t kind, size_t start, size_t end);

//  A copy that lives until the chunk was sent, for the values of a finding.
rap_text_t rap_worker_keep (rap_worker_t *self, rap_text_t text);

//  This chunk cannot be done; after three such tries it is set aside with the cause.
void rap_worker_fail (rap_worker_t *self, const char *cause);

//  I am alive, and still at it.
void rap_worker_beat (rap_worker_t *self);

#endif
