//  export_name: a few rows, looked through from the first to the last.
#include "export_name.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

enum { WHAT, KEY, DOCTYPE, SUBTYPE, NAME, ACTOR, NUMBER, YEAR, COLUMNS };
static const char *const columns[COLUMNS] = {"what", "key", "doctype", "subtype", "name", "actor", "number", "year"};

struct rap_naming {
    const rap_table_t *table;
    int at[COLUMNS];
    const rap_table_t *themes; //  NULL: the rules have none
};

static rap_text_t field (const rap_naming_t *self, const rap_entry_t *entry, int column)
{
    return entry->fields[self->at[column]];
}

static bool is_what (const rap_naming_t *self, const rap_entry_t *entry, const char *what)
{
    return rap_text_equal (field (self, entry, WHAT), rap_text (what));
}

//  The row with that key; NULL.
static const rap_entry_t *row_of (const rap_naming_t *self, const char *what, rap_text_t key)
{
    for (uint32_t i = 0; i < self->table->entries_count; i++) {
        const rap_entry_t *entry = &self->table->entries[i];
        if (is_what (self, entry, what) && rap_text_equal (field (self, entry, KEY), key))
            return entry;
    }
    return NULL;
}

//  The row whose key `text` begins with, the longest first. There is one with no key.
static const rap_entry_t *row_beginning (const rap_naming_t *self, const char *what, rap_text_t text)
{
    const rap_entry_t *best = row_of (self, what, RAP_TEXT (""));
    assert (best);
    for (uint32_t i = 0; i < self->table->entries_count; i++) {
        const rap_entry_t *entry = &self->table->entries[i];
        if (is_what (self, entry, what) && rap_text_starts (text, field (self, entry, KEY))
            && field (self, entry, KEY).len > field (self, best, KEY).len)
            best = entry;
    }
    return best;
}

rap_naming_t *rap_naming_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const needed[] = {"kind", "part", "symbol"};
    rap_naming_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->table = rap_lexicon_table (lexicon, "akn");
    self->themes = rap_lexicon_table (lexicon, "themes");
    bool good = self->table != NULL;
    for (int i = 0; good && i < COLUMNS; i++) {
        self->at[i] = rap_table_column (self->table, columns[i]);
        good = self->at[i] >= 0;
    }
    if (!good)
        rap_refuse (reason, "the rules have no table akn.tsv with the columns that naming documents needs");
    for (size_t i = 0; good && i < sizeof needed / sizeof *needed; i++)
        if (!row_of (self, needed[i], RAP_TEXT (""))) {
            rap_refuse (reason, "akn.tsv has no row '%s' without a key, for all others", needed[i]);
            good = false;
        }
    if (!good)
        rap_naming_destroy (&self);
    return self;
}

void rap_naming_destroy (rap_naming_t **self_p)
{
    free (*self_p);
    *self_p = NULL;
}

rap_text_t rap_akn_slug (rap_text_t text, rap_arena_t *arena)
{
    char *slug = rap_arena_alloc (arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (isalnum (byte) || byte == '.')
            slug[len++] = (char)byte;
        else if (len && slug[len - 1] != '-')
            slug[len++] = '-';
    }
    while (len && slug[len - 1] == '-')
        len--;
    return rap_text_of (slug, len);
}

//  --- symbols ----------------------------------------------------------------------
static bool is_year (rap_text_t text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit ((unsigned char)text.at[i]))
            return false;
    return text.len == 4;
}

//  The year that the rest of a symbol tells, and that rest without it if it was in brackets.
static rap_text_t year_of (rap_text_t how, rap_text_t *rest)
{
    rap_text_t year = RAP_TEXT ("");
    if (rap_text_equal (how, RAP_TEXT ("first"))) {
        size_t len = 0;
        while (len < rest->len && isdigit ((unsigned char)rest->at[len]))
            len++;
        year = rap_text_of (rest->at, len);
    } else if (rap_text_equal (how, RAP_TEXT ("bracket")) && rest->len > 6 && rest->at[rest->len - 1] == ')'
               && rest->at[rest->len - 6] == '(') {
        year = rap_text_of (rest->at + rest->len - 5, 4);
        if (is_year (year))
            rest->len -= 6;
    }
    return is_year (year) ? year : RAP_TEXT ("");
}

static rap_text_t actor_of (const rap_naming_t *self, rap_text_t body)
{
    const rap_entry_t *row = body.len ? row_of (self, "body", body) : NULL;
    if (row)
        return field (self, row, ACTOR);
    return body.len ? body : RAP_TEXT ("un");
}

