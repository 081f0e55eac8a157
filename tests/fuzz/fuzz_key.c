//  fuzz_key: any bytes as a file of keys, which strangers send to who admits them.
#include <stdlib.h>
#include <string.h>

#include "rapporteur/keys.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_key_t key;
    rap_reason_t reason = {""};
    memset (&key, 0, sizeof key);
    if (rap_key_parse (&key, rap_text_of ((const char *)data, size), &reason) != RAP_OK && !reason.text[0])
        abort ();
    return 0;
}
