/*  status: what a call that can fail for a reason its caller can act on answers.
 *
 *  Three origins of failure have three answers (doc in ARCHITECTURE.md): our own
 *  bug asserts; a peer, a file or a document is refused (RAP_REFUSED, reason in
 *  a rap_reason_t) and the daemon goes on; the machine (disk, memory, SQLite)
 *  answers RAP_FAILED, the work stays unacknowledged, and if it persists the
 *  process ends.                                                             */
#ifndef RAPPORTEUR_STATUS_H
#define RAPPORTEUR_STATUS_H

typedef enum {
    RAP_OK = 0,
    RAP_AGAIN,   //  nothing there, or no room, just now
    RAP_REFUSED, //  foreign input is not acceptable; the reason says where and which limit
    RAP_FAILED,  //  the machine failed; nothing was done
} rap_status_t;

//  Why something was refused or failed, for a person: "what, where, which limit".
//  Always terminated; cut at its end if longer.
enum { RAP_REASON_MAX = 400 };
typedef struct {
    char text[RAP_REASON_MAX];
} rap_reason_t;

//  Formats into `reason` (NULL allowed), as one line: what a terminal would obey, or
//  is no UTF-8, is escaped.
void rap_reason_set (rap_reason_t *reason, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

//  The status that it is given: a value that a caller may leave unused.
static inline rap_status_t rap_status_of (rap_status_t status)
{
    return status;
}

//  Sets the reason and answers the status, so that one can write
//  `return rap_refuse (reason, "...")`. Macros, so that the compiler sees the status.
#define rap_refuse(reason, ...) (rap_reason_set (reason, __VA_ARGS__), rap_status_of (RAP_REFUSED))
#define rap_fail(reason, ...) (rap_reason_set (reason, __VA_ARGS__), rap_status_of (RAP_FAILED))

#endif
