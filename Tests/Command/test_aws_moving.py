"""A vault that moves: between two wrapper keys of AWS, between regions, between LocalKMS and AWS KMS."""

import aws
from strict import StrictServerTestCase

MESSAGE = b"a message"


class MovingTests(StrictServerTestCase):
    KMS = "canton.participants.participant1.crypto.kms"

    def setUp(self):
        super().setUp()
        self.vault = aws.strict_vault(self.folder)
        self.aws_configuration = self.vault.configuration.read_text()
        self.local_configuration = self.aws_configuration.replace("type = aws", "type = local")

    def use(self, text, *lines):
        self.vault.configuration.write_text("\n".join([text, *lines]))

    def only_local(self):
        self.use(
            "canton.participants.participant1.crypto { kms.type = local, private-key-store.encryption.type = kms }"
        )

    def test_from_local_kms_to_aws_and_back(self):
        self.only_local()
        local_key = self.vault.init()["wrapperKey"]
        key = self.vault.generate("ed25519")["keyId"]
        target = self.server.post("/keys")["Arn"]

        self.use(self.aws_configuration, f'{self.KMS}.key-file = "participant1.kms"')
        report = self.vault.json("rewrap", "--to", target)
        self.assertEqual((report["from"], report["to"], report["done"]), (local_key, target, 2))
        self.use(self.aws_configuration)
        self.vault.key_file.rename(self.folder / "away")
        self.assertEqual(len(self.vault.ok("sign", key, input=MESSAGE).stdout), 64)
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])
        self.assertNotIn("ReEncrypt", {request["operation"] for request in self.server.requests()})

        (self.folder / "away").rename(self.vault.key_file)
        encryption = "canton.participants.participant1.crypto.private-key-store.encryption"
        trusted = f'{encryption}.trusted-accounts = ["{target.split(":")[4]}"]'
        self.use(self.local_configuration, f'{self.KMS}.key-file = "participant1.kms"', trusted)
        report = self.vault.json("rewrap", "--to", local_key)
        self.assertEqual((report["from"], report["to"], report["done"]), (target, local_key, 2))
        self.only_local()
        self.server.post("/keys/state", arn=target, state="Disabled")
        self.assertEqual(len(self.vault.ok("sign", key, input=MESSAGE).stdout), 64)
        self.assertEqual(self.vault.json("verify", "--deep")["failed"], [])

    def test_to_another_region_of_aws(self):
        first = self.vault.init()["wrapperKey"]
        key = self.vault.generate("ed25519")["keyId"]
        other = self.server.post("/keys", region="eu-west-1")["Arn"]
        self.vault.variables["AWS_ENDPOINT_URL_KMS"] = self.server.ready["regions"]["eu-west-1"]
        report = self.vault.json("rewrap", "--to", other)
        self.assertEqual((report["from"], report["to"], report["done"]), (first, other, 2))
        self.assertEqual(len(self.vault.ok("sign", key, input=MESSAGE).stdout), 64)

    def test_beside_aws_a_local_vault_is_read_and_nothing_new_lies_under_its_key(self):
        self.only_local()
        self.vault.init()
        key = self.vault.generate("ed25519")["keyId"]
        self.use(self.aws_configuration, f'{self.KMS}.key-file = "participant1.kms"')
        full = ["-C", "canton.participants.participant1.crypto.private-key-store.data-keys.max-records=1"]
        self.assertEqual(len(self.vault.ok("sign", key, input=MESSAGE).stdout), 64)
        generate = [*full, "key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
        self.assert_refused(self.vault.run(*generate), 78, ["is of LocalKMS", "rewrap"])

    def test_a_key_file_beside_an_aws_vault_that_is_not_pinned_changes_nothing(self):
        self.vault.init()
        self.use(self.aws_configuration, f'{self.KMS}.key-file = "other.kms"')
        answer = self.vault.run("key", "generate", "--scheme", "ed25519", "--purpose", "signing")
        self.assert_refused(answer, 66, ["other.kms"])


class PinnedByAliasTests(StrictServerTestCase):
    def test_a_vault_whose_alias_is_gone_is_read_with_a_warning_until_its_key_is_named_by_arn(self):
        arn = self.server.post("/keys", alias="alias/node")["Arn"]
        vault = aws.strict_vault(self.folder, wrapper_key="alias/node")
        vault.init()
        key = vault.generate("ed25519")["keyId"]
        self.server.client().delete_alias(AliasName="alias/node")
        answer = vault.ok("sign", key, input=MESSAGE)
        self.assertEqual(len(answer.stdout), 64)
        self.assertIn("the pinned wrapper key alias/node cannot be asked for its account", answer.errors)
        full = ["-C", "canton.participants.participant1.crypto.private-key-store.data-keys.max-records=1"]
        generate = [*full, "key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
        self.assert_refused(vault.run(*generate), 78, ["by its ARN"])
        vault.configure(self.server.https, wrapper_key=arn)
        vault.ok(*generate)


class RewrapBetweenKeysTests(StrictServerTestCase):
    def test_rewrap_to_a_named_key_uses_re_encrypt_and_the_old_key_may_then_go(self):
        vault = aws.strict_vault(self.folder)
        first = vault.init()["wrapperKey"]
        key = vault.generate("ed25519")
        second = self.server.post("/keys", alias="alias/second")["Arn"]
        self.assertEqual(vault.json("rewrap", "--to", "alias/second")["to"], second)
        self.assertEqual(len([r for r in self.server.requests() if r["operation"] == "ReEncrypt"]), 2)
        self.server.post("/keys/state", arn=first, state="PendingDeletion")
        self.assertEqual(len(vault.ok("sign", key["keyId"], input=MESSAGE).stdout), 64)
