#!/usr/bin/env python3
"""`make bench`: our figures beside hand-written C, in one run.

Prints `workload metric value unit`, one line a figure.  Ours and the floors take turns;
a figure is the median of ROUNDS rounds, each itself a median of many runs.  Ratios are
those of the two medians.  --only w1,w4 chooses work loads; --rounds N.
"""

import argparse
import json
import os
import statistics
import subprocess

import tasks
import tools
import workloads
from tools import at, bench, data, floor, note, output, program, say

ROUNDS = 3


def rounds(*measures):
    """Each of MEASURES in turn, ROUNDS times; the median of each."""
    found = [[] for _ in measures]
    for _ in range(ROUNDS):
        for measure, values in zip(measures, found):
            values.append(measure())
    if isinstance(found[0][0], tuple):
        return [tuple(statistics.median(part) for part in zip(*values)) for values in found]
    return [statistics.median(values) for values in found]


def cjson(work, name, runs):
    """Seconds to read, run and print."""
    return tuple(float(x) for x in output(at("floor_cjson"), work, data(name), runs).split()[:3])


def ours(made, name, runs, *options):
    """Seconds to read, run and print; to run cold; transitions; events."""
    r = bench(made, name, runs, *options)
    return (r["read"]["median"] / 1e9, r["run"]["median"] / 1e9, r["print"]["median"] / 1e9,
            r["coldRun"] / 1e9, r["transitions"], r["events"])


def same_answers(made, work):
    """Ours and the floor give the same document."""
    one = output(made, "--input", data(work), "--time-scale", "0")
    two = output(at("floor_cjson"), work, data(work), 1, "print").split("\n")[0]
    if json.loads(one) != json.loads(two):
        raise SystemExit(f"{work}: ours and the floor do not give the same answer")


def one_work(label, name, runs, floor_work, options=("--workers", "1")):
    made = program(name)
    same_answers(made, name)
    us, them = rounds(lambda: ours(made, name, runs, *options),
                      lambda: cjson(floor_work, name, runs))
    count = us[4]
    say(label, "transitions", int(count), "count")
    say(label, "run_per_transition", us[1] / count * 1e9, "ns")
    say(label, "run_cold_per_transition", us[3] / count * 1e9, "ns")
    say(label, "floor_cjson_per_transition", them[1] / count * 1e9, "ns")
    say(label, "run_to_floor_cjson", us[1] / them[1], "ratio")
    say(label, "all_to_floor_cjson", sum(us[:3]) / sum(them), "ratio")
    return us, them


def struct(label, work):
    say(label, "floor_struct_per_transition",
        rounds(lambda: float(output(at("floor_struct"), work, 30)))[0] * 1e9, "ns")


def spawn(runs, *commands, threads=False):
    """(seconds, megabytes, CPU seconds, threads) of each command, in turn."""
    args = [part for command in commands for part in ["--", *command]]
    env = dict(os.environ, **({"SPAWN_THREADS": "1"} if threads else {}))
    lines = output(at("spawn"), runs, *args, env=env).split("\n")
    return [(float(a), int(b) / 1024, float(c), int(d))
            for a, b, c, d in (line.split() for line in lines if line)]


def w1():
    one_work("w1_chain", "w1", 2000, "w1copy")
    struct("w1_chain", "w1")


def w2():
    one_work("w2_loop", "w2", 30, "w2")
    struct("w2_loop", "w2")
    made = at("w2")
    (_, megabytes, _, _), = spawn(1, [made, "--workers", "1", "--input-json",
                                      '{"at":0,"end":5000000}'])
    say("w2_loop_10000000", "memory_peak", megabytes, "MB")


def w2_jsonata():
    """W2 in JSONata beside W2 in JSONPath."""
    path, query = program("w2"), program("w2_jsonata")
    one, two = rounds(lambda: ours(path, "w2", 30, "--workers", "1"),
                      lambda: ours(query, "w2", 30, "--workers", "1"))
    say("w2_jsonata", "run_per_transition", two[1] / two[4] * 1e9, "ns")
    say("w2_jsonata", "run_to_w2_loop", two[1] / one[1], "ratio")


def w3():
    one_work("w3_order", "w3", 3000, "w3")


