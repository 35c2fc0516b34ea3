"""Multi-region keys, regions and accounts, as boto3 sees them."""

import json
import time
import unittest

from kms_case import ACCOUNT, OTHER_ACCOUNT, KMSCase, allow, policy

CONTEXT = {"use": "data-key"}


class MultiRegionKeys(KMSCase):
    def setUp(self):
        super().setUp()
        self.there = self.client(region="eu-west-1")
        self.primary = self.key(MultiRegion=True)

    def replicate(self, **more):
        return self.kms.replicate_key(KeyId=self.primary, ReplicaRegion="eu-west-1", **more)["ReplicaKeyMetadata"][
            "Arn"
        ]

    def test_a_primary_and_its_replica_have_one_key_id(self):
        self.assertRegex(self.primary, f"^arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-[0-9a-f]{{32}}$")
        self.refused("NotFoundException", self.there.describe_key, KeyId=self.primary.split("/")[1])
        replica = self.replicate(Tags=[{"TagKey": "a", "TagValue": "b"}], Description="replica")
        self.assertEqual(replica, self.primary.replace("us-east-1", "eu-west-1"))
        here = self.kms.describe_key(KeyId=self.primary)["KeyMetadata"]
        there = self.there.describe_key(KeyId=replica)["KeyMetadata"]
        self.assertEqual(here["CurrentKeyMaterialId"], there["CurrentKeyMaterialId"])
        self.assertEqual(here["MultiRegionConfiguration"]["MultiRegionKeyType"], "PRIMARY")
        self.assertEqual(there["MultiRegionConfiguration"]["MultiRegionKeyType"], "REPLICA")
        for metadata in (here, there):
            configuration = metadata["MultiRegionConfiguration"]
            self.assertEqual(configuration["PrimaryKey"], {"Arn": self.primary, "Region": "us-east-1"})
            self.assertEqual(configuration["ReplicaKeys"], [{"Arn": replica, "Region": "eu-west-1"}])

    def test_ciphertexts_open_in_either_region(self):
        made = self.kms.generate_data_key(KeyId=self.primary, KeySpec="AES_256", EncryptionContext=CONTEXT)
        call = {"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": CONTEXT}
        self.refused("AccessDeniedException", self.there.decrypt, **call)
        replica = self.replicate()
        opened = self.there.decrypt(**call, KeyId=replica)
        self.assertEqual((opened["Plaintext"], opened["KeyId"]), (made["Plaintext"], replica))
        self.assertEqual(self.there.decrypt(**call)["KeyMaterialId"], made["KeyMaterialId"])
        self.refused(
            "NotFoundException", self.there.decrypt, **call, KeyId=self.primary, message="Invalid arn us-east-1"
        )
        self.refused("InvalidCiphertextException", self.there.decrypt, CiphertextBlob=made["CiphertextBlob"])
        back = self.there.encrypt(KeyId=replica, Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(self.kms.decrypt(CiphertextBlob=back)["KeyId"], self.primary)
        elsewhere = self.key(self.there)
        moved = self.there.re_encrypt(**{"CiphertextBlob": back, "DestinationKeyId": elsewhere})
        self.assertEqual(moved["SourceKeyId"], replica)

    def test_a_rotation_reaches_the_replicas(self):
        replica = self.replicate()
        old = self.there.encrypt(KeyId=replica, Plaintext=b"x")["CiphertextBlob"]
        self.refused("UnsupportedOperationException", self.there.rotate_key_on_demand, KeyId=replica)
        self.kms.rotate_key_on_demand(KeyId=self.primary)
        new = self.there.generate_data_key(KeyId=replica, KeySpec="AES_256")["KeyMaterialId"]
        self.assertEqual(self.kms.describe_key(KeyId=self.primary)["KeyMetadata"]["CurrentKeyMaterialId"], new)
        self.assertNotEqual(self.kms.decrypt(CiphertextBlob=old)["KeyMaterialId"], new)

    def test_states_policies_and_aliases_are_each_keys_own(self):
        replica = self.replicate()
        self.kms.create_alias(AliasName="alias/node", TargetKeyId=self.primary)
        self.refused("NotFoundException", self.there.describe_key, KeyId="alias/node")
        self.kms.disable_key(KeyId=self.primary)
        self.there.encrypt(KeyId=replica, Plaintext=b"x")
        self.refused("DisabledException", self.kms.encrypt, KeyId=self.primary, Plaintext=b"x")

    def test_what_cannot_be_replicated(self):
        single = self.key()
        self.refused("UnsupportedOperationException", self.kms.replicate_key, KeyId=single, ReplicaRegion="eu-west-1")
        self.refused("AlreadyExistsException", self.kms.replicate_key, KeyId=self.primary, ReplicaRegion="us-east-1")
        replica = self.replicate()
        self.refused("AlreadyExistsException", self.kms.replicate_key, KeyId=self.primary, ReplicaRegion="eu-west-1")
        self.refused(
            "UnsupportedOperationException", self.there.replicate_key, KeyId=replica, ReplicaRegion="us-west-2"
        )
        self.refused("ValidationException", self.kms.replicate_key, KeyId=self.primary, ReplicaRegion="Ireland")
        self.kms.disable_key(KeyId=self.primary)
        self.refused("DisabledException", self.kms.replicate_key, KeyId=self.primary, ReplicaRegion="us-west-2")

    def test_a_primary_waits_for_its_replicas_before_it_goes(self):
        replica = self.replicate()
        scheduled = self.kms.schedule_key_deletion(KeyId=self.primary, PendingWindowInDays=7)
        self.assertEqual(scheduled["KeyState"], "PendingReplicaDeletion")
        self.assertNotIn("DeletionDate", scheduled)
        message = "is pending replica deletion."
        self.refused("KMSInvalidStateException", self.kms.encrypt, KeyId=self.primary, Plaintext=b"x", message=message)
        self.there.schedule_key_deletion(KeyId=replica)
        self.server.post("/keys/delete", arn=replica)
        self.assertEqual(self.kms.describe_key(KeyId=self.primary)["KeyMetadata"]["KeyState"], "PendingDeletion")

    def test_a_replica_may_be_creating_for_a_while(self):
        self.server.post("/delays", replica=0.3)
        replica = self.replicate()
        self.refused(
            "KMSInvalidStateException", self.there.encrypt, KeyId=replica, Plaintext=b"x", message="is creating."
        )
        time.sleep(0.35)
        self.there.encrypt(KeyId=replica, Plaintext=b"x")

    def test_a_multi_region_key_asks_for_the_linked_role_and_a_replica_for_both_regions(self):
        create = allow("kms:CreateKey")
        role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mrk.kms.amazonaws.com/*"
        self.refused(
            "AccessDeniedException",
            self.user(create).create_key,
            MultiRegion=True,
            message="iam:CreateServiceLinkedRole",
        )
        self.user(create, allow("iam:CreateServiceLinkedRole", role)).create_key(MultiRegion=True)
        single_only = {
            "Effect": "Deny",
            "Action": "kms:CreateKey",
            "Resource": "*",
            "Condition": {"Bool": {"kms:MultiRegion": True}},
        }
        self.refused(
            "AccessDeniedException",
            self.user(create, single_only).create_key,
            MultiRegion=True,
            message="explicit deny",
        )
        call = {"KeyId": self.primary, "ReplicaRegion": "eu-west-1"}
        replicate = allow(
            "kms:ReplicateKey", self.primary, Condition={"StringEquals": {"kms:ReplicaRegion": "eu-west-1"}}
        )
        self.refused("AccessDeniedException", self.user(replicate).replicate_key, **call, message="kms:CreateKey")
        here_only = allow("kms:CreateKey", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
        self.refused(
            "AccessDeniedException", self.user(replicate, here_only).replicate_key, **call, message="kms:CreateKey"
        )
        both = self.user(replicate, create)
        self.refused("AccessDeniedException", both.replicate_key, KeyId=self.primary, ReplicaRegion="us-west-2")
        both.replicate_key(**call)


class Accounts(KMSCase):
    """Use of a key of another account: both the key's policy and the caller's must allow it."""

    def setUp(self):
        super().setUp()
        self.foreign = self.server.post("/keys", account=OTHER_ACCOUNT, alias="alias/shared")["Arn"]
        self.owner = self.client(self.server.post("/root-keys", account=OTHER_ACCOUNT))

    def share(self, principal, actions):
        document = json.loads(self.owner.get_key_policy(KeyId=self.foreign)["Policy"])
        document["Statement"][1:] = [allow(actions, Principal={"AWS": principal})]
        self.owner.put_key_policy(KeyId=self.foreign, Policy=json.dumps(document))

    def test_a_stranger_learns_nothing(self):
        missing = self.foreign.rpartition("/")[0] + "/1234abcd-12ab-34cd-56ef-1234567890ab"
        messages = [
            self.refused("AccessDeniedException", self.kms.encrypt, KeyId=key, Plaintext=b"x")
            for key in (self.foreign, missing)
        ]
        self.assertEqual(messages[0], messages[1])
        self.assertIn(
            "is not authorized to perform: kms:Encrypt on this resource because the resource does not exist",
            messages[0],
        )
        self.refused("NotFoundException", self.kms.encrypt, KeyId=self.foreign.split("/")[1], Plaintext=b"x")

    def test_key_policy_and_own_policy_must_both_allow(self):
        self.share(f"arn:aws:iam::{ACCOUNT}:root", ["kms:Encrypt", "kms:Decrypt"])
        self.assertEqual(self.kms.encrypt(KeyId=self.foreign, Plaintext=b"x")["KeyId"], self.foreign)
        allowed = self.user(allow(["kms:Encrypt", "kms:Decrypt"], self.foreign), name="allowed")
        blob = allowed.encrypt(KeyId=self.foreign, Plaintext=b"x")["CiphertextBlob"]
        self.assertEqual(allowed.decrypt(CiphertextBlob=blob)["KeyId"], self.foreign)
        by_alias = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:alias/shared"
        self.assertEqual(allowed.encrypt(KeyId=by_alias, Plaintext=b"x")["KeyId"], self.foreign)
        stranger = self.user(name="stranger")
        self.refused(
            "AccessDeniedException",
            stranger.encrypt,
            KeyId=self.foreign,
            Plaintext=b"x",
            message="no identity-based policy allows",
        )
        broad = self.user(allow("kms:*"), name="broad")
        self.refused("AccessDeniedException", broad.generate_data_key, KeyId=self.foreign, KeySpec="AES_256")

    def test_a_share_with_one_user_is_no_share_with_another(self):
        one, other = self.user(allow("kms:*"), name="one"), self.user(allow("kms:*"), name="other")
        self.share(f"arn:aws:iam::{ACCOUNT}:user/one", "kms:Encrypt")
        one.encrypt(KeyId=self.foreign, Plaintext=b"x")
        self.refused("AccessDeniedException", other.encrypt, KeyId=self.foreign, Plaintext=b"x")

    def test_administration_does_not_cross_accounts_whatever_the_policy_says(self):
        self.share(ACCOUNT, "kms:*")
        self.kms.describe_key(KeyId=self.foreign)
        for call in (
            self.kms.disable_key,
            self.kms.schedule_key_deletion,
            self.kms.get_key_policy,
            self.kms.list_resource_tags,
        ):
            self.refused("AccessDeniedException", call, KeyId=self.foreign)

    def test_reencrypt_between_accounts(self):
        self.share(ACCOUNT, "kms:ReEncryptTo")
        own = self.key()
        blob = self.kms.encrypt(KeyId=own, Plaintext=b"x")["CiphertextBlob"]
        moved = self.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=self.foreign)
        self.assertEqual((moved["SourceKeyId"], moved["KeyId"]), (own, self.foreign))
        back = {"CiphertextBlob": moved["CiphertextBlob"], "DestinationKeyId": own}
        self.refused("AccessDeniedException", self.kms.re_encrypt, **back, message="kms:ReEncryptFrom")

    def test_a_user_of_another_account_has_that_account(self):
        theirs = self.client(
            self.server.post("/users", name="u", account=OTHER_ACCOUNT, policies=[policy(allow("kms:*"))])
        )
        self.assertIn(OTHER_ACCOUNT, self.key(theirs))
        self.assertEqual(theirs.list_aliases()["Aliases"][0]["AliasName"], "alias/shared")
        self.assertEqual(self.kms.list_aliases()["Aliases"], [])


if __name__ == "__main__":
    unittest.main()
