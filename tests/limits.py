#!/usr/bin/env python3
"""Limits: what each reader refuses, and how a program ends that wants more memory than
--max-memory.

For the latter the peak of the process's resident memory is measured: the limit, and
SLACK for the program itself, its threads and what libraries take.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
MEGABYTE = 1 << 20
SLACK = 24 * MEGABYTE
LIMIT = 64 * MEGABYTE
TASK = "arn:aws:lambda:us-east-1:123456789012:function:"
# The sanitizers' shadow memory and quarantine are no matter of the limit.
with open(ASLC, "rb") as program:
    SANITIZED = bool(re.search(b"__[at]san_init", program.read()))

failures = []
done = 0


def expect(name, problem):
    global done
    done += 1
    if problem:
        failures.append(name)
        print(f"FAIL {name}: {problem}", flush=True)


def put(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else
                   (content if isinstance(content, str) else json.dumps(content)).encode())
    return name


def write(name, *parts):
    """Parts (before, piece, times, behind); our own memory stays small, since a child's peak
    begins with that."""
    with open(name, "wb") as file:
        for before, piece, times, behind in parts:
            file.write(before)
            for _ in range(times):
                file.write(piece)
            file.write(behind)
    return name


def call(command, stdin=None, limit=60):
    """(exit status, stdout, stderr, peak of resident bytes)."""
    with subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=dict(os.environ, CFLAGS="-O1")) as child:
        timer = threading.Timer(limit, child.kill)
        timer.start()
        errors = []
        reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))
        reader.start()
        out = child.stdout.read()
        reader.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
        return child.returncode, out, errors[0].decode("utf-8", "replace"), usage.ru_maxrss * 1024


def check(name, command, code, *texts, stdin=None, limit=60, seconds=None):
    start = time.monotonic()
    status, out, errors, _ = call(command, stdin, limit)
    both = errors + out.decode("utf-8", "replace")
    spent = time.monotonic() - start
    missing = [text for text in texts if text not in both]
    expect(name, f"exit {status}, expected {code}: {both[-300:]}" if status != code else
           f"no {missing} in {both[-300:]}" if missing else
           f"took {spent:.1f} s" if seconds and spent > seconds else None)
    return out


def build(name, definition, *more):
    put(name + ".asl.json", definition)
    status, _, errors, _ = call([ASLC, "build", "-o", name, name + ".asl.json", *more])
    if status != 0:
        raise SystemExit(f"aslc build {name}: exit {status}: {errors}")
    return "./" + name


def machine(**states):
    return {"StartAt": next(iter(states)), "States": states}


# ---- memory ---------------------------------------------------------------------------


def bounded(name, command, code=1, error="out of memory|Cannot allocate memory", stdin=None):
    """COMMAND ends with that error within the limit."""
    status, out, errors, peak = call(command + ["--max-memory", str(LIMIT), "--time-scale", "0"],
                                     stdin)
    expect(name, f"exit {status}, expected {code}: {errors[-300:]} {out[-100:]!r}"
           if status != code else
           f"no {error!r} in {errors[-300:]}" if not re.search(error, errors) else
           f"output in spite of the error: {out[:100]!r}" if out else
           f"{peak // MEGABYTE} MB resident" if peak > LIMIT + SLACK and not SANITIZED else None)


def forever(**state):
    return machine(Grow=dict({"Type": "Pass", "Next": "Grow?"}, **state),
                   **{"Grow?": {"Type": "Choice", "Default": "Grow", "Choices": [
                       {"Variable": "$.never", "IsPresent": True, "Next": "End"}]}},
                   End={"Type": "Succeed"})


def growth():
    twice = "States.Format('{}{}', $.text, $.text)"
    bounded("a text that doubles",
            [build("text", forever(Parameters={"text.$": twice})), "--input-json",
             '{"text":"abcdefghijklmnop"}'])
    bounded("an array that doubles",
            [build("array", forever(Parameters={"a.$": "$..b", "b": {"b": {"b": 1}}},
                                    ResultPath="$.b")), "--input-json", '{"b":[1]}'])
    bounded("a document that doubles",
            [build("twice", forever(Parameters={"l.$": "States.JsonToString($)",
                                                "r.$": "States.JsonToString($)"})),
             "--input-json", '{"a":"b"}'])
    bounded("a text that doubles, with history",
            ["./text", "--history", "history", "--input-json", '{"text":"abcdefghijklmnop"}'])
    bounded("an error that shows a large input",
            [build("shown", machine(A={"Type": "Pass", "End": True,
                                       "Parameters": {"a.$": "$.b"}})), "--input",
             write("large.json", (b'{"a":"', b"\\u0001" * 65536, 18 * MEGABYTE // 6 // 65536,
                                  b'"}'))])
    count = 400000
    each = {"Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": machine(
        A={"Type": "Pass", "End": True, "Parameters": {
            "a text that is kept.$": "States.Format('item number {} of the list of all items', $)",
            "b": ["x", 1], "c.$": "$", "d.$": "States.Array($, $)"}})}
    write("items.json", (b"[", b"12345,", count, b"1]"))
    bounded("a Map of many items", [build("map", machine(Each=each)), "--input", "items.json"])
    waits = {"Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": machine(
        A={"Type": "Wait", "Seconds": 1, "End": True})}
    bounded("a Map of many that wait", [build("waits", machine(Each=waits)), "--input",
                                        "items.json"])


def huge():
    echo = build("echo", machine(A={"Type": "Pass", "End": True}))
    text = b'{"a":"', b"x" * MEGABYTE, 2 * LIMIT // MEGABYTE, b'"}'
    write("text.json", text)
    write("array.json", (b"[", b"1," * MEGABYTE, LIMIT // MEGABYTE // 16, b"1]"))
    write("objects.json", (b"[", b'{"a":1},' * 65536, LIMIT // 65536 // 32, b"{}]"))
    write("lines.json", (b"1\n", b"", 0, b""), text, (b"\n2\n", b"", 0, b""))
    for file in ("text.json", "array.json", "objects.json"):
        bounded(f"input: {file}", [echo, "--input", file], 2)
        with open(file, "rb") as stdin:
            bounded(f"input from a pipe: {file}", [echo, "--input", "-"], 2,
                    stdin=subprocess.Popen(["cat"], stdin=stdin, stdout=subprocess.PIPE).stdout)
    status, out, errors, peak = call([echo, "--each", "--input", "lines.json", "--max-memory",
                                      str(LIMIT)])
    expect("a huge line of several", f"exit {status} {errors[-200:]} {out[:100]!r} "
           f"{peak // MEGABYTE} MB" if status != 2 or out != b"1\n"
           or "memory" not in errors.lower() or (peak > LIMIT + SLACK and not SANITIZED) else None)
    bounded("context", [echo, "--context", "text.json"], 2)


def results():
    task = build("task", machine(A={"Type": "Task", "Resource": TASK + "work", "End": True}))
    for name, shell in (("text", f"echo '\"'; head -c {2 * LIMIT} /dev/zero | tr '\\0' x; "
                                 "echo '\"'"),
                        ("array", f"echo '[1'; yes ,1 | head -n {LIMIT // 16}; echo ']'"),
                        ("half", f"printf '\"'; head -c {LIMIT * 3 // 4} /dev/zero | "
                                 "tr '\\0' x; printf '\"'")):
        put("tasks.json", {"tasks": {"work": {"exec": ["sh", "-c", shell]}}})
        bounded(f"a task's result: {name}", [task, "--tasks", "tasks.json"])
    put("tasks.json", {"tasks": {"work": {"exec": [
        "sh", "-c", f"head -c {2 * LIMIT} /dev/zero >&2; exit 1"]}}})
    bounded("a task's stderr is kept in part", [task, "--tasks", "tasks.json"],
            error="States.TaskFailed")


def delays():
    """Calls that wait keep copies of their inputs."""
    put("tasks.json", {"tasks": {"work": {"mock": {"echo": True, "after": 5}}}})
    each = {"Type": "Map", "ItemsPath": "$", "End": True, "ItemSelector": {
        "i.$": "$$.Map.Item.Value", "text": "a text that is no short one"},
            "ItemProcessor": machine(A={"Type": "Task", "Resource": TASK + "work", "End": True})}
    write("items.json", (b"[", b"1,", 100000, b"1]"))
    bounded("a Map of many calls", [build("calls", machine(Each=each)), "--input", "items.json",
                                    "--tasks", "tasks.json"])


# ---- readers --------------------------------------------------------------------------


def nested(depth, inner="1"):
    return "[" * depth + inner + "]" * depth


def values():
    """JSON at run time: input, context, StringToJson, results."""
    program = build("pass", machine(A={"Type": "Pass", "End": True}))
    check("999 levels", [program, "--input", put("in.json", nested(999))], 0)
    check("1,000 levels", [program, "--input", put("in.json", nested(1000))], 0)
    check("1,000 levels, one more in the context object of the history",
          [program, "--history", "/dev/null", "--input", put("in.json", nested(1000))], 2,
          "in.json:1:1:", "deep")
    check("1,001 levels", [program, "--input", put("in.json", nested(1001))], 2, "in.json:1:1001:",
          "deep")
    check("1,001 levels of objects", [program, "--input", put(
        "in.json", '{"a":' * 1001 + "1" + "}" * 1001)], 2, "deep")
    check("1,001 levels of context", [program, "--context", put("c.json", nested(1001))], 2, "deep")
    check("a number of 100,000 digits", [program, "--input", put("in.json", "1" * 100000)], 0,
          "1" * 100000)
    check("an exponent without end", [program, "--input", put("in.json", "1e" + "9" * 100000)], 0)
    keys = ",".join(f'"key{i}":{i}' for i in range(200000))
    check("200,000 members", [program, "--input", put("in.json", "{" + keys + "}")], 0, seconds=10)
    check("200,000 equal keys", [program, "--input", put(
        "in.json", "{" + ",".join(['"a":1'] * 200000) + "}")], 0, '{"a":1}', seconds=10)
    parse = build("parse", machine(A={"Type": "Pass", "End": True, "Parameters": {
        "v.$": "States.StringToJson($)"}}))
    check("StringToJson: 999 levels", [parse, "--input", put(
        "in.json", json.dumps(nested(999)))], 0)
    check("StringToJson: 1,000 levels in one more", [parse, "--input", put(
        "in.json", json.dumps(nested(1000)))], 1, "too deep")
    check("StringToJson: 1,001 levels", [parse, "--input", put(
        "in.json", json.dumps(nested(1001)))], 1, "States.StringToJson")
    wrap = build("wrap", machine(A={"Type": "Pass", "End": True, "Parameters": {
        "v.$": "States.Array($)"}}))
    check("a value of 1,000 levels", [wrap, "--input", put("in.json", nested(998))], 0)
    check("a value of 1,001 levels", [wrap, "--input", put("in.json", nested(999))], 1, "too deep")
    for call_, most in (("States.ArrayLength(States.ArrayRange(1, $.n, 1))", 1000),
                        ("States.Base64Encode($.t)", 10000), ("States.Base64Decode($.t)", 10000),
                        ("States.Hash($.t, 'MD5')", 10000)):
        program = build("call", machine(A={"Type": "Pass", "End": True, "Parameters": {
            "v.$": call_}}))
        for size, code in ((most, 0), (most + 1, 1)):
            put("in.json", {"n": size, "t": ("YWFh" * 2501)[:size]})
            check(f"{call_}: {size}", [program, "--input", "in.json"], code,
                  "States.Runtime" if code else "")
    task = build("result", machine(A={"Type": "Task", "Resource": TASK + "work", "End": True}))
    put("deep", nested(1001))
    put("tasks.json", {"tasks": {"work": {"exec": ["cat", "deep"]}}})
    check("a result of 1,001 levels", [task, "--tasks", "tasks.json"], 1, "not JSON", "deep")
    put("tasks.json", {"tasks": {"work": {"exec": ["yes"]}}})
    check("a result without end", [task, "--tasks", "tasks.json", "--max-output", "1M"], 1,
          "1048576 bytes", seconds=10)


def definitions():
    for name, text in (("json", nested(1001)), ("yaml", nested(1001))):
        check(f"a definition of 1,001 levels: {name}",
              [ASLC, "check", put(f"deep.asl.{name}", text)], 1, "deep")
    bomb = ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi")))
    check("a YAML document that unfolds", [ASLC, "check", put("bomb.asl.yaml", bomb)], 1,
          "error:", seconds=10)
    def with_path(path):
        return machine(A={"Type": "Pass", "End": True, "Parameters": {"v.$": path}})
    for name, path, text in (
            ("4,097 steps", "$" + ".a" * 4097, "4096"),
            ("101 filters in each other", "$" + "[?(@" * 101 + ".a" + ")]" * 101, "100"),
            ("1,002 conditions", "$[?(@.a" + " && @.a" * 1001 + ")]", "1000"),
            ("11 calls in each other", "States.Array(" * 11 + "$" + ")" * 11, "10"),
            ("100,000 brackets", "$" + "[" * 100000, "error:"),
            ("a filter of 100,000 brackets", "$[?(" + "(" * 100000, "error:"),
            ("a list of 100,000 brackets", "$[?(@ in " + "[" * 100000 + ")]", "error:"),
            ("100,000 calls", "States.Array(" * 100000, "error:"),
            ("100,000 parentheses in a regular expression",
             "$[?(@ =~ /" + "(" * 100000 + ")" * 100000 + "/)]", "regular expression"),
            ("a template of 100,000 braces", "States.Format('" + "{" * 100000 + "')", "error:")):
        check(f"path: {name}", [ASLC, "check", put("path.asl.json", with_path(path))], 1, text,
              seconds=10)
    many = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(20000)}
    many["S20000"] = {"Type": "Succeed"}
    check("20,000 states", [ASLC, "check", put("many.asl.json", {"StartAt": "S0",
                                                               "States": many})], 0, seconds=20)
    rules = [{"Variable": "$.a", "NumericEquals": i, "Next": "B"} for i in range(20000)]
    check("20,000 choices", [ASLC, "check", put("rules.asl.json", machine(
        A={"Type": "Choice", "Choices": rules}, B={"Type": "Succeed"}))], 0, seconds=20)
    rule = {"Variable": "$.a", "IsNull": True}
    for _ in range(400):
        rule = {"Not": rule}
    rule["Next"] = "B"
    check("400 rules in each other", [ASLC, "check", put("rules.asl.json", machine(
        A={"Type": "Choice", "Choices": [rule]}, B={"Type": "Succeed"}))], 0, seconds=10)


def matching():
    """Regular expressions and StringMatches that could take for ever."""
    regex = build("regex", machine(A={"Type": "Pass", "End": True, "Parameters": {
        "v.$": "$[?(@ =~ /(a+)+b|(.*.*)*c/)]"}}))
    check("a regular expression that backtracks", [regex, "--input", put(
        "in.json", ["a" * 5000])], 1, "too many steps", seconds=20)
    check("the same on little", [regex, "--input", put("in.json", ["aab", "x"])], 0, '"aab"')
    stars = build("stars", machine(
        A={"Type": "Choice", "Default": "No", "Choices": [
            {"Variable": "$", "StringMatches": "*a" * 30 + "*b", "Next": "Yes"}]},
        Yes={"Type": "Pass", "Result": "yes", "End": True},
        No={"Type": "Pass", "Result": "no", "End": True}))
    check("StringMatches with 31 stars", [stars, "--input", put(
        "in.json", json.dumps("a" * 200000))], 0, "no", seconds=20)


def files():
    task = build("bound", machine(A={"Type": "Task", "Resource": TASK + "work", "End": True}))
    check("bindings of 1,001 levels", [task, "--tasks", put("t.json", nested(1001))], 2, "deep")
    bindings = {f"name{i}": {"mock": {"return": i}} for i in range(50000)}
    bindings["work"] = {"mock": [{"return": i} for i in range(50000)]}
    check("50,000 bindings", [task, "--tasks", put("t.json", {"tasks": bindings})], 0, "0",
          seconds=10)
    bindings = {"work": {"exec": ["true"] + ["x" * 100] * 50000}}
    check("a command line that is too long", [task, "--tasks", put("t.json", {"tasks": bindings})],
          1, "cannot be started", seconds=10)
    check("mocks of 1,001 levels", [task, "--mock", put("m.json", nested(1001)) + "#T"], 2, "deep")
    case = {"StateMachines": {"bound": {"TestCases": {"T": {"A": "R"}}}},
            "MockedResponses": {"R": {"0-18446744073709551615": {"Return": 1}}}}
    check("a mock for more calls than there are numbers",
          [task, "--mock", put("m.json", case) + "#T"], 2, "m.json")
    case["MockedResponses"]["R"] = {"0-9223372036854775806": {"Return": 1}}
    status, out, errors, _ = call([task, "--mock", put("m.json", case) + "#T"])
    expect("a mock for as many as there are", None if (status, out) in ((0, b"1\n"), (2, b""))
           else f"exit {status}: {errors[-300:]}")


def enough():
    """What fits is not refused."""
    echo = "./echo"
    write("some.json", (b'{"a":"', b"x" * MEGABYTE, LIMIT // MEGABYTE // 8, b'"}'))
    status, out, errors, _ = call([echo, "--input", "some.json", "--max-memory", str(LIMIT)])
    expect("an eighth of the limit fits", None if status == 0 and len(out) > LIMIT // 8 else
           f"exit {status}: {errors[-300:]}")


def main():
    sections = {"growth": growth, "huge": huge, "results": results, "delays": delays,
                "values": values, "definitions": definitions, "matching": matching,
                "files": files, "enough": enough}
    with tempfile.TemporaryDirectory(prefix="limits.") as folder:
        os.chdir(folder)
        for name, section in sections.items():
            if not sys.argv[1:] or name in sys.argv[1:]:
                section()
        os.chdir("/")
    if SANITIZED:
        print("with a sanitizer: resident memory has not been judged")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
