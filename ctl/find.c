//  find: the ways to say which, tried in order; the first that finds counts.
#include "find.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_id_start (const char *text)
{
    size_t len = strlen (text);
    return len >= 4 && len <= 32 && strspn (text, "0123456789abcdef") == len;
}

//  Takes the only row, or tells of the several. RAP_AGAIN: there is none.
static rap_status_t take_only (rap_rows_t *rows, const char *meant, char *id, rap_reason_t *reason)
{
    char list[240] = "";
    int count = 0;
    while (rap_rows_next (&rows)) {
        size_t len = strlen (list);
        if (count++ == 0)
            snprintf (id, RAP_DOCUMENT_ID_SIZE, "%s", rap_rows_text (rows, 0));
        snprintf (list + len, sizeof list - len, "%s%.12s (%.40s)", len ? ", " : "", rap_rows_text (rows, 0),
                  rap_rows_text (rows, 1));
    }
    if (count == 0)
        return RAP_AGAIN;
    return count == 1 ? RAP_OK
                      : rap_refuse (reason, "'%.60s' may be any of %d documents: %s. Say which by its id", meant,
                                    count, list);
}

rap_status_t rap_find_document (rap_database_t *db, const char *meant, char id[RAP_DOCUMENT_ID_SIZE],
                                rap_reason_t *reason)
{
    static const char by_id[] =
        "SELECT document_id, source FROM document WHERE substr (document_id, 1, length (?1)) = ?1";
    static const char by_symbol[] =
        "SELECT document_id, source FROM document WHERE upper (replace (?1, ' ', '')) = upper (replace (symbol, ' ', "
        "''))"
        " OR EXISTS (SELECT 1 FROM json_each (CASE WHEN json_valid (other_symbols) THEN other_symbols ELSE '[]' END)"
        " WHERE upper (replace (value, ' ', '')) = upper (replace (?1, ' ', '')))"
        " ORDER BY state = 'superseded'";
    static const char by_symbol_current[] = "SELECT document_id, source FROM document WHERE upper (replace (?1, ' ', "
                                            "'')) = upper (replace (symbol, ' ', ''))"
                                            " AND state <> 'superseded'";
    static const char by_name[] =
        "SELECT document_id, source FROM document WHERE (source = ?1 OR substr (source, -length (?1) - 1) = '/' || ?1"
        " OR source GLOB replace (replace (replace (?1, '[', '[[]'), '*', '[*]'), '?', '[?]') || '.*'"
        " OR source GLOB '*/' || replace (replace (replace (?1, '[', '[[]'), '*', '[*]'), '?', '[?]') || '.*')"
        " AND state <> 'superseded'";
    //  As people say it: 74/177.
    static const char by_end[] =
        "SELECT document_id, source FROM document WHERE instr (?1, '/') AND state <> 'superseded'"
        " AND substr (upper (symbol), -length (?1) - 1) = '/' || upper (?1)";
    const char *questions[] = {by_id, by_symbol_current, by_symbol, by_name, by_end};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (questions[i] == by_id && !is_id_start (meant))
            continue;
        rap_status_t status = take_only (rap_database_ask (db, questions[i], &meant, 1), meant, id, reason);
        if (status != RAP_AGAIN)
            return status;
    }
    return rap_refuse (
        reason,
        "there is no document '%.100s': give the beginning of its id, its symbol (A/RES/74/177 or 74/177), or "
        "its file's name",
        meant);
}
