//  verb: a small grammar over three tables.
//
//      phrase   := modifier* core object? after* ('and' core object?)?
//      core     := verb | word modifier+ rest-of-verb       ('calls once again upon')
//      after    := modifier | 'with' adjective* noun
//      object   := determiner? adjective* noun tail? ('and' noun)?

#include "verb.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"

enum {
    WORDS_MAX = 6,        //  modifiers in a row
    SPLIT_BYTES_MAX = 64, //  of a verb whose modifier stands within it, before and behind that
    PLAIN_BYTES_MAX = 32, //  a plain verb
    DERIVED_FORCE = 2     //  of a verb that is known by its form alone: nobody is bound by a guess
};

typedef struct {
    rap_text_t phrase;
    rap_verb_kind_t kind;
    rap_text_t base;
    int64_t force;
    rap_who_t who;
    bool ambiguous;
    bool noun;
    bool opens;
} entry_t;

typedef struct {
    rap_text_t base;
    rap_text_t determiner;
    rap_text_t tail;
    rap_text_t not_by;
    int64_t force;
    rap_who_t who;
    uint32_t next; //  row of the same noun; UINT32_MAX: none
} object_t;

typedef struct {
    rap_text_t verb;
    bool noun; //  also a noun
} plain_t;

struct rap_verbs {
    entry_t *entries;
    uint32_t entries_count;
    rap_phrases_t *kinds[RAP_VERB_KINDS];
    rap_phrases_t *before;
    rap_phrases_t *after;
    rap_phrases_t *after_open;
    rap_phrases_t *after_preambular;
    rap_phrases_t *open;
    rap_phrases_t *with;
    rap_phrases_t *adjectives;
    rap_phrases_t *leads;
    object_t *objects;
    uint32_t objects_count;
    rap_phrases_t *nouns; //  of objects: the first row
    rap_phrases_t *plain; //  known plain verbs
    plain_t *plains;      //  by its values
    rap_text_t *not_by;   //  of modifiers, by row: organs whose texts print the verb without it
};

//  --- rules ------------------------------------------------------------------

static const char *const kind_names[RAP_VERB_KINDS] = {"preambular", "operative", "recommendation", "commitment"};

static bool read_who (rap_text_t name, rap_who_t *who)
{
    static const char *const names[] = {"none", "direct", "to", "that", "for", "of"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rap_text_equal (name, rap_text (names[i]))) {
            *who = (rap_who_t)i;
            return true;
        }
    return false;
}

static bool read_force (rap_text_t digits, int64_t *force)
{
    *force = digits.len == 1 ? digits.at[0] - '0' : -1;
    return *force >= 0 && *force <= 5;
}

//  Column numbers by name, or the reason why not.
static rap_status_t find_columns (const rap_lexicon_t *lexicon, const char *name, const char *const *names,
                                  int *columns, uint32_t count, const rap_table_t **table, rap_reason_t *reason)
{
    *table = rap_lexicon_table (lexicon, name);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = *table ? rap_table_column (*table, names[i]) : -1;
        if (columns[i] < 0)
            return rap_refuse (reason, "%s.tsv: needs column %s", name, names[i]);
    }
    return RAP_OK;
}

//  The entries of a table. `opens`: they are verbs only where they open a clause.
static rap_status_t load_entries (rap_verbs_t *self, const rap_lexicon_t *lexicon, const char *name, bool opens,
                                  rap_reason_t *reason)
{
    static const char *const names[] = {"phrase", "kind", "base", "force", "addressee", "ambiguous"};
    int column[6];
    const rap_table_t *table;
    rap_status_t status = find_columns (lexicon, name, names, column, 6, &table, reason);
    if (status != RAP_OK)
        return status;
    self->entries = realloc (self->entries, (self->entries_count + table->entries_count + 1) * sizeof *self->entries);
    if (!self->entries)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        entry_t entry = {.phrase = fields[column[0]],
                         .kind = RAP_VERB_KINDS,
                         .base = fields[column[2]],
                         .noun = rap_text_equal (fields[column[5]], RAP_TEXT ("2")),
                         .opens = opens};
        entry.ambiguous = entry.noun || rap_text_equal (fields[column[5]], RAP_TEXT ("1"));
        for (uint32_t kind = 0; kind < RAP_VERB_KINDS; kind++)
            if (rap_text_equal (fields[column[1]], rap_text (kind_names[kind])))
                entry.kind = (rap_verb_kind_t)kind;
        if (!entry.phrase.len || entry.kind == RAP_VERB_KINDS || !read_force (fields[column[3]], &entry.force)
            || !read_who (fields[column[4]], &entry.who))
            return rap_refuse (reason, "%s.tsv:%u: unknown kind, force or addressee", name, table->entries[i].line);
        rap_phrases_add (self->kinds[entry.kind], entry.phrase, self->entries_count);
        self->entries[self->entries_count++] = entry;
    }
    return RAP_OK;
}

