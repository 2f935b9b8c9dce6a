#!/usr/bin/env python3
"""What a user gets wrong: each case shows the error and the exit status.

aslc: 1 the definition has errors, 2 wrong usage, 3 files or the C compiler.
Programs: 2 unreadable input, bad bindings, 5 output not writable.  Nothing is written
by halves, nothing hangs, nothing crashes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

ASLC = os.environ.get("ASLC") or "compiler/aslc"
GOOD = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
TASK = ('{"StartAt":"A","States":{"A":{"Type":"Task","Resource":'
        '"arn:aws:lambda:us-east-1:123456789012:function:work","TimeoutSeconds":%s,"End":true}}}')
HUGE = os.environ.get("ASL_TEST_HUGE", "100000000")

failures = []
done = 0


def run(*command, stdin=b"", limit=60, **more):
    env = dict(os.environ, CFLAGS="-O0")
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          timeout=limit, check=False, env=env, **more)


def expect(name, result, code, *texts):
    global done
    err = result.stderr.decode("utf-8", "replace") + result.stdout.decode("utf-8", "replace")
    problems = []
    if result.returncode != code:
        problems.append(f"exit {result.returncode}, expected {code}")
    problems += [f"no {text!r} in the message" for text in texts if text not in err]
    done += 1
    if problems:
        failures.append(name)
        print(f"FAIL {name}: {'; '.join(problems)}\n     {err[-400:]}")


def expect_that(name, holds):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name}")


def put(name, text):
    with open(name, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return name


def definitions():
    for command in ("check", "emit", "build"):
        out = [] if command == "check" else ["-o", "out"]
        expect(f"{command}: not JSON", run(ASLC, command, *out, put("bad.json", "{'a': 1}")), 1,
               "bad.json:1:2: error:")
        expect(f"{command}: not a state machine",
               run(ASLC, command, *out, put("bad.json", "[1, 2]")), 1, "bad.json:1:1: error:")
        expect(f"{command}: empty", run(ASLC, command, *out, put("bad.json", "")), 1, "error:")
        expect(f"{command}: trailing text",
               run(ASLC, command, *out, put("bad.json", GOOD + "\n}")), 1, "bad.json:2:1: error:")
        expect(f"{command}: not UTF-8",
               run(ASLC, command, *out, put("bad.json", GOOD.encode().replace(b'"A"', b'"\xff"'))),
               1, "UTF-8")
        expect(f"{command}: no such file", run(ASLC, command, *out, "missing.json"), 3,
               "missing.json")
        expect(f"{command}: a folder", run(ASLC, command, *out, "."), 3)
        expect_that(f"{command}: nothing is written", not os.path.exists("out"))
    start = time.monotonic()
    expect("check: 100 MB of [", run(ASLC, "check", put("deep.json", b"[" * int(HUGE))), 1,
           "deep.json:1:")
    expect_that("check: 100 MB of [ is quick", time.monotonic() - start < 10)
    os.unlink("deep.json")
    expect("unknown command", run(ASLC, "chek", "a.json"), 2)
    expect("unknown option", run(ASLC, "check", "--formt", "json", put("ok.json", GOOD)), 2)
    expect("unfilled placeholder",
           run(ASLC, "emit", "-o", "out", put("bad.json", GOOD.replace('"Pass"', '"Pass","Comment":"${Who}"'))),
           1, "Who")
    os.mkdir("folder")
    expect("output is a folder", run(ASLC, "emit", "-o", "folder", "ok.json"), 3)
    expect("output in no folder", run(ASLC, "build", "-o", "none/out", "ok.json"), 3)
    expect("no C compiler", subprocess.run([ASLC, "build", "-o", "out", "ok.json"],
                                           env=dict(os.environ, CC="no-such-cc"),
                                           capture_output=True, check=False), 3, "no-such-cc")
    expect_that("no program is left", not os.path.exists("out"))
    put("handler.c", "this is no C\n")
    expect("handlers with errors", run(ASLC, "build", "-o", "out", "ok.json", "handler.c"), 3,
           "handler.c")
    expect_that("no program is left, 2", not os.path.exists("out"))


QUERY = ('{"StartAt":"A","QueryLanguage":"JSONata","States":{"A":\n'
         '{"Type":"Pass","End":true,"Output":"{%% %s %%}"}}}')


def expressions():
    """Mistakes in JSONata: the whole text of what is said."""
    line = '{"Type":"Pass","End":true,"Output":"{% '
    for name, text, code, column, message, carets in (
            ("text where a number is needed", r"'\u00e9' & $string(1) & ('2' * $states.input.n)",
             1, 65, 'error: T2001: The left side of the "*" operator must evaluate to a number [ASL1410]',
             "^~~"),
            ("a function's arguments", r"$join([\"a\", 5], \", \")", 1, 54,
             'error: T0412: Argument 1 of function "join" must be an array of "strings" [ASL1410]',
             "^"),
            ("a misspelt function", r"$states.input.a & '\n' & $lowercas('A')", 0, 65,
             "warning: T1006: there is no function `$lowercas` [ASL1503]", "^~~~~~~~~")):
        result = run(ASLC, "check", put("query.json", QUERY % text))
        said = result.stderr.decode().splitlines()
        source = line + text + ' %}"}}}'
        expect(f"JSONata: {name}", result, code, f"query.json:2:{column}: {message}")
        expect_that(f"JSONata: {name}: place",
                    said[1:3] == [source, " " * (column - 1) + carets])
    result = run(ASLC, "emit", "-o", "out.c", put("query.json", QUERY % "1 + 'a'"))
    expect("JSONata: nothing is emitted", result, 1, "query.json:2:44: error: T2002")
    expect_that("JSONata: no file is left", not os.path.exists("out.c"))


def programs():
    expect("build", run(ASLC, "build", "-o", "prog", put("ok.json", GOOD)), 0)
    prog = "./prog"
    expect("input: not JSON", run(prog, "--input-json", "{'a'}"), 2, ":1:2:")
    expect("input: file not JSON", run(prog, "--input", put("in.json", "[1,\n2,,]")), 2,
           "in.json:2:3:")
    expect("input: missing", run(prog, "--input", "missing.json"), 2, "missing.json")
    expect("input: a folder", run(prog, "--input", "."), 2)
    expect("input: 100 MB of [", run(prog, "--input", "-", stdin=b"[" * int(HUGE)), 2, ":1:")
    for length in (1, 1022, 1023, 1024, 1025, 4096, 70000):
        text = '"' + "x" * (length - 1) + '"'
        for file in (put("in.json", text), "-"):
            expect(f"input of {length + 1} bytes",
                   run(prog, "--input", file, stdin=text.encode()), 0, text)
    for redirect in ("<&-", "2>&-", "<&- 2>&-"):
        expect(f"closed: {redirect}",
               run("sh", "-c", f'./prog --input-json "[7]" --history h.out {redirect} && cat h.out'),
               0, "[7]", "ExecutionSucceeded")
    expect("closed: >&-", run("sh", "-c", './prog --input-json 7 --output out.json >&-'), 0)
    expect("closed: >&-, to stdout", run("sh", "-c", "./prog --input-json 7 >&-"), 5)
    expect("unknown option", run(prog, "--inptu", "x"), 2, "--inptu")
    expect("missing value", run(prog, "--input"), 2, "--input")
    expect("bad number", run(prog, "--workers", "many"), 2, "many")
    expect("unknown machine", run(prog, "--machine", "other"), 2, "other")
    expect("unknown command", run(prog, "rnu"), 2)
    for option in (["--store", "x.db"],):
        expect(f"not built yet: {option[0]}", run(prog, *option), 2, "not built yet")
    for command in ("serve", "resume"):
        expect(f"not built yet: {command}", run(prog, command), 2, "not built yet")
    expect("bench", run(prog, "bench", "--runs", "3", "--warmup", "0", "--format", "json"), 0,
           '"runs":3,', '"transitions":1,', '"notSucceeded":0')
    expect("bench: history and tasks", run(prog, "bench", "--runs", "3", "--history",
                                           "--no-tasks"), 0, "history on", "cold first run")
    expect("bench: no run", run(prog, "bench", "--runs", "0"), 2, "--runs")
    expect("bench: bad number", run(prog, "bench", "--runs", "some"), 2, "some")
    expect("bench: bad format", run(prog, "bench", "--format", "xml"), 2, "xml")
    expect("bench: input not JSON", run(prog, "bench", "--input-json", "[1,"), 2, "input:1:")
    expect("bench: options of run", run(prog, "bench", "--each"), 2, "--each")
    expect("run: options of bench", run(prog, "--runs", "3"), 2, "for bench")
    expect("output not writable", run(prog, "--output", "none/out"), 5)
    expect("history not writable", run(prog, "--history", "none/history"), 5)
    if os.path.exists("/dev/full"):
        long = put("long.json", b"[" + b"1," * 100000 + b"1]")
        for what, given in (("", ["--input-json", "1"]), (", long", ["--input", long])):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([prog, *given], stdout=full, stderr=subprocess.PIPE,
                                        check=False)
            expect_that("stdout full" + what,
                        result.returncode == 5 and b"No space left" in result.stderr)
    put("kept.json", "before")
    run(prog, "--input-json", "{", "--output", "kept.json")
    with open("kept.json", encoding="ascii") as file:
        expect_that("a failed run leaves the output file alone", file.read() == "before")


def tasks():
    expect("build with task", run(ASLC, "build", "-o", "prog", put("task.json", TASK % 2)), 0)
    prog = "./prog"

    def bound(command, *more, **options):
        import json
        put("tasks.json", json.dumps({"tasks": {"work": {"exec": command}}}))
        return run(prog, "--tasks", "tasks.json", *more, **options)

    expect("unbound", run(prog), 2, "function:work")
    expect("bindings: not JSON", run(prog, "--tasks", put("t.json", "{")), 2, "t.json")
    expect("bindings: unknown kind",
           run(prog, "--tasks", put("t.json", '{"tasks":{"work":{"exce":["x"]}}}')), 2, "exce")
    expect("bindings: http is not linked",
           run(prog, "--tasks", put("t.json", '{"tasks":{"work":{"http":"http://x/"}}}')), 2, "http")
    expect("handler crashes", bound(["sh", "-c", "kill -SEGV $$"]), 1, "signal")
    expect("handler fails", bound(["sh", "-c", "echo oh no >&2; exit 3"]), 1, "oh no")
    expect("handler is not there", bound(["./no-such-handler"]), 1, "no-such-handler")
    expect("handler prints no JSON", bound(["echo", "hello"]), 1, "JSON")
    start = time.monotonic()
    expect("handler hangs", bound(["sleep", "1000"]), 1, "States.Timeout")
    expect_that("a hanging handler ends in time", time.monotonic() - start < 10)
    expect("handler hangs and ignores signals",
           bound(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]), 1, "States.Timeout")
    expect("build with long task", run(ASLC, "build", "-o", "prog", put("task.json", TASK % 60)), 0)
    expect("handler prints 1 GB", bound(["sh", "-c", "yes 0123456789 | head -c 1000000000"],
                                        "--max-output", "1M"), 1, "1048576")
    expect("handler does not read its input",
           bound(["true"], "--input", put("big.json", b"[" + b"1," * 5000000 + b"1]")), 0, "null")
    expect("10 MB in and out", bound(["cat"], "--input", "big.json", "--output", "out.json"), 0)
    expect_that("10 MB came back", os.path.getsize("out.json") >= 10000003)
    put("tasks.json", '{"tasks":{"work":{"exec":["sleep","1000"]}}}')
    for name, number in (("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
        child = subprocess.Popen([prog, "--tasks", "tasks.json"], stderr=subprocess.PIPE)
        time.sleep(0.5)
        child.send_signal(number)
        try:
            child.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
        expect_that(f"{name} aborts with 4, not {child.returncode}", child.returncode == 4)


def main():
    global ASLC
    ASLC = os.path.abspath(ASLC)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        definitions()
        expressions()
        programs()
        tasks()
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
