#!/usr/bin/env python3
"""Random machines: what the compiled program does is what the reference evaluator says.

    run.py [--machines N] [--first SEED] [--jobs N] [--statistics] [--keep FOLDER]
           [--configurations w1,w2hc,...] [--no-shrink]

Each machine (machines.py) is run by the evaluator (evaluator.py) and, compiled, by
driver.c in every configuration: one, two and eight workers, with history (h) and without,
with the regions compacted at every boundary (c) and not, on the virtual clock.  Status,
output, Error, Cause and history must be what the evaluator allows, and the same in all
configurations: where things happen side by side, up to their order.

Many machines share a program: their emitted C is included in one file.  A machine that
differs is made smaller as long as it still differs, and printed with its seed.
"""

import argparse
import collections
import concurrent.futures
import copy
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import evaluator
import history
import machines
from values import dump, parse

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
ASLC = os.path.abspath(os.environ.get("ASLC") or os.path.join(TOP, "compiler", "aslc"))
CONFIGURATIONS = [f"w{workers}{letters}" for workers in (1, 2, 8)
                  for letters in ("", "h", "c", "hc")]
BATCH = 40
LATE = 6         # states entered: a machine that got somewhere
TIME_LIMIT = 120  # seconds for one batch's program


class Broken(Exception):
    """The tools or the program did not do their part."""


def limit_memory():
    """A machine that goes wrong should not take all of the memory.  Not with a sanitizer,
    which reserves more than there is."""
    if not settings()["cflags"]:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def call(command, cwd, limit=TIME_LIMIT):
    try:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=limit, check=False)
    except subprocess.TimeoutExpired as stuck:
        return subprocess.CompletedProcess(command, -999, stuck.stdout or b"", b"too slow")


def settings():
    """What compiler/aslc-tree.conf says of the tree that ASLC is built in."""
    with open(os.path.join(os.path.dirname(ASLC), "aslc-tree.conf"), encoding="utf-8") as lines:
        pairs = dict(line.rstrip("\n").split("=", 1) for line in lines)
    pairs["flags"] = [*pairs["cc"].split(), "-std=c11", "-O0", *pairs["cflags"].split(),
                      "-I" + pairs["include"]]
    return pairs


def compile_driver(folder):
    tree = settings()
    done = call([*tree["flags"], "-D_GNU_SOURCE", "-I" + os.path.dirname(tree["include"]), "-c",
                 "-o", os.path.join(folder, "driver.o"), os.path.join(HERE, "driver.c")], folder)
    if done.returncode:
        raise Broken(done.stderr.decode())


# ---- programs ----------------------------------------------------------------------


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def emit(folder, machine):
    """Writes MACHINE's files and its C; the compiler's complaint or None."""
    write(folder, machine.name + ".asl.json", dump(machine.definition))
    write(folder, machine.name + ".tasks", dump({"tasks": machine.tasks}))
    write(folder, machine.name + ".input", dump(machine.input))
    done = call([ASLC, "emit", "--no-main", "--no-line", "-o", machine.name + ".c",
                 machine.name + ".asl.json"], folder)
    return done.stderr.decode() if done.returncode else None


def link(folder, batch, driver):
    """The program of BATCH, whose C is there."""
    tree = settings()
    write(folder, "batch.c", "".join(f'#include "{machine.name}.c"\n' for machine in batch)
          + "extern const asl_program_def *const programs[];\n"
          + "const asl_program_def *const programs[] = {\n"
          + "".join(f"&{machine.name}_program,\n" for machine in batch) + "NULL };\n")
    done = call([*tree["flags"], "-o", "batch", "batch.c", driver, tree["lib"],
                 *tree["libs_exec"].split(), *tree["libs_hash"].split(),
                 *tree["libs_regex"].split(), *tree["libs"].split()], folder)
    if done.returncode:
        raise Broken(done.stderr.decode()[:3000])


