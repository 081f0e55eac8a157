//  term: harmless text, tables, a progress line.
#include "term.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "rapporteur/text.h"
#include "rapporteur/utf8.h"

bool rap_term_is_rich (FILE *out)
{
    const char *plain = getenv ("NO_COLOR");
    return isatty (fileno (out)) && !(plain && *plain);
}

size_t rap_term_width (FILE *out)
{
    struct winsize size = {0};
    if (ioctl (fileno (out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 100;
}

//  Prints the code point at the beginning of `text`, and answers its length.
static size_t put_point (FILE *out, rap_text_t text, int indent)
{
    char point = text.at[0];
    if (point == '\n' && indent >= 0)
        fprintf (out, "\n%*s", indent, "");
    else if (point == '\n' || point == '\t')
        putc (' ', out);
    else
        return rap_utf8_show (out, text, false);
    return 1;
}

void rap_term_put (FILE *out, const char *text, int indent)
{
    rap_text_t left = rap_text (text);
    while (left.len)
        left = rap_text_from (left, put_point (out, left, indent));
}

static void put_styled (FILE *out, const char *style, const char *text)
{
    bool rich = rap_term_is_rich (out);
    if (rich)
        fputs (style, out);
    rap_term_put (out, text, -1);
    if (rich)
        fputs ("\033[0m", out);
}

void rap_term_bold (FILE *out, const char *text)
{
    put_styled (out, "\033[1m", text);
}

void rap_term_faint (FILE *out, const char *text)
{
    put_styled (out, "\033[2m", text);
}

int rap_term_fail (const char *format, ...)
{
    char text[2048];
    va_list list;
    va_start (list, format);
    vsnprintf (text, sizeof text, format, list);
    va_end (list);
    rap_progress_end ();
    fputs ("rapporteur: ", stderr);
    rap_term_put (stderr, text, 4);
    putc ('\n', stderr);
    return 1;
}

const char *rap_term_number (char *buffer, int64_t number)
{
    char digits[RAP_NUMBER_MAX];
    int len = snprintf (digits, sizeof digits, "%" PRIu64, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    char *to = buffer;
    if (number < 0)
        *to++ = '-';
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return buffer;
}

//  --- tables --------------------------------------------------------------------
struct rap_grid {
    const char *const *columns;
    size_t columns_count;
    char **cells;
    size_t count;
    size_t room;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_grid_t *rap_grid_new (const char *const *columns, size_t count)
{
    rap_grid_t *self = must (calloc (1, sizeof *self));
    self->columns = columns;
    self->columns_count = count;
    return self;
}

void rap_grid_destroy (rap_grid_t **self_p)
{
    rap_grid_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free (self->cells[i]);
    free (self->cells);
    free (self);
    *self_p = NULL;
}

void rap_grid_add (rap_grid_t *self, const char *text)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->cells = must (realloc (self->cells, self->room * sizeof *self->cells));
    }
    self->cells[self->count++] = must (strdup (text ? text : ""));
}

void rap_grid_add_number (rap_grid_t *self, int64_t number)
{
    char buffer[RAP_NUMBER_MAX];
    rap_grid_add (self, rap_term_number (buffer, number));
}

static bool is_marked (const char *column)
{
    return *column == '>' || *column == '~';
}

//  Characters a text takes; invalid bytes count as one each, as they are shown.
static size_t width_of (const char *text)
{
    return rap_utf8_count (rap_text (text));
}

static size_t measure (const rap_grid_t *self, size_t column)
{
    const char *name = self->columns[column];
    size_t widest = width_of (name + is_marked (name));
    for (size_t i = column; i < self->count; i += self->columns_count)
        if (width_of (self->cells[i]) > widest)
            widest = width_of (self->cells[i]);
    return widest;
}

//  Takes from columns that may be cut what the terminal has no room for.
static void fit (const rap_grid_t *self, size_t *widths, size_t room)
{
    enum { NARROWEST = 12 };
    size_t total = 0;
    for (size_t c = 0; c < self->columns_count; c++)
        total += widths[c] + 2;
    for (size_t c = 0; c < self->columns_count && total > room + 2; c++) {
        if (*self->columns[c] != '~' || widths[c] <= NARROWEST)
            continue;
        size_t over = total - room - 2, spare = widths[c] - NARROWEST;
        size_t cut = over < spare ? over : spare;
        widths[c] -= cut;
        total -= cut;
    }
}

static void put_cell (FILE *out, const char *text, size_t width, bool right, bool last)
{
    size_t len = width_of (text), shown = len > width ? width - 1 : len;
    char *cut = must (strndup (text, rap_utf8_offset (rap_text (text), shown)));
    if (right)
        fprintf (out, "%*s", (int)(width - shown), "");
    rap_term_put (out, cut, -1);
    if (len > width)
        fputs ("\xe2\x80\xa6", out);
    if (!right && !last && len < width)
        fprintf (out, "%*s", (int)(width - len), "");
    if (!last)
        fputs ("  ", out);
    free (cut);
}

void rap_grid_print (const rap_grid_t *self, FILE *out)
{
    assert (self->count % self->columns_count == 0);
    if (!self->count)
        return;
    size_t *widths = must (calloc (self->columns_count, sizeof *widths));
    bool rich = rap_term_is_rich (out);
    for (size_t c = 0; c < self->columns_count; c++)
        widths[c] = measure (self, c);
    fit (self, widths, isatty (fileno (out)) ? rap_term_width (out) : 160);
    if (rich)
        fputs ("\033[1m", out);
    for (size_t c = 0; c < self->columns_count; c++) {
        const char *name = self->columns[c];
        put_cell (out, name + is_marked (name), widths[c], *name == '>', c + 1 == self->columns_count);
    }
    fputs (rich ? "\033[0m\n" : "\n", out);
    for (size_t i = 0; i < self->count; i++) {
        size_t c = i % self->columns_count;
        bool last = c + 1 == self->columns_count;
        put_cell (out, self->cells[i], widths[c], *self->columns[c] == '>', last);
        if (last)
            putc ('\n', out);
    }
    free (widths);
}

//  --- progress --------------------------------------------------------------------
static bool progress_shown;

void rap_progress_show (int64_t done, int64_t of, const char *note)
{
    enum { BAR = 24 };
    char bar[3 * BAR + 1], *to = bar;
    if (!isatty (STDERR_FILENO))
        return;
    int64_t filled = of > 0 ? done * BAR / of : 0;
    for (int i = 0; i < BAR; i++)
        to = stpcpy (to, i < filled ? "\xe2\x96\x88" : "\xe2\x96\x91");
    fprintf (stderr, "\r\033[K%s %" PRId64 "/%" PRId64 " documents  %s", bar, done, of, note);
    progress_shown = true;
}

void rap_progress_end (void)
{
    if (progress_shown)
        fputs ("\r\033[K", stderr);
    progress_shown = false;
}
