//  segment: one walk over the blocks, then one over what it planned.
#include "segment.h"

#include <stdlib.h>

#include "context.h"
#include "division.h"
#include "glyph.h"
#include "masthead.h"
#include "plan.h"
#include "vector.h"

//  --- what is planned --------------------------------------------------------

//  Ranks by how a heading is numbered. Decimal ones follow DECIMAL by how many
//  numbers they have, those marked with '#' are ranked by their number.
enum {
    RANK_TITLE = 0,
    RANK_HASH = 1,
    RANK_DIVISION = 5, //  'CHAPTER II': 5 and more, as the rules have them
    RANK_ROMAN = 10,
    RANK_CAPITAL = 20,
    RANK_ARABIC = 30,
    RANK_PAREN = 40,
    RANK_OPEN = 50, //  not numbered; 51 under another such
    RANK_OPEN_UNDER = 51,
    RANK_ARTICLE = 60, //  a division by which its texts are called
    RANK_DECIMAL = 100,
};

typedef enum {
    ZONE_REPORT, //  numbered paragraphs under headings
    ZONE_SUMMARY,
    ZONE_PREAMBLE, //  after an organ's formula
    ZONE_OPERATIVE,
    ZONE_ANNEX, //  numbered items
} zone_t;

//  What stands between a block and the next number.
enum { LOOK_AHEAD = 200 };
typedef struct {
    uint32_t from;
    uint32_t count;
    uint32_t number;          //  0 if there is none, or it is too far
    uint8_t seen[LOOK_AHEAD]; //  1: a clause without a number, 2: one that opens with a verb
} ahead_t;

typedef struct {
    rap_draft_t *draft;
    const rap_rules_t *rules;
    rap_arena_t *arena;
    rap_reason_t *reason;
    ahead_t ahead;
    rap_plan_t *plans;
    uint32_t plans_count, plans_room;
    rap_surroundings_t around;
    uint32_t block; //  where we are
    uint32_t note;  //  the next note to be planned
    bool open;      //  the last plan may still be lengthened
    zone_t zone;
    rap_text_t outer; //  part that an annex belongs to
    rap_text_t part;
    const rap_heading_t *heading;
    const rap_heading_t *base; //  the part's title, under which its headings stand
    uint32_t preambular;       //  clauses so far in this part
    uint32_t number;           //  the last paragraph's
    uint32_t capital;          //  the last lettered heading's
    bool headed;               //  the block before was a heading
    rap_text_t article;        //  'article 5' where its texts are called so; '' elsewhere
    bool counted;              //  paragraphs of the article have numbers of their own
    bool speaking;             //  those who speak in a declaration have named themselves
    bool resolution;           //  the document is a resolution or decision
    bool declaration;          //  its numbered texts are items
    uint32_t draft_block;      //  where the present draft begins
    uint32_t first_draft;      //  where the first one does
    bool drafted;              //  there was one
    bool annexed;              //  the present draft has an annex
    bool outer_annex;          //  the text before the drafts spoke of an annex of its own
    bool asked_outer;
    uint32_t body_number;              //  where the body was left for a part: its last paragraph,
    const rap_heading_t *body_heading; //  headings and organ
    rap_text_t body_organ;
} walk_t;

static rap_block_t *block_at (const walk_t *w, uint32_t i)
{
    return i < w->draft->blocks_count ? &w->draft->blocks[i] : NULL;
}

static uint32_t marks_end (const walk_t *w, uint32_t i)
{
    return i + 1 < w->draft->blocks_count ? w->draft->blocks[i + 1].marks : w->draft->marks_count;
}

static rap_text_t text_of (const walk_t *w, const rap_block_t *block)
{
    return rap_block_text (w->draft, block);
}

static rap_plan_t *add_plan (walk_t *w, rap_chunk_kind_t kind)
{
    w->plans = vector_room (w->plans, w->plans_count, &w->plans_room, sizeof *w->plans);
    rap_plan_t *plan = &w->plans[w->plans_count++];
    *plan = (rap_plan_t){.kind = kind,
                         .part = w->part,
                         .label = RAP_TEXT (""),
                         .organ = w->around.organ,
                         .lead_in = RAP_TEXT (""),
                         .note_before = RAP_TEXT (""),
                         .heading = w->heading,
                         .bodies_count = w->around.bodies_count};
    memcpy (plan->bodies, w->around.bodies, sizeof plan->bodies);
    return plan;
}

//  --- footnotes --------------------------------------------------------------

static void plan_note (walk_t *w, rap_note_t *note)
{
    rap_text_t text = rap_text_of (w->draft->text + note->text_at, note->text_len);
    rap_plan_t *plan = add_plan (w, RAP_FOOTNOTE);
    plan->label = note->mark;
    plan->at = note->text_at;
    plan->to = note->text_at + note->text_len;
    plan->start = w->draft->lines.at[note->line].start;
    plan->end = w->draft->lines.at[note->last].end;
    plan->note_before = w->around.note_before;
    note->ordinal = w->plans_count - 1;
    w->around.note_before = rap_context_notes (w->around.note_before, text, w->arena);
}

//  Notes printed before a line follow the chunk that they interrupt.
static void plan_notes (walk_t *w, uint32_t before_line)
{
    while (w->note < w->draft->notes_count && w->draft->notes[w->note].line < before_line)
        plan_note (w, &w->draft->notes[w->note++]);
}

//  --- chunks -----------------------------------------------------------------

static void close_plan (walk_t *w)
{
    if (!w->open)
        return;
    w->open = false;
    rap_plan_t *plan = &w->plans[w->plans_count - 1];
    rap_text_t text = rap_text_of (w->draft->text + plan->at, plan->to - plan->at);
    rap_context_read (&w->around, text);
    bool introduces = rap_text_ending (text) == ':' && plan->kind != RAP_FORMULA;
    if (introduces)
        w->around.lead_in = rap_context_tail (text, RAP_LEAD_IN_MAX);
    else if (plan->kind == RAP_PLAIN || plan->kind == RAP_PARAGRAPH)
        w->around.lead_in = RAP_TEXT ("");
}

//  What was read so far is planned with the headings and the part in force.
static void finish (walk_t *w)
{
    close_plan (w);
    if (w->plans_count) //  the masthead is the first chunk, whatever is printed above it
        plan_notes (w, block_at (w, w->block)->line);
}

