//  guard: addresses, names, secrets.
#include "guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct rap_guard {
    struct sockaddr_storage address;
    socklen_t address_len;
    bool loopback;
    unsigned char token[crypto_generichash_BYTES]; //  keyed hash: compared instead of the token
    unsigned char key[crypto_generichash_KEYBYTES];
    bool has_token;
    char session[RAP_SESSION_SIZE];
    char *header;
    struct sockaddr_storage trusted;
    char *hosts;
};

static char *copy (const char *text)
{
    char *copied = text ? strdup (text) : NULL;
    if (text && !copied)
        abort ();
    return copied;
}

//  --- addresses -----------------------------------------------------------------------
static bool read_ip (const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    *address = (struct sockaddr_storage){0};
    if (inet_pton (AF_INET, text, &four->sin_addr) == 1)
        address->ss_family = AF_INET;
    else if (inet_pton (AF_INET6, text, &six->sin6_addr) == 1)
        address->ss_family = AF_INET6;
    return address->ss_family != 0;
}

//  'HOST:PORT' or '[HOST]:PORT' into its two parts.
static bool part_address (const char *text, char *host, size_t size, long *port)
{
    const char *colon = strrchr (text, ':');
    if (!colon || colon == text)
        return false;
    size_t len = (size_t)(colon - text);
    bool six = text[0] == '[';
    if (six && (len < 3 || text[len - 1] != ']'))
        return false;
    snprintf (host, size, "%.*s", (int)(six ? len - 2 : len), text + six);
    char *end;
    errno = 0;
    *port = strtol (colon + 1, &end, 10);
    return !errno && end != colon + 1 && !*end && *port >= 0 && *port <= 65535;
}

