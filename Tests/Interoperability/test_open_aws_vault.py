"""A vault on AWS KMS, opened by the independent opener with data keys that boto3 unwraps."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

from aws_kms import AWSKMS
from command import NodeVault
from envelope import encryption_context, uuid_text
from kms_refused import KMSRefused
from made_vault import MadeVault
from test_open_vault import OpeningTests
from vault_rows import read_tables

sys.path.append(str(Path(__file__).resolve().parents[1] / "KMSServer"))
from kms_server import KMSServer  # noqa: E402 (found on the path that was just set)


class AWSTests(OpeningTests, unittest.TestCase):
    """On the strict KMS of Tests/KMSServer."""

    @classmethod
    def make(cls):
        cls.server = KMSServer()
        cls.addClassCleanup(cls.server.stop)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.variables = {
            "AWS_ACCESS_KEY_ID": cls.server.ready["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": cls.server.ready["secretAccessKey"],
            "AWS_CA_BUNDLE": cls.server.ca,
        }
        settings = f'type = aws, region = us-east-1, endpoint-override = "{cls.server.https}"'
        made = MadeVault(NodeVault(folder.name, aws=settings, **cls.variables))
        made.kms = lambda: cls.kms
        cls.kms = AWSKMS(
            endpoint_url=cls.server.https,
            verify=cls.server.ca,
            aws_access_key_id=cls.server.ready["accessKeyId"],
            aws_secret_access_key=cls.server.ready["secretAccessKey"],
        )
        return made

    def opener(self, vault=None, **variables):
        environment = os.environ | self.variables | variables
        arguments = ["--aws", "--endpoint-url", self.server.https]
        return self.run_opener(vault or self.nodevault.vault, *arguments, environment=environment)

    def test_the_script_refuses_in_one_line_and_prints_no_key(self):
        refusals = [self.opener(AWS_SECRET_ACCESS_KEY="wrong"), self.opener("/no")]
        for process in refusals:
            self.assertEqual((process.stdout, process.stderr.count("\n")), ("", 1))
        self.assertEqual([process.returncode for process in refusals], [69, 66])

    def test_kms_unwraps_under_the_four_pairs_of_the_page_and_under_no_others(self):
        tables = read_tables(self.nodevault.vault)
        vault, row = tables["vault"][0], tables["data_keys"][0]
        wrapper_key = row["wrapper_key"].decode()
        right = encryption_context(vault["id"], row["id"], "data-key")
        expected = {
            "nodevault:vault": uuid_text(vault["id"]),
            "nodevault:key": uuid_text(row["id"]),
            "nodevault:use": "data-key",
            "nodevault:format": "1",
        }
        self.assertEqual(right, expected)
        self.assertEqual(len(self.kms.unwrap(row["wrapped"], wrapper_key, right)), 32)
        wrong = [right | {"nodevault:use": "integrity"}, right | {"more": "1"}, {}]
        wrong += [{name: right[name] for name in right if name != left_out} for left_out in right]
        for context in wrong:
            with self.assertRaisesRegex(KMSRefused, "InvalidCiphertextException"):
                self.kms.unwrap(row["wrapped"], wrapper_key, context)


if __name__ == "__main__":
    unittest.main()
