/* The history as lines of a file: gathered, and written when there are 32 KB, before a
 * worker waits, when the watcher says so (50 ms), and at the end. */
#include "value/base.h"

#include "program/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define GATHERED 32768

/* Under the lock.  After a failure everything is dropped. */
static void write_out(struct asl__cli_history *history)
{
    if (history->error == 0 && history->lines.len > 0 &&
        !asl__cli_write_all(history->fd, history->lines.data, history->lines.len))
        history->error = errno;
    history->lines.len = 0;
}

static void write_lines(asl__history *base, const char *data, size_t len, size_t count)
{
    struct asl__cli_history *history = (struct asl__cli_history *)(void *)base;

    (void)count;
    pthread_mutex_lock(&history->lock);
    if (data != NULL && len >= GATHERED) { /* not copied */
        write_out(history);
        if (history->error == 0 && !asl__cli_write_all(history->fd, data, len))
            history->error = errno;
    } else if (data != NULL) {
        asl__buf_append(&history->lines, data, len);
    }
    if ((data == NULL || history->lines.failed) && history->error == 0)
        history->error = ENOMEM;
    if (history->lines.len >= GATHERED)
        write_out(history);
    /* Whoever has been told comes within the 50 ms of the oldest line. */
    bool tell = history->lines.len > 0 && history->dirty != NULL && !history->told;
    history->told |= tell;
    pthread_mutex_unlock(&history->lock);
    if (tell)
        history->dirty(history->user);
}

static void flush_lines(asl__history *base)
{
    struct asl__cli_history *history = (struct asl__cli_history *)(void *)base;

    pthread_mutex_lock(&history->lock);
    write_out(history);
    pthread_mutex_unlock(&history->lock);
}

bool asl__cli_history_open(struct asl__cli_history *history, const char *file)
{
    *history = (struct asl__cli_history){ .history = { .write = write_lines, .flush = flush_lines },
                                          .fd = STDOUT_FILENO };
    if (strcmp(file, "-") != 0)
        history->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (history->fd < 0)
        return false;
    pthread_mutex_init(&history->lock, NULL);
    return true;
}

void asl__cli_history_flush(struct asl__cli_history *history)
{
    pthread_mutex_lock(&history->lock);
    write_out(history);
    history->told = false;
    pthread_mutex_unlock(&history->lock);
}

int asl__cli_history_close(struct asl__cli_history *history)
{
    asl__cli_history_flush(history);
    if (history->fd > STDERR_FILENO && close(history->fd) != 0 && history->error == 0)
        history->error = errno;
    asl__buf_free(&history->lines);
    pthread_mutex_destroy(&history->lock);
    return history->error;
}
