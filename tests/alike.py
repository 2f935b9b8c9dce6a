#!/usr/bin/env python3
"""Large programs: states that do the same share a C function (compiler/emit_alike.c), and
each still works with its own literals, paths, names and successors.

What a run gives is computed here, too.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
ROUNDS = 60
# Longer than what is written where it is used, and than a word.
LONG = "a text that has a constant of its own, number {}"

failures = []
done = 0


def expect(name, got, wanted):
    global done
    done += 1
    if got != wanted:
        failures.append(name)
        print(f"FAIL {name}:\n  got      {got}\n  expected {wanted}", flush=True)


def states_of_round(i):
    """Ten states, and two that are only reached when $.stop says so."""
    return {
        f"Stop {i}?": {"Type": "Choice", "Default": f"Make {i}", "Choices": [
            {"Variable": "$.stop", "NumericEquals": i, "Next": f"Broken {i}"},
            {"And": [{"Variable": "$.kind", "StringEquals": f"kind {i}"},
                     {"Variable": "$.n", "NumericLessThan": i}], "Next": f"Failed {i}"}]},
        f"Make {i}": {"Type": "Pass", "Next": f"Double {i}", "Parameters": {
            "n.$": f"States.MathAdd($.n, {i})", "stop.$": "$.stop", "kind.$": "$.kind",
            "items.$": "$.items", "seen.$": "$.seen",
            "text.$": f"States.Format('{i}: {{}}', $.n)", "long": LONG.format(i),
            "list": [i, {"i": i}], "real": float(f"{i}.5"), "yes": i % 2 == 0}},
        f"Double {i}": {"Type": "Map", "ItemsPath": "$.items", "ResultPath": f"$.map{i}",
                        "ItemSelector": {"v.$": "$$.Map.Item.Value", "i": i},
                        "ItemProcessor": {"StartAt": f"Item {i}", "States": {
                            f"Item {i}": {"Type": "Pass", "End": True, "Parameters": {
                                "x.$": "$.v", "k": i}}}}, "Next": f"Look {i}"},
        f"Look {i}": {"Type": "Pass", "InputPath": f"$.map{i}[1].k", "ResultPath": "$.looked",
                      "Next": f"See {i}"},
        f"See {i}": {"Type": "Pass", "Parameters": {
            "seen.$": f"States.Array($.looked, {i}, '{i}')", "n.$": "$.n", "stop.$": "$.stop",
            "kind.$": "$.kind", "items.$": "$.items", "last.$": f"$.map{i}",
            "made.$": "States.Array($.text, $.long, $.list, $.real, $.yes)"},
            "Next": f"Pause {i}"},
        f"Pause {i}": {"Type": "Wait", "Seconds": 0, "Next": f"Keep {i}"},
        f"Keep {i}": {"Type": "Pass", "Assign": {f"n{i}.$": "$.n"}, "Next": f"Stop {i + 1}?"},
        f"Broken {i}": {"Type": "Pass", "Next": f"Failed {i}", "Parameters": {
            "there.$": "$.n", "not.$": f"$.missing{i}.part", "n.$": "$.n"}},
        f"Failed {i}": {"Type": "Fail", "Error": f"Failed{i}"},
    }


def machine():
    states = {}
    for i in range(ROUNDS):
        states.update(states_of_round(i))
    states[f"Stop {ROUNDS}?"] = {"Type": "Pass", "End": True, "Parameters": {
        "made.$": "$.made", "last.$": "$.last", "seen.$": "$.seen", "n.$": "$.n",
        "kept.$": f"States.Array($n0, $n7, $n{ROUNDS - 1})"}}
    return {"StartAt": "Stop 0?", "States": states}


def outcome(given):
    """What the machine makes of GIVEN when it is not stopped."""
    n, kept, made = given["n"], [], None
    for i in range(ROUNDS):
        made = [f"{i}: {n}", LONG.format(i),
                [i, {"i": i}], float(f"{i}.5"), i % 2 == 0]
        n += i
        kept.append(n)
    i = ROUNDS - 1
    return {"made": made, "last": [{"x": x, "k": i} for x in given["items"]],
            "seen": [i, i, str(i)], "n": n, "kept": [kept[0], kept[7], kept[i]]}


def run(program, given):
    return subprocess.run([program, "--input-json", json.dumps(given), "--time-scale", "0"],
                          capture_output=True, text=True, check=False, timeout=60)


def failed(program, given, error, *texts):
    ran = run(program, given)
    both = ran.stdout + ran.stderr
    expect(f"{error} {texts}", (ran.returncode != 0, [t for t in (error, *texts) if t not in both]),
           (True, []))


def main():
    with tempfile.TemporaryDirectory(prefix="alike.") as folder:
        os.chdir(folder)
        with open("many.asl.json", "w", encoding="utf-8") as file:
            json.dump(machine(), file, indent=1)
        subprocess.run([ASLC, "emit", "-o", "many.c", "many.asl.json"], check=True)
        with open("many.c", encoding="utf-8") as file:
            code = file.read()
        expect("rows", {re.sub(r"\d+", "N", row) for row in re.findall(r"(\w+)__row = ", code)}
               >= {"many_stop_N", "many_make_N", "many_look_N", "many_see_N", "many_broken_N",
                   "many_item_N"}, True)
        expect("dispatch of the processors", len(re.findall(r"__alone\d+\(f, &", code)), ROUNDS)
        subprocess.run([ASLC, "build", "-o", "many", "many.asl.json"], check=True,
                       env=dict(os.environ, CFLAGS="-O1"))
        given = {"n": 3, "stop": -1, "kind": "none", "items": [10, "twenty", None], "seen": []}
        ran = run("./many", given)
        expect("outcome", json.loads(ran.stdout or "null"), outcome(given))
        for i in (0, 1, 41, ROUNDS - 1):
            failed("./many", dict(given, stop=i), "States.Runtime", f"$.missing{i}.part",
                   f"Broken {i}")
            failed("./many", dict(given, kind=f"kind {i}", n=-10000), f"Failed{i}")
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