static bool is_loopback (const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl (((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK (&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static rap_status_t read_listen (rap_guard_t *self, const char *listen, rap_reason_t *reason)
{
    char host[64];
    long port;
    if (!part_address (listen, host, sizeof host, &port))
        return rap_refuse (reason, "--listen %s: say ADDRESS:PORT, as 127.0.0.1:8460 or [::1]:8460", listen);
    if (!read_ip (strcmp (host, "localhost") == 0 ? "127.0.0.1" : host, &self->address))
        return rap_refuse (reason, "--listen %s: the address is given in figures, as 127.0.0.1 or ::1", listen);
    self->address_len =
        self->address.ss_family == AF_INET ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6);
    self->loopback = is_loopback (&self->address);
    rap_guard_set_port (self, (uint16_t)port);
    return RAP_OK;
}

void rap_guard_set_port (rap_guard_t *self, uint16_t port)
{
    if (self->address.ss_family == AF_INET)
        ((struct sockaddr_in *)&self->address)->sin_port = htons (port);
    else
        ((struct sockaddr_in6 *)&self->address)->sin6_port = htons (port);
}

const struct sockaddr *rap_guard_address (const rap_guard_t *self, socklen_t *len)
{
    *len = self->address_len;
    return (const struct sockaddr *)&self->address;
}

//  --- secrets -------------------------------------------------------------------------
static void hash_token (const rap_guard_t *self, const char *token, unsigned char *hash)
{
    crypto_generichash (hash, crypto_generichash_BYTES, (const unsigned char *)token, strlen (token), self->key,
                        sizeof self->key);
}

static rap_status_t read_token (rap_guard_t *self, const char *path, rap_reason_t *reason)
{
    char token[RAP_TOKEN_MAX + 2] = "";
    FILE *file = fopen (path, "re");
    if (!file)
        return rap_refuse (reason, "--token-file %s: %s", path, strerror (errno));
    size_t len = fread (token, 1, sizeof token - 1, file);
    fclose (file);
    while (len && strchr (" \t\r\n", token[len - 1]))
        len--;
    token[len] = 0;
    if (len < RAP_TOKEN_MIN || len > RAP_TOKEN_MAX || strlen (token) != len || strpbrk (token, " \t\r\n"))
        return rap_refuse (reason, "--token-file %s: a token has %d to %d letters and no spaces", path, RAP_TOKEN_MIN,
                           RAP_TOKEN_MAX);
    hash_token (self, token, self->token);
    //  A session is known to who has the token, and ends with this process.
    unsigned char random[(RAP_SESSION_SIZE - 1) / 2];
    randombytes_buf (random, sizeof random);
    sodium_bin2hex (self->session, sizeof self->session, random, sizeof random);
    sodium_memzero (token, sizeof token);
    self->has_token = true;
    return RAP_OK;
}

static rap_status_t read_trust (rap_guard_t *self, const rap_guard_options_t *options, rap_reason_t *reason)
{
    if (!options->trust_header && !options->trust_from)
        return RAP_OK;
    if (!options->trust_header || !options->trust_from)
        return rap_refuse (reason,
                           "--trust-header and --trust-from go together: which header vouches, and the address "
                           "of the proxy that sets it");
    if (!read_ip (options->trust_from, &self->trusted))
        return rap_refuse (reason, "--trust-from %s: is no address in figures", options->trust_from);
    self->header = copy (options->trust_header);
    return RAP_OK;
}

static rap_status_t read_options (rap_guard_t *self, const rap_guard_options_t *options, rap_reason_t *reason)
{
    if (read_listen (self, options->listen, reason) != RAP_OK || read_trust (self, options, reason) != RAP_OK
        || (options->token_file && read_token (self, options->token_file, reason) != RAP_OK))
        return RAP_REFUSED;
    if (!self->loopback && !self->has_token && !self->header)
        return rap_refuse (reason,
                           "--listen %s is beyond this machine, and anybody there could read: say --token-file FILE, "
                           "or --trust-header NAME with --trust-from ADDRESS of a proxy that lets in whom it knows",
                           options->listen);
    return RAP_OK;
}

rap_guard_t *rap_guard_new (const rap_guard_options_t *options, rap_reason_t *reason)
{
    rap_guard_t *self = calloc (1, sizeof *self);
    if (!self || sodium_init () < 0)
        abort ();
    crypto_generichash_keygen (self->key);
    self->hosts = copy (options->hosts);
    if (read_options (self, options, reason) != RAP_OK)
        rap_guard_destroy (&self);
    return self;
}

void rap_guard_destroy (rap_guard_t **self_p)
{
    rap_guard_t *self = *self_p;
    if (!self)
        return;
    free (self->header);
    free (self->hosts);
    sodium_memzero (self, sizeof *self);
    free (self);
    *self_p = NULL;
}

//  --- questions -----------------------------------------------------------------------
static bool is_listed (const char *list, const char *name, size_t len)
{
    while (list && *list) {
        size_t word = strcspn (list, ",");
        if (word == len && strncasecmp (list, name, len) == 0)
            return true;
        list += word + (list[word] == ',');
    }
    return false;
}

bool rap_guard_knows_host (const rap_guard_t *self, const char *host)
{
    char name[256];
    struct sockaddr_storage address;
    if (!host)
        return false;
    size_t len = host[0] == '[' ? strcspn (host, "]") : strcspn (host, ":");
    const char *port = host + len + (host[0] == '[' && host[len] == ']');
    if (len == 0 || len >= sizeof name || (host[0] == '[' && host[len] != ']')
        || (*port && (*port != ':' || strspn (port + 1, "0123456789") != strlen (port + 1))))
        return false;
    snprintf (name, sizeof name, "%.*s", (int)(len - (host[0] == '[')), host + (host[0] == '['));
    return read_ip (name, &address) || strcasecmp (name, "localhost") == 0
           || is_listed (self->hosts, name, strlen (name));
}

static bool is_from (const struct sockaddr *from, const struct sockaddr_storage *trusted)
{
    if (!from)
        return false;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    if (from->sa_family == AF_INET6 && trusted->ss_family == AF_INET && IN6_IS_ADDR_V4MAPPED (&six->sin6_addr))
        return memcmp (six->sin6_addr.s6_addr + 12, &((const struct sockaddr_in *)trusted)->sin_addr, 4) == 0;
    if (from->sa_family != trusted->ss_family)
        return false;
    if (from->sa_family == AF_INET)
        return ((const struct sockaddr_in *)from)->sin_addr.s_addr
               == ((const struct sockaddr_in *)trusted)->sin_addr.s_addr;
    return memcmp (&six->sin6_addr, &((const struct sockaddr_in6 *)trusted)->sin6_addr, sizeof six->sin6_addr) == 0;
}

static bool is_token (const rap_guard_t *self, const char *token)
{
    unsigned char hash[crypto_generichash_BYTES];
    if (!self->has_token || strlen (token) > RAP_TOKEN_MAX)
        return false;
    hash_token (self, token, hash);
    return sodium_memcmp (hash, self->token, sizeof hash) == 0;
}

bool rap_guard_lets (const rap_guard_t *self, const rap_proof_t *proof)
{
    if (!self->has_token && !self->header)
        return true;
    if (self->header && proof->vouched && *proof->vouched && is_from (proof->from, &self->trusted))
        return true;
    if (self->has_token && proof->session && strlen (proof->session) == RAP_SESSION_SIZE - 1
        && sodium_memcmp (proof->session, self->session, RAP_SESSION_SIZE - 1) == 0)
        return true;
    return proof->authorization && strncasecmp (proof->authorization, "Bearer ", 7) == 0
           && is_token (self, proof->authorization + 7);
}

const char *rap_guard_header (const rap_guard_t *self)
{
    return self->header;
}

bool rap_guard_has_token (const rap_guard_t *self)
{
    return self->has_token;
}

bool rap_guard_login (const rap_guard_t *self, const char *token, char session[RAP_SESSION_SIZE])
{
    if (!is_token (self, token))
        return false;
    memcpy (session, self->session, RAP_SESSION_SIZE);
    return true;
}
