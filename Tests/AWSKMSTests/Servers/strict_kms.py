"""The strict KMS of Tests/KMSServer, until standard input ends.

Prints its first line, then obeys lines of JSON: {"method": ..., "path": ..., "body": ...} for its control endpoint.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "KMSServer"))
from kms_server import KMSServer

with KMSServer(*sys.argv[1:]) as server:
    print(json.dumps(server.ready), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(server.control(order["method"], order["path"], order.get("body"))), flush=True)
