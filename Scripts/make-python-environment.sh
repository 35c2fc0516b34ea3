#!/usr/bin/env bash
# Makes the private virtual environment .venv that the tests' Python programs run in.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/requirements.installed
if ! cmp --silent Tests/requirements.txt "$stamp"; then
    python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement Tests/requirements.txt
    cp Tests/requirements.txt "$stamp"
fi