//  A chunk of the present block, from `skip` bytes on.
static rap_plan_t *open_plan (walk_t *w, rap_chunk_kind_t kind, uint32_t skip)
{
    const rap_block_t *block = block_at (w, w->block);
    finish (w);
    rap_plan_t *plan = add_plan (w, kind);
    plan->at = block->at + (skip < block->len ? skip : 0);
    plan->to = block->at + block->len;
    plan->start = block->start;
    plan->end = block->end;
    plan->marks = block->marks;
    plan->marks_end = marks_end (w, w->block);
    bool led = kind == RAP_ITEM || kind == RAP_PLAIN;
    plan->lead_in = led ? w->around.lead_in : RAP_TEXT ("");
    w->open = true;
    return plan;
}

//  The present block becomes a line of the chunk before it.
static void lengthen (walk_t *w)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_plan_t *plan = &w->plans[w->plans_count - 1];
    plan->to = block->at + block->len;
    plan->end = block->end;
    plan->marks_end = marks_end (w, w->block);
}

//  The next block goes on with the present one on the same line; it becomes the present one.
static void append (walk_t *w)
{
    w->block++;
    w->draft->text[block_at (w, w->block)->at - 1] = ' ';
    lengthen (w);
}

static char open_ending (const walk_t *w)
{
    const rap_plan_t *plan = &w->plans[w->plans_count - 1];
    return w->open ? rap_text_ending (rap_text_of (w->draft->text + plan->at, plan->to - plan->at)) : 0;
}

//  --- headings ---------------------------------------------------------------

enum {
    TITLE_MAX = 400,
    HEADING_MAX = 300,
    SENTENCE_MIN = 60,
    CAPTION_MAX = 16,
    CLAUSE_MIN = 60,
    SET_APART_MAX = 160,
    TITLE_LINES_MAX = 6,
    LINE_MIN = 45
};

//  The block has the form of a heading: short, with a capital, without an end.
static bool has_heading_form (const walk_t *w, const rap_block_t *block)
{
    rap_text_t body = rap_block_body (w->draft, block);
    if (block->flags & RAP_BLOCK_HASHES)
        return body.len > 0 && body.len <= TITLE_MAX;
    if (block->ends && block->ends != '?')
        return false;
    if (body.len < 2 || body.len > HEADING_MAX || block->flags & (RAP_BLOCK_CONTENTS | RAP_BLOCK_TABLE))
        return false;
    const rap_phrase_t *nothing = rap_rules_begins (w->rules, RAP_PHRASE_HEADS_NOTHING, body);
    if (nothing && (!nothing->value.len || memmem (body.at, body.len, nothing->value.at, nothing->value.len)))
        return false;
    return glyph_starts_upper (body) || (glyph_starts_digit (body) && block->counter.kind != RAP_COUNT_NONE);
}

static bool is_closing (const walk_t *w, const rap_block_t *block)
{
    rap_text_t text = text_of (w, block);
    return text.len < 120 && glyph_starts_digit (text) && rap_rules_within (w->rules, RAP_PHRASE_CLOSING, text);
}

static bool is_counted_heading (const rap_block_t *block)
{
    return block->counter.kind == RAP_COUNT_ROMAN || block->counter.kind == RAP_COUNT_CAPITAL
           || block->counter.kind == RAP_COUNT_DECIMAL;
}

//  Something that headings stand above.
static bool is_headed_text (const walk_t *w, const rap_block_t *block)
{
    if (!block)
        return false;
    return block->counter.kind != RAP_COUNT_NONE || block->flags & RAP_BLOCK_HASHES || block->ends == ':'
           || (block->ends && block->len >= SENTENCE_MIN) || rap_rules_formula (w->rules, text_of (w, block))
           || rap_rules_begins (w->rules, RAP_PHRASE_SPEAKER, text_of (w, block))
           || rap_division_of (w->rules, text_of (w, block), block->ends).rank;
}

//  'Figure II', 'Table 1 ...': a caption, whose words may be in the next block.
static bool is_caption (const walk_t *w, const rap_block_t *block)
{
    rap_text_t text = text_of (w, block);
    const rap_phrase_t *found = rap_rules_begins (w->rules, RAP_PHRASE_CAPTION, text);
    rap_text_t rest = found ? rap_text_trim (rap_text_from (text, found->phrase.len)) : RAP_TEXT ("");
    return rest.len && (glyph_starts_digit (rest) || rest.at[0] == ':' || memchr ("IVX", rest.at[0], 3));
}

//  A preambular clause that has lost its comma: a heading does not begin with its verb and run on.
static bool is_lost_clause (const walk_t *w, const rap_block_t *block)
{
    return w->zone == ZONE_PREAMBLE && block->len >= CLAUSE_MIN
           && (rap_rules_opener (w->rules, text_of (w, block)) & RAP_OPENS_PREAMBULAR);
}

//  Its form sets it apart from running text.
static bool is_set_apart (const rap_block_t *block)
{
    return block->flags & (RAP_BLOCK_STRONG | RAP_BLOCK_CENTRED);
}

//  An unnumbered heading: its form, white space or text that it stands above,
//  and nothing that tells otherwise.
static bool is_open_heading (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    if (!block || block->counter.kind != RAP_COUNT_NONE || !has_heading_form (w, block) || is_closing (w, block))
        return false;
    if (block->flags & (RAP_BLOCK_HASHES | RAP_BLOCK_OPEN))
        return true;
    if (is_lost_clause (w, block))
        return false;
    if (is_caption (w, block) || (i && is_caption (w, block_at (w, i - 1)) && block_at (w, i - 1)->len < CAPTION_MAX))
        return false;
    const rap_block_t *next = block_at (w, i + 1), *later = block_at (w, i + 2);
    if (is_headed_text (w, next) || (is_set_apart (block) && next && block->len <= SET_APART_MAX))
        return true;
    return next && has_heading_form (w, next) && is_headed_text (w, later);
}

static bool is_list_item (const rap_block_t *block)
{
    return block->counter.kind == RAP_COUNT_PAREN || block->counter.kind == RAP_COUNT_SMALL
           || block->counter.kind == RAP_COUNT_BULLET;
}

//  '“(a) ...': an item of a list in a text that is quoted.
static bool is_quoted_item (rap_text_t text)
{
    size_t quote = text.len && text.at[0] != '(' ? glyph_opening (text) : 0;
    return quote && rap_counter_of (rap_text_from (text, quote)).kind == RAP_COUNT_PAREN;
}

//  '(a) Piracy' above a numbered paragraph is a heading, after a list's colon an item.
static bool is_item_heading (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i), *next = block_at (w, i + 1);
    if (block->counter.kind != RAP_COUNT_PAREN || !has_heading_form (w, block) || !next)
        return false;
    char ending = open_ending (w);
    const rap_block_t *before = i ? block_at (w, i - 1) : NULL;
    bool first = w->zone == ZONE_OPERATIVE && ending == ';' && before && !is_list_item (before);
    if (!w->headed && ending != '.' && !first)
        return false;
    return next->counter.kind == RAP_COUNT_ARABIC && next->counter.number == w->number + 1 && next->ends;
}

