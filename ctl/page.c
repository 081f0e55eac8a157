//  page: one request a connection; bounded in size and time.
#include "page.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 512 * 1024, NAME_BYTES_MAX = 256 };

static void bound_time (int fd, int64_t seconds)
{
    struct timeval time = {.tv_sec = seconds};
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time); //  of connect, too
}

static int connect_unix (const char *path, int64_t seconds)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof name.sun_path)
        return -1;
    memcpy (name.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bound_time (fd, seconds);
    if (connect (fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close (fd);
    return -1;
}

//  HOST:PORT or [HOST]:PORT, with or without http:// before it and a path after it.
static int connect_tcp (const char *url, int64_t seconds)
{
    char name[NAME_BYTES_MAX];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (strncmp (url, "http://", 7) == 0)
        url += 7;
    int len = snprintf (name, sizeof name, "%.*s", (int)strcspn (url, "/"), url);
    char *colon = strrchr (name, ':'), *host = name;
    if (len >= (int)sizeof name || !colon)
        return -1;
    *colon = 0;
    if (*host == '[' && colon[-1] == ']') {
        host++;
        colon[-1] = 0;
    }
    if (getaddrinfo (host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = -1;
    for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket (at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bound_time (fd, seconds);
        if (fd >= 0 && connect (fd, at->ai_addr, at->ai_addrlen) != 0) {
            close (fd);
            fd = -1;
        }
    }
    freeaddrinfo (found);
    return fd;
}

char *rap_page_get (const char *url, const char *path, int64_t timeout_s, int *status, rap_reason_t *reason)
{
    char request[128], *answer;
    bool is_unix = strncmp (url, "unix:", 5) == 0;
    int fd = is_unix ? connect_unix (url + 5, timeout_s) : connect_tcp (url, timeout_s);
    if (fd < 0) {
        rap_refuse (reason, "%s: nobody answers there", url);
        return NULL;
    }
    int len = snprintf (request, sizeof request, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    size_t got = 0;
    if (!(answer = malloc (ANSWER_MAX)))
        abort ();
    if (send (fd, request, (size_t)len, MSG_NOSIGNAL) == len)
        for (ssize_t part; got < ANSWER_MAX - 1 && (part = recv (fd, answer + got, ANSWER_MAX - 1 - got, 0)) > 0;)
            got += (size_t)part;
    close (fd);
    answer[got] = 0;
    char *body = strstr (answer, "\r\n\r\n");
    if (strncmp (answer, "HTTP/1.", 7) != 0 || !body) {
        rap_refuse (reason, "%s: no answer within %lld s", url, (long long)timeout_s);
        free (answer);
        return NULL;
    }
    *status = (int)strtol (answer + strcspn (answer, " "), NULL, 10);
    memmove (answer, body + 4, strlen (body + 4) + 1);
    return answer;
}
