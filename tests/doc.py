#!/usr/bin/env python3
"""The documents say what is so.

doc/language.md: its table of functions has those of functions.def, with their signatures;
the tests it names exist.  They are named `flow:NAME` (tests/flow), `check_x:name` (a test of
tests/unit/check_x.c) and, in the last column of the tables of JSONata and in brackets, by
a group of run-jsonata.  Groups are looked up where the conformance data are (../shared, or
the folder $JSONATA_CASES); where they are not, that is said.

doc/generated.md: each block of C behind `<!-- FILE: NAME -->` is what that golden file has
of the function NAME.

    doc.py [--update]    --update puts the golden files' text into doc/generated.md
"""

import json
import os
import re
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
DATA = os.environ.get("JSONATA_CASES") or os.path.join(TOP, "..", "shared", "conformance",
                                                       "jsonata")
QUOTE = re.compile(r"(<!-- (\S+): (\w+) -->\n\n```c\n)(.*?)(```\n)", re.S)

failures = []
done = 0


def check(holds, message):
    global done
    done += 1
    if not holds:
        failures.append(message)
        print(f"FAIL {message}")


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def groups():
    """Those of the conformance data, or None."""
    found = set()
    for name in ("cases.jsonl", "workflow_cases.jsonl"):
        path = os.path.join(DATA, name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as lines:
            for line in filter(str.strip, lines):
                parts = json.loads(line)["name"].split("/")
                found.add("/".join(parts[:2]) if parts[0] == "workflow" else parts[0])
    return found


# ---- language.md -----------------------------------------------------------------------


def check_functions(text):
    defined = dict(re.findall(r'^ASL_FN\((\w+), \d+, "([^"]*)"',
                              read("runtime", "include", "aslrt", "functions.def"), re.M))
    told = dict(re.findall(r"^\| `\$(\w+)\([^)]*\)` \| `([^`]*)` \|", text, re.M))
    check(len(defined) > 60, "functions.def is not read as it should be")
    for name, signature in defined.items():
        check(told.get(name) == signature,
              f"doc/language.md: ${name} {signature}: the table has {told.get(name)}")
    for name in told:
        check(name in defined, f"doc/language.md: there is no function ${name}")
    cases = read("tests", "flow", "jsonata-functions.flow.json")
    for name in defined:
        check(f"${name}(" in cases, f"tests/flow/jsonata-functions does not call ${name}")


def check_test(kind, name):
    if kind == "flow":
        here = os.path.join(TOP, "tests", "flow")
        exists = (os.path.exists(os.path.join(here, name + ".flow.json"))
                  or os.path.exists(os.path.join(here, name, "flow.json")))
    else:
        path = os.path.join(TOP, "tests", "unit", kind + ".c")
        exists = os.path.exists(path) and f"START_TEST({name})" in read(path)
    check(exists, f"doc/language.md: there is no test {kind}:{name}")


def check_tests(text):
    for kind, name in re.findall(r"`(flow|check_\w+):([\w-]+)`", text):
        check_test(kind, name)
    named = {row.split("|")[-2].strip(" `") for row in text.splitlines()
             if row.startswith("| `") and row.count("|") > 3}
    named |= {name for part in re.findall(r"\((`[^()]*)\)", text)
              for name in re.findall(r"`([a-z][\w/-]*)`", part)}
    named = {name for name in named if re.fullmatch(r"[a-z][\w/-]*", name) and ":" not in name}
    known = groups()
    check(len(named) > 60, "doc/language.md: few groups are named; is it read as it should be?")
    if known is None:
        print(f"{len(named)} names of groups were not looked up: no data in {DATA}")
        return
    for name in sorted(named):
        check(name in known, f"doc/language.md: run-jsonata has no group {name}")


# ---- generated.md ----------------------------------------------------------------------


def function_of(path, name):
    """The function's text, and a query's text before it."""
    match = re.search(rf"^static const asl_query_text {name}_text = {{\n.*?^}};\n",
                      read(path), re.M | re.S)
    text = match.group(0) if match else ""
    match = re.search(rf"^static (?:asl_value|asl_next) {name}\((?:[^;]*?)\n{{\n.*?^}}\n",
                      read(path), re.M | re.S)
    return text + match.group(0) if match else None


def check_quotes(update):
    text = read("doc", "generated.md")
    quotes = QUOTE.findall(text)
    check(len(quotes) >= 3, "doc/generated.md quotes no three functions")
    for _, path, name, quoted, _ in quotes:
        real = function_of(path, name)
        check(real is not None, f"doc/generated.md: {path} has no function {name}")
        if real is not None and not update:
            check(real == quoted, f"doc/generated.md: {name} is another one in {path} "
                                  "(doc.py --update, then read what is said of it)")
    if update:
        with open(os.path.join(TOP, "doc", "generated.md"), "w", encoding="utf-8") as file:
            file.write(QUOTE.sub(lambda m: m[1] + (function_of(m[2], m[3]) or m[4]) + m[5], text))


def main():
    language = read("doc", "language.md")
    check_functions(language)
    check_tests(language)
    check_quotes("--update" in sys.argv[1:])
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