//  '2. Piracy' is a heading where a paragraph with its number would be none.
static bool is_arabic_heading (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i), *next = block_at (w, i + 1);
    if (block->counter.kind != RAP_COUNT_ARABIC || !has_heading_form (w, block) || !next)
        return false;
    if (w->zone == ZONE_PREAMBLE || w->zone == ZONE_OPERATIVE)
        return false;
    bool paragraph_follows = next->counter.kind == RAP_COUNT_ARABIC && next->counter.number == w->number + 1;
    bool heading_follows = next->counter.kind == RAP_COUNT_PAREN && has_heading_form (w, next);
    if (block->counter.number == w->number + 1 && next->counter.kind == RAP_COUNT_ARABIC
        && next->counter.number == block->counter.number + 1)
        return false; //  a list of short items
    return paragraph_follows || heading_follows || block->counter.number != w->number + 1;
}

//  A heading's text travels and is stored as one short text.
static rap_status_t push_heading (walk_t *w, rap_text_t text, uint32_t rank)
{
    const rap_heading_t *above = w->heading;
    while (above && above != w->base && above->rank >= rank)
        above = above->above;
    uint32_t depth = above ? above->depth + 1 : 1;
    if (depth > RAP_SECTION_DEPTH_MAX)
        return rap_refuse (w->reason, "headings nested more than %d deep, at byte %u", RAP_SECTION_DEPTH_MAX,
                           block_at (w, w->block)->start);
    rap_heading_t *heading = rap_arena_alloc (w->arena, sizeof *heading);
    *heading =
        (rap_heading_t){.above = (rap_heading_t *)(uintptr_t)above, .text = text, .rank = rank, .depth = depth};
    w->heading = heading;
    return RAP_OK;
}

static uint32_t rank_of (walk_t *w, const rap_block_t *block)
{
    if (block->flags & RAP_BLOCK_HASHES)
        return RANK_HASH + (block->hashes < 8 ? block->hashes : 8);
    switch (block->counter.kind) {
    case RAP_COUNT_ROMAN:
        //  'I.' after 'H.' is a letter.
        if (block->counter.label == 1 && w->capital
            && (uint32_t)(w->draft->text[block->at] - 'A' + 1) == w->capital + 1)
            return RANK_CAPITAL;
        return RANK_ROMAN;
    case RAP_COUNT_CAPITAL:
        return RANK_CAPITAL;
    case RAP_COUNT_ARABIC:
        return RANK_ARABIC;
    case RAP_COUNT_DECIMAL:
        return RANK_DECIMAL + block->counter.number;
    case RAP_COUNT_PAREN:
        return RANK_PAREN;
    default:
        break;
    }
    //  Of two unnumbered headings with no text between them the second stands
    //  under the first; a single one then stands beside the second.
    bool follows = w->headed && w->heading && w->heading != w->base && w->heading->rank == RANK_OPEN;
    bool precedes = is_open_heading (w, w->block + 1);
    bool under = w->heading && w->heading != w->base && w->heading->rank == RANK_OPEN_UNDER;
    return follows || (under && !precedes) ? RANK_OPEN_UNDER : RANK_OPEN;
}

static rap_text_t rap_heading_text (const walk_t *w, const rap_block_t *block)
{
    rap_text_t body = rap_block_body (w->draft, block);
    return rap_text_trim (body.len ? body : text_of (w, block));
}

static bool is_in_capitals (rap_text_t text)
{
    bool upper = false;
    for (size_t i = 0; i < text.len; i++) {
        if (glyph_is_lower (text.at[i]))
            return false;
        upper = upper || glyph_is_upper (text.at[i]);
    }
    return upper;
}

//  No white space is between the block and the one before it, in a layout that has such.
static bool is_tight (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    const rap_lines_t *lines = &w->draft->lines;
    return lines->wrapped && lines->gapped && !lines->given && !(block->flags & RAP_BLOCK_GAP);
}

//  The block is the second line of the heading before it: no white space is
//  between them, and the first is long, or both are in capitals.
static bool is_heading_line (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i), *before = block_at (w, i - 1);
    if (!block || block->counter.kind != RAP_COUNT_NONE || !has_heading_form (w, block) || !is_tight (w, i)
        || !is_open_heading (w, i) || before->flags & RAP_BLOCK_HASHES)
        return false;
    bool capitals = is_in_capitals (text_of (w, before));
    return capitals == is_in_capitals (text_of (w, block)) && (capitals || before->len >= LINE_MIN);
}

static rap_status_t take_heading (walk_t *w)
{
    const rap_block_t *block = block_at (w, w->block);
    uint32_t rank = rank_of (w, block), first = w->block, last = first;
    finish (w);
    if (rank == RANK_ROMAN)
        w->capital = 0;
    if (rank == RANK_CAPITAL)
        w->capital = (uint32_t)(w->draft->text[block->at] - 'A' + 1);
    if (rank < RANK_ARTICLE || rank >= RANK_DECIMAL)
        w->article = RAP_TEXT ("");
    while (last - first < TITLE_LINES_MAX && is_heading_line (w, last + 1))
        last++;
    for (uint32_t i = first + 1; i <= last; i++)
        w->draft->text[block_at (w, i)->at - 1] = ' ';
    rap_text_t text = rap_heading_text (w, block);
    text.len += block_at (w, last)->at + block_at (w, last)->len - block->at - block->len;
    rap_status_t status = push_heading (w, text, rank);
    //  The chunk of a heading stands under those above it.
    const rap_heading_t *self = w->heading;
    if (status == RAP_OK) {
        w->heading = self->above;
        open_plan (w, RAP_HEADING, 0);
        while (w->block < last)
            append (w);
        close_plan (w);
        w->heading = self;
    }
    w->headed = true;
    return status;
}

//  --- parts ------------------------------------------------------------------

static void begin_part (walk_t *w, rap_text_t part, zone_t zone)
{
    finish (w);
    if (!w->part.len) {
        w->body_number = w->number;
        w->body_heading = w->heading;
        w->body_organ = w->around.organ;
    }
    w->part = part;
    w->zone = zone;
    w->heading = w->base = NULL;
    w->preambular = w->number = w->capital = 0;
    w->headed = w->speaking = false;
    w->article = RAP_TEXT ("");
    w->around.lead_in = w->around.note_before = RAP_TEXT ("");
}

