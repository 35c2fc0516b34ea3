"""KMS keys: their material, states and metadata.

Sources: AWS KMS Developer Guide, pages "Key states of AWS KMS keys", "Multi-Region keys in AWS KMS", "Rotate AWS KMS
keys"; AWS KMS API Reference, pages "KeyMetadata", "CreateKey", "ReplicateKey", "RotateKeyOnDemand".
"""

import hashlib
import os
import secrets
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from errors import KMSError, unsupported

_RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
_CURVES = {"ECC_NIST_P256": "ECDSA_SHA_256", "ECC_NIST_P384": "ECDSA_SHA_384", "ECC_SECG_P256K1": "ECDSA_SHA_256"}
_HMAC = {"HMAC_224": "HMAC_SHA_224", "HMAC_256": "HMAC_SHA_256", "HMAC_384": "HMAC_SHA_384", "HMAC_512": "HMAC_SHA_512"}
# What a key of each spec may be for, and the algorithms that DescribeKey then lists.
USAGES = {"SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT": ("EncryptionAlgorithms", ["SYMMETRIC_DEFAULT"])}}
for _spec in _RSA:
    USAGES[_spec] = {
        "ENCRYPT_DECRYPT": ("EncryptionAlgorithms", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
        "SIGN_VERIFY": (
            "SigningAlgorithms",
            [f"{scheme}_SHA_{bits}" for scheme in ("RSASSA_PKCS1_V1_5", "RSASSA_PSS") for bits in (256, 384, 512)],
        ),
    }
for _spec, _algorithm in _CURVES.items():
    USAGES[_spec] = {"SIGN_VERIFY": ("SigningAlgorithms", [_algorithm])}
for _spec, _algorithm in _HMAC.items():
    USAGES[_spec] = {"GENERATE_VERIFY_MAC": ("MacAlgorithms", [_algorithm])}

_STATE_WORDS = {
    "PendingDeletion": "pending deletion",
    "PendingReplicaDeletion": "pending replica deletion",
    "PendingImport": "pending import",
    "Unavailable": "unavailable",
    "Creating": "creating",
    "Updating": "updating",
}


class Material:
    """256 bits, their id (64 lower-case hexadecimal digits, the same in every region), and how they came."""

    def __init__(self, created, rotation_type=None):
        secret = os.urandom(32)
        self.digest = hashlib.sha256(b"key material id" + secret).digest()
        self.id = self.digest.hex()
        self.created = created
        self.rotation_type = rotation_type
        self._cipher = AESGCM(secret)

    def sealed(self, nonce, plaintext, authenticated_data):
        return self._cipher.encrypt(nonce, plaintext, authenticated_data)

    def opened(self, nonce, ciphertext, authenticated_data):
        """The plaintext, None where it does not authenticate."""
        try:
            return self._cipher.decrypt(nonce, ciphertext, authenticated_data)
        except InvalidTag:
            return None


class Family:
    """What related multi-region keys share: key id, spec, usage, origin, material, rotations. A single-region key is
    alone in its."""

    def __init__(self, account, spec, usage, origin, multi_region, region, created):
        self.account = account
        self.key_id = "mrk-" + secrets.token_hex(16) if multi_region else str(uuid.uuid4())
        self.digest = hashlib.sha256(f"{account}/{self.key_id}".encode()).digest()
        self.spec, self.usage, self.origin, self.multi_region = spec, usage, origin, multi_region
        self.primary_region = region
        self.members = {}
        self.materials = []
        if spec == "SYMMETRIC_DEFAULT" and origin == "AWS_KMS":
            self.materials.append(Material(created))

    @property
    def current(self):
        return self.materials[-1]

    def material(self, digest):
        """The material that a blob names; a blob of unknown material is no ciphertext of this key."""
        for material in reversed(self.materials):
            if material.digest == digest:
                return material
        raise KMSError("InvalidCiphertextException")

    def rotate(self, created):
        """New ciphertexts come under new material; old ones open as ever. At most 25 times in a key's life."""
        if sum(material.rotation_type == "ON_DEMAND" for material in self.materials) >= 25:
            raise KMSError(
                "LimitExceededException", "The maximum number of on-demand rotations has been reached for this key."
            )
        self.materials.append(Material(created, "ON_DEMAND"))


class Key:
    """A KMS key in one region: what is not shared with replicas."""

    def __init__(self, family, region, created, policy, description, tags):
        self.family, self.region, self.created = family, region, created
        self.policy, self.description, self.tags = policy, description, dict(tags)
        self.state = "PendingImport" if family.origin == "EXTERNAL" else "Enabled"
        self.visible_at = self.created_at = None
        self.deletion_date = None
        self.pending_window = None
        family.members[region] = self

    @property
    def arn(self):
        return f"arn:aws:kms:{self.region}:{self.family.account}:key/{self.family.key_id}"

    @property
    def is_primary(self):
        return self.region == self.family.primary_region

    def require_state(self, *refused):
        """Refuses in AWS's words if the key is in one of these states; all but Enabled where none is named."""
        if self.state == "Enabled" or (refused and self.state not in refused):
            return
        if self.state == "Disabled":
            raise KMSError("DisabledException", f"{self.arn} is disabled.")
        raise KMSError("KMSInvalidStateException", f"{self.arn} is {_STATE_WORDS[self.state]}.")

    def require_not_pending_deletion(self):
        self.require_state("PendingDeletion", "PendingReplicaDeletion")

    def require_usage(self, operation, algorithm="SYMMETRIC_DEFAULT"):
        """Only symmetric encryption keys wrap here; `operation` is named as AWS names it, ReEncrypt by its halves."""
        family = self.family
        if family.usage != "ENCRYPT_DECRYPT":
            message = f"{self.arn} key usage is {family.usage} which is not valid for {operation}."
            raise KMSError("InvalidKeyUsageException", message)
        if algorithm not in USAGES[family.spec][family.usage][1]:
            message = f"Algorithm {algorithm} and key spec {family.spec} are incompatible with key {self.arn}."
            raise KMSError("InvalidKeyUsageException", message)
        if family.spec != "SYMMETRIC_DEFAULT":
            raise unsupported("this test server encrypts under symmetric keys only")

    def metadata(self):
        """KeyMetadata, as CreateKey and DescribeKey answer it. CurrentKeyMaterialId only where there is symmetric
        material."""
        family = self.family
        name, algorithms = USAGES[family.spec][family.usage]
        answer = {
            "AWSAccountId": family.account,
            "KeyId": family.key_id,
            "Arn": self.arn,
            "CreationDate": self.created,
            "Enabled": self.state == "Enabled",
            "Description": self.description,
            "KeyUsage": family.usage,
            "KeyState": self.state,
            "Origin": family.origin,
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": family.spec,
            "KeySpec": family.spec,
            name: algorithms,
            "MultiRegion": family.multi_region,
        }
        if family.materials:
            answer["CurrentKeyMaterialId"] = family.current.id
        if self.state == "PendingDeletion":
            answer["DeletionDate"] = self.deletion_date
        if self.state == "PendingReplicaDeletion":
            answer["PendingDeletionWindowInDays"] = self.pending_window
        if family.multi_region:
            answer["MultiRegionConfiguration"] = self._relatives()
        return answer

    def _relatives(self):
        named = [{"Arn": key.arn, "Region": key.region} for key in self.family.members.values() if not key.is_primary]
        primary = self.family.members[self.family.primary_region]
        return {
            "MultiRegionKeyType": "PRIMARY" if self.is_primary else "REPLICA",
            "PrimaryKey": {"Arn": primary.arn, "Region": primary.region},
            "ReplicaKeys": named,
        }
