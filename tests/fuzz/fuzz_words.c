//  fuzz_words: any bytes as what a person is shown: one harmless line in a log, harmless
//  signs in a table, JSON that says the same.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/csv.h"
#include "rapporteur/json.h"
#include "rapporteur/utf8.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void must (bool held)
{
    if (!held)
        abort ();
}

//  Valid UTF-8, of which nothing is obeyed; but line ends and tabs, where there are lines.
static void check (rap_text_t text, bool lines)
{
    must (rap_utf8_invalid_at (text) == text.len);
    for (size_t at = 0, len; at < text.len; at += len) {
        uint32_t point = rap_utf8_decode (text, at, &len);
        must (!rap_utf8_is_harmful (point) || (lines && (point == '\n' || point == '\r' || point == '\t')));
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char line[256], *bytes = NULL;
    size_t len = 0;
    rap_text_t text = rap_text_of ((const char *)data, size), rest = text;
    while (rest.len) {
        size_t before = rest.len, put = rap_utf8_escape (line, sizeof line, &rest);
        must (rest.len < before && put < sizeof line && line[put] == 0);
        check (rap_text_of (line, put), false);
    }
    char *string = malloc (size + 1);
    FILE *out = open_memstream (&bytes, &len);
    must (string && out);
    memcpy (string, data, size);
    string[size] = 0;
    rap_json_t json;
    rap_json_init (&json, out);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "words", string);
    rap_json_end (&json);
    rap_csv_cell (out, text, true);
    must (fclose (out) == 0);
    check (rap_text_of (bytes, len), true);
    free (string);
    free (bytes);
    return 0;
}
