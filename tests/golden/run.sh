#!/bin/sh
# Golden files: for every x.asl.json (or x.asl.yaml) here, either x.c is what `aslc emit`
# makes of it, byte for byte, and compiles without a warning; or x.err is what `aslc check`
# says about it.  x.args, if there, holds options for aslc.
#
#   run.sh            compare
#   run.sh --update   write the files anew; then review the diff
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
aslc=${ASLC:-$top/compiler/aslc}
cc=${CC:-cc}
update=no
[ "${1-}" = --update ] && update=yes

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here" || exit 99

passed=0 failed=0
fail() { echo "FAIL $1: $2"; failed=$((failed + 1)); }

# Compare $work/out with file $2 of case $1, or make it so.
settle()
{
    if [ $update = yes ]; then
        cmp -s "$work/out" "$2" 2> /dev/null || { cp "$work/out" "$2" && echo "wrote $2"; }
    elif ! diff -u "$2" "$work/out" > "$work/diff" 2>&1; then
        fail "$1" "differs from $2"
        head -n 60 "$work/diff"
        return
    fi
    passed=$((passed + 1))
}

one()
{
    source=$1 name=${1%.asl.*}
    args=
    [ -f "$name.args" ] && args=$(cat "$name.args")
    # shellcheck disable=SC2086
    "$aslc" emit -o - $args "$source" > "$work/out" 2> "$work/messages"
    status=$?
    case $status in
    0)
        if [ -f "$name.err" ] && [ $update = no ]; then
            fail "$name" "was accepted; expected the diagnostics of $name.err"
            return
        fi
        if ! "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
            -I"$top/runtime/include" -x c "$work/out" > "$work/diff" 2>&1; then
            fail "$name" "the C compiler complains"
            head -n 20 "$work/diff"
            return
        fi
        [ $update = yes ] && rm -f "$name.err"
        settle "$name" "$name.c"
        ;;
    1)
        if [ -f "$name.c" ] && [ $update = no ]; then
            fail "$name" "was refused"
            head -n 20 "$work/messages"
            return
        fi
        # shellcheck disable=SC2086
        "$aslc" check $args "$source" > /dev/null 2> "$work/out"
        [ $update = yes ] && rm -f "$name.c"
        settle "$name" "$name.err"
        ;;
    *)
        fail "$name" "aslc emit: exit $status: $(tail -n 2 "$work/messages" | tr '\n' ' ')"
        ;;
    esac
}

for source in *.asl.json *.asl.yaml; do
    [ -f "$source" ] && one "$source"
done
echo "$passed passed, $failed failed"
[ $((passed + failed)) -eq 0 ] && exit 77
[ "$failed" -eq 0 ]
