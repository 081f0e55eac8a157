//  keys: files of keys, read as what anybody may have put there.
#include "rapporteur/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "rapporteur/hash.h"

enum { PATH_SIZE = 4096, KEY_BYTES = 32 };

static const char secret_end[] = ".secret", public_end[] = ".public";

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- names -------------------------------------------------------------------

static const char *const roles[RAP_ROLES] = {"ingest", "sink", "worker", "submitter", "reader"};

const char *rap_role_name (rap_role_t role)
{
    return roles[role];
}

bool rap_role_of (rap_text_t name, rap_role_t *role)
{
    for (int i = 0; i < RAP_ROLES; i++)
        if (rap_text_equal (name, rap_text (roles[i]))) {
            *role = (rap_role_t)i;
            return true;
        }
    return false;
}

bool rap_key_name_is_good (const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t len = strspn (name, good);
    return len > 0 && len <= RAP_KEY_NAME_MAX && !name[len] && *name != '.';
}

//  --- one file ----------------------------------------------------------------

//  Z85 of 32 bytes.
static bool is_key (rap_text_t text)
{
    static const char digits[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    char string[RAP_KEY_SIZE];
    uint8_t bytes[KEY_BYTES];
    if (text.len != RAP_KEY_SIZE - 1)
        return false;
    memcpy (string, text.at, text.len);
    string[text.len] = 0;
    bool good = strspn (string, digits) == text.len && zmq_z85_decode (bytes, string) != NULL;
    sodium_memzero (string, sizeof string);
    sodium_memzero (bytes, sizeof bytes);
    return good;
}

//  Cuts `key = "value"` in two; false if it is none.
static bool cut_pair (rap_text_t line, rap_text_t *key, rap_text_t *value)
{
    const char *equals = memchr (line.at, '=', line.len);
    if (!equals)
        return false;
    *key = rap_text_trim (rap_text_of (line.at, (size_t)(equals - line.at)));
    *value = rap_text_trim (rap_text_from (line, (size_t)(equals - line.at) + 1));
    if (value->len < 2 || value->at[0] != '"' || value->at[value->len - 1] != '"')
        return false;
    *value = rap_text_of (value->at + 1, value->len - 2);
    return !memchr (value->at, '"', value->len);
}

static rap_status_t take_key (char into[RAP_KEY_SIZE], rap_text_t name, rap_text_t value, rap_reason_t *reason)
{
    if (*into)
        return rap_refuse (reason, "a second %.*s", (int)name.len, name.at);
    if (!is_key (value))
        return rap_refuse (reason, "%.*s is not a key of 40 digits in Z85", (int)name.len, name.at);
    memcpy (into, value.at, RAP_KEY_SIZE - 1);
    return RAP_OK;
}

typedef struct {
    rap_key_t *key;
    bool has_role;
} reading_t;

static rap_status_t take_line (reading_t *self, rap_text_t line, rap_reason_t *reason)
{
    rap_text_t name, value;
    line = rap_text_trim (line);
    if (!line.len || line.at[0] == '#' || rap_text_equal (line, RAP_TEXT ("metadata"))
        || rap_text_equal (line, RAP_TEXT ("curve")))
        return RAP_OK;
    if (!cut_pair (line, &name, &value))
        return rap_refuse (reason, "not a line 'name = \"value\"'");
    if (rap_text_equal (name, RAP_TEXT ("public-key")))
        return take_key (self->key->public_key, name, value, reason);
    if (rap_text_equal (name, RAP_TEXT ("secret-key")))
        return take_key (self->key->secret_key, name, value, reason);
    if (!rap_text_equal (name, RAP_TEXT ("role")))
        return rap_refuse (reason, "only role, public-key and secret-key are known");
    if (self->has_role)
        return rap_refuse (reason, "a second role");
    self->has_role = true;
    if (!rap_role_of (value, &self->key->role))
        return rap_refuse (reason, "no such role; there are ingest, sink, worker, submitter and reader");
    return RAP_OK;
}

//  The public key must be the one that belongs to the secret key, if that is there.
static rap_status_t check_pair (const reading_t *self, rap_reason_t *reason)
{
    char belongs[RAP_KEY_SIZE];
    if (!self->has_role)
        return rap_refuse (reason, "no role is stated");
    if (!*self->key->public_key)
        return rap_refuse (reason, "no public-key is stated");
    if (!*self->key->secret_key)
        return RAP_OK;
    if (zmq_curve_public (belongs, self->key->secret_key) != 0)
        return rap_fail (reason, "libzmq was built without CURVE");
    return strcmp (belongs, self->key->public_key) == 0
               ? RAP_OK
               : rap_refuse (reason, "public-key does not belong to secret-key");
}

rap_status_t rap_key_parse (rap_key_t *self, rap_text_t file, rap_reason_t *reason)
{
    reading_t reading = {.key = self};
    rap_reason_t why;
    memset (self, 0, sizeof *self);
    if (file.len > RAP_KEY_FILE_MAX)
        return rap_refuse (reason, "more than the %d bytes that a file with a key may have", RAP_KEY_FILE_MAX);
    for (size_t i = 0; i < file.len; i++)
        if ((file.at[i] < ' ' || file.at[i] > '~') && !(file.at[i] && strchr ("\t\r\n", file.at[i])))
            return rap_refuse (reason, "a byte that is not printable ASCII at %zu", i);
    for (unsigned number = 1; file.len; number++) {
        const char *end = memchr (file.at, '\n', file.len);
        size_t len = end ? (size_t)(end - file.at) : file.len;
        if (take_line (&reading, rap_text_of (file.at, len), &why) != RAP_OK)
            return rap_refuse (reason, "line %u: %s", number, why.text);
        file = rap_text_from (file, end ? len + 1 : len);
    }
    return check_pair (&reading, reason);
}

rap_status_t rap_key_make (rap_key_t *self, const char *name, rap_role_t role, rap_reason_t *reason)
{
    memset (self, 0, sizeof *self);
    if (!rap_key_name_is_good (name))
        return rap_refuse (reason, "'%.80s' is no name for a key: 1 to %d letters, digits, '-', '_' and '.'", name,
                           RAP_KEY_NAME_MAX);
    memcpy (self->name, name, strlen (name) + 1);
    self->role = role;
    return zmq_curve_keypair (self->public_key, self->secret_key) == 0
               ? RAP_OK
               : rap_fail (reason, "no keys: %s", zmq_strerror (errno));
}

//  --- writing -----------------------------------------------------------------

static rap_status_t make_folder (const char *path, mode_t mode, rap_reason_t *reason)
{
    struct stat about;
    if (mkdir (path, mode) == 0)
        return RAP_OK;
    if (errno != EEXIST)
        return rap_refuse (reason, "%s: cannot be made: %s", path, strerror (errno));
    if (stat (path, &about) != 0 || !S_ISDIR (about.st_mode))
        return rap_refuse (reason, "%s: is there, but is no folder", path);
    return RAP_OK;
}

//  What is there is never written over: a lost secret cannot be had again.
static rap_status_t write_file (const char *path, mode_t mode, const char *text, rap_reason_t *reason)
{
    int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    size_t len = strlen (text);
    if (fd < 0 && errno == EEXIST)
        return rap_refuse (reason, "%s: is there already; a new key needs another name, or that one taken away",
                           path);
    if (fd < 0)
        return rap_refuse (reason, "%s: %s", path, strerror (errno));
    bool good = fchmod (fd, mode) == 0 && write (fd, text, len) == (ssize_t)len && fsync (fd) == 0;
    int error = errno;
    close (fd);
    if (good)
        return RAP_OK;
    unlink (path);
    return rap_fail (reason, "%s: cannot be written: %s", path, strerror (error));
}

static rap_status_t join (char path[PATH_SIZE], const char *folder, const char *middle, const char *name,
                          const char *end, rap_reason_t *reason)
{
    if (snprintf (path, PATH_SIZE, "%s/%s%s%s", folder, middle, name, end) >= PATH_SIZE)
        return rap_refuse (reason, "%.80s...: a path of more than %d bytes", folder, PATH_SIZE - 1);
    return RAP_OK;
}

rap_status_t rap_key_write (const rap_key_t *self, const char *folder, rap_reason_t *reason)
{
    char allowed[PATH_SIZE], secret[PATH_SIZE], public[PATH_SIZE], text[1024];
    const char *role = rap_role_name (self->role);
    if (join (allowed, folder, "allowed", "", "", reason) != RAP_OK
        || join (secret, folder, "", self->name, secret_end, reason) != RAP_OK
        || join (public, folder, "allowed/", self->name, public_end, reason) != RAP_OK
        || make_folder (folder, 0700, reason) != RAP_OK || make_folder (allowed, 0755, reason) != RAP_OK)
        return RAP_REFUSED;
    if (access (public, F_OK) == 0)
        return rap_refuse (reason, "%s: is there already; a new key needs another name, or that one taken away",
                           public);
    snprintf (text, sizeof text,
              "#   %s: SECRET. Whoever has this file is %s. It never leaves this machine.\n"
              "metadata\n    role = \"%s\"\ncurve\n    public-key = \"%s\"\n    secret-key = \"%s\"\n",
              self->name, self->name, role, self->public_key, self->secret_key);
    rap_status_t status = write_file (secret, 0600, text, reason);
    sodium_memzero (text, sizeof text);
    if (status != RAP_OK)
        return status;
    snprintf (text, sizeof text,
              "#   %s: public. In a machine's folder 'allowed' it lets %s in there.\n"
              "metadata\n    role = \"%s\"\ncurve\n    public-key = \"%s\"\n",
              self->name, self->name, role, self->public_key);
    status = write_file (public, 0644, text, reason);
    if (status != RAP_OK)
        unlink (secret);
    return status;
}

//  --- reading -----------------------------------------------------------------

typedef struct {
    const char *folder;
    rap_keys_t *keys;
    uint32_t room;
    rap_sha256_t *hash;
    rap_keys_refused_fn *refused;
    void *refused_self;
} folder_t;

//  Only its owner, who is we or root, may do with it what `others` names.
static rap_status_t check_owner (const struct stat *about, mode_t others, const char *what, const char *advice,
                                 rap_reason_t *reason)
{
    if (about->st_uid != geteuid () && about->st_uid != 0)
        return rap_refuse (reason, "it belongs to another user (%u)", (unsigned)about->st_uid);
    if (about->st_mode & others)
        return rap_refuse (reason, "others may %s it (mode %04o); %s", what, (unsigned)(about->st_mode & 07777),
                           advice);
    return RAP_OK;
}

static rap_status_t check_folder (const char *path, rap_reason_t *reason)
{
    struct stat about;
    rap_reason_t why;
    if (stat (path, &about) != 0)
        return rap_refuse (reason, "%s: %s; 'rapporteur keygen' makes it", path, strerror (errno));
    if (!S_ISDIR (about.st_mode))
        return rap_refuse (reason, "%s: no folder", path);
    if (check_owner (&about, S_IWGRP | S_IWOTH, "write to", "chmod go-w", &why) != RAP_OK)
        return rap_refuse (reason, "%s: %s", path, why.text);
    return RAP_OK;
}

//  At most one byte more than a file may have, so that its parser can say so. -1: the reason.
static ssize_t read_bytes (const char *path, bool secret, char *into, rap_reason_t *reason)
{
    struct stat about;
    size_t len = 0;
    ssize_t got = 1;
    int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        rap_refuse (reason, "%s", strerror (errno));
        return -1;
    }
    bool good = fstat (fd, &about) == 0 && S_ISREG (about.st_mode);
    if (!good)
        rap_refuse (reason, "no regular file");
    good = good
           && check_owner (&about, secret ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH, secret ? "use" : "write to",
                           secret ? "chmod 600, and make a new key if they did" : "chmod go-w", reason)
                  == RAP_OK;
    while (good && got != 0 && len <= RAP_KEY_FILE_MAX) {
        got = read (fd, into + len, RAP_KEY_FILE_MAX + 1 - len);
        if (got < 0 && errno != EINTR)
            good = rap_refuse (reason, "%s", strerror (errno)) == RAP_OK;
        len += got > 0 ? (size_t)got : 0;
    }
    close (fd);
    return good ? (ssize_t)len : -1;
}

