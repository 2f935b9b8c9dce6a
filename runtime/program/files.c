/* Files read whole, and output that appears only when it is complete. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool asl__cli_write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

#define LEAST_CAPACITY 16384

/* ---- reading ------------------------------------------------------------------- */

/* A file being read: into FEW while that is enough, then into memory. */
struct reading {
    int fd;
    char *few; /* the caller's; NULL: none */
    char *data;
    size_t len, capacity; /* the padding is not counted */
    size_t most;          /* that may be read; 0: no limit */
};

/* How much room a file needs that is longer than LEN bytes. */
static size_t size_hint(int fd, size_t len)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (size_t)st.st_size >= len)
        return (size_t)st.st_size + 1;
    return LEAST_CAPACITY;
}

static bool make_room(struct reading *r)
{
    if (r->len < r->capacity)
        return true;
    bool first = r->data == r->few;
    size_t capacity = first ? size_hint(r->fd, r->len) : 2 * r->capacity;
    errno = ENOMEM;
    if (r->most != 0 && r->len > r->most)
        return false;
    if (r->most != 0 && capacity > r->most + 1)
        capacity = r->most + 1;
    char *data = realloc(first ? NULL : r->data, capacity + ASL_PARSE_PADDING);
    if (data == NULL)
        return false;
    if (first && r->len > 0)
        memcpy(data, r->few, r->len);
    r->data = data;
    r->capacity = capacity;
    return true;
}

/* Reads to the end; false with errno. */
static bool read_all(struct reading *r)
{
    ssize_t n;

    do {
        if (!make_room(r))
            return false;
        n = read(r->fd, r->data + r->len, r->capacity - r->len);
        if (n > 0)
            r->len += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n == 0)
        memset(r->data + r->len, 0, ASL_PARSE_PADDING);
    return n == 0;
}

char *asl__cli_read_into(char *few, size_t size, const char *file, size_t most,
                         size_t *len)
{
    struct reading r = { .few = few, .data = few, .capacity = size, .most = most };
    bool given = strcmp(file, "-") == 0;

    r.fd = given ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (r.fd < 0)
        return NULL;
    bool good = read_all(&r);
    int error = errno;
    if (!given)
        close(r.fd);
    if (!good && r.data != few)
        free(r.data);
    *len = r.len;
    errno = error;
    return good ? r.data : NULL;
}

char *asl__cli_read_file(const char *file, size_t *len)
{
    return asl__cli_read_into(NULL, 0, file, 0, len);
}

/* ---- writing ------------------------------------------------------------------- */

/* A copy of FILE, and, where it is a link, of what that leads to; NULL with errno. */
static char *follow(const char *file)
{
    char *path = strdup(file), target[4096];

    for (int links = 0; path != NULL && links < 40; links++) {
        ssize_t len = readlink(path, target, sizeof target);
        if (len < 0) /* no link */
            return path;
        const char *slash = target[0] != '/' ? strrchr(path, '/') : NULL;
        size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
        char *next =
            (size_t)len < sizeof target ? malloc(folder + (size_t)len + 1) : NULL;
        if (next != NULL) {
            memcpy(next, path, folder);
            memcpy(next + folder, target, (size_t)len);
            next[folder + (size_t)len] = '\0';
        }
        free(path);
        path = next;
    }
    free(path);
    errno = path == NULL ? ENOMEM : ELOOP;
    return NULL;
}

/* Opens a new file beside output->path with the permissions that MODE or, 0, the umask
 * says. */
static bool open_temporary(struct asl__cli_output *output, mode_t mode)
{
    size_t size = strlen(output->path) + 40;

    output->temporary = malloc(size);
    if (output->temporary == NULL)
        return false;
    for (int i = 0; i < 1000; i++) {
        snprintf(output->temporary, size, "%s.%ld-%d", output->path, (long)getpid(), i);
        output->fd =
            open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (output->fd >= 0 || errno != EEXIST)
            break;
    }
    if (output->fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    if (mode == 0) {
        mode_t mask = umask(0);
        umask(mask);
        mode = 0666 & ~mask;
    }
    return fchmod(output->fd, mode) == 0;
}

bool asl__cli_output_open(struct asl__cli_output *output, const char *file)
{
    struct stat st;

    *output = (struct asl__cli_output){ .fd = STDOUT_FILENO };
    if (file == NULL || strcmp(file, "/dev/stdout") == 0)
        return true;
    if (strcmp(file, "/dev/stderr") == 0) {
        output->fd = STDERR_FILENO;
        return true;
    }
    /* What is found there may be a regular file that others have open. */
    bool device = strncmp(file, "/dev/", 5) == 0 || strncmp(file, "/proc/", 6) == 0;
    bool there = stat(file, &st) == 0;
    if (device || (there && !S_ISREG(st.st_mode))) {
        output->fd = open(file, O_WRONLY | O_CLOEXEC);
        return output->fd >= 0;
    }
    /* A link stays a link: what it points to is replaced. */
    output->path = there ? follow(file) : strdup(file);
    return output->path != NULL &&
           open_temporary(output, there ? st.st_mode & 07777 : 0);
}

bool asl__cli_output_close(struct asl__cli_output *output, bool keep)
{
    bool good = true;
    int error = 0;

    if (output->fd > STDERR_FILENO && close(output->fd) != 0)
        good = false;
    if (output->temporary != NULL) {
        if (keep && good && rename(output->temporary, output->path) != 0)
            good = false;
        error = errno;
        if (!keep || !good)
            unlink(output->temporary);
    }
    free(output->temporary);
    free(output->path);
    errno = error;
    return good;
}
