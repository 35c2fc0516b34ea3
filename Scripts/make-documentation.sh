#!/usr/bin/env bash
# Makes the library's reference with DocC in .build/documentation; a broken link is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

graphs=.build/symbol-graphs
rm -rf "$graphs" .build/documentation
mkdir -p "$graphs"
swift build --target NodeVault --scratch-path .build/for-documentation \
    -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$graphs"
find "$graphs" -name '*.symbols.json' ! -name 'NodeVault*' -delete
docc convert Sources/NodeVault/NodeVault.docc --additional-symbol-graph-dir "$graphs" \
    --output-path .build/documentation --warnings-as-errors
echo "open .build/documentation/documentation/nodevault/index.html through a web server"
