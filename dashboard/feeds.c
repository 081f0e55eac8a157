//  feeds: RFC 4287, written as text.
#include "feeds.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 50 };

//  Text in XML: what XML cannot hold at all is left out.
static void put_text (FILE *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)(text ? text : ""); *c; c++)
        switch (*c) {
        case '<':
            fputs ("&lt;", out);
            break;
        case '>':
            fputs ("&gt;", out);
            break;
        case '&':
            fputs ("&amp;", out);
            break;
        case '"':
            fputs ("&quot;", out);
            break;
        default:
            if (*c >= 0x20 || *c == '\n' || *c == '\t')
                putc (*c, out);
        }
}

static void put_element (FILE *out, const char *name, const char *text)
{
    fprintf (out, "<%s>", name);
    put_text (out, text);
    fprintf (out, "</%s>\n", name);
}

//  The name of the feed without '.atom'; NULL, and a problem, if it has no such end.
static const char *code_of (rap_reply_t *self)
{
    const char *segment = self->matched[0];
    size_t len = strlen (segment);
    if (len > 5 && strcmp (segment + len - 5, ".atom") == 0)
        return rap_arena_text (self->arena, rap_text_of (segment, len - 5)).at;
    rap_reply_problem (self, 404, "feeds are named CODE.atom");
    return NULL;
}

static void put_head (rap_reply_t *self, const char *kind, const char *code, const char *what, const char *updated)
{
    FILE *out = self->out;
    fputs ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>", out);
    put_text (out, what);
    put_text (out, code);
    fputs ("</title>\n<id>tag:rapporteur,2026:feed/", out);
    put_text (out, kind);
    putc ('/', out);
    put_text (out, code);
    fputs ("</id>\n", out);
    put_element (out, "updated", updated);
    fputs ("<author><name>Rapporteur</name></author>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"", out);
    put_text (out, self->base);
    put_text (out, self->request->path);
    fputs ("\"/>\n", out);
}

//  A row: id, updated, title, document_id, chunk_id or NULL, summary.
static void put_entry (rap_reply_t *self, const rap_found_t *row)
{
    FILE *out = self->out;
    fputs ("<entry>\n<id>tag:rapporteur,2026:", out);
    put_text (out, rap_found_text (row, 0));
    fputs ("</id>\n", out);
    put_element (out, "updated", rap_found_text (row, 1));
    put_element (out, "title", rap_found_text (row, 2));
    fputs ("<link rel=\"alternate\" href=\"", out);
    put_text (out, self->base);
    fprintf (out, "/documents/%s", rap_found_text (row, 3));
    if (!rap_found_is_null (row, 4))
        fprintf (out, "#c%s", rap_found_text (row, 4));
    fputs ("\"/>\n<summary>", out);
    put_text (out, rap_found_text (row, 5));
    fputs ("</summary>\n</entry>\n", out);
}

static void put_feed (rap_reply_t *self, const char *kind, const char *what, const char *sql)
{
    const char *code = code_of (self), *updated = "1970-01-01T00:00:00Z";
    if (!code)
        return;
    self->type = "application/atom+xml; charset=utf-8";
    rap_bind_t binds[] = {rap_bind_text (code), rap_bind_integer (ENTRIES)};
    rap_found_t *rows = rap_snapshot_ask (self->reader, sql, binds, 2);
    bool any = rap_found_next (&rows);
    //  The newest entry comes first.
    put_head (self, kind, code, what, any ? rap_found_text (rows, 1) : updated);
    while (any) {
        put_entry (self, rows);
        any = rap_found_next (&rows);
    }
    fputs ("</feed>\n", self->out);
}

#define NAMED "coalesce (d.symbol, nullif (d.title, ''), d.source)"
#define COUNTED(kind)                                                                                                \
    "SELECT 'document/' || d.document_id, coalesce (d.completed_at, d.received_at), trim (" NAMED                    \
    " || iif (d.symbol IS NULL OR d.title = '', '', ' ' || d.title)), d.document_id, NULL, k.paragraphs || iif"      \
    " (k.paragraphs = 1, ' paragraph', ' paragraphs') || coalesce (', published ' || d.published, '') FROM"          \
    " document_count k JOIN document d USING (number) WHERE k.kind = '" kind                                         \
    "' AND (k.code = ?1 OR (?1 NOT LIKE '%.%' AND substr (k.code, 1, length (?1) + 1) = ?1 || '.')) AND d.state <>"  \
    " 'superseded' GROUP BY d.number ORDER BY 2 DESC, 1 LIMIT ?2"

void rap_feed_theme (rap_reply_t *self)
{
    put_feed (self, "theme", "Documents on ", COUNTED ("theme"));
}

void rap_feed_actor (rap_reply_t *self)
{
    put_feed (self, "actor", "Documents that name ", COUNTED ("actor"));
}

void rap_feed_addressee (rap_reply_t *self)
{
    put_feed (
        self, "addressee", "What is asked of ",
        "SELECT 'clause/' || d.document_id || '/' || c.ordinal || '/' || f.seq, coalesce (d.completed_at,"
        " d.received_at), " NAMED
        " || ', ' || iif (c.label = '', c.kind, c.label), d.document_id, c.chunk_id, f.verb || ' ' ||"
        " f.addressee || ' ' || f.action FROM document_count k JOIN document d USING (number) CROSS JOIN clause f"
        " ON f.chunk_id >= d.number << 20 AND f.chunk_id < (d.number + 1) << 20 JOIN chunk c ON c.chunk_id ="
        " f.chunk_id WHERE k.kind = 'actor' AND k.code = ?1 AND d.state <> 'superseded' AND f.force >= 3 AND"
        " f.addressee_actor = ?1 ORDER BY 2 DESC, f.chunk_id, f.seq LIMIT ?2");
}
