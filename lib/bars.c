//  bars: the filter, the rules for files and ports, the user.
#include "rapporteur/bars.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rapporteur/endpoint.h"
#include "rapporteur/log.h"

enum { PLACES_MAX = 64, PORTS_MAX = 16, DNS_PORT = 53, FILES_WANTED = 65536 };

//  Sanitizers clone themselves to look for leaks, and start a program that finds names.
#ifdef RAP_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

typedef struct {
    char *path;
    rap_reach_t how;
} place_t;

static struct {
    place_t places[PLACES_MAX];
    size_t places_count;
    uint16_t ports[PORTS_MAX];
    size_t ports_count;
    bool any_port; //  of an address whose port is not a number
    bool open;     //  the operator wants no bars
    bool closed;
} registered;

//  --- registering ---------------------------------------------------------------

//  Its folder, by the file itself where that is a link to one elsewhere.
static char *folder_of (const char *path)
{
    char *real = realpath (path, NULL);
    const char *whole = real ? real : path, *slash = strrchr (whole, '/');
    char *folder = slash ? strndup (whole, slash == whole ? 1 : (size_t)(slash - whole)) : strdup (".");
    free (real);
    return folder;
}

void rap_bars_reach (const char *path, rap_reach_t how)
{
    if (!path || registered.places_count == PLACES_MAX)
        return;
    char *copy = how == RAP_REACH_CHANGE_BESIDE ? folder_of (path) : strdup (path);
    if (!copy)
        abort ();
    registered.places[registered.places_count++] =
        (place_t){.path = copy, .how = how == RAP_REACH_CHANGE_BESIDE ? RAP_REACH_CHANGE : how};
}

static void register_address (const char *address, bool listens)
{
    if (strncmp (address, "ipc://", 6) == 0) {
        if (listens && address[6] != '@')
            rap_bars_reach (address + 6, RAP_REACH_CHANGE_BESIDE);
        return;
    }
    const char *colon = strrchr (address, ':');
    char *end = NULL;
    long port = colon ? strtol (colon + 1, &end, 10) : 0;
    if (port <= 0 || port > UINT16_MAX || (end && *end) || registered.ports_count == PORTS_MAX)
        registered.any_port = true;
    else
        registered.ports[registered.ports_count++] = (uint16_t)port;
}

void rap_bars_address (const char *address, bool listens)
{
    for (const char *next; address; address = next) {
        next = rap_endpoint_next_address (address);
        char *one = strndup (address, next ? (size_t)(next - address) - 1 : strlen (address));
        if (!one)
            abort ();
        register_address (one, listens);
        free (one);
    }
}

void rap_bars_leave_open (void)
{
    registered.open = true;
}

//  --- limits ----------------------------------------------------------------------

void rap_bars_limit (int what, rlim_t most, rlim_t hard)
{
    struct rlimit limit = {most, hard};
    setrlimit ((__rlimit_resource_t)what, &limit);
}

#ifndef RAP_SANITIZED
//  A lower limit of the operator's stays.
static void limit_to (int what, rlim_t most)
{
    struct rlimit is;
    if (getrlimit ((__rlimit_resource_t)what, &is) == 0 && is.rlim_cur > most)
        rap_bars_limit (what, most, is.rlim_max > most ? most : is.rlim_max);
}

//  Bytes of address space that the process has now.
static uint64_t memory_now (void)
{
    char line[128] = "";
    FILE *file = fopen ("/proc/self/statm", "re");
    if (file && !fgets (line, sizeof line, file))
        line[0] = 0;
    if (file)
        fclose (file);
    unsigned long pages = strtoul (line, NULL, 10);
    return (uint64_t)pages * (uint64_t)sysconf (_SC_PAGESIZE);
}
#endif

