//  config: lines are checked here, then read by zconfig, then both are held together.
#include "rapporteur/config.h"

#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/utf8.h"

enum { INDENT = 4 };

//  A line that says something: a section, or a setting in one.
typedef struct {
    unsigned number;
    unsigned level; //  0 section, 1 setting
    rap_text_t name;
    rap_text_t value; //  as written, quotation marks included
    bool has_value;
} line_t;

struct rap_config {
    char *path;
    char *text;         //  for zconfig: terminated
    line_t *lines;      //  into text
    size_t lines_count; //  as many as zconfig has nodes below its root
    zconfig_t *tree;
    rap_setting_t *settings;
    size_t count;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

void rap_config_destroy (rap_config_t **self_p)
{
    rap_config_t *self = *self_p;
    if (!self)
        return;
    zconfig_destroy (&self->tree);
    free (self->settings);
    free (self->lines);
    free (self->text);
    free (self->path);
    free (self);
    *self_p = NULL;
}

const char *rap_config_path (const rap_config_t *self)
{
    return self->path;
}

size_t rap_config_count (const rap_config_t *self)
{
    return self->count;
}

const rap_setting_t *rap_config_at (const rap_config_t *self, size_t i)
{
    assert (i < self->count);
    return &self->settings[i];
}

const rap_setting_t *rap_config_find (const rap_config_t *self, const char *section, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->settings[i].section, section) == 0 && strcmp (self->settings[i].name, name) == 0)
            return &self->settings[i];
    return NULL;
}

//  --- one line ----------------------------------------------------------------

//  Refuses with "path:line: what".
#define refuse_line(self, reason, number, format, ...)                                                               \
    rap_refuse (reason, "%.200s:%u: " format, (self)->path, number, __VA_ARGS__)

static bool is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static rap_text_t skip_blanks (rap_text_t text)
{
    while (text.len && is_blank (*text.at))
        text = rap_text_from (text, 1);
    return text;
}

static rap_text_t trim_end (rap_text_t text)
{
    while (text.len && is_blank (text.at[text.len - 1]))
        text.len--;
    return text;
}

//  Bytes that no line may have, whatever it says.
static rap_status_t check_bytes (const rap_config_t *self, rap_text_t text, unsigned number, rap_reason_t *reason)
{
    if (text.len > RAP_CONFIG_LINE_MAX)
        return refuse_line (self, reason, number, "a line of %zu bytes; at most %d are read", text.len,
                            RAP_CONFIG_LINE_MAX);
    for (size_t i = 0; i < text.len; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t' && !(text.at[i] == '\r' && i + 1 == text.len))
            || text.at[i] == 0x7f)
            return refuse_line (self, reason, number, "byte %zu is a control character (0x%02x); remove it", i + 1,
                                (unsigned char)text.at[i]);
    size_t invalid = rap_utf8_invalid_at (text);
    if (invalid != text.len)
        return refuse_line (self, reason, number, "byte %zu is not UTF-8; save the file as UTF-8", invalid + 1);
    return RAP_OK;
}

static bool is_name (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

//  What follows '=': quoted to the closing mark, or plain to a comment.
static rap_status_t check_value (const rap_config_t *self, line_t *line, rap_text_t rest, rap_reason_t *reason)
{
    rest = trim_end (skip_blanks (rest));
    line->has_value = true;
    line->value = rest;
    if (rest.len && (*rest.at == '"' || *rest.at == '\'')) {
        const char *end = memchr (rest.at + 1, *rest.at, rest.len - 1);
        if (!end)
            return refuse_line (self, reason, line->number, "%c opens a value that is not closed; end it with %c",
                                *rest.at, *rest.at);
        line->value.len = (size_t)(end + 1 - rest.at);
        rest = skip_blanks (rap_text_from (rest, line->value.len));
        if (rest.len && *rest.at != '#')
            return refuse_line (self, reason, line->number,
                                "'%.40s' follows the closed value; begin a comment with #", rest.at);
        return RAP_OK;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.at[i] != '#')
            continue;
        if (i && !is_blank (rest.at[i - 1]))
            return refuse_line (self, reason, line->number,
                                "'#' begins a comment, within '%.*s' too; put the value into quotation marks",
                                (int)(rest.len < 60 ? rest.len : 60), rest.at);
        line->value.len = i;
        break;
    }
    line->value = trim_end (line->value);
    return line->value.len ? RAP_OK
                           : refuse_line (self, reason, line->number, "'%.*s' has no value; write %.*s = VALUE",
                                          (int)line->name.len, line->name.at, (int)line->name.len, line->name.at);
}