//  The number or letter after the words of a part's heading.
static rap_text_t part_number (rap_text_t rest)
{
    size_t len = 0;
    while (len < rest.len && (glyph_is_upper (rest.at[len]) || glyph_is_digit (rest.at[len])))
        len++;
    bool closed = len == rest.len || rest.at[len] == ' ' || rest.at[len] == '.' || rest.at[len] == ':';
    return rap_text_of (rest.at, len && closed && len <= 8 ? len : 0);
}

//  A part's title becomes the heading above all of it.
static rap_status_t take_title (walk_t *w, rap_text_t title)
{
    rap_status_t status = push_heading (w, title, RANK_TITLE);
    if (status == RAP_OK)
        w->base = w->heading;
    return status;
}

//  Blocks after a part's heading that are its title: before a formula, a
//  counter, or a sentence. At most two, for a title may be printed in two lines.
//  A line of a title: what may be one, and nothing that begins a text.
static bool is_title_line (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    return block && block->counter.kind == RAP_COUNT_NONE && has_heading_form (w, block)
           && !rap_rules_formula (w->rules, text_of (w, block));
}

//  How many blocks from `first` on are one title: two, if both could be headings; more,
//  if no white space is between them.
static uint32_t title_lines (const walk_t *w, uint32_t first)
{
    uint32_t count = 0;
    while (count < TITLE_LINES_MAX && is_title_line (w, first + count)) {
        bool tight = count && is_tight (w, first + count);
        if (count && !tight
            && (count > 1 || !is_headed_text (w, block_at (w, first + 2)) || !is_open_heading (w, first)))
            break;
        count++;
        if (is_headed_text (w, block_at (w, first + count)))
            break;
    }
    return count;
}

static rap_status_t take_following_title (walk_t *w)
{
    uint32_t first = w->block + 1, count = title_lines (w, first);
    if (!count)
        return RAP_OK;
    w->block = first;
    open_plan (w, RAP_TITLE, 0);
    while (--count)
        append (w);
    const rap_plan_t *plan = &w->plans[w->plans_count - 1];
    rap_text_t title = rap_text_of (w->draft->text + plan->at, plan->to - plan->at);
    close_plan (w);
    return take_title (w, title);
}

static rap_status_t take_part (walk_t *w, rap_text_t part, zone_t zone, rap_text_t rest)
{
    begin_part (w, part, zone);
    open_plan (w, RAP_HEADING, 0);
    close_plan (w);
    rap_status_t status = rest.len >= 4 ? take_title (w, rest) : take_following_title (w);
    w->headed = true;
    return status;
}

static void begin_draft (walk_t *w)
{
    w->draft_block = w->block;
    w->first_draft = w->drafted ? w->first_draft : w->block;
    w->drafted = true;
    w->annexed = false;
}

//  Near block `i` an organ speaks: its formula, or what it decides.
static bool is_text_of_organ (const walk_t *w, uint32_t i)
{
    for (uint32_t end = i + TITLE_LINES_MAX; i < end; i++) {
        const rap_block_t *block = block_at (w, i);
        rap_text_t text = block ? text_of (w, block) : RAP_TEXT ("");
        if ((rap_text_starts (text, RAP_TEXT ("The ")) && rap_rules_body (w->rules, rap_text_from (text, 4)))
            || rap_masthead_is_formula (w->draft, i))
            return true;
        if (block && block->counter.kind == RAP_COUNT_ARABIC)
            return false;
    }
    return false;
}

//  What the chunk before calls the draft that it introduces; NULL if it introduces none.
static const rap_phrase_t *introduced (const walk_t *w)
{
    const rap_plan_t *plan = w->plans_count ? &w->plans[w->plans_count - 1] : NULL;
    if (!w->open || plan->kind == RAP_FORMULA || plan->kind == RAP_HEADING)
        return NULL;
    rap_text_t text = rap_text_of (w->draft->text + plan->at, plan->to - plan->at);
    return rap_text_ending (text) == ':' ? rap_rules_within (w->rules, RAP_PHRASE_ADOPTS, text) : NULL;
}

//  A draft without a heading of its own, in a report that recommends a single one:
//  its title, or its formula, follows.
static bool take_bare_draft (walk_t *w, rap_status_t *status)
{
    const rap_block_t *block = block_at (w, w->block);
    if (w->part.len || w->resolution || w->zone != ZONE_REPORT || block->counter.kind != RAP_COUNT_NONE
        || rap_rules_begins (w->rules, RAP_PHRASE_DRAFT, text_of (w, block)))
        return false;
    const rap_phrase_t *what = introduced (w);
    if (!what || !is_title_line (w, w->block) || !is_text_of_organ (w, w->block + 1))
        return false;
    w->outer = what->value;
    begin_draft (w);
    begin_part (w, what->value, ZONE_REPORT);
    w->block--;
    *status = take_following_title (w);
    w->headed = true;
    return true;
}

//  A paragraph that goes on with the numbers of the body, behind the drafts in it.
static bool is_of_body (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    if (!block || block->counter.kind != RAP_COUNT_ARABIC || !block->ends || block->ends == ';')
        return false;
    bool next = block->counter.number == w->number + 1;
    return w->body_number && block->counter.number == w->body_number + 1
           && !(rap_rules_opener (w->rules, rap_block_body (w->draft, block)) & RAP_OPENS_OPERATIVE)
           && (!next || w->zone == ZONE_OPERATIVE);
}

//  Back in the body, perhaps under a heading of it.
static void return_to_body (walk_t *w)
{
    const rap_block_t *block = block_at (w, w->block);
    bool heads = is_counted_heading (block) || rap_division_of (w->rules, text_of (w, block), block->ends).rank;
    bool headed =
        heads && has_heading_form (w, block) && (is_of_body (w, w->block + 1) || is_of_body (w, w->block + 2));
    if (w->resolution || !w->outer.len || !w->part.len || !(headed || is_of_body (w, w->block)))
        return;
    uint32_t number = w->body_number;
    const rap_heading_t *heading = w->body_heading;
    rap_text_t organ = w->body_organ;
    begin_part (w, RAP_TEXT (""), ZONE_REPORT);
    w->outer = RAP_TEXT ("");
    w->number = number;
    w->heading = heading;
    w->around.organ = organ;
}

