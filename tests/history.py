#!/usr/bin/env python3
"""The history file: what stands in it while a program waits and after it was killed, in
which order, and that texts of every kind come through.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

ASLC = os.environ.get("ASLC") or "compiler/aslc"
LIMIT = 60  # seconds until something that must happen has not

failures = []
done = 0


def expect(name, wanted, got):
    global done
    done += 1
    if wanted != got:
        failures.append(name)
        print(f"FAIL {name}: expected {wanted!r}, got {got!r}"[:2000])


def put(name, text):
    with open(name, "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    return name


def build(name, definition):
    command = [ASLC, "build", "-o", name, put(name + ".asl.json", json.dumps(definition))]
    result = subprocess.run(command, check=False, env=dict(os.environ, CFLAGS="-O0"),
                            stderr=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"FAIL {name}: " + result.stderr.decode("utf-8", "replace"))
    return "./" + name


def events(file, whole=True):
    """The events of FILE; unless WHOLE, without a last line that has no end."""
    with open(file, "rb") as lines:
        text = lines.read()
    if not whole:
        text = text[:text.rfind(b"\n") + 1]
    if text and not text.endswith(b"\n"):
        raise ValueError("the last line has no end")
    return [json.loads(line) for line in text.splitlines()]


def types(of):
    return [event["type"] for event in of]


def wait_for(file, wanted, process):
    """Until FILE has the events of the types WANTED; what it has by then."""
    until = time.monotonic() + LIMIT
    found = []
    while time.monotonic() < until and process.poll() is None:
        if os.path.exists(file):
            found = types(events(file, whole=False))
            if len(found) >= len(wanted):
                break
        time.sleep(0.005)
    return found


def killed(name, program, wanted, *options):
    """What has happened before PROGRAM waits can be read meanwhile, and SIGKILL takes
    nothing of it."""
    file = name + ".history"
    with subprocess.Popen([program, "--history", file, *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as process:
        expect(f"{name}: while it waits", wanted, wait_for(file, wanted, process))
        expect(f"{name}: it waits", None, process.poll())
        process.kill()
    expect(f"{name}: after SIGKILL", wanted, types(events(file)))


def waiting():
    wait = build("wait", {"StartAt": "P", "States": {
        "P": {"Type": "Pass", "Next": "W"},
        "W": {"Type": "Wait", "Seconds": 1000, "End": True}}})
    begun = ["ExecutionStarted", "PassStateEntered", "PassStateExited"]
    killed("wait", wait, begun + ["WaitStateEntered"])
    task = build("task", {"StartAt": "P", "States": {
        "P": {"Type": "Pass", "Next": "T"},
        "T": {"Type": "Task", "End": True,
              "Resource": "arn:aws:lambda:us-east-1:123456789012:function:slow"}}})
    tasks = put("tasks.json", json.dumps({"tasks": {"slow": {"exec": ["sleep", "1000"]}}}))
    killed("task", task, begun + ["TaskStateEntered", "LambdaFunctionScheduled",
                                  "LambdaFunctionStarted"], "--tasks", tasks)


def running():
    """A loop that never waits: killed at any time, its file is a beginning."""
    loop = build("loop", {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"},
        "B": {"Type": "Choice", "Default": "A",
              "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "C"}]}}})
    with subprocess.Popen([loop, "--history", "loop.history"]) as process:
        until = time.monotonic() + LIMIT
        while not (os.path.exists("loop.history") and os.stat("loop.history").st_size > 200000):
            if time.monotonic() > until:
                break
            time.sleep(0.001)
        process.kill()
    found = events("loop.history", whole=False)
    expect("loop: it got under way", True, len(found) > 500)
    expect("loop: ids", list(range(1, len(found) + 1)), [event["id"] for event in found])
    expect("loop: causes", [0, 0] + list(range(2, len(found))),
           [event["previousEventId"] for event in found])


def in_order():
    """Branches on two workers: one order of ids, in each branch one after the other."""
    def branch(letter):
        states = {f"{letter}{i}": {"Type": "Pass", "Next": f"{letter}{i + 1}"}
                  for i in range(200)}
        states[letter + "100"] = {"Type": "Wait", "Seconds": 1, "Next": letter + "101"}
        states[letter + "200"] = {"Type": "Succeed"}
        return {"StartAt": letter + "0", "States": states}

    program = build("parallel", {"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "End": True, "Branches": [branch(c) for c in "abcd"]}}})
    subprocess.run([program, "--history", "p.history", "--workers", "2", "--time-scale",
                    "1000"], check=True, stdout=subprocess.DEVNULL)
    found = events("p.history")
    expect("parallel: ids", list(range(1, len(found) + 1)), [event["id"] for event in found])
    by_id = {event["id"]: event for event in found}
    for letter in "abcd":
        mine = [event for event in found if name_of(event).startswith(letter)]
        expect(f"parallel: states of {letter}",
               [f"{letter}{i // 2}" for i in range(402)], [name_of(event) for event in mine])
        before = [by_id[event["previousEventId"]] for event in mine]
        expect(f"parallel: causes of {letter}",
               ["ParallelStateStarted"] + types(mine)[:-1], types(before))
        expect(f"parallel: chain of {letter}", mine[:-1], before[1:])


def name_of(event):
    details = event.get("stateEnteredEventDetails", event.get("stateExitedEventDetails", {}))
    return details.get("name", "")


def texts():
    names = ["plain", "q\"b\\s", "\t\n\u0001\u007f/", "é😀\u2028", "fourteen bytes", "x" * 79 + "\"",
             "'" * 15 + "\\"]
    input_text = ('{"s":"\\"\\\\\\n\\u0000\\u001f\\u007f","é":"\\ud83d\\ude00 \\uD800","n":1.50,'
                  '"big":123456789012345678901234567890,"e":[],"o":{},"t":[true,false,null],'
                  '"l":"' + 'long \\" text ' * 300 + '"}')
    states = {name: {"Type": "Pass", "Next": after}
              for name, after in zip(names, names[1:] + ["Set"])}
    states["Set"] = {"Type": "Pass", "Assign": {"v.$": "$", "w": "\"\\\n"}, "End": True}
    program = build("texts", {"StartAt": names[0], "States": states})
    result = subprocess.run([program, "--history", "t.history", "--input", put("in", input_text)],
                            check=True, capture_output=True)
    printed = result.stdout.removesuffix(b"\n").decode()
    found = events("t.history")
    expect("texts: names", [name for name in names + ["Set"] for _ in range(2)],
           [name_of(event) for event in found[1:-1]])
    details = [next(v for k, v in event.items() if k.endswith("Details")) for event in found]
    expect("texts: the input as it was given", input_text, details[0]["input"])
    values = [d.get("input", d.get("output")) for d in details[1:]]
    expect("texts: inputs and outputs", [printed] * len(values), values)
    assigned = details[-2]["assignedVariables"]
    expect("texts: variables", {"v": printed, "w": '"\\"\\\\\\n"'}, assigned)


def times():
    program = build("times", {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "End": True}}})
    for start, first, last in (("0", "0.000", "1.000"), ("-0.5", "-0.500", "0.500"),
                               ("-1.5", "-1.500", "-0.500"), ("-0.0005", "-0.001", "0.999"),
                               ("1700000000.1239", "1700000000.123", "1700000001.123")):
        subprocess.run([program, "--history", "time", "--time-scale", "0", f"--start-time={start}"],
                       check=True, stdout=subprocess.DEVNULL)
        with open("time", encoding="utf-8") as lines:
            stamps = [line.split(":")[1].split(",")[0] for line in lines]
        expect(f"times from {start}", [first, first, last, last], stamps)


def main():
    with tempfile.TemporaryDirectory(prefix="history.") as scratch:
        global ASLC
        ASLC = os.path.abspath(ASLC)
        os.chdir(scratch)
        for part in (waiting, running, in_order, texts, times):
            part()
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
