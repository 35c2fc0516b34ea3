"""`nodevault key generate | list | show | public | rename | delete`."""

import base64
import hashlib

from case import CommandTestCase
from cryptography.hazmat.primitives.serialization import load_der_public_key
from terminal import asked
from vault import PURPOSES, SCHEMES

KEY_FIELDS = ["keyId", "name", "purpose", "usages", "scheme", "publicKey", "dataKeyId", "createdAt"]
ISO_8601 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"


def fingerprint(scheme, public_key):
    """Canton's, written from its description: of the SPKI, for Ed25519 of the raw key."""
    content = public_key[-32:] if scheme == "ed25519" else public_key
    return "1220" + hashlib.sha256((12).to_bytes(4, "big") + content).hexdigest()


class GenerateTests(CommandTestCase):
    def test_a_key_of_every_scheme_has_a_document_with_every_field(self):
        vault = self.full_vault()
        for scheme, key in vault.keys.items():
            with self.subTest(scheme):
                self.assertEqual(list(key)[:8], KEY_FIELDS)
                public_key = base64.b64decode(key["publicKey"], validate=True)
                load_der_public_key(public_key)
                self.assertEqual(key["keyId"], fingerprint(scheme, public_key))
                self.assertEqual(
                    (key["name"], key["purpose"], key["usages"], key["scheme"]), (scheme, PURPOSES[scheme], [], scheme)
                )
                self.assertRegex(key["dataKeyId"], r"^[0-9a-f-]{36}$")
                self.assertRegex(key["createdAt"], ISO_8601)

    def test_the_text_is_the_key_id_alone(self):
        answer = self.empty_vault().ok("key", "generate", "--scheme", "ec-p256", "--purpose", "encryption")
        self.assertRegex(answer.text, "^1220[0-9a-f]{64}$")
        self.assertEqual(answer.errors, "")

    def test_usages_are_kept_in_the_order_of_their_numbers_and_once(self):
        usages = ["party-jwt", "namespace", "signing", "protocol", "proof-of-ownership", "sequencer-auth"]
        key = self.empty_vault().generate("ed25519", *[word for usage in usages for word in ("--usage", usage)])
        self.assertEqual(key["usages"], ["namespace", "sequencer-auth", "protocol", "proof-of-ownership", "party-jwt"])
        self.assertIsNone(key["name"])

    def test_an_encryption_key_has_no_usages(self):
        arguments = ["key", "generate", "--scheme", "ec-p256", "--purpose", "encryption", "--usage", "protocol"]
        self.check_refusal_changes_nothing(self.empty_vault(), arguments, 64, "invalid-argument", ["usages"])

    def test_a_scheme_serves_its_purposes_only(self):
        vault = self.empty_vault()
        for scheme, purpose in [("ed25519", "encryption"), ("ec-secp256k1", "encryption"), ("rsa-2048", "signing")]:
            with self.subTest(scheme):
                arguments = ["key", "generate", "--scheme", scheme, "--purpose", purpose]
                self.check_refusal_changes_nothing(vault, arguments, 64, "purpose-not-allowed", [scheme])

    def test_names_have_1_to_300_bytes_of_any_utf_8(self):
        vault = self.empty_vault()
        name = "ключ 🔑 " + "x" * 200
        key = vault.generate("ed25519", "--name", name)
        self.assertEqual(key["name"], name)
        self.assertEqual(vault.json("key", "show", key["keyId"])["name"], name)
        self.assertEqual(vault.generate("ed25519", "--name", "é" * 150)["name"], "é" * 150)
        for wrong in ["", "x" * 301, "é" * 151]:
            arguments = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing", "--name", wrong]
            self.check_refusal_changes_nothing(vault, arguments, 64, "invalid-argument", ["1 to 300 bytes"])

    def test_a_name_cannot_write_on_the_terminal(self):
        vault = self.empty_vault()
        name = "a\x1b[2Jb\r\n\u202e"
        key = vault.generate("ed25519", "--name", name)
        self.assertEqual(key["name"], name)
        for arguments in [["key", "list"], ["key", "show", key["keyId"]], ["key", "rename", key["keyId"], name + "c"]]:
            answer = vault.ok(*arguments)
            self.assertNotRegex(answer.text, "[\x1b\r\u202e]")

    def test_a_name_is_in_the_vault_once(self):
        vault = self.full_vault()
        arguments = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing", "--name", "ec-p256"]
        self.check_refusal_changes_nothing(vault, arguments, 1, "duplicate-name", ["name"])


