"""Accounts, their users and roles, and the credentials that stand for them.

Sources: IAM User Guide, pages "IAM identifiers", "Temporary security credentials in IAM", "AWS account root user".
"""

import base64
import re
import secrets
import string
from dataclasses import dataclass, field

from policy import PolicyDocument

_BASE32 = string.ascii_uppercase + "234567"
_SECRET_ALPHABET = string.ascii_letters + string.digits + "+/"


@dataclass
class Principal:
    """Who calls. `kind` is `root`, `user` or `assumed-role`."""

    account: str
    arn: str
    kind: str
    name: str = ""
    policies: list = field(default_factory=list)
    role_arn: str = ""
    session_policy: object = None

    def is_named_by(self, pattern):
        """Whether an AWS principal of a key policy, other than an account, names this caller.

        A role's ARN names all its sessions. Wildcards inside an ARN are not allowed there ("AWS JSON policy elements:
        Principal").
        """
        return pattern in ("*", self.arn) or (bool(self.role_arn) and pattern == self.role_arn)


@dataclass
class AccessKey:
    """A long-term key, or a temporary one that works only together with its token and until it expires."""

    access_key_id: str
    secret_access_key: str
    principal: Principal
    session_token: str = None
    expires: float = None

    def described(self):
        answer = {
            "accessKeyId": self.access_key_id,
            "secretAccessKey": self.secret_access_key,
            "account": self.principal.account,
            "arn": self.principal.arn,
        }
        if self.session_token is not None:
            answer.update(sessionToken=self.session_token, expiration=self.expires)
        return answer


class Identities:
    """All credentials and principals of all accounts. An account exists once it is mentioned."""

    def __init__(self, clock):
        self._clock = clock
        self.access_keys = {}
        self._principals = {}

    def root_key(self, account, access_key_id=None, secret_access_key=None):
        """An access key of the account's root user, whom no IAM policy limits but every key policy can."""
        require_account(account)
        arn = f"arn:aws:iam::{account}:root"
        root = self._principals.setdefault(arn, Principal(account, arn, "root"))
        return self._issue(root, access_key_id, secret_access_key)

    def user(self, account, name, policies):
        """A user; made again, it gets these policies instead of its former ones."""
        require_account(account)
        arn = f"arn:aws:iam::{account}:user/{name}"
        documents = [PolicyDocument.identity_based(policy) for policy in policies]
        user = self._principals.setdefault(arn, Principal(account, arn, "user", name))
        user.policies = documents
        return user

    def role(self, account, name, policies):
        require_account(account)
        arn = f"arn:aws:iam::{account}:role/{name}"
        documents = [PolicyDocument.identity_based(policy) for policy in policies]
        role = self._principals.setdefault(arn, Principal(account, arn, "role", name))
        role.policies = documents
        return role

    def set_policies(self, arn, policies):
        """Replaces what a user or role may do, at once for every credential that stands for it."""
        self._principals[arn].policies = [PolicyDocument.identity_based(policy) for policy in policies]

    def exists(self, arn):
        return arn in self._principals

    def access_key(self, user, access_key_id=None, secret_access_key=None):
        return self._issue(user, access_key_id, secret_access_key)

    def session_of_user(self, user, seconds):
        """As STS GetSessionToken: temporary credentials that act as the user."""
        return self._issue(user, expires=self._clock.now() + seconds, prefix="ASIA")

    def session_of_role(self, role, session_name, seconds, session_policy=None, access_key_id=None):
        """As STS AssumeRole: the caller's ARN becomes `assumed-role/ROLE/SESSION`."""
        caller = Principal(
            role.account,
            f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session_name}",
            "assumed-role",
            policies=role.policies,
            role_arn=role.arn,
            session_policy=PolicyDocument.identity_based(session_policy) if session_policy else None,
        )
        return self._issue(caller, access_key_id, expires=self._clock.now() + seconds, prefix="ASIA")

    def _issue(self, principal, access_key_id=None, secret_access_key=None, expires=None, prefix="AKIA"):
        key = AccessKey(
            access_key_id or prefix + "".join(secrets.choice(_BASE32) for _ in range(16)),
            secret_access_key or "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(40)),
            principal,
        )
        if expires is not None:
            key.session_token = "IQoJb3JpZ2luX2VjE" + base64.b64encode(secrets.token_bytes(252)).decode()
            key.expires = expires
        self.access_keys[key.access_key_id] = key
        return key


def require_account(account):
    if not re.fullmatch(r"\d{12}", account):
        raise ValueError(f"an account is twelve digits, not {account!r}")
