#!/bin/sh
# Fuzzes the HOCON room for a bounded time: run.sh [SECONDS], 60 by default. Fails on a crash, a hang of 10 seconds or 1 GB of memory,
# and leaves the input in the current directory.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
swift build -c release --package-path "$here"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no "$here/.build/release/hocon-fuzz" \
    -max_total_time="${1:-60}" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -dict="$here/hocon.dict" "$work" "$here/Seeds"
