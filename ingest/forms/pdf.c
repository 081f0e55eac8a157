//  pdf: pdftotext behind bars, and what is wrong with a file that it cannot read.
#include "pdf.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/bars.h"
#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

#include "confine.h"
#include "frame.h"

#ifndef RAP_PDFTOTEXT
#define RAP_PDFTOTEXT "/usr/bin/pdftotext"
#endif

//  What comes out of a PDF is some 15 times as long as its text. More than this many
//  times the file, and this much, is a trap.
enum { OUTPUT_RATIO = 200, OUTPUT_LEAST = 32 * 1024 * 1024, OUTPUT_MAX = RAP_DOCUMENT_BYTES_MAX };

//  How often it is run anew when something from outside killed it.
enum { TRIES_MAX = 3 };

#define PROGRAM_MEMORY (UINT64_C (1) << 30)

//  So few words on a page, over all pages, are stamps on pictures.
enum { WORDS_A_PAGE_MIN = 3, PAGES_TO_TELL = 2 };

//  How far into a file programs that read PDF look for its beginning, for what mailers
//  and servers leave before it.
enum { HEAD_WITHIN = 1024 };

bool rap_pdf_is (rap_text_t bytes)
{
    if (rap_text_starts (bytes, RAP_TEXT ("\xEF\xBB\xBF")))
        bytes = rap_text_from (bytes, 3);
    while (bytes.len && strchr ("\r\n \t", bytes.at[0]) && bytes.at[0])
        bytes = rap_text_from (bytes, 1);
    if (rap_text_starts (bytes, RAP_TEXT ("%PDF-")))
        return true;
    //  After other things it must begin a line, in a file that is no text.
    size_t within = bytes.len < HEAD_WITHIN ? bytes.len : HEAD_WITHIN;
    const char *head = within ? memmem (bytes.at, within, "\n%PDF-1.", 8) : NULL;
    return head && rap_utf8_invalid_at (bytes) < bytes.len;
}

//  --- the program -----------------------------------------------------------------

//  What the operator names, what was there when this was built, or what PATH has.
static const char *find_program (char *room, size_t size)
{
    const char *named = getenv ("RAPPORTEUR_PDFTOTEXT");
    if (named && *named)
        return named;
    if (access (RAP_PDFTOTEXT, X_OK) == 0)
        return RAP_PDFTOTEXT;
    const char *path = getenv ("PATH");
    for (const char *at = path ? path : ""; *at;) {
        size_t len = strcspn (at, ":");
        int put = snprintf (room, size, "%.*s/pdftotext", (int)len, at);
        if (len && put > 0 && (size_t)put < size && access (room, X_OK) == 0)
            return room;
        at += len + (at[len] == ':');
    }
    return RAP_PDFTOTEXT;
}

void rap_pdf_reach (void)
{
    char room[PATH_MAX], folder[PATH_MAX];
    const char *program = find_program (room, sizeof room);
    const char *slash = strrchr (program, '/');
    if (slash && snprintf (folder, sizeof folder, "%.*s/", (int)(slash - program), program) < (int)sizeof folder)
        rap_bars_reach (folder, RAP_REACH_RUN);
}

//  Seconds that it may take; an operator may allow less or more.
static unsigned patience (size_t bytes)
{
    const char *stated = getenv ("RAPPORTEUR_PDF_SECONDS");
    long seconds = stated ? strtol (stated, NULL, 10) : 0;
    return seconds > 0 && seconds < 86400 ? (unsigned)seconds : (unsigned)frame_patience_s (bytes);
}

static bool complains (const rap_confined_t *ran, const char *of)
{
    return strstr (ran->complaint, of) != NULL;
}

static bool was_killed (const rap_confined_t *ran)
{
    return ran->end == RAP_CONFINED_KILLED && ran->status == SIGKILL;
}

//  It ended, but not well.
static rap_status_t refuse_status (const rap_confined_t *ran, rap_reason_t *reason)
{
    enum { NOT_ALLOWED = 3 };
    if (complains (ran, "Incorrect password") || complains (ran, "unknown security handler")
        || complains (ran, "Unsupported version/revision") || complains (ran, "Couldn't find the encryption"))
        return rap_refuse (reason, "an encrypted PDF: it opens with a password only; hand in a copy without one");
    if (ran->status == NOT_ALLOWED)
        return rap_refuse (reason, "a PDF whose maker does not allow text to be taken out of it");
    char *line_end = strchr (ran->complaint, '\n');
    int len = line_end ? (int)(line_end - ran->complaint) : (int)strlen (ran->complaint);
    return rap_refuse (reason, "a malformed PDF (pdftotext: status %d, \"%.*s\")", ran->status, len < 200 ? len : 200,
                       ran->complaint);
}

