"""CreateKey and ReplicateKey.

Sources: AWS KMS API Reference, pages "CreateKey", "ReplicateKey"; AWS KMS Developer Guide, pages "Allowing users to
create KMS keys", "Controlling access to multi-Region keys" (the service-linked role, asked for at each multi-region
primary key), "Default key policy", "Tags in AWS KMS".
"""

from errors import KMSError, invalid, unsupported
from keys import USAGES, Family, Key
from policies import checked_key_policy
from policy import default_key_policy
from tags import checked_tags, listed

_LINKED_ROLE = "aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"


def create_key(call):
    spec = call.get("KeySpec", call.get("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"))
    if "KeySpec" in call.parameters and "CustomerMasterKeySpec" in call.parameters:
        raise invalid(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
            "CustomerMasterKeySpec is deprecated."
        )
    if "KeyUsage" not in call.parameters and spec != "SYMMETRIC_DEFAULT":
        raise invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
    usage, origin = call.get("KeyUsage", "ENCRYPT_DECRYPT"), call.get("Origin", "AWS_KMS")
    if spec not in USAGES or origin not in ("AWS_KMS", "EXTERNAL"):
        raise unsupported(f"this test server has no keys of spec {spec} and origin {origin}")
    if usage not in USAGES[spec]:
        raise invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    multi_region = call.get("MultiRegion", False)
    family = Family(call.caller.account, spec, usage, origin, multi_region, call.region, call.clock.timestamp())
    about = _conditions(call, family, call.region)
    call.authorize_without_key("kms:CreateKey", context=about)
    if multi_region:
        _authorize_linked_role(call)
    key = _new_key(call, family, call.region, about)
    return {"KeyMetadata": key.metadata()}


def replicate_key(call):
    region = call.get("ReplicaRegion")
    primary = call.authorized_key(kms_ReplicaRegion=[region], kms_PrimaryRegion=[call.region])
    family = primary.family
    if not family.multi_region or not primary.is_primary:
        raise unsupported(f"{primary.arn} is not a multi-Region primary key.")
    primary.require_state()
    if region in family.members:
        raise KMSError(
            "AlreadyExistsException", f"A multi-Region key {family.key_id} already exists in Region {region}."
        )
    about = _conditions(call, family, region)
    call.authorize_without_key("kms:CreateKey", context=about)
    replica = _new_key(call, family, region, about)
    return {
        "ReplicaKeyMetadata": replica.metadata(),
        "ReplicaPolicy": replica.policy.source,
        "ReplicaTags": listed(replica.tags),
    }


def _conditions(call, family, region):
    """The condition keys of a key that is yet to be, in the region where it will be."""
    bypass = call.get("BypassPolicyLockoutSafetyCheck", False)
    context = call.asked.about(
        None,
        kms_KeySpec=[family.spec],
        kms_KeyUsage=[family.usage],
        kms_KeyOrigin=[family.origin],
        kms_MultiRegion=["true" if family.multi_region else "false"],
        kms_BypassPolicyLockoutSafetyCheck=["true" if bypass else "false"],
    )
    context["aws:requestedregion"] = [region]
    if family.multi_region:
        context["kms:multiregionkeytype"] = ["PRIMARY" if region == family.primary_region else "REPLICA"]
    for tag in call.get("Tags", []):
        context[f"aws:requesttag/{tag['TagKey'].lower()}"] = [tag["TagValue"]]
        context.setdefault("aws:tagkeys", []).append(tag["TagKey"])
    return context


def _authorize_linked_role(call):
    resource = f"arn:aws:iam::{call.caller.account}:role/{_LINKED_ROLE}"
    context = dict(call.asked.context)
    context["iam:awsservicename"] = ["mrk.kms.amazonaws.com"]
    call.authorize_without_key("iam:CreateServiceLinkedRole", resource, context=context)


def _new_key(call, family, region, about):
    """Adds a key to its family and the keyring once policy and tags are in order. Tags need kms:TagResource by IAM."""
    tags = checked_tags(call.get("Tags", []), {})
    arn = f"arn:aws:kms:{region}:{family.account}:key/{family.key_id}"
    if tags:
        call.authorize_without_key("kms:TagResource", arn, of="", context=about)
    policy = default_key_policy(family.account)
    if "Policy" in call.parameters:
        bypass = call.get("BypassPolicyLockoutSafetyCheck", False)
        policy = checked_key_policy(call, call.get("Policy"), arn, family.account, bypass)
    with call.keyring.lock:
        if region in family.members:
            raise KMSError(
                "AlreadyExistsException", f"A multi-Region key {family.key_id} already exists in Region {region}."
            )
        key = Key(family, region, call.clock.timestamp(), policy, call.get("Description", ""), tags)
        call.notes["keys"]["created"] = key.arn
        return call.keyring.add(key)


OPERATIONS = {"CreateKey": create_key, "ReplicateKey": replicate_key}
