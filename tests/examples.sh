#!/bin/sh
# Every example runs: its demo.sh ends with 0 (77: it cannot run here), or, where there is none, its flow.asl.json is
# built (with handlers.c if there is one), run on input.json, and gives output.json if that
# is there.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
ASLC=${ASLC:-$top/compiler/aslc}
export ASLC
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

passed=0 failed=0
settle()
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    elif [ "$1" -eq 77 ]; then
        echo "$2: $(tail -n 1 "$work/log")"
    else
        echo "FAIL $2"
        tail -n 40 "$work/log"
        failed=$((failed + 1))
    fi
}

plain()
{
    handlers=
    [ -f handlers.c ] && handlers=handlers.c
    tasks=
    [ -f tasks.json ] && tasks="--tasks tasks.json"
    # shellcheck disable=SC2086
    "$ASLC" build -o "$work/program" $tasks flow.asl.json $handlers &&
        "$work/program" --input input.json $tasks --time-scale 0 > "$work/output" || return
    [ ! -f output.json ] || diff output.json "$work/output"
}

for example in "$top"/examples/*/; do
    cd "$example" || exit 99
    if [ -f demo.sh ]; then
        ./demo.sh > "$work/log" 2>&1
    else
        plain > "$work/log" 2>&1
    fi
    settle $? "${example#"$top"/}"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
