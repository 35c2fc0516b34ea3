"""Keys themselves: states, deletion, rotation, aliases, tags, key policies as documents, paging; as boto3 sees them."""

import time
import unittest
from datetime import timedelta
from unittest import mock

import botocore.auth
from kms_case import ACCOUNT, KMSCase

MISSING = "1234abcd-12ab-34cd-56ef-1234567890ab"


class States(KMSCase):
    def crypto(self, key):
        blob = self.kms.encrypt(KeyId=self.key(), Plaintext=b"x")["CiphertextBlob"]
        return [
            (self.kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
            (self.kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
            (self.kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
            (self.kms.decrypt, {"CiphertextBlob": self.blob}),
            (self.kms.re_encrypt, {"CiphertextBlob": self.blob, "DestinationKeyId": self.key()}),
            (self.kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        ]

    def test_states_refuse_use_in_their_words(self):
        key = self.key()
        self.blob = self.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        expected = {
            "Disabled": ("DisabledException", "is disabled."),
            "PendingDeletion": ("KMSInvalidStateException", "is pending deletion."),
            "PendingReplicaDeletion": ("KMSInvalidStateException", "is pending replica deletion."),
            "PendingImport": ("KMSInvalidStateException", "is pending import."),
            "Unavailable": ("KMSInvalidStateException", "is unavailable."),
            "Creating": ("KMSInvalidStateException", "is creating."),
            "Updating": ("KMSInvalidStateException", "is updating."),
        }
        for state, (code, words) in expected.items():
            self.server.post("/keys/state", arn=key, state=state)
            metadata = self.kms.describe_key(KeyId=key)["KeyMetadata"]
            self.assertEqual((metadata["KeyState"], metadata["Enabled"]), (state, False))
            for call, parameters in self.crypto(key):
                with self.subTest(state=state, call=call.__name__):
                    self.assertEqual(self.refused(code, call, **parameters), f"{key} {words}")
        self.server.post("/keys/state", arn=key, state="Enabled")
        for call, parameters in self.crypto(key):
            call(**parameters)

    def test_disable_and_enable(self):
        key = self.key()
        self.kms.disable_key(KeyId=key)
        self.refused("DisabledException", self.kms.encrypt, KeyId=key, Plaintext=b"x")
        self.kms.enable_key(KeyId=key)
        self.kms.encrypt(KeyId=key, Plaintext=b"x")
        self.refused("NotFoundException", self.kms.disable_key, KeyId=MISSING)

    def test_scheduled_deletion_can_be_cancelled_until_its_date(self):
        key = self.key()
        self.kms.create_alias(AliasName="alias/node", TargetKeyId=key)
        blob = self.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        for days in (6, 31):
            self.refused("ValidationException", self.kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
        self.refused(
            "KMSInvalidStateException", self.kms.cancel_key_deletion, KeyId=key, message="is not pending deletion."
        )
        scheduled = self.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.assertEqual(
            (scheduled["KeyId"], scheduled["KeyState"], scheduled["PendingWindowInDays"]), (key, "PendingDeletion", 7)
        )
        self.assertAlmostEqual(scheduled["DeletionDate"].timestamp(), time.time() + 7 * 86400, delta=60)
        for call in (self.kms.schedule_key_deletion, self.kms.enable_key, self.kms.disable_key):
            self.refused("KMSInvalidStateException", call, KeyId=key, message="is pending deletion.")
        self.assertEqual(self.kms.cancel_key_deletion(KeyId=key)["KeyId"], key)
        self.assertEqual(self.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")
        self.kms.enable_key(KeyId=key)
        self.kms.decrypt(CiphertextBlob=blob)
        self.kms.schedule_key_deletion(KeyId=key)
        self.server.post("/keys/delete", arn=key)
        self.refused("NotFoundException", self.kms.describe_key, KeyId=key, message="does not exist")
        self.refused("NotFoundException", self.kms.describe_key, KeyId="alias/node", message="is not found.")
        self.refused("AccessDeniedException", self.kms.decrypt, CiphertextBlob=blob)

    def test_a_waiting_period_ends_with_the_servers_clock(self):
        key = self.key()
        self.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.server.post("/clock", offset=8 * 86400)
        true_now = botocore.auth.get_current_datetime
        with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: true_now(*a, **k) + timedelta(days=8)):
            self.refused("NotFoundException", self.kms.describe_key, KeyId=key)

    def test_a_new_key_may_not_be_found_at_once(self):
        self.server.post("/delays", visibility=0.2)
        key = self.key()
        self.refused("NotFoundException", self.kms.describe_key, KeyId=key)
        time.sleep(0.25)
        self.kms.describe_key(KeyId=key)


class Rotation(KMSCase):
    def test_old_ciphertexts_open_after_a_rotation_and_new_ones_name_the_new_material(self):
        key = self.key()
        old = self.kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        self.assertEqual(self.kms.rotate_key_on_demand(KeyId=key)["KeyId"], key.split("/")[1])
        new = self.kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        self.assertNotEqual(old["KeyMaterialId"], new["KeyMaterialId"])
        self.assertEqual(self.kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"], new["KeyMaterialId"])
        opened = self.kms.decrypt(CiphertextBlob=old["CiphertextBlob"])
        self.assertEqual((opened["Plaintext"], opened["KeyMaterialId"]), (old["Plaintext"], old["KeyMaterialId"]))
        moved = self.kms.re_encrypt(CiphertextBlob=old["CiphertextBlob"], DestinationKeyId=key)
        self.assertEqual(moved["SourceKeyMaterialId"], old["KeyMaterialId"])
        self.assertEqual(moved["DestinationKeyMaterialId"], new["KeyMaterialId"])
        rotations = self.kms.list_key_rotations(KeyId=key)["Rotations"]
        self.assertEqual(
            [(r["KeyMaterialId"], r["RotationType"]) for r in rotations], [(new["KeyMaterialId"], "ON_DEMAND")]
        )
        everything = self.kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        self.assertEqual([r["KeyMaterialState"] for r in everything], ["NON_CURRENT", "CURRENT"])
        self.assertFalse(self.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])

    def test_what_cannot_be_rotated(self):
        sign = self.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        self.refused("UnsupportedOperationException", self.kms.rotate_key_on_demand, KeyId=sign)
        key = self.key()
        self.kms.disable_key(KeyId=key)
        self.refused("DisabledException", self.kms.rotate_key_on_demand, KeyId=key)
        self.kms.enable_key(KeyId=key)
        for _ in range(25):
            self.kms.rotate_key_on_demand(KeyId=key)
        self.refused("LimitExceededException", self.kms.rotate_key_on_demand, KeyId=key)


class AliasesTagsAndPolicies(KMSCase):
    def test_aliases(self):
        first, second = self.key(), self.key()
        self.kms.create_alias(AliasName="alias/node", TargetKeyId=first)
        self.refused("AlreadyExistsException", self.kms.create_alias, AliasName="alias/node", TargetKeyId=second)
        self.refused("NotFoundException", self.kms.create_alias, AliasName="alias/none", TargetKeyId=MISSING)
        self.refused("ValidationException", self.kms.create_alias, AliasName="node", TargetKeyId=first)
        self.refused("NotAuthorizedException", self.kms.create_alias, AliasName="alias/aws/node", TargetKeyId=first)
        found = self.kms.list_aliases()["Aliases"]
        self.assertEqual([(a["AliasName"], a["TargetKeyId"]) for a in found], [("alias/node", first.split("/")[1])])
        self.kms.update_alias(AliasName="alias/node", TargetKeyId=second)
        self.assertEqual(self.kms.describe_key(KeyId="alias/node")["KeyMetadata"]["Arn"], second)
        self.assertEqual(self.kms.list_aliases(KeyId=first)["Aliases"], [])
        self.kms.delete_alias(AliasName="alias/node")
        self.refused("NotFoundException", self.kms.delete_alias, AliasName="alias/node")
        self.refused("NotFoundException", self.kms.update_alias, AliasName="alias/node", TargetKeyId=first)
        self.refused("NotFoundException", self.kms.describe_key, KeyId="alias/node")
        self.kms.create_alias(AliasName="alias/node", TargetKeyId=first)
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/node"
        self.refused("InvalidArnException", self.kms.disable_key, KeyId=arn)
        self.assertEqual(self.client(region="eu-west-1").list_aliases()["Aliases"], [])

    def test_tags(self):
        key = self.key(Tags=[{"TagKey": "CreatedBy", "TagValue": "nodevault"}], Description="of a vault")
        self.kms.tag_resource(KeyId=key, Tags=[{"TagKey": "node", "TagValue": "1"}])
        listed = self.kms.list_resource_tags(KeyId=key)
        tags = {tag["TagKey"]: tag["TagValue"] for tag in listed["Tags"]}
        self.assertEqual((tags, listed["Truncated"]), ({"CreatedBy": "nodevault", "node": "1"}, False))
        self.kms.untag_resource(KeyId=key, TagKeys=["node"])
        self.assertEqual(len(self.kms.list_resource_tags(KeyId=key)["Tags"]), 1)
        twice = [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]
        self.refused("TagException", self.kms.create_key, Tags=twice)
        self.refused("TagException", self.kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:x", "TagValue": ""}])
        many = [{"TagKey": str(n), "TagValue": ""} for n in range(50)]
        self.refused("LimitExceededException", self.kms.tag_resource, KeyId=key, Tags=many)
        self.refused(
            "ValidationException", self.kms.tag_resource, KeyId=key, Tags=[{"TagKey": "k" * 129, "TagValue": ""}]
        )
        described = self.kms.describe_key(KeyId=key)["KeyMetadata"]
        self.assertEqual(described["Description"], "of a vault")
        self.kms.update_key_description(KeyId=key, Description="new")
        self.assertEqual(self.kms.describe_key(KeyId=key)["KeyMetadata"]["Description"], "new")

    def test_key_policies_are_answered_as_they_were_put(self):
        key = self.key()
        answer = self.kms.get_key_policy(KeyId=key)
        self.assertEqual(answer["PolicyName"], "default")
        self.assertIn(f"arn:aws:iam::{ACCOUNT}:root", answer["Policy"])
        text = answer["Policy"].replace("Enable IAM User Permissions", "Another name")
        self.kms.put_key_policy(KeyId=key, Policy=text)
        self.assertEqual(self.kms.get_key_policy(KeyId=key)["Policy"], text)
        self.refused("NotFoundException", self.kms.get_key_policy, KeyId=key, PolicyName="other")
        refused = {
            "{": "",
            "{}": "needs a Statement",
            text.replace("2012-10-17", "2013-01-01"): "Version",
            text.replace("Resource", "Ressource"): "unknown element",
            text.replace(":root", ":user/nobody"): "invalid principals",
            text.replace("kms:*", "kms:Decrypt"): "will not allow you to update the key policy",
            text.replace('"kms:*"', "[]"): "list of strings",
        }
        for document, words in refused.items():
            self.refused(
                "MalformedPolicyDocumentException", self.kms.put_key_policy, KeyId=key, Policy=document, message=words
            )
            self.refused("MalformedPolicyDocumentException", self.kms.create_key, Policy=document, message=words)
        locked = text.replace("kms:*", "kms:Decrypt")
        self.kms.put_key_policy(KeyId=key, Policy=locked, BypassPolicyLockoutSafetyCheck=True)
        self.refused(
            "AccessDeniedException",
            self.kms.get_key_policy,
            KeyId=key,
            message="because no resource-based policy allows",
        )

    def test_lists_come_in_pages(self):
        keys = {self.key() for _ in range(5)}
        pages = self.kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
        self.assertEqual({key["KeyArn"] for page in pages for key in page["Keys"]}, keys)
        first = self.kms.list_keys(Limit=2)
        self.assertTrue(first["Truncated"])
        self.assertNotIn("NextMarker", self.kms.list_keys())
        self.refused("InvalidMarkerException", self.kms.list_keys, Marker="AAAA")
        self.refused("ValidationException", self.kms.list_keys, Limit=1001)
        self.refused("ValidationException", self.kms.list_aliases, Limit=101)

    def test_a_key_for_imported_material_waits_for_it(self):
        key = self.key(Origin="EXTERNAL")
        self.refused(
            "KMSInvalidStateException", self.kms.encrypt, KeyId=key, Plaintext=b"x", message="is pending import."
        )


if __name__ == "__main__":
    unittest.main()