def results(output):
    """{machine: {configuration: (status, outcome, history)}} and the last run begun."""
    found, at, begun = {}, 0, None
    while at < len(output):
        end = output.find(b"\n", at)
        try:
            head = parse(output[at:end].decode()) if end >= 0 else None
        except ValueError:
            head = None
        if head is None:
            break
        at = end + 1
        if "status" not in head:
            begun = (head["machine"], head["configuration"])
            continue
        size = head["bytes"].whole()
        found.setdefault(head["machine"], {})[head["configuration"]] = (
            head["status"], head["outcome"], output[at:at + size].decode())
        at += size
    return found, begun


# ---- comparing ---------------------------------------------------------------------


class Expected:
    """What the evaluator says of a machine; UNSURE: why it says nothing."""

    def __init__(self, machine, statistics):
        self.outcomes, self.unsure = [], None
        before = sum(count for name, count in statistics.items() if name.startswith("state "))
        try:
            self.outcomes = evaluator.outcomes(machine.name, machine.definition, machine.tasks,
                                               machine.input, statistics)
        except evaluator.Unsure as unsure:
            self.unsure = str(unsure)
        except evaluator.TooMany:
            self.unsure = "too many outcomes"
        self.states = sum(count for name, count in statistics.items()
                          if name.startswith("state ")) - before


def same_outcome(result, status, outcome):
    if result.status != status:
        return False
    if status == "SUCCEEDED":
        return dump(result.output) == dump(outcome)
    return result.error == outcome.get("Error") and \
        history.same_cause(result.cause, outcome.get("Cause"))


def shown(status, outcome):
    return f"{status} {dump(outcome)}"


def shown_result(result):
    if result.status == "SUCCEEDED":
        return shown(result.status, result.output)
    cause = "(any)" if result.cause is evaluator.ANY else result.cause
    return f"{result.status} {result.error} {cause!r}"


def different(outcomes, status, outcome):
    got = shown(status, outcome)
    wanted = [shown_result(result) for result in outcomes]
    same = max(len(os.path.commonprefix([text, got])) for text in wanted)
    at = max(0, same - 150) if same > 300 else 0
    return "expected " + " or ".join(text[at:at + 600] for text in wanted[:3]) + \
        ", got " + got[at:at + 600]


def check_run(expected, machine, status, outcome, text):
    """What is wrong with one run, or None."""
    fitting = [result for result in expected.outcomes if same_outcome(result, status, outcome)]
    if not fitting:
        return different(expected.outcomes, status, outcome)
    if not text:
        return None
    problems = []
    for result in fitting:
        try:
            history.check(text, result, dump(machine.input))
            return None
        except history.Difference as difference:
            problems.append(difference)
    return f"history: {max(problems, key=lambda problem: problem.at)}"


def compare(machine, expected, runs, configurations):
    """The first difference, or None."""
    seen, first = set(), None
    for configuration in configurations:
        if configuration not in runs:
            return f"{configuration}: no result"
        status, outcome, text = runs[configuration]
        key = (status, dump(outcome), text)
        if not expected.unsure and key not in seen:
            seen.add(key)
            problem = check_run(expected, machine, status, outcome, text)
            if problem:
                return f"{configuration}: {problem}"
        first = first or (status, dump(outcome), configuration)
        if all(result.serial for result in expected.outcomes) and expected.outcomes and \
                len(expected.outcomes) == 1 and (status, dump(outcome)) != first[:2]:
            return f"{configuration}: {shown(status, outcome)[:1500]}, " \
                f"but {first[2]}: {first[1][:1500]}"
    return None


# ---- batches -----------------------------------------------------------------------


