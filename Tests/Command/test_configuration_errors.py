"""Wrong configuration: each error names file and line, says what to do, and exits 78."""

from test_configuration import AWS_EXAMPLE, CRYPTO, ConfigurationTestCase

LOCAL = f"{CRYPTO}.kms.type = local\n{CRYPTO}.private-key-store.encryption.type = kms\n"

UNKNOWN_KEYS = {
    "kms.tipe = local": "type",
    "kms.audit-loging = true": "audit-logging",
    "private-key-store.encription.type = kms": "encryption",
    "private-key-store.encryption.wraper-key-id = a": "wrapper-key-id",
    "private-key-store.data-keys.max-record = 5": "max-records",
    "privat-key-store.storage.type = sqlite": "private-key-store",
}
WRONG_VALUES = {
    "kms.type = gcp": "gcp",
    "kms.type = azure": "azure",
    "kms.audit-logging = maybe": "audit-logging",
    "private-key-store.encryption.type = aes": "aes",
    "private-key-store.storage.type = postgres": "postgres",
    'private-key-store.storage.file = ""': "empty",
    "private-key-store.storage.permissions = all": "all",
    "private-key-store.data-keys.source = disk": "disk",
    "private-key-store.data-keys.max-records = 0": "0",
    "private-key-store.data-keys.max-records = many": "max-records",
    "private-key-store.cache.max-age = 5 parsecs": "max-age",
    "private-key-store.cache.max-age = 0s": "max-age",
    "private-key-store.cache.arena-size = 8 GiB": "arena-size",
    "private-key-store.encryption.trusted-accounts = [12]": "account number",
    "private-key-store.encryption.reverted = true": "not supported by this version",
    "private-key-store.storage = 5": "private-key-store.storage",
    "kms.region = nowhere at all": "kms.region",
    "kms.endpoint-override = nowhere": "endpoint-override",
    "kms.retries.failures.max-retries = -1": "max-retries",
    "kms.retries.create-key-check.initial-delay = 0s": "initial-delay",
    "kms.custom-tags { a = [1] }": "custom-tags.a",
    "kms.disable-ssl-verification = yes": "non-standard-config",
    "private-key-store.audit.on-failure = shrug": "shrug",
    'private-key-store.encryption.wrapper-key-id = ""': "wrapper-key-id",
}


class WrongConfigurationTests(ConfigurationTestCase):
    def check(self, content, mentions, line, exit_code=78):
        file = self.write("canton.conf", content)
        place = [f"{file}:{line}:"] if line else []
        self.assert_refused(self.command("-c", file, "config", "show"), exit_code, mentions=place + mentions)
        answer = self.command("--format", "json", "-c", file, "config", "show")
        self.assert_refused_as_json(answer, exit_code, "configuration", mentions=place + mentions)

    def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(self):
        for wrong, nearest in UNKNOWN_KEYS.items():
            with self.subTest(wrong):
                self.check(f"{LOCAL}{CRYPTO}.{wrong}\n", ["is not known", f"did you mean {nearest}?"], 3)

    def test_a_key_of_aws_is_suggested_to_who_uses_aws(self):
        self.check(AWS_EXAMPLE + f"{CRYPTO}.kms.regin = eu-west-1\n", ["crypto.kms.regin", "did you mean region?"], 8)

    def test_a_key_that_is_near_to_none_is_to_be_removed(self):
        self.check(f"{LOCAL}{CRYPTO}.kms.zzzzzzzz = 1\n", ["kms.zzzzzzzz", "remove it"], 3)

    def test_an_unknown_override_is_named(self):
        file = self.write("canton.conf", LOCAL)
        answer = self.command("-c", file, "-C", f"{CRYPTO}.kms.regin=x", "config", "show")
        self.assert_refused(answer, 78, mentions=["override", "kms.regin"])

    def test_a_wrong_value_is_named_with_its_line(self):
        for wrong, word in WRONG_VALUES.items():
            with self.subTest(wrong):
                self.check(f"{LOCAL}{CRYPTO}.{wrong}\n", [word], 3)

    def test_encryption_without_a_kms_is_refused(self):
        self.check(f"{CRYPTO}.private-key-store.encryption.type = kms\n", ["kms"], 1)

    def test_aws_without_a_region_is_refused(self):
        self.check(f"{CRYPTO}.kms.type = aws\n", ["region"], 1)

    def test_other_services_of_cantons_are_refused_in_one_error(self):
        for service in ["gcp", "driver"]:
            with self.subTest(service):
                content = f"{CRYPTO}.kms {{ type = {service}, location-id = a, config {{}} }}\n"
                words = [f"{service} is not supported", "use aws or local"]
                self.check(content, words, 1)
                answer = self.command("-c", self.write("canton.conf", content), "config", "show")
                self.assertNotIn("more", answer.errors)

    def test_the_first_of_several_errors_says_how_many_more_there_are(self):
        self.check(f"{CRYPTO} {{ kms.a = 1\nb = 2\nc = 3 }}\n", ["nodevault config check shows 3 more"], None)

    def test_what_is_no_hocon_is_named_with_its_line(self):
        for wrong in ["a = {", "a = [1, 2", 'a = "x', "a = ${b", "}"]:
            with self.subTest(wrong):
                self.check(f"{LOCAL}{wrong}\n", ["canton.conf:"], None)

    def test_a_file_without_a_node_is_refused(self):
        self.check("other = 1\n", ["canton.participants.NAME"], None)

    def test_a_folder_and_an_unreadable_text_are_refused(self):
        self.assert_refused(self.command("-c", self.folder, "config", "show"), 78, mentions=[str(self.folder)])
        file = self.write("canton.conf", b"a = \xff\xfe\n")
        self.assert_refused(self.command("-c", file, "config", "show"), 78, mentions=[f"{file}:1"])

    def test_without_aws_credentials_nothing_is_made_and_the_error_says_where_they_are_looked_for(self):
        file = self.write("canton.conf", AWS_EXAMPLE + f"{CRYPTO}.private-key-store.encryption.type = kms")
        refused = self.command("-c", file, "init")
        error, hint = refused.errors.splitlines()[-2:]
        self.assertEqual(refused.returncode, 77, refused)
        self.assertIn("nodevault: error: no AWS credentials: AWS_ACCESS_KEY_ID is not set", error)
        self.assertEqual(hint, "hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["canton.conf"])
