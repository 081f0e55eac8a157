//  top_screen: ncurses draws. What gives the terminal back is written down at the beginning,
//  so that a signal's handler can do it too, which may call nearly nothing.
#include "top_screen.h"

//  ncurses' names are macros otherwise, and clash with those of others.
#define NCURSES_NOMACROS
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "term.h"

static struct {
    struct termios before;
    char back[512]; //  what ends full screen and styles, and shows the cursor
    size_t back_len;
    SCREEN *screen;
    bool has_colours;
    volatile sig_atomic_t asked; //  to end, by this signal
} self;

static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

//  Of ncurses' <term.h>, which has the name of a file of ours.
int tputs (const char *text, int lines, int (*put) (int));

static int note_byte (int byte)
{
    if (self.back_len < sizeof self.back)
        self.back[self.back_len++] = (char)byte;
    return byte;
}

static void note_string (const char *name)
{
    const char *text = tigetstr (name);
    if (text && text != (char *)-1) //  NOLINT(performance-no-int-to-ptr): as terminfo says "none"
        tputs (text, 1, note_byte);
}

static void give_back_and_die (int number)
{
    (void)!write (STDOUT_FILENO, self.back, self.back_len);
    tcsetattr (STDIN_FILENO, TCSANOW, &self.before);
    signal (number, SIG_DFL);
    raise (number);
}

static void note_end (int number)
{
    self.asked = number;
}

static void take_signals (void)
{
    struct sigaction action = {.sa_handler = give_back_and_die, .sa_flags = (int)SA_RESETHAND};
    sigemptyset (&action.sa_mask);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        sigaction (deadly[i], &action, NULL);
    action = (struct sigaction){.sa_handler = note_end};
    sigemptyset (&action.sa_mask);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        sigaction (ending[i], &action, NULL);
}

rap_status_t rap_top_screen_open (rap_reason_t *reason)
{
    //  What is shown is UTF-8, whatever the locale says of numbers and words.
    setlocale (LC_CTYPE, "");
    if (strcmp (nl_langinfo (CODESET), "UTF-8") != 0)
        setlocale (LC_CTYPE, "C.UTF-8");
    if (tcgetattr (STDIN_FILENO, &self.before) != 0)
        return rap_refuse (reason, "standard input is no terminal; --once or --json does without");
    const char *term = getenv ("TERM");
    self.screen = newterm (NULL, stdout, stdin);
    if (!self.screen)
        return rap_refuse (reason, "the terminal '%.60s' (TERM) is not known here; --once or --json does without",
                           term ? term : "");
    note_string ("rmcup");
    note_string ("sgr0");
    note_string ("cnorm");
    note_string ("rmkx");
    take_signals ();
    cbreak ();
    noecho ();
    nonl ();
    curs_set (0);
    keypad (stdscr, TRUE);
    nodelay (stdscr, TRUE);
    set_escdelay (50);
    const char *plain = getenv ("NO_COLOR");
    self.has_colours = !(plain && *plain) && has_colors ();
    if (self.has_colours) {
        start_color ();
        use_default_colors ();
        init_pair (1, COLOR_RED, -1);
    }
    return RAP_OK;
}

void rap_top_screen_close (void)
{
    endwin ();
    delscreen (self.screen);
    self.screen = NULL;
}

void rap_top_screen_size (uint32_t *width, uint32_t *height)
{
    *width = (uint32_t)getmaxx (stdscr);
    *height = (uint32_t)getmaxy (stdscr);
}

static void set_style (rap_top_style_t style)
{
    switch (style) {
    case RAP_TOP_TITLE:
        attrset (A_BOLD);
        break;
    case RAP_TOP_HEAD:
        attrset (A_REVERSE);
        break;
    case RAP_TOP_ALARM:
        attrset ((int)(A_BOLD | (self.has_colours ? (chtype)COLOR_PAIR (1) : 0)));
        break;
    case RAP_TOP_FAINT:
        attrset (A_DIM);
        break;
    default:
        attrset (A_NORMAL);
    }
}

void rap_top_screen_show (const rap_top_frame_t *frame)
{
    erase ();
    for (uint32_t i = 0; i < frame->count && (int)i < getmaxy (stdscr); i++) {
        set_style (frame->lines[i].style);
        mvaddstr ((int)i, 0, frame->lines[i].text);
    }
    attrset (A_NORMAL);
    refresh ();
}

rap_top_key_t rap_top_screen_key (bool *any)
{
    static const struct {
        int key;
        rap_top_key_t means;
    } keys[] = {{'q', RAP_TOP_KEY_QUIT},          {'Q', RAP_TOP_KEY_QUIT},
                {'p', RAP_TOP_KEY_PAUSE},         {' ', RAP_TOP_KEY_PAUSE},
                {'s', RAP_TOP_KEY_ORDER},         {'h', RAP_TOP_KEY_HELP},
                {'?', RAP_TOP_KEY_HELP},          {'r', RAP_TOP_KEY_AGAIN},
                {KEY_UP, RAP_TOP_KEY_UP},         {'k', RAP_TOP_KEY_UP},
                {KEY_DOWN, RAP_TOP_KEY_DOWN},     {'j', RAP_TOP_KEY_DOWN},
                {KEY_PPAGE, RAP_TOP_KEY_PAGE_UP}, {KEY_HOME, RAP_TOP_KEY_HOME},
                {KEY_END, RAP_TOP_KEY_END},       {KEY_NPAGE, RAP_TOP_KEY_PAGE_DOWN},
                {KEY_RESIZE, RAP_TOP_KEY_SIZE}};
    int key = getch ();
    *any = key != ERR;
    if (self.asked)
        return RAP_TOP_KEY_QUIT;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].key == key)
            return keys[i].means;
    return RAP_TOP_KEY_NONE;
}
