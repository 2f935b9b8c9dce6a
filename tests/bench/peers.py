#!/usr/bin/env python3
"""`make bench-peers`: our figures beside other engines', on the same inputs.

The peers are aws-local-stepfunctions and, for expressions, jsonata; npm installs them, with
a Node, into the bench folder of the build tree.  Prints `workload metric value unit`;
peer_to_ours is how many times faster we are.  Both must give the same document, or nothing
is compared: exit 1.  Without npm or its registry: exit 77.  --only w1,w4 chooses work loads.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

import tools
import workloads
from bench import spawn
from tools import at, bench, data, floor, note, output, program, say, source

PEER = "aws_local_stepfunctions"
JSONATA = "jsonata"
PACKAGES = ("aws-local-stepfunctions@3.0.0", "jsonata@2.0.6", "node@22")
NOTHING = 77
LONGEST = 60

# label, definition, input, our runs, the peer's runs
WORKS = {
    "w1": ("w1_chain", "w1", "w1", 2000, 30),
    "w2": ("w2_loop", "w2", "w2", 20, 1),
    "w3": ("w3_order", "w3", "w3", 3000, 100),
    "w4": ("w4_map", "w4", "w4", 60, 3),
    "w5": ("w5_payload", "w5_peer", "w5", 60, 3),
}


def nothing(why):
    print("=" * 72)
    print("bench-peers: NOTHING WAS COMPARED: " + why)
    print("=" * 72, flush=True)
    sys.exit(NOTHING)


def install():
    """The folder with the peer and its Node."""
    folder = at("peers")
    mark = os.path.join(folder, "installed")
    if os.path.exists(mark):
        with open(mark, encoding="utf-8") as file:
            if file.read().split() == list(PACKAGES):
                return folder
    if shutil.which("npm") is None:
        nothing("npm is needed (Debian: apt-get install npm), and its registry, for "
                + " and ".join(PACKAGES))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"private": true}\n')
    made = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error",
                           *PACKAGES], cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        nothing("npm could not install " + " and ".join(PACKAGES) + ":\n"
                + made.stderr[-1000:])
    with open(mark, "w", encoding="utf-8") as file:
        file.write("\n".join(PACKAGES) + "\n")
    return folder


def node(folder, script, *arguments):
    return [os.path.join(folder, "node_modules", ".bin", "node"), source(script), folder,
            *arguments]


def peer_command(folder, name, document, runs):
    return [*node(folder, "peer.mjs"),
            workloads.definition(tools.FOLDER, name), data(document), str(runs)]


def same(label, ours, theirs, peer=PEER):
    if json.loads(ours) != json.loads(theirs):
        sys.exit(f"{label}: ours and {peer} do not give the same answer")


def compare(folder, label, name, document, runs, peer_runs):
    made = program(name)
    theirs, time = output(*peer_command(folder, name, document, peer_runs)).split("\n")[:2]
    same(label, output(made, "--input", data(document), "--time-scale", "0"), theirs)
    ours = bench(made, document, runs, "--workers", "1")
    run, count = ours["run"]["median"] / 1e9, ours["transitions"]
    say(label, "run_per_transition", run / count * 1e9, "ns")
    say(label, f"{PEER}_per_transition", float(time) / count * 1e9, "ns")
    say(label, "peer_to_ours", float(time) / run, "ratio")


def expressions(folder):
    """W6's: each of them, and how they stand to each other in the geometric mean."""
    made, factors = tools.evaluator(), []
    lines = output(*node(folder, "peer_jsonata.mjs", workloads.expressions(tools.FOLDER),
                         data("w6"), "30")).split("\n")
    ours = tools.evaluated(made, 300)
    for i, (name, (answer, time)) in enumerate(ours.items()):
        same("w6_" + name, json.dumps(answer), lines[2 * i], JSONATA)
        theirs = float(lines[2 * i + 1])
        factors.append(theirs / time)
        say("w6_" + name, "evaluation", time * 1e6, "us")
        say("w6_" + name, f"{JSONATA}_evaluation", theirs * 1e6, "us")
        say("w6_" + name, "peer_to_ours", factors[-1], "ratio")
    say("w6", "least_peer_to_ours", min(factors), "ratio")
    say("w6", "mean_peer_to_ours", statistics.geometric_mean(factors), "ratio")


def processes(folder, label, name, times):
    """Whole processes, from start to end."""
    made = program(name)
    command = peer_command(folder, name, name, 1)
    try:
        theirs = output(*command, timeout=LONGEST).split("\n")[0]
    except subprocess.TimeoutExpired:
        note(f"{label}: {PEER} did not end within {LONGEST} s")
        return
    same(label, output(made, "--input", data(name)), theirs)
    (ours, memory, _, _), (theirs, their_memory, _, _) = spawn(
        times, [made, "--input", data(name)], command)
    say(label, "process", ours * 1e3, "ms")
    say(label, f"{PEER}_process", theirs * 1e3, "ms")
    say(label, "peer_to_ours", theirs / ours, "ratio")
    say(label, "memory_peak", memory, "MB")
    say(label, f"{PEER}_memory_peak", their_memory, "MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="w1,w2,w3,w4,w5,w6,w7,w8")
    given = parser.parse_args()
    os.makedirs(tools.FOLDER, exist_ok=True)
    folder = install()
    floor("spawn")
    for name in given.only.split(","):
        if name in WORKS:
            compare(folder, *WORKS[name])
        elif name == "w6":
            expressions(folder)
        else:
            processes(folder, {"w7": "w7_start", "w8": "w8_wait"}[name], name,
                      11 if name == "w7" else 1)


if __name__ == "__main__":
    main()