def w4():
    one_work("w4_map", "w4", 60, "w4")
    made = at("w4")
    for name, runs in (("w4", 60), ("w4_100000", 8)):
        one, two = rounds(lambda n=name, r=runs: ours(made, n, r, "--workers", "1")[1],
                          lambda n=name, r=runs: ours(made, n, r, "--workers", "2")[1])
        say(name.replace("w4", "w4_map"), "two_workers_to_one", two / one, "ratio")
    big = data("w4_1000000")
    one, two, them = spawn(ROUNDS, [made, "--workers", "1", "--input", big],
                           [made, "--workers", "2", "--input", big],
                           [at("floor_cjson"), "w4", big, "1", "print"])
    say("w4_map_1000000", "process", one[0] * 1e3, "ms")
    say("w4_map_1000000", "process_two_workers", two[0] * 1e3, "ms")
    say("w4_map_1000000", "floor_cjson_process", them[0] * 1e3, "ms")
    say("w4_map_1000000", "process_to_floor_cjson", one[0] / them[0], "ratio")
    say("w4_map_1000000", "memory_peak", one[1], "MB")
    say("w4_map_1000000", "floor_cjson_memory_peak", them[1], "MB")


def speeds(label, name, us, them):
    """JSON text: megabytes a second."""
    size = os.path.getsize(data(name)) / 1e6
    say(label, "read", size / us[0], "MB/s")
    say(label, "floor_cjson_read", size / them[0], "MB/s")
    if os.path.exists(at("floor_simd")):
        simd, = rounds(lambda: float(output(at("floor_simd"), data(name), 60)))
        say(label, "floor_simdjson_read", size / simd, "MB/s")
        say(label, "read_to_floor_simdjson", simd / us[0], "ratio")
    say(label, "print", size / us[2], "MB/s")
    say(label, "floor_cjson_print", size / them[2], "MB/s")
    say(label, "print_to_floor_cjson", them[2] / us[2], "ratio")


def w5():
    us, them = one_work("w5_payload", "w5", 60, "w5")
    speeds("json_w5", "w5", us, them)


def w6():
    made = tools.evaluator()
    found = [tools.evaluated(made, 200) for _ in range(ROUNDS)]
    for name in workloads.EXPRESSIONS:
        say("w6_" + name, "evaluation",
            statistics.median(times[name][1] for times in found) * 1e6, "us")


def json_text():
    """W4's document through a workflow of one state: what is read is what is printed."""
    made = program("w7")
    us, them = rounds(lambda: ours(made, "w4", 100), lambda: cjson("json", "w4", 60))
    speeds("json_w4", "w4", us, them)


def history():
    made = program("w1")
    on, off = rounds(lambda: ours(made, "w1", 300, "--workers", "1", "--history"),
                     lambda: ours(made, "w1", 300, "--workers", "1"))
    say("history", "per_event", (on[1] - off[1]) / on[5] * 1e9, "ns")


def stripped_size(made):
    """In megabytes.  W7 has no Task, W3 has some, and with them the event loop."""
    output("strip", "-o", at("stripped"), made)
    return os.path.getsize(at("stripped")) / 1e6


def w7():
    static, shared = program("w7", static=True), program("w7")
    options = ["--input", data("w7")]
    us, them, dynamic = spawn(301, [static, *options], [at("floor_empty")],
                              [shared, *options])
    say("w7_start", "process_static", us[0] * 1e3, "ms")
    say("w7_start", "floor_empty_static", them[0] * 1e3, "ms")
    say("w7_start", "static_to_empty", us[0] / them[0], "ratio")
    say("w7_start", "process", dynamic[0] * 1e3, "ms")
    say("w7_start", "static_size", stripped_size(static), "MB")
    say("w3_order", "static_size", stripped_size(program("w3", static=True)), "MB")


def w8():
    made = program("w8")
    for name in ("w8", "w8_100000"):
        (seconds, megabytes, cpu, threads), = spawn(
            1, [made, "--input", data(name)], threads=True)
        label = name.replace("w8", "w8_wait")
        say(label, "process", seconds * 1e3, "ms")
        say(label, "cpu", cpu * 1e3, "ms")
        say(label, "memory_peak", megabytes, "MB")
        say(label, "threads", threads, "count")


