//  status: reasons.
#include "rapporteur/status.h"

#include <stdarg.h>
#include <stdio.h>

void rap_reason_set (rap_reason_t *reason, const char *format, ...)
{
    if (!reason)
        return;
    va_list arguments;
    va_start (arguments, format);
    (void)vsnprintf (reason->text, sizeof reason->text, format, arguments);
    va_end (arguments);
}
