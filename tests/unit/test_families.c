//  families: documents of the kinds that the field has, of our own writing, each held against what it tells of itself
//  and its outline (families/NAME.txt or NAME.html, and NAME.told; reading.h says how an outline reads). With
//  RAPPORTEUR_TELL set in the environment it writes what it finds, so that a person reads the difference before it is
//  kept.

#include <dirent.h>

#include "reading.h"

static const char folder[] = RAP_SOURCE_DIR "/tests/unit/families";

static char *file_text (const char *name, const char *ending)
{
    char path[512];
    snprintf (path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *file = fopen (path, "rb");
    ck_assert_msg (file != NULL, "no %s", path);
    char *text = NULL;
    size_t size = 0;
    ck_assert_msg (getdelim (&text, &size, '\0', file) > 0, "%s is empty", path);
    fclose (file);
    return text;
}

//  'symbol: A/90/1' and so on, a line each, then the outline.
static char *told (const char *name, const char *ending)
{
    char *text = file_text (name, ending), *all = NULL;
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t d;
    char *outline = reading_outline (text, arena, &d);
    const struct {
        const char *name;
        rap_text_t value;
    } facts[] = {
        {"symbol", d.symbol},   {"others", d.other_symbols},     {"kind", d.kind},           {"body", d.body},
        {"session", d.session}, {"item", d.agenda_item},         {"published", d.published}, {"language", d.language},
        {"title", d.title},     {"distribution", d.distribution}};
    size_t size = 0;
    FILE *out = open_memstream (&all, &size);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        fprintf (out, "%s: %.*s\n", facts[i].name, (int)facts[i].value.len, facts[i].value.at);
    fprintf (out, "%s", outline);
    fclose (out);
    free (outline);
    free (text);
    rap_arena_destroy (&arena);
    return all;
}

//  Only where a person asked for it.
static void keep (const char *name, const char *found)
{
    char path[512];
    if (!getenv ("RAPPORTEUR_TELL"))
        return;
    snprintf (path, sizeof path, "%s/%s.told", folder, name);
    FILE *file = fopen (path, "wb");
    ck_assert_ptr_nonnull (file);
    fputs (found, file);
    fclose (file);
}

START_TEST (families)
{
    DIR *dir = opendir (folder);
    ck_assert_ptr_nonnull (dir);
    int count = 0;
    for (struct dirent *entry = readdir (dir); entry; entry = readdir (dir)) {
        size_t len = strlen (entry->d_name);
        const char *ending = len > 5 ? strrchr (entry->d_name, '.') : NULL;
        if (!ending || ending == entry->d_name || strcmp (ending, ".told") == 0)
            continue;
        char name[256];
        snprintf (name, sizeof name, "%.*s", (int)(ending - entry->d_name), entry->d_name);
        char *found = told (name, ending);
        keep (name, found);
        char *expected = file_text (name, ".told");
        ck_assert_msg (strcmp (found, expected) == 0, "%s: expected:\n%s\nfound:\n%s", name, expected, found);
        free (found);
        free (expected);
        count++;
    }
    closedir (dir);
    ck_assert_int_ge (count, 12);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("families");
    TCase *tests = tcase_create ("families");
    tcase_set_timeout (tests, 60);
    tcase_add_test (tests, families);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
