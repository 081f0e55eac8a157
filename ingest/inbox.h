/*  inbox: a watched folder; what is put there is taken.
 *
 *  How to hand in a file: write it under a hidden name or elsewhere on the same
 *  file system and rename it into the folder, or just copy it there; it is taken
 *  when its writer closes it. Files that were there before the start are taken
 *  too, in order of their names. What is stated of NAME stands in NAME.meta, put
 *  there before NAME, lines of `key: value` with the keys symbol, date
 *  (YYYY-MM-DD), title, language, source; '#' begins a comment line.
 *
 *  What becomes of a file:
 *    taken/NAME     it is durable in the journal (or was there already); with its .meta
 *    refused/NAME   it cannot be taken; NAME.reason beside it says why
 *    left in place  it cannot be read, or changed while it was read: logged with
 *                   advice, tried again when it is next written or renamed
 *  Nothing is replaced there: if there is another file of that name, '.' and the
 *  beginning of the document's id is added, then a number.
 *
 *  Documents are regular files only. Hidden names and *.meta are not documents.
 *  Symbolic links, folders, pipes, sockets and devices are never opened for
 *  reading; each is reported once. A file's source is its name in the folder
 *  unless .meta states one; a later file of the same source is a later version.
 *  Bytes of names that are not printable UTF-8 become %XX.
 *
 *  Nothing is lost: the folder is read again after the kernel's queue overflowed,
 *  and a file is moved only after the commit. Names that wait are bounded; the
 *  folder itself is the queue. One thread.                                   */
#ifndef RAPPORTEUR_INGEST_INBOX_H
#define RAPPORTEUR_INGEST_INBOX_H

#include "journal.h"

typedef struct rap_inbox rap_inbox_t;

//  Watches the folder, which must exist or be creatable. NULL with the reason.
rap_inbox_t *rap_inbox_new (const char *folder, rap_journal_t *journal, rap_reason_t *reason);
void rap_inbox_destroy (rap_inbox_t **self_p);

//  Readable when something happened in the folder.
int rap_inbox_fd (const rap_inbox_t *self);

//  Reads what happened; never blocks.
void rap_inbox_look (rap_inbox_t *self);

//  Files wait to be taken.
bool rap_inbox_busy (const rap_inbox_t *self);

//  Takes some of what waits into the open group, a bounded number of bytes.
void rap_inbox_step (rap_inbox_t *self);

//  Files that wait for the commit to be moved.
bool rap_inbox_waiting (const rap_inbox_t *self);

//  The group is on disk: moves what was taken. Or was rolled back: tries again.
void rap_inbox_committed (rap_inbox_t *self);
void rap_inbox_failed (rap_inbox_t *self);

#endif