static rap_status_t load_modifiers (rap_verbs_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[] = {"phrase", "place", "not_by"};
    const struct {
        const char *place;
        rap_phrases_t *phrases;
    } places[] = {{"before", self->before},
                  {"after", self->after},
                  {"after-open", self->after_open},
                  {"after-preambular", self->after_preambular},
                  {"open", self->open},
                  {"with", self->with},
                  {"adjective", self->adjectives},
                  {"lead", self->leads}};
    int column[3];
    const rap_table_t *table;
    rap_status_t status = find_columns (lexicon, "modifiers", names, column, 3, &table, reason);
    if (status != RAP_OK)
        return status;
    self->not_by = calloc (table->entries_count + 1, sizeof *self->not_by);
    if (!self->not_by)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        bool known = false;
        self->not_by[i] = fields[column[2]];
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            if (rap_text_equal (fields[column[1]], rap_text (places[k].place))) {
                rap_phrases_add (places[k].phrases, fields[column[0]], i);
                known = true;
            }
        if (!known)
            return rap_refuse (reason, "modifiers.tsv:%u: unknown place", table->entries[i].line);
    }
    return RAP_OK;
}

static rap_status_t load_plain (rap_verbs_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[] = {"verb", "noun"};
    int column[2];
    const rap_table_t *table;
    rap_status_t status = find_columns (lexicon, "imperatives", names, column, 2, &table, reason);
    if (status != RAP_OK)
        return status;
    self->plains = calloc (table->entries_count + 1, sizeof *self->plains);
    if (!self->plains)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        self->plains[i] =
            (plain_t){.verb = fields[column[0]], .noun = rap_text_equal (fields[column[1]], RAP_TEXT ("1"))};
        rap_phrases_add (self->plain, self->plains[i].verb, i);
    }
    return RAP_OK;
}

static rap_status_t load_objects (rap_verbs_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[] = {"base", "determiner", "noun", "tail", "force", "addressee", "not_by"};
    int column[7];
    const rap_table_t *table;
    rap_status_t status = find_columns (lexicon, "verb_objects", names, column, 7, &table, reason);
    if (status != RAP_OK)
        return status;
    self->objects = calloc (table->entries_count + 1, sizeof *self->objects);
    if (!self->objects)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        object_t object = {.base = fields[column[0]],
                           .determiner = fields[column[1]],
                           .tail = fields[column[3]],
                           .not_by = fields[column[6]],
                           .next = UINT32_MAX};
        if (!fields[column[2]].len || !read_force (fields[column[4]], &object.force)
            || !read_who (fields[column[5]], &object.who))
            return rap_refuse (reason, "verb_objects.tsv:%u: no noun, or unknown force or addressee",
                               table->entries[i].line);
        //  Rows of one noun form a chain.
        for (uint32_t k = i; k-- > 0;)
            if (rap_text_equal (table->entries[k].fields[column[2]], fields[column[2]])) {
                self->objects[k].next = i;
                break;
            }
        rap_phrases_add (self->nouns, fields[column[2]], i);
        self->objects[self->objects_count++] = object;
    }
    return RAP_OK;
}

enum { SETS = RAP_VERB_KINDS + 10 };

static void list_sets (rap_verbs_t *self, rap_phrases_t **sets[SETS])
{
    rap_phrases_t **others[] = {&self->before, &self->after, &self->after_open, &self->after_preambular,
                                &self->open,   &self->with,  &self->adjectives, &self->leads,
                                &self->nouns,  &self->plain};
    for (uint32_t i = 0; i < RAP_VERB_KINDS; i++)
        sets[i] = &self->kinds[i];
    memcpy (sets + RAP_VERB_KINDS, others, sizeof others);
}

rap_verbs_t *rap_verbs_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    rap_verbs_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    rap_phrases_t **sets[SETS];
    list_sets (self, sets);
    for (uint32_t i = 0; i < SETS; i++)
        *sets[i] = rap_phrases_new ();
    if (load_entries (self, lexicon, "verbs", false, reason) != RAP_OK
        || load_entries (self, lexicon, "verbs_openers", true, reason) != RAP_OK
        || load_modifiers (self, lexicon, reason) != RAP_OK || load_objects (self, lexicon, reason) != RAP_OK
        || load_plain (self, lexicon, reason) != RAP_OK) {
        rap_verbs_destroy (&self);
        return NULL;
    }
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_seal (*sets[i]);
    return self;
}

