"""STS, a container's service and an instance's metadata service in one, on loopback, until standard input ends.

Prints its URL and an access key that STS knows. Then obeys lines of JSON and answers each with one:
{"answer": [path's beginning, {"status", "headers", "body", "delay"} ...]} lets the path's next requests be answered so;
{"requests": true} tells those so far and forgets them; {"reset": true} forgets all but access keys;
{"imds": {"version1": bool, "expiry": seconds, "role": name}} and {"token": text} change what the metadata and the
container's service have.

What STS answers depends on the role, the external id, the session's name where the caller chose it, and the caller: who
gets the same answer has asked the same.
"""

import base64
import datetime
import hashlib
import json
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secrets, armed, requests = {}, {}, []
FIRST = {"imds": {"version1": False, "expiry": 3600, "role": "node"}, "token": None}
settings = dict(FIRST)
lock = threading.Lock()

STS = """<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <{0}Result>
    <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{1}</AccessKeyId>
      <SecretAccessKey>{2}</SecretAccessKey>
      <SessionToken>{3}</SessionToken>
      <Expiration>{4}</Expiration>
    </Credentials>
  </{0}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</{0}Response>"""
ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>m</Message></Error></ErrorResponse>"


def make_key(seed):
    """An access key whose parts follow from `seed`, with the characters in them that have to be escaped somewhere."""
    digest = hashlib.sha256(json.dumps(seed).encode()).digest()
    key_id = "ASIA" + base64.b32encode(digest).decode()[:16]
    secrets[key_id] = "/+" + base64.b64encode(digest)[:38].decode()
    return key_id, secrets[key_id], "tok+en/" + base64.b64encode(digest * 8).decode()


def date(seconds):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(seed, expiry):
    key_id, secret, token = make_key(seed)
    parts = {"Code": "Success", "AccessKeyId": key_id, "SecretAccessKey": secret, "Token": token}
    parts["Expiration"] = date(expiry)
    # As some servers write it, and JSON allows.
    return json.dumps(parts).replace("/", "\\/")


def is_signed(handler, body):
    """Whether the request carries the signature that botocore makes with the key it names."""
    import botocore.auth  # It takes a second, and only signed calls need it.
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    field = handler.headers.get("Authorization", "")
    key_id = field.partition("Credential=")[2].partition("/")[0]
    signed = field.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    if key_id not in secrets:
        return None
    moment = datetime.datetime.strptime(handler.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    headers = {name: handler.headers[name] for name in signed if name != "x-amz-date"}
    request = AWSRequest("POST", handler.server.url + handler.path, headers=headers, data=body)
    token = headers.pop("x-amz-security-token", None)
    region = field.split("/")[2]
    botocore.auth.SigV4Auth(Credentials(key_id, secrets[key_id], token), "sts", region).add_auth(request)
    return key_id if request.headers["Authorization"] == field else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body="", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            fields = {name.lower(): value for name, value in self.headers.items()}
            requests.append({"method": self.command, "path": self.path, "fields": fields, "body": body.decode()})
            known = next((path for path, left in armed.items() if self.path.startswith(path) and left), None)
            special = armed[known].pop(0) if known else None
        if special:
            time.sleep(special.get("delay", 0))
            if special.get("status"):
                return self.answer(special["status"], special.get("body", ""), special.get("headers"))
        with lock:
            if self.command == "POST":
                return self.sts(body)
            if self.path.startswith("/container"):
                return self.container()
            if self.path.startswith("/latest"):
                return self.imds()
        self.answer(404)

    do_GET = do_POST = do_PUT = handle_any

    def sts(self, body):
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode()).items()}
        caller = is_signed(self, body) if form["Action"] == "AssumeRole" else form.get("WebIdentityToken")
        if caller is None:
            return self.answer(403, ERROR.format("InvalidClientTokenId"))
        name = form["RoleSessionName"]
        chosen = None if name.startswith(("nodevault-", "botocore-session-")) else name
        seed = [form["Action"], form["RoleArn"], form.get("ExternalId"), form.get("DurationSeconds"), chosen, caller]
        expiry = int(form.get("DurationSeconds", 3600))
        parts = [part.replace("&", "&amp;") for part in make_key(seed)]
        headers = {"x-amzn-RequestId": "c6104cbe-af31-11e0-8154-cbc7ccf896c7", "Content-Type": "text/xml"}
        self.answer(200, STS.format(form["Action"], *parts, date(expiry)), headers)

    def container(self):
        if settings["token"] is not None and self.headers.get("Authorization") != settings["token"]:
            return self.answer(401)
        self.answer(200, document(["container", self.path], settings["imds"]["expiry"]))

    def imds(self):
        imds = settings["imds"]
        if self.command == "PUT":
            has_lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds") == "21600"
            return self.answer(404 if imds["version1"] else 200 if has_lifetime else 400, "metadata-token==")
        if not imds["version1"] and self.headers.get("X-aws-ec2-metadata-token") != "metadata-token==":
            return self.answer(401)
        folder = "/latest/meta-data/iam/security-credentials/"
        if self.path == folder and imds["role"]:
            return self.answer(200, imds["role"])
        if imds["role"] and self.path == folder + imds["role"]:
            return self.answer(200, document(["imds", imds["role"]], imds["expiry"]))
        self.answer(404)


def obey(order):
    with lock:
        if "answer" in order:
            armed.setdefault(order["answer"][0], []).extend(order["answer"][1:])
        if "requests" in order:
            told = {"requests": list(requests)}
            requests.clear()
            return told
        if "reset" in order:
            armed.clear()
            requests.clear()
            settings.update(FIRST)
        settings.update({name: value for name, value in order.items() if name in settings})
    return {}


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    key_id, secret, _ = make_key("first")
    print(json.dumps({"url": server.url, "accessKeyId": key_id, "secretAccessKey": secret}), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
    server.shutdown()


main()