def aslc(label, name):
    """How long aslc takes over a definition; its processor time."""
    file = workloads.definition(tools.FOLDER, name)
    check, emit = spawn(5, [tools.ASLC, "check", file],
                        [tools.ASLC, "emit", "-o", at("states.c"), file])
    for metric, (seconds, megabytes, cpu, _) in (("check", check), ("emit", emit)):
        say(label, metric + "_ms", seconds * 1e3, "ms")
        say(label, metric + "_cpu_ms", cpu * 1e3, "ms")
        say(label, metric + "_memory_peak", megabytes, "MB")
    return check[2], emit[2]


def grown(label, small, big, times):
    """How much more a machine of TIMES as many states takes: 1 is linear."""
    for metric, one, two in zip(("check", "emit"), small, big):
        say(label, metric + "_to_linear", two / one / times, "ratio")


def compiled(label, name):
    """What gcc -O2 needs for the emitted C."""
    c = at("states.c")
    output(tools.ASLC, "emit", "-o", c, workloads.definition(tools.FOLDER, name))
    (seconds, megabytes, cpu, _), = spawn(1, [
        *tools.CC, *tools.OPTIMISE, *tools.INCLUDE, "-c",
        "-o", at("states.o"), c])
    say(label, "cc_time", seconds, "s")
    say(label, "cc_cpu", cpu, "s")
    say(label, "cc_memory_peak", megabytes, "MB")


def states():
    """Machines of 1,000, 10,000 and 100,000 states: W1's, and one of mixed kinds."""
    for kind in ("states", "chain"):
        one, ten, hundred = (aslc(f"{kind}_{n}", f"{kind}_{n}")
                             for n in (1000, 10000, 100000))
        grown(f"{kind}_10000", one, ten, 10)
        grown(f"{kind}_100000", ten, hundred, 10)
        for n in (1000, 10000):
            compiled(f"{kind}_{n}", f"{kind}_{n}")
            ran = bench(program(f"{kind}_{n}"), "states", 200, "--workers", "1",
                        "--no-tasks")
            for metric, time in (("run", ran["run"]["median"]), ("run_cold", ran["coldRun"])):
                say(f"{kind}_{n}", metric + "_per_transition", time / ran["transitions"], "ns")


def queries():
    """Definitions of 200 and 2,000 JSONata expressions."""
    few, many = (aslc(f"queries_{n}", f"queries_{n}") for n in (200, 2000))
    grown("queries_2000", few, many, 10)
    for n in (200, 2000):
        compiled(f"queries_{n}", f"queries_{n}")


def choice():
    """A Choice of 1,000 equalities beside one of 2; what else a run costs is taken off."""
    made = {n: program(f"choice_{n}") for n in (0, 2, 1000)}
    none, few, many = rounds(*(
        lambda n=n: bench(made[n], f"choice_{n}", 20000, "--workers", "1")["run"]["median"]
        for n in made))
    for n, time in ((2, few), (1000, many)):
        say(f"choice_{n}", "per_choice", (time - none) / workloads.CHOICES, "ns")
    say("choice_1000", "per_choice_ratio", (many - none) / (few - none), "ratio")


def http():
    tasks.http(ROUNDS, spawn)


def children():
    tasks.children(ROUNDS)


WORKS = {"w1": w1, "w2": w2, "w2_jsonata": w2_jsonata, "w3": w3, "w4": w4, "w5": w5,
         "w6": w6, "json": json_text, "history": history, "w7": w7, "w8": w8,
         "choice": choice, "states": states, "queries": queries, "http": http, "exec": children}


def floors():
    floor("floor_cjson", libs=("-lcjson", "-lm"))
    floor("floor_struct")
    floor("floor_empty", "-static")
    floor("spawn")
    probe = subprocess.run([*tools.CXX, "-fsyntax-only", "-x", "c++", "-"], text=True,
                           input="#include <simdjson.h>\n", capture_output=True, check=False)
    if probe.returncode == 0:
        floor("floor_simd", compiler=tools.CXX, suffix=".cpp", libs=("-lsimdjson",))
    else:
        note("=" * 72)
        note("bench: READING IS NOT COMPARED WITH SIMDJSON: there is no simdjson.h "
             "(libsimdjson-dev)")
        note("=" * 72)


def main():
    global ROUNDS
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(WORKS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    ROUNDS = given.rounds
    os.makedirs(tools.FOLDER, exist_ok=True)
    floors()
    for name in given.only.split(","):
        WORKS[name]()


if __name__ == "__main__":
    main()
