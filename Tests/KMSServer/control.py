"""The control endpoint: JSON over plain HTTP on loopback, without credentials. `README.md` lists its paths.

Everything that a test needs and that KMS itself does not offer: users and credentials, the clock, keys of other
accounts, states that take days, faults, and what was asked.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from call import Call
from errors import KMSError
from identity import Principal
from protocol import OPERATIONS


class Control:
    """The paths. Each takes a JSON object and answers one; ValueError, KeyError and KMSError become 400 with the
    reason."""

    def __init__(self, world, listeners):
        self.world, self.listeners = world, listeners
        self.paths = {
            ("POST", "/root-keys"): self.root_key,
            ("POST", "/users"): self.user,
            ("POST", "/policies"): self.policies,
            ("POST", "/access-keys"): self.access_key,
            ("DELETE", "/access-keys"): self.delete_access_key,
            ("POST", "/session-tokens"): self.session_token,
            ("POST", "/roles"): self.role_session,
            ("POST", "/clock"): self.clock,
            ("POST", "/keys"): self.create_key,
            ("POST", "/keys/state"): self.key_state,
            ("POST", "/keys/delete"): self.delete_key,
            ("POST", "/delays"): self.delays,
            ("POST", "/faults"): self.arm,
            ("GET", "/faults"): lambda order: {
                "faults": world.faults.described(),
                "latency": world.faults.latency * 1000,
            },
            ("DELETE", "/faults"): self.clear_faults,
            ("POST", "/latency"): self.latency,
            ("POST", "/listening"): self.listening,
            ("POST", "/connections/close"): self.close_connections,
            ("GET", "/requests"): self.requests,
            ("DELETE", "/requests"): self.clear_requests,
            ("GET", "/counters"): lambda order: world.journal.counters(),
            ("POST", "/reset"): self.reset,
        }

    def root_key(self, order):
        return self.world.identities.root_key(order["account"]).described()

    def user(self, order):
        """A user with these policies and an access key."""
        identities = self.world.identities
        user = identities.user(order.get("account", self.world.account), order["name"], order.get("policies", []))
        return identities.access_key(user, order.get("accessKeyId"), order.get("secretAccessKey")).described()

    def policies(self, order):
        self.world.identities.set_policies(order["arn"], order["policies"])
        return {}

    def access_key(self, order):
        """One more access key of the principal that another access key stands for."""
        owner = self.world.identities.access_keys[order["of"]].principal
        return self.world.identities.access_key(
            owner, order.get("accessKeyId"), order.get("secretAccessKey")
        ).described()

    def delete_access_key(self, order):
        del self.world.identities.access_keys[order["accessKeyId"]]
        return {}

    def session_token(self, order):
        """Temporary credentials that act as the owner of an access key."""
        owner = self.world.identities.access_keys[order["accessKeyId"]].principal
        return self.world.identities.session_of_user(owner, order.get("expiresIn", 3600)).described()

    def role_session(self, order):
        """Temporary credentials of a role, made or made again with these policies."""
        identities = self.world.identities
        role = identities.role(order.get("account", self.world.account), order["name"], order.get("policies", []))
        issued = identities.session_of_role(
            role,
            order.get("sessionName", "test"),
            order.get("expiresIn", 3600),
            order.get("sessionPolicy"),
            order.get("accessKeyId"),
        )
        return {**issued.described(), "roleArn": role.arn}

    def clock(self, order):
        self.world.clock.offset = float(order["offset"])
        return {"now": self.world.clock.now()}

    def create_key(self, order):
        """CreateKey by an account's root user: `account`, `region`, `alias`, and CreateKey's own members under
        `parameters`."""
        account, region = order.get("account", self.world.account), order.get("region", "us-east-1")
        root = Principal(account, f"arn:aws:iam::{account}:root", "root")
        notes = {"keys": {}}
        parameters = order.get("parameters", {})
        call = Call(self.world, "CreateKey", parameters, root, region, True, notes)
        metadata = OPERATIONS["CreateKey"](call)["KeyMetadata"]
        if "alias" in order:
            parameters = {"AliasName": order["alias"], "TargetKeyId": metadata["KeyId"]}
            OPERATIONS["CreateAlias"](Call(self.world, "CreateAlias", parameters, root, region, True, notes))
        return metadata

    def _key(self, arn):
        parts = arn.split(":", 5)
        return self.world.keyring.keys[parts[3], parts[4], parts[5].removeprefix("key/")]

    def key_state(self, order):
        """Any state of the page "Key states of AWS KMS keys", transient ones too."""
        key = self._key(order["arn"])
        if order["state"] == "PendingDeletion":
            self.world.keyring.schedule(key, order.get("days", 7))
        else:
            key.state, key.created_at = order["state"], None
        return key.metadata()

    def delete_key(self, order):
        """The end of a waiting period, at once."""
        self.world.keyring.delete(self._key(order["arn"]))
        return {}

    def delays(self, order):
        """Seconds for which a new key is not found, and a new replica is Creating."""
        self.world.keyring.visibility_delay = float(order.get("visibility", 0))
        self.world.keyring.replica_delay = float(order.get("replica", 0))
        return {}

    def arm(self, order):
        return self.world.faults.arm(order).described()

    def clear_faults(self, order):
        self.world.faults.clear(order.get("id"))
        return {}

    def latency(self, order):
        self.world.faults.latency = float(order["milliseconds"]) / 1000
        return {}

    def listening(self, order):
        for listener in self.listeners:
            (listener.open if order["on"] else listener.close)()
        return {}

    def close_connections(self, order):
        for listener in self.listeners:
            listener.drop_connections()
        return {}

    def requests(self, order):
        return {"requests": self.world.journal.lines(int(order.get("since", 0)), order.get("operation"))}

    def clear_requests(self, order):
        self.world.journal.clear()
        return {}

    def reset(self, order):
        for listener in self.listeners:
            listener.open()
        self.world.reset()
        return {}


def serve(control, port=0):
    """Starts the endpoint; answers the server, whose `server_port` is known by then."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self):
            split = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = control.paths.get((self.command, split.path))
            try:
                if path is None:
                    raise ValueError(f"unknown path {self.command} {split.path}")
                order = json.loads(content) if content else dict(parse_qsl(split.query))
                status, answer = 200, path(order)
            except (ValueError, KeyError, TypeError, KMSError) as error:
                status, answer = 400, {"error": f"{type(error).__name__}: {error}"}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _handle

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
