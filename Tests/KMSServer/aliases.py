"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

Sources: AWS KMS API Reference, pages of these operations; AWS KMS Developer Guide, pages "Aliases in AWS KMS",
"Controlling access to aliases": the alias by IAM policy, the key by key policy.
"""

from errors import KMSError, invalid, not_found
from keyring import Alias
from paging import page


def _checked_name(call):
    name = call.get("AliasName")
    if not name.startswith("alias/") or len(name) == len("alias/"):
        raise invalid("Invalid identifier")
    if name.startswith("alias/aws/"):
        raise KMSError("NotAuthorizedException", "Alias names that begin with alias/aws/ are reserved.")
    if ":" in name:
        raise invalid(f"{name} contains invalid characters for an alias")
    return name, f"arn:aws:kms:{call.region}:{call.caller.account}:{name}"


def create_alias(call):
    name, arn = _checked_name(call)
    call.authorize_without_key("kms:CreateAlias", arn)
    key = call.authorized_key("TargetKeyId")
    key.require_not_pending_deletion()
    with call.keyring.lock:
        place = (call.region, call.caller.account, name)
        if place in call.keyring.aliases:
            raise KMSError("AlreadyExistsException", f"An alias with the name {arn} already exists")
        now = call.clock.timestamp()
        call.keyring.aliases[place] = Alias(name, arn, key, now, now)


def update_alias(call):
    alias = _existing(call, "kms:UpdateAlias")
    call.authorize(alias.key, member="TargetKeyId")
    key = call.authorized_key("TargetKeyId")
    key.require_not_pending_deletion()
    old, new = alias.key.family, key.family
    if (old.spec == "SYMMETRIC_DEFAULT") != (new.spec == "SYMMETRIC_DEFAULT") or old.usage != new.usage:
        raise invalid(f"Alias {alias.arn} cannot be moved to a key of another type or usage")
    alias.key, alias.updated = key, call.clock.timestamp()


def delete_alias(call):
    alias = _existing(call, "kms:DeleteAlias")
    call.authorize(alias.key)
    del call.keyring.aliases[call.region, call.caller.account, alias.name]


def list_aliases(call):
    """Without KeyId, all aliases of account and region. AWS's own aliases are not made here."""
    call.authorize_without_key("kms:ListAliases")
    key = call.named_key() if "KeyId" in call.parameters else None
    found = [
        {
            "AliasName": alias.name,
            "AliasArn": alias.arn,
            "TargetKeyId": alias.key.family.key_id,
            "CreationDate": alias.created,
            "LastUpdatedDate": alias.updated,
        }
        for (region, account, _), alias in sorted(call.keyring.aliases.items())
        if (region, account) == (call.region, call.caller.account) and (key is None or alias.key is key)
    ]
    return page(call, "Aliases", found, 50, 100)


def _existing(call, action):
    name, arn = _checked_name(call)
    call.authorize_without_key(action, arn)
    alias = call.keyring.aliases.get((call.region, call.caller.account, name))
    if alias is None:
        raise not_found(f"Alias {arn} is not found.")
    return alias


OPERATIONS = {
    "CreateAlias": create_alias,
    "UpdateAlias": update_alias,
    "DeleteAlias": delete_alias,
    "ListAliases": list_aliases,
}
