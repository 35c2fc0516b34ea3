// OpenSSL's headers, and names for what Swift cannot import: macros and variadic calls.
#ifndef NODEVAULT_COPENSSL_SHIM_H
#define NODEVAULT_COPENSSL_SHIM_H

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/cryptoerr.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

// Selections of a key's parts: macros over macros.
static inline int nodevault_select_public_key(void) { return EVP_PKEY_PUBLIC_KEY; }
static inline int nodevault_select_key_pair(void) { return EVP_PKEY_KEYPAIR; }

/// Whether an entry of the error queue says that no memory was left, in the heap or in the secure heap.
static inline int nodevault_is_out_of_memory(unsigned long code) {
    return ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ||
           (ERR_GET_LIB(code) == ERR_LIB_CRYPTO && ERR_GET_REASON(code) == CRYPTO_R_SECURE_MALLOC_FAILURE);
}

/// Overwrites the stack below the caller. OpenSSL leaves scalars, nonces and vector registers there, which would stay
/// until another call happens to reach as deep.
static __attribute__((noinline, unused)) void nodevault_wipe_stack(void) {
    unsigned char below[16384];
    OPENSSL_cleanse(below, sizeof(below));
}

#endif
