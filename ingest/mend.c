//  mend: words that the layout broke. A gap is closed only on evidence: the word
//  list or the document itself knows the joined word, and the list does not know
//  both halves. What cannot be told stays as it is.
#include "draft.h"

#include "glyph.h"

//  Words of the document that are remembered; more cannot help a text of words.
enum { SEEN_MAX = 1 << 17, SEEN_LEN_MIN = 4, WHOLE_LEN_MIN = 7 };

//  A word of `seen` has as its value what the list says of it, and how often it
//  stands in the document.
enum { ONCE = RAP_LIST_BITS + 1 };

//  What a word looks like from afar: its first and last letter and its length.
static uint32_t shape_of (char first, char last, size_t len)
{
    return (uint32_t)(first & 31) | (uint32_t)(last & 31) << 5 | (uint32_t)(len & 31) << 10;
}

static void learn (rap_draft_t *draft, rap_word_t word, rap_text_t text)
{
    uint32_t *value = rap_words_enter (&draft->seen, word, SEEN_MAX);
    if (!value)
        return;
    if (!*value) {
        uint32_t shape = shape_of (text.at[0], text.at[text.len - 1], text.len);
        draft->shapes[shape / 64] |= UINT64_C (1) << shape % 64;
        *value = rap_list_find (&draft->rules->known, word);
    }
    *value += ONCE;
}

void rap_mend_learn (rap_draft_t *draft)
{
    //  Most often enough, and never much.
    enum { EXPECTED = 1000, BYTES_EACH = 16 };
    uint32_t expected = draft->text_room / BYTES_EACH;
    rap_words_init (&draft->seen, expected < EXPECTED ? expected : EXPECTED);
    for (uint32_t i = 0; i < draft->lines.count; i++) {
        rap_text_t line = rap_line_text (&draft->lines.at[i]);
        size_t len;
        for (size_t at = 0; at < line.len; at += len + 1) {
            rap_word_t word = rap_word_read (line, at, &len);
            //  Neither the halves of a word at the line's ends nor parts of names with accents.
            bool whole = at > 0 && at + len < line.len && (unsigned char)line.at[at - 1] < 0x80
                         && (unsigned char)line.at[at + len] < 0x80;
            if (whole && len > 1)
                learn (draft, word, rap_text_of (line.at + at, len));
        }
    }
}

//  What is known of a word.
typedef struct {
    uint32_t listed; //  bits of the word list
    uint32_t times;  //  in the document
} lore_t;

static lore_t lore_of (const rap_draft_t *draft, rap_word_t word)
{
    uint32_t seen = draft->seen.slots ? rap_words_find (&draft->seen, word) : 0;
    return (lore_t){.listed = seen ? seen & RAP_LIST_BITS : rap_list_find (&draft->rules->known, word),
                    .times = seen / ONCE};
}

bool rap_mend_knows (const rap_draft_t *draft, rap_word_t word)
{
    return lore_of (draft, word).listed != 0;
}

//  Whether a piece between gaps is a word of the list.
static bool is_listed (rap_text_t word, lore_t lore)
{
    if (word.len == 1)
        return word.at[0] == 'a' || word.at[0] == 'A' || word.at[0] == 'I';
    return lore.listed != 0;
}

static bool in_list (const rap_draft_t *draft, rap_text_t word)
{
    return is_listed (word, lore_of (draft, rap_word_of (word)));
}

static uint32_t times_in_document (const rap_draft_t *draft, rap_text_t word)
{
    return draft->seen.slots ? rap_words_find (&draft->seen, rap_word_of (word)) / ONCE : 0;
}

//  Whether a word may be what two halves were: listed, perhaps without its plural's
//  s, or of the document. A name needs its capital.
static bool is_whole (const rap_draft_t *draft, rap_text_t word)
{
    lore_t lore = lore_of (draft, rap_word_of (word));
    if (!lore.listed && word.len >= WHOLE_LEN_MIN && word.at[word.len - 1] == 's')
        lore.listed = rap_list_find (&draft->rules->known, rap_word_of (rap_text_of (word.at, word.len - 1)));
    return lore.listed & RAP_IS_WORD || (lore.listed & RAP_IS_NAME && glyph_is_upper (word.at[0]))
           || (word.len >= SEEN_LEN_MIN && lore.times);
}

//  --- between lines ----------------------------------------------------------

static rap_text_t letters_before (const rap_draft_t *draft, uint32_t from, uint32_t end)
{
    uint32_t at = end;
    while (at > from && glyph_is_letter (draft->text[at - 1]))
        at--;
    return rap_text_of (draft->text + at, end - at);
}

static rap_text_t letters_at (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && glyph_is_letter (text.at[len]))
        len++;
    return rap_text_of (text.at, len);
}

