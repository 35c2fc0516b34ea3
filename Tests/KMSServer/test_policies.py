"""IAM policies, key policies and conditions: what is allowed, what is denied, and what the refusal names; as boto3 sees
them."""

import json
import unittest

from kms_case import ACCOUNT, KMSCase, allow, deny, policy

VAULT = {"nodevault:vault": "7f0c", "nodevault:use": "data-key"}
USE = ["kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey"]


class IdentityPolicies(KMSCase):
    def setUp(self):
        super().setUp()
        self.arn, self.other = self.key(), self.key()
        self.blob = self.kms.encrypt(KeyId=self.arn, Plaintext=b"x", EncryptionContext=VAULT)["CiphertextBlob"]

    def calls(self, client):
        opened = {"CiphertextBlob": self.blob, "SourceEncryptionContext": VAULT, "DestinationEncryptionContext": VAULT}
        moved = {**opened, "SourceKeyId": self.arn, "DestinationKeyId": self.arn}
        return {
            "kms:GenerateDataKey": lambda: client.generate_data_key(
                KeyId=self.arn, KeySpec="AES_256", EncryptionContext=VAULT
            ),
            "kms:Encrypt": lambda: client.encrypt(KeyId=self.arn, Plaintext=b"x", EncryptionContext=VAULT),
            "kms:Decrypt": lambda: client.decrypt(KeyId=self.arn, CiphertextBlob=self.blob, EncryptionContext=VAULT),
            "kms:ReEncryptFrom": lambda: client.re_encrypt(**moved),
            "kms:ReEncryptTo": lambda: client.re_encrypt(**moved),
            "kms:DescribeKey": lambda: client.describe_key(KeyId=self.arn),
        }

    def test_each_action_is_needed_and_named_when_it_is_missing(self):
        user = self.server.post("/users", name="node", policies=[policy(allow(USE, self.arn))])
        client = self.client(user)
        for call in self.calls(client).values():
            call()
        for action, call in self.calls(client).items():
            with self.subTest(action=action):
                remaining = [each for each in USE if each != action]
                self.server.post("/policies", arn=user["arn"], policies=[policy(allow(remaining, self.arn))])
                message = self.refused("AccessDeniedException", call)
                self.assertEqual(
                    message,
                    f"User: arn:aws:iam::{ACCOUNT}:user/node is not authorized to perform: {action} "
                    f"on resource: {self.arn} "
                    f"because no identity-based policy allows the {action} action",
                )

    def test_a_decrypt_that_names_no_key_is_refused_without_naming_one(self):
        client = self.user(allow("kms:Encrypt", self.arn))
        message = self.refused(
            "AccessDeniedException", client.decrypt, CiphertextBlob=self.blob, EncryptionContext=VAULT
        )
        self.assertNotIn("arn:aws:kms", message)
        self.assertIn(
            "kms:Decrypt on the resource associated with this ciphertext because no identity-based policy", message
        )

    def test_resources(self):
        calls = {"KeyId": self.arn, "Plaintext": b"x"}
        region_wide = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"
        for resource in ("*", self.arn, region_wide, f"arn:aws:kms:*:{ACCOUNT}:key/{self.arn.split('/')[1]}"):
            self.user(allow("kms:Encrypt", resource)).encrypt(**calls)
        for resource in (
            self.other,
            region_wide.replace("us-east-1", "eu-west-1"),
            region_wide.replace("key/*", "alias/*"),
        ):
            with self.subTest(resource=resource):
                self.refused("AccessDeniedException", self.user(allow("kms:Encrypt", resource)).encrypt, **calls)
        everything_else = {"Effect": "Allow", "Action": "kms:*", "NotResource": self.arn}
        self.refused("AccessDeniedException", self.user(everything_else).encrypt, **calls)
        self.user(everything_else).encrypt(KeyId=self.other, Plaintext=b"x")

    def test_actions(self):
        calls = {"KeyId": self.arn, "Plaintext": b"x"}
        for action in ("kms:*", "*", "kms:Enc*", "KMS:encrypt", ["kms:Decrypt", "kms:Encrypt"], "kms:Encryp?"):
            self.user(allow(action)).encrypt(**calls)
        for action in ("kms:Decrypt", "kms:Encrypt?", "s3:*", "kms:GenerateDataKey*"):
            self.refused("AccessDeniedException", self.user(allow(action)).encrypt, **calls)
        self.refused("AccessDeniedException", self.user().encrypt, **calls)
        all_but = {"Effect": "Allow", "NotAction": "kms:Encrypt", "Resource": "*"}
        self.refused("AccessDeniedException", self.user(all_but).encrypt, **calls)

    def test_a_deny_wins(self):
        client = self.user(allow("kms:*"), deny("kms:Encrypt", self.arn))
        words = "with an explicit deny in an identity-based policy"
        self.refused("AccessDeniedException", client.encrypt, KeyId=self.arn, Plaintext=b"x", message=words)
        client.encrypt(KeyId=self.other, Plaintext=b"x")

    def test_creating_keys_and_tagging_them(self):
        tags = [{"TagKey": "CreatedBy", "TagValue": "nodevault"}]
        message = self.refused("AccessDeniedException", self.user(allow("kms:Encrypt")).create_key)
        self.assertIn("kms:CreateKey on resource: * because no identity-based policy allows", message)
        self.refused("AccessDeniedException", self.user(allow("kms:CreateKey", self.arn)).create_key)
        only_create = self.user(allow("kms:CreateKey"))
        only_create.create_key()
        self.refused("AccessDeniedException", only_create.create_key, Tags=tags, message="kms:TagResource because")
        condition = {
            "StringEquals": {"aws:RequestTag/CreatedBy": "nodevault"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["CreatedBy"]},
        }
        tagging = [
            allow("kms:CreateKey"),
            allow("kms:TagResource", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*", Condition=condition),
        ]
        self.user(*tagging).create_key(Tags=tags)
        more = tags + [{"TagKey": "x", "TagValue": "y"}]
        self.refused("AccessDeniedException", self.user(*tagging).create_key, Tags=more)

    def test_aliases_need_the_alias_and_the_key(self):
        alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/node"
        create = {"AliasName": "alias/node", "TargetKeyId": self.arn}
        self.refused(
            "AccessDeniedException", self.user(allow("kms:CreateAlias", alias)).create_alias, **create, message=self.arn
        )
        self.refused(
            "AccessDeniedException", self.user(allow("kms:CreateAlias", self.arn)).create_alias, **create, message=alias
        )
        self.user(allow("kms:CreateAlias", [alias, self.arn])).create_alias(**create)
        move = {"AliasName": "alias/node", "TargetKeyId": self.other}
        self.refused(
            "AccessDeniedException", self.user(allow("kms:UpdateAlias", [alias, self.other])).update_alias, **move
        )
        self.user(allow("kms:UpdateAlias", [alias, self.arn, self.other])).update_alias(**move)
        by_alias = {"StringEquals": {"kms:RequestAlias": "alias/node"}}
        client = self.user(allow("kms:Encrypt", Condition=by_alias))
        client.encrypt(KeyId="alias/node", Plaintext=b"x")
        self.refused("AccessDeniedException", client.encrypt, KeyId=self.other, Plaintext=b"x")
        resource = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/node"}}
        self.user(allow("kms:Encrypt", Condition=resource)).encrypt(KeyId=self.other, Plaintext=b"x")

    def test_a_dry_run_tells_what_would_be_denied(self):
        calls = {"KeyId": self.arn, "Plaintext": b"x", "DryRun": True}
        self.refused("AccessDeniedException", self.user().encrypt, **calls)
        self.refused("DryRunOperationException", self.user(allow("kms:Encrypt")).encrypt, **calls)

    def test_malformed_policies_are_refused_when_they_are_made(self):
        good = allow("kms:Encrypt")
        for bad in (
            {**good, "Effect": "allow"}, {**good, "Action": "encrypt"}, {**good, "Resource": "key/1"},
            {**good, "Principal": "*"}, {**good, "Extra": 1}, {**good, "Condition": {"StringEqual": {"a": "b"}}},
            {**good, "Condition": {"StringEquals": "b"}},
            {"Effect": "Allow", "Action": "kms:*"}, {**good, "Condition": {"ForSomeValues:StringEquals": {"a": "b"}}},
        ):  # fmt: skip
            with self.subTest(bad=bad), self.assertRaises(ValueError):
                self.server.post("/users", name="node", policies=[policy(bad)])

    def test_roles_and_session_policies(self):
        call = {"KeyId": self.arn, "Plaintext": b"x"}
        role = {"name": "signer", "policies": [policy(allow("kms:*"))]}
        self.client(self.server.post("/roles", **role)).encrypt(**call)
        narrow = self.client(self.server.post("/roles", **role, sessionPolicy=policy(allow("kms:Decrypt"))))
        message = self.refused("AccessDeniedException", narrow.encrypt, **call, message="no session policy allows")
        self.assertIn(f"arn:aws:sts::{ACCOUNT}:assumed-role/signer/test", message)
        self.refused("AccessDeniedException", self.client(self.server.post("/roles", name="none")).encrypt, **call)


class Conditions(KMSCase):
    """A table: condition, encryption contexts that pass, contexts that do not."""

    VAULT_ONLY = {"StringEquals": {"kms:EncryptionContext:vault": "7f0c"}}
    KEYS = "kms:EncryptionContextKeys"
    TABLE = [
        (
            VAULT_ONLY,
            [{"vault": "7f0c"}, {"vault": "7f0c", "x": "y"}, {"VAULT": "7f0c"}],
            [{}, {"vault": "7F0C"}, {"x": "7f0c"}],
        ),
        (
            {"StringEquals": {"kms:encryptioncontext:VAULT": ["1", "2"]}},
            [{"vault": "1"}, {"vault": "2"}],
            [{"vault": "3"}],
        ),
        (
            {"StringEquals": {"kms:EncryptionContext:a": "1", "kms:EncryptionContext:b": "2"}},
            [{"a": "1", "b": "2"}],
            [{"a": "1"}],
        ),
        ({"StringEqualsIgnoreCase": {"kms:EncryptionContext:a": "x"}}, [{"a": "X"}], [{"a": "y"}, {}]),
        (
            {"StringLike": {"kms:EncryptionContext:a": "node-*"}},
            [{"a": "node-1"}, {"a": "node-"}],
            [{"a": "xnode-1"}, {}],
        ),
        ({"StringNotEquals": {"kms:EncryptionContext:a": "x"}}, [{"a": "y"}, {}], [{"a": "x"}]),
        ({"StringNotLike": {"kms:EncryptionContext:a": "x*"}}, [{"a": "y"}, {}], [{"a": "xy"}]),
        ({"StringEqualsIfExists": {"kms:EncryptionContext:a": "x"}}, [{"a": "x"}, {}], [{"a": "y"}]),
        ({"Null": {"kms:EncryptionContext:a": "true"}}, [{}, {"b": "1"}], [{"a": "1"}]),
        ({"Null": {"kms:EncryptionContext:a": False}}, [{"a": "1"}], [{}, {"b": "1"}]),
        (
            {"ForAllValues:StringEquals": {KEYS: ["a", "b"]}},
            [{}, {"a": "1"}, {"a": "1", "b": "2"}],
            [{"c": "1"}, {"a": "1", "c": "1"}],
        ),
        ({"ForAnyValue:StringEquals": {KEYS: "a"}}, [{"a": "1"}, {"a": "1", "c": "1"}], [{}, {"A": "1"}]),
        ({"StringEquals": {KEYS: "a"}}, [], [{"a": "1"}]),
        (
            {"StringEquals": {"kms:EncryptionContext:user": "${aws:username}"}},
            [{"user": "node"}],
            [{"user": "other"}, {}],
        ),
        ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, [{}], []),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT}}, [{}], []),
        ({"StringEquals": {"kms:KeySpec": "RSA_2048"}}, [], [{}]),
        ({"Bool": {"kms:MultiRegion": "false", "aws:SecureTransport": "true"}}, [{}], []),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/no*"}}, [{}], []),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, [], [{}]),
        ({"StringEquals": {"aws:ResourceTag/CreatedBy": "nodevault"}}, [{}], []),
        ({"NumericLessThan": {"aws:EpochTime": "1000"}}, [], [{}]),
    ]

    def setUp(self):
        super().setUp()
        self.arn = self.key(Tags=[{"TagKey": "CreatedBy", "TagValue": "nodevault"}])

    def attempt(self, client, context, allowed):
        call = {"KeyId": self.arn, "Plaintext": b"x", "EncryptionContext": context}
        if allowed:
            client.encrypt(**call)
        else:
            self.refused("AccessDeniedException", client.encrypt, **call)

    def test_conditions_of_users(self):
        created = self.server.post("/users", name="node")
        client = self.client(created)
        for condition, passing, failing in self.TABLE:
            for statements, passes in (
                ([allow("kms:*", Condition=condition)], True),
                ([allow("*"), deny("*", Condition=condition)], False),
            ):
                self.server.post("/policies", arn=created["arn"], policies=[policy(*statements)])
                for context in passing + failing:
                    with self.subTest(condition=condition, context=context, effect="allow" if passes else "deny"):
                        self.attempt(client, context, (context in passing) == passes)

    def test_conditions_of_key_policies(self):
        client = self.user(name="node")
        document = json.loads(self.kms.get_key_policy(KeyId=self.arn)["Policy"])
        principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/node"}
        document["Statement"].append(allow("kms:Encrypt", Principal=principal, Condition=self.VAULT_ONLY))
        self.kms.put_key_policy(KeyId=self.arn, Policy=json.dumps(document))
        self.attempt(client, {"vault": "7f0c"}, True)
        self.attempt(client, {}, False)
        document["Statement"].append(
            deny("kms:Encrypt", Principal="*", Condition={"Null": {"kms:EncryptionContext:x": "false"}})
        )
        self.kms.put_key_policy(KeyId=self.arn, Policy=json.dumps(document))
        self.attempt(client, {"vault": "7f0c"}, True)
        self.attempt(client, {"vault": "7f0c", "x": ""}, False)
        words = "with an explicit deny in a resource-based policy"
        call = {"KeyId": self.arn, "Plaintext": b"x", "EncryptionContext": {"x": ""}}
        self.refused("AccessDeniedException", self.kms.encrypt, **call, message=words)

    def test_reencrypt_is_judged_by_each_sides_own_context(self):
        sides = [
            allow("kms:ReEncryptFrom", Condition={"StringEquals": {"kms:EncryptionContext:side": "old"}}),
            allow(
                "kms:ReEncryptTo",
                Condition={"StringEquals": {"kms:EncryptionContext:side": "new", "kms:ReEncryptOnSameKey": "true"}},
            ),
        ]
        client, other = self.user(*sides), self.key()
        blob = self.kms.encrypt(KeyId=self.arn, Plaintext=b"x", EncryptionContext={"side": "old"})["CiphertextBlob"]
        old, new = {"side": "old"}, {"side": "new"}
        call = {"CiphertextBlob": blob, "DestinationKeyId": self.arn, "SourceEncryptionContext": old}
        client.re_encrypt(**call, DestinationEncryptionContext=new)
        self.refused(
            "AccessDeniedException", client.re_encrypt, **call, DestinationEncryptionContext=old, message="ReEncryptTo"
        )
        self.refused(
            "AccessDeniedException",
            client.re_encrypt,
            **{**call, "DestinationKeyId": other},
            DestinationEncryptionContext=new,
        )
        self.refused(
            "AccessDeniedException",
            client.re_encrypt,
            **{**call, "SourceEncryptionContext": new},
            message="ReEncryptFrom",
        )

    def test_a_key_policy_that_leaves_the_account_out_shuts_even_the_root_user_out(self):
        user = self.user(name="node")
        document = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/node"}))
        self.kms.put_key_policy(KeyId=self.arn, Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=True)
        self.attempt(user, {}, True)
        self.attempt(self.kms, {}, False)


if __name__ == "__main__":
    unittest.main()