//  The name, and what follows it.
static rap_status_t check_words (const rap_config_t *self, line_t *line, rap_text_t text, rap_reason_t *reason)
{
    size_t len = 0;
    while (len < text.len && is_name (text.at[len]))
        len++;
    line->name = rap_text_of (text.at, len);
    rap_text_t rest = skip_blanks (rap_text_from (text, len));
    if (len == 0 || len > RAP_CONFIG_NAME_MAX
        || (rest.at == text.at + len && rest.len && *rest.at != '=' && *rest.at != '#'))
        return refuse_line (self, reason, line->number,
                            "'%.*s' is no name; names have small letters, digits and '-', at most %d",
                            (int)(text.len < 40 ? text.len : 40), text.at, RAP_CONFIG_NAME_MAX);
    if (rest.len && *rest.at == '=')
        return check_value (self, line, rap_text_from (rest, 1), reason);
    if (rest.len && *rest.at != '#')
        return refuse_line (self, reason, line->number, "'%.*s' is not understood; a setting is NAME = VALUE",
                            (int)(text.len < 40 ? text.len : 40), text.at);
    return RAP_OK;
}

//  Where a line stands must agree with what it is.
static rap_status_t check_place (const rap_config_t *self, const line_t *line, rap_reason_t *reason)
{
    int len = (int)line->name.len;
    const char *name = line->name.at;
    if (line->level == 0 && line->has_value)
        return refuse_line (self, reason, line->number,
                            "'%.*s' is in no section; indent it by four spaces under 'common' or a program", len,
                            name);
    if (line->level == 1 && !line->has_value)
        return refuse_line (self, reason, line->number, "'%.*s' has no value; write %.*s = VALUE", len, name, len,
                            name);
    if (line->level == 1 && self->lines_count == 0)
        return refuse_line (self, reason, line->number, "'%.*s' is indented, but no section is above it", len, name);
    return RAP_OK;
}

//  A section is named once, a setting once in it.
static rap_status_t check_twice (const rap_config_t *self, const line_t *line, rap_reason_t *reason)
{
    for (size_t i = self->lines_count; i-- > 0;) {
        const line_t *other = &self->lines[i];
        if (other->level < line->level)
            break;
        if (other->level == line->level && rap_text_equal (other->name, line->name))
            return refuse_line (self, reason, line->number, "'%.*s' stands in line %u already; keep one of them",
                                (int)line->name.len, line->name.at, other->number);
    }
    return RAP_OK;
}

static rap_status_t check_line (rap_config_t *self, rap_text_t text, unsigned number, rap_reason_t *reason)
{
    line_t line = {.number = number};
    size_t indent = 0;
    if (check_bytes (self, text, number, reason) != RAP_OK)
        return RAP_REFUSED;
    rap_text_t words = trim_end (skip_blanks (text));
    if (words.len == 0 || *words.at == '#') {
        memset (self->text + (text.at - self->text), ' ', text.len); //  where a comment begins is nothing to zconfig
        return RAP_OK;
    }
    while (text.at[indent] == ' ')
        indent++;
    if (text.at + indent != words.at)
        return refuse_line (self, reason, number, "%s; indent with four spaces", "a tab stands before it");
    if (indent != 0 && indent != INDENT)
        return refuse_line (self, reason, number, "indented by %zu spaces; a section has none, a setting four",
                            indent);
    line.level = indent ? 1 : 0;
    if (check_words (self, &line, words, reason) != RAP_OK || check_place (self, &line, reason) != RAP_OK
        || check_twice (self, &line, reason) != RAP_OK)
        return RAP_REFUSED;
    self->lines[self->lines_count++] = line;
    return RAP_OK;
}

//  --- the whole -----------------------------------------------------------------

//  Lines in `self->lines`, of which no more say something than there are.
static rap_status_t check_lines (rap_config_t *self, rap_text_t text, rap_reason_t *reason)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == '\n';
    self->lines = must (calloc (count, sizeof *self->lines));
    for (unsigned number = 1; text.len; number++) {
        const char *end = memchr (text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        if (check_line (self, rap_text_of (text.at, len), number, reason) != RAP_OK)
            return RAP_REFUSED;
        text = rap_text_from (text, len + (end ? 1 : 0));
    }
    return RAP_OK;
}

//  Walks zconfig's tree beside our lines, which are in its order.
typedef struct {
    rap_config_t *self;
    const line_t *line; //  the next
    const line_t *section;
    const char *section_name;
} walk_t;