void rap_verbs_destroy (rap_verbs_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_t **sets[SETS];
    list_sets (*self_p, sets);
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_destroy (sets[i]);
    free ((*self_p)->entries);
    free ((*self_p)->objects);
    free ((*self_p)->not_by);
    free ((*self_p)->plains);
    free (*self_p);
    *self_p = NULL;
}

uint32_t rap_verbs_count (const rap_verbs_t *self)
{
    return self->entries_count;
}

rap_text_t rap_verbs_phrase (const rap_verbs_t *self, uint32_t index, rap_verb_kind_t *kind, bool *opens)
{
    *kind = self->entries[index].kind;
    *opens = self->entries[index].opens;
    return self->entries[index].phrase;
}

//  --- reading ----------------------------------------------------------------

//  First byte after words of the set, each with the spaces after it; `at` if none.
static size_t skip_words (const rap_phrases_t *words, rap_text_t text, size_t at)
{
    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        size_t len;
        if (rap_phrases_at (words, text, at, &len) == RAP_NO_PHRASE)
            break;
        size_t next = rap_skip_space (text, at + len);
        if (next == at + len)
            break;
        at = next;
    }
    return at;
}

size_t rap_verb_skip_lead (const rap_verbs_t *self, rap_text_t text, size_t at)
{
    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        size_t len;
        if (rap_phrases_at (self->leads, text, at, &len) == RAP_NO_PHRASE)
            break;
        at += len;
        if (at < text.len && text.at[at] == ',')
            at++;
        at = rap_skip_space (text, at);
    }
    return at;
}

size_t rap_verb_skip_modifiers (const rap_verbs_t *self, rap_text_t text, size_t at)
{
    return skip_words (self->before, text, at);
}

static bool starts_word (rap_text_t text, size_t at, rap_text_t word)
{
    return rap_text_starts (rap_text_from (text, at), word) && !rap_is_word_at (text, at + word.len);
}

//  The verb at `at`, its modifier perhaps within it ('calls once again upon').
static const entry_t *read_core (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, size_t at,
                                 size_t *end)
{
    size_t len;
    uint32_t whole = rap_phrases_at (self->kinds[kind], text, at, &len);
    *end = at + len;
    size_t head = rap_word_end (text, at);
    size_t rest = rap_skip_space (text, head), next = skip_words (self->after, text, rest);
    size_t first = head - at, second = text.len - next < SPLIT_BYTES_MAX ? text.len - next : SPLIT_BYTES_MAX;
    if (next > rest && first < SPLIT_BYTES_MAX) {
        char joined[2 * SPLIT_BYTES_MAX + 1];
        memcpy (joined, text.at + at, first);
        joined[first] = ' ';
        memcpy (joined + first + 1, text.at + next, second);
        uint32_t split = rap_phrases_at (self->kinds[kind], rap_text_of (joined, first + 1 + second), 0, &len);
        if (split != RAP_NO_PHRASE && len > first) {
            *end = next + (len - first - 1);
            return &self->entries[split];
        }
    }
    return whole == RAP_NO_PHRASE ? NULL : &self->entries[whole];
}

//  'with deep appreciation' at `at`; `at` if none.
static size_t skip_with (const rap_verbs_t *self, rap_text_t text, size_t at)
{
    if (!starts_word (text, at, RAP_TEXT ("with")))
        return at;
    size_t noun = skip_words (self->adjectives, text, rap_skip_space (text, at + 4)), len;
    if (starts_word (text, noun, RAP_TEXT ("and"))) //  'with great and growing concern'
        noun = skip_words (self->adjectives, text, rap_skip_space (text, noun + 3));
    return rap_phrases_at (self->with, text, noun, &len) == RAP_NO_PHRASE ? at : noun + len;
}

//  Does an object or a preposition open after the word that ends at `at`?
static bool opens (const rap_verbs_t *self, rap_text_t text, size_t at)
{
    size_t next = rap_skip_space (text, at), len;
    return next >= text.len || !rap_is_lower (text.at[next])
           || rap_phrases_at (self->open, text, next, &len) != RAP_NO_PHRASE;
}

