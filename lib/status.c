//  status: reasons, formatted.
#include "rapporteur/status.h"

#include <stdarg.h>
#include <stdio.h>

static void format_reason (rap_reason_t *reason, const char *format, va_list list)
{
    if (reason && vsnprintf (reason->text, sizeof reason->text, format, list) < 0)
        reason->text[0] = 0;
}

rap_status_t rap_refuse (rap_reason_t *reason, const char *format, ...)
{
    va_list list;
    va_start (list, format);
    format_reason (reason, format, list);
    va_end (list);
    return RAP_REFUSED;
}

rap_status_t rap_fail (rap_reason_t *reason, const char *format, ...)
{
    va_list list;
    va_start (list, format);
    format_reason (reason, format, list);
    va_end (list);
    return RAP_FAILED;
}
