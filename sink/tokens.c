#include "tokens.h"

#include <stdint.h>
#include <stdlib.h>

//  SQLite's own, as it was found.
typedef struct {
    fts5_tokenizer methods;
    void *context;
} own_t;

typedef struct {
    const own_t *own;
    Fts5Tokenizer *theirs;
    bool usual;  //  no arguments: letters and digits are words, in small letters
    char *small; //  the text in small letters
    size_t room;
} tokenizer_t;

typedef int (*token_fn) (void *, int, const char *, int, int, int);

static void delete_tokenizer (Fts5Tokenizer *tokenizer)
{
    tokenizer_t *self = (tokenizer_t *)tokenizer;
    self->own->methods.xDelete (self->theirs);
    free (self->small);
    free (self);
}

static int create_tokenizer (void *context, const char **arguments, int count, Fts5Tokenizer **out)
{
    tokenizer_t *self = calloc (1, sizeof *self);
    if (!self)
        return SQLITE_NOMEM;
    self->own = context;
    self->usual = count == 0;
    int code = self->own->methods.xCreate (self->own->context, arguments, count, &self->theirs);
    if (code != SQLITE_OK) {
        free (self);
        return code;
    }
    *out = (Fts5Tokenizer *)self;
    return SQLITE_OK;
}

//  Small letters of `text` into `small`. False: it is not all ASCII. Sixteen at once, as compilers do it.
static bool lower (char *restrict small, const char *restrict text, size_t len)
{
    unsigned char all = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i], above = (unsigned char)(c - 'A');
        all |= c;
        small[i] = (char)(above < 26 ? c | 0x20 : c);
    }
    return all < 0x80;
}

//  Small letters into self->small. False: it is not all ASCII.
static bool make_small (tokenizer_t *self, const char *text, size_t len)
{
    if (len > self->room) {
        free (self->small);
        self->small = malloc (len * 2);
        self->room = self->small ? len * 2 : 0;
        if (!self->small)
            return false;
    }
    return lower (self->small, text, len);
}

//  1: part of a word.
static const char parts[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1,
    ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
    ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1,
    ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static int tokenize (Fts5Tokenizer *tokenizer, void *context, int flags, const char *text, int len, token_fn tell)
{
    tokenizer_t *self = (tokenizer_t *)tokenizer;
    if (!self->usual || len < 0 || !make_small (self, text, (size_t)len))
        return self->own->methods.xTokenize (self->theirs, context, flags, text, len, tell);
    const char *small = self->small;
    int code = SQLITE_OK;
    for (int at = 0; code == SQLITE_OK;) {
        while (at < len && !parts[(unsigned char)small[at]])
            at++;
        if (at == len)
            break;
        int start = at;
        while (at < len && parts[(unsigned char)small[at]])
            at++;
        code = tell (context, 0, small + start, at - start, start, at);
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static fts5_api *find_api (sqlite3 *db)
{
    fts5_api *api = NULL;
    sqlite3_stmt *ask = NULL;
    if (sqlite3_prepare_v2 (db, "SELECT fts5 (?1)", -1, &ask, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer (ask, 1, (void *)&api, "fts5_api_ptr", NULL);
        sqlite3_step (ask);
    }
    sqlite3_finalize (ask);
    return api;
}

bool rap_tokens_install (sqlite3 *db)
{
    static const fts5_tokenizer ours = {
        .xCreate = create_tokenizer, .xDelete = delete_tokenizer, .xTokenize = tokenize};
    fts5_api *api = find_api (db);
    own_t *own = calloc (1, sizeof *own);
    if (!own)
        abort ();
    bool well = api && api->xFindTokenizer (api, "unicode61", &own->context, &own->methods) == SQLITE_OK;
    if (well) { //  the connection keeps `own`
        fts5_tokenizer methods = ours;
        return api->xCreateTokenizer (api, "unicode61", own, &methods, free) == SQLITE_OK;
    }
    free (own);
    return false;
}
