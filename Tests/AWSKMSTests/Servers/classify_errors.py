"""Asks botocore's standard retry mode. Reads a JSON list of {"code", "status"} from standard input, and writes for each
whether a call that was answered so is made again.
"""

import json
import sys

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.retries import standard

keys = {"aws_access_key_id": "a", "aws_secret_access_key": "s"}
client = botocore.session.get_session().create_client("kms", region_name="us-east-1", **keys)
conditions = standard.StandardRetryConditions(max_attempts=3)


def is_repeated(order):
    parsed = {"Error": {"Code": order["code"]}} if order["code"] else {}
    context = standard.RetryContext(
        attempt_number=1,
        operation_model=client.meta.service_model.operation_model("Decrypt"),
        parsed_response=parsed,
        http_response=AWSResponse("https://kms", order["status"], {}, None),
        request_context={},
    )
    return bool(conditions.is_retryable(context))


json.dump([is_repeated(order) for order in json.load(sys.stdin)], sys.stdout)
