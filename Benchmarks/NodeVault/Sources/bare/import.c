// A durable import by hand: an Ed25519 key made by OpenSSL, from its PKCS#8 as an import gets it or, faster, from its bare
// 32 bytes, and its public key derived; then one SQLite transaction that writes the rows that an import writes, into a
// copy of a real vault, with the vault's pragmas.
#include "bare.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static sqlite3 *database;
static sqlite3_stmt *begin, *insert_key, *update_data_key, *update_vault, *commit;
static unsigned char data_key_id[16];

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement = NULL;
    require(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK,
            sqlite3_errmsg(database));
    return statement;
}

static void step(sqlite3_stmt *statement) {
    require(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(database));
    sqlite3_reset(statement);
}

// The file: a copy of a vault that has a data key.
static void prepare(char **arguments) {
    require(arguments[0] != NULL, "name a vault");
    require(sqlite3_open(arguments[0], &database) == SQLITE_OK, "the vault does not open");
    require(sqlite3_exec(database,
                         "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
                         "PRAGMA cell_size_check = ON;",
                         NULL, NULL, NULL) == SQLITE_OK,
            sqlite3_errmsg(database));
    begin = prepared("BEGIN IMMEDIATE");
    insert_key = prepared(
        "INSERT INTO private_keys (key_id, data_key_id, purpose, scheme, usages, name, created_at, public_key, sealed, mac)"
        " VALUES (?, ?, 0, 'ed25519', x'03', ?, 1, ?, ?, ?)");
    update_data_key = prepared("UPDATE data_keys SET sealed_count = sealed_count + 1, mac = ?2 WHERE id = ?1");
    update_vault = prepared(
        "UPDATE vault SET epoch = epoch + 1, private_key_count = private_key_count + 1, head = ?1, mac = ?2");
    commit = prepared("COMMIT");
    sqlite3_stmt *select = prepared("SELECT id FROM data_keys");
    require(sqlite3_step(select) == SQLITE_ROW && sqlite3_column_bytes(select, 0) == 16, "the vault has no data key");
    memcpy(data_key_id, sqlite3_column_blob(select, 0), 16);
    sqlite3_finalize(select);
}

// Ed25519 in PKCS#8 version 1 (RFC 8410), before the 32 bytes.
static const unsigned char pkcs8_prefix[16] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                               0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

static EVP_PKEY *key_from_pkcs8(const unsigned char seed[32]) {
    unsigned char pkcs8[48];
    const unsigned char *next = pkcs8;
    memcpy(pkcs8, pkcs8_prefix, sizeof(pkcs8_prefix));
    memcpy(pkcs8 + sizeof(pkcs8_prefix), seed, 32);
    return d2i_PrivateKey(EVP_PKEY_ED25519, NULL, &next, sizeof(pkcs8));
}

static EVP_PKEY *key_from_bytes(const unsigned char seed[32]) {
    return EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, 32);
}

static void import(EVP_PKEY *make_key(const unsigned char seed[32])) {
    size_t length = 32;
    unsigned char random[32 + 158], public_key[44], head[60], mac[32];
    char key_id[69] = "1220", name[32];
    require(RAND_bytes(random, sizeof(random)) == 1, "no random bytes");
    memset(public_key, 0x30, sizeof(public_key));
    EVP_PKEY *key = make_key(random);
    require(key != NULL && EVP_PKEY_get_raw_public_key(key, public_key + 12, &length) == 1, "no Ed25519 key");
    EVP_PKEY_free(key);
    memset(head, 1, sizeof(head));
    memcpy(mac, random + 32, sizeof(mac));
    for (int index = 0; index < 32; index++) sprintf(key_id + 4 + 2 * index, "%02x", public_key[12 + index]);
    sprintf(name, "key-%02x%02x%02x%02x%02x%02x", random[0], random[1], random[2], random[3], random[4], random[5]);

    step(begin);
    sqlite3_bind_text(insert_key, 1, key_id, 68, SQLITE_STATIC);
    sqlite3_bind_blob(insert_key, 2, data_key_id, 16, SQLITE_STATIC);
    sqlite3_bind_text(insert_key, 3, name, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert_key, 4, public_key, 44, SQLITE_STATIC);
    sqlite3_bind_blob(insert_key, 5, random + 32, 158, SQLITE_STATIC);
    sqlite3_bind_blob(insert_key, 6, mac, 32, SQLITE_STATIC);
    step(insert_key);
    sqlite3_bind_blob(update_data_key, 1, data_key_id, 16, SQLITE_STATIC);
    sqlite3_bind_blob(update_data_key, 2, mac, 32, SQLITE_STATIC);
    step(update_data_key);
    sqlite3_bind_blob(update_vault, 1, head, 60, SQLITE_STATIC);
    sqlite3_bind_blob(update_vault, 2, mac, 32, SQLITE_STATIC);
    step(update_vault);
    step(commit);
}

static void import_pkcs8(void) { import(key_from_pkcs8); }
static void import_bytes(void) { import(key_from_bytes); }

const struct operation import_key = {"import-ed25519", prepare, import_pkcs8};
const struct operation import_key_bytes = {"import-ed25519-bytes", prepare, import_bytes};
