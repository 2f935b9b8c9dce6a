#!/bin/sh
# The corpus of each fuzz target through that target (regression), and what is emitted for
# the definitions among them through the C compiler.
# `run.sh --smoke SECONDS [TARGET...]` fuzzes each target so long instead, from its corpus on,
# FUZZ_JOBS (2) at a time, and compiles what is emitted for what that found; needs programs of
# libFuzzer (./configure CC=clang --enable-fuzz).  Findings stay in ./fuzz-findings.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
here=$top/tests/fuzz
programs=${FUZZ_PROGRAMS:-tests/fuzz}
# So many emitted files are compiled for each target after a smoke.
MOST_COMPILED=400

# Fuzzes target $1 for $2 seconds; the corpus and the log go to folder $3.
smoke_one()
{
    name=$1 seconds=$2 work=$3
    dict= length=4096
    [ -f "$here/$name.dict" ] && dict=-dict=$here/$name.dict
    [ "$name" = machine ] && length=600
    mkdir -p "$work/$name" fuzz-findings
    # shellcheck disable=SC2086
    "$programs/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 \
        -max_len=$length -print_final_stats=1 -artifact_prefix="fuzz-findings/$name-" $dict \
        "$work/$name" "$here/corpus/$name" > "$work/$name.log" 2>&1
    echo $? > "$work/$name.status"
}
if [ "${1-}" = --one ]; then
    smoke_one "$4" "$2" "$3"
    exit 0
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

passed=0 failed=0
settle()
{
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        echo "FAIL $2"
        tail -n 40 "$3"
        failed=$((failed + 1))
    fi
}

# What target $1 emits for the files in folder $2 compiles without a warning.
compile()
{
    mkdir -p "$work/emitted"
    FUZZ_EMIT=$work/emitted "$programs/fuzz_$1" "$2"/* > "$work/log" 2>&1
    find "$work/emitted" -name '*.c' | sort | head -n $MOST_COMPILED > "$work/list"
    # shellcheck disable=SC2016
    xargs -P 2 -n 10 sh -c 'for file; do
        ${CC:-cc} -std=c11 -fsyntax-only -Wall -Wextra -Wpedantic -Werror \
            -I "$include" "$file" || { cat "$file"; exit 255; }
    done' sh < "$work/list" > "$work/log" 2>&1
    settle $? "$1: emitted C" "$work/log"
    echo "$1: $(wc -l < "$work/list") emitted files compiled"
    [ -s "$work/list" ] || settle 1 "$1: nothing was emitted" "$work/log"
    rm -rf "$work/emitted"
}
include=$top/runtime/include
export include

if [ "${1-}" = --smoke ]; then
    seconds=${2:-60}
    [ $# -lt 2 ] || shift
    shift
    # shellcheck disable=SC2046
    [ $# -gt 0 ] || set -- $(ls "$here/corpus")
    printf '%s\n' "$@" | xargs -P "${FUZZ_JOBS:-2}" -n 1 "$0" --one "$seconds" "$work"
    for name; do
        settle "$(cat "$work/$name.status" 2> /dev/null || echo 1)" "$name" "$work/$name.log"
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log") runs"
        case $name in
        definition | machine | yaml) compile "$name" "$work/$name" ;;
        esac
    done
else
    for corpus in "$here"/corpus/*/; do
        name=$(basename "$corpus")
        "$programs/fuzz_$name" "$corpus"* > "$work/log" 2>&1
        settle $? "$name" "$work/log"
    done
    for name in definition machine yaml; do
        compile "$name" "$here/corpus/$name"
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