//  The key in the file at `path`, its name from the file's; all that was read goes into the hash.
static rap_status_t read_key (folder_t *self, const char *path, const char *name, bool secret, rap_key_t *key,
                              rap_reason_t *reason)
{
    char bytes[RAP_KEY_FILE_MAX + 1];
    rap_sha256_add (self->hash, path, strlen (path) + 1);
    ssize_t len = read_bytes (path, secret, bytes, reason);
    if (len < 0) {
        rap_sha256_add (self->hash, reason->text, strlen (reason->text) + 1);
        return RAP_REFUSED;
    }
    rap_sha256_add (self->hash, bytes, (size_t)len);
    rap_status_t status = rap_key_parse (key, rap_text_of (bytes, (size_t)len), reason);
    sodium_memzero (bytes, sizeof bytes);
    if (status == RAP_OK && secret != (*key->secret_key != 0))
        status =
            rap_refuse (reason, secret ? "no secret-key is stated" : "it states a secret key, which is now known");
    snprintf (key->name, sizeof key->name, "%s", name);
    return status;
}

//  NAME of "NAME.end" into `name`; false if the file is called otherwise.
static bool name_of_file (const char *file, const char *end, char name[RAP_KEY_NAME_MAX + 1])
{
    size_t len = strlen (file), tail = strlen (end);
    if (len <= tail || len - tail > RAP_KEY_NAME_MAX || strcmp (file + len - tail, end) != 0)
        return false;
    memcpy (name, file, len - tail);
    name[len - tail] = 0;
    return rap_key_name_is_good (name);
}

