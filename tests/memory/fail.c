/* Makes allocations of the program it is linked into fail.
 *
 *   ASL_FAIL_AT=N     the N-th allocation from the start of main on fails (0: none)
 *   ASL_FAIL_ON=1     and so do all that follow it
 *   ASL_FAIL_LOG=FILE gets a line "failed WHAT SIZE" for the first failure and "count N"
 *                     at the program's end
 *
 * A definition in the program stands in front of those of shared libraries, so what libc,
 * libevent and the others allocate counts as well, and starting a thread is counted with it.
 * The allocations are the C library's own, or the sanitizer's where there is one; what that
 * needs for itself when a thread starts is not counted. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *ptr, size_t size) __attribute__((weak));
extern void *__interceptor_memalign(size_t alignment, size_t size) __attribute__((weak));

/* A sanitizer may call these before it is ready for what it has put into other functions. */
#define PLAIN __attribute__((no_sanitize("address", "undefined", "thread")))

typedef int create_thread(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg);

static create_thread *real_pthread_create;
static unsigned long fail_at, count; /* count: atomic */
static bool counting, fail_on;
static __thread bool counted; /* what this thread allocates */
static int log_fd = -1;

PLAIN static void note(const char *text, unsigned long number)
{
    char line[64];
    int len = snprintf(line, sizeof line, "%s %lu\n", text, number);

    if (log_fd >= 0 && write(log_fd, line, (size_t)len) < 0)
        _exit(98);
}

/* Counts an allocation; whether it is to fail. */
PLAIN static bool fails(const char *what, size_t size)
{
    if (!counting || !counted)
        return false;
    unsigned long at = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (fail_at == 0 || at < fail_at || (at > fail_at && !fail_on))
        return false;
    if (at == fail_at)
        note(what, size);
    errno = ENOMEM;
    return true;
}

PLAIN static void *real_malloc(size_t size)
{
    return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

PLAIN void *malloc(size_t size)
{
    return fails("failed malloc", size) ? NULL : real_malloc(size);
}

PLAIN void *calloc(size_t n, size_t size)
{
    if (fails("failed calloc", n * size))
        return NULL;
    return __interceptor_calloc ? __interceptor_calloc(n, size) : __libc_calloc(n, size);
}

PLAIN void *realloc(void *ptr, size_t size)
{
    if (fails("failed realloc", size))
        return NULL;
    return __interceptor_realloc ? __interceptor_realloc(ptr, size)
                                 : __libc_realloc(ptr, size);
}

PLAIN void *reallocarray(void *ptr, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(ptr, bytes);
}

PLAIN static void *aligned(size_t alignment, size_t size)
{
    if (fails("failed aligned_alloc", size))
        return NULL;
    return __interceptor_memalign ? __interceptor_memalign(alignment, size)
                                  : __libc_memalign(alignment, size);
}

PLAIN void *aligned_alloc(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

PLAIN void *memalign(size_t alignment, size_t size)
{
    return aligned(alignment, size);
}

PLAIN int posix_memalign(void **ptr, size_t alignment, size_t size)
{
    void *block = aligned(alignment, size);

    if (!block)
        return ENOMEM;
    *ptr = block;
    return 0;
}

PLAIN void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fails("failed mmap", size))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

struct start {
    void *(*run)(void *);
    void *arg;
};

static void *run_counted(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    counted = true;
    void *result = start.run(start.arg);
    counted = false;
    return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                   void *arg)
{
    if (fails("failed pthread_create", 0))
        return EAGAIN;
    struct start *start = real_malloc(sizeof *start);
    if (!start)
        return EAGAIN;
    *start = (struct start){ run, arg };
    bool before = counted;
    counted = false;
    int error = real_pthread_create(thread, attr, run_counted, start);
    counted = before;
    if (error != 0)
        free(start);
    return error;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("ASL_FAIL_AT"), *log = getenv("ASL_FAIL_LOG");
    int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");

    memcpy(&real_pthread_create, &symbol, sizeof symbol);
    if (fd >= 0) { /* out of the way of the program's own descriptors */
        log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 500);
        close(fd);
    }
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_on = getenv("ASL_FAIL_ON") != NULL;
    counting = counted = true;
}

__attribute__((destructor)) static void finish(void)
{
    counting = false;
    note("count", count);
}
