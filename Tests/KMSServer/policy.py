"""Policy documents: what a statement says, and whether it speaks of a request.

Sources: IAM User Guide, pages "IAM JSON policy elements reference", "Grammar of the IAM JSON policy language"; AWS KMS
Developer Guide, pages "Key policies in AWS KMS", "Default key policy", "Specifying KMS keys in IAM policy statements".
"""

import json
import re

import conditions
from conditions import matches_wildcards, substituted

_STATEMENT_KEYS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


class Statement:
    """One statement. Everything it holds must speak of a request for its effect to count."""

    def __init__(self, element, key_policy):
        if not isinstance(element, dict) or set(element) - _STATEMENT_KEYS:
            raise ValueError("a statement has an unknown element")
        if element.get("Effect") not in ("Allow", "Deny"):
            raise ValueError("Effect must be Allow or Deny")
        self.allows = element["Effect"] == "Allow"
        self.actions, self.except_actions = _either(element, "Action", "NotAction")
        for action in self.actions + self.except_actions:
            if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
                raise ValueError(f"{action!r} is no action")
        self.resources, self.except_resources = _either(element, "Resource", "NotResource")
        for resource in self.resources + self.except_resources:
            if resource != "*" and resource.count(":") < 5:
                raise ValueError(f"{resource!r} is no resource")
        self.principals, self.services = _principals(element, key_policy)
        self.conditions = conditions.parsed(element.get("Condition", {}))

    def speaks_of(self, action, resource, context):
        """Whether action, resource and conditions fit. Actions are compared without regard to case, resources are
        not."""
        named = any(
            matches_wildcards(pattern.lower(), action.lower()) for pattern in self.actions or self.except_actions
        )
        if named != bool(self.actions):
            return False
        patterns = (substituted(pattern, context) for pattern in self.resources or self.except_resources)
        found = any(pattern is not None and _resource_matches(pattern, resource) for pattern in patterns)
        if found != bool(self.resources):
            return False
        return all(condition.holds(context) for condition in self.conditions)


class PolicyDocument:
    """A policy: `source` is its text as given, `statements` what it says."""

    def __init__(self, source, key_policy):
        self.source = source if isinstance(source, str) else json.dumps(source)
        document = json.loads(self.source)
        if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"}:
            raise ValueError("a policy is an object of Version, Id and Statement")
        if document.get("Version", "2008-10-17") not in ("2012-10-17", "2008-10-17"):
            raise ValueError("Version must be 2012-10-17 or 2008-10-17")
        statements = document.get("Statement")
        if statements is None:
            raise ValueError("a policy needs a Statement")
        statements = statements if isinstance(statements, list) else [statements]
        self.statements = [Statement(statement, key_policy) for statement in statements]

    @classmethod
    def identity_based(cls, source):
        """A policy of a user, role or session. Raises ValueError for what IAM would not accept."""
        return cls(source, key_policy=False)

    @classmethod
    def of_key(cls, source):
        return cls(source, key_policy=True)

    def effects(self, action, resource, context):
        """The effects (True allows) of the statements that speak of this request."""
        return {statement.allows for statement in self.statements if statement.speaks_of(action, resource, context)}


def default_key_policy(account):
    """What CreateKey attaches where it is given none: the account may delegate by IAM policies."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    return PolicyDocument.of_key(json.dumps(document, indent=2, separators=(",", " : ")))


def account_named(principal):
    """The account that a principal stands for as a whole: twelve digits, or its root ARN. None for every other
    principal."""
    found = re.fullmatch(r"(?:arn:aws:iam::)?(\d{12})(:root)?", principal)
    if found and principal.startswith("arn:") == bool(found.group(2)):
        return found.group(1)
    return None


def _resource_matches(pattern, resource):
    """A request about no particular resource is matched by `*` alone; the parts of an ARN are matched one by one."""
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", 5), resource.split(":", 5)
    return len(wanted) == 6 == len(found) and all(matches_wildcards(w, f) for w, f in zip(wanted, found))


def _either(element, name, opposite):
    if (name in element) == (opposite in element):
        raise ValueError(f"a statement needs {name} or {opposite}, not both")
    return _list(element[name]) if name in element else [], _list(element[opposite]) if opposite in element else []


def _list(value):
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) for each in values):
        raise ValueError("expected a string or a list of strings")
    return values


def _principals(element, key_policy):
    """The AWS principals and the service principals of a key policy's statement."""
    if "NotPrincipal" in element:
        raise ValueError("NotPrincipal is not understood here")
    if not key_policy:
        if "Principal" in element:
            raise ValueError("an identity-based policy has no Principal")
        return [], []
    if "Principal" not in element:
        raise ValueError("a key policy's statement needs a Principal")
    principal = element["Principal"]
    if principal == "*":
        return ["*"], []
    if not isinstance(principal, dict) or not principal or set(principal) - {"AWS", "Service", "Federated"}:
        raise ValueError("Principal is not valid")
    named = _list(principal["AWS"]) if "AWS" in principal else []
    return named, _list(principal["Service"]) if "Service" in principal else []