//  'Resolution 45/1' above the text of one that was adopted, in a report that holds several.
static bool take_adopted (walk_t *w, rap_status_t *status)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_text_t text = text_of (w, block);
    const rap_phrase_t *found = !w->resolution && block->len <= SET_APART_MAX && !block->ends
                                    ? rap_rules_begins (w->rules, RAP_PHRASE_ADOPTED_TEXT, text)
                                    : NULL;
    rap_text_t number = found ? rap_text_trim (rap_text_from (text, found->phrase.len)) : RAP_TEXT ("");
    size_t len = 0;
    while (len < number.len && number.at[len] != ' ')
        len++;
    bool year = len + 1 < number.len && number.at[len + 1] == '('; //  'Resolution 9801 (2035)'
    rap_text_t rest = rap_text_from (number, len);
    if (!glyph_starts_digit (number) || (rest.len && !year) || !is_text_of_organ (w, w->block + 1))
        return false;
    w->outer =
        rap_arena_format (w->arena, "%.*s %.*s", (int)found->value.len, found->value.at, (int)number.len, number.at);
    begin_draft (w);
    *status = take_part (w, w->outer, ZONE_REPORT, RAP_TEXT (""));
    return true;
}

static bool take_draft (walk_t *w, rap_status_t *status)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_text_t text = text_of (w, block);
    const rap_phrase_t *found = block->len <= TITLE_MAX && glyph_starts_upper (text)
                                    ? rap_rules_begins (w->rules, RAP_PHRASE_DRAFT, text)
                                    : NULL;
    if (!found || block->ends)
        return false;
    rap_text_t rest = rap_text_trim (rap_text_from (text, found->phrase.len));
    rap_text_t number = part_number (rest);
    if ((rest.len && !number.len) || !is_text_of_organ (w, w->block + 1))
        return false;
    rap_text_t part = number.len ? rap_arena_format (w->arena, "%.*s %.*s", (int)found->value.len, found->value.at,
                                                     (int)number.len, number.at)
                                 : found->value;
    w->outer = part;
    begin_draft (w);
    *status = take_part (w, part, ZONE_REPORT, rap_text_trim (rap_text_from (rest, number.len)));
    return true;
}

static rap_text_t text_between (const walk_t *w, uint32_t first, uint32_t end)
{
    const rap_block_t *from = block_at (w, first), *to = block_at (w, end);
    return rap_text_of (w->draft->text + from->at, to->at - from->at);
}

//  Whether the annex that begins here belongs to the draft before it, or to the
//  whole document: the draft says that it has one, or the document that it has.
//  Asked once for each draft, for its first annex.
static bool is_annex_of_draft (walk_t *w)
{
    if (!w->outer.len)
        return false;
    if (w->annexed)
        return true;
    bool own = rap_rules_within (w->rules, RAP_PHRASE_OWN_ANNEX, text_between (w, w->draft_block, w->block)) != NULL;
    if (!own && !w->asked_outer) {
        w->outer_annex =
            rap_rules_within (w->rules, RAP_PHRASE_OUTER_ANNEX, text_between (w, 0, w->first_draft)) != NULL;
        w->asked_outer = true;
    }
    w->annexed = own || !w->outer_annex;
    return w->annexed;
}

//  Behind the stops and dashes that stand between a number and a title.
static rap_text_t behind_stops (rap_text_t text)
{
    for (;;) {
        bool dash = glyph_has (text, "\xE2\x80\x93") || glyph_has (text, "\xE2\x80\x94");
        if (!dash && !(text.len && strchr (" .:-", text.at[0])))
            return rap_text_trim (text);
        text = rap_text_from (text, dash ? 3 : 1);
    }
}

//  The annex that is being read, without what is nested in it; '' in no annex.
static rap_text_t annex_of (const walk_t *w)
{
    for (size_t at = 0; at < w->part.len; at++) {
        bool begins = !at || w->part.at[at - 1] == '/';
        if (!begins || !rap_text_starts (rap_text_from (w->part, at), RAP_TEXT ("annex")))
            continue;
        const char *end = memchr (w->part.at + at, '/', w->part.len - at);
        return rap_text_of (w->part.at, end ? (size_t)(end - w->part.at) : w->part.len);
    }
    return RAP_TEXT ("");
}

//  A heading, or a line above a table or the next annex.
static bool is_annex_title (const walk_t *w, uint32_t i)
{
    const rap_block_t *next = block_at (w, i + 1);
    bool stands =
        next && (next->flags & RAP_BLOCK_TABLE || rap_rules_begins (w->rules, RAP_PHRASE_ANNEX, text_of (w, next)));
    return is_open_heading (w, i) || (stands && is_title_line (w, i));
}

//  The title on the annex's own line, or in the block after it.
static rap_status_t take_annex_title (walk_t *w, rap_text_t own)
{
    const rap_block_t *next = block_at (w, w->block + 1);
    if (next && rap_rules_begins (w->rules, RAP_PHRASE_HEADS_NOTHING, text_of (w, next))
        && is_annex_title (w, w->block + 2)) {
        w->block++; //  '[Original: French]' stands between
        open_plan (w, RAP_PLAIN, 0);
        close_plan (w);
    }
    if (own.len >= 4)
        return push_heading (w, own, RANK_HASH);
    if (!is_annex_title (w, w->block + 1) || rap_rules_formula (w->rules, text_of (w, block_at (w, w->block + 1))))
        return RAP_OK;
    w->block++;
    open_plan (w, RAP_TITLE, 0);
    close_plan (w);
    return push_heading (w, rap_heading_text (w, block_at (w, w->block)), RANK_HASH);
}

static bool take_annex (walk_t *w, rap_status_t *status)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_text_t text = text_of (w, block);
    const rap_phrase_t *found = block->len <= TITLE_MAX && glyph_starts_upper (text)
                                    ? rap_rules_begins (w->rules, RAP_PHRASE_ANNEX, text)
                                    : NULL;
    if (!found || block->ends)
        return false;
    rap_text_t rest = rap_text_trim (rap_text_from (text, found->phrase.len));
    rap_text_t number = part_number (rest);
    rap_text_t own = behind_stops (rap_text_from (rest, number.len));
    bool whose = rap_rules_begins (w->rules, RAP_PHRASE_ANNEX_TO, own) != NULL;
    if (rest.len && !number.len && !whose)
        return false;
    bool under = !rap_text_equal (found->value, RAP_TEXT ("annex")) && annex_of (w).len;
    bool nested = !under && is_annex_of_draft (w);
    rap_text_t outer = under ? annex_of (w) : nested ? w->outer : RAP_TEXT ("");
    w->outer = under ? w->outer : outer;
    rap_text_t part =
        rap_arena_format (w->arena, "%.*s%s%.*s%s%.*s", (int)outer.len, outer.at, outer.len ? "/" : "",
                          (int)found->value.len, found->value.at, number.len ? " " : "", (int)number.len, number.at);
    const rap_heading_t *title = nested || under ? w->base : NULL;
    rap_text_t above = title ? title->text : RAP_TEXT ("");
    begin_part (w, part, ZONE_ANNEX);
    open_plan (w, RAP_HEADING, 0);
    close_plan (w);
    if (above.len)
        *status = take_title (w, above);
    if (*status == RAP_OK)
        *status = take_annex_title (w, whose ? RAP_TEXT ("") : own);
    w->headed = true;
    return true;
}

