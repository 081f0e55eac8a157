//  driver: a fuzz target without a fuzzer. Runs every file of the folders given,
//  and every file cut at each of its first lengths and with single bytes changed,
//  through LLVMFuzzerTestOneInput. Fails if there is no input at all.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

//  How far into a file variants are made: heads are where formats are decided.
enum { VARIED_BYTES = 512, INPUT_MAX = 4 * 1024 * 1024 };

static void run (const uint8_t *data, size_t size)
{
    //  A copy of exactly the size, so that a sanitizer sees one byte too far.
    uint8_t *exact = malloc (size ? size : 1);
    if (!exact)
        abort ();
    memcpy (exact, data, size);
    LLVMFuzzerTestOneInput (exact, size);
    free (exact);
}

static void run_variants (uint8_t *data, size_t size)
{
    static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xc1, 0xdb, 0xdd, 0xdf, 0xff};
    size_t varied = size < VARIED_BYTES ? size : VARIED_BYTES;
    run (data, size);
    for (size_t i = 0; i < varied; i++) {
        uint8_t kept = data[i];
        run (data, i);
        data[i] = values[i % sizeof values];
        run (data, size);
        data[i] = kept;
    }
}

static int run_file (const char *path)
{
    FILE *file = fopen (path, "rb");
    uint8_t *data = malloc (INPUT_MAX);
    if (!file || !data) {
        perror (path);
        exit (1);
    }
    size_t size = fread (data, 1, INPUT_MAX, file);
    fclose (file);
    run_variants (data, size);
    free (data);
    return 1;
}

static int run_folder (const char *path)
{
    int count = 0;
    DIR *folder = opendir (path);
    if (!folder)
        return run_file (path);
    for (struct dirent *entry; (entry = readdir (folder)) != NULL;) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf (name, sizeof name, "%s/%s", path, entry->d_name);
        count += run_file (name);
    }
    closedir (folder);
    return count;
}

int main (int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder (argv[i]);
    printf ("%d inputs and their variants: no harm done\n", count);
    return count ? 0 : 1;
}
