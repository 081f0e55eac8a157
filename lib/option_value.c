//  option_value: numbers with units, flags, words of a list.
#include "option_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/config.h"

//  What may follow a number, by what --help calls it.
static const struct {
    const char *value;
    const char *unit;
    int64_t factor;
} units[] = {
    {"SECONDS", "s", 1},       {"SECONDS", "m", 60},
    {"SECONDS", "h", 3600},    {"SECONDS", "d", 86400},
    {"MS", "ms", 1},           {"MS", "s", 1000},
    {"MS", "m", 60000},        {"BYTES", "B", 1},
    {"BYTES", "KiB", 1024},    {"BYTES", "MiB", 1024 * 1024},
    {"BYTES", "GiB", 1 << 30}, {"MIB", "MiB", 1},
    {"MIB", "GiB", 1024},
};

rap_option_value_t rap_option_get (const rap_option_t *option)
{
    if (option->kind == RAP_OPTION_NUMBER)
        return (rap_option_value_t){.number = *(const int64_t *)option->into};
    if (option->kind == RAP_OPTION_FLAG)
        return (rap_option_value_t){.flag = *(const bool *)option->into};
    return (rap_option_value_t){.text = *(const char *const *)option->into};
}

void rap_option_set (const rap_option_t *option, rap_option_value_t value)
{
    if (option->kind == RAP_OPTION_NUMBER)
        *(int64_t *)option->into = value.number;
    else if (option->kind == RAP_OPTION_FLAG)
        *(bool *)option->into = value.flag;
    else
        *(const char **)option->into = value.text;
}

bool rap_option_same (const rap_option_t *option, rap_option_value_t a, rap_option_value_t b)
{
    if (option->kind == RAP_OPTION_NUMBER)
        return a.number == b.number;
    if (option->kind == RAP_OPTION_FLAG)
        return a.flag == b.flag;
    return a.text == b.text || (a.text && b.text && strcmp (a.text, b.text) == 0);
}

//  --- reading -----------------------------------------------------------------

//  0: there is no such unit for this number.
static int64_t factor_of (const rap_option_t *option, const char *unit)
{
    for (size_t i = 0; option->value && i < sizeof units / sizeof *units; i++)
        if (strcmp (units[i].value, option->value) == 0 && strcmp (units[i].unit, unit) == 0)
            return units[i].factor;
    return 0;
}

static rap_status_t parse_number (const rap_option_t *option, const char *text, int64_t *number, rap_reason_t *reason)
{
    int64_t max = option->min == 0 && option->max == 0 ? INT64_MAX : option->max;
    char *end;
    errno = 0;
    long long got = strtoll (text, &end, 10);
    int64_t factor = end == text ? 0 : *end ? factor_of (option, end) : 1;
    if (factor == 0)
        return rap_refuse (reason, "takes a whole number%s%s%s, not '%.100s'", option->value ? " (" : "",
                           option->value ? option->value : "", option->value ? ")" : "", text);
    if (errno || __builtin_mul_overflow ((int64_t)got, factor, number) || *number < option->min || *number > max)
        return rap_refuse (reason, "%.100s is out of bounds: from %" PRId64 " to %" PRId64, text, option->min, max);
    return RAP_OK;
}

static rap_status_t parse_flag (const char *text, bool *flag, rap_reason_t *reason)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp (words[i], text) == 0) {
            *flag = i % 2;
            return RAP_OK;
        }
    return rap_refuse (reason, "takes yes or no, not '%.100s'", text);
}

static bool is_choice (const char *choices, const char *text)
{
    size_t len = strlen (text);
    while (*choices) {
        size_t word = strcspn (choices, " ");
        if (word == len && memcmp (choices, text, len) == 0)
            return true;
        choices += word + (choices[word] ? 1 : 0);
    }
    return false;
}

rap_status_t rap_option_parse (const rap_option_t *option, const char *text, rap_option_value_t *value,
                               rap_reason_t *reason)
{
    if (option->kind == RAP_OPTION_NUMBER)
        return parse_number (option, text, &value->number, reason);
    if (option->kind == RAP_OPTION_FLAG)
        return parse_flag (text, &value->flag, reason);
    if (option->choices && !is_choice (option->choices, text))
        return rap_refuse (reason, "is one of: %s; not '%.100s'", option->choices, text);
    value->text = text;
    return RAP_OK;
}

//  --- writing -----------------------------------------------------------------

const char *rap_option_format (const rap_option_t *option, rap_option_value_t value, char text[RAP_OPTION_TEXT_MAX])
{
    if (option->kind == RAP_OPTION_NUMBER)
        snprintf (text, RAP_OPTION_TEXT_MAX, "%" PRId64, value.number);
    else if (option->kind == RAP_OPTION_FLAG)
        snprintf (text, RAP_OPTION_TEXT_MAX, "%s", value.flag ? "yes" : "no");
    else if (!value.text)
        text[0] = 0;
    else if (!*value.text || strpbrk (value.text, "#\"'") || strpbrk (value.text, " \t"))
        snprintf (text, RAP_OPTION_TEXT_MAX, strchr (value.text, '"') ? "'%.1000s'" : "\"%.1000s\"", value.text);
    else
        snprintf (text, RAP_OPTION_TEXT_MAX, "%.1000s", value.text);
    return text;
}

static unsigned least (unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned rap_option_distance (const char *a, const char *b)
{
    unsigned row[RAP_CONFIG_NAME_MAX + 1];
    size_t len = strlen (b);
    if (len > RAP_CONFIG_NAME_MAX)
        return UINT32_MAX;
    for (size_t j = 0; j <= len; j++)
        row[j] = (unsigned)j;
    for (unsigned i = 1; *a; a++, i++) {
        unsigned corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            unsigned above = row[j];
            row[j] = least (least (above, row[j - 1]) + 1, corner + (*a != b[j - 1]));
            corner = above;
        }
    }
    return row[len];
}