//  Shells and services are often started with 1,024 where they may have more; each worker
//  that calls is one.
static void raise_files (void)
{
    struct rlimit files;
    if (getrlimit (RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES_WANTED)
        return;
    files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
    setrlimit (RLIMIT_NOFILE, &files);
}

static void set_limits (const rap_bars_t *what)
{
    rap_bars_limit (RLIMIT_CORE, 0, 0);
#ifndef RAP_SANITIZED //  which need more of both than they use
    uint64_t now = what->memory_more ? memory_now () : 0;
    if (now)
        limit_to (RLIMIT_AS, now + what->memory_more);
    if (what->files_max)
        limit_to (RLIMIT_NOFILE, what->files_max);
#else
    (void)what;
#endif
}

//  --- system calls ------------------------------------------------------------------

//  What none of our processes needs, whatever it does.
static const char *const refused_to_all[] = {
#ifndef RAP_SANITIZED //  who looks for leaks traces itself
    "ptrace", "personality",
#endif
    "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "kcmp",
    //  file systems
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
    "fspick", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd", "mknod", "mknodat",
    "open_by_handle_at", "name_to_handle_at", "fanotify_init",
    //  the kernel
    "bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load", "init_module", "finit_module",
    "delete_module", "create_module", "reboot", "syslog", "acct", "lookup_dcookie", "nfsservctl", "uselib", "_sysctl",
    "sysfs", "vhangup", "ioperm", "iopl", "modify_ldt", "vm86", "vm86old", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "move_pages", "migrate_pages",
    //  keys
    "add_key", "request_key", "keyctl",
    //  users and namespaces
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
    "capset", "unshare", "setns",
    //  clock and name
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname", "setdomainname"};

static const char *const programs[] = {"execve", "execveat"};
static const char *const processes[] = {"fork", "vfork"};
static const char *const serving[] = {"listen", "accept", "accept4"};
static const char *const sockets[] = {"socket", "connect", "bind"};

#define COUNT(list) (sizeof (list) / sizeof *(list))

//  Answers how many there were; not every machine has every call.
static uint32_t refuse (scmp_filter_ctx filter, const char *const *names, size_t count)
{
    uint32_t refused = 0;
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name (names[i]);
        if (number >= 0 && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), number, 0) == 0)
            refused++;
    }
    return refused;
}

//  Calls that are refused with some arguments only.
static uint32_t refuse_partly (scmp_filter_ctx filter)
{
    static const uint64_t spaces[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,          CLONE_NEWUSER,
                                      CLONE_NEWPID, CLONE_NEWNET, UINT64_C (0x02000000), UINT64_C (0x00000080)};
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    uint32_t action = SCMP_ACT_ERRNO (EPERM), done = 0;
    for (size_t i = 0; i < COUNT (spaces); i++) //  of them the last two: NEWCGROUP, NEWTIME
        done +=
            seccomp_rule_add (filter, action, SCMP_SYS (clone), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]))
            == 0;
    //  Its arguments lie in memory, where no filter looks: the C library falls back on clone.
    done += seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0) == 0;
    done += seccomp_rule_add (filter, action, SCMP_SYS (mmap), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, both, both)) == 0;
    done += seccomp_rule_add (filter, action, SCMP_SYS (mprotect), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, both, both)) == 0;
    done += seccomp_rule_add (filter, action, SCMP_SYS (ioctl), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI))
            == 0;
    done +=
        seccomp_rule_add (filter, action, SCMP_SYS (ioctl), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCLINUX))
        == 0;
    //  Raw and packet sockets, and families that nobody here speaks.
    done += seccomp_rule_add (filter, action, SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_GT, AF_NETLINK, 0)) == 0;
    for (unsigned family = 3; family < AF_NETLINK; family++)
        if (family != AF_INET6)
            done += seccomp_rule_add (filter, action, SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_EQ, family, 0)) == 0;
    return done;
}

//  A process, as opposed to a thread.
static uint32_t refuse_processes (scmp_filter_ctx filter)
{
    const uint64_t thread = 0x00010000; //  CLONE_THREAD
    uint32_t done = refuse (filter, processes, COUNT (processes));
    done += seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                              SCMP_A0 (SCMP_CMP_MASKED_EQ, thread, 0))
            == 0;
    return done;
}

//  Rules in force by a filter of what is not needed; 0: the kernel takes none.
static uint32_t close_calls (unsigned needs, bool all)
{
    uint32_t rules = 0;
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    if (!filter)
        return 0;
    seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
#ifdef SCMP_FLTATR_CTL_OPTIMIZE
    seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
#endif
    if (all)
        rules += refuse (filter, refused_to_all, COUNT (refused_to_all)) + refuse_partly (filter);
    if (!(needs & RAP_NEEDS_PROGRAMS) && !SANITIZED)
        rules += refuse (filter, programs, COUNT (programs));
    if (!(needs & RAP_NEEDS_PROCESSES) && !SANITIZED)
        rules += refuse_processes (filter);
    if (!(needs & RAP_NEEDS_SERVING))
        rules += refuse (filter, serving, COUNT (serving));
    if (!(needs & RAP_NEEDS_NETWORK))
        rules += refuse (filter, sockets, COUNT (sockets));
    int loaded = seccomp_load (filter);
    seccomp_release (filter);
    return loaded == 0 ? rules : 0;
}

