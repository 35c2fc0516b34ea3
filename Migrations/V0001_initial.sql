-- The vault's tables, version 1. Every row of an encrypted vault carries `mac`, HMAC-SHA-256 under the integrity key over
-- all its other columns (docs/envelope-format.md); in a clear vault it is null. Times are microseconds since 1970 UTC.

-- Which of these files were applied.
CREATE TABLE schema_migrations (
    version    INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
    name       TEXT    NOT NULL CHECK (length(name) >= 1),
    applied_at INTEGER NOT NULL,
    mac        BLOB    CHECK (length(mac) = 32)
) STRICT;

-- Wrapped data keys. `sealed_count` counts the records ever sealed under one, so that its bound holds for ever.
CREATE TABLE data_keys (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    wrapper_key     TEXT    NOT NULL CHECK (length(wrapper_key) BETWEEN 1 AND 2048),
    key_material_id TEXT    CHECK (length(key_material_id) BETWEEN 1 AND 128),
    wrapped         BLOB    NOT NULL CHECK (length(wrapped) BETWEEN 1 AND 6144),
    binding         BLOB    NOT NULL CHECK (length(binding) = 32),
    sealed_count    INTEGER NOT NULL CHECK (sealed_count >= 0),
    created_at      INTEGER NOT NULL,
    rewrapped_at    INTEGER,
    mac             BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- The one row that says what this vault is. `head` is the encrypted sum of all rows' codes, bound to epoch and counts.
CREATE TABLE vault (
    singleton              INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id                     BLOB    NOT NULL CHECK (length(id) = 16),
    format                 INTEGER NOT NULL CHECK (format >= 1),
    node                   TEXT    NOT NULL CHECK (length(node) BETWEEN 1 AND 300),
    created_at             INTEGER NOT NULL,
    wrapper_key            TEXT    CHECK (length(wrapper_key) BETWEEN 1 AND 2048),
    wrapper_key_created    INTEGER CHECK (wrapper_key_created IN (0, 1)),
    active_data_key        BLOB    REFERENCES data_keys (id),
    integrity_key_id       BLOB    CHECK (length(integrity_key_id) = 16),
    integrity_wrapper_key  TEXT    CHECK (length(integrity_wrapper_key) BETWEEN 1 AND 2048),
    integrity_material_id  TEXT    CHECK (length(integrity_material_id) BETWEEN 1 AND 128),
    integrity_wrapped      BLOB    CHECK (length(integrity_wrapped) BETWEEN 1 AND 6144),
    epoch                  INTEGER NOT NULL CHECK (epoch >= 1),
    migration_count        INTEGER NOT NULL CHECK (migration_count >= 1),
    data_key_count         INTEGER NOT NULL CHECK (data_key_count >= 0),
    private_key_count      INTEGER NOT NULL CHECK (private_key_count >= 0),
    job_count              INTEGER NOT NULL CHECK (job_count >= 0),
    head                   BLOB    CHECK (length(head) = 60),
    mac                    BLOB    CHECK (length(mac) = 32),
    -- Encrypted or clear, as a whole.
    CHECK ((wrapper_key IS NULL) = (mac IS NULL)),
    CHECK ((wrapper_key_created IS NULL) = (mac IS NULL)),
    CHECK ((integrity_key_id IS NULL) = (mac IS NULL)),
    CHECK ((integrity_wrapper_key IS NULL) = (mac IS NULL)),
    CHECK ((integrity_wrapped IS NULL) = (mac IS NULL)),
    CHECK ((head IS NULL) = (mac IS NULL)),
    CHECK (mac IS NOT NULL OR active_data_key IS NULL),
    CHECK (mac IS NOT NULL OR integrity_material_id IS NULL)
) STRICT;

-- Private keys. A sealed row names its data key; a clear row has none, and `sealed` holds the PKCS#8 itself.
CREATE TABLE private_keys (
    key_id      TEXT    NOT NULL PRIMARY KEY CHECK (length(key_id) = 68 AND substr(key_id, 1, 4) = '1220'
                                                    AND substr(key_id, 5) NOT GLOB '*[^0-9a-f]*'),
    data_key_id BLOB    REFERENCES data_keys (id),
    purpose     INTEGER NOT NULL CHECK (purpose IN (0, 1)),
    scheme      TEXT    NOT NULL CHECK (scheme IN ('ed25519', 'ec-p256', 'ec-p384', 'ec-secp256k1', 'rsa-2048')),
    usages      BLOB    NOT NULL CHECK (length(usages) <= 16 AND (purpose = 0 OR length(usages) = 0)),
    name        TEXT    UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 300),
    created_at  INTEGER NOT NULL,
    public_key  BLOB    NOT NULL CHECK (length(public_key) BETWEEN 1 AND 4096),
    sealed      BLOB    NOT NULL CHECK (length(sealed) BETWEEN 1 AND 65536),
    mac         BLOB    CHECK (length(mac) = 32),
    CHECK (data_key_id IS NULL OR (mac IS NOT NULL AND length(sealed) > 110))
) STRICT;

CREATE INDEX private_keys_by_data_key ON private_keys (data_key_id);

-- Work on the whole vault: what it was, from where to where, and how far it came. `scope` says which wrapped keys or records
-- are meant, `plan` the data keys (16 bytes each) that a rotation still has to empty, `checkpoint` the last data key done
-- where they are taken in the order of their ids. Each start draws a new `fence`: who holds another one is its owner no more.
CREATE TABLE jobs (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT    NOT NULL CHECK (kind IN ('rewrap', 'rotate', 'migrate-encrypt', 'migrate-decrypt')),
    state      TEXT    NOT NULL CHECK (state IN ('running', 'done')),
    source     TEXT    CHECK (length(source) BETWEEN 1 AND 2048),
    target     TEXT    CHECK (length(target) BETWEEN 1 AND 2048),
    scope      TEXT    NOT NULL CHECK (length(scope) BETWEEN 1 AND 100),
    plan       BLOB    CHECK (length(plan) % 16 = 0),
    checkpoint BLOB    CHECK (length(checkpoint) = 16),
    fence      BLOB    NOT NULL CHECK (length(fence) = 16),
    done       INTEGER NOT NULL CHECK (done >= 0),
    total      INTEGER NOT NULL CHECK (total >= done),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    mac        BLOB    CHECK (length(mac) = 32)
) STRICT;
