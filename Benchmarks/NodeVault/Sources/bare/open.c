// Opening a sealed record (docs/envelope-format.md) by hand: HKDF over EVP_MD, the commitment, AES-256-GCM, and wiping.
// Beside it the bare opening of the same bytes by AES-256-GCM alone.
#include "bare.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { prefix_size = 18, salt_offset = 18, commitment_offset = 50, nonce_offset = 82, header_size = 94, tag_size = 16 };

static unsigned char data_key[32], record[1 << 16], metadata[4096];
static long record_size, metadata_size, plaintext_size;
static unsigned char *plaintext;

static EVP_MD_CTX *digest;
static EVP_CIPHER_CTX *cipher;
static const unsigned char no_key[32];

// The files: the data key, the record, the metadata as they are authenticated.
static void prepare(char **arguments) {
    require(arguments[0] != NULL && arguments[1] != NULL && arguments[2] != NULL, "name key, record and metadata");
    require(read_file(arguments[0], data_key, sizeof(data_key)) == 32, "no data key");
    record_size = read_file(arguments[1], record, sizeof(record));
    metadata_size = read_file(arguments[2], metadata, sizeof(metadata));
    plaintext_size = record_size - header_size - tag_size;
    require(plaintext_size > 0, "the record is too short");
    require(CRYPTO_secure_malloc_init(1 << 20, 32) == 1, "no secure heap");
    plaintext = OPENSSL_secure_zalloc((size_t)plaintext_size);
    digest = EVP_MD_CTX_new();
    cipher = EVP_CIPHER_CTX_new();
    require(EVP_DigestInit_ex(digest, EVP_MD_fetch(NULL, "SHA2-256", NULL), NULL) == 1 &&
                EVP_DecryptInit_ex2(cipher, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), NULL, NULL, NULL) == 1,
            "no algorithms");
}

static void hash(unsigned char output[32], const void *first, size_t first_size, const void *second, size_t second_size) {
    require(EVP_DigestInit_ex(digest, NULL, NULL) == 1 && EVP_DigestUpdate(digest, first, first_size) == 1 &&
                EVP_DigestUpdate(digest, second, second_size) == 1 && EVP_DigestFinal_ex(digest, output, NULL) == 1,
            "hashing failed");
}

static void hmac(unsigned char output[32], const unsigned char key[32], const void *text, size_t text_size) {
    unsigned char pad[64], inner[32];
    memset(pad, 0x36, sizeof(pad));
    for (int index = 0; index < 32; index++) pad[index] ^= key[index];
    hash(inner, pad, sizeof(pad), text, text_size);
    for (int index = 0; index < 64; index++) pad[index] ^= 0x36 ^ 0x5c;
    hash(output, pad, sizeof(pad), inner, sizeof(inner));
    OPENSSL_cleanse(pad, sizeof(pad));
    OPENSSL_cleanse(inner, sizeof(inner));
}

static void expand(unsigned char output[32], const unsigned char key[32], const char label[22],
                   const unsigned char metadata_digest[32]) {
    unsigned char info[22 + prefix_size + 32 + 1];
    memcpy(info, label, 22);
    memcpy(info + 22, record, prefix_size);
    memcpy(info + 22 + prefix_size, metadata_digest, 32);
    info[sizeof(info) - 1] = 1;
    hmac(output, key, info, sizeof(info));
}

static void decrypt(const unsigned char key[32]) {
    int written;
    require(EVP_DecryptInit_ex2(cipher, NULL, key, record + nonce_offset, NULL) == 1 &&
                EVP_DecryptUpdate(cipher, NULL, &written, record, header_size) == 1 &&
                EVP_DecryptUpdate(cipher, NULL, &written, metadata, (int)metadata_size) == 1 &&
                EVP_DecryptUpdate(cipher, plaintext, &written, record + header_size, (int)plaintext_size) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_size, record + record_size - tag_size) == 1,
            "decrypting failed");
}

static void run_record(void) {
    unsigned char metadata_digest[32], extracted[32], key[32], commitment[32];
    int written;
    hash(metadata_digest, metadata, (size_t)metadata_size, NULL, 0);
    hmac(extracted, record + salt_offset, data_key, sizeof(data_key));
    expand(key, extracted, "nodevault/1/record-key", metadata_digest);
    expand(commitment, extracted, "nodevault/1/commitment", metadata_digest);
    require(CRYPTO_memcmp(commitment, record + commitment_offset, 32) == 0, "the commitment differs");
    decrypt(key);
    require(EVP_DecryptFinal_ex(cipher, plaintext, &written) == 1, "the record does not authenticate");
    // Another key takes the place of the record's in the context.
    require(EVP_DecryptInit_ex2(cipher, NULL, no_key, NULL, NULL) == 1, "rekeying failed");
    OPENSSL_cleanse(extracted, sizeof(extracted));
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(commitment, sizeof(commitment));
    OPENSSL_cleanse(plaintext, (size_t)plaintext_size);
}

// The same bytes as a text that AES-256-GCM alone protects, under the data key.
static void prepare_gcm(char **arguments) {
    prepare(arguments);
    int written;
    EVP_CIPHER_CTX *sealing = EVP_CIPHER_CTX_new();
    require(EVP_EncryptInit_ex2(sealing, EVP_aes_256_gcm(), data_key, record + nonce_offset, NULL) == 1 &&
                EVP_EncryptUpdate(sealing, NULL, &written, record, header_size) == 1 &&
                EVP_EncryptUpdate(sealing, NULL, &written, metadata, (int)metadata_size) == 1 &&
                EVP_EncryptUpdate(sealing, record + header_size, &written, plaintext, (int)plaintext_size) == 1 &&
                EVP_EncryptFinal_ex(sealing, plaintext, &written) == 1 &&
                EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, tag_size, record + record_size - tag_size) == 1,
            "encrypting failed");
    EVP_CIPHER_CTX_free(sealing);
}

static void run_gcm(void) {
    int written;
    decrypt(data_key);
    require(EVP_DecryptFinal_ex(cipher, plaintext, &written) == 1, "the text does not authenticate");
}

const struct operation open_record = {"open-record", prepare, run_record};
const struct operation open_gcm = {"open-gcm", prepare_gcm, run_gcm};