//  Files of `path` with this end, in the order of their names; the end is cut off.
static uint32_t list_names (const char *path, const char *end, char (**names_p)[RAP_KEY_NAME_MAX + 1])
{
    DIR *folder = opendir (path);
    uint32_t count = 0, room = 0;
    *names_p = NULL;
    for (struct dirent *entry; folder && count < RAP_KEYS_ALLOWED_MAX && (entry = readdir (folder));) {
        if (count == room) {
            room = room ? 2 * room : 16;
            *names_p = must (realloc (*names_p, room * sizeof **names_p));
        }
        count += name_of_file (entry->d_name, end, (*names_p)[count]) ? 1 : 0;
    }
    if (folder)
        closedir (folder);
    if (count)
        qsort (*names_p, count, sizeof **names_p, (int (*) (const void *, const void *))strcmp);
    return count;
}

static rap_status_t read_own (folder_t *self, const char *name, rap_role_t role, rap_reason_t *reason)
{
    char path[PATH_SIZE];
    rap_key_t *own = &self->keys->own;
    rap_reason_t why;
    if (!rap_key_name_is_good (name))
        return rap_refuse (reason, "'%.80s' is no name of a key", name);
    if (join (path, self->folder, "", name, secret_end, reason) != RAP_OK)
        return RAP_REFUSED;
    if (read_key (self, path, name, true, own, &why) != RAP_OK)
        return rap_refuse (reason, "%.200s: %.180s", path, why.text);
    return own->role == role ? RAP_OK
                             : rap_refuse (reason, "%s: its role is %s, but %s is needed here", path,
                                           rap_role_name (own->role), rap_role_name (role));
}

