"""`nodevault init`: the vault, its wrapper key, and what protects the key file."""

from case import CommandTestCase
from terminal import asked
from vault import CONFIGURATION, PASSPHRASE_CONFIGURATION

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ARN = rf"arn:[a-z0-9-]+:kms:[a-z0-9-]*:\d*:key/{UUID}"
STORE = "canton.participants.participant1.crypto.private-key-store"
CLEAR_CONFIGURATION = f"{STORE}.storage.file = participant1.vault"


class InitTests(CommandTestCase):
    def test_the_document_names_vault_node_and_a_created_wrapper_key(self):
        document = self.new_vault().init()
        self.assertEqual(list(document)[:4], ["vaultId", "node", "wrapperKey", "createdWrapperKey"])
        self.assertRegex(document["vaultId"], f"^{UUID}$")
        self.assertEqual(document["node"], "participants.participant1")
        self.assertRegex(document["wrapperKey"], f"^{ARN}$")
        self.assertIs(document["createdWrapperKey"], True)

    def test_the_text_says_what_was_created(self):
        answer = self.new_vault().ok("init")
        first = rf"created vault {UUID} of participants\.participant1"
        self.assertRegex(answer.text, rf"^{first}\nwrapper key {ARN} \(created\)$")
        self.assertEqual(answer.errors, "")

    def test_the_vault_lies_beside_the_configuration_and_is_the_owners_alone(self):
        vault = self.new_vault()
        vault.init()
        for file in [vault.file, vault.key_file, vault.machine_key]:
            self.assertEqual(oct(file.stat().st_mode & 0o777), "0o600", file)

    def test_a_wrapper_key_that_is_named_is_used_and_not_created(self):
        first = self.new_vault()
        key = first.init()["wrapperKey"]
        first.file.unlink()
        first.configuration.write_text(CONFIGURATION + f'{STORE}.encryption.wrapper-key-id = "{key}"')
        document = first.init()
        self.assertEqual((document["wrapperKey"], document["createdWrapperKey"]), (key, False))

    def test_a_wrapper_key_that_does_not_exist_is_a_configuration_error_and_no_vault_is_made(self):
        vault = self.new_vault()
        vault.configuration.write_text(CONFIGURATION + f'{STORE}.encryption.wrapper-key-id = "alias/none"')
        self.check_refusal(vault, ["init"], 78, "wrapper-key-not-found", ["alias/none"])
        self.assertEqual(list(self.folder.glob("*.vault*")), [])

    def test_an_existing_vault_is_never_overwritten(self):
        vault = self.empty_vault()
        self.check_refusal_changes_nothing(vault, ["init"], 73, "vault-exists", [str(vault.file)])

    def test_what_sqlite_left_of_another_vault_is_never_taken_for_a_part_of_the_new_one(self):
        vault = self.empty_vault()
        vault.file.unlink()
        for suffix in ["-wal", "-shm", "-journal"]:
            left = self.write(f"vault/participant1.vault{suffix}", b"left")
            self.check_refusal(vault, ["init"], 73, "vault-exists", [str(left), "left of another vault"])
            self.assertEqual(left.read_bytes(), b"left")
            left.unlink()
            self.assertFalse(vault.file.exists())

    def test_a_folder_that_does_not_exist_is_named(self):
        vault = self.new_vault()
        arguments = ["-C", f"{STORE}.storage.file=missing/a.vault", "init"]
        self.check_refusal(vault, arguments, 66, "vault-missing", ["missing/a.vault"])

    def test_a_node_without_encryption_has_a_clear_vault_that_says_so(self):
        vault = self.new_vault(CLEAR_CONFIGURATION)
        self.assertIn("clear", vault.ok("init").text)
        document = vault.json("status")
        self.assertEqual((document["wrapperKey"], document["dataKeys"], document["clearRecords"]), (None, [], 0))
        answer = vault.ok("--format", "json", "key", "generate", "--scheme", "ed25519", "--purpose", "signing")
        self.assertIsNone(answer.json["dataKeyId"])
        self.assertIn("clear", answer.errors)
        self.assertEqual(vault.json("status")["clearRecords"], 1)
        self.assertEqual(len(vault.ok("sign", answer.json["keyId"], input=b"message").stdout), 64)


class PassphraseTests(CommandTestCase):
    """LocalKMS sealed by a passphrase."""

    def test_a_passphrase_file_seals_a_new_key_file(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse\nnot this line\n")
        vault.init()
        key = vault.generate()
        self.assertFalse(vault.machine_key.exists())
        self.write("passphrase", "correct horse\r\n")
        vault.ok("sign", key["keyId"], input=b"message")

    def test_init_asks_twice_for_a_passphrase_and_does_not_show_it(self):
        vault = self.new_vault()
        questions = [("new passphrase of", "correct horse"), ("once more", "correct horse")]
        answer, shown = asked(vault, ["init", "--ask-passphrase"], *questions)
        self.assertEqual(answer.returncode, 0, answer)
        self.assertNotIn("correct horse", shown)
        self.assertFalse(vault.machine_key.exists())
        answer, shown = asked(vault, ["verify"], ("passphrase of", "correct horse"))
        self.assertEqual(answer.returncode, 0, answer)
        self.assertNotIn("correct horse", shown)

    def test_two_passphrases_that_differ_make_nothing(self):
        vault = self.new_vault()
        questions = [("new passphrase of", "correct horse"), ("once more", "correct house")]
        answer, _ = asked(vault, ["init", "--ask-passphrase"], *questions)
        self.assert_refused(answer, 64, mentions=["differ"])
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.vault")), [])
        self.assertFalse(vault.key_file.exists())

    def test_the_passphrase_is_asked_for_where_none_is_configured(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse")
        vault.init()
        vault.configuration.write_text(CONFIGURATION)
        answer, _ = asked(vault, ["verify"], ("passphrase of", "wrong horse"))
        self.assert_refused(answer, 65, mentions=["passphrase is wrong"])
        arguments = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
        answer, _ = asked(vault, arguments, ("passphrase of", "correct horse"))
        self.assertEqual(answer.returncode, 0, answer)
        self.assertFalse(vault.machine_key.exists())

    def test_without_a_terminal_nobody_is_asked(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse")
        vault.init()
        vault.configuration.write_text(CONFIGURATION)
        self.check_refusal_changes_nothing(vault, ["verify"], 64, "passphrase-needed", ["no terminal"])
        self.assertFalse(vault.machine_key.exists())
        arguments = ["-C", f"{STORE}.storage.file=b.vault", "init", "--ask-passphrase"]
        self.check_refusal(vault, arguments, 64, "passphrase-needed")

    def test_asking_contradicts_a_configured_passphrase_or_machine_key(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse")
        self.check_refusal(vault, ["init", "--ask-passphrase"], 64, "usage", ["passphrase-file"])
        self.assertFalse(vault.key_file.exists())

    def test_passphrase_and_machine_key_exclude_each_other(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        both = PASSPHRASE_CONFIGURATION.replace("passphrase-file", "machine-key-file = m, passphrase-file")
        vault.configuration.write_text(both)
        self.check_refusal(vault, ["init"], 78, "configuration", ["machine-key-file"])
