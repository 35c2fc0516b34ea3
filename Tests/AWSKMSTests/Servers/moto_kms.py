"""moto as KMS with its signature and policy checks on, until standard input ends.

Prints one line of JSON: where it is, two access keys, of a user who may do all and of one who may only describe keys,
and the ARN of a role that may do all and that the first may assume. Then obeys lines of JSON: {"call": a method of
boto3's KMS client, "parameters": {...}}.
"""

import json
import logging
import os
import sys
import urllib.request

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1000000"

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"


def make_user(iam, name, actions):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=document(allowed(actions)))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


def make_role(iam, name, actions):
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document(allowed(actions)))
    return role["Role"]["Arn"]


def allowed(actions):
    return {"Effect": "Allow", "Action": actions, "Resource": "*"}


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def client(service, url, keys):
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
    )


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # Its access log is nobody's concern.
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    iam = client("iam", url, {"accessKeyId": "first", "secretAccessKey": "first"})
    user = make_user(iam, "node", ["kms:*", "sts:AssumeRole"])
    reader = make_user(iam, "reader", ["kms:DescribeKey"])
    role = make_role(iam, "vault", ["kms:*"])
    checks_on = urllib.request.Request(url + "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    urllib.request.urlopen(checks_on).read()
    ready = {"http": url, "region": REGION, "user": user, "reader": reader, "role": role}
    print(json.dumps(ready), flush=True)
    kms = client("kms", url, user)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(kms, order["call"])(**order["parameters"])
        except Exception as error:
            answer = {"error": str(error)}
        print(json.dumps(answer, default=str), flush=True)
    server.stop()


main()
