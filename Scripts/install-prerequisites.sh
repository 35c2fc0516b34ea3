#!/usr/bin/env bash
# Installs the Debian packages that are missing. Does nothing where all are there.
set -euo pipefail

packages=(libssl-dev libsqlite3-dev libcurl4-openssl-dev zlib1g-dev pkg-config openssl python3 python3-venv git ca-certificates)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        </dev/null >/dev/null
fi

command -v swift >/dev/null || {
    echo "swift is missing: install Swift 6.3 from swift.org and put it on the PATH" >&2
    exit 1
}