static int take_node (zconfig_t *node, void *to, int level)
{
    walk_t *walk = to;
    const char *name = zconfig_name (node), *value = zconfig_value (node);
    if (level == 0)
        return 0; //  the root
    if (walk->line == walk->self->lines + walk->self->lines_count || (unsigned)level != walk->line->level + 1
        || !rap_text_equal (rap_text (name), walk->line->name))
        return -1;
    if (level == 1) {
        walk->section = walk->line;
        walk->section_name = name;
    } else {
        walk->self->settings[walk->self->count++] = (rap_setting_t){.section = walk->section_name,
                                                                    .name = name,
                                                                    .value = value ? value : "",
                                                                    .line = walk->line->number,
                                                                    .section_line = walk->section->number};
    }
    walk->line++;
    return 0;
}

static rap_status_t read_tree (rap_config_t *self, rap_reason_t *reason)
{
    walk_t walk = {.self = self, .line = self->lines};
    self->settings = must (calloc (self->lines_count + 1, sizeof *self->settings));
    if (self->lines_count == 0)
        return RAP_OK;
    self->tree = zconfig_str_load (self->text);
    if (!self->tree || zconfig_execute (self->tree, take_node, &walk) != 0
        || walk.line != self->lines + self->lines_count)
        return rap_refuse (reason, "%.200s:%u: not understood", self->path,
                           self->tree && walk.line < self->lines + self->lines_count ? walk.line->number : 1);
    return RAP_OK;
}

rap_status_t rap_config_read (rap_config_t **self_p, rap_text_t bytes, const char *path, rap_reason_t *reason)
{
    rap_config_t *self = must (calloc (1, sizeof *self));
    *self_p = NULL;
    if (rap_text_starts (bytes, RAP_TEXT ("\xef\xbb\xbf")))
        bytes = rap_text_from (bytes, 3);
    self->path = must (strdup (path));
    rap_status_t status = RAP_OK;
    if (bytes.len > RAP_CONFIG_BYTES_MAX)
        status = rap_refuse (reason, "%.200s: more than %d bytes", path, RAP_CONFIG_BYTES_MAX);
    if (status == RAP_OK) {
        self->text = must (strndup (bytes.len ? bytes.at : "", bytes.len));
        //  Lines point into the copy; a NUL, which would end it, is found in the original.
        const char *nul = bytes.len ? memchr (bytes.at, 0, bytes.len) : NULL;
        status =
            nul ? rap_refuse (reason, "%.200s: byte %zu is NUL; this is no text", path, (size_t)(nul - bytes.at) + 1)
                : check_lines (self, rap_text (self->text), reason);
    }
    if (status == RAP_OK)
        status = read_tree (self, reason);
    if (status == RAP_OK)
        *self_p = self;
    else
        rap_config_destroy (&self);
    return status;
}

//  All of a regular file, one byte more than is taken at most; whatever else stands
//  there must not hold us up.
static rap_status_t read_bytes (const char *path, char *bytes, size_t *len, rap_reason_t *reason)
{
    struct stat about;
    ssize_t got = 1;
    int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    *len = 0;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        rap_reason_set (reason, "%.200s: there is no such file", path);
        return RAP_AGAIN;
    }
    if (fd < 0)
        return rap_refuse (reason, "%.200s: cannot be opened: %s", path, strerror (errno));
    bool regular = fstat (fd, &about) == 0 && S_ISREG (about.st_mode);
    while (regular && *len <= RAP_CONFIG_BYTES_MAX + 3 && got > 0) {
        got = read (fd, bytes + *len, RAP_CONFIG_BYTES_MAX + 4 - *len);
        if (got > 0)
            *len += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    int error = errno;
    close (fd);
    if (!regular)
        return rap_refuse (reason, "%.200s: not a regular file", path);
    return got < 0 ? rap_refuse (reason, "%.200s: cannot be read: %s", path, strerror (error)) : RAP_OK;
}

rap_status_t rap_config_load (rap_config_t **self_p, const char *path, rap_reason_t *reason)
{
    size_t len;
    char *bytes = must (malloc (RAP_CONFIG_BYTES_MAX + 4));
    *self_p = NULL;
    rap_status_t status = read_bytes (path, bytes, &len, reason);
    if (status == RAP_OK)
        status = rap_config_read (self_p, rap_text_of (bytes, len), path, reason);
    free (bytes);
    return status;
}