static rap_text_t work_of (const rap_akn_name_t *name, rap_text_t day, rap_arena_t *arena)
{
    return rap_arena_format (arena, "/akn/un/%.*s/%.*s/%.*s/%.*s%s%.*s", (int)name->doctype.len, name->doctype.at,
                             (int)name->subtype.len, name->subtype.at, (int)name->actor.len, name->actor.at,
                             (int)day.len, day.at, day.len ? "/" : "", (int)name->number.len, name->number.at);
}

//  What the symbol's row tells; *day is set to the year if it is empty and the symbol has one.
static rap_akn_name_t by_symbol (const rap_naming_t *self, const rap_entry_t *row, rap_text_t symbol, rap_text_t *day,
                                 rap_arena_t *arena)
{
    rap_akn_name_t name = {.doctype = field (self, row, DOCTYPE),
                           .subtype = field (self, row, SUBTYPE),
                           .name = field (self, row, NAME),
                           .actor = actor_of (self, field (self, row, ACTOR))};
    rap_text_t rest = rap_text_from (symbol, field (self, row, KEY).len);
    rap_text_t year = year_of (field (self, row, YEAR), &rest);
    bool whole = rap_text_equal (field (self, row, NUMBER), RAP_TEXT ("whole"));
    name.number = rap_akn_slug (whole ? symbol : rest, arena);
    if (!day->len)
        *day = year;
    return name;
}

rap_text_t rap_naming_cited (const rap_naming_t *self, rap_text_t symbol, rap_text_t day, rap_arena_t *arena)
{
    rap_akn_name_t name = by_symbol (self, row_beginning (self, "symbol", symbol), symbol, &day, arena);
    return work_of (&name, day, arena);
}

static rap_akn_name_t by_row (const rap_naming_t *self, const rap_entry_t *row)
{
    return (rap_akn_name_t){.doctype = field (self, row, DOCTYPE),
                            .subtype = field (self, row, SUBTYPE),
                            .name = field (self, row, NAME),
                            .actor = RAP_TEXT ("un")};
}

rap_akn_name_t rap_naming_kind (const rap_naming_t *self, const char *kind)
{
    const rap_entry_t *row = row_of (self, "kind", rap_text (kind));
    return by_row (self, row ? row : row_of (self, "kind", RAP_TEXT ("")));
}

rap_akn_name_t rap_naming_part (const rap_naming_t *self, rap_text_t part)
{
    return by_row (self, row_beginning (self, "part", part));
}

rap_akn_name_t rap_naming_document (const rap_naming_t *self, rap_text_t symbol, rap_text_t kind, rap_text_t body,
                                    rap_text_t day, rap_text_t id, rap_arena_t *arena)
{
    const rap_entry_t *of_symbol = row_beginning (self, "symbol", symbol);
    const rap_entry_t *of_kind = row_of (self, "kind", kind);
    rap_akn_name_t name = by_symbol (self, of_symbol, symbol, &day, arena);
    //  A symbol by which only resolutions go tells more than the kind; others tell less.
    bool whole = rap_text_equal (field (self, of_symbol, NUMBER), RAP_TEXT ("whole"));
    if (whole || !symbol.len) {
        rap_akn_name_t kinds = by_row (self, of_kind ? of_kind : row_of (self, "kind", RAP_TEXT ("")));
        name.doctype = kinds.doctype;
        name.subtype = kinds.subtype;
        name.name = kinds.name;
    }
    if (body.len)
        name.actor = actor_of (self, body);
    if (!symbol.len)
        name.number = rap_akn_slug (id, arena);
    name.work = work_of (&name, day, arena);
    return name;
}

rap_text_t rap_naming_language (const rap_naming_t *self, rap_text_t code)
{
    const rap_entry_t *row = row_of (self, "language", code);
    return row ? field (self, row, SUBTYPE) : RAP_TEXT ("und");
}

rap_text_t rap_naming_theme (const rap_naming_t *self, rap_text_t scheme, rap_text_t code)
{
    int key = self->themes ? rap_table_column (self->themes, "code") : -1;
    int name = self->themes ? rap_table_column (self->themes, "name") : -1;
    if (key < 0 || name < 0 || !rap_text_equal (scheme, RAP_TEXT ("theme")))
        return code;
    for (uint32_t i = 0; i < self->themes->entries_count; i++)
        if (rap_text_equal (self->themes->entries[i].fields[key], code))
            return self->themes->entries[i].fields[name];
    return code;
}