//  The word of two pieces, in `room` of RAP_WORD_MAX bytes; '' if too long.
static rap_text_t joined (rap_text_t a, rap_text_t b, char *room)
{
    if (a.len + b.len > RAP_WORD_MAX)
        return RAP_TEXT ("");
    memcpy (room, a.at, a.len);
    memcpy (room + a.len, b.at, b.len);
    return rap_text_of (room, a.len + b.len);
}

//  A hyphen at a line's end was put there by the layout if the document has the
//  word without it, or if only the whole is a word.
static bool is_layout_hyphen (const rap_draft_t *draft, rap_text_t a, rap_text_t b)
{
    char room[RAP_WORD_MAX];
    rap_text_t word = joined (a, b, room);
    if (a.len < 2 || b.len < 2 || !glyph_is_lower (b.at[0]) || !word.len)
        return false;
    bool halves = in_list (draft, a) && in_list (draft, b);
    return times_in_document (draft, word) ? !halves
                                           : in_list (draft, word) && !in_list (draft, a) && !in_list (draft, b);
}

void rap_mend_join (rap_draft_t *draft, uint32_t from, rap_text_t next)
{
    uint32_t len = draft->text_len;
    if (len == from || !next.len)
        return;
    char last = draft->text[len - 1], before = len - from > 1 ? draft->text[len - 2] : ' ';
    //  '2034–' / '2035'
    bool range = len - from > 3 && memcmp (draft->text + len - 3, "\xE2\x80\x93", 3) == 0
                 && glyph_is_digit (draft->text[len - 4]) && glyph_is_digit (next.at[0]);
    bool glued = range || (last == '/' && before != ' ');
    if (last == '-' && glyph_is_wordy (next.at[0])) {
        uint32_t hyphen = len - 1;
        if (before == ' ' && len - from > 2) { //  'gender -' / 'based'
            draft->text[--hyphen] = '-';
            draft->text_len = hyphen + 1;
        }
        rap_text_t a = letters_before (draft, from, hyphen), b = letters_at (next);
        //  'pre-' / 'and post-conflict' keeps its space.
        bool hangs = rap_words_find (&draft->rules->heads, rap_word_of (b)) & (RAP_JOINS | RAP_MODIFIES) && b.len <= 3
                     && (b.len == next.len || next.at[b.len] == ' ');
        glued = !hangs;
        if (glued && is_layout_hyphen (draft, a, b))
            draft->text_len--;
    }
    if (!glued)
        draft->text[draft->text_len++] = ' ';
}

//  --- within a block ---------------------------------------------------------

//  The letters after a gap.
typedef struct {
    uint32_t at;
    uint32_t len;
    rap_word_t word;
    lore_t lore; //  if `asked`
    bool asked;
} piece_t;

typedef struct {
    rap_draft_t *draft;
    uint32_t from;
    uint32_t read;
    uint32_t write;
    uint32_t end;
    uint32_t mark; //  the next ones to be moved with the text
    uint32_t edge;
    uint32_t thing; //  where the first of them stands
    bool join_next; //  the next gap is in the same word
    piece_t last;   //  after the last gap, as it was read; of no bytes where that gap was closed
} mender_t;

static char written (const mender_t *m, uint32_t back)
{
    return m->write >= m->from + back ? m->draft->text[m->write - back] : ' ';
}

static char ahead (const mender_t *m, uint32_t by)
{
    return m->read + by < m->end ? m->draft->text[m->read + by] : ' ';
}

static bool is_quote (char a, char b, char c, const char *which)
{
    return (unsigned char)a == 0xE2 && (unsigned char)b == 0x80 && glyph_is_of (c, which);
}

//  The gap stands where none can be: before closing punctuation or a hyphen,
//  after an opening bracket or quotation mark.
static bool is_stray (const mender_t *m)
{
    char before = written (m, 1), after = ahead (m, 1), later = ahead (m, 2);
    if (after == '-') //  'policy -related', 'COVID -19'
        return glyph_is_letter (before) ? glyph_is_letter (later) || glyph_is_digit (later)
                                        : glyph_is_wordy (before) && glyph_is_letter (later);
    if (glyph_is_of (after, ",;:)]"))
        return before != ' ' && before != '-' && (after != ':' || later != '/');
    if (after == '.')
        return later == ' ' && before != '.';
    if (before == '(' || before == '[')
        return true;
    if (is_quote (after, later, ahead (m, 3), "\x99\x9D"))
        return true;
    return is_quote (written (m, 3), written (m, 2), before, "\x98\x9C");
}

//  Whether a piece of letters that begins at `at` is part of a word with letters
//  beyond ASCII.
static bool touches_accent (const mender_t *m, uint32_t at, uint32_t end)
{
    const char *text = m->draft->text;
    bool left = at > m->from && (unsigned char)text[at - 1] >= 0x80
                && !(at >= m->from + 3 && (unsigned char)text[at - 3] == 0xE2);
    bool right = end < m->end && (unsigned char)text[end] >= 0x80 && (unsigned char)text[end] != 0xE2;
    return left || right;
}

