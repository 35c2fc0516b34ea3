"""Signs POSTs by botocore. Reads a JSON list from standard input and writes the Authorization fields as one."""

import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def authorization(order):
    moment = datetime.datetime.fromtimestamp(order["time"], datetime.UTC)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    request = AWSRequest("POST", order["url"], headers=order["fields"], data=order["body"].encode())
    credentials = Credentials(order["accessKeyID"], order["secretAccessKey"], order["sessionToken"] or None)
    botocore.auth.SigV4Auth(credentials, order["service"], order["region"]).add_auth(request)
    return request.headers["Authorization"]


json.dump([authorization(order) for order in json.load(sys.stdin)], sys.stdout)
