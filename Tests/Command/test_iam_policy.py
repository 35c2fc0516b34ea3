"""`nodevault iam-policy`: with exactly what it prints every command works, and each action it lists is needed."""

import json

import aws
from strict import StrictServerTestCase

DATA_KEYS = "canton.participants.participant1.crypto.private-key-store.data-keys"
LOCAL_SOURCE = ["-C", f"{DATA_KEYS}.source=local"]
GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
MESSAGE = b"a message"


class PolicyTestCase(StrictServerTestCase):
    settings = []

    def setUp(self):
        super().setUp()
        self.vault = aws.strict_vault(self.folder)

    def run_all(self, environment=None):
        """The commands that call the KMS, by name, with what they answer as this user."""
        options = {"environment": environment or {}}
        return {
            "key generate": self.vault.run(*self.settings, *GENERATE, **options),
            "sign": self.vault.run(*self.settings, "sign", self.key_id, input=MESSAGE, **options),
            "verify": self.vault.run(*self.settings, "verify", **options),
            "rewrap --to": self.vault.run(*self.settings, "rewrap", "--to", self.other, **options),
            "rewrap --to-new-key": self.vault.run(*self.settings, "rewrap", "--to-new-key", **options),
        }

    def make_vault(self):
        """As the root user: a vault whose data key is full, and another wrapper key to go to."""
        text = self.vault.configuration.read_text()
        self.vault.configuration.write_text(f"{text}\n{DATA_KEYS}.max-records = 1\n")
        self.vault.ok(*self.settings, "init")
        self.vault.ok(*self.settings, *GENERATE)
        self.key_id = self.vault.json("key", "list")["keys"][0]["keyId"]
        self.other = self.server.post("/keys")["Arn"]

    def policy(self, *arguments):
        return json.loads(self.vault.ok(*self.settings, "iam-policy", *arguments).stdout)

    @staticmethod
    def without(policy, action):
        """The same policy without one action."""
        statements = [dict(s, Action=[a for a in s["Action"] if a != action]) for s in policy["Statement"]]
        return policy | {"Statement": [statement for statement in statements if statement["Action"]]}


class GeneratedDataKeysTests(PolicyTestCase):
    actions = {
        "kms:CreateKey", "kms:TagResource", "kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey",
        "kms:ReEncryptFrom", "kms:ReEncryptTo",
    }  # fmt: skip

    def test_with_exactly_this_policy_every_command_works(self):
        self.make_vault()
        policy = self.policy("--rewrap-to", self.other)
        actions = {action for statement in policy["Statement"] for action in statement["Action"]}
        self.assertEqual(actions, self.actions)
        for command, answer in self.run_all(self.user(*policy["Statement"])).items():
            self.assertEqual(answer.returncode, 0, f"{command}: {answer}")

    def test_without_any_one_action_the_command_that_needs_it_names_it(self):
        for action in sorted(self.actions):
            with self.subTest(action):
                self.tearDown()
                self.doCleanups()
                self.setUp()
                self.make_vault()
                policy = self.without(self.policy("--rewrap-to", self.other), action)
                user = self.user(*policy["Statement"])
                refused = [answer for answer in self.run_all(user).values() if answer.returncode == 77]
                self.assertTrue(refused)
                self.assertTrue(any(action in answer.errors for answer in refused), [a.errors for a in refused])

    def test_before_the_vault_is_made_it_covers_init(self):
        user = self.user(*self.policy()["Statement"])
        answer = self.vault.run(*self.settings, "init", environment=user)
        self.assertEqual(answer.returncode, 0, answer)

    def test_init_with_a_key_that_is_named_by_arn(self):
        arn = self.server.post("/keys")["Arn"]
        self.vault.configure(self.server.https, wrapper_key=arn)
        policy = self.policy()
        self.assertEqual(policy["Statement"][0]["Resource"], [arn])
        answer = self.vault.run(*self.settings, "init", environment=self.user(*policy["Statement"]))
        self.assertEqual(answer.returncode, 0, answer)

    def test_another_vaults_data_keys_do_not_open(self):
        self.make_vault()
        policy = self.policy("--role", "node")
        second = self.folder / "second"
        second.mkdir()
        other = aws.strict_vault(second, wrapper_key=self.vault.json("status")["wrapperKey"])
        other.init()
        other.generate("ed25519")
        user = self.user(*policy["Statement"])
        self.assertEqual(self.vault.run(*self.settings, "verify", environment=user).returncode, 0)
        self.assert_refused(other.run("verify", environment=user), 77, ["kms:Decrypt"])


class WrappedDataKeysTests(GeneratedDataKeysTests):
    """With `data-keys.source = local` Canton's own list of permissions suffices."""

    settings = LOCAL_SOURCE
    actions = {"kms:CreateKey", "kms:TagResource", "kms:DescribeKey", "kms:Decrypt", "kms:Encrypt"}


class PrintingTests(PolicyTestCase):
    def test_a_node_needs_to_unwrap_and_to_make_data_keys_and_nothing_else(self):
        self.make_vault()
        (statement,) = self.policy("--role", "node")["Statement"]
        self.assertEqual(statement["Action"], ["kms:Decrypt", "kms:GenerateDataKey"])
        status = self.vault.json("status")
        self.assertEqual(statement["Resource"], [status["wrapperKey"]])
        expected = {
            "kms:EncryptionContext:nodevault:format": ["1"],
            "kms:EncryptionContext:nodevault:vault": [status["vaultId"]],
        }
        self.assertEqual(statement["Condition"], {"StringEquals": expected})

    def test_a_node_that_is_pinned_by_alias_may_ask_for_the_key_too(self):
        self.server.post("/keys", alias="alias/node")
        self.vault.configure(self.server.https, wrapper_key="alias/node")
        self.make_vault()
        policy = self.policy("--role", "node")
        self.assertEqual(policy["Statement"][1]["Action"], ["kms:DescribeKey"])
        user = self.user(*policy["Statement"])
        for arguments in [GENERATE, ["sign", self.key_id]]:
            answer = self.vault.run(*arguments, input=MESSAGE, environment=user)
            self.assertEqual((answer.returncode, answer.errors), (0, ""), answer)

    def test_canton_prints_the_list_of_data_keys_of_our_own(self):
        self.make_vault()
        (statement,) = self.policy("--role", "node", "--canton")["Statement"]
        self.assertEqual(statement["Action"], ["kms:Decrypt", "kms:Encrypt"])

    def test_a_key_policy_names_the_principal_and_the_key_itself(self):
        self.make_vault()
        role = "arn:aws:iam::444455556666:role/node"
        for statement in self.policy("--key-policy", role)["Statement"]:
            self.assertEqual(statement["Principal"], {"AWS": role})
            self.assertEqual(statement["Resource"], ["*"])
            self.assertNotIn("kms:CreateKey", statement["Action"])

    def test_it_never_calls_the_kms(self):
        self.make_vault()
        before = len(self.server.requests())
        self.policy()
        self.assertEqual(len(self.server.requests()), before)

    def test_local_kms_has_no_policies(self):
        vault = self.empty_vault()
        self.check_refusal(vault, ["iam-policy"], 78, "configuration", ["only AWS KMS has policies"])