//  Capitals may stand only at the word's beginning, or all through it.
static bool fits_case (rap_text_t a, rap_text_t b)
{
    if (glyph_is_lower (b.at[0]))
        return a.len == 1 || glyph_is_lower (a.at[a.len - 1]);
    return glyph_is_upper (a.at[a.len - 1]) && b.len > 1 && glyph_is_upper (b.at[1]);
}

//  Whether the document may have a word of two pieces: most have not even the shape of one.
static bool may_be_in_document (const rap_draft_t *draft, rap_text_t a, rap_text_t b)
{
    uint32_t shape = shape_of (a.at[0], b.at[b.len - 1], a.len + b.len);
    return draft->shapes[shape / 64] >> shape % 64 & 1;
}

//  Both halves are words, but not of this document, which has the whole one:
//  'prevent ion' where 'ion' stands nowhere else.
static bool is_strange (const mender_t *m, rap_text_t a, lore_t of_a, rap_text_t b, lore_t of_b)
{
    char room[RAP_WORD_MAX];
    return a.len + b.len >= WHOLE_LEN_MIN && may_be_in_document (m->draft, a, b)
           && ((b.len > 2 && of_b.times <= 1) || (a.len > 2 && of_a.times <= 1))
           && times_in_document (m->draft, joined (a, b, room));
}

//  Letters after byte `at` and one space; '' if there are none.
static rap_text_t next_piece (const mender_t *m, uint32_t at)
{
    if (at + 1 >= m->end || m->draft->text[at] != ' ')
        return RAP_TEXT ("");
    rap_text_t rest = rap_text_of (m->draft->text + at + 1, m->end - at - 1);
    rest.len = rest.len > RAP_WORD_MAX ? RAP_WORD_MAX : rest.len;
    return letters_at (rest);
}

//  'to re quest', 'of t he': the piece between belongs to the next one, which the
//  document has, and not to the one before.
static bool belongs_to_next (const mender_t *m, rap_text_t word, rap_text_t b, rap_text_t c)
{
    char room[RAP_WORD_MAX];
    rap_text_t other = c.len && glyph_is_lower (c.at[0]) ? joined (b, c, room) : RAP_TEXT ("");
    return other.len > b.len && is_whole (m->draft, other)
           && (!in_list (m->draft, c) || times_in_document (m->draft, other) > (other.len >= SEEN_LEN_MIN ? 0U : 1U))
           && !times_in_document (m->draft, word);
}

//  The letters that end at the place of writing and are not part of a longer
//  word, such as the s after an apostrophe.
static rap_text_t letters_written (const mender_t *m)
{
    uint32_t least = m->write > m->from + RAP_WORD_MAX ? m->write - RAP_WORD_MAX : m->from;
    rap_text_t a = letters_before (m->draft, least, m->write);
    uint32_t at = (uint32_t)(a.at - m->draft->text);
    char before = at > m->from ? m->draft->text[at - 1] : ' ';
    bool part = glyph_is_digit (before) || before == '\'' || (unsigned char)before == 0x99;
    return part ? RAP_TEXT ("") : a;
}

static piece_t piece_at (const mender_t *m, uint32_t at)
{
    size_t len;
    rap_word_t word = rap_word_read (rap_text_of (m->draft->text, m->end), at, &len);
    return (piece_t){.at = at, .len = (uint32_t)len, .word = word};
}

//  The piece before the gap: most often the one after the last gap.
static piece_t piece_before (const mender_t *m)
{
    piece_t a = m->last;
    if (a.len && a.at + a.len == m->read) {
        a.at = m->write - a.len;
        return a;
    }
    rap_text_t letters = letters_written (m);
    return (piece_t){
        .at = m->write - (uint32_t)letters.len, .len = (uint32_t)letters.len, .word = rap_word_of (letters)};
}

static lore_t ask (const mender_t *m, piece_t *piece)
{
    if (!piece->asked && piece->len > 1)
        piece->lore = lore_of (m->draft, piece->word);
    piece->asked = true;
    return piece->lore;
}

//  The whole of two pieces of which not both are words, or of three.
static bool makes_whole (mender_t *m, rap_text_t a, bool known_a, rap_text_t b, bool known_b, rap_text_t c)
{
    char room[RAP_WORD_MAX], more[RAP_WORD_MAX];
    rap_text_t word = joined (a, b, room);
    if (is_whole (m->draft, word))
        return !(known_a && c.len && belongs_to_next (m, word, b, c));
    //  'im plem entation': only the three pieces together are a word.
    bool three = c.len && glyph_is_lower (c.at[0]) && !known_a && !known_b && !in_list (m->draft, c);
    rap_text_t whole = three ? joined (word, c, more) : RAP_TEXT ("");
    m->join_next = whole.len && is_whole (m->draft, whole);
    return m->join_next;
}

