"""All that the server holds, in memory and nowhere else."""

from clock import Clock
from faults import Faults
from identity import Identities
from journal import Journal
from keyring import Keyring
from shapes import Shapes


class World:
    """Clock, identities, keys, faults and journal of one server, and the access key of its first account's root
    user."""

    def __init__(self, account):
        self.account = account
        self.root = None
        self.shapes = Shapes()
        self.journal = Journal()
        self.faults = Faults()
        self.reset()

    def reset(self):
        """As new: no keys, no users, the right time, no faults. Of the access keys only the first root user's is still
        known."""
        self.clock = Clock()
        self.identities = Identities(self.clock)
        former = (self.root.access_key_id, self.root.secret_access_key) if self.root else ()
        self.root = self.identities.root_key(self.account, *former)
        self.keyring = Keyring(self.clock)
        self.faults.clear()
        self.journal.clear()
