#!/usr/bin/env python3
"""`make bench-instructions`: what a transition and a byte cost, in instructions.

callgrind counts inside one function of the library (asl__execution_run for a run,
_new for reading, asl__print for printing) for two numbers of runs; the difference by the
number of runs between them, by transitions or bytes, is the figure.  Start-up is the whole
of a static program.  The figures are compared with instructions.txt, which also says with
which compiler and libc they were found: with others nothing is compared.

    instructions.py            compare; exit 1 when a figure has grown by more than 3%
    instructions.py --update   write instructions.txt
"""

import os
import re
import shutil
import subprocess
import sys

import tools
import workloads
from tools import bench, data, floor, program, say, source

FILE = source("instructions.txt")
MOST_GROWTH = 1.03
FEW, MANY = 2, 12

# name, program, input, function, by what; an event's are those that
# the history adds
FIGURES = [
    ("w1_chain", "w1", "w1", "asl__execution_run", "transition"),
    ("w2_loop", "w2", "w2_small", "asl__execution_run", "transition"),
    ("w2_jsonata", "w2_jsonata", "w2_small", "asl__execution_run", "transition"),
    ("w3_order", "w3", "w3", "asl__execution_run", "transition"),
    ("w4_map", "w4", "w4", "asl__execution_run", "transition"),
    ("w5_payload", "w5", "w5", "asl__execution_run", "transition"),
    ("w1_history", "w1", "w1", "asl__execution_run", "event"),
    ("w3_history", "w3", "w3", "asl__execution_run", "event"),
    ("choice_2", "choice_2", "choice_2", "asl__execution_run", "choice"),
    ("choice_1000", "choice_1000", "choice_1000", "asl__execution_run", "choice"),
    ("read_w5", "w7", "w5", "asl__execution_new", "byte"),
    ("read_w4", "w7", "w4", "asl__execution_new", "byte"),
    ("print_w5", "w7", "w5", "asl__print", "byte"),
    ("print_w4", "w7", "w4", "asl__print", "byte"),
]


# Start-up reads the environment: always the same one.
PLAIN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def count(command, function=None):
    inside = [f"--toggle-collect={function}"] if function else []
    result = subprocess.run(
        [shutil.which("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null", *inside,
         *command], capture_output=True, text=True, check=False, env=PLAIN, cwd=tools.FOLDER)
    found = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode != 0 or found is None or found.group(1) == "0":
        sys.exit(f"valgrind {' '.join(command)}: exit {result.returncode}\n"
                 + result.stderr[-2000:])
    return int(found.group(1))


def run(made, name, function, *more):
    """The instructions of one run."""
    def of(runs):
        return count([made, "bench", "--input", data(name), "--workers", "1", "--seed", "1",
                      "--time-scale", "0", "--start-time", "0", "--warmup", "0",
                      "--runs", str(runs), *more], function)

    return (of(MANY) - of(FEW)) / (MANY - FEW)


def figure(made, name, function, by):
    said = bench(made, name, 1, "--workers", "1", "--warmup", "0")
    parts = {"transition": said["transitions"], "byte": said["inputBytes"],
             "event": said["events"], "choice": workloads.CHOICES}[by]
    found = run(made, name, function)
    if by == "event":
        found = run(made, name, function, "--history") - found
    if by == "choice":
        found -= run(program("choice_0"), "choice_0", function)
    return found / parts


def evaluations(found):
    """An evaluation of each of W6's expressions."""
    made = tools.evaluator()
    for i, name in enumerate(workloads.EXPRESSIONS):
        few, many = (count([made, data("w6"), str(runs), str(i)], "evaluate")
                     for runs in (FEW, MANY))
        found["w6_" + name, "per_evaluation"] = (many - few) / (MANY - FEW)
        say("w6_" + name, "per_evaluation", found["w6_" + name, "per_evaluation"],
            "instructions")


def measure():
    os.makedirs(tools.FOLDER, exist_ok=True)
    made = {name: program(name) for name in ("w1", "w2", "w2_jsonata", "w3", "w4", "w5",
                                           "w7", "choice_2", "choice_1000")}
    found = {}
    for label, which, name, function, by in FIGURES:
        found[label, "per_" + by] = figure(made[which], name, function, by)
        say(label, "per_" + by, found[label, "per_" + by], "instructions")
    evaluations(found)
    program("w7", static=True)
    data("w7")
    floor("floor_empty", "-static")
    found["w7_start", "all"] = count(["./w7_static", "--input", "w7_input.json"])
    found["floor_empty", "all"] = count(["./floor_empty"])
    say("w7_start", "all", found["w7_start", "all"], "instructions")
    say("floor_empty", "all", found["floor_empty", "all"], "instructions")
    return found


def write(found):
    with open(FILE, "w", encoding="utf-8") as file:
        print("# make bench-instructions compares with these; instructions.py --update "
              "writes them.", file=file)
        for name, version in tools.versions().items():
            print(f"# {name}: {version}", file=file)
        for (label, metric), value in found.items():
            print(f"{label} {metric} {value:.4f} instructions", file=file)


def read():
    then, known = {}, {}
    with open(FILE, encoding="utf-8") as file:
        for line in file:
            version = re.match(r"# (gcc|libc): (.*)", line)
            if version:
                then[version.group(1)] = version.group(2)
            elif not line.startswith("#"):
                label, metric, value, _ = line.split()
                known[label, metric] = float(value)
    return then, known


def compare(found):
    then, known = read()
    now = tools.versions()
    if then != now:
        not_compared("; ".join(f"{name} is \"{now[name]}\", the file's is "
                               f"\"{then.get(name)}\"" for name in now
                               if now[name] != then.get(name)))
        return 0
    grown = 0
    for key, value in found.items():
        if key not in known:
            print(f"NEW: {key[0]} {key[1]} is not in instructions.txt")
            grown += 1
        elif key[0] != "floor_empty" and value > known[key] * MOST_GROWTH:
            print(f"GROWN: {key[0]} {key[1]} from {known[key]:.2f} to {value:.2f} "
                  f"({100 * (value / known[key] - 1):+.1f}%)")
            grown += 1
        elif value < known[key] / MOST_GROWTH:
            print(f"less: {key[0]} {key[1]} from {known[key]:.2f} to {value:.2f}: "
                  "instructions.py --update keeps that")
    missing = [key for key in known if key not in found]
    for key in missing:
        print(f"GONE: {key[0]} {key[1]} is in instructions.txt only")
    return 1 if grown or missing else 0


def not_compared(why):
    print("=" * 72)
    print("bench-instructions: NOTHING WAS COMPARED: " + why)
    print("=" * 72, flush=True)


def main():
    if shutil.which("valgrind") is None:
        not_compared("there is no valgrind")
        return 0
    found = measure()
    if "--update" in sys.argv[1:]:
        write(found)
        return 0
    return compare(found)


if __name__ == "__main__":
    sys.exit(main())
