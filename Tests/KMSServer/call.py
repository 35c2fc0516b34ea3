"""One authenticated call of an operation: its parameters, who calls, from where, and what it may touch."""

import authorization
from errors import KMSError, dry_run


class Call:
    """What an operation works with. `notes` is the call's line in the journal, to which keys are added as they become
    known."""

    def __init__(self, world, operation, parameters, caller, region, secure, notes):
        self.world, self.operation, self.parameters = world, operation, parameters
        self.keyring, self.clock = world.keyring, world.clock
        self.caller, self.region, self.notes = caller, region, notes
        self.asked = authorization.Request(caller, region, secure, world.clock.now())
        if parameters.get("GrantTokens"):
            raise KMSError("InvalidGrantTokenException", "The grant token is not valid.")

    def get(self, name, default=None):
        return self.parameters.get(name, default)

    def named_key(self, member="KeyId", aliases=False):
        """The key that a parameter names. None for a foreign ARN that names nothing: authorize refuses that."""
        key = self.keyring.named(self.parameters[member], self.region, self.caller, aliases)
        self.note(member, key)
        return key

    def note(self, member, key):
        self.notes["keys"][member] = key.arn if key is not None else None

    def authorize(self, key, action=None, of=None, encryption_context=None, member="KeyId", **more):
        """Refuses unless the caller may do the action, by default the operation's own, on the key."""
        context = self.asked.about(key, **more)
        name = self.parameters.get(member, "")
        name = name.split(":", 5)[5] if name.count(":") >= 5 else name
        if name.startswith("alias/"):
            context["kms:requestalias"] = [name]
        if encryption_context is not None:
            context["kms:encryptionalgorithm"] = ["SYMMETRIC_DEFAULT"]
            context.update(authorization.encryption_context_keys(encryption_context))
        if key is not None:
            aliases = [alias.name for alias in self.keyring.aliases_of(key)]
            if aliases:
                context["kms:resourcealiases"] = aliases
        authorization.require(self.caller, action or f"kms:{self.operation}", key, context, of)

    def authorized_key(self, member="KeyId", action=None, aliases=False, encryption_context=None, **more):
        """The key that a parameter names, after the authorization for it."""
        key = self.named_key(member, aliases)
        self.authorize(key, action, None, encryption_context, member, **more)
        return key

    def authorize_without_key(self, action, resource="*", of=None, context=None):
        """For actions that IAM policies alone decide."""
        authorization.require_by_identity(self.caller, action, resource, context or self.asked.context, of)

    def end_of_dry_run(self):
        """Where an operation would begin to answer: everything was checked by then."""
        if self.parameters.get("DryRun"):
            raise dry_run()
