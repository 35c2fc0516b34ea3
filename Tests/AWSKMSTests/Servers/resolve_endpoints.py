"""Finds endpoints by botocore. Reads {"rules": ..., "clients": [...]} from standard input.

For "rules", a list of flags of the services' endpoint rules, it writes for every region of every partition and some
that are none: [service, region, flags, URL, signing region]. For "clients", environments with their variables: the URLs
of clients for KMS and STS, null where botocore refuses.
"""

import json
import os
import sys

import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError

loader = botocore.session.get_session().get_component("data_loader")
partitions = loader.load_data("partitions")
OTHERS = ["xx-future-9", "us-gov-future-7", "cn-a-b-1", "eu-isoe-1", "eusc-fr-east-1", "us-east-1a", "cn-x-0"]


def by_rules(flags):
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]] + OTHERS
    for service, version in [("kms", "2014-11-01"), ("sts", "2011-06-15")]:
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1", version), partitions)
        for region in regions:
            parameters = {"Region": region, "UseFIPS": flags["fips"], "UseDualStack": flags["dualStack"]}
            if service == "sts":
                parameters["UseGlobalEndpoint"] = flags["legacy"]
            endpoint = provider.resolve_endpoint(**parameters)
            schemes = endpoint.properties.get("authSchemes", [{}])
            yield [service, region, flags, endpoint.url, schemes[0].get("signingRegion", region)]


def by_client(environment):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
    urls = []
    for service in ["kms", "sts"]:
        try:
            session = botocore.session.Session()
            client = session.create_client(service, "eu-west-3", aws_access_key_id="a", aws_secret_access_key="s")
            urls.append(client.meta.endpoint_url)
        except (BotoCoreError, ValueError):
            urls.append(None)
    return urls


order = json.load(sys.stdin)
rules = [found for flags in order["rules"] for found in by_rules(flags)]
json.dump({"rules": rules, "clients": [by_client(one) for one in order["clients"]]}, sys.stdout)
