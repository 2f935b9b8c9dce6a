#!/usr/bin/env python3
"""Whole workflows: compile, run, compare.

A case is NAME.flow.json, or flow.json in a folder of its own, whose other files it may name:

    {"definition": {...} or "flow.asl.json",     or "yaml": "flow.asl.yaml"
     "build": ["--type", "EXPRESS"],             options of aslc build
     "handlers": ["handlers.c"],                 C files
     "tasks": {NAME: BINDING, ...},              the tasks file's members
     "mock": {...},                              a mock configuration, for args to name
     "runs": [{"name": "...",
               "input": JSON, or "input_text": TEXT,
               "args": ["--seed", "1"],          further options of the program
               "exit": 0 or "status": "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED",
               "output": JSON, "output_text": TEXT,
               "error": TEXT, "cause": TEXT,     "cause_has": TEXT for a part of it
               "stderr_has": TEXT,
               "history": ["ExecutionStarted", ...],
               "previous": [0, 0, 2, ...],       the events' previousEventIds; with "history"
               "evaluation_failed": [[STATE, LOCATION], ...]}]}  of these events; likewise

In args and build, @ stands for the folder of the case's scratch files: tasks.json, mock.json.
Members that are not there are not compared.  The program runs with --time-scale 0 unless
args say otherwise.

    run.py [TEXT]    only cases with TEXT in their name
"""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ASLC = os.path.abspath(os.environ.get("ASLC")
                       or os.path.join(HERE, "..", "..", "compiler", "aslc"))
EXITS = {"SUCCEEDED": 0, "FAILED": 1, "TIMED_OUT": 3, "ABORTED": 4}
TIME_LIMIT = 20
ABSENT = object()


def cases():
    for root, folders, files in os.walk(HERE):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(root, file)
            if file == "flow.json":
                yield os.path.relpath(root, HERE), path
            elif file.endswith(".flow.json"):
                yield os.path.relpath(path, HERE)[:-len(".flow.json")], path


def load(text):
    """The case, and the same with its numbers such as 1.50 marked to be written as read."""
    return json.loads(text), json.loads(text, parse_float=lambda number: f"\0{number}\0")


def spelled(content):
    """JSON text of a value that load marked."""
    return re.sub(r'"\\u0000([-+.0-9eE]+)\\u0000"', r"\1", json.dumps(content))


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(content if isinstance(content, str) else spelled(content))
    return path


def call(command, cwd=None, limit=TIME_LIMIT):
    env = dict(os.environ)
    env.setdefault("CFLAGS", "-O0")
    return subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=limit, check=False,
                          encoding="utf-8", errors="surrogateescape")


def arguments(list_, scratch):
    return [arg.replace("@", scratch) if arg.startswith("@") else arg for arg in list_]


def build(case, home, scratch):
    source = case.get("yaml", case.get("definition"))
    source = (os.path.join(home, source) if isinstance(source, str)
              else write(scratch, "flow.asl.json", source))
    program = os.path.join(scratch, "flow")
    handlers = [os.path.join(home, file) for file in case.get("handlers", [])]
    done = call([ASLC, "build", "-o", program] + arguments(case.get("build", []), scratch)
                + [source] + handlers, limit=120)
    if done.returncode != 0:
        raise AssertionError(f"aslc build: exit {done.returncode}: {done.stderr[:1500]}")
    return program


def canonical(value):
    """One text for equal values: members in any order, true unlike 1."""
    return json.dumps(value, sort_keys=True)


def expect(what, wanted, got):
    if wanted is not ABSENT and canonical(wanted) != canonical(got):
        raise AssertionError(f"{what}: expected {json.dumps(wanted)}, got {json.dumps(got)}")


def last_object(text):
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {}


def run(case, number, spec, marked, program, scratch):
    history = os.path.join(scratch, f"history{number}")
    command = [program]
    args = arguments(spec.get("args", []), scratch)
    if args and not args[0].startswith("-"):
        command.append(args.pop(0))
    if "input_text" in spec or "input" in spec:
        text = spec["input_text"] if "input_text" in spec else spelled(marked["input"])
        command += ["--input", write(scratch, f"input{number}.json", text)]
    if "tasks" in case:
        command += ["--tasks", os.path.join(scratch, "tasks.json")]
    if "--time-scale" not in args:
        command += ["--time-scale", "0"]
    if "history" in spec:
        command += ["--history", history]
    done = call(command + args)
    wanted = spec.get("exit", EXITS[spec.get("status", "SUCCEEDED")])
    if done.returncode != wanted:
        raise AssertionError(f"exit: expected {wanted}, got {done.returncode}; stdout "
                             f"{done.stdout[-300:]!r}, stderr {done.stderr[-600:]!r}")
    compare(spec, done, history)


def compare(spec, done, history):
    if "output" in spec:
        expect("output", spec["output"], json.loads(done.stdout or "null"))
    if "output_text" in spec:
        expect("output text", spec["output_text"], done.stdout.removesuffix("\n"))
    error = last_object(done.stderr)
    expect("error", spec.get("error", ABSENT), error.get("Error"))
    expect("cause", spec.get("cause", ABSENT), error.get("Cause"))
    for member, text in (("cause_has", error.get("Cause") or ""), ("stderr_has", done.stderr)):
        if member in spec and spec[member] not in text:
            raise AssertionError(f"{member}: expected {spec[member]!r} in {text[-600:]!r}")
    if "history" in spec:
        with open(history, encoding="utf-8") as lines:
            events = [json.loads(line) for line in lines]
        expect("history", spec["history"], [event["type"] for event in events])
        expect("previous", spec.get("previous", ABSENT),
               [event["previousEventId"] for event in events])
        failed = [event["evaluationFailedEventDetails"] for event in events
                  if event["type"] == "EvaluationFailed"]
        expect("evaluation_failed", spec.get("evaluation_failed", ABSENT),
               [[event["state"], event.get("location")] for event in failed])


def check(path):
    """Returns a list of failures' texts."""
    home = os.path.dirname(path)
    failures = []
    try:
        with open(path, encoding="utf-8") as file:
            case, marked = load(file.read())
        with tempfile.TemporaryDirectory(prefix="flow.") as scratch:
            for name, file in (("tasks", "tasks.json"), ("mock", "mock.json")):
                if name in case:
                    write(scratch, file,
                          {"tasks": marked[name]} if name == "tasks" else marked[name])
            program = build(marked, home, scratch)
            for number, spec in enumerate(case["runs"]):
                try:
                    run(case, number, spec, marked["runs"][number], program, scratch)
                except AssertionError as error:
                    failures.append(f"{spec.get('name', f'run {number + 1}')}: {error}")
    except (AssertionError, ValueError, KeyError, OSError, subprocess.TimeoutExpired) as error:
        failures.append(f"{type(error).__name__}: {error}")
    return failures


def main():
    chosen = [(name, path) for name, path in cases() if "".join(sys.argv[1:2]) in name]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (name, _), failures in zip(chosen, pool.map(check, [path for _, path in chosen])):
            failed += bool(failures)
            for failure in failures:
                print(f"FAIL {name}: {failure}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 77 if not chosen else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
