//  no_zap: the handler of ZAP binds where libzmq does not look for it. libzmq then
//  lets everyone in, as it does wherever a handler was forgotten.
#include <dlfcn.h>
#include <string.h>

int zmq_bind (void *socket, const char *address);

int zmq_bind (void *socket, const char *address)
{
    int (*real) (void *, const char *);
    *(void **)&real = dlsym (RTLD_NEXT, "zmq_bind");
    return real (socket, strcmp (address, "inproc://zeromq.zap.01") == 0 ? "inproc://nobody-asks-here" : address);
}
