"""Finds credentials by botocore. Reads a JSON list of environments from standard input, and writes for each what was
found: [access key id, secret, token], or null where botocore finds none or refuses.
"""

import json
import os
import sys

import botocore.session

# Between attempts at a service that is not there.
botocore.utils.ContainerMetadataFetcher.SLEEP_TIME = 0


def found(environment):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
    try:
        session = botocore.session.Session()
        session.set_config_variable("region", "us-east-1")
        credentials = session.get_credentials()
        if credentials is None:
            return None
        frozen = credentials.get_frozen_credentials()
    except Exception:  # Whatever it refuses for.
        return None
    return [frozen.access_key, frozen.secret_key, frozen.token]


answers = [found(environment) for environment in json.load(sys.stdin)]
json.dump(answers, sys.stdout)
