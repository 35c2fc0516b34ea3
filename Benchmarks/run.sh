#!/usr/bin/env bash
# Builds NodeVault and what it is compared with, measures, and writes docs/benchmarks.md. Called by `make bench`.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product nodevault
swift build -c release --package-path Benchmarks/NodeVault
missed=0
python3 Benchmarks/NodeVault/measure.py \
    "$(swift build -c release --package-path Benchmarks/NodeVault --show-bin-path)" .build/release/nodevault \
    docs/benchmarks.md || missed=1
python3 Benchmarks/HOCON/measure.py --page docs/benchmarks.md || missed=1
exit "$missed"
