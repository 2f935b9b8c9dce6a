#!/usr/bin/env python3
"""Random JSONata expressions: compiled, they answer what the reference answers.

    run.py [--expressions N] [--documents N] [--first SEED] [--jobs N] [--statistics]
           [--keep FOLDER] [--no-shrink]

Each expression (expressions.py), made from its seed, is evaluated with some documents by
npm's jsonata 2.0.6 (reference.mjs) and natively: `aslc emit --expressions` compiles many in
one program, tests/conformance/jsonata_driver.c runs it.  Value, undefined, function and the
code of an error must be the same, but for what rules.py explains.  An expression that
differs is made smaller as long as it still differs, and printed with its seed and document.

Where there is no node or no jsonata 2.0.6 (in node_modules of $JSONATA_FOLDER, of the
working folder or npm's global one), says so and exits 77.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time

import expressions
import rules

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "..", ".."))
ASLC = os.path.abspath(os.environ.get("ASLC") or os.path.join(TOP, "compiler", "aslc"))
DRIVER = os.path.join(TOP, "tests", "conformance", "jsonata_driver.c")
VERSION = "2.0.6"
BATCH = 400
SECONDS = 20        # for one evaluation; the machine may be loaded
SHRINK_SECONDS = 40
SKIP = 77


class Broken(Exception):
    """The tools or the program did not do their part."""


def settings():
    """What aslc-tree.conf says of the tree that ASLC is built in."""
    with open(os.path.join(os.path.dirname(ASLC), "aslc-tree.conf"), encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split("=", 1) for line in lines)


def reference():
    """The folder whose node_modules has jsonata, or None."""
    if not shutil.which("node"):
        return None
    folders = [os.environ.get("JSONATA_FOLDER"), os.getcwd()]
    if shutil.which("npm"):
        root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False)
        folders.append(os.path.dirname(root.stdout.strip()))
    for folder in filter(None, folders):
        try:
            with open(os.path.join(folder, "node_modules", "jsonata", "package.json"),
                      encoding="utf-8") as file:
                if json.load(file)["version"] == VERSION:
                    return os.path.abspath(folder)
        except FileNotFoundError:
            continue
    return None


# ---- running -----------------------------------------------------------------------


class Case:
    """One expression, its documents and what came out."""

    def __init__(self, seed, tree, requests):
        self.seed, self.tree, self.requests = seed, tree, requests
        self.text = str(tree)

    @classmethod
    def of(cls, seed, documents):
        generator = expressions.Generator(seed)
        tree = generator.expression()
        return cls(seed, tree, [generator.document() for _ in range(documents)])


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))


def talk(command, lines, environment, limit):
    """The lines that COMMAND answers to LINES until it ends or says nothing for SECONDS; how
    it ended."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as complaint, \
            selectors.DefaultSelector() as selector:
        source.write("".join(lines).encode())
        source.seek(0)
        with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=complaint,
                              env=environment, preexec_fn=limit) as process:
            selector.register(process.stdout, selectors.EVENT_READ)
            output, end = [], None
            while end is None:
                if not selector.select(SECONDS):
                    process.kill()
                    end = "too slow"
                    break
                piece = os.read(process.stdout.fileno(), 1 << 20)
                output.append(piece)
                if not piece:
                    end = f"exit {process.wait()}"
        complaint.seek(0)
        text = complaint.read().decode(errors="replace")
    return b"".join(output).split(b"\n")[:-1], f"{end} {text[:1500]}"


def answers(command, lines, environment=None, limit=None):
    """An answer for each of LINES."""
    got = []
    while len(got) < len(lines):
        part, end = talk(command, lines[len(got):], environment, limit)
        got += [json.loads(line) for line in part]
        if len(got) < len(lines):
            got.append({"crash": end})
    return got


def compile_batch(folder, cases):
    tree = settings()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "batch.json"), "w", encoding="utf-8") as file:
        json.dump([{"expression": case.text, "variables": list(case.requests[0]["bindings"])}
                   for case in cases], file)
    commands = [
        [ASLC, "emit", "--expressions", "-o", "batch.c", "batch.json"],
        [*tree["cc"].split(), "-std=gnu11", "-O0", "-w", *tree["cflags"].split(),
         "-I" + tree["include"], "-I.", '-DEXPRESSIONS="batch.c"', "-o", "batch", DRIVER,
         tree["lib"], *tree["libs_hash"].split(), *tree["libs_regex"].split(),
         *tree["libs"].split()]]
    for command in commands:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        if done.returncode:
            raise Broken(f"{command[0]}: {done.returncode} {done.stderr.decode()[:2000]}")


