#!/bin/sh
# Build the workflow, start the API, and run it on a job that is done after a while and on
# one that fails.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
api=
trap '[ -z "$api" ] || kill "$api"; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here"

shown() { printf '  $ %s\n' "$*"; }

shown "aslc build -o job flow.asl.json"
"$aslc" build -o "$work/job" flow.asl.json

API_KEY=open-sesame
export API_KEY no_proxy=127.0.0.1
shown "./api.py &"
python3 -B api.py > "$work/port" &
api=$!
until [ -s "$work/port" ]; do
    kill -0 "$api"
    sleep 0.1
done
at=http://127.0.0.1:$(cat "$work/port")

# --time-scale 0: the waits between two questions take no time.
run()
{
    shown "./job --tasks tasks.json --time-scale 0 --input-json '$1'"
    status=0
    "$work/job" --tasks tasks.json --time-scale 0 --history "$work/history" \
        --input-json "$1" > "$work/out" 2> "$work/err" || status=$?
    cat "$work/out" "$work/err"
    if grep -q "$API_KEY" "$work/out" "$work/err" "$work/history"; then
        echo "demo: the key has been told" >&2
        exit 1
    fi
}

run "{\"api\": \"$at\", \"numbers\": [1, 2, 39]}"
[ "$status" -eq 0 ] && [ "$(cat "$work/out")" = '{"result":42,"asked":3}' ] ||
    { echo "demo: the job should have been done" >&2; exit 1; }

run "{\"api\": \"$at\", \"numbers\": [1, \"x\"]}"
[ "$status" -eq 1 ] && grep -q '"Error":"Job.Failed"' "$work/err" ||
    { echo "demo: the job should have failed" >&2; exit 1; }
