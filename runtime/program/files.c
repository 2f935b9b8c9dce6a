/* Files read whole, and output that appears only when it is complete. */
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

static size_t size_hint(int fd)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        return (size_t)st.st_size + 1;
    return LEAST_CAPACITY;
}

static char *read_all(int fd, size_t most, size_t *len)
{
    size_t capacity = size_hint(fd);
    char *data = NULL;

    *len = 0;
    errno = ENOMEM;
    if (most == 0 || capacity <= most || capacity == LEAST_CAPACITY)
        data = malloc(capacity + ASL_PARSE_PADDING);
    while (data != NULL) {
        ssize_t n = read(fd, data + *len, capacity - *len);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        char *larger = data;
        if (n > 0) {
            *len += (size_t)n;
            if (*len == capacity) {
                larger = most != 0 && capacity >= most
                             ? NULL
                             : realloc(data, 2 * capacity + ASL_PARSE_PADDING);
                capacity *= 2;
            }
        } else {
            larger = NULL;
        }
        if (larger == NULL) {
            int error = n < 0 ? errno : ENOMEM;
            free(data);
            errno = error;
            return NULL;
        }
        data = larger;
    }
    if (data != NULL)
        memset(data + *len, 0, ASL_PARSE_PADDING);
    return data;
}

char *asl__cli_read_file(const char *file, size_t *len)
{
    return asl__cli_read_input(file, 0, len);
}

char *asl__cli_read_input(const char *file, size_t most, size_t *len)
{
    if (strcmp(file, "-") == 0)
        return read_all(STDIN_FILENO, most, len);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *data = read_all(fd, most, len);
    int error = errno;
    close(fd);
    errno = error;
    return data;
}

/* ---- writing ------------------------------------------------------------------- */

/* Opens a temporary file beside output->path with the permissions that MODE or, 0, the
 * umask says. */
static bool open_temporary(struct asl__cli_output *output, mode_t mode)
{
    size_t size = strlen(output->path) + sizeof ".XXXXXX";

    output->temporary = malloc(size);
    if (output->temporary == NULL)
        return false;
    snprintf(output->temporary, size, "%s.XXXXXX", output->path);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
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
    output->path = there ? realpath(file, NULL) : strdup(file);
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
