"""Every command on AWS KMS: on the strict KMS of Tests/KMSServer over HTTPS, and on moto."""

import aws
from case import CommandTestCase
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


class StrictServerTests(MainJob, CommandTestCase):
    def setUp(self):
        super().setUp()
        self.server = aws.strict_server()
        self.server.reset()

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


class ExposureTests(CommandTestCase):
    """Nothing leaves the machine unencrypted unless that was said in so many words."""

    PERMISSION = "canton.parameters.non-standard-config = yes"

    def setUp(self):
        super().setUp()
        # Another test's faults are not this one's.
        aws.strict_server().reset()

    def configured(self, endpoint, *lines, **variables):
        vault = aws.strict_vault(self.folder)
        vault.configure(endpoint)
        vault.configuration.write_text("\n".join([vault.configuration.read_text(), *lines]))
        vault.variables |= variables
        return vault

    def test_an_endpoint_without_tls_that_is_not_on_this_machine_is_refused(self):
        vault = self.configured("http://kms.example.com")
        self.assert_refused(vault.run("init"), 78, ["participant1.conf:", "endpoint-override is not encrypted", "https"])
        vault = self.configured("https://kms.example.com", AWS_ENDPOINT_URL_KMS="http://kms.example.com")
        self.assert_refused(vault.run("init"), 78, ["AWS_ENDPOINT_URL_KMS is not encrypted"])

    def test_with_permission_it_is_taken_with_a_warning(self):
        vault = self.configured("http://kms.nowhere.invalid", self.PERMISSION)
        answer = vault.run("init")
        self.assertEqual(answer.returncode, 69, answer)
        self.assertIn("nodevault: warning: kms.endpoint-override is not encrypted", answer.errors)

    def test_on_this_machine_it_is_taken(self):
        self.assertRegex(self.configured(aws.strict_server().http).init()["wrapperKey"], KEY_ARN)

    def test_an_unverified_certificate_is_taken_with_permission_and_a_warning(self):
        disabled = "canton.participants.participant1.crypto.kms.disable-ssl-verification = true"
        server = aws.strict_server()
        vault = self.configured(server.ready["expiredCertificate"], disabled, AWS_CA_BUNDLE=None)
        self.assert_refused(vault.run("init"), 78, ["non-standard-config"])
        vault = self.configured(server.ready["expiredCertificate"], disabled, self.PERMISSION, AWS_CA_BUNDLE=None)
        answer = vault.ok("init")
        self.assertIn("nodevault: warning: kms.disable-ssl-verification is on", answer.errors)


class MovingTests(CommandTestCase):
    """A vault that moves between LocalKMS and AWS KMS, by unwrapping and wrapping."""

    KMS = "canton.participants.participant1.crypto.kms"

    def setUp(self):
        super().setUp()
        self.server = aws.strict_server()
        self.server.reset()
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
        account = target.split(":")[4]
        trusted = f'canton.participants.participant1.crypto.private-key-store.encryption.trusted-accounts = ["{account}"]'
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


class PinnedByAliasTests(CommandTestCase):
    def test_a_vault_whose_alias_is_gone_is_read_with_a_warning_until_its_key_is_named_by_arn(self):
        server = aws.strict_server()
        server.reset()
        arn = server.post("/keys", alias="alias/node")["Arn"]
        vault = aws.strict_vault(self.folder, wrapper_key="alias/node")
        vault.init()
        key = vault.generate("ed25519")["keyId"]
        server.client().delete_alias(AliasName="alias/node")
        answer = vault.ok("sign", key, input=MESSAGE)
        self.assertEqual(len(answer.stdout), 64)
        self.assertIn("the pinned wrapper key alias/node cannot be asked for its account", answer.errors)
        full = ["-C", "canton.participants.participant1.crypto.private-key-store.data-keys.max-records=1"]
        generate = [*full, "key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
        self.assert_refused(vault.run(*generate), 78, ["by its ARN"])
        vault.configure(server.https, wrapper_key=arn)
        vault.ok(*generate)


class RewrapBetweenKeysTests(CommandTestCase):
    def test_rewrap_to_a_named_key_uses_re_encrypt_and_the_old_key_may_then_go(self):
        server = aws.strict_server()
        server.reset()
        vault = aws.strict_vault(self.folder)
        first = vault.init()["wrapperKey"]
        key = vault.generate("ed25519")
        second = server.post("/keys", alias="alias/second")["Arn"]
        self.assertEqual(vault.json("rewrap", "--to", "alias/second")["to"], second)
        self.assertEqual(len([r for r in server.requests() if r["operation"] == "ReEncrypt"]), 2)
        server.post("/keys/state", arn=first, state="PendingDeletion")
        self.assertEqual(len(vault.ok("sign", key["keyId"], input=MESSAGE).stdout), 64)
