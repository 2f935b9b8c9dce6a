#!/bin/sh
# Build and run the program with the two workflows.  ASLC names the compiler.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
aslc=${ASLC:-$here/../../compiler/aslc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$here"

# Where the headers are: an installed library says so itself, a build tree in this file.
conf=$(dirname "$aslc")/aslc-tree.conf
if [ -f "$conf" ]; then
    flags="-I$(sed -n 's/^include=//p' "$conf") $(sed -n 's/^cflags=//p' "$conf")"
else
    flags=$(pkg-config --cflags aslrt)
fi

"$aslc" emit --no-main --header "$work/workflows.h" -o "$work/workflows.c" \
    double.asl.json greet.asl.json
# shellcheck disable=SC2046,SC2086
${CC:-cc} -O2 -I"$work" $flags -o "$work/embed" main.c "$work/workflows.c" \
    $("$aslc" libs double.asl.json greet.asl.json)
"$work/embed" > "$work/output"
cat "$work/output"
diff - "$work/output" <<'END'
double: [2,40,600]
double: {"Error":"NotANumber","Cause":"only numbers can be doubled"}
greet: {"text":"Hello, World!"}
END
