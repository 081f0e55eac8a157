//  docx_sign: the font Symbol as its encoding has it; of others, what Unicode says.
#include "docx_sign.h"

#include <stdint.h>

//  Symbol's places 0x20 to 0xFE that stand for something else than in ASCII.
static const struct {
    unsigned char place;
    const char *sign;
} symbols[] = {
    {0x22, "\xE2\x88\x80"}, {0x24, "\xE2\x88\x83"}, {0x2A, "*"},
    {0x2D, "\xE2\x88\x92"}, {0x40, "\xE2\x89\x85"}, {0x41, "\xCE\x91"},
    {0x42, "\xCE\x92"},     {0x43, "\xCE\xA7"},     {0x44, "\xCE\x94"},
    {0x45, "\xCE\x95"},     {0x46, "\xCE\xA6"},     {0x47, "\xCE\x93"},
    {0x48, "\xCE\x97"},     {0x49, "\xCE\x99"},     {0x4B, "\xCE\x9A"},
    {0x4C, "\xCE\x9B"},     {0x4D, "\xCE\x9C"},     {0x4E, "\xCE\x9D"},
    {0x4F, "\xCE\x9F"},     {0x50, "\xCE\xA0"},     {0x51, "\xCE\x98"},
    {0x52, "\xCE\xA1"},     {0x53, "\xCE\xA3"},     {0x54, "\xCE\xA4"},
    {0x55, "\xCE\xA5"},     {0x57, "\xCE\xA9"},     {0x58, "\xCE\x9E"},
    {0x59, "\xCE\xA8"},     {0x5A, "\xCE\x96"},     {0x61, "\xCE\xB1"},
    {0x62, "\xCE\xB2"},     {0x63, "\xCF\x87"},     {0x64, "\xCE\xB4"},
    {0x65, "\xCE\xB5"},     {0x66, "\xCF\x86"},     {0x67, "\xCE\xB3"},
    {0x68, "\xCE\xB7"},     {0x69, "\xCE\xB9"},     {0x6B, "\xCE\xBA"},
    {0x6C, "\xCE\xBB"},     {0x6D, "\xCE\xBC"},     {0x6E, "\xCE\xBD"},
    {0x6F, "\xCE\xBF"},     {0x70, "\xCF\x80"},     {0x71, "\xCE\xB8"},
    {0x72, "\xCF\x81"},     {0x73, "\xCF\x83"},     {0x74, "\xCF\x84"},
    {0x75, "\xCF\x85"},     {0x77, "\xCF\x89"},     {0x78, "\xCE\xBE"},
    {0x79, "\xCF\x88"},     {0x7A, "\xCE\xB6"},     {0xA2, "\xE2\x80\xB2"},
    {0xA3, "\xE2\x89\xA4"}, {0xA5, "\xE2\x88\x9E"}, {0xB0, "\xC2\xB0"},
    {0xB1, "\xC2\xB1"},     {0xB2, "\xE2\x80\xB3"}, {0xB3, "\xE2\x89\xA5"},
    {0xB4, "\xC3\x97"},     {0xB7, "\xE2\x80\xA2"}, {0xB8, "\xC3\xB7"},
    {0xB9, "\xE2\x89\xA0"}, {0xBB, "\xE2\x89\x88"}, {0xBC, "\xE2\x80\xA6"},
    {0xD2, "\xC2\xAE"},     {0xD3, "\xC2\xA9"},     {0xD4, "\xE2\x84\xA2"},
    {0xE2, "\xC2\xAE"},     {0xE3, "\xC2\xA9"},     {0xE4, "\xE2\x84\xA2"},
};

static uint32_t hexadecimal (rap_text_t code)
{
    uint32_t value = 0;
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                : 16;
        if (digit == 16 || code.len > 6)
            return 0;
        value = value * 16 + digit;
    }
    return value;
}

static rap_text_t encoded (uint32_t point, char room[4])
{
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len; i-- > 1; point >>= 6)
        room[i] = (char)(0x80 | (point & 0x3F));
    room[0] = (char)(leads[len] | point);
    return rap_text_of (room, len);
}

rap_text_t rap_docx_sign (rap_text_t font, rap_text_t code, char room[4])
{
    uint32_t point = hexadecimal (code);
    bool private = point >= 0xF000 && point <= 0xF0FF;
    if (private || (point && point < 0x100)) {
        uint32_t place = point & 0xFF;
        bool symbol = rap_text_equal (font, RAP_TEXT ("Symbol"));
        for (size_t i = 0; symbol && i < sizeof symbols / sizeof *symbols; i++)
            if (symbols[i].place == place)
                return rap_text (symbols[i].sign);
        //  Letters of other fonts of signs are pictures.
        bool letter = place >= 0x20 && place < 0x7F && (symbol || !private);
        return letter ? encoded (place, room) : RAP_TEXT ("");
    }
    bool character = point >= 0xA0 && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xF8FF);
    return character ? encoded (point, room) : RAP_TEXT ("");
}
