"""What bench.py and instructions.py share: building programs and floors."""

import json
import os
import subprocess
import sys

import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
ASLC = os.path.abspath(os.environ.get("ASLC", "compiler/aslc"))
CC = os.environ.get("CC", "gcc").split()
CXX = os.environ.get("CXX", "g++").split()
# As aslc build compiles what it has emitted.
OPTIMISE = ("-O2", "-fno-tree-slp-vectorize")
# The headers of this tree, for emitted C that is not built by aslc.
INCLUDE = ("-I", os.path.join(HERE, "..", "..", "runtime", "include"))
FOLDER = os.path.abspath(os.environ.get("BENCH_FOLDER", "bench-out"))


def say(workload, metric, value, unit):
    print(f"{workload} {metric} {value:.4g} {unit}" if isinstance(value, float)
          else f"{workload} {metric} {value} {unit}", flush=True)


def note(text):
    print(text, file=sys.stderr, flush=True)


def output(*command, **more):
    result = subprocess.run([str(part) for part in command], capture_output=True,
                            text=True, check=False, **more)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {result.returncode}\n{result.stderr}")
    return result.stdout


def source(name):
    return os.path.join(HERE, name)


def at(name):
    return os.path.join(FOLDER, name)


def data(name):
    return workloads.input_file(FOLDER, name)


def program(name, static=False):
    """The program of one work load, always built anew."""
    made = at(name + ("_static" if static else ""))
    more = [source("handlers.c")] if name == "w3" else []
    output(ASLC, "build", *(["--static"] if static else []), "-o", made,
           workloads.definition(FOLDER, name), *more)
    return made


def settings():
    """What aslc-tree.conf says of the tree that ASLC is built in."""
    with open(os.path.join(os.path.dirname(ASLC), "aslc-tree.conf"), encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split("=", 1) for line in lines)


def evaluator():
    """The program that times W6's expressions."""
    made, tree = at("evaluate"), settings()
    output(ASLC, "emit", "--expressions", "-o", at("w6_expressions.c"),
           workloads.expressions(FOLDER))
    output(*CC, *OPTIMISE, *tree["cflags"].split(), *INCLUDE, "-I", FOLDER,
           '-DEXPRESSIONS="w6_expressions.c"', "-o", made, source("evaluate.c"), tree["lib"],
           *tree["libs"].split())
    return made


def evaluated(made, runs):
    """Each of W6's expressions: its answer and the time it takes."""
    lines = output(made, data("w6"), runs).split("\n")
    return {name: (json.loads(lines[2 * i]), float(lines[2 * i + 1]))
            for i, name in enumerate(workloads.EXPRESSIONS)}


def floor(name, *flags, compiler=None, suffix=".c", libs=()):
    made = at(name)
    output(*(compiler or CC), "-O2", *flags, "-o", made, source(name + suffix), *libs)
    return made


def bench(made, name, runs, *options):
    """What `PROGRAM bench` says on one work load."""
    return json.loads(output(made, "bench", "--input", data(name), "--runs", runs,
                             "--time-scale", "0", "--format", "json", *options))


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=False).stdout.split("\n")[0]
    except OSError:
        return "none"


def versions():
    return {"gcc": first_line(*CC, "--version"), "libc": first_line("ldd", "--version")}
