#!/usr/bin/env bash
# The main job on the embedded default: SQLite for the keys, LocalKMS for the wrapper keys; no account, no network.
# Usage: demo.sh PATH-OF-NODEVAULT
set -euo pipefail

nodevault=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

step() { printf '\n%s\n' "$*"; }
show() {
    echo "\$ ${*/#$nodevault/nodevault}"
    "$@"
}
refused() {
    local status=0
    "$@" || status=$?
    [ "$status" -eq 65 ] || { echo "expected exit 65 (does not verify), got $status" >&2; exit 1; }
    echo "-> refused with exit 65"
}

step "1. A node's configuration, as Canton writes it: keys are to be encrypted, and every KMS call logged."
cat > participant1.conf <<'CONF'
canton.participants.participant1.crypto {
  kms { type = local, audit-logging = true }   # LocalKMS: wrapper keys in a file beside this one
  private-key-store.encryption.type = kms
}
CONF
cat participant1.conf
export NODEVAULT_CONFIG=participant1.conf KMS_LOG_FILE_NAME=kms.log

step "2. Create the vault, and a wrapper key in the KMS."
show "$nodevault" init

step "3. Import a private key that OpenSSL's command has made."
openssl genpkey -algorithm ed25519 -out openssl.pem
imported=$("$nodevault" key import openssl.pem --purpose signing --usage namespace --name from-openssl)
echo "key id $imported"

step "4. Generate one key of every scheme; the private keys never leave locked memory unsealed."
for scheme in ed25519 ec-p256 ec-p384 ec-secp256k1; do
    "$nodevault" key generate --scheme $scheme --purpose signing --usage protocol --name "node-$scheme" >"$scheme.id"
done
"$nodevault" key generate --scheme rsa-2048 --purpose encryption --name node-rsa-2048 >rsa-2048.id
show "$nodevault" key list

step "5. Sign a file with the imported key; OpenSSL's own command verifies with the public half of its own key."
echo "transfer 100 from Alice to Bob" >message
"$nodevault" sign "$imported" message >signature
openssl pkey -in openssl.pem -pubout -out openssl-public.pem
openssl pkeyutl -verify -pubin -inkey openssl-public.pem -rawin -in message -sigfile signature

step "6. The same with a key that the vault has made: ECDSA on P-256."
"$nodevault" sign "$(cat ec-p256.id)" message >signature
"$nodevault" key public "$(cat ec-p256.id)" >public.pem
openssl dgst -sha256 -verify public.pem -signature signature message

step "7. What lies under which wrapper key; this needs no KMS."
show "$nodevault" status

step "8. Rewrap: the data keys go under a second wrapper key, the sealed records stay as they are."
show "$nodevault" rewrap --to-new-key

step "9. Verify everything: row codes, head, data keys; open every record and derive every public key anew."
show "$nodevault" verify --deep

step "10. The audit log has every KMS call, in Canton's format, and never a secret."
tail -n 4 kms.log

step "11. An attacker flips one bit of one sealed record in a copy of the database."
cp participant1.vault flipped.vault
python3 - flipped.vault "$imported" <<'PY'
import pathlib, sqlite3, sys
path, key = pathlib.Path(sys.argv[1]), sys.argv[2]
sealed, = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT sealed FROM private_keys WHERE key_id = ?", [key]).fetchone()
content = bytearray(path.read_bytes())
content[content.index(sealed) + 100] ^= 1
path.write_bytes(content)
PY
refused "$nodevault" -C canton.participants.participant1.crypto.private-key-store.storage.file="$folder/flipped.vault" \
    sign "$imported" message

step "12. An attacker swaps the sealed records of two keys in another copy."
cp participant1.vault swapped.vault
python3 - swapped.vault "$imported" "$(cat ed25519.id)" <<'PY'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
first, second = sys.argv[2:4]
read = lambda key: database.execute("SELECT sealed, mac FROM private_keys WHERE key_id = ?", [key]).fetchone()
rows = read(first), read(second)
database.execute("UPDATE private_keys SET sealed = ?, mac = ? WHERE key_id = ?", [*rows[1], first])
database.execute("UPDATE private_keys SET sealed = ?, mac = ? WHERE key_id = ?", [*rows[0], second])
PY
refused "$nodevault" -C canton.participants.participant1.crypto.private-key-store.storage.file="$folder/swapped.vault" \
    verify

step "Done. The vault itself is untouched:"
"$nodevault" verify
