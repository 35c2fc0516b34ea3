#!/usr/bin/env python3
"""A strict AWS KMS for tests. `README.md` beside this file says what it does and how it is controlled.

    python3 Tests/KMSServer/server.py --port 0 --https 0

prints one line of JSON (the ports, the CA to trust, the control URL, an access key) and serves until its standard input
closes or SIGTERM comes, so that it never outlives the test that started it. All state is in memory.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading

import control
from authority import Authority
from listener import Listener
from protocol import Protocol
from world import World


def arguments():
    parser = argparse.ArgumentParser(description="A strict AWS KMS for tests, on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port of plain HTTP; 0, the default: any free one")
    parser.add_argument(
        "--https", type=int, nargs="?", const=0, default=0, help="port of HTTPS; 0, the default: any free one"
    )
    parser.add_argument(
        "--control-port", type=int, default=0, help="port of the control endpoint; 0, the default: any free one"
    )
    parser.add_argument("--account", default="111122223333", help="account of the access key that is printed")
    parser.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="REGION",
        help="one more HTTPS port, of this region alone; may be repeated",
    )
    parser.add_argument(
        "--bad-certificates", action="store_true", help="two more HTTPS ports: an expired certificate, a foreign name"
    )
    return parser.parse_args()


def start(options, folder):
    """Opens all ports. Answers (what a test must know, the listeners)."""
    world = World(options.account)
    protocol = Protocol(world)
    authority = Authority(folder)
    context = authority.server_context()
    plain = Listener(world, protocol, options.port)
    tls = Listener(world, protocol, options.https, context)
    regional = {region: Listener(world, protocol, 0, context, region) for region in options.region}
    listeners = [plain, tls, *regional.values()]
    ready = {
        "http": f"http://127.0.0.1:{plain.port}",
        "https": f"https://localhost:{tls.port}",
        "httpPort": plain.port,
        "httpsPort": tls.port,
        "regions": {region: f"https://localhost:{listener.port}" for region, listener in regional.items()},
        "ca": str(authority.ca_path),
        "account": world.account,
        "accessKeyId": world.root.access_key_id,
        "secretAccessKey": world.root.secret_access_key,
        "pid": os.getpid(),
    }
    if options.bad_certificates:
        expired = Listener(world, protocol, 0, authority.server_context(days=-1))
        foreign = Listener(world, protocol, 0, authority.server_context(names=["kms.example.com"]))
        listeners += [expired, foreign]
        ready["expiredCertificate"] = f"https://localhost:{expired.port}"
        ready["foreignCertificate"] = f"https://localhost:{foreign.port}"
    endpoint = control.serve(control.Control(world, listeners), options.control_port)
    ready["control"] = f"http://127.0.0.1:{endpoint.server_port}"
    return ready, listeners


def end():
    """An event that standard input's closing, SIGTERM and SIGINT set."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())

    def until_closed():
        try:
            while os.read(sys.stdin.fileno(), 4096):
                pass
        except (OSError, ValueError):
            pass
        over.set()

    threading.Thread(target=until_closed, daemon=True).start()
    return over


def main():
    options = arguments()
    over = end()
    with tempfile.TemporaryDirectory(prefix="kms-server-") as folder:
        ready, listeners = start(options, folder)
        print(json.dumps(ready), flush=True)
        over.wait()
        for listener in listeners:
            listener.close()


if __name__ == "__main__":
    main()
