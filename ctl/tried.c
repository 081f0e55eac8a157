//  tried: one attempt a line.
#include "tried.h"

#include <inttypes.h>
#include <string.h>

#include "term.h"

enum { ENDED_AT, HELD_MS, ATTEMPT, FIRST, COUNT, WORKER, INCARNATION, OUTCOME, CAUSE };

//  What happened, in words.
static const char *words_of (const char *outcome)
{
    static const char *const words[][2] = {
        {"died", "died with this under its hand"},      {"failed", "said that it cannot be done"},
        {"returned", "gave it back untouched"},         {"left", "left, or died of something else"},
        {"lost", "had it, and it was lost on the way"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp (words[i][0], outcome) == 0)
            return words[i][1];
    return outcome;
}

static void print (const rap_rows_t *row, int indent)
{
    int64_t count = rap_rows_integer (row, COUNT), held_ms = rap_rows_integer (row, HELD_MS);
    const char *worker = rap_rows_text (row, WORKER);
    printf ("%*s%s  ", indent, "", rap_rows_text (row, ENDED_AT));
    if (rap_rows_integer (row, ATTEMPT))
        printf ("attempt %" PRId64 ": ", rap_rows_integer (row, ATTEMPT));
    rap_term_put (stdout, *worker ? worker : "a worker not known any more", -1);
    if (rap_rows_integer (row, INCARNATION))
        printf (" (incarnation %" PRIu64 ")", (uint64_t)rap_rows_integer (row, INCARNATION));
    printf (" %s", words_of (rap_rows_text (row, OUTCOME)));
    if (held_ms >= 0)
        printf (", %.1f s after it was sent", (double)held_ms / 1000);
    if (count > 1)
        printf (", in a batch of %" PRId64 " chunks", count);
    printf (": ");
    rap_term_put (stdout, rap_rows_text (row, CAUSE), indent + 4);
    printf ("\n");
}

int rap_tried_print (rap_rows_t *rows, int indent)
{
    int count = 0;
    while (rows && rap_rows_next (&rows)) {
        print (rows, indent);
        count++;
    }
    return count;
}

static void put (rap_json_t *json, const rap_rows_t *row)
{
    char incarnation[24];
    snprintf (incarnation, sizeof incarnation, "%" PRIu64, (uint64_t)rap_rows_integer (row, INCARNATION));
    rap_json_object (json, NULL);
    rap_json_text (json, "ended_at", rap_rows_text (row, ENDED_AT));
    rap_json_text (json, "outcome", rap_rows_text (row, OUTCOME));
    rap_json_text (json, "cause", rap_rows_text (row, CAUSE));
    rap_json_text (json, "worker", rap_rows_text (row, WORKER));
    rap_json_text (json, "incarnation", rap_rows_integer (row, INCARNATION) ? incarnation : NULL);
    rap_json_integer (json, "attempt", rap_rows_integer (row, ATTEMPT));
    rap_json_integer (json, "first", rap_rows_integer (row, FIRST));
    rap_json_integer (json, "count", rap_rows_integer (row, COUNT));
    if (rap_rows_integer (row, HELD_MS) >= 0)
        rap_json_integer (json, "held_ms", rap_rows_integer (row, HELD_MS));
    rap_json_end (json);
}

void rap_tried_put (rap_json_t *json, const char *key, rap_rows_t *rows)
{
    rap_json_array (json, key);
    while (rows && rap_rows_next (&rows))
        put (json, rows);
    rap_json_end (json);
}
