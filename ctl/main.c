//  rapporteur: the command. One file a verb; this one finds the verb.
#include <stdio.h>

#include "rapporteur/version.h"

int main (int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        printf ("rapporteur %s\n", RAPPORTEUR_VERSION);
    return argc > 1 ? 0 : 2;
}
