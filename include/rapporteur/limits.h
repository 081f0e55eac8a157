/*  limits: every bound on foreign input, in one place.
 *
 *  A thing beyond its bound is refused by name with the bound in the reason;
 *  nothing is cut silently.                                                  */
#ifndef RAPPORTEUR_LIMITS_H
#define RAPPORTEUR_LIMITS_H

enum {
    RAP_DOCUMENT_BYTES_MAX = 256 * 1024 * 1024, //  a document as taken
    RAP_DOCUMENT_CHUNKS_MAX = (1 << 20) - 1,    //  chunks a document; 20 bits in chunk_id
    RAP_CHUNK_TEXT_MAX = 64 * 1024,             //  bytes of a chunk's text; longer is split at a sentence
    RAP_CHUNK_SECTIONS_MAX = 64,                //  headings kept above a chunk
    RAP_CHUNK_MARKS_MAX = 4096,                 //  footnote marks in a chunk
    RAP_CHUNK_EMPHASIS_MAX = 256,               //  emphasized spans in a chunk; further ones do not travel
    RAP_CHUNK_BODIES_MAX = 16,                  //  bodies last named that travel with a chunk
    RAP_SECTION_DEPTH_MAX = 4096,               //  headings nested deeper are refused
    RAP_SHORT_TEXT_MAX = 4096,                  //  any other text field on the wire, bytes
    RAP_MESSAGE_BYTES_MAX = 1024 * 1024,        //  a wire message
    RAP_BATCH_CHUNKS_MAX = 256,                 //  chunks a batch
    RAP_BATCH_BYTES_MAX = 256 * 1024,           //  encoded chunks a batch (one chunk alone may exceed it)
    RAP_WIRE_DEPTH_MAX = 16,                    //  nesting of a wire message
    RAP_FINDINGS_MAX = 8192,                    //  findings a chunk
    RAP_PIECE_BYTES_MAX = 512 * 1024,           //  a piece of a document under submission
};

#endif