//  --- clauses ----------------------------------------------------------------

static rap_text_t number_label (walk_t *w, uint32_t number)
{
    return rap_arena_format (w->arena, "%u", number);
}

//  A clause that lost its number in the layout: unnumbered, with a verb that
//  opens clauses or with a list under it.
static bool is_unnumbered_clause (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i), *next = block_at (w, i + 1);
    if (block->counter.kind != RAP_COUNT_NONE || !block->ends || is_closing (w, block))
        return false;
    rap_text_t text = text_of (w, block);
    if (!glyph_starts_upper (text))
        return false;
    bool list = block->ends == ':' && next && is_list_item (next);
    return list || (rap_rules_opener (w->rules, text) & RAP_OPENS_OPERATIVE);
}

static bool opens_operative (const walk_t *w, uint32_t i)
{
    return rap_rules_opener (w->rules, text_of (w, block_at (w, i))) & RAP_OPENS_OPERATIVE;
}

//  Looks ahead from the present block to the next number, and remembers what it
//  saw, so that a long run of unnumbered clauses is looked at once.
static void look_ahead (walk_t *w)
{
    ahead_t *ahead = &w->ahead;
    *ahead = (ahead_t){.from = w->block};
    while (ahead->count < LOOK_AHEAD && w->block + ahead->count < w->draft->blocks_count) {
        uint32_t i = w->block + ahead->count;
        const rap_block_t *block = block_at (w, i);
        rap_text_t text = text_of (w, block);
        if (block->counter.kind == RAP_COUNT_ARABIC && block->ends) {
            ahead->number = block->counter.number;
            return;
        }
        if (rap_rules_formula (w->rules, text)
            || (!block->ends && rap_rules_begins (w->rules, RAP_PHRASE_ANNEX, text)))
            return;
        bool clause = is_unnumbered_clause (w, i);
        ahead->seen[ahead->count++] = (uint8_t)(clause + (clause && opens_operative (w, i)));
    }
}

//  Its number, if the numbers around it leave room for exactly the unnumbered
//  clauses that stand between them; 0 if they do not tell.
static uint32_t missing_number (walk_t *w)
{
    if (w->block < w->ahead.from || w->block >= w->ahead.from + w->ahead.count)
        look_ahead (w);
    uint32_t lost = 0, verbs = 0;
    bool verb = opens_operative (w, w->block);
    for (uint32_t i = w->block - w->ahead.from; i < w->ahead.count; i++) {
        lost += w->ahead.seen[i] > 0;
        verbs += w->ahead.seen[i] > 1;
    }
    if (w->ahead.number) {
        uint32_t room = w->ahead.number - w->number - 1;
        return room == lost || (verb && room == verbs) ? w->number + 1 : 0;
    }
    return w->number && verb ? w->number + 1 : 0;
}

static void take_numbered (walk_t *w)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_chunk_kind_t kind = RAP_PARAGRAPH;
    if (w->zone == ZONE_PREAMBLE || w->zone == ZONE_OPERATIVE) {
        kind = RAP_OPERATIVE;
        w->zone = ZONE_OPERATIVE;
    } else if (w->zone == ZONE_ANNEX || w->declaration) {
        kind = RAP_ITEM;
    } else {
        w->zone = ZONE_REPORT;
    }
    w->counted = w->article.len && (w->counted || block->counter.number == 1);
    w->number = block->counter.number;
    rap_plan_t *plan = open_plan (w, kind, block->counter.len);
    plan->label = number_label (w, block->counter.number);
    if (w->counted)
        plan->label = rap_arena_format (w->arena, "%.*s(%u)", (int)w->article.len, w->article.at, w->number);
}

static void take_formula (walk_t *w, const rap_body_t *body)
{
    const rap_block_t *before = w->block ? block_at (w, w->block - 1) : NULL;
    bool nested = before && before->ends == ':' && w->resolution && !w->part.len
                  && (w->zone == ZONE_OPERATIVE || w->zone == ZONE_PREAMBLE);
    const rap_phrase_t *adopts = nested ? rap_rules_within (w->rules, RAP_PHRASE_ADOPTS, text_of (w, before)) : NULL;
    if (adopts) {
        begin_part (w, adopts->value, ZONE_PREAMBLE);
        w->outer = adopts->value;
        begin_draft (w);
    }
    if (body)
        w->around.organ = body->actor;
    w->zone = ZONE_PREAMBLE;
    w->number = 0;
    w->around.lead_in = RAP_TEXT ("");
    open_plan (w, RAP_FORMULA, 0);
    close_plan (w);
}

static void take_preambular (walk_t *w)
{
    rap_plan_t *plan = open_plan (w, RAP_PREAMBULAR, 0);
    plan->label = rap_arena_format (w->arena, "pp%u", ++w->preambular);
}

static void take_clause_without_number (walk_t *w)
{
    uint32_t number = missing_number (w);
    rap_chunk_kind_t kind = w->zone == ZONE_ANNEX ? RAP_ITEM : RAP_OPERATIVE;
    if (w->zone == ZONE_PREAMBLE)
        w->zone = ZONE_OPERATIVE;
    rap_plan_t *plan = open_plan (w, kind, 0);
    if (number) {
        plan->label = number_label (w, number);
        w->number = number;
    }
}

//  Unnumbered text that is no heading.
static void take_text (walk_t *w, bool headed)
{
    const rap_block_t *block = block_at (w, w->block);
    rap_text_t text = text_of (w, block);
    uint32_t opener = rap_rules_opener (w->rules, text);
    bool operative = (opener & RAP_OPENS_OPERATIVE) && !(opener & RAP_OPENS_PREAMBULAR);
    if (is_closing (w, block)) {
        open_plan (w, RAP_PLAIN, 0);
        return;
    }
    //  A section of a long resolution may have a preamble of its own.
    if (w->zone == ZONE_OPERATIVE && headed && block->ends == ',' && opener & RAP_OPENS_PREAMBULAR && !operative)
        w->zone = ZONE_PREAMBLE;
    if (w->zone == ZONE_PREAMBLE) {
        if (operative && block->ends != ',')
            take_clause_without_number (w);
        else
            take_preambular (w);
        return;
    }
    bool clause = (w->zone == ZONE_OPERATIVE || (w->zone == ZONE_ANNEX && block->ends == ':'))
                  && is_unnumbered_clause (w, w->block);
    if (clause && missing_number (w)) {
        take_clause_without_number (w);
        return;
    }
    if (w->zone == ZONE_ANNEX && w->article.len) {
        open_plan (w, RAP_ITEM, 0)->label = w->article;
        return;
    }
    if (w->zone == ZONE_ANNEX && !w->number && block->ends == ',' && glyph_starts_upper (text)
        && (opener & RAP_OPENS_PREAMBULAR || w->preambular || w->speaking)) {
        take_preambular (w);
        return;
    }
    open_plan (w, w->zone == ZONE_SUMMARY ? RAP_SUMMARY : RAP_PLAIN, 0);
}