//  The only secret key of the role.
static rap_status_t find_own (folder_t *self, rap_role_t role, rap_reason_t *reason)
{
    char (*names)[RAP_KEY_NAME_MAX + 1];
    uint32_t count = list_names (self->folder, secret_end, &names), found = 0, chosen = 0;
    rap_status_t status = RAP_OK;
    rap_reason_t why = {""}, first = {""};
    for (uint32_t i = 0; i < count; i++) {
        if (read_own (self, names[i], role, &why) == RAP_OK) {
            found++;
            chosen = i;
        } else if (self->keys->own.role == role || !*first.text)
            first = why;
    }
    if (found == 1)
        status = read_own (self, names[chosen], role, reason);
    else if (found > 1)
        status = rap_refuse (reason, "%s: several secret keys of role %s; say which with --key NAME", self->folder,
                             rap_role_name (role));
    else
        status = rap_refuse (reason, "%.120s: no secret key of role %s; 'rapporteur keygen' makes one%s%.180s",
                             self->folder, rap_role_name (role), *first.text ? ". " : "", first.text);
    free (names);
    return status;
}

static int compare_keys (const void *a, const void *b)
{
    return strcmp (((const rap_key_t *)a)->public_key, ((const rap_key_t *)b)->public_key);
}

static void refuse_file (const folder_t *self, const char *name, const char *why)
{
    char path[PATH_SIZE];
    rap_reason_t reason;
    if (self->refused && join (path, self->folder, "allowed/", name, public_end, &reason) == RAP_OK)
        self->refused (self->refused_self, path, why);
}

