"""Every command on AWS KMS: on the strict KMS of Tests/KMSServer over HTTPS, and on moto."""

import aws
from case import CommandTestCase
from strict import StrictServerTestCase
from vault import PURPOSES, SCHEMES

KEY_ARN = r"^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]{36}$"
MESSAGE = b"a message"


class MainJob:
    """What works on either server. The vault is made by `new_vault`."""

    def test_init_creates_a_wrapper_key_and_the_vault_keeps_its_arn(self):
        vault = self.new_vault()
        made = vault.init()
        self.assertRegex(made["wrapperKey"], KEY_ARN)
        self.assertIs(made["createdWrapperKey"], True)
        self.assertEqual(vault.json("status")["wrapperKey"], made["wrapperKey"])

    def test_a_key_of_every_scheme_is_made_used_exported_renamed_and_deleted(self):
        vault = self.new_vault()
        vault.init()
        keys = {scheme: vault.generate(scheme) for scheme in SCHEMES}
        self.assertEqual(len(vault.json("key", "list")["keys"]), len(SCHEMES))
        for scheme, key in keys.items():
            with self.subTest(scheme):
                self.assertEqual(vault.json("key", "show", key["keyId"]), key)
                if PURPOSES[scheme] == "signing":
                    signature = self.write("signature", vault.ok("sign", key["keyId"], input=MESSAGE).stdout)
                    check = ["verify-signature", key["keyId"], "--signature", signature]
                    self.assertTrue(vault.json(*check, input=MESSAGE)["valid"])
                else:
                    public = self.write("public.pem", vault.ok("key", "public", key["keyId"]).stdout)
                    oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"]
                    secret = self.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *oaep, input=MESSAGE)
                    self.assertEqual(vault.ok("decrypt", key["keyId"], input=secret).stdout, MESSAGE)
                self.assertEqual(vault.json("key", "rename", key["keyId"], f"a-{scheme}")["name"], f"a-{scheme}")
                pem = self.folder / f"{scheme}.pem"
                passphrase = self.write("passphrase", "correct horse\n")
                vault.ok("key", "export", key["keyId"], "--out", pem, "--passphrase-file", passphrase)
                vault.ok("key", "delete", key["keyId"], "--yes")
                again = ["key", "import", pem, "--purpose", PURPOSES[scheme], "--passphrase-file", passphrase]
                self.assertEqual(vault.json(*again)["keyId"], key["keyId"])
        self.assertEqual(vault.json("verify", "--deep")["failed"], [])

    def test_rewrap_replaces_every_wrapping_by_one_under_a_new_key(self):
        vault = self.new_vault()
        first = vault.init()["wrapperKey"]
        for _ in range(3):
            vault.generate("ed25519")
        report = vault.json("rewrap", "--to-new-key")
        self.assertEqual((report["from"], report["total"]), (first, 2))
        self.assertNotEqual(report["to"], first)
        status = vault.json("status")
        self.assertEqual(status["wrapperKey"], report["to"])
        self.assertEqual({key["wrapperKey"] for key in status["dataKeys"]}, {report["to"]})
        self.assertEqual(vault.json("verify", "--deep")["failed"], [])

    def test_no_secret_is_in_the_audit_log_and_every_call_is(self):
        vault = self.new_vault()
        made = vault.init()
        vault.generate("ed25519")
        vault.ok("rewrap", "--to-new-key")
        log = vault.log.read_text()
        for name in ["CreateKey", "GenerateDataKey", "Decrypt", "ReEncrypt"]:
            self.assertIn(f"{name}Request(", log)
            self.assertIn(f"{name}Response(", log)
        self.assertIn(made["wrapperKey"], log)
        self.assertNotIn(vault.variables["AWS_SECRET_ACCESS_KEY"], log)


