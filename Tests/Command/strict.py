"""What tests on the strict KMS have in common."""

import itertools

import aws
from case import CommandTestCase


class StrictServerTestCase(CommandTestCase):
    """The strict KMS as if it had just been started."""

    _users = itertools.count(1)

    def setUp(self):
        super().setUp()
        self.server = aws.strict_server()
        self.server.reset()

    def user(self, *statements):
        """The credentials, as variables, of a new user with these statements of a policy."""
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        keys = self.server.post("/users", name=f"user{next(self._users)}", policies=[policy])
        return {"AWS_ACCESS_KEY_ID": keys["accessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"]}


class StrictVaultTestCase(StrictServerTestCase):
    """A vault with one key on it, whose audit log is empty."""

    def setUp(self):
        super().setUp()
        self.vault = aws.strict_vault(self.folder)
        self.wrapper_key = self.vault.init()["wrapperKey"]
        self.key_id = self.vault.generate("ed25519")["keyId"]
        self.vault.log.unlink()


def allow(*actions, use=None):
    """A statement for every key; with `use`, for wrapped keys of that use only."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    if use:
        statement["Condition"] = {"StringEquals": {"kms:EncryptionContext:nodevault:use": use}}
    return statement
