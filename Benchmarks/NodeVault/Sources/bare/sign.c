// Signing with a ready EVP_PKEY: a new EVP_MD_CTX, EVP_DigestSignInit, EVP_DigestSign.
#include "bare.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

static EVP_PKEY *key;
static EVP_MD *digest;
static unsigned char message[64];

static void prepare_ed25519(char **arguments) {
    (void)arguments;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    require(key != NULL, "no Ed25519 key");
}

static void prepare_p256(char **arguments) {
    (void)arguments;
    key = EVP_EC_gen("P-256");
    digest = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    require(key != NULL && digest != NULL, "no P-256 key");
}

static void sign(void) {
    unsigned char signature[128];
    size_t length = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    require(context != NULL && EVP_DigestSignInit(context, NULL, digest, NULL, key) == 1 &&
                EVP_DigestSign(context, signature, &length, message, sizeof(message)) == 1,
            "signing failed");
    EVP_MD_CTX_free(context);
}

const struct operation sign_ed25519 = {"sign-ed25519", prepare_ed25519, sign};
const struct operation sign_p256 = {"sign-p256", prepare_p256, sign};
