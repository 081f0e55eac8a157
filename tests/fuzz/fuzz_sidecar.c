//  fuzz_sidecar: any bytes as the sidecar of a document. Refused with its name and a
//  reason, or values that are text.
#include <string.h>

#include "rapporteur/utf8.h"

#include "scratch_file.h"
#include "sidecar.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void check (const char value[RAP_SIDECAR_VALUE_MAX])
{
    size_t len = strnlen (value, RAP_SIDECAR_VALUE_MAX);
    must (len < RAP_SIDECAR_VALUE_MAX && rap_utf8_invalid_at (rap_text_of (value, len)) == len);
    must (!memchr (value, '\n', len));
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static rap_sidecar_t sidecar;
    rap_reason_t reason = {""};
    scratch_file ("f.meta", data, size);
    if (rap_sidecar_read (&sidecar, scratch_path ("f"), &reason) != RAP_OK)
        must (strstr (reason.text, "/f.meta") != NULL);
    check (sidecar.symbol);
    check (sidecar.date);
    check (sidecar.title);
    check (sidecar.language);
    check (sidecar.source);
    return 0;
}