//  Text under the items of a clause's list, before the next clause: none begins with it, and it ends as an item does.
static bool is_rest_of_list (const walk_t *w, const rap_block_t *block)
{
    const rap_block_t *before = w->block ? block_at (w, w->block - 1) : NULL;
    bool listed = before && (is_list_item (before) || before->ends == ';') && before->ends != '.';
    return w->zone == ZONE_OPERATIVE && w->plans[w->plans_count - 1].kind == RAP_OPERATIVE && listed
           && block->ends == ';' && w->plans[w->plans_count - 1].to > w->plans[w->plans_count - 1].at + before->len
           && !rap_rules_opener (w->rules, text_of (w, block));
}

//  A lettered sub-paragraph, or text that goes on after one, stays with its paragraph.
static bool stays (const walk_t *w, const rap_block_t *block)
{
    if (!w->open)
        return false;
    rap_chunk_kind_t kind = w->plans[w->plans_count - 1].kind;
    if (kind == RAP_FORMULA || kind == RAP_HEADING || kind == RAP_TITLE)
        return false;
    if (is_list_item (block) || is_quoted_item (text_of (w, block)))
        return true;
    if (block->counter.kind != RAP_COUNT_NONE)
        return false;
    return glyph_starts_lower (text_of (w, block)) || is_rest_of_list (w, block);
}

//  --- divisions --------------------------------------------------------------

//  Whether texts under an article are items: in annexes, and where nothing has been numbered yet.
static void begin_article (walk_t *w, const rap_division_t *division)
{
    char word[RAP_WORD_MAX];
    size_t len = 0;
    for (; len < division->word.len && len < sizeof word; len++)
        word[len] = division->word.at[len];
    w->article =
        rap_arena_format (w->arena, "%.*s %.*s", (int)len, word, (int)division->number.len, division->number.at);
    w->counted = false;
    if (w->zone == ZONE_REPORT && !w->number && !w->resolution)
        w->zone = ZONE_ANNEX;
}

//  The title of a division on the next line.
static bool is_division_title (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    return block && block->len <= SET_APART_MAX && is_open_heading (w, i)
           && !rap_division_of (w->rules, text_of (w, block), block->ends).rank
           && !rap_rules_formula (w->rules, text_of (w, block));
}

//  The heading's chunk, with its title in it. An article without a title is no
//  heading above its texts: they are called by it.
static rap_status_t head_division (walk_t *w, const rap_division_t *division, bool titled, uint32_t rank)
{
    const rap_block_t *block = block_at (w, w->block), *next = block_at (w, w->block + 1);
    rap_text_t title = titled ? text_of (w, next) : division->title.len ? division->title : text_of (w, block);
    bool above = titled || division->title.len || !division->word.len;
    if (!division->word.len && w->headed && w->heading && w->heading != w->base && w->heading->rank == RANK_OPEN)
        w->base = w->heading; //  a title of all that is divided
    finish (w);
    rap_status_t status = push_heading (w, title, rank);
    const rap_heading_t *self = w->heading;
    if (status != RAP_OK)
        return status;
    w->heading = self->above;
    open_plan (w, RAP_HEADING, 0);
    if (division->text) {
        w->plans[w->plans_count - 1].to = block->at + division->text;
    } else if (titled) {
        w->block++;
        w->draft->text[next->at - 1] = ' ';
        lengthen (w);
    }
    close_plan (w);
    w->heading = above ? self : self->above;
    return RAP_OK;
}

//  'Article 5. Each Party shall ...': the article's number, and its text.
static void take_article_text (walk_t *w, const rap_division_t *division)
{
    open_plan (w, RAP_ITEM, division->text)->label = w->article;
}

static bool take_division (walk_t *w, rap_status_t *status)
{
    const rap_block_t *block = block_at (w, w->block);
    if (block->counter.kind != RAP_COUNT_NONE || block->flags & (RAP_BLOCK_CONTENTS | RAP_BLOCK_TABLE))
        return false;
    rap_division_t division = rap_division_of (w->rules, text_of (w, block), block->ends);
    bool called = division.word.len > 0;
    if (!division.rank || (division.text && !(called && w->zone == ZONE_ANNEX)))
        return false;
    if (called && !division.title.len && w->zone != ZONE_ANNEX && w->zone != ZONE_REPORT)
        return false;
    if (!called)
        w->article = RAP_TEXT ("");
    if (called)
        begin_article (w, &division);
    w->number = called && w->zone == ZONE_ANNEX ? 0 : w->number;
    if (division.text) {
        take_article_text (w, &division);
        w->headed = false;
        return true;
    }
    bool titled = !division.title.len && is_division_title (w, w->block + 1);
    uint32_t rank = block->flags & RAP_BLOCK_HASHES ? rank_of (w, block)
                    : called                        ? (uint32_t)RANK_ARTICLE
                                                    : RANK_DIVISION + division.rank - 1;
    *status = head_division (w, &division, titled, rank);
    w->headed = true;
    return true;
}

//  --- the walk ---------------------------------------------------------------

//  Lines of a table of contents, and rows of a table, are one chunk.
static void take_table_line (walk_t *w, uint8_t flag)
{
    bool open = w->open && w->plans[w->plans_count - 1].kind == RAP_PLAIN && w->block
                && block_at (w, w->block - 1)->flags & flag;
    if (open)
        lengthen (w);
    else
        open_plan (w, RAP_PLAIN, 0);
}

//  'I' or 'B' alone on a line: a heading whose words are in the next one.
static bool is_lone_number (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && memchr ("IVX", text.at[len], 3))
        len++;
    return text.len && (len == text.len || (text.len == 1 && glyph_is_upper (text.at[0])));
}

//  One of several resolutions in a text, or in a draft.
static rap_text_t under_draft (walk_t *w, rap_text_t letter)
{
    if (!w->outer.len)
        return letter;
    return rap_arena_format (w->arena, "%.*s/%.*s", (int)w->outer.len, w->outer.at, (int)letter.len, letter.at);
}

