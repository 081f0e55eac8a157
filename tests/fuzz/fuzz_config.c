//  fuzz_config: foreign bytes as a configuration file. They are refused with a place,
//  or become settings with names, values and lines in order.
#include <stdint.h>
#include <stdlib.h>

#include "rapporteur/config.h"

static void must (bool holds)
{
    if (!holds)
        abort ();
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_config_t *config;
    rap_reason_t reason = {""};
    unsigned line = 0;
    rap_status_t status = rap_config_read (&config, rap_text_of ((const char *)data, size), "f", &reason);
    must ((status == RAP_OK) == (config != NULL));
    must (status == RAP_OK || strncmp (reason.text, "f:", 2) == 0);
    //  What our own look let through zconfig must have understood.
    must (!rap_text_ends (rap_text (reason.text), RAP_TEXT (": not understood")));
    for (size_t i = 0; config && i < rap_config_count (config); i++) {
        const rap_setting_t *setting = rap_config_at (config, i);
        must (setting->line > line && setting->section_line < setting->line);
        must (*setting->name && *setting->section && setting->value);
        must (rap_config_find (config, setting->section, setting->name) == setting);
        line = setting->line;
    }
    rap_config_destroy (&config);
    return 0;
}
