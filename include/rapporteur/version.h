/*  version: of the program, and of what its results depend on.              */
#ifndef RAPPORTEUR_VERSION_H
#define RAPPORTEUR_VERSION_H

#define RAPPORTEUR_VERSION "0.1.0"

//  Changes whenever the reader or the segmenter may split a document otherwise.
#define RAPPORTEUR_SPLITTER "2"

#endif