//  'A' above a formula: one of several resolutions in one text.
static bool take_lettered_part (walk_t *w, rap_status_t *status)
{
    rap_text_t text = text_of (w, block_at (w, w->block));
    if (!is_lone_number (text))
        return false;
    for (uint32_t i = w->block + 1; (w->resolution || w->outer.len) && i <= w->block + TITLE_LINES_MAX; i++) {
        const rap_block_t *next = block_at (w, i);
        if (next && rap_rules_formula (w->rules, text_of (w, next))) {
            *status = take_part (w, under_draft (w, text), ZONE_REPORT, RAP_TEXT (""));
            return true;
        }
        if (!next || !is_title_line (w, i))
            break;
    }
    const rap_block_t *next = block_at (w, w->block + 1);
    bool titled = next && next->counter.kind == RAP_COUNT_NONE && has_heading_form (w, next);
    finish (w);
    *status = push_heading (w, titled ? text_of (w, next) : text,
                            memchr ("IVX", text.at[0], 3) ? RANK_ROMAN : RANK_CAPITAL);
    const rap_heading_t *self = w->heading;
    w->heading = self->above;
    open_plan (w, RAP_HEADING, 0);
    if (titled) {
        w->block++;
        w->draft->text[block_at (w, w->block)->at - 1] = ' ';
        lengthen (w);
    }
    close_plan (w);
    w->heading = self;
    w->headed = true;
    return true;
}

static bool is_heading (const walk_t *w, uint32_t i)
{
    const rap_block_t *block = block_at (w, i);
    if (is_counted_heading (block))
        return has_heading_form (w, block) || (block->len <= HEADING_MAX && block->ends == ':');
    return is_arabic_heading (w, i) || is_item_heading (w, i) || is_open_heading (w, i);
}

static rap_status_t take_block (walk_t *w)
{
    return_to_body (w);
    const rap_block_t *block = block_at (w, w->block);
    rap_text_t text = text_of (w, block);
    rap_status_t status = RAP_OK;
    const rap_body_t *body = rap_rules_formula (w->rules, text);
    bool speaker = !body && block->ends == ',' && rap_rules_begins (w->rules, RAP_PHRASE_SPEAKER, text);
    if (block->flags & (RAP_BLOCK_CONTENTS | RAP_BLOCK_TABLE)) {
        take_table_line (w, block->flags & RAP_BLOCK_TABLE ? RAP_BLOCK_TABLE : RAP_BLOCK_CONTENTS);
        w->headed = false;
        return RAP_OK;
    }
    bool treaty = speaker && w->zone == ZONE_REPORT && !w->part.len && !w->number && !w->resolution;
    bool unnamed = !body && w->zone == ZONE_REPORT && (w->resolution || w->outer.len)
                   && rap_masthead_is_formula (w->draft, w->block);
    if (body || unnamed || (speaker && (treaty || w->zone == ZONE_ANNEX || w->declaration))) {
        zone_t zone = treaty ? ZONE_ANNEX : w->zone;
        take_formula (w, body);
        w->speaking = speaker;
        if (speaker)
            w->zone = zone;
        w->headed = false;
        return RAP_OK;
    }
    if (take_draft (w, &status) || take_adopted (w, &status) || take_bare_draft (w, &status)
        || take_annex (w, &status) || take_division (w, &status) || take_lettered_part (w, &status))
        return status;
    if (rap_rules_equals (w->rules, RAP_PHRASE_SUMMARY, text)) {
        status = take_heading (w);
        w->heading = w->base;
        w->zone = ZONE_SUMMARY;
        return status;
    }
    if (is_heading (w, w->block)) {
        if (w->zone == ZONE_SUMMARY)
            w->zone = ZONE_REPORT;
        return take_heading (w);
    }
    bool headed = w->headed;
    w->headed = false;
    if (block->counter.kind == RAP_COUNT_ARABIC)
        take_numbered (w);
    else if (!headed && stays (w, block))
        lengthen (w);
    else
        take_text (w, headed);
    return RAP_OK;
}

//  --- the beginning ----------------------------------------------------------

//  Blocks [from, to) as one chunk, a line each.
static void take_run (walk_t *w, rap_chunk_kind_t kind, uint32_t from, uint32_t to)
{
    if (from >= to)
        return;
    w->block = from;
    open_plan (w, kind, 0);
    for (w->block = from + 1; w->block < to; w->block++)
        lengthen (w);
    w->block = to - 1;
    close_plan (w);
}

//  Chunk 0 is the masthead, even where there is none; then the title, and what
//  stands between it and the text.
static void take_beginning (walk_t *w, uint32_t first, uint32_t title)
{
    uint32_t head = title < first ? title : first;
    if (head)
        take_run (w, RAP_MASTHEAD, 0, head);
    else
        add_plan (w, RAP_MASTHEAD);
    if (title < first) {
        take_run (w, RAP_TITLE, title, title + 1);
        take_run (w, RAP_PLAIN, title + 1, first);
    }
}

rap_status_t rap_segment (rap_draft_t *draft, uint32_t first, uint32_t title, rap_arena_t *arena,
                          rap_reading_t *reading, rap_reason_t *reason)
{
    rap_text_t kind = reading->document.kind;
    walk_t w = {.draft = draft,
                .rules = draft->rules,
                .arena = arena,
                .reason = reason,
                .around = {.rules = draft->rules,
                           .organ = reading->document.body,
                           .lead_in = RAP_TEXT (""),
                           .note_before = RAP_TEXT ("")},
                .outer = RAP_TEXT (""),
                .part = RAP_TEXT (""),
                .article = RAP_TEXT (""),
                .resolution =
                    rap_text_equal (kind, RAP_TEXT ("resolution")) || rap_text_equal (kind, RAP_TEXT ("decision")),
                .declaration = rap_text_equal (kind, RAP_TEXT ("declaration"))};
    take_beginning (&w, first, title);
    rap_status_t status = RAP_OK;
    for (w.block = first; w.block < draft->blocks_count && status == RAP_OK; w.block++) {
        status = take_block (&w);
        if (status == RAP_OK && w.plans_count > RAP_DOCUMENT_CHUNKS_MAX)
            status = rap_plan_check (draft, w.plans_count, reason);
    }
    close_plan (&w);
    plan_notes (&w, UINT32_MAX);
    if (status == RAP_OK)
        status = rap_plan_carry_out (draft, w.plans, w.plans_count, arena, reading, reason);
    free (w.plans);
    return status;
}