def run_batch(batch, driver, configurations, statistics):
    """{machine's name: difference} of those that differ."""
    folder = tempfile.mkdtemp(prefix="property.")
    try:
        problems, good, expected = {}, [], {}
        for machine in batch:
            complaint = emit(folder, machine)
            if complaint:
                problems[machine.name] = "aslc: " + complaint[:1500]
                continue
            good.append(machine)
            expected[machine.name] = Expected(machine, statistics)
        while good:
            link(folder, good, driver)
            done = call(["./batch", *configurations], folder)
            found, begun = results(done.stdout)
            stopped = done.returncode != 0
            for machine in list(good):
                if stopped and begun and machine.name == begun[0]:
                    problems[machine.name] = f"{begun[1]}: exit {done.returncode}: " \
                        + done.stderr.decode(errors="replace")[:3000]
                elif machine.name in found:
                    problem = compare(machine, expected[machine.name], found[machine.name],
                                      configurations)
                    if problem:
                        problems[machine.name] = problem
                else:
                    continue
                good.remove(machine)
            if stopped and not begun:
                raise Broken(done.stderr.decode(errors="replace")[:3000])
        count(batch, expected, statistics)
        return problems
    finally:
        shutil.rmtree(folder)


def count(batch, expected, statistics):
    for machine in batch:
        say = expected.get(machine.name)
        if say is None:
            continue
        statistics["machines"] += 1
        if say.unsure:
            statistics["not compared: " + say.unsure] += 1
            continue
        result = say.outcomes[0]
        error = "" if result.error is None else dump(result.error[:40])
        statistics[f"outcome {result.status} {error}".rstrip()] += 1
        statistics["several outcomes"] += len(say.outcomes) > 1
        statistics["serial"] += result.serial
        statistics["late"] += say.states >= LATE
        statistics["events"] += len(result.events) + sum(map(len, result.children))
        for event in result.events + [event for child in result.children for event in child]:
            statistics["event " + event.type] += 1
        for _, state in evaluator.all_states(machine.definition):
            for field in state:
                statistics[f"field {state['Type']}.{field}"] += 1


# ---- smaller machines --------------------------------------------------------------


class Variant:
    """A machine made from another one."""

    def __init__(self, origin, number, definition):
        self.name = f"{origin.name.split('_')[0]}_{number}"
        self.definition = definition
        self.tasks, self.input = origin.tasks, origin.input


def scopes(scope):
    yield scope
    for state in scope["States"].values():
        for inner in evaluator.inner_scopes(state):
            yield from scopes(inner)


def targets(state):
    return [rule["Next"] for rule in state.get("Choices", []) + state.get("Catch", [])] + \
        [state[field] for field in ("Next", "Default") if field in state]


