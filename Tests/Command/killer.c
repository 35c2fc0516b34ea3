// Loaded before libc (LD_PRELOAD), for tests: ends the process, or fills the disk, at the n-th call that changes a
// file. KILLER_AT is n, counted from 1; 0 only counts. KILLER_MODE is `kill` (SIGKILL before the call), `torn` (after
// the first half of a write) or `full` (that call and all later ones find no space). KILLER_COUNT names a file that
// gets the number of calls when the process ends by itself. Calls on files outside KILLER_FOLDER do not count.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

// Whether the descriptor is of a file in the folder.
static int is_ours(int descriptor) {
    const char *folder = getenv("KILLER_FOLDER");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!folder || length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int mode_is(const char *mode) {
    const char *given = getenv("KILLER_MODE");
    return given && strcmp(given, mode) == 0;
}

// Counts a call. 1: it is to fail for want of space. 2: half of it is to be done.
static int count(void) {
    const char *at = getenv("KILLER_AT");
    long number = atomic_fetch_add(&calls, 1) + 1, wanted = at ? atol(at) : 0;
    if (wanted > 0 && mode_is("full")) return number >= wanted;
    if (wanted == 0 || number != wanted) return 0;
    if (mode_is("torn")) return 2;
    kill(getpid(), SIGKILL);
    return 0;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("KILLER_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}

static ssize_t put(int descriptor, const void *bytes, size_t size, off_t offset) {
    int fate = is_ours(descriptor) ? count() : 0;
    if (fate == 1) {
        errno = ENOSPC;
        return -1;
    }
    if (fate == 2) size /= 2;
    ssize_t written = offset < 0 ? syscall(SYS_write, descriptor, bytes, size)
                                 : syscall(SYS_pwrite64, descriptor, bytes, size, offset);
    if (fate == 2) kill(getpid(), SIGKILL);
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t size) { return put(descriptor, bytes, size, -1); }

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    return put(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off_t offset) {
    return put(descriptor, bytes, size, offset);
}

static int step(int descriptor, long call, long argument) {
    int fate = is_ours(descriptor) ? count() : 0;
    if (fate == 2) kill(getpid(), SIGKILL);
    return (int)syscall(call, descriptor, argument);
}

int fsync(int descriptor) { return step(descriptor, SYS_fsync, 0); }
int fdatasync(int descriptor) { return step(descriptor, SYS_fdatasync, 0); }
int ftruncate(int descriptor, off_t size) { return step(descriptor, SYS_ftruncate, size); }
int ftruncate64(int descriptor, off_t size) { return step(descriptor, SYS_ftruncate, size); }