//  Is the word among those of a list with spaces between?
static bool has_word (rap_text_t list, rap_text_t word)
{
    while (list.len) {
        const char *space = memchr (list.at, ' ', list.len);
        size_t len = space ? (size_t)(space - list.at) : list.len;
        if (rap_text_equal (rap_text_of (list.at, len), word))
            return true;
        list = rap_text_from (list, len + 1);
    }
    return false;
}

//  'in this regard' at `at`, right after a preambular verb of one word; 0 if there is none.
static size_t skip_preambular (const rap_verbs_t *self, rap_text_t text, size_t at, rap_text_t organ)
{
    size_t len;
    uint32_t row = rap_phrases_at (self->after_preambular, text, at, &len);
    return row == RAP_NO_PHRASE || (organ.len && has_word (self->not_by[row], organ)) ? 0 : at + len;
}

//  Modifiers after a verb that ends at `end`: 'further', 'with concern also'. First
//  byte after them. `one`: the verb is a preambular one of one word.
static size_t skip_after (const rap_verbs_t *self, rap_text_t text, size_t end, bool one, rap_text_t organ)
{
    size_t start = end;
    for (uint32_t i = 0; i < WORDS_MAX; i++) {
        size_t at = rap_skip_space (text, end), len;
        if (at == end)
            break;
        if (rap_phrases_at (self->after, text, at, &len) != RAP_NO_PHRASE) {
            end = at + len;
            continue;
        }
        size_t regard = one && end == start ? skip_preambular (self, text, at, organ) : 0;
        if (regard) {
            end = regard;
            continue;
        }
        if (rap_phrases_at (self->after_open, text, at, &len) != RAP_NO_PHRASE && opens (self, text, at + len)) {
            end = at + len;
            continue;
        }
        size_t with = skip_with (self, text, at);
        if (with == at)
            break;
        end = with;
    }
    return end;
}

//  The object of a verb at `at`, after the spaces; 0 if it has none there, or if texts
//  of the organ print the verb alone: then only verb->after is moved.
static size_t read_object (const rap_verbs_t *self, rap_text_t text, size_t at, rap_text_t organ, rap_verb_t *verb)
{
    static const char *const determiners[] = {"its", "the"};
    rap_text_t determiner = RAP_TEXT ("");
    for (size_t i = 0; i < sizeof determiners / sizeof *determiners; i++)
        if (starts_word (text, at, rap_text (determiners[i])))
            determiner = rap_text (determiners[i]);
    size_t noun = skip_words (self->adjectives, text, rap_skip_space (text, at + determiner.len)), len;
    uint32_t row = rap_phrases_at (self->nouns, text, noun, &len);
    for (; row != RAP_NO_PHRASE; row = self->objects[row].next) {
        const object_t *object = &self->objects[row];
        if (!rap_text_equal (object->base, verb->base) || !rap_text_equal (object->determiner, determiner))
            continue;
        size_t end = noun + len, tail = rap_skip_space (text, end), tail_end = rap_word_end (text, tail);
        rap_text_t word = rap_text_of (text.at + tail, tail_end - tail);
        if (word.len && !rap_text_equal (word, RAP_TEXT ("to")) && has_word (object->tail, word))
            end = tail_end;
        verb->force = verb->force ? object->force : 0; //  preambular clauses stay 0
        verb->who =
            rap_text_equal (word, RAP_TEXT ("to")) && object->who == RAP_WHO_DIRECT ? RAP_WHO_TO : object->who;
        verb->after = end;
        return organ.len && has_word (object->not_by, organ) ? 0 : end;
    }
    return 0;
}

//  ' and encourages' right after a phrase: the second verb of one phrase.
static void read_second (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, rap_verb_t *verb)
{
    size_t at = rap_skip_space (text, verb->end);
    if (!starts_word (text, at, RAP_TEXT ("and")))
        return;
    size_t end;
    at = skip_words (self->before, text, rap_skip_space (text, at + 3));
    const entry_t *entry = read_core (self, kind, text, at, &end);
    if (!entry || (entry->ambiguous && verb->ambiguous))
        return;
    verb->end = verb->after = end;
    if (entry->force > verb->force) {
        verb->force = entry->force;
        verb->base = entry->base;
    }
    if (entry->who != RAP_WHO_NONE)
        verb->who = entry->who;
}

