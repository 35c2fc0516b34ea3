"""The server as a child process, for tests in Python: starts it, speaks to its control endpoint, makes boto3 clients.

with KMSServer() as server:
    key = server.client().create_key()["KeyMetadata"]
"""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode


class KMSServer:
    """A running server. `ready` is the line that it printed."""

    _session = None

    def __init__(self, *options):
        command = [sys.executable, str(Path(__file__).with_name("server.py")), *options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"KMSServer did not start: exit code {self._process.wait()}")
        self.ready = json.loads(line)
        self.http, self.https, self.ca = self.ready["http"], self.ready["https"], self.ready["ca"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Closes its standard input, which ends it. Answers its exit code."""
        self._process.stdin.close()
        try:
            return self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process.stdout.close()

    def control(self, method, path, order=None, **query):
        """One control call; raises ValueError with the server's reason where it refuses."""
        connection = http.client.HTTPConnection(self.ready["control"].removeprefix("http://"), timeout=30)
        try:
            target = f"{path}?{urlencode(query)}" if query else path
            connection.request(method, target, None if order is None else json.dumps(order))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer["error"])
        return answer

    def post(self, path, **order):
        return self.control("POST", path, order)

    def fault(self, kind, **options):
        return self.post("/faults", kind=kind, **options)

    def clear_faults(self):
        self.control("DELETE", "/faults")

    def requests(self, **query):
        return self.control("GET", "/requests", **query)["requests"]

    def counters(self):
        return self.control("GET", "/counters")

    def reset(self):
        self.post("/reset")

    def client(self, credentials=None, region="us-east-1", endpoint=None, **config):
        """A boto3 KMS client over HTTPS, by default as the root user, without retries, its connections its own."""
        import boto3
        from botocore.config import Config

        credentials = credentials or self.ready
        settings = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 5, **config}
        if KMSServer._session is None:
            KMSServer._session = boto3.session.Session()  # One for all: making a session reads the service model anew.
        return KMSServer._session.client(
            "kms",
            region_name=region,
            endpoint_url=endpoint or self.https,
            verify=self.ca,
            aws_access_key_id=credentials["accessKeyId"],
            aws_secret_access_key=credentials["secretAccessKey"],
            aws_session_token=credentials.get("sessionToken"),
            config=Config(**settings),
        )
