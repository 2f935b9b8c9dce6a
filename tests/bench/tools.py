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