bool rap_verb_read (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, size_t at, rap_text_t organ,
                    rap_verb_t *verb)
{
    //  The longest verb counts: 'deeply concerned', but also a verb whose first word
    //  could be a modifier.
    size_t end, core = at;
    const entry_t *entry = read_core (self, kind, text, at, &end);
    if (!entry) {
        core = skip_words (self->before, text, at);
        entry = core > at ? read_core (self, kind, text, core, &end) : NULL;
    }
    if (!entry)
        return false;
    *verb = (rap_verb_t){.start = at,
                         .end = end,
                         .core = core,
                         .base = entry->base,
                         .force = entry->force,
                         .who = entry->who,
                         .ambiguous = entry->ambiguous,
                         .noun = entry->noun,
                         .opens = entry->opens};
    bool one = kind == RAP_VERB_PREAMBULAR && rap_word_end (text, core) == end;
    size_t after = skip_after (self, text, end, one, organ);
    verb->after = after;
    size_t object = read_object (self, text, rap_skip_space (text, after), organ, verb);
    if (object) {
        //  'Expresses its appreciation', 'Reiterates its invitation and encouragement'
        verb->end = skip_after (self, text, object, false, organ);
        size_t join = rap_skip_space (text, verb->end);
        if (starts_word (text, join, RAP_TEXT ("and"))) {
            size_t noun = skip_words (self->adjectives, text, rap_skip_space (text, join + 3)), len;
            if (rap_phrases_at (self->nouns, text, noun, &len) != RAP_NO_PHRASE)
                verb->end = noun + len;
        }
        verb->after = verb->end;
        return true;
    }
    verb->end = after;
    if (verb->after == after)
        read_second (self, kind, text, verb);
    return true;
}

void rap_verb_cut (rap_verb_t *verb, size_t end)
{
    if (verb->after < end)
        verb->after = end;
    verb->end = end;
}

//  The known plain verb that is `stem` and then `tail`; NULL if there is none.
static const plain_t *find_plain (const rap_verbs_t *self, rap_text_t stem, const char *tail)
{
    char word[PLAIN_BYTES_MAX];
    size_t tail_len = strlen (tail), len;
    if (stem.len < 2 || stem.len + tail_len > sizeof word)
        return NULL;
    memcpy (word, stem.at, stem.len);
    memcpy (word + stem.len, tail, tail_len);
    uint32_t found = rap_phrases_at (self->plain, rap_text_of (word, stem.len + tail_len), 0, &len);
    return found != RAP_NO_PHRASE && len == stem.len + tail_len ? &self->plains[found] : NULL;
}

//  The plain verb of a participle: 'promoting', 'acting', 'submitting'.
static const plain_t *of_participle (const rap_verbs_t *self, rap_text_t word)
{
    if (!rap_text_ends (word, RAP_TEXT ("ing")))
        return NULL;
    word.len -= 3;
    const plain_t *plain = find_plain (self, word, "");
    if (!plain)
        plain = find_plain (self, word, "e");
    bool doubled = !plain && word.len > 2 && word.at[word.len - 1] == word.at[word.len - 2];
    return doubled ? find_plain (self, rap_text_of (word.at, word.len - 1), "") : plain;
}

//  The plain verb of a third person: 'promotes', 'dismisses', 'rallies'. Not if it may
//  be a noun in the plural.
static const plain_t *of_third_person (const rap_verbs_t *self, rap_text_t word)
{
    const plain_t *plain = NULL;
    if (rap_text_ends (word, RAP_TEXT ("ies")))
        plain = find_plain (self, rap_text_of (word.at, word.len - 3), "y");
    if (!plain && rap_text_ends (word, RAP_TEXT ("es")))
        plain = find_plain (self, rap_text_of (word.at, word.len - 2), "");
    if (!plain && rap_text_ends (word, RAP_TEXT ("s")))
        plain = find_plain (self, rap_text_of (word.at, word.len - 1), "");
    return plain && !plain->noun ? plain : NULL;
}

bool rap_verb_derive (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, size_t at, rap_verb_t *verb)
{
    bool preambular = kind == RAP_VERB_PREAMBULAR;
    size_t core = skip_words (self->before, text, at), end = rap_word_end (text, core);
    rap_text_t word = rap_text_of (text.at + core, end - core);
    const plain_t *plain = preambular ? of_participle (self, word) : of_third_person (self, word);
    if (!plain)
        return false;
    end = skip_after (self, text, end, preambular, RAP_TEXT (""));
    *verb = (rap_verb_t){.start = at,
                         .end = end,
                         .core = core,
                         .after = end,
                         .base = plain->verb,
                         .force = preambular ? 0 : DERIVED_FORCE,
                         .ambiguous = true};
    return true;
}
