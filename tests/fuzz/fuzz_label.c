//  fuzz_label: any bytes as the table of labels. A row that is put in is in it once, one
//  that is taken out is not, and nothing else that was a line is lost or made.
#include <stdlib.h>
#include <string.h>

//  What is tried are its insides.
#include "../../ctl/label.c" // NOLINT(bugprone-suspicious-include)
#include "scratch_file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char *read_back (const char *path, size_t *len)
{
    FILE *in = fopen (path, "re");
    must (in && fseek (in, 0, SEEK_END) == 0);
    *len = (size_t)ftell (in);
    char *bytes = malloc (*len + 1);
    rewind (in);
    must (bytes && fread (bytes, 1, *len, in) == *len);
    fclose (in);
    return bytes;
}

//  Lines that are rows, of which `own` are the paragraph's.
static uint32_t count_rows (const char *path, const paragraph_t *paragraph, uint32_t *own)
{
    FILE *in = fopen (path, "re");
    char *line = NULL;
    size_t room = 0;
    uint32_t count = 0;
    *own = 0;
    must (in != NULL);
    while (getline (&line, &room, in) > 0)
        if (line[0] != '#' && !is_columns (line)) {
            *own += is_of (line, paragraph);
            count++;
        }
    free (line);
    fclose (in);
    return count;
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static const paragraph_t paragraph = {
        .id = "0123456789abcdef0123456789abcdef", .document = "report", .part = "I", .label = "1"};
    const asked_t put = {.themes = "a.b"}, take = {.remove = true};
    static bool quiet;
    rap_reason_t reason = {""};
    bool had = false;
    size_t len, again_len;
    //  The list goes nowhere.
    if (!quiet)
        must (freopen ("/dev/null", "w", stdout) != NULL);
    quiet = true;
    const char *path = scratch_file ("labels.tsv", data, size);
    uint32_t own, own_before, rows_before = count_rows (path, &paragraph, &own_before), rows;
    must (list (path) == 0);
    must (change_table (path, &paragraph, &put, &had, &reason) == RAP_OK);
    rows = count_rows (path, &paragraph, &own);
    must (own == 1 && had == (own_before > 0) && rows == rows_before - own_before + 1);
    char *bytes = read_back (path, &len);
    must (change_table (path, &paragraph, &put, &had, &reason) == RAP_OK && had);
    char *again = read_back (path, &again_len);
    must (len == again_len && memcmp (bytes, again, len) == 0);
    must (change_table (path, &paragraph, &take, &had, &reason) == RAP_OK && had);
    rows = count_rows (path, &paragraph, &own);
    must (own == 0 && rows == rows_before - own_before && list (path) == 0);
    free (bytes);
    free (again);
    return 0;
}
