//  fuzz_lexicon: any bytes as a table of rules. It is refused with its place, or has columns and entries that are
//  text.
#include <string.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/utf8.h"

#include "scratch_file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void check_table (const rap_table_t *table)
{
    must (table->columns_count > 0 && table->columns_count <= RAP_LEXICON_COLUMNS_MAX);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        must (entry->line > 1 && (i == 0 || table->entries[i - 1].line < entry->line));
        for (uint32_t j = 0; j < RAP_LEXICON_COLUMNS_MAX; j++) {
            rap_text_t field = entry->fields[j];
            must (rap_utf8_invalid_at (field) == field.len && !memchr (field.at, '\t', field.len));
            must (field.len == 0 || j < table->columns_count);
        }
    }
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_reason_t reason = {""};
    scratch_file ("f.tsv", data, size);
    rap_lexicon_t *lexicon = rap_lexicon_new (scratch, &reason);
    must (lexicon || strstr (reason.text, "f.tsv:"));
    if (lexicon)
        check_table (rap_lexicon_table (lexicon, "f"));
    rap_lexicon_destroy (&lexicon);
    return 0;
}
