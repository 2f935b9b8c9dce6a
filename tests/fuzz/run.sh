#!/bin/sh
# The corpus of each fuzz target through that target (regression), and what aslc emits for
# the definitions among them through the C compiler.
# `run.sh --smoke SECONDS` fuzzes each target so long instead, from its corpus on; needs
# programs of libFuzzer (./configure CC=clang --enable-fuzz).  Findings stay in ./fuzz-findings.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
here=$top/tests/fuzz
programs=${FUZZ_PROGRAMS:-tests/fuzz}
ASLC=${ASLC:-compiler/aslc}
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
        tail -n 40 "$work/log"
        failed=$((failed + 1))
    fi
}

smoke()
{
    mkdir -p "$work/$1" fuzz-findings
    dict=
    [ -f "$here/$1.dict" ] && dict=-dict=$here/$1.dict
    # shellcheck disable=SC2086
    "$programs/fuzz_$1" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1500 \
        -max_len=4096 -print_final_stats=1 -artifact_prefix="fuzz-findings/$1-" $dict \
        "$work/$1" "$here/corpus/$1" > "$work/log" 2>&1
}

# What is emitted compiles.
compile()
{
    for file in "$here/corpus/$1"/*; do
        if "$ASLC" check "$file" > /dev/null 2>&1; then
            "$ASLC" emit -o "$work/emitted.c" "$file" > "$work/log" 2>&1 &&
                ${CC:-cc} -std=c11 -fsyntax-only -Wall -Wextra -Werror \
                    -I "$top/runtime/include" "$work/emitted.c" >> "$work/log" 2>&1
            settle $? "$file"
        fi
    done
}

seconds=
[ "${1-}" = --smoke ] && seconds=${2:-60}
for corpus in "$here"/corpus/*/; do
    name=$(basename "$corpus")
    if [ -n "$seconds" ]; then
        smoke "$name"
        settle $? "$name"
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") runs"
    else
        "$programs/fuzz_$name" "$corpus"* > "$work/log" 2>&1
        settle $? "$name"
    fi
done
[ -n "$seconds" ] || { compile definition; compile yaml; }
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
