"""All keys and aliases of all regions and accounts, and how a request names them.

Sources: AWS KMS Developer Guide, pages "Key identifiers (KeyId)", "Deleting AWS KMS keys", "Deleting multi-Region
keys", "Aliases in AWS KMS"; AWS KMS API Reference, the KeyId parameter of each operation.
"""

import re
import threading
from dataclasses import dataclass

from errors import KMSError, not_found

_KEY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}", re.IGNORECASE)
_DAY = 86400


@dataclass
class Alias:
    name: str
    arn: str
    key: object
    created: float
    updated: float


class Keyring:
    """Keys by region, account and key id; aliases by region, account and name. Changes are made under `lock`."""

    def __init__(self, clock):
        self.lock = threading.RLock()
        self._clock = clock
        # Seconds that a new key is not found yet ("AWS KMS eventual consistency"), and that a replica is Creating. A
        # test sets them.
        self.visibility_delay = 0.0
        self.replica_delay = 0.0
        self.keys = {}
        self.aliases = {}
        self.families = {}

    def add(self, key):
        """Takes in a new key."""
        key.visible_at = self._clock.now() + self.visibility_delay
        if key.family.multi_region and not key.is_primary and self.replica_delay:
            key.state, key.created_at = "Creating", self._clock.now() + self.replica_delay
        self.keys[key.region, key.family.account, key.family.key_id] = key
        self.families[key.family.digest] = key.family
        return key

    def key(self, region, account, key_id):
        """The key, None where there is none. What passes with time, a state Creating or a waiting period, ends at the
        next look."""
        key = self.keys.get((region, account, key_id.lower()))
        if key is None or (key.state == "Enabled" and not self.visibility_delay):
            return key
        now = self._clock.now()
        if key.state == "Creating" and key.created_at is not None and now >= key.created_at:
            key.state = "Enabled"
        if key.state == "PendingDeletion" and now >= key.deletion_date:
            self.delete(key)
            return None
        return key if now >= key.visible_at else None

    def delete(self, key):
        """The end of the waiting period: key and aliases are gone. The last replica's end starts the primary's waiting
        period."""
        with self.lock:
            self.keys.pop((key.region, key.family.account, key.family.key_id), None)
            self.aliases = {name: alias for name, alias in self.aliases.items() if alias.key is not key}
            family = key.family
            family.members.pop(key.region, None)
            primary = family.members.get(family.primary_region)
            if primary is not None and primary.state == "PendingReplicaDeletion" and len(family.members) == 1:
                self.schedule(primary, primary.pending_window)

    def schedule(self, key, days):
        """A multi-region primary waits for its replicas first, without a date."""
        replicas = key.is_primary and len(key.family.members) > 1
        key.state = "PendingReplicaDeletion" if replicas else "PendingDeletion"
        key.pending_window = days
        key.deletion_date = None if replicas else self._clock.timestamp() + days * _DAY

    def named(self, text, region, caller, aliases=True):
        """The key that a KeyId parameter names for this caller in this region.

        Key id and alias name mean the caller's own account; ARNs any. None for an ARN of another account that names
        nothing: the authorization answers then, because KMS does not tell strangers what exists. Otherwise
        NotFoundException.
        """
        account = caller.account
        if text.startswith("arn:"):
            account, text = self._parts(text, region)
            if not aliases and text.startswith("alias/"):
                raise KMSError("InvalidArnException", f"Invalid arn {region}")
        elif not aliases and text.startswith("alias/"):
            raise not_found(f"Invalid keyId '{text}'")
        if text.startswith("alias/"):
            alias = self.aliases.get((region, account, text))
            key = alias and self.key(region, account, alias.key.family.key_id)
            missing = f"Alias arn:aws:kms:{region}:{account}:{text} is not found."
        elif _KEY_ID.fullmatch(text):
            key = self.key(region, account, text)
            missing = f"Key 'arn:aws:kms:{region}:{account}:key/{text}' does not exist"
        else:
            raise not_found(f"Invalid keyId '{text}'")
        if key is None and account == caller.account:
            raise not_found(missing)
        return key

    def _parts(self, arn, region):
        """Account and resource of an ARN in this region. An ARN of another region is refused by that region's name."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[1:3] != ["aws", "kms"] or not re.fullmatch(r"\d{12}", parts[4]):
            raise not_found("Invalid arn")
        if parts[3] != region:
            raise not_found(f"Invalid arn {parts[3]}")
        resource = parts[5]
        if resource.startswith("key/"):
            return parts[4], resource[4:]
        if resource.startswith("alias/"):
            return parts[4], resource
        raise not_found("Invalid arn")

    def of_ciphertext(self, ciphertext, region):
        """The key in this region that a blob names, None where it is not here or no more. A blob that no key ever made
        is invalid."""
        family = self.families.get(ciphertext.family_digest)
        if family is None:
            raise KMSError("InvalidCiphertextException")
        return self.key(region, family.account, family.key_id)

    def aliases_of(self, key):
        return [alias for alias in list(self.aliases.values()) if alias.key is key]