class StrictServerTests(MainJob, StrictServerTestCase):
    def new_vault(self, **options):
        return aws.strict_vault(self.folder, **options)

    def names_of_a_key(self):
        """Key id, key ARN, alias name and alias ARN of one key, and its ARN."""
        metadata = self.server.post("/keys", alias="alias/node")
        arn = metadata["Arn"]
        alias_arn = arn.rsplit(":", 1)[0] + ":alias/node"
        return [metadata["KeyId"], arn, "alias/node", alias_arn], arn

    def test_the_wrapper_key_may_have_any_of_its_names_and_its_arn_is_kept(self):
        names, arn = self.names_of_a_key()
        for name in names:
            with self.subTest(name):
                vault = self.new_vault(wrapper_key=name)
                made = vault.init()
                self.assertEqual((made["wrapperKey"], made["createdWrapperKey"]), (arn, False))
                self.assertEqual(vault.rows("SELECT wrapper_key FROM vault"), [(arn,)])
                vault.generate("ed25519")
                self.assertEqual(vault.rows("SELECT wrapper_key FROM data_keys"), [(arn,)])
                for file in self.folder.glob("participant1.vault*"):
                    file.unlink()

    def test_an_alias_that_is_pointed_elsewhere_later_changes_nothing(self):
        _, arn = self.names_of_a_key()
        vault = self.new_vault(wrapper_key="alias/node")
        vault.init()
        key = vault.generate("ed25519")
        client = self.server.client()
        other = client.create_key()["KeyMetadata"]["Arn"]
        client.update_alias(AliasName="alias/node", TargetKeyId=other)
        self.assertEqual(len(vault.ok("sign", key["keyId"], input=MESSAGE).stdout), 64)
        self.assertEqual(vault.json("status")["wrapperKey"], arn)

    def test_every_request_carries_the_encryption_context_and_names_the_key_by_its_arn(self):
        vault = self.new_vault()
        made = vault.init()
        key = vault.generate("ed25519")
        vault.ok("sign", key["keyId"], input=MESSAGE)
        data_key = vault.json("status")["dataKeys"][0]["id"]
        seen = self.server.requests()
        self.assertTrue(all(request["signatureValid"] for request in seen))
        contexts = [request["encryptionContext"] for request in seen if request["operation"] == "Decrypt"]
        common = {"nodevault:vault": made["vaultId"], "nodevault:format": "1"}
        self.assertIn(common | {"nodevault:key": data_key, "nodevault:use": "data-key"}, contexts)
        self.assertIn("integrity", {context["nodevault:use"] for context in contexts})
        for request in seen:
            if request["operation"] == "Decrypt":
                self.assertEqual(request["keys"], {"KeyId": made["wrapperKey"]})

    def test_a_created_key_has_tags_and_a_description_that_names_the_vault(self):
        vault = self.new_vault()
        made = vault.ok("-C", "canton.participants.participant1.crypto.kms.custom-tags.team=ledger", "init")
        key = vault.json("status")["wrapperKey"]
        self.assertIn("created", made.text)
        client = self.server.client()
        tags = {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key)["Tags"]}
        self.assertEqual(tags, {"CreatedBy": "NodeVault", "team": "ledger"})
        description = client.describe_key(KeyId=key)["KeyMetadata"]["Description"]
        self.assertIn(vault.json("status")["vaultId"], description)

    def test_data_keys_of_our_own_need_encrypt_and_no_generate_data_key(self):
        vault = self.new_vault()
        local = ["-C", "canton.participants.participant1.crypto.private-key-store.data-keys.source=local"]
        vault.ok(*local, "init")
        vault.ok(*local, "key", "generate", "--scheme", "ed25519", "--purpose", "signing")
        operations = {request["operation"] for request in self.server.requests()}
        self.assertEqual(operations, {"CreateKey", "DescribeKey", "Encrypt", "Decrypt"})

    def test_credentials_come_from_a_profile_too(self):
        vault = self.new_vault()
        keys = vault.variables
        file = self.write(
            "credentials",
            f"[node]\naws_access_key_id = {keys.pop('AWS_ACCESS_KEY_ID')}\n"
            f"aws_secret_access_key = {keys.pop('AWS_SECRET_ACCESS_KEY')}\n",
        )
        keys |= {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_PROFILE": "node"}
        self.assertRegex(vault.init()["wrapperKey"], KEY_ARN)

    def test_the_endpoint_may_come_from_the_environment(self):
        vault = self.new_vault()
        text = vault.configuration.read_text()
        vault.configuration.write_text(text.replace("endpoint-override", "custom-tags.endpoint"))
        vault.variables["AWS_ENDPOINT_URL_KMS"] = self.server.https
        self.assertRegex(vault.init()["wrapperKey"], KEY_ARN)

    def test_a_vault_of_another_region_is_reached_at_the_region_of_its_arn(self):
        # The server's second port takes signatures of eu-west-1 only.
        arn = self.server.post("/keys", region="eu-west-1")["Arn"]
        vault = self.new_vault(wrapper_key=arn)
        # The override holds for kms.region alone.
        vault.variables["AWS_ENDPOINT_URL_KMS"] = self.server.ready["regions"]["eu-west-1"]
        self.assertEqual(vault.init()["wrapperKey"], arn)


class MotoTests(MainJob, CommandTestCase):
    def new_vault(self, **options):
        return aws.moto_vault(self.folder, **options)
