//  exchange: what is kept of a request.
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

exchange_t *exchange_new (const char *target)
{
    exchange_t *self = must (calloc (1, sizeof *self));
    self->arena = rap_arena_new ();
    self->key = rap_arena_text (self->arena, rap_text_of (target, strnlen (target, RAP_REQUEST_BYTES_MAX + 1))).at;
    if (rap_request_read (&self->request, rap_text (self->key), self->arena, &self->refused) == RAP_OK)
        self->refused.text[0] = 0;
    return self;
}

void exchange_destroy (exchange_t **self_p)
{
    exchange_t *self = *self_p;
    if (!self)
        return;
    rap_body_release (self->body);
    rap_arena_destroy (&self->arena);
    free (self);
    *self_p = NULL;
}

static const char *keep_header (exchange_t *self, const char *name)
{
    const char *value = MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND, name);
    return value ? rap_arena_text (self->arena, rap_text (value)).at : NULL;
}

//  'gzip' among what is taken, and not with q=0.
static bool takes_gzip (const char *accept)
{
    const char *at = accept ? strstr (accept, "gzip") : NULL;
    if (!at || (at != accept && !strchr (" ,\t", at[-1])))
        return false;
    at += 4 + strspn (at + 4, " \t");
    if (*at != ';')
        return !*at || *at == ',';
    const char *q = strstr (at, "q=");
    return !q || strtod (q + 2, NULL) > 0;
}

void exchange_prepare (exchange_t *self)
{
    const char *host = keep_header (self, "Host");
    self->gzip = takes_gzip (keep_header (self, "Accept-Encoding"));
    self->if_none_match = keep_header (self, "If-None-Match");
    self->base = rap_arena_format (self->arena, "http://%s", host ? host : "localhost").at;
    //  Feeds hold addresses under that name.
    self->key = rap_arena_format (self->arena, "%s%s", self->base, self->key).at;
}

void exchange_add_form (exchange_t *self, const char *bytes, size_t len)
{
    size_t room = sizeof self->form - self->form_len;
    len = len < room ? len : room;
    memcpy (self->form + self->form_len, bytes, len);
    self->form_len += len;
}

bool exchange_is_unchanged (const exchange_t *self)
{
    if (!self->if_none_match || !self->etag[0] || self->status != 200)
        return false;
    //  compared weakly: without W/
    const char *opaque = self->etag + (strncmp (self->etag, "W/", 2) == 0 ? 2 : 0);
    return strcmp (self->if_none_match, "*") == 0 || strstr (self->if_none_match, opaque) != NULL;
}

void exchange_describe (exchange_t *self, const char *next, const char *filename)
{
    if (self->status != 200)
        return;
    if (next)
        self->link = rap_arena_format (self->arena, "<%s>; rel=\"next\"", next).at;
    if (filename)
        self->disposition = rap_arena_format (self->arena, "attachment; filename=\"%s\"", filename).at;
}

static const char *title_of (int status)
{
    switch (status) {
    case 400:
        return "Bad request";
    case 401:
        return "Not logged in";
    case 404:
        return "Not found";
    case 405:
        return "Method not allowed";
    case 413:
        return "Too long";
    case 421:
        return "Misdirected";
    case 422:
        return "Cannot be done";
    case 429:
        return "Too many";
    case 503:
        return "Not at present";
    default:
        return "It failed";
    }
}

void exchange_share (exchange_t *self, const exchange_t *other)
{
    self->status = other->status;
    self->body = rap_body_hold (other->body);
    self->link = other->link ? rap_arena_text (self->arena, rap_text (other->link)).at : NULL;
    self->disposition = other->disposition ? rap_arena_text (self->arena, rap_text (other->disposition)).at : NULL;
}

char *exchange_problem (int status, const char *detail, size_t *len)
{
    char *text = NULL;
    rap_json_t json;
    FILE *out = must (open_memstream (&text, len));
    rap_json_init (&json, out);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "type", "about:blank");
    rap_json_text (&json, "title", title_of (status));
    rap_json_integer (&json, "status", status);
    rap_json_text (&json, "detail", detail);
    rap_json_end (&json);
    if (fclose (out) != 0)
        abort ();
    return text;
}
