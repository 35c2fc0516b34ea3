"""GenerateDataKey, GenerateDataKeyWithoutPlaintext, Encrypt, Decrypt, ReEncrypt.

Sources: AWS KMS API Reference, the page of each operation; AWS KMS Developer Guide, pages "Encryption context",
"Testing your permissions" (DryRun, DryRunModifiers). KeyMaterialId is answered where the reference lists it: never by
Encrypt.
"""

import base64
import os

import ciphertext
from errors import KMSError, invalid, unsupported

_THIS_CIPHERTEXT = " on the resource associated with this ciphertext"
_SYMMETRIC = "SYMMETRIC_DEFAULT"


def _base64(octets):
    return base64.b64encode(octets).decode()


def _usable(call, key, operation, algorithm=_SYMMETRIC):
    """A key that may be used: its state and what it is for, after the authorization."""
    if call.get("Recipient") is not None:
        raise unsupported("this test server has no attested recipients")
    key.require_state()
    key.require_usage(operation, algorithm)
    return key


def generate_data_key(call):
    if ("NumberOfBytes" in call.parameters) == ("KeySpec" in call.parameters):
        raise invalid("Please specify either number of bytes or key spec.")
    context = call.get("EncryptionContext", {})
    key = _usable(call, call.authorized_key(aliases=True, encryption_context=context), call.operation)
    call.end_of_dry_run()
    size = call.get("NumberOfBytes") or {"AES_256": 32, "AES_128": 16}[call.get("KeySpec")]
    plaintext = os.urandom(size)
    material = key.family.current
    answer = {
        "CiphertextBlob": _base64(ciphertext.sealed(key.family, material, plaintext, context)),
        "KeyId": key.arn,
        "KeyMaterialId": material.id,
    }
    if call.operation == "GenerateDataKey":
        answer["Plaintext"] = _base64(plaintext)
    return answer


def encrypt(call):
    context = call.get("EncryptionContext", {})
    key = call.authorized_key(aliases=True, encryption_context=context)
    _usable(call, key, "Encrypt", call.get("EncryptionAlgorithm", _SYMMETRIC))
    call.end_of_dry_run()
    blob = ciphertext.sealed(key.family, key.family.current, call.get("Plaintext"), context)
    return {"CiphertextBlob": _base64(blob), "KeyId": key.arn, "EncryptionAlgorithm": _SYMMETRIC}


def decrypt(call):
    key, material, plaintext = _opened(
        call, "KeyId", "kms:Decrypt", "EncryptionContext", "Decrypt", "EncryptionAlgorithm"
    )
    call.end_of_dry_run()
    return {
        "KeyId": key.arn,
        "Plaintext": _base64(plaintext),
        "EncryptionAlgorithm": _SYMMETRIC,
        "KeyMaterialId": material.id,
    }


def re_encrypt(call):
    """Source and destination are authorized each by itself, as kms:ReEncryptFrom and kms:ReEncryptTo, each with its own
    context."""
    destination_context = call.get("DestinationEncryptionContext", {})
    destination = call.named_key("DestinationKeyId", aliases=True)

    def authorize_destination(source):
        more = _same_key(source, destination)
        call.authorize(destination, "kms:ReEncryptTo", None, destination_context, "DestinationKeyId", **more)
        algorithm = call.get("DestinationEncryptionAlgorithm", _SYMMETRIC)
        _usable(call, destination, "Encrypt (via ReEncrypt)", algorithm)

    source, source_material, plaintext = _opened(
        call, "SourceKeyId", "kms:ReEncryptFrom", "SourceEncryptionContext", "Decrypt (via ReEncrypt)",
        "SourceEncryptionAlgorithm", destination, authorize_destination,
    )  # fmt: skip
    call.end_of_dry_run()
    material = destination.family.current
    return {
        "CiphertextBlob": _base64(ciphertext.sealed(destination.family, material, plaintext, destination_context)),
        "SourceKeyId": source.arn,
        "KeyId": destination.arn,
        "SourceEncryptionAlgorithm": _SYMMETRIC,
        "DestinationEncryptionAlgorithm": _SYMMETRIC,
        "SourceKeyMaterialId": source_material.id,
        "DestinationKeyMaterialId": material.id,
    }


def _same_key(source, destination):
    return {"kms_ReEncryptOnSameKey": ["true" if source is destination else "false"]} if source and destination else {}


def _opened(call, member, action, context_member, operation, algorithm_member, destination=None, before_opening=None):
    """(key, material, plaintext) of CiphertextBlob.

    Without a key named, the blob names it, and a refusal does not say which it was. With one named, it must be the
    blob's: IncorrectKeyException. A related multi-region key is the same key here, since it has the same key id. A dry
    run opens the blob too, unless its modifiers say IGNORE_CIPHERTEXT; then the key must be named.
    """
    ignoring = call.get("DryRun", False) and "IGNORE_CIPHERTEXT" in call.get("DryRunModifiers", [])
    if ignoring and member not in call.parameters:
        raise invalid(f"{member} is required when DryRunModifiers contains IGNORE_CIPHERTEXT.")
    if not ignoring and "CiphertextBlob" not in call.parameters:
        raise invalid(
            "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
            "Member must not be null"
        )
    blob = None if ignoring else ciphertext.Ciphertext(call.get("CiphertextBlob"))
    actual = None if ignoring else call.keyring.of_ciphertext(blob, call.region)
    if member in call.parameters:
        key, of = call.named_key(member, aliases=True), None
    else:
        key, of = actual, _THIS_CIPHERTEXT
        call.note(member, key)
    context = call.get(context_member, {})
    call.authorize(key, action, of, context, member, **_same_key(key, destination))
    _usable(call, key, operation, call.get(algorithm_member, _SYMMETRIC))
    if before_opening is not None:
        before_opening(key)
    if ignoring:
        return key, None, None
    if actual is not key:
        message = "The key ID in the request does not identify a CMK that can perform this operation."
        raise KMSError("IncorrectKeyException", message)
    material = key.family.material(blob.material_digest)
    return key, material, blob.opened(material, context)


OPERATIONS = {
    "GenerateDataKey": generate_data_key,
    "GenerateDataKeyWithoutPlaintext": generate_data_key,
    "Encrypt": encrypt,
    "Decrypt": decrypt,
    "ReEncrypt": re_encrypt,
}
