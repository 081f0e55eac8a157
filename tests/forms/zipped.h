/*  zipped: ZIP archives and DOCX files of a test's own, in memory.             */
#ifndef RAPPORTEUR_TESTS_ZIPPED_H
#define RAPPORTEUR_TESTS_ZIPPED_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/text.h"

typedef struct {
    const char *name;
    rap_text_t content;
} zipped_part_t;

//  The archive; freed by the caller. `packed`: deflated, else as it is.
__attribute__ ((unused)) static rap_text_t zipped (const zipped_part_t *parts, size_t count, bool packed)
{
    size_t room = 4096 + 512 * count, used = 0;
    for (size_t i = 0; i < count; i++)
        room += parts[i].content.len + parts[i].content.len / 1000 + 2 * strlen (parts[i].name);
    char *bytes = malloc (room);
    struct archive *archive = archive_write_new ();
    bool good =
        bytes && archive && archive_write_set_format_zip (archive) == ARCHIVE_OK
        && archive_write_set_format_option (archive, "zip", "compression", packed ? "deflate" : "store") == ARCHIVE_OK
        && archive_write_set_bytes_per_block (archive, 0) == ARCHIVE_OK
        && archive_write_open_memory (archive, bytes, room, &used) == ARCHIVE_OK;
    for (size_t i = 0; good && i < count; i++) {
        struct archive_entry *entry = archive_entry_new ();
        archive_entry_set_pathname (entry, parts[i].name);
        archive_entry_set_size (entry, (la_int64_t)parts[i].content.len);
        archive_entry_set_filetype (entry, AE_IFREG);
        archive_entry_set_perm (entry, 0644);
        good = archive_write_header (archive, entry) == ARCHIVE_OK
               && archive_write_data (archive, parts[i].content.at, parts[i].content.len)
                      == (la_ssize_t)parts[i].content.len;
        archive_entry_free (entry);
    }
    if (!good || archive_write_close (archive) != ARCHIVE_OK)
        abort ();
    archive_write_free (archive);
    return rap_text_of (bytes, used);
}

#define ZIPPED_PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define ZIPPED_OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define ZIPPED_WORD "application/vnd.openxmlformats-officedocument.wordprocessingml."

//  What every DOCX has beside its text.
#define ZIPPED_TYPES                                                                                                 \
    "<Types xmlns='" ZIPPED_PACKAGE "content-types'><Default Extension='xml' ContentType='application/xml'/>"        \
    "<Override PartName='/word/document.xml' ContentType='" ZIPPED_WORD "document.main+xml'/></Types>"
#define ZIPPED_RELATIONS                                                                                             \
    "<Relationships xmlns='" ZIPPED_PACKAGE "relationships'><Relationship Id='r1' Type='" ZIPPED_OFFICE              \
    "/officeDocument' Target='word/document.xml'/></Relationships>"
#define ZIPPED_RELATION(name) "<Relationship Id='" name "' Type='" ZIPPED_OFFICE "/" name "' Target='" name ".xml'/>"

//  The parts that a document's own relations name.
typedef enum {
    ZIPPED_DOCUMENT,
    ZIPPED_STYLES,
    ZIPPED_NUMBERING,
    ZIPPED_FOOTNOTES,
    ZIPPED_ENDNOTES,
    ZIPPED_SETTINGS,
    ZIPPED_PARTS
} zipped_kind_t;

//  A DOCX of these parts; those without content are left out, and not named. Freed by the caller.
__attribute__ ((unused)) static rap_text_t zipped_docx (const rap_text_t *contents)
{
    static const char *const names[ZIPPED_PARTS] = {"word/document.xml",  "word/styles.xml",   "word/numbering.xml",
                                                    "word/footnotes.xml", "word/endnotes.xml", "word/settings.xml"};
    static const char *const relations[ZIPPED_PARTS] = {"",
                                                        ZIPPED_RELATION ("styles"),
                                                        ZIPPED_RELATION ("numbering"),
                                                        ZIPPED_RELATION ("footnotes"),
                                                        ZIPPED_RELATION ("endnotes"),
                                                        ZIPPED_RELATION ("settings")};
    zipped_part_t parts[ZIPPED_PARTS + 3] = {{"[Content_Types].xml", rap_text (ZIPPED_TYPES)},
                                             {"_rels/.rels", rap_text (ZIPPED_RELATIONS)}};
    char own[4096] = "<Relationships xmlns='" ZIPPED_PACKAGE "relationships'>";
    size_t count = 2;
    for (int i = 0; i < ZIPPED_PARTS; i++) {
        if (!contents[i].len)
            continue;
        parts[count++] = (zipped_part_t){names[i], contents[i]};
        strncat (own, relations[i], sizeof own - strlen (own) - 1);
    }
    strncat (own, "</Relationships>", sizeof own - strlen (own) - 1);
    parts[count++] = (zipped_part_t){"word/_rels/document.xml.rels", rap_text (own)};
    return zipped (parts, count, false);
}

#endif