def run_natively(folder, cases):
    """The answers of CASES, compiled; a case whose compilation fails has that as its answer."""
    try:
        compile_batch(folder, cases)
    except Broken as broken:
        if len(cases) == 1:
            return [{"crash": str(broken)}] * len(cases[0].requests)
        half = len(cases) // 2
        return run_natively(folder, cases[:half]) + run_natively(folder, cases[half:])
    lines = [json.dumps({"case": number, **request}) + "\n"
             for number, case in enumerate(cases) for request in case.requests]
    limit = None if settings()["cflags"] else limit_memory
    return answers([os.path.join(folder, "batch")], lines, None, limit)


def run_reference(where, cases):
    lines = [json.dumps({"expression": case.text, **request}) + "\n"
             for case in cases for request in case.requests]
    return answers(["node", "--max-old-space-size=1500", "--stack-size=3900",
                    os.path.join(HERE, "reference.mjs"), where], lines,
                   {**os.environ, "TZ": "UTC"})


class Difference:
    def __init__(self, case, request, expected, got):
        self.case, self.request, self.expected, self.got = case, request, expected, got


def compare(folder, where, cases, statistics):
    """The differences of CASES that nothing explains."""
    native = iter(run_natively(folder, cases))
    expected = iter(run_reference(where, cases))
    differences = []
    for case in cases:
        for request in case.requests:
            wanted, got = next(expected), next(native)
            statistics["pairs"] += 1
            statistics["reference: " + kind(wanted)] += 1
            why = rules.verdict(case.text, request.get("input"), wanted, got)
            if why == rules.DIFFERENT:
                differences.append(Difference(case, request, wanted, got))
            elif why:
                statistics["explained: " + why] += 1
    return differences


def kind(answer):
    return next(iter(answer)) if "error" not in answer \
        else "error " + (answer["error"]["code"] or "without code")


# ---- making smaller ------------------------------------------------------------------


def variants(tree, documents):
    """Trees smaller than TREE: a part of it, or it with a part replaced."""
    size = len(str(tree))
    seen, pending = set(), [tree]
    while pending:
        part = pending.pop(0)
        pending += part.trees()
        for new in [part] + [inner for inner in part.trees()] + \
                [expressions.Tree(leaf) for leaf in ("1", "a", "$", '"a"')]:
            for whole in (new, tree.replaced(part, new)):
                text = str(whole)
                if len(text) < size and text not in seen:
                    seen.add(text)
                    yield Case(0, whole, documents)


def shrink(folder, where, difference):
    limit = time.monotonic() + SHRINK_SECONDS
    while time.monotonic() < limit:
        candidates = list(variants(difference.case.tree, [difference.request]))[:300]
        found = compare(folder, where, candidates, collections.Counter()) if candidates else []
        if not found:
            break
        difference = min(found, key=lambda found: len(found.case.text))
    return difference


def describe(difference):
    return f"    {difference.case.text}\n    with {json.dumps(difference.request)[:3000]}\n" \
        f"    expected {json.dumps(difference.expected)[:400]}\n" \
        f"    got      {json.dumps(difference.got)[:1200]}"


# ---- main --------------------------------------------------------------------------


def work(seeds, where, options):
    statistics = collections.Counter()
    reports = []
    cases = [Case.of(seed, options.documents) for seed in seeds]
    with tempfile.TemporaryDirectory(prefix="query.") as folder:
        differences = compare(folder, where, cases, statistics)
        told = set()
        for difference in differences:
            seed = difference.case.seed
            if seed in told:
                continue
            told.add(seed)
            text = f"seed {seed}"
            if options.shrink:
                difference = shrink(folder, where, difference)
            reports.append(text + "\n" + describe(difference))
        if options.keep and reports:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    statistics["differences"] += len(differences)
    return statistics, reports


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--expressions", type=int, default=400)
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--statistics", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER", help="for the C of a batch that differs")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    return parser.parse_args()


def main():
    options = parse_options()
    where = reference()
    if not where:
        print(f"SKIPPED: needs node and npm's jsonata {VERSION}; set JSONATA_FOLDER to the folder "
              "whose node_modules has it", file=sys.stderr)
        return SKIP
    seeds = range(options.first, options.first + options.expressions)
    batches = [list(seeds[at:at + BATCH]) for at in range(0, len(seeds), BATCH)]
    statistics, failed = collections.Counter(), 0
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(work, batch, where, options) for batch in batches]
        for done in concurrent.futures.as_completed(runs):
            counted, reports = done.result()
            statistics.update(counted)
            failed += len(reports)
            for text in reports:
                print("FAIL " + text, flush=True)
    if options.statistics:
        for name in sorted(statistics):
            print(f"{statistics[name]:9} {name}")
    print(f"{statistics['pairs']} pairs, {statistics['differences']} differ without a reason, "
          f"in {failed} expressions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