static rap_status_t refuse_end (const rap_confine_t *what, const rap_confined_t *ran, rap_reason_t *reason)
{
    switch (ran->end) {
    case RAP_CONFINED_MISSING:
        return rap_refuse (reason,
                           "a PDF, and no program to read it with: '%s' cannot be started; install the package "
                           "poppler-utils and release the document",
                           what->path);
    case RAP_CONFINED_TOO_LONG:
        return rap_refuse (reason, "a PDF whose reading takes too long: the limit is %u seconds", what->seconds);
    case RAP_CONFINED_TOO_MUCH:
        return rap_refuse (reason, "a PDF out of which more than %zu bytes come, from %zu", what->output_max,
                           what->input.len);
    case RAP_CONFINED_KILLED:
        if (ran->status == SIGKILL)
            return rap_refuse (reason,
                               "a PDF, and pdftotext was killed %d times while it read it, as the kernel does when "
                               "memory is short; release the document when there is more",
                               TRIES_MAX);
        return rap_refuse (reason, "a malformed PDF: pdftotext died of it (%s), with at most %llu MiB of memory",
                           strsignal (ran->status), (unsigned long long)(what->memory_max >> 20));
    default:
        return ran->status == 0 ? RAP_OK : refuse_status (ran, reason);
    }
}

//  The program's output, malloc'd.
static rap_status_t run (rap_text_t bytes, char **output, size_t *len, rap_reason_t *reason)
{
    //  -raw: the order of reading is found here, and need not be found twice.
    static const char *const argv[] = {"pdftotext", "-raw", "-bbox", "-enc", "UTF-8", "-", "-", NULL};
    //  Its many small pieces of memory are kept, not given back one by one.
    static const char *const envp[] = {
        "GLIBC_TUNABLES=glibc.malloc.tcache_count=65535:glibc.malloc.top_pad=16777216:"
        "glibc.malloc.trim_threshold=1000000000:glibc.malloc.mmap_threshold=1000000000",
        NULL};
    char room[4096];
    size_t most = bytes.len < OUTPUT_MAX / OUTPUT_RATIO ? bytes.len * OUTPUT_RATIO : OUTPUT_MAX;
    rap_confine_t what = {.path = find_program (room, sizeof room),
                          .argv = argv,
                          .envp = envp,
                          .input = bytes,
                          .output_max = most > OUTPUT_LEAST ? most : OUTPUT_LEAST,
                          .memory_max = PROGRAM_MEMORY,
                          .seconds = patience (bytes.len)};
    rap_confined_t ran;
    rap_status_t status = rap_confine_run (&what, &ran, reason);
    //  Who kills it from outside says nothing of the document.
    for (int tries = 1; tries < TRIES_MAX && status == RAP_OK && was_killed (&ran); tries++) {
        free (ran.output);
        status = rap_confine_run (&what, &ran, reason);
    }
    *output = ran.output;
    *len = ran.output_len;
    return status == RAP_OK ? refuse_end (&what, &ran, reason) : status;
}

//  --- lines -----------------------------------------------------------------------

static rap_status_t check_words (const rap_pdf_words_t *words, rap_reason_t *reason)
{
    uint64_t pages = words->pages_count;
    if (!words->words_count || (pages >= PAGES_TO_TELL && words->words_count < pages * WORDS_A_PAGE_MIN))
        return rap_refuse (reason,
                           "a PDF without text: %u words on %u pages; these are pages of pictures, run OCR over it "
                           "first",
                           words->words_count, words->pages_count);
    if (words->strange * 3 > words->letters)
        return rap_refuse (
            reason,
            "a PDF whose fonts do not tell which letters they show: %llu of %llu bytes of its text mean "
            "nothing; run OCR over it first",
            (unsigned long long)words->strange, (unsigned long long)words->letters);
    return RAP_OK;
}

rap_status_t rap_pdf_output_lines (char *output, size_t len, rap_arena_t *arena, rap_lines_t *lines,
                                   rap_reason_t *reason)
{
    rap_pdf_words_t words;
    rap_status_t status = rap_pdf_words_read (output, len, &words, reason);
    if (status == RAP_OK)
        status = check_words (&words, reason);
    if (status == RAP_OK) {
        rap_pdf_rows_t rows;
        rap_pdf_pages_t pages;
        rap_maker_t *maker = rap_maker_new (arena);
        rap_pdf_rows_make (&words, &rows);
        rap_pdf_pages_make (&rows, &pages);
        status = rap_pdf_lines_make (&pages, maker, reason);
        if (status == RAP_OK)
            rap_maker_finish (maker, true, lines);
        if (status == RAP_OK && !lines->count)
            status = rap_refuse (reason, "a PDF without text: nothing is left of its %u words", words.words_count);
        rap_pdf_pages_fini (&pages);
        rap_pdf_rows_fini (&rows);
        rap_maker_destroy (&maker);
    }
    rap_pdf_words_fini (&words);
    return status;
}

rap_status_t rap_pdf_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                            rap_reason_t *reason)
{
    char *output = NULL;
    size_t len = 0;
    (void)document;
    if (bytes.len > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "document of %zu bytes; at most %d", bytes.len, RAP_DOCUMENT_BYTES_MAX);
    rap_status_t status = run (bytes, &output, &len, reason);
    if (status == RAP_OK && !len)
        status = rap_refuse (reason, "a malformed PDF: pdftotext wrote nothing");
    if (status == RAP_OK)
        status = rap_pdf_output_lines (output, len, arena, lines, reason);
    free (output);
    return status;
}
