// The gzip files of the system's zlib.
#ifndef NODEVAULT_CZLIB_SHIM_H
#define NODEVAULT_CZLIB_SHIM_H

// Declared here as zlib.h (1.2) does, and without it: the system headers that it includes would make this module an
// owner of `struct timespec` and others, and Swift's visibility of their members would depend on who was loaded first.
typedef struct gzFile_s *gzFile;
gzFile gzdopen(int descriptor, const char *mode);
int gzwrite(gzFile file, const void *bytes, unsigned count);
int gzclose(gzFile file);

#define Z_OK 0

#endif
