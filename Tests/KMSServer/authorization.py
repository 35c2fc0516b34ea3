"""Whether a caller may do an action on a key.

Sources: AWS KMS Developer Guide, pages "Troubleshooting key access" (order of evaluation), "Default key policy" (what
the account principal enables), "Allowing users in other accounts to use a KMS key", "AWS KMS permissions" (which
operations cross accounts), "Controlling access to multi-Region keys"; IAM User Guide, pages "Policy evaluation logic",
"Troubleshoot access denied error messages" (the words of refusals).
"""

from errors import access_denied
from policy import account_named

# Column "Cross-account use" of the page "AWS KMS permissions", for the operations that this server knows.
CROSS_ACCOUNT = {
    "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyRotationStatus", "kms:ReEncryptFrom", "kms:ReEncryptTo",
}  # fmt: skip

_STRANGER = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


class Request:
    """What policies are asked about besides action and resource: the caller and the condition keys of this request."""

    def __init__(self, caller, region, secure, now):
        self.caller, self.region = caller, region
        self.context = {
            "aws:principalarn": [caller.role_arn or caller.arn],
            "aws:principalaccount": [caller.account],
            "aws:requestedregion": [region],
            "aws:securetransport": ["true" if secure else "false"],
            "aws:epochtime": [str(int(now))],
            "kms:calleraccount": [caller.account],
        }
        if caller.kind == "user":
            self.context["aws:username"] = [caller.name]

    def about(self, key, **more):
        """The context with a key's own condition keys, and what an operation adds; a name's first underscore stands for
        a colon."""
        context = dict(self.context)
        if key is not None:
            family = key.family
            context.update(
                {
                    "kms:keyspec": [family.spec],
                    "kms:keyusage": [family.usage],
                    "kms:keyorigin": [family.origin],
                    "kms:multiregion": ["true" if family.multi_region else "false"],
                }
            )
            if family.multi_region:
                context["kms:multiregionkeytype"] = ["PRIMARY" if key.is_primary else "REPLICA"]
            context.update({f"aws:resourcetag/{name.lower()}": [value] for name, value in key.tags.items()})
        context.update({name.lower().replace("_", ":", 1): value for name, value in more.items()})
        return context


def encryption_context_keys(pairs):
    """The condition keys of an encryption context. Policies compare its keys without regard to case, its values as they
    say."""
    keys = {f"kms:encryptioncontext:{name.lower()}": [value] for name, value in pairs.items()}
    if pairs:
        keys["kms:encryptioncontextkeys"] = list(pairs)
    return keys


def _identity_effects(caller, action, resource, context):
    """The effects of the caller's own policies; a root user is allowed whatever nobody denies."""
    effects = {True} if caller.kind == "root" else set()
    for document in caller.policies:
        effects |= document.effects(action, resource, context)
    return effects


def require_by_identity(caller, action, resource, context, of=None):
    """An action that IAM policies alone decide: CreateKey, ListKeys, ListAliases, and everything about an alias."""
    effects = _identity_effects(caller, action, resource, context)
    of = f" on resource: {resource}" if of is None else of
    if False in effects:
        raise access_denied(caller, action, of, "with an explicit deny in an identity-based policy")
    if True not in effects:
        raise access_denied(caller, action, of, f"because no identity-based policy allows the {action} action")
    _require_by_session(caller, action, resource, context, of)


def _require_by_session(caller, action, resource, context, of):
    if caller.session_policy is not None:
        effects = caller.session_policy.effects(action, resource, context)
        if False in effects:
            raise access_denied(caller, action, of, "with an explicit deny in a session policy")
        if True not in effects:
            raise access_denied(caller, action, of, f"because no session policy allows the {action} action")


def _key_policy_effects(key, caller, action, context):
    """(denied, allowed to the caller itself, allowed to the caller's account). In a key policy a Resource is this
    key."""
    denied = itself = account = False
    for statement in key.policy.statements:
        by_itself = any(caller.is_named_by(principal) for principal in statement.principals)
        by_account = any(account_named(principal) == caller.account for principal in statement.principals)
        if (by_itself or by_account) and statement.speaks_of(action, key.arn, context):
            denied = denied or not statement.allows
            itself = itself or (statement.allows and by_itself)
            account = account or (statement.allows and by_account)
    return denied, itself, account


def require(caller, action, key, context, of=None):
    """Raises AccessDeniedException unless key policy and IAM policies together allow the action.

    Denied by anyone: denied. In the key's own account: allowed to the caller by the key policy itself, or delegated by
    it to the account and allowed by an IAM policy. In another account: both must allow. `key` None is a foreign key
    that does not exist.
    """
    stranger_of = " on this resource" if of is None else of
    if key is None:
        raise access_denied(caller, action, stranger_of, _STRANGER)
    of = f" on resource: {key.arn}" if of is None else of
    effects = _identity_effects(caller, action, key.arn, context)
    if False in effects:
        raise access_denied(caller, action, of, "with an explicit deny in an identity-based policy")
    denied, itself, account = _key_policy_effects(key, caller, action, context)
    unallowed = f"because no identity-based policy allows the {action} action"
    if caller.account != key.family.account:
        if denied or not (itself or account) or action not in CROSS_ACCOUNT:
            raise access_denied(caller, action, stranger_of, _STRANGER)
        if True not in effects:
            raise access_denied(caller, action, of, unallowed)
    else:
        if denied:
            raise access_denied(caller, action, of, "with an explicit deny in a resource-based policy")
        if not itself and not account:
            raise access_denied(caller, action, of, f"because no resource-based policy allows the {action} action")
        if not itself and True not in effects:
            raise access_denied(caller, action, of, unallowed)
    _require_by_session(caller, action, key.arn, context, of)
