#!/usr/bin/env python3
"""`PROGRAM test`: cases that pass, cases that fail, files that are wrong, and coverage."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"

failures = []
done = 0


def check(name, holds, why=""):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name} {why}")


def run(*command, text=None):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                          **({"input": text} if text is not None
                             else {"stdin": subprocess.DEVNULL}))


def write(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def build(name, states, *more, start=None, **members):
    write(name + ".asl.json", {"StartAt": start or next(iter(states)), "States": states,
                               **members})
    result = run(ASLC, "build", "-o", name, name + ".asl.json", *more)
    check(f"build {name}", result.returncode == 0, result.stderr)


def test(program, document, *options):
    """The result of the test file DOCUMENT."""
    return run("./" + program, "test", write("t.test.json", document), *options)


def points(result):
    """[(ok, name, diagnostics as text)] of a report, which must be whole."""
    lines = result.stdout.splitlines()
    if lines[:1] != ["TAP version 14"] or not lines[1].startswith("1.."):
        return None
    found = []
    for line in lines[2:]:
        if line.startswith(("ok ", "not ok ")):
            head, name = line.split(" - ", 1)
            found.append([head.startswith("ok"), name, ""])
            if int(head.split()[-1]) != len(found):
                return None
        elif line.startswith("  ") and found:
            found[-1][2] += line + "\n"
        elif not line.startswith("#"):
            return None
    return found if len(found) == int(lines[1][3:]) else None


def passes(name, program, case, *options, **around):
    """The only CASE is ok."""
    result = test(program, {"cases": [{"name": "case", **case}], **around}, *options)
    check(name, result.returncode == 0 and points(result) == [[True, "case", ""]],
          result.stdout + result.stderr)


def fails(name, program, case, differs, *options, texts=()):
    """The only CASE is not, because DIFFERS."""
    result = test(program, {"cases": [{"name": "case", **case}]}, *options)
    found = points(result)
    check(name, result.returncode == 1 and found is not None and not found[0][0] and
          f"\n  differs: {json.dumps(differs)}\n" in found[0][2] and
          all(text in found[0][2] for text in texts), result.stdout + result.stderr)


def refused(name, program, document, why, *options):
    """The file is wrong: nothing runs."""
    result = test(program, document, *options)
    check(name, (result.returncode, result.stdout) == (2, "") and why in result.stderr,
          f"{result.returncode} {result.stdout!r} {result.stderr!r}")


def coverage(result):
    return [line for line in result.stdout.splitlines() if line.startswith("#")]


def work(name, **members):
    return {"Type": "Task", "Resource": LAMBDA + name, **members}


SOME = {"expect": {"status": "SUCCEEDED"}}


# ---- the workflows -------------------------------------------------------------------


def build_all():
    build("echo", {"A": {"Type": "Pass", "End": True}})
    build("fail", {"A": {"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.cause"}})
    build("loop", {"A": {"Type": "Pass", "Next": "B"},
                   "B": {"Type": "Choice", "Default": "A", "Choices": [
                       {"Variable": "$.stop", "IsPresent": True, "Next": "C"},
                       {"Variable": "$.stop", "IsNull": True, "Next": "C"}]},
                   "C": {"Type": "Succeed"}})
    build("endless", {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}})
    build("task", {"Work": work("work", Next="More", ResultPath="$.work",
                                Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 600,
                                        "MaxAttempts": 2}],
                                Catch=[{"ErrorEquals": ["Gone", "Lost"], "Next": "Sorry"},
                                       {"ErrorEquals": ["States.Timeout"], "Next": "Sorry"},
                                       {"ErrorEquals": ["Bad"], "Next": "More"}]),
                   "More": work("more", End=True),
                   "Sorry": {"Type": "Pass", "End": True}})
    build("late", {"A": {"Type": "Wait", "Seconds": 100, "End": True}}, TimeoutSeconds=10)
    build("nested", {"P": {"Type": "Parallel", "Next": "M", "Branches": [
        {"StartAt": "L", "States": {"L": {"Type": "Wait", "Seconds": 5, "Next": "L2"},
                                    "L2": {"Type": "Pass", "End": True}}},
        {"StartAt": "R", "States": {"R": {"Type": "Pass", "End": True}}}]},
        "M": {"Type": "Map", "End": True, "ItemsPath": "$[0]", "ItemProcessor": {
            "StartAt": "I", "States": {"I": {"Type": "Choice", "Default": "J", "Choices": [
                {"Variable": "$", "IsString": True, "Next": "K"}]},
                "J": {"Type": "Pass", "End": True}, "K": {"Type": "Pass", "End": True}}}}})
    write("one.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n"
          "  B: {Type: Succeed}\n")
    write("two.asl.json", {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}})
    result = run(ASLC, "build", "-o", "both", "one.asl.yaml", "two.asl.json")
    check("build both", result.returncode == 0, result.stderr)


# ---- expectations ----------------------------------------------------------------------


def outputs():
    given = {"a": 1, "b": [1.0, "x", {"c/d": None}]}
    passes("output", "echo", {"input": given, "expect": {
        "output": {"b": [1, "x", {"c/d": None}], "a": 1.0}}})
    passes("no input is {}", "echo", {"expect": {"output": {}}})
    passes("null is an input", "echo", {"input": None, "expect": {"output": None}})
    passes("a large number keeps its digits", "echo", {
        "input": 12345678901234567890123, "expect": {"output": 12345678901234567890123}})
    for where, output in (("/b/1", {"a": 1, "b": [1, "y", {"c/d": None}]}),
                          ("/b/2/c~1d", {"a": 1, "b": [1, "x", {"c/d": False}]}),
                          ("/b", {"a": 1, "b": 1}), ("/z", {"a": 1, "b": [], "z": 1})):
        fails(f"output differs at {where}", "echo", {
            "input": given, "expect": {"output": dict(output, **(
                {"b": given["b"]} if where == "/z" else {}))}}, f"output at {where}")
    fails("output: a member more", "echo", {"input": given, "expect": {"output": {}}}, "output",
          texts=("  expected:\n    status: SUCCEEDED\n    output: {}\n  found:\n"
                 "    status: SUCCEEDED\n    output: {\"a\":1,\"b\":[1.0,", 'visited: ["A"]'))
    fails("output: an element more", "echo", {"input": given, "expect": {
        "output": {"a": 1, "b": [1]}}}, "output at /b")
    fails("a digit differs", "echo", {"input": 12345678901234567890123, "expect": {
        "output": 12345678901234567890124}}, "output")
    passes("part of the output", "echo", {"input": given, "expect": {
        "outputContains": {"b": [1, "x", {}]}}})
    fails("no part of it", "echo", {"input": given, "expect": {
        "outputContains": {"b": [1, "x", {"e": 1}]}}}, "output at /b/2/e")
    long = "\u00e9" * 3000
    fails("a long output is cut", "echo", {"input": long, "expect": {"output": ""}}, "output",
          texts=("\u00e9\" # the first of 6002 bytes\n",))
    result = test("echo", {"cases": [{"name": "c", "input": long, "expect": {"output": ""}}]})
    check("the report is bounded", len(result.stdout) < 5000)


def errors():
    def of(**found):
        return {"input": {"error": "E", "cause": "{\"x\": 1, \"y\": [2]}"}, "expect": found}
    passes("error", "fail", of(error="E"))
    passes("the status follows from a cause", "fail", of(cause='{"x": 1, "y": [2]}'))
    passes("a cause that is JSON", "fail", of(cause='{"y":[2.0],"x":1}', error="E"))
    passes("a cause as JSON", "fail", of(cause={"y": [2], "x": 1}))
    passes("the status alone", "fail", of(status="FAILED"))
    fails("another error", "fail", of(error="F"), "error",
          texts=('    error: "F"\n', '    error: "E"\n', "    cause: "))
    fails("another cause", "fail", of(cause="E"), "cause")
    fails("another cause, JSON", "fail", of(cause={"x": 1, "y": [3]}), "cause at /y/0")
    fails("no success", "fail", of(output=1), "status, output",
          texts=("found:\n    status: FAILED\n",))
    fails("no failure", "echo", {"expect": {"error": "E"}}, "status, error")
    passes("timed out", "late", {"expect": {"status": "TIMED_OUT", "error": "States.Timeout"}})
    fails("timed out, not failed", "late", {"expect": {"error": "States.Timeout"}}, "status")


def visits():
    passes("visited", "loop", {"input": {"stop": 1}, "expect": {"visited": ["A", "B", "C"]}})
    for found, at in ((["A", "B"], 2), (["A", "C"], 1), (["A", "B", "C", "A"], 3), ([], 0)):
        fails(f"visited {found}", "loop", {"input": {"stop": 1}, "expect": {"visited": found}},
              f"visited at /{at}", texts=('visited: ["A","B","C"]\n',))
    passes("nested states, items in order", "nested", {"input": ["s", 1], "expect": {
        "output": ["s", 1],
        "visited": ["P", "L", "R", "L2", "M", "I", "K", "I", "J"]}})
    result = test("endless", {"cases": [{"name": "c", "timeout": 0.2,
                                         "expect": {"visited": ["A", "B", "A"]}}]})
    found = points(result)
    check("an endless loop ends", result.returncode == 1 and found and not found[0][0] and
          '  differs: "timeout, status, visited at /3"\n' in found[0][2] and
          "    status: ABORTED\n" in found[0][2] and "states\n" in found[0][2] and
          len(result.stdout) < 5000, result.stdout[-300:] + result.stderr)


def tasks():
    good = {"work": {"mock": {"return": 1}}, "more": {"mock": {"echo": True}}}
    passes("tasks of the case", "task", {"tasks": good, "expect": {"output": {"work": 1}}})
    passes("tasks of the file", "task", {"expect": {"output": {"work": 1}}}, tasks=good)
    passes("the case's come first", "task", {
        "tasks": {"work": {"mock": {"return": 2}}}, "expect": {"output": {"work": 2}}},
        tasks=good)
    write("bindings.json", {"tasks": good})
    passes("--tasks", "task", {"expect": {"output": {"work": 1}}}, "--tasks", "bindings.json")
    passes("a file of tasks", "task", {"tasks": "bindings.json",
                                       "expect": {"output": {"work": 1}}})
    os.makedirs("sub", exist_ok=True)
    write("sub/tasks.json", {"tasks": {"work": {"exec": ["cat", "answer"], "cwd": "."}}})
    write("sub/answer", "[7]")
    for tasks_of_case in ("tasks.json", {"work": {"exec": ["cat", "answer"], "cwd": "."}},
                          os.path.abspath("sub/tasks.json")):
        write("sub/t.json", {"cases": [{"name": "n", "tasks": tasks_of_case,
                                        "expect": {"output": {"work": [7]}}}],
                             "tasks": {"more": {"mock": {"echo": True}}}})
        result = run("./task", "test", "sub/t.json")
        check(f"exec, relative to {tasks_of_case}", result.returncode == 0,
              result.stdout + result.stderr)
    busy = {"Throw": {"Error": "Busy"}}
    passes("a list of responses", "task", {"tasks": good, "mock": {
        "Work": [busy, busy, {"Return": 3}]}, "expect": {"output": {"work": 3}}})
    passes("ranges of responses", "task", {"mock": {
        "Work": {"0-1": busy, "2": {"Return": 4}}, "More": [{"Return": 5}]},
        "expect": {"output": 5, "visited": ["Work", "More"]}})
    passes("a mock of the file", "task", {"expect": {"output": {"work": 6}}}, tasks=good,
           mock={"Work": [{"Return": 6}]})
    fails("too few responses", "task", {"tasks": good, "mock": {"Work": [busy]},
                                        "expect": {"output": 1}}, "status, output",
          texts=("has no mocked response for its invocation 1: ",))
    passes("each case begins anew", "task", {"tasks": {
        "work": {"mock": [{"return": 1}, {"return": 2}]}, "more": good["more"]},
        "expect": {"output": {"work": 1}}})
    write("mocks.json", {"StateMachines": {"task": {"TestCases": {"T": {"Work": "R"}}}},
                         "MockedResponses": {"R": {"0": {"Return": 8}}}})
    passes("a mock file", "task", {"mock": "mocks.json#T", "tasks": good,
                                   "expect": {"output": {"work": 8}}})
    result = test("task", {"tasks": good, "mock": {"Work": [{"Return": 1}]}, "cases": [
        {"name": str(i), "expect": {"output": {"work": 1}}} for i in range(5)]})
    check("counters of mocks begin anew", result.returncode == 0, result.stdout)


def covered():
    def lines(program, cases, *options, **around):
        return coverage(test(program, {"cases": [dict(case, name=str(i))
                                                 for i, case in enumerate(cases)], **around},
                             *options))
    check("all of it", lines("echo", [SOME]) ==
          ["# coverage: 1 of 1 states, 1 of 1 transitions"])
    check("rules of one target", lines("loop", [{"timeout": 0.2, **SOME}]) ==
          ["# coverage: 2 of 3 states, 1 of 3 transitions",
           "# never entered: C",
           "# never taken: B -> C (Choice rule 1, Choice rule 2)",
           "# never taken: B -> A (Default)"], lines("loop", [{"timeout": 0.2, **SOME}]))
    quiet = {"work": {"mock": {"return": 1}}, "more": {"mock": {"echo": True}}}
    gone = {"mock": {"Work": [{"Throw": {"Error": "Gone"}}]}, **SOME}
    check("catchers", lines("task", [SOME], tasks=quiet) ==
          ["# coverage: 2 of 3 states, 2 of 4 transitions", "# never entered: Sorry",
           "# never taken: Work -> Sorry (Catch 1, Catch 2)",
           "# never taken: Sorry -> end (End)"])
    check("cases together", lines("task", [SOME, gone], tasks=quiet) ==
          ["# coverage: 3 of 3 states, 4 of 4 transitions"])
    check("nested scopes", lines("nested", [{"input": [1], **SOME}]) ==
          ["# coverage: 7 of 8 states, 7 of 9 transitions", "# never entered: K",
           "# never taken: I -> K (Choice rule 1)", "# never taken: K -> end (End)"])
    check("with workers", lines("nested", [{"input": list(range(2000)) + ["s"], **SOME}],
                                "--workers", "4") ==
          ["# coverage: 8 of 8 states, 9 of 9 transitions"])
    check("each machine", lines("both", [SOME]) ==
          ["# coverage of one: 2 of 2 states, 1 of 1 transitions",
           "# coverage of two: 0 of 1 states, 0 of 0 transitions", "# never entered: X"])
    build("odd", {"a\nb": {"Type": "Choice", "Default": "d", "Choices": [
        {"Variable": "$.x", "IsPresent": True, "Next": "c"}]},
        "c": {"Type": "Succeed"}, "d": {"Type": "Succeed"}})
    check("names of several lines", "# never taken: \"a\\nb\" -> c (Choice rule 1)" in
          lines("odd", [SOME]), lines("odd", [SOME]))
    many = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(1200)}
    build("many", dict(many, S1200={"Type": "Succeed"}, F={"Type": "Succeed"}, A={
        "Type": "Choice", "Default": "F", "Choices": [
            {"Variable": "$.x", "IsPresent": True, "Next": "S0"}]}), start="A")
    found = lines("many", [SOME])
    check("a long report is cut", len(found) == 1002 and found[-1] == "# and 1402 more",
          found[-1:])


# ---- what is wrong ---------------------------------------------------------------------


def wrong_files():
    def case(**members):
        return {"cases": [{"name": "c", **SOME, **members}]}

    def expecting(**members):
        return {"cases": [{"name": "c", "expect": members}]}
    for document, why in (
            ("{", "t.test.json:1:2:"), ("", "t.test.json:1:1:"), ([], "wants an object"),
            ({}, "cases: wants an array"), ({"cases": []}, "cases: wants an array"),
            ({"cases": {}}, "cases: wants an array"),
            ({"cases": [1]}, "case 1: wants an object"),
            ({"cases": [SOME]}, "case 1: name: wants"),
            ({"cases": [{"name": "", **SOME}]}, "case 1 \"\": name: wants"),
            ({"cases": [{"name": "a\nb", **SOME}]}, "case 1 \"a\\nb\": name: wants"),
            ({"cases": [{"name": 1, **SOME}]}, "case 1: name: wants"),
            ({"cases": [{"name": "c", **SOME}] * 2}, 'case 2 "c": name: another case'),
            ({"cases": [{"name": "c"}]}, 'case 1 "c": expect: wants an object'),
            (dict(case(), more=1), 't.test.json: unknown member "more"'),
            (case(inputs=1), 'case 1 "c": unknown member "inputs"'),
            (case(machine="other"), 'machine: there is no workflow "other"'),
            (case(machine=1), "machine: wants the name"),
            (case(timeout=0), "timeout: wants a number"), (case(timeout="1"), "timeout: wants"),
            (dict(case(), timeout=-1), "t.test.json: timeout: wants"),
            (case(mock=1), "mock: wants"), (case(mock="file"), "mock: wants"),
            (case(mock="#case"), "mock: wants"), (case(mock="file#"), "mock: wants"),
            (case(mock={"Wrok": []}), 'mock: there is no Task state "Wrok"'),
            (case(mock={"Sorry": []}), 'mock: there is no Task state "Sorry"'),
            (case(mock={"Work": 1}), 'mock: "Work": number where an object or an array'),
            (case(mock={"Work": [1]}), 'mock: "Work": "0": a response is'),
            (case(mock={"Work": {"a": {}}}), 'mock: "Work": the key "a" is neither'),
            (case(mock="none.json#c"), "none.json: No such file"),
            (case(tasks=1), "tasks: wants"), (case(tasks="none.json"), "none.json: No such"),
            (case(tasks={"a": {}}), 'case 1 "c": tasks: "a": a binding wants'),
            (dict(case(), tasks={"a": {"mock": {}}}), 'tasks: "a": a mock wants'),
            (expecting(), "expect: wants at least one"),
            (expecting(result=1), 'expect: unknown member "result"'),
            (expecting(status="OK"), "expect: status: wants"),
            (expecting(status="ABORTED"), "expect: status: wants"),
            (expecting(status=1), "expect: status: wants"),
            (expecting(status="SUCCEEDED", error="E"), "expect: who succeeds has"),
            (expecting(status="FAILED", output=1), "expect: who fails has no output"),
            (expecting(error="E", outputContains=1), "expect: who fails has no output"),
            (expecting(output=1, outputContains=1), "exclude each other"),
            (expecting(error=1), "expect: error: wants a string"),
            (expecting(visited="Work"), "expect: visited: wants"),
            (expecting(visited=[1]), "expect: visited: wants"),
            (expecting(visited=["Wrok"]), 'expect: visited: there is no state "Wrok"'),
            (case(), "no binding for these resources")):
        refused(f"wrong: {json.dumps(document)[:60]}", "task", document, why)
    refused("a wrong case behind a good one", "echo", {"cases": [
        {"name": "good", **SOME}, {"name": "bad", "expect": {"status": 1}}]}, 'case 2 "bad"')
    refused("a mock without Tasks", "echo", {"cases": [{"name": "c", "mock": {"A": []},
                                                        **SOME}]}, "there is no Task state")
    refused("tasks without Tasks", "echo", {"cases": [{"name": "c", "tasks": {"a": {}},
                                                       **SOME}]}, 'tasks: "a": a binding')
    write("not.json", "[")
    refused("--context", "echo", {"cases": [{"name": "c", **SOME}]}, "not.json:1:2",
            "--context", "not.json")
    for options, why in ((["test"], "a FILE"), (["test", "a", "b"], "unexpected argument b"),
                         (["test", "a", "--input", "x"], "test has no --input"),
                         (["test", "a", "--mock", "x#y"], "test has no"),
                         (["test", "a", "--case-timeout", "0"], "--case-timeout wants"),
                         (["test", "a", "--runs", "1"], "are for bench"),
                         (["--filter", "x"], "are for test"),
                         (["bench", "--case-timeout", "1"], "are for test"),
                         (["test", "none.json"], "none.json: No such file")):
        result = run("./echo", *options)
        check(f"options {options}", (result.returncode, result.stdout) == (2, "") and
              why in result.stderr, f"{result.returncode} {result.stderr}")


# ---- options ---------------------------------------------------------------------------


def options():
    three = {"cases": [{"name": name, "expect": {"output": {}}}
                       for name in ("one a", "two b", "three a # \\")]}
    result = test("echo", three)
    check("names are escaped", points(result)[2] == [True, "three a \\# \\\\", ""], result.stdout)
    result = test("echo", three, "--filter", "a")
    check("--filter", [point[1] for point in points(result)] == ["one a", "two b".replace(
        "two b", "three a \\# \\\\")], result.stdout)
    refused("--filter of nothing", "echo", three, 'no case has "x" in its name', "--filter", "x")
    result = run("./echo", "test", "-", text=json.dumps(three))
    check("stdin", result.returncode == 0 and len(points(result)) == 3, result.stderr)
    result = test("echo", three, "--history", "h")
    with open("h", encoding="utf-8") as file:
        events = [json.loads(line) for line in file]
    check("--history has all cases", [event["type"] for event in events] ==
          ["ExecutionStarted", "PassStateEntered", "PassStateExited",
           "ExecutionSucceeded"] * 3 and events[0]["timestamp"] == 1704067200, events[:1])
    build("when", {"A": {"Type": "Pass", "End": True, "Parameters": {
        "at.$": "$$.State.EnteredTime", "id.$": "States.UUID()", "n.$": "$$.Execution.Name",
        "m.$": "$$.StateMachine.Name"}}})
    seen = {"name": "c", "expect": {"outputContains": {"at": "2024-01-01T00:00:00.000Z"}}}
    first, again = (test("when", {"cases": [seen, dict(seen, name="d")]}) for _ in "12")
    check("runs are alike", first.returncode == 0 and first.stdout == again.stdout,
          first.stdout)
    show = [test("when", {"cases": [{"name": "c", "expect": {"output": 0}}]}, *more).stdout
            for more in ([], ["--seed", "0"], ["--seed", "1"])]
    check("--seed", show[0] == show[1] != show[2], show[2])
    passes("--start-time", "when", {"expect": {"outputContains": {
        "at": "2020-02-02T00:00:00.000Z"}}}, "--start-time", "2020-02-02T00:00:00Z")
    passes("--name", "when", {"expect": {"outputContains": {"n": "me"}}}, "--name", "me")
    write("context.json", {"StateMachine": {"Name": "other"}})
    passes("--context", "when", {"expect": {"outputContains": {"m": "other"}}}, "--context",
           "context.json")
    passes("machine", "both", {"machine": "two", "expect": {"visited": ["X"]}})
    passes("machine of the file", "both", {"expect": {"visited": ["X"]}}, machine="two")
    passes("--machine", "both", {"expect": {"visited": ["X"]}}, "--machine", "two")
    passes("comments", "echo", {"comment": "why", **SOME}, comment=["more"])
    fails("--case-timeout", "endless", SOME, "timeout, status", "--case-timeout", "0.1")
    result = test("late", {"cases": [{"name": "c", "expect": {"status": "TIMED_OUT"}}]},
                  "--time-scale", "100")
    check("--time-scale", result.returncode == 0, result.stdout)
    passes("--aws-limits", "echo", {"input": "x" * 300000, "expect": {
        "error": "States.DataLimitExceeded"}}, "--aws-limits")
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(["./echo", "test", write("t.test.json", three)], stdout=full,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    check("no place for the report", result.returncode == 5 and "stdout" in result.stderr,
          result.stderr)
    result = test("echo", three, "--history", "/dev/full")
    check("no place for the history", result.returncode == 5, result.stderr)
    result = test("echo", three, "--history", "none/h")
    check("no folder for the history", (result.returncode, result.stdout) == (5, ""),
          result.stderr)


def ends():
    write("hang.c", "#include <aslrt/task.h>\n#include <unistd.h>\n"
          "static asl_value hang(asl_task_call *call, asl_value input)\n"
          "{ (void)call; for (;;) pause(); return input; }\nASL_TASK(work, hang)\n")
    build("hang", {"A": work("work", End=True)}, "hang.c")
    result = test("hang", {"cases": [{"name": "c", "timeout": 0.1, **SOME}]})
    check("a handler that hangs", result.returncode == 4 and
          result.stdout.endswith("Bail out! a case does not end\n"), result.stdout)
    child = subprocess.Popen(["./endless", "test", write("t.test.json", {
        "cases": [{"name": str(i), **SOME} for i in range(3)]})], stdout=subprocess.PIPE,
        text=True)
    time.sleep(0.3)
    child.send_signal(signal.SIGTERM)
    try:
        out, _ = child.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        out = "hangs"
    check("SIGTERM", child.returncode == 4 and out.endswith("Bail out! stopped by a signal\n"),
          f"{child.returncode} {out}")
    slow = {"cases": [{"name": "c", "tasks": {"work": {"exec": ["sleep", "1000"]},
                                              "more": {"mock": {"echo": True}}},
                       "timeout": 0.2, **SOME}]}
    begun = time.monotonic()
    result = test("task", slow)
    check("a child that hangs", result.returncode == 1 and '"timeout, status"' in result.stdout
          and time.monotonic() - begun < 60, result.stdout + result.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        build_all()
        outputs()
        errors()
        visits()
        tasks()
        covered()
        wrong_files()
        options()
        ends()
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
