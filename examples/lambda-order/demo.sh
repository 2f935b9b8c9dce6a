#!/bin/sh
# Build the workflow, start an endpoint for its Lambda functions, and run it twice: an order
# that goes through after the bank was busy, and one with a stolen card.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
emulator=
trap '[ -z "$emulator" ] || kill "$emulator"; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here"

shown() { printf '  $ %s\n' "$*"; }

shown "aslc build -o order --tasks tasks.json flow.asl.json"
"$aslc" build -o "$work/order" --tasks tasks.json flow.asl.json

shown "./emulator.py &"
python3 -B emulator.py > "$work/emulator" &
emulator=$!
until [ -s "$work/emulator" ]; do
    kill -0 "$emulator"
    sleep 0.1
done
LAMBDA=http://127.0.0.1:$(head -n 1 "$work/emulator")
export LAMBDA no_proxy=127.0.0.1

# --time-scale 100: the two seconds between retries are 20 milliseconds.
run()
{
    shown "LAMBDA=$LAMBDA ./order --input $1 --tasks tasks.json --time-scale 100"
    status=0
    "$work/order" --input "$1" --tasks tasks.json --time-scale 100 > "$work/out" \
        2> "$work/err" || status=$?
    cat "$work/out"
    tail -n 1 "$work/err"
}

run input-good.json
[ "$status" -eq 0 ] && [ "$(cat "$work/out")" = '{"told":[202,202],"receipt":"R-71.50"}' ] ||
    { echo "demo: this order should have gone through" >&2; exit 1; }

run input-bad.json
[ "$status" -eq 1 ] && grep -q '"Error":"CardDeclined"' "$work/err" ||
    { echo "demo: this order should have been declined" >&2; exit 1; }
