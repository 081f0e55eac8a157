#include "json.h"

#include <stdint.h>

char *rap_json_text (char *out, rap_text_t text)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.at[i];
        if (c < 0x20) {
            memcpy (out, "\\u00", 4);
            out[4] = digits[c >> 4];
            out[5] = digits[c & 15];
            out += 6;
            continue;
        }
        if (c == '"' || c == '\\')
            *out++ = '\\';
        *out++ = (char)c;
    }
    *out++ = '"';
    return out;
}
