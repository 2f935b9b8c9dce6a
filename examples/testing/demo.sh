#!/bin/sh
# Build the workflow, run its tests, and compare the report with the one that is here.  ASLC
# names the compiler.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here"

"$aslc" build -o "$work/order" order.asl.json
"$work/order" test order.test.json | tee "$work/report"
diff report.tap "$work/report"
