#!/bin/sh
# An include may only point down.  Each folder of the run time is a layer, each file of the
# compiler has a rank (the tables below); a file includes lower ranks or its own folder (in
# the compiler: its own rank).  Each outside library has the layers that may include it.
#
#   layers.sh [TOP]     prints each include that points up; exit 1 if there is one
set -u
top=${1:-$(dirname "$0")/..}
cd "$top" || exit 99

find runtime compiler \( -name '*.[ch]' -o -name '*.re' -o -name '*.def' \) -print | sort > \
    "${TMPDIR:-/tmp}/layers.$$" || exit 99
trap 'rm -f "${TMPDIR:-/tmp}/layers.$$"' EXIT
trap 'exit 130' HUP INT TERM

awk -v list="${TMPDIR:-/tmp}/layers.$$" '
function give(rank, names,    parts, n, i) {
    n = split(names, parts, " ")
    for (i = 1; i <= n; i++)
        rank_of[parts[i]] = rank
}
function folder_of(path) { sub(/\/[^\/]*$/, "", path); return path }
function base_of(path) { sub(/.*\//, "", path); return path }
# The entry of a compiler file in the table: its name, or what stands before its first "_".
function stem_of(path) {
    path = base_of(path)
    sub(/\.[a-z]+$/, "", path)
    if (!(path in rank_of))
        sub(/_.*/, "", path)
    return path
}

# The rank of a file, or -1 if no table has it.
function rank(path,    folder) {
    folder = folder_of(path)
    if (folder == "runtime/include/aslrt")
        return ((base_of(path)) in public) ? public[base_of(path)] : -1
    if (folder in layer)
        return layer[folder]
    if (folder == "compiler" && (stem_of(path) in rank_of))
        return rank_of[stem_of(path)]
    return -1
}
# The project file that an include names, or "".
function resolve(from, name, quoted,    n, i, dirs, path) {
    if (name ~ /^aslrt\//)
        return "runtime/include/" name
    if (!quoted)
        return ""
    if (name ~ /\.\.\//) { # relative to the including file
        path = folder_of(from) "/" name
        while (path ~ /[^\/]+\/\.\.\//)
            sub(/[^\/]+\/\.\.\//, "", path)
        return path
    }
    n = split(folder_of(from) " " (from ~ /^compiler/ ? "compiler " : "") search, dirs, " ")
    for (i = 1; i <= n; i++) {
        path = dirs[i] "/" name
        if (path in exists)
            return path
    }
    return ""
}
function complain(line, what) {
    printf "%s:%d: %s\n", FILENAME, line, what
    bad++
}
function check_library(line, name,    prefix) {
    for (prefix in library)
        if (index(name, prefix) == 1 && FILENAME !~ ("^(" library[prefix] ")"))
            complain(line, "<" name "> belongs to " library[prefix])
}
function check(line, name, quoted,    path, from, to) {
    path = resolve(FILENAME, name, quoted)
    if (path == "" || !(path in exists)) {
        if (quoted && !(name ~ /\.inc$/))
            complain(line, "\"" name "\" is not in any folder this file may search")
        else
            check_library(line, name)
        return
    }
    if (FILENAME ~ /^runtime/ && path ~ /^compiler/)
        return complain(line, "the run time includes the compiler: " path)
    from = rank(FILENAME); to = rank(path)
    if (FILENAME ~ /^compiler/ && path ~ /^runtime/) {
        if (to > 1)
            complain(line, "the compiler uses value and expr alone, not " path)
        return
    }
    if (from < 0 || to < 0)
        return
    if (folder_of(FILENAME) == "runtime/include/aslrt" && path ~ /^runtime\/include/ ? to > from : \
        to > from || to == from && FILENAME ~ /^runtime/ && path !~ /^runtime\/include/ && \
        folder_of(FILENAME) != folder_of(path))
        complain(line, "rank " from " includes rank " to ": " path)
}
BEGIN {
    search = "runtime runtime/value runtime/expr runtime/machine runtime/io runtime/task" \
        " runtime/store runtime/program"
    layer["runtime/value"] = 0;   layer["runtime/expr"] = 1
    layer["runtime/machine"] = 2; layer["runtime/io"] = 3
    layer["runtime/task"] = 4;    layer["runtime/store"] = 5
    layer["runtime/program"] = 6

    public["value.h"] = 0;   public["errors.def"] = 0
    public["ops.h"] = 1;     public["ops.def"] = 1
    public["jsonata.h"] = 1; public["functions.def"] = 1
    public["evaluate.h"] = 2
    public["inspect.h"] = 2
    public["machine.h"] = 2; public["task.h"] = 2   # a plain table of handlers
    public["cjson.h"] = 4;   public["run.h"] = 6

    give(0, "diag source arena text")
    give(1, "read read_json read_yaml names")
    give(2, "expr tree choices fields syntax")
    give(3, "ir path filter jsonata jsonata_lex intrinsic")
    give(4, "states")
    give(5, "check resolve fold")
    give(6, "lower test_state"); give(7, "emit")
    give(8, "main build expressions graph test_state_run")

    library["event2/"] = "runtime/io/"
    library["openssl/"] = "runtime/io/"
    library["pcre2"] = "runtime/expr/"
    library["nettle/"] = "runtime/expr/|runtime/task/"
    library["sqlite3"] = "runtime/store/"
    library["zlib"] = "runtime/io/|runtime/task/"
    library["expat"] = "runtime/task/"
    library["yaml"] = "compiler/"
    library["cjson/"] = "compiler/|runtime/task/|runtime/include/aslrt/cjson.h"
    while ((getline path < list) > 0) {
        exists[path] = 1
        ARGV[ARGC++] = path
        if (path ~ /\.re$/) { sub(/\.re$/, ".c", path); exists[path] = 1 }
    }
}
FILENAME ~ /^runtime|^compiler/ && /^[ \t]*#[ \t]*include[ \t]*["<]/ {
    quoted = $0 ~ /"/
    name = $0
    sub(/^[^"<]*["<]/, "", name); sub(/[">].*/, "", name)
    check(FNR, name, quoted)
}
END {
    if (bad) print bad " includes point where they may not"
    exit bad > 0
}
'
