#!/bin/sh
# Build the approval workflow and run it: a small expense, one that is approved, one that is
# refused, and one that nobody looks at.  ASLC names the compiler.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
"$aslc" build -o "$work/approval" "$here/flow.asl.json" "$here/ask.c"
cd "$work"

shown() { printf '  $ %s\n' "$*"; }
fail() { echo "demo: $*" >&2; exit 1; }

# Starts the program on the expense $1; it waits.
start()
{
    shown "./approval --input-json '$1' --control approval.sock &"
    : > err
    ./approval --input-json "$1" --control approval.sock --log-level error > out 2> err &
    program=$!
    tries=0
    until grep -q task-failure err; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || fail "nobody is asked"
        sleep 0.1
    done
    sed 's/^/  /' err
    token=$(sed -n 's/.*task-success \([^ ]*\).*/\1/p' err)
}

# Waits for its end, which must be $1.
finish()
{
    status=0
    wait "$program" || status=$?
    [ "$status" -eq "$1" ] || fail "exit $status, not $1: $(cat err)"
    if [ "$status" -eq 0 ]; then
        printf '  exit 0: %s\n\n' "$(cat out)"
    else
        printf '  exit %s: %s\n\n' "$status" "$(tail -n 1 err)"
    fi
}

shown "./approval --input-json '{\"who\":\"Ann\",\"amount\":12.50}'"
out=$(./approval --input-json '{"who":"Ann","amount":12.50}')
printf '  exit 0: %s\n\n' "$out"
[ "$out" = '{"paid":12.50,"who":"Ann"}' ] || fail "a small expense is paid at once"

start '{"who":"Bea","amount":1200}'
shown "./approval task-success TOKEN --control approval.sock"
./approval task-success "$token" --control approval.sock
finish 0
[ "$(cat out)" = '{"paid":1200,"who":"Bea"}' ] || fail "what was approved is paid"

start '{"who":"Cy","amount":99999}'
shown "./approval task-failure TOKEN --control approval.sock --error Refused --cause 'too much'"
./approval task-failure "$token" --control approval.sock --error Refused --cause 'too much'
finish 1
grep -q '{"Error":"Refused","Cause":"too much"}' err || fail "a refusal is told"

shown "./approval --input-json '{\"who\":\"Di\",\"amount\":500}' --time-scale 0"
status=0
./approval --input-json '{"who":"Di","amount":500}' --time-scale 0 > out 2> err || status=$?
printf '  exit %s: %s\n' "$status" "$(tail -n 1 err)"
grep -q TooLate err || fail "a day goes by in no time"
