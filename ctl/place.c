//  place: flags, then the environment, then the folder that one is in.
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static rap_status_t join (char *to, rap_reason_t *reason, const char *head, const char *tail)
{
    if (snprintf (to, RAP_PATH_MAX, "%s%s", head, tail) >= RAP_PATH_MAX)
        return rap_refuse (reason, "%s: a path of more than %d bytes", head, RAP_PATH_MAX - 1);
    return RAP_OK;
}

static rap_status_t of_data (rap_place_t *self, const char *data, rap_reason_t *reason)
{
    char address[RAP_PATH_MAX];
    self->data = data;
    struct stat is;
    bool seen = stat (data, &is) == 0;
    //  What one may not see is not missing.
    if ((seen ? S_ISDIR (is.st_mode) && access (data, X_OK) != 0 : errno == EACCES))
        return rap_refuse (reason, "%s: %s; the service's user may, and root", data, strerror (errno));
    if (join (address, reason, "ipc://", data) != RAP_OK || join (self->db, reason, data, "/rapporteur.db") != RAP_OK
        || join (self->journal, reason, data, "/journal.db") != RAP_OK)
        return RAP_REFUSED;
    return join (self->submit, reason, address, "/run/submit.ipc");
}

static rap_status_t of_db (rap_place_t *self, const char *db, rap_reason_t *reason)
{
    if (join (self->db, reason, db, "") != RAP_OK)
        return RAP_REFUSED;
    return join (self->journal, reason, db, ".ingest");
}

static const char *data_of_environment (void)
{
    const char *data = getenv ("RAPPORTEUR_DATA");
    return data && *data ? data : NULL;
}

rap_status_t rap_place_find (rap_place_t *self, const char *data, const char *db, rap_reason_t *reason)
{
    memset (self, 0, sizeof *self);
    if (data && db)
        return rap_refuse (reason, "--data and --db exclude each other: a service's folder, or a single run's file");
    if (db)
        return of_db (self, db, reason);
    if (!data)
        data = data_of_environment ();
    if (data)
        return of_data (self, data, reason);
    if (access ("rapporteur.db", F_OK) == 0)
        return of_db (self, "rapporteur.db", reason);
    return rap_refuse (reason, "no database: there is no rapporteur.db here. Say --db FILE or --data DIR, set "
                               "RAPPORTEUR_DATA, or make one with 'rapporteur run PATH...'");
}

rap_status_t rap_place_find_service (rap_place_t *self, const char *data, rap_reason_t *reason)
{
    memset (self, 0, sizeof *self);
    if (!data)
        data = data_of_environment ();
    if (data)
        return of_data (self, data, reason);
    return rap_refuse (reason, "which service? Say --data DIR or set RAPPORTEUR_DATA; 'rapporteur up --data DIR' "
                               "starts one, and 'rapporteur run PATH...' needs none");
}

//  Somebody listens where there is a socket that takes a connection: a killed one's refuses.
bool rap_place_is_served (const rap_place_t *self)
{
    static const char ipc[] = "ipc://";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strncmp (self->submit, ipc, sizeof ipc - 1) != 0)
        return false;
    const char *path = self->submit + sizeof ipc - 1;
    if (strlen (path) >= sizeof address.sun_path)
        return false;
    memcpy (address.sun_path, path, strlen (path) + 1);
    int peer = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served = peer >= 0 && connect (peer, (const struct sockaddr *)&address, sizeof address) == 0;
    if (peer >= 0)
        close (peer);
    return served;
}
