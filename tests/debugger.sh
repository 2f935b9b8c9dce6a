#!/bin/sh
# A workflow in gdb: functions and lines of the definition are found by name, and `step`
# goes from state to state.  Skipped, loudly, where there is no gdb.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
aslc=${ASLC:-$top/compiler/aslc}
if ! command -v gdb > /dev/null; then
    echo "debugger.sh: THERE IS NO gdb: stepping through a workflow was not tried"
    exit 77
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 99

cat > order.asl.json << 'END'
{
  "StartAt": "First",
  "States": {
    "First": {
      "Type": "Pass",
      "Parameters": {
        "n.$": "$.n"
      },
      "Next": "Big?"
    },
    "Big?": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.n", "NumericGreaterThan": 10, "Next": "Last" }
      ],
      "Default": "Last"
    },
    "Last": {
      "Type": "Succeed"
    }
  }
}
END
cat > commands << 'END'
set pagination off
set confirm off
set debuginfod enabled off
skip -gfi */aslrt/*.h
break order_first
run --input-json '{"n":5}' > output
echo AT FIRST\n
next
echo NEXT LINE\n
tbreak order.asl.json:14
continue
echo AT RULE\n
print f->state == ORDER_BIG
next
finish
echo IN DISPATCH\n
tbreak order_last
continue
echo AT LAST\n
backtrace 1
continue
END

export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # it cannot look under gdb
CFLAGS="-O0 -g" CC=${CC:-cc} "$aslc" build --save-c order.c -o order order.asl.json || exit 1
timeout 60 gdb -q -batch -x commands ./order > said 2>&1
cat said > all

# Each text must stand in what gdb said, behind the one before.
failed=0
expect()
{
    if grep -n -F -e "$1" said > found; then
        line=$(head -n 1 found | cut -d: -f1)
        tail -n "+$((line + 1))" said > rest && mv rest said
    else
        echo "FAIL: \`$1\` is not in its place in what gdb said"
        failed=1
    fi
}
expect 'order_first (f='
expect 'AT FIRST'
expect 'NEXT LINE'
expect 'order_big (f='
expect 'AT RULE'
expect '$1 = 1'
expect 'order__dispatch (f='
expect 'case ORDER_BIG:'
expect 'IN DISPATCH'
expect 'order_last (f='
expect 'AT LAST'
expect '#0  order_last (f='
if [ $failed -ne 0 ]; then
    cat all
    exit 1
fi
[ "$(cat output)" = '{"n":5}' ] || { echo "FAIL: the output is $(cat output)"; exit 1; }
echo "stepped through three states"
