//  fuzz_config: any bytes as a file of settings: refused with its place, or settings that
//  are found again by their names.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/config.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void must (bool held)
{
    if (!held)
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_config_t *config = NULL;
    rap_reason_t reason = {""};
    if (rap_config_read (&config, rap_text_of ((const char *)data, size), "x.conf", &reason) != RAP_OK) {
        must (strncmp (reason.text, "x.conf:", 7) == 0);
        return 0;
    }
    for (size_t i = 0; i < rap_config_count (config); i++) {
        const rap_setting_t *setting = rap_config_at (config, i);
        must (rap_config_find (config, setting->section, setting->name) == setting);
    }
    rap_config_destroy (&config);
    return 0;
}
