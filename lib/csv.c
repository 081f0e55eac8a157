//  csv: quotes and apostrophes.
#include "rapporteur/csv.h"

#include "rapporteur/utf8.h"

bool rap_csv_is_formula (rap_text_t text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    while (text.len && text.at[0] == '\'')
        text = rap_text_from (text, 1);
    if (text.len && memchr ("=+-@\t\r\n", text.at[0], 7))
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (rap_text_starts (text, rap_text (wide[i])))
            return true;
    return false;
}

void rap_csv_cell (FILE *stream, rap_text_t text, bool guard)
{
    bool apostrophe = guard && rap_csv_is_formula (text);
    bool quoted = apostrophe || (text.len && (text.at[0] == ' ' || text.at[text.len - 1] == ' '));
    for (size_t i = 0; i < text.len && !quoted; i++)
        quoted = memchr ("\",\r\n", text.at[i], 4) != NULL;
    if (quoted)
        putc ('"', stream);
    if (apostrophe)
        putc ('\'', stream);
    while (text.len) {
        if (text.at[0] == '"')
            putc ('"', stream);
        text = rap_text_from (text, rap_utf8_show (stream, text, true));
    }
    if (quoted)
        putc ('"', stream);
}
