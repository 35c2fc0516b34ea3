// One measured operation without NodeVault: prepared once, then run in batches.
#ifndef BARE_H
#define BARE_H

struct operation {
    const char *name;
    /// Gets the arguments after the name.
    void (*prepare)(char **arguments);
    /// Does the operation once.
    void (*run)(void);
};

extern const struct operation sign_ed25519, sign_p256, open_record, open_gcm, import_key, import_key_bytes;

/// Ends the program with a message where `condition` is false.
void require(int condition, const char *message);

/// Reads a file of at most `capacity` bytes; answers its size.
long read_file(const char *path, unsigned char *bytes, long capacity);

#endif
