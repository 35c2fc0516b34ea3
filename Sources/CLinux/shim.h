// Linux calls that Swift's Glibc module lacks, and names for variadic ones.
#ifndef NODEVAULT_CLINUX_SHIM_H
#define NODEVAULT_CLINUX_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// A descriptor of pages that only this process can read, or -1 and `errno` (memfd_secret(2), Linux 5.14).
static inline int nodevault_memfd_secret(void) { return (int)syscall(447, O_CLOEXEC); }

/// Forbids other users' processes to trace this one or to read its memory (prctl(2), PR_SET_DUMPABLE).
static inline int nodevault_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

/// The kernel's magic number of the file system that holds `path`, or -1 and `errno` (statfs(2)).
static inline long nodevault_file_system_magic(const char *path) {
    struct statfs found;
    return statfs(path, &found) == 0 ? (long)(unsigned int)found.f_type : -1;
}

/// Takes (F_RDLCK, F_WRLCK) or drops (F_UNLCK) an open-file-description lock on one byte, without waiting (fcntl(2)).
static inline int nodevault_lock_byte(int descriptor, short type, long offset) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

/// Renames, and fails with EEXIST where the new name is taken (renameat2(2), RENAME_NOREPLACE).
static inline int nodevault_rename_exclusively(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

#endif
