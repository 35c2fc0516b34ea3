"""DescribeKey, ListKeys, EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion, UpdateKeyDescription and
on-demand rotation.

Sources: AWS KMS API Reference, the page of each operation; AWS KMS Developer Guide, pages "Key states of AWS KMS keys"
(which state refuses what), "Deleting AWS KMS keys", "Rotate AWS KMS keys", "Perform on-demand key rotation".
"""

from errors import KMSError, invalid, unsupported
from paging import page


def describe_key(call):
    return {"KeyMetadata": call.authorized_key(aliases=True).metadata()}


def list_keys(call):
    call.authorize_without_key("kms:ListKeys")
    own = [
        key
        for key in list(call.keyring.keys.values())
        if (key.region, key.family.account) == (call.region, call.caller.account)
    ]
    found = [key for key in own if call.keyring.key(key.region, key.family.account, key.family.key_id)]
    return page(call, "Keys", [{"KeyId": key.family.key_id, "KeyArn": key.arn} for key in found], 100, 1000)


def enable_key(call):
    _switch(call, "Enabled")


def disable_key(call):
    _switch(call, "Disabled")


def _switch(call, state):
    key = call.authorized_key()
    key.require_state(
        "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Creating", "Updating", "Unavailable"
    )
    key.state = state


def schedule_key_deletion(call):
    days = call.get("PendingWindowInDays", 30)
    key = call.authorized_key(kms_ScheduleKeyDeletionPendingWindowInDays=[str(days)])
    if not 7 <= days <= 30:
        raise invalid("PendingWindowInDays must be between 7 and 30 days.")
    key.require_state("PendingDeletion", "PendingReplicaDeletion", "Creating", "Updating")
    call.keyring.schedule(key, days)
    answer = {"KeyId": key.arn, "KeyState": key.state, "PendingWindowInDays": days}
    if key.deletion_date is not None:
        answer["DeletionDate"] = key.deletion_date
    return answer


def cancel_key_deletion(call):
    """The key is Disabled afterwards, not Enabled."""
    key = call.authorized_key()
    if key.state not in ("PendingDeletion", "PendingReplicaDeletion"):
        raise KMSError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    key.state, key.deletion_date, key.pending_window = "Disabled", None, None
    return {"KeyId": key.arn}


def update_key_description(call):
    key = call.authorized_key()
    key.require_not_pending_deletion()
    key.description = call.get("Description")


def _rotatable(call):
    key = call.authorized_key()
    if key.family.spec != "SYMMETRIC_DEFAULT":
        raise unsupported(f"{key.arn} key spec is {key.family.spec} which is not valid for this operation.")
    return key


def rotate_key_on_demand(call):
    """AWS rotates in the background within moments; here the answer comes after the rotation."""
    key = _rotatable(call)
    key.require_state()
    if not key.is_primary:
        raise unsupported(f"{key.arn} is a multi-Region replica key; rotate its primary key.")
    if not key.family.materials:
        raise KMSError("KMSInvalidStateException", f"{key.arn} has no key material that is pending rotation.")
    with call.keyring.lock:
        key.family.rotate(call.clock.timestamp())
    return {"KeyId": key.family.key_id}


def get_key_rotation_status(call):
    key = _rotatable(call)
    key.require_state("PendingDeletion", "PendingReplicaDeletion", "Creating")
    return {"KeyRotationEnabled": False, "KeyId": key.family.key_id}


def list_key_rotations(call):
    """Completed rotations; the first material, which no rotation made, only with IncludeKeyMaterial
    ALL_KEY_MATERIAL."""
    key = _rotatable(call)
    whole = call.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    found = []
    for material in key.family.materials:
        if material.rotation_type is None and not whole:
            continue
        entry = {"KeyId": key.family.key_id, "KeyMaterialId": material.id}
        entry["KeyMaterialState"] = "CURRENT" if material is key.family.current else "NON_CURRENT"
        if material.rotation_type is not None:
            entry.update(RotationDate=material.created, RotationType=material.rotation_type)
        found.append(entry)
    return page(call, "Rotations", found, 100, 1000)


OPERATIONS = {
    "DescribeKey": describe_key,
    "ListKeys": list_keys,
    "EnableKey": enable_key,
    "DisableKey": disable_key,
    "ScheduleKeyDeletion": schedule_key_deletion,
    "CancelKeyDeletion": cancel_key_deletion,
    "UpdateKeyDescription": update_key_description,
    "RotateKeyOnDemand": rotate_key_on_demand,
    "GetKeyRotationStatus": get_key_rotation_status,
    "ListKeyRotations": list_key_rotations,
}