bool rap_bars_export (void *filter, void *code, size_t *len)
{
    int fd = memfd_create ("filter", MFD_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = seccomp_export_bpf (filter, fd) == 0 ? pread (fd, code, *len, 0) : -1;
    close (fd);
    if (got <= 0 || (size_t)got == *len)
        return false;
    *len = (size_t)got;
    return true;
}

//  --- files and ports -----------------------------------------------------------------
//  As the kernel's header defines them; that of the system may be older than the kernel.

enum { ABI_LEAST = 2 }; //  the first that lets a file move from one folder to another

#define FS_REFER (UINT64_C (1) << 13)     //  since 2
#define FS_TRUNCATE (UINT64_C (1) << 14)  //  since 3
#define FS_IOCTL_DEV (UINT64_C (1) << 15) //  since 5
#define NET_BIND UINT64_C (1)             //  since 4
#define NET_CONNECT UINT64_C (2)          //  since 4
#define SCOPE_SIGNAL UINT64_C (2)         //  since 6

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_RUN (FS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_ALL ((UINT64_C (1) << 13) - 1)
#define FS_CHANGE                                                                                                    \
    (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE        \
     | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | FS_REFER           \
     | FS_TRUNCATE)
#define FS_OF_FILE                                                                                                   \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE         \
     | FS_IOCTL_DEV)

typedef struct {
    uint64_t files, net, scope;
} rules_t;

typedef struct {
    uint64_t allowed, port;
} port_rule_t;

static void allow_place (int rules, uint64_t handled, const char *path, uint64_t allowed)
{
    struct stat is;
    struct landlock_path_beneath_attr rule = {.parent_fd = open (path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return;
    if (fstat (rule.parent_fd, &is) == 0) {
        rule.allowed_access = allowed & handled & (S_ISDIR (is.st_mode) ? UINT64_MAX : FS_OF_FILE);
        syscall (SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close (rule.parent_fd);
}

static void allow_places (int rules, uint64_t handled, unsigned needs)
{
    static const char *const system[] = {"/usr", "/lib",  "/lib32", "/lib64", "/bin",
                                         "/etc", "/proc", "/dev",   "/sys",   "/opt"};
    uint64_t run = needs & RAP_NEEDS_PROGRAMS ? FS_RUN : FS_READ;
    for (size_t i = 0; i < COUNT (system); i++)
        allow_place (rules, handled, system[i], run);
    allow_place (rules, handled, "/dev/null", FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
    for (size_t i = 0; i < registered.places_count; i++) {
        const place_t *place = &registered.places[i];
        uint64_t allowed = place->how == RAP_REACH_CHANGE && (needs & RAP_NEEDS_CHANGES) ? FS_CHANGE
                           : place->how == RAP_REACH_RUN                                 ? run
                           : place->how == RAP_REACH_READ_FIRST && !registered.closed    ? FS_READ
                           : place->how == RAP_REACH_READ                                ? FS_READ
                                                                                         : 0;
        if (allowed)
            allow_place (rules, handled, place->path, allowed);
    }
}

static void allow_port (int rules, uint16_t port)
{
    enum { RULE_NET_PORT = 2 };
    port_rule_t rule = {.allowed = NET_CONNECT, .port = port};
    syscall (SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0);
}

static uint64_t handled_net (unsigned needs, long abi)
{
    if (abi < 4)
        return 0;
    if (!(needs & RAP_NEEDS_NETWORK))
        return NET_BIND | NET_CONNECT;
    return (needs & RAP_NEEDS_SERVING ? 0 : NET_BIND) | (registered.any_port ? 0 : NET_CONNECT);
}

//  The kernel's version of Landlock, if in force; 0 if not.
static long close_files (unsigned needs)
{
    long abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < ABI_LEAST)
        return 0;
    rules_t wanted = {.files = FS_ALL | FS_REFER | (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0),
                      .net = handled_net (needs, abi),
                      .scope = abi >= 6 ? SCOPE_SIGNAL : 0};
    size_t size = abi >= 6 ? sizeof wanted : abi >= 4 ? sizeof wanted - sizeof wanted.scope : sizeof wanted.files;
    int rules = (int)syscall (SYS_landlock_create_ruleset, &wanted, size, 0);
    if (rules < 0)
        return 0;
    allow_places (rules, wanted.files, needs);
    if ((wanted.net & NET_CONNECT) && (needs & RAP_NEEDS_NETWORK)) {
        for (size_t i = 0; i < registered.ports_count; i++)
            allow_port (rules, registered.ports[i]);
        if (registered.ports_count) //  a long answer to a question for a name
            allow_port (rules, DNS_PORT);
    }
    long in_force = syscall (SYS_landlock_restrict_self, rules, 0) == 0 ? abi : 0;
    close (rules);
    return in_force;
}

//  --- all of it -------------------------------------------------------------------------

void rap_bars_close (const rap_bars_t *what)
{
    char user[24], calls[24] = "no", files[24] = "no", memory[24] = "any", open_files[24];
    struct rlimit limit;
    if (!what->files_max)
        raise_files ();
    if (registered.open) {
        rap_log (what->quiet ? RAP_LOG_DEBUG : RAP_LOG_WARN, "process.unconfined", "process", what->who, "reason",
                 "--unconfined", NULL);
        return;
    }
    bool no_more = prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    set_limits (what);
    long abi = close_files (what->needs);
    uint32_t rules = close_calls (what->needs, !registered.closed);
    registered.closed = true;
    if (abi)
        snprintf (files, sizeof files, "%ld", abi);
    if (rules)
        snprintf (calls, sizeof calls, "%" PRIu32, rules);
    if (getrlimit (RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        snprintf (memory, sizeof memory, "%" PRIu64 "M", (uint64_t)limit.rlim_cur >> 20);
    getrlimit (RLIMIT_NOFILE, &limit);
    snprintf (open_files, sizeof open_files, "%" PRIu64, (uint64_t)limit.rlim_cur);
    snprintf (user, sizeof user, "%u", (unsigned)geteuid ());
    rap_log (what->quiet    ? RAP_LOG_DEBUG
             : abi && rules ? RAP_LOG_INFO
                            : RAP_LOG_WARN,
             "process.confined", "process", what->who, "uid", user, "no_new_privs", no_more ? "yes" : "no",
             "seccomp_rules", calls, "landlock", files, "memory", memory, "descriptors", open_files, "core", "no",
             NULL);
}

void rap_bars_alone (void)
{
    if (registered.closed)
        close_calls (RAP_NEEDS_SERVING | RAP_NEEDS_NETWORK, false);
}

//  --- users -------------------------------------------------------------------------------

static void drop_capabilities (void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned long capability = 0; prctl (PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;)
        capability++;
    syscall (SYS_capset, &head, none);
}

static rap_status_t become (const struct passwd *who, rap_reason_t *reason)
{
    if (initgroups (who->pw_name, who->pw_gid) != 0 || setresgid (who->pw_gid, who->pw_gid, who->pw_gid) != 0
        || setresuid (who->pw_uid, who->pw_uid, who->pw_uid) != 0)
        return rap_refuse (reason, "cannot become %s: %s", who->pw_name, strerror (errno));
    if (who->pw_uid != 0 && setuid (0) == 0)
        return rap_refuse (reason, "became %s, but could be root again", who->pw_name);
    return RAP_OK;
}

rap_status_t rap_bars_become (const char *user, rap_reason_t *reason)
{
    if (!user && geteuid () == 0)
        user = getenv ("RAPPORTEUR_USER");
    if (user && !*user)
        user = NULL;
    if (!user && geteuid () == 0) {
        rap_log (RAP_LOG_WARN, "process.root", "advice",
                 "--user NAME has it become a user of its own; as root it goes on without capabilities", NULL);
        drop_capabilities ();
    }
    if (!user)
        return RAP_OK;
    // cppcheck-suppress getpwnamCalled ; one thread
    const struct passwd *who = getpwnam (user);
    if (!who)
        return rap_refuse (reason, "there is no user '%s'", user);
    if (geteuid () != 0)
        return who->pw_uid == geteuid ()
                   ? RAP_OK
                   : rap_refuse (reason, "only root can become another user; it was not started as root, nor as '%s'",
                                 user);
    if (who->pw_uid != 0 && become (who, reason) != RAP_OK)
        return RAP_REFUSED;
    drop_capabilities ();
    return RAP_OK;
}
