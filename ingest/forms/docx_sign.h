/*  docx_sign: letters of fonts that have signs in the places of letters.       */
#ifndef RAPPORTEUR_INGEST_DOCX_SIGN_H
#define RAPPORTEUR_INGEST_DOCX_SIGN_H

#include "rapporteur/text.h"

//  What w:sym prints: `code` in hexadecimal, as the file has it; empty if it is no
//  character that a text can have. At most 4 bytes, in `room` or a literal.
rap_text_t rap_docx_sign (rap_text_t font, rap_text_t code, char room[4]);

#endif
