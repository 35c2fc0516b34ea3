// Linux calls that Swift's Glibc module lacks, and names for variadic ones.
#ifndef NODEVAULT_CLINUX_SHIM_H
#define NODEVAULT_CLINUX_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <malloc.h>
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

/// Opens a file, or makes it where there is none and says so: who makes a file may choose its owner and mode, who finds
/// one must not, since somebody else may have put a link there.
static inline int nodevault_open_or_create(const char *path, int flags, mode_t mode, int *is_new) {
    for (int attempt = 0; attempt < 10; attempt++) {
        int descriptor = open(path, flags | O_CREAT | O_EXCL, mode);
        *is_new = descriptor >= 0;
        if (descriptor < 0) descriptor = open(path, flags);
        if (descriptor >= 0) return descriptor;
        // Once more where somebody is in the way, for the error that tells why; otherwise it was removed just now.
        if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return open(path, flags);
    }
    return open(path, flags | O_CREAT | O_EXCL, mode);
}

#endif
