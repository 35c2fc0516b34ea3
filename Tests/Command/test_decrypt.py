"""`nodevault decrypt`, with OpenSSL's command as the one who encrypts."""

from case import CommandTestCase

OAEP = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"]
SECRET = b"a secret\x00 with any bytes \xff\n"


class DecryptTests(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()
        self.key_id = self.vault.keys["rsa-2048"]["keyId"]

    def encrypted(self, secret, *how):
        public = self.write("public.pem", self.vault.ok("key", "public", self.key_id).stdout)
        return self.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *(how or OAEP), input=secret)

    def test_what_openssl_encrypted_is_decrypted_from_a_file_or_from_standard_input(self):
        for secret in [SECRET, b"", bytes(190)]:
            with self.subTest(secret):
                ciphertext = self.encrypted(secret)
                self.assertEqual(self.vault.ok("decrypt", self.key_id, input=ciphertext).stdout, secret)
                file = self.write("secret.enc", ciphertext)
                self.assertEqual(self.vault.ok("decrypt", self.key_id, file).stdout, secret)

    def test_what_was_not_encrypted_so_for_this_key_is_refused_without_saying_why(self):
        ciphertext = self.encrypted(SECRET)
        changed = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
        with_sha1 = self.encrypted(SECRET, "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha1")
        with_pkcs1 = self.encrypted(SECRET, "-pkeyopt", "rsa_padding_mode:pkcs1")
        errors = set()
        for wrong in [changed, with_sha1, with_pkcs1]:
            self.check_refusal_changes_nothing(
                self.vault, ["decrypt", self.key_id], 65, "decryption-failed", input=wrong
            )
            errors.add(self.vault.run("decrypt", self.key_id, input=wrong).errors)
        self.assertEqual(len(errors), 1)

    def test_a_text_of_another_length_is_refused(self):
        for wrong in [b"", b"x", self.encrypted(SECRET)[:-1], self.encrypted(SECRET) + b"\x00"]:
            self.check_refusal(self.vault, ["decrypt", self.key_id], 65, "decryption-failed", input=wrong)

    def test_signing_keys_and_keys_for_agreement_do_not_decrypt(self):
        ciphertext = self.encrypted(SECRET)
        for key_id, mentions in [
            (self.vault.keys["ed25519"]["keyId"], ["for signing"]),
            (self.vault.generate("ec-p256", purpose="encryption")["keyId"], ["rsa-2048"]),
        ]:
            self.check_refusal_changes_nothing(
                self.vault, ["decrypt", key_id], 64, "purpose-not-allowed", mentions, input=ciphertext
            )

    def test_a_missing_file_is_named(self):
        self.check_refusal(self.vault, ["decrypt", self.key_id, "missing.enc"], 66, "input-missing", ["missing.enc"])