//  The document has the whole of two pieces again and again: 'Sec retary-General'.
static bool is_frequent (const mender_t *m, rap_text_t a, rap_text_t b)
{
    char room[RAP_WORD_MAX];
    return a.len + b.len >= WHOLE_LEN_MIN && times_in_document (m->draft, joined (a, b, room)) > 1;
}

//  The gap, between letters and the piece `right`, is in a word.
static bool is_broken (mender_t *m, piece_t *right)
{
    const char *text = m->draft->text;
    piece_t left = piece_before (m);
    rap_text_t a = rap_text_of (text + left.at, left.len), b = rap_text_of (text + right->at, right->len);
    if (!a.len || a.len + b.len > RAP_WORD_MAX || !fits_case (a, b))
        return false;
    lore_t of_a = ask (m, &left), of_b = ask (m, right);
    bool known_a = is_listed (a, of_a), known_b = is_listed (b, of_b);
    if (known_a && known_b)
        return is_strange (m, a, of_a, b, of_b);
    //  'Annex B to'; 'to re-establish'
    uint32_t end = right->at + right->len;
    bool hyphened = end < m->end && text[end] == '-';
    if ((known_b && a.len == 1 && glyph_is_upper (a.at[0])) || (known_a && hyphened && !is_frequent (m, a, b)))
        return false;
    if (touches_accent (m, left.at, m->write) || touches_accent (m, right->at, end))
        return false;
    return makes_whole (m, a, known_a, b, known_b, next_piece (m, end));
}

//  Where the next mark or edge stands that is to be moved.
static uint32_t next_thing (const mender_t *m)
{
    const rap_draft_t *draft = m->draft;
    uint32_t edge = m->edge < draft->edges_count ? draft->edges[m->edge] : UINT32_MAX,
             mark = m->mark < draft->marks_count ? draft->marks[m->mark].at : UINT32_MAX;
    return edge < mark ? edge : mark;
}

//  Moves the text up to byte `to`, with the marks and edges in it.
static void move_to (mender_t *m, uint32_t to)
{
    rap_draft_t *draft = m->draft;
    uint32_t by = m->read - m->write;
    if (m->thing <= to) {
        for (; m->edge < draft->edges_count && draft->edges[m->edge] <= to; m->edge++)
            draft->edges[m->edge] -= by;
        for (; m->mark < draft->marks_count && draft->marks[m->mark].at <= to; m->mark++)
            draft->marks[m->mark].at -= by;
        m->thing = next_thing (m);
    }
    if (by)
        memmove (draft->text + m->write, draft->text + m->read, to - m->read);
    m->write += to - m->read;
    m->read = to;
}

//  Whether the gap at the place of reading goes; `right` are the letters after it.
static bool closes (mender_t *m, piece_t *right)
{
    bool letters = right->len && glyph_is_letter (written (m, 1));
    if (m->join_next || (!letters && is_stray (m))) {
        m->join_next = false;
        return true;
    }
    //  A note's mark in the gap tells that there are two words.
    bool marked = m->mark > 0 && m->draft->marks[m->mark - 1].at == m->write;
    return letters && !marked && is_broken (m, right);
}

static uint32_t next_gap (const mender_t *m)
{
    rap_text_t text = rap_text_of (m->draft->text, m->end);
    size_t at = m->last.at + m->last.len;
    at = at > m->read ? at : m->read;
    if (at < m->end && text.at[at] == ' ') //  most often
        return (uint32_t)at;
    for (; at < m->end; at += 8) {
        uint64_t spaces = eight_between (eight_at (text, at), ' ', ' ');
        if (spaces)
            return (uint32_t)at + eight_before (spaces);
    }
    return m->end;
}

void rap_mend_words (rap_draft_t *draft, uint32_t from, uint32_t mark)
{
    mender_t m = {.draft = draft,
                  .from = from,
                  .read = from,
                  .write = from,
                  .end = draft->text_len,
                  .mark = mark,
                  .edge = draft->edges_count};
    while (m.edge && draft->edges[m.edge - 1] >= from)
        m.edge--;
    m.thing = next_thing (&m);
    for (;;) {
        move_to (&m, next_gap (&m));
        if (m.read == m.end)
            break;
        piece_t right = piece_at (&m, m.read + 1);
        bool gone = m.write > from && closes (&m, &right);
        if (gone)
            right.len = 0;
        else
            draft->text[m.write++] = ' ';
        m.last = right;
        m.read++;
    }
    draft->text_len = m.write;
}
