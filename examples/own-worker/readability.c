//  readability: a worker of one's own. It says of each paragraph how hard it is to read.
//
//  Build:   make
//  Run:     ./readability --work ipc://run/annotate.ipc --results ipc://run/results.ipc
//  Look:    SELECT code, count(*) FROM classification WHERE scheme = 'example.readability' GROUP BY code
//
//  The measure is LIX (C.-H. Björnsson, 1968): words a sentence, and how many words in a hundred are longer
//  than six letters. It needs no word list, and no language.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rapporteur/worker.h>

enum { LONG_WORD = 7, WORDS_LEAST = 10 };

typedef struct {
    uint32_t words;
    uint32_t long_words;
    uint32_t sentences;
} counts_t;

//  Letters of ASCII, and all that is beyond it: good enough to count by.
static bool is_letter (unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

//  The second and further bytes of a character beyond ASCII are no letters of their own.
static bool begins_character (unsigned char byte)
{
    return (byte & 0xC0) != 0x80;
}

static bool ends_sentence (rap_text_t text, size_t at)
{
    char byte = text.at[at];
    bool last = at + 1 == text.len || text.at[at + 1] == ' ' || text.at[at + 1] == '\n';
    return last && (byte == '.' || byte == ';' || byte == '?' || byte == '!');
}

static counts_t count (rap_text_t text)
{
    counts_t counts = {.words = 0};
    uint32_t letters = 0;
    for (size_t at = 0; at < text.len; at++) {
        unsigned char byte = (unsigned char)text.at[at];
        if (is_letter (byte)) {
            letters += begins_character (byte);
            if (letters == 1 && begins_character (byte))
                counts.words++;
            if (letters == LONG_WORD && begins_character (byte))
                counts.long_words++;
            continue;
        }
        letters = 0;
        counts.sentences += ends_sentence (text, at);
    }
    if (!counts.sentences)
        counts.sentences = 1;
    return counts;
}

static const char *name_of (double lix)
{
    return lix < 30 ? "easy" : lix < 45 ? "plain" : lix < 60 ? "hard" : "very-hard";
}

//  Called once for every chunk. What is not said here is not stored; a chunk of which nothing is said counts
//  as seen, and does not come again.
static void look (void *self, rap_worker_t *worker, const rap_document_t *document, const rap_chunk_t *chunk)
{
    (void)self;
    (void)document;
    if (chunk->kind == RAP_MASTHEAD || chunk->kind == RAP_HEADING)
        return;
    counts_t counts = count (chunk->text);
    if (counts.words < WORDS_LEAST)
        return;
    double lix = (double)counts.words / counts.sentences + 100.0 * counts.long_words / counts.words;
    char rule[32];
    snprintf (rule, sizeof rule, "lix:%d", (int)lix);
    rap_worker_classify (worker, name_of (lix), lix < 100 ? lix / 100 : 1, rule);
}

int main (int argc, char **argv)
{
    //  The scheme is ours alone, hence the dot in it. A new version of the measure is another pipeline.
    rap_worker_options_t options = {.scheme = "example.readability", .pipeline = "readability 1"};
    return rap_worker_main (argc, argv, &options, look, NULL);
}
