//  status: reasons.
#include "rapporteur/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "rapporteur/utf8.h"

void rap_reason_set (rap_reason_t *reason, const char *format, ...)
{
    if (!reason)
        return;
    char words[2 * RAP_REASON_MAX]; //  what it names may be of a stranger's choosing
    va_list arguments;
    va_start (arguments, format);
    int len = vsnprintf (words, sizeof words, format, arguments);
    va_end (arguments);
    size_t had = len < 0 ? 0 : (size_t)len < sizeof words ? (size_t)len : sizeof words - 1;
    rap_text_t said = rap_text_of (words, had);
    rap_utf8_escape (reason->text, sizeof reason->text, &said);
}