//  A key in two files is in neither: taking one of them away would revoke nothing.
static void drop_doubles (folder_t *self)
{
    rap_keys_t *keys = self->keys;
    uint32_t kept = 0;
    for (uint32_t i = 0, end; i < keys->allowed_count; i = end) {
        for (end = i + 1; end < keys->allowed_count && compare_keys (&keys->allowed[i], &keys->allowed[end]) == 0;
             end++) {
        }
        for (uint32_t j = i; end - i > 1 && j < end; j++)
            refuse_file (self, keys->allowed[j].name, "the same key is in another file, too; neither counts");
        if (end - i == 1)
            keys->allowed[kept++] = keys->allowed[i];
    }
    keys->allowed_count = kept;
}

static rap_status_t read_allowed (folder_t *self, rap_reason_t *reason)
{
    char path[PATH_SIZE], (*names)[RAP_KEY_NAME_MAX + 1];
    if (join (path, self->folder, "allowed", "", "", reason) != RAP_OK || check_folder (path, reason) != RAP_OK)
        return RAP_REFUSED;
    uint32_t count = list_names (path, public_end, &names);
    rap_keys_t *keys = self->keys;
    keys->allowed = must (calloc (count ? count : 1, sizeof *keys->allowed));
    for (uint32_t i = 0; i < count; i++) {
        rap_reason_t why;
        if (join (path, self->folder, "allowed/", names[i], public_end, reason) != RAP_OK)
            continue;
        if (read_key (self, path, names[i], false, &keys->allowed[keys->allowed_count], &why) == RAP_OK)
            keys->allowed_count++;
        else
            refuse_file (self, names[i], why.text);
    }
    free (names);
    if (keys->allowed_count)
        qsort (keys->allowed, keys->allowed_count, sizeof *keys->allowed, compare_keys);
    drop_doubles (self);
    return RAP_OK;
}

rap_keys_t *rap_keys_read (const char *folder, const char *name, rap_role_t role, rap_keys_refused_fn *refused,
                           void *refused_self, rap_reason_t *reason)
{
    rap_keys_t *keys = must (calloc (1, sizeof *keys));
    folder_t self = {
        .folder = folder, .keys = keys, .hash = rap_sha256_new (), .refused = refused, .refused_self = refused_self};
    rap_status_t status = check_folder (folder, reason);
    if (status == RAP_OK)
        status = name ? read_own (&self, name, role, reason) : find_own (&self, role, reason);
    if (status == RAP_OK)
        status = read_allowed (&self, reason);
    rap_sha256_end (&self.hash, keys->digest);
    if (status != RAP_OK)
        rap_keys_destroy (&keys);
    return keys;
}

rap_status_t rap_keys_list (const char *folder, rap_key_t **allowed_p, uint32_t *count, rap_keys_refused_fn *refused,
                            void *refused_self, rap_reason_t *reason)
{
    rap_keys_t keys = {.allowed = NULL};
    folder_t self = {
        .folder = folder, .keys = &keys, .hash = rap_sha256_new (), .refused = refused, .refused_self = refused_self};
    rap_status_t status = read_allowed (&self, reason);
    rap_sha256_end (&self.hash, keys.digest);
    *allowed_p = keys.allowed;
    *count = keys.allowed_count;
    return status;
}

void rap_keys_destroy (rap_keys_t **self_p)
{
    rap_keys_t *self = *self_p;
    if (!self)
        return;
    free (self->allowed);
    sodium_memzero (self, sizeof *self);
    free (self);
    *self_p = NULL;
}

const rap_key_t *rap_keys_find (const rap_keys_t *self, const char *public_key)
{
    rap_key_t sought = {.role = RAP_ROLES};
    if (!self->allowed_count)
        return NULL;
    snprintf (sought.public_key, sizeof sought.public_key, "%s", public_key);
    return bsearch (&sought, self->allowed, self->allowed_count, sizeof sought, compare_keys);
}

const rap_key_t *rap_keys_only (const rap_keys_t *self, rap_role_t role, rap_reason_t *reason)
{
    const rap_key_t *found = NULL;
    for (uint32_t i = 0; i < self->allowed_count; i++) {
        if (self->allowed[i].role != role)
            continue;
        if (found) {
            rap_refuse (reason, "two files in 'allowed' have role %s (%s, %s); which one is meant? Keep one",
                        rap_role_name (role), found->name, self->allowed[i].name);
            return NULL;
        }
        found = &self->allowed[i];
    }
    if (!found)
        rap_refuse (reason, "no file in 'allowed' has role %s; copy the service's %s.public there",
                    rap_role_name (role), rap_role_name (role));
    return found;
}
