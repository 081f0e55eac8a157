//  source: the checks that need no knowledge of the field.
#include "source.h"

#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

#include "glyph.h"

//  What other kinds of files begin with, so that the refusal can name them.
static const struct {
    rap_text_t head;
    const char *what;
} signatures[] = {
    {{"\x1F\x8B", 2}, "a gzip file; unpack it first"},
    {{"\x89PNG", 4}, "a picture"},
    {{"\xFF\xD8\xFF", 3}, "a picture"},
    {{"\x7F"
      "ELF",
      4},
     "a program"},
    {{"GIF8", 4}, "a picture"},
    {{"II*\0", 4}, "a picture (TIFF); run OCR over it first"},
    {{"MM\0*", 4}, "a picture (TIFF); run OCR over it first"},
    //  Text to look at, but of commands and codes.
    {{"{\\rtf", 5}, "a document in RTF; save it as DOCX"},
    {{"%!PS", 4}, "a PostScript file; make it a PDF first"},
    {{"MIME-Version:", 13}, "a mail or a web archive (MHTML); save the page as HTML"},
    {{"From: <Saved by ", 16}, "a web archive (MHTML); save the page as HTML"},
    {{"\xFF\xFE", 2}, "text in UTF-16; only UTF-8 is read, convert it first"},
    {{"\xFE\xFF", 2}, "text in UTF-16; only UTF-8 is read, convert it first"},
};

static bool is_blank (rap_text_t text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!glyph_is_space (text.at[i]))
            return false;
    return true;
}

rap_status_t rap_source_check (rap_text_t bytes, rap_text_t *text, rap_reason_t *reason)
{
    if (bytes.len > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "document of %zu bytes; at most %d", bytes.len, RAP_DOCUMENT_BYTES_MAX);
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (rap_text_starts (bytes, signatures[i].head))
            return rap_refuse (reason, "not a text document: this is %s", signatures[i].what);
    rap_text_t rest = rap_text_from (bytes, rap_text_starts (bytes, RAP_TEXT ("\xEF\xBB\xBF")) ? 3 : 0);
    const char *nul = rest.len ? memchr (rest.at, 0, rest.len) : NULL;
    if (nul)
        return rap_refuse (reason, "not a text document: a NUL at byte %zu", (size_t)(nul - bytes.at));
    size_t wrong = rap_utf8_invalid_at (rest);
    if (wrong < rest.len)
        return rap_refuse (reason, "not valid UTF-8 at byte %zu; convert it to UTF-8 first",
                           (size_t)(rest.at - bytes.at) + wrong);
    if (is_blank (rest))
        return rap_refuse (reason, "an empty document: no text in %zu bytes", bytes.len);
    *text = rest;
    return RAP_OK;
}