class ListTests(CommandTestCase):
    def test_list_and_show_give_the_documents_that_generate_gave(self):
        vault = self.full_vault()
        expected = sorted(vault.keys.values(), key=lambda key: key["keyId"])
        self.assertEqual(vault.json("key", "list"), {"keys": expected})
        for key in expected:
            self.assertEqual(vault.json("key", "show", key["keyId"]), key)

    def test_the_list_as_text_has_one_line_a_key(self):
        vault = self.full_vault()
        lines = vault.ok("key", "list").text.splitlines()
        self.assertEqual(sorted(line.split()[0] for line in lines), sorted(k["keyId"] for k in vault.keys.values()))
        self.assertEqual({line.split()[-1] for line in lines}, set(SCHEMES))

    def test_an_empty_vault_has_an_empty_list(self):
        vault = self.empty_vault()
        self.assertEqual(vault.json("key", "list"), {"keys": []})
        self.assertEqual(vault.ok("key", "list").text, "no keys")

    def test_show_as_text_has_every_field(self):
        vault = self.full_vault()
        key = vault.keys["ec-p384"]
        text = vault.ok("key", "show", key["keyId"]).text
        for field in ["keyId", "name", "purpose", "scheme", "dataKeyId", "createdAt"]:
            self.assertIn(key[field], text)

    def test_public_prints_a_pem_that_openssl_reads(self):
        vault = self.full_vault()
        for key in vault.keys.values():
            pem = vault.ok("key", "public", key["keyId"]).stdout
            self.assertEqual(
                self.openssl("pkey", "-pubin", "-outform", "DER", input=pem), base64.b64decode(key["publicKey"])
            )
            self.assertEqual(vault.json("key", "public", key["keyId"]), key)

    def test_list_show_public_and_status_never_call_the_kms(self):
        vault = self.full_vault()
        vault.key_file.unlink()
        vault.machine_key.unlink()
        vault.log.unlink()
        key_id = vault.keys["ed25519"]["keyId"]
        for words in ["key list", f"key show {key_id}", f"key public {key_id}", "status", "config show"]:
            vault.ok(*words.split())
        self.assertFalse(vault.log.exists())
        self.assertEqual(vault.run("verify").returncode, 66)


class RenameTests(CommandTestCase):
    def test_rename_changes_the_name_alone_and_seals_the_record_anew(self):
        vault = self.full_vault()
        key = vault.keys["ec-p256"]
        sealed = vault.rows("SELECT sealed FROM private_keys WHERE key_id = ?", key["keyId"])
        self.assertEqual(vault.json("key", "rename", key["keyId"], "new name"), key | {"name": "new name"})
        self.assertNotEqual(vault.rows("SELECT sealed FROM private_keys WHERE key_id = ?", key["keyId"]), sealed)
        self.assertEqual(vault.json("verify", "--deep")["failed"], [])

    def test_a_key_keeps_its_name_when_it_is_renamed_to_it(self):
        vault = self.full_vault()
        key = vault.keys["ec-p256"]
        self.assertEqual(vault.json("key", "rename", key["keyId"], "ec-p256"), key)

    def test_a_name_of_another_key_is_refused(self):
        vault = self.full_vault()
        arguments = ["key", "rename", vault.keys["ec-p256"]["keyId"], "ed25519"]
        self.check_refusal_changes_nothing(vault, arguments, 1, "duplicate-name")

    def test_an_empty_or_oversized_name_is_refused(self):
        vault = self.full_vault()
        for name in ["", "x" * 301]:
            arguments = ["key", "rename", vault.keys["ec-p256"]["keyId"], name]
            self.check_refusal_changes_nothing(vault, arguments, 64, "invalid-argument")


class DeleteTests(CommandTestCase):
    def test_yes_deletes_and_answers_the_key(self):
        vault = self.full_vault()
        key = vault.keys["ed25519"]
        self.assertEqual(vault.json("key", "delete", key["keyId"], "--yes"), key)
        self.check_refusal(vault, ["key", "show", key["keyId"]], 1, "key-not-found")
        document = vault.json("verify")
        self.assertEqual((document["records"], document["failed"]), (len(SCHEMES) - 1, []))

    def test_without_a_terminal_nothing_is_deleted(self):
        vault = self.full_vault()
        arguments = ["key", "delete", vault.keys["ed25519"]["keyId"]]
        self.check_refusal_changes_nothing(vault, arguments, 64, "invalid-argument", ["--yes"], input=b"yes\n")

    def test_a_terminal_is_asked_and_anything_but_yes_keeps_the_key(self):
        vault = self.full_vault()
        key = vault.keys["ed25519"]
        content = vault.content()
        for reply in ["no", "", "YES", "y"]:
            answer, shown = asked(vault, ["key", "delete", key["keyId"]], ("Type yes: ", reply))
            self.assertEqual(answer.returncode, 1, answer)
            self.assertEqual(answer.stdout, b"")
            self.assertIn("nothing was done", answer.errors)
        self.assertEqual(vault.content(), content)
        answer, _ = asked(vault, ["key", "delete", key["keyId"]], ("Type yes: ", "yes"))
        self.assertEqual(answer.returncode, 0, answer)
        self.assertIn(key["keyId"], answer.text)
        self.assertEqual(len(vault.json("key", "list")["keys"]), len(SCHEMES) - 1)
