#!/bin/sh
# Build the order workflow and run it twice: an order that is fine, and one that asks for
# more kettles than there are.  ASLC names the compiler; --keep leaves the program here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here"

bold= plain=
if [ -t 1 ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
shown() { printf '  $ %s\n' "$*"; }

title "Compile: flow.asl.json, with its C handlers, to a native program"
shown "aslc build -o order --tasks tasks.json flow.asl.json handlers.c"
"$aslc" build -o "$work/order" --tasks tasks.json --save-c "$work/order.c" \
    flow.asl.json handlers.c
printf '  %s bytes of program, %s lines of C\n' "$(wc -c < "$work/order" | tr -d ' ')" \
    "$(wc -l < "$work/order.c" | tr -d ' ')"
if [ "${1-}" = --keep ]; then
    cp "$work/order" "$work/order.c" .
fi

# --time-scale 0: waits, such as those between retries, take no time.
run()
{
    shown "./order --input $1 --tasks tasks.json --time-scale 0 --history history"
    status=0
    "$work/order" --input "$1" --tasks tasks.json --time-scale 0 \
        --history "$work/history" > "$work/out" 2> "$work/err" || status=$?
    if [ ! -s "$work/history" ]; then
        cat "$work/err" >&2
        exit 1
    fi
    python3 -B show.py "$work/history"
    if [ "$status" -eq 0 ]; then
        printf '  exit 0, and on stdout:\n  %s\n' "$(cat "$work/out")"
    else
        printf '  exit %s, and on stderr:\n  %s\n' "$status" "$(tail -n 1 "$work/err")"
    fi
}

title "An order that goes through (its bank is busy at first)"
run input-good.json
[ "$status" -eq 0 ] || { echo "demo: this order should have gone through" >&2; exit 1; }
grep -q '"receipt":"R-71.50-3"' "$work/out" ||
    { echo "demo: the receipt is not R-71.50-3" >&2; exit 1; }

title "An order for more kettles than there are"
run input-bad.json
[ "$status" -eq 1 ] || { echo "demo: this order should have been refused" >&2; exit 1; }
grep -q 'Inventory.OutOfStock' "$work/err" ||
    { echo "demo: the error is not Inventory.OutOfStock" >&2; exit 1; }
echo