def drop_unreachable(scope):
    reached, waiting = set(), [scope["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += targets(scope["States"][name])
    scope["States"] = {name: state for name, state in scope["States"].items() if name in reached}


def redirect(scope, old, new):
    if scope["StartAt"] == old:
        scope["StartAt"] = new
    for state in scope["States"].values():
        for rule in state.get("Choices", []) + state.get("Catch", []) + [state]:
            for field in ("Next", "Default"):
                if rule.get(field) == old:
                    rule[field] = new


def edits(definition):
    """Smaller definitions, the boldest cuts first."""
    for number, scope in enumerate(scopes(definition)):
        for name, state in scope["States"].items():
            if "Next" in state or "Default" in state:
                yield lambda s, name=name, to=state.get("Next", state.get("Default")): \
                    redirect(s, name, to), number
            if "Next" in state:
                yield lambda s, name=name: (s["States"][name].pop("Next"),
                                            s["States"][name].update(End=True)), number
            if len(state.get("Branches", [])) > 1:
                for at in range(len(state["Branches"])):
                    yield lambda s, name=name, at=at: s["States"][name]["Branches"].pop(at), number
            for field in ("Retry", "Catch", "Choices", "Assign", "ResultSelector", "InputPath",
                          "OutputPath", "ItemSelector", "ResultPath", "TimeoutSeconds",
                          "Parameters"):
                if field in state and (field != "Choices" or len(state[field]) > 1):
                    if isinstance(state[field], (list, dict)):
                        keys = range(len(state[field])) if isinstance(state[field], list) \
                            else list(state[field])
                        for key in keys if len(keys) > 1 else ():
                            yield lambda s, name=name, field=field, key=key: \
                                s["States"][name][field].pop(key), number
                    if field != "Choices":
                        yield lambda s, name=name, field=field: s["States"][name].pop(field), number


def variants(machine):
    for number, (edit, at) in enumerate(edits(machine.definition)):
        definition = copy.deepcopy(machine.definition)
        scope = list(scopes(definition))[at]
        edit(scope)
        try:
            for inner in scopes(definition):
                drop_unreachable(inner)
        except KeyError:
            continue
        yield Variant(machine, number, definition)


def shrink(machine, problem, driver, configurations):
    """The smallest machine found that still differs, and how."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        better = None
        candidates = list(variants(machine))
        for at in range(0, len(candidates), BATCH):
            part = [variant for variant in candidates[at:at + BATCH] if comparable(variant)]
            problems = run_batch(part, driver, configurations, collections.Counter())
            for variant in part:
                if not problems.get(variant.name, "aslc:").startswith("aslc:"):
                    better = min(better or variant, variant, key=lambda v: len(dump(v.definition)))
                    problem = problems[better.name] if better is variant else problem
            if better:
                break
        if not better:
            break
        machine = better
    return machine, problem


def comparable(variant):
    """Whether the evaluator can make something of it."""
    try:
        evaluator.outcomes(variant.name, variant.definition, variant.tasks, variant.input)
        return True
    except (evaluator.Unsure, evaluator.TooMany, KeyError, AttributeError, TypeError):
        return False


# ---- main --------------------------------------------------------------------------


def work(seeds, driver, options):
    limit_memory()
    statistics = collections.Counter()
    reports = []
    batch = [machines.Machine(seed) for seed in seeds]
    problems = run_batch(batch, driver, options.configurations, statistics)
    for machine in batch:
        if machine.name in problems:
            reports.append(report(machine, problems[machine.name], driver, options))
    return statistics, reports


def report(machine, problem, driver, options):
    text = f"seed {machine.seed}: {problem}\n" \
        f"    again: make property PROPERTY_FLAGS='--first {machine.seed} --machines 1'"
    if options.shrink and not problem.startswith("aslc:"):
        small, problem = shrink(machine, problem, driver, options.configurations)
        used = {name: mock for name, mock in small.tasks.items()
                if f":{name}\"" in dump(small.definition) or f'"{name}"' in dump(small.definition)}
        text += f"\n    smaller: {problem}\n    {dump(small.definition)}\n" \
            f"    tasks {dump(used)}\n    input {dump(small.input)}"
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
        emit(options.keep, machine)
    return text


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--machines", type=int, default=150)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--statistics", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER", help="for the files of machines that differ")
    parser.add_argument("--configurations", type=lambda text: text.split(","),
                        default=CONFIGURATIONS)
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    return parser.parse_args()


def main():
    options = parse_options()
    seeds = range(options.first, options.first + options.machines)
    batches = [list(seeds[at:at + BATCH]) for at in range(0, len(seeds), BATCH)]
    statistics, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="property.") as folder:
        compile_driver(folder)
        driver = os.path.join(folder, "driver.o")
        with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
            runs = [pool.submit(work, batch, driver, options) for batch in batches]
            for done in concurrent.futures.as_completed(runs):
                counted, reports = done.result()
                statistics.update(counted)
                failed += len(reports)
                for text in reports:
                    print("FAIL " + text, flush=True)
    return finish(options, statistics, failed)


def finish(options, statistics, failed):
    if options.statistics:
        for name in sorted(statistics):
            print(f"{statistics[name]:9} {name}")
    print(f"{options.machines - failed} machines as expected, {failed} not")
    if options.machines >= 100 and statistics["late"] * 2 < statistics["machines"]:
        print("too few machines get beyond their first states")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
