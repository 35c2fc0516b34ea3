"""GetKeyPolicy and PutKeyPolicy, and what makes a key policy acceptable.

Sources: AWS KMS API Reference, pages "PutKeyPolicy", "GetKeyPolicy"; AWS KMS Developer Guide, pages "Creating a key
policy", "Default key policy" (the lockout safety check); IAM User Guide, page "IAM and AWS STS quotas" (32 KB).
"""

from errors import KMSError, malformed_policy, not_found
from policy import PolicyDocument, account_named

_LIMIT = 32768


def checked_key_policy(call, text, arn, account, bypass):
    """The policy, once it is well-formed, names principals that exist, and does not lock its author out."""
    if len(text) > _LIMIT:
        raise KMSError("LimitExceededException", f"The policy is longer than {_LIMIT} bytes.")
    try:
        policy = PolicyDocument.of_key(text)
    except ValueError as error:
        raise malformed_policy(f"Policy is not valid: {error}.") from None
    for statement in policy.statements:
        for principal in statement.principals:
            if principal != "*" and account_named(principal) is None and not call.world.identities.exists(principal):
                raise malformed_policy("Policy contains a statement with one or more invalid principals.")
    if not bypass and not _author_could_change_it(call, policy, arn, account):
        raise malformed_policy("The new key policy will not allow you to update the key policy in the future.")
    return policy


def _author_could_change_it(call, policy, arn, account):
    """Whether the caller could put the next policy: named itself, or by its account and its own policies."""
    context, action = call.asked.context, "kms:PutKeyPolicy"
    allowed = False
    for statement in policy.statements:
        itself = any(call.caller.is_named_by(principal) for principal in statement.principals)
        by_account = any(account_named(principal) == account for principal in statement.principals)
        if (itself or by_account) and statement.speaks_of(action, arn, context):
            if not statement.allows:
                return False
            own = [document.effects(action, arn, context) for document in call.caller.policies]
            allowed = allowed or itself or call.caller.kind == "root" or any(True in effects for effects in own)
    return allowed


def put_key_policy(call):
    bypass = call.get("BypassPolicyLockoutSafetyCheck", False)
    key = call.authorized_key(kms_BypassPolicyLockoutSafetyCheck=["true" if bypass else "false"])
    _require_default_name(call)
    key.policy = checked_key_policy(call, call.get("Policy"), key.arn, key.family.account, bypass)


def get_key_policy(call):
    key = call.authorized_key()
    _require_default_name(call)
    return {"Policy": key.policy.source, "PolicyName": "default"}


def _require_default_name(call):
    if call.get("PolicyName", "default") != "default":
        raise not_found("No such policy exists")


OPERATIONS = {"PutKeyPolicy": put_key_policy, "GetKeyPolicy": get_key_policy}
