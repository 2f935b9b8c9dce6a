#!/usr/bin/env python3
"""Allocation failures: the n-th allocation fails, for every n, once and from there on.

Whatever fails, a program ends as if nothing had failed, with all of its output, or it says
on stderr that memory is short, with the exit status of what it could not do, and has
written nothing by halves; it never crashes, hangs or leaks (the last with a build of
--enable-sanitize=address).  The same for aslc.

    memory.py          a sample of the failures of some scenes (make check)
    memory.py --all    every failure of every scene, and of the cases of tests/flow
    memory.py [--all] TEXT   only scenes with TEXT in their name

A scene is a file scenes/NAME.flow.json in the form of tests/flow/run.py, whose runs may also
say "each": the text of several inputs, one a line; "output_file": true for --output; "quick"
(of the scene): it is in the sample.  What a run gives without failures is what it must give;
"unordered": the history's events may come in another order.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))
import run as flow  # pylint: disable=wrong-import-position

FAIL_C = os.path.join(HERE, "fail.c")
ASLC_FAILING = os.path.abspath(os.environ.get("ASLC_FAILING") or "tests/memory/aslc")
TIME_LIMIT = 30
SAMPLE = 14
JOBS = 2
# How a message says that memory is short: ours, errno's, and for threads.
SHORT = re.compile("out of memory|Cannot allocate memory|no thread could be started"
                   "|no event loop: Resource temporarily unavailable")
# What depends on the clock where real tasks run.
CLOCK = re.compile(rb'"timestamp":[0-9.]*|root=1-[0-9a-f-]*|\w+, \d\d \w+ \d{4} [\d:]* GMT')
SANITIZED = re.compile("AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer")


class Run:
    """A command, the files it may write, and what comes out of it without failures."""

    def __init__(self, name, command, folder, unordered=False):
        self.name, self.command, self.folder, self.unordered = name, command, folder, unordered
        self.each = "--each" in command
        self.reference = None

    def call(self, number, on=False):
        """What the command did: None for a time-out."""
        where = tempfile.mkdtemp(dir=self.folder)
        log = os.path.join(self.folder, os.path.basename(where) + ".log")
        env = dict(os.environ, ASL_FAIL_AT=str(number), ASL_FAIL_LOG=log, TMPDIR=where,
                   CC=os.path.join(self.folder, "cc"),
                   ASAN_OPTIONS="exitcode=99:allocator_may_return_null=1",
                   UBSAN_OPTIONS="print_stacktrace=1")
        if on:
            env["ASL_FAIL_ON"] = "1"
        try:
            done = subprocess.run([part.replace("@OUT", where) for part in self.command],
                                  cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=TIME_LIMIT, check=False)
            files = {}
            for name in sorted(os.listdir(where)):
                path = os.path.join(where, name)
                with open(path, "rb") if os.path.isfile(path) else open(os.devnull, "rb") as file:
                    files[name] = file.read().replace(where.encode(), b"@OUT")
            with open(log, encoding="ascii") as file:
                notes = file.read()
            return done, files, notes
        except subprocess.TimeoutExpired:
            return None
        finally:
            shutil.rmtree(where)
            if os.path.exists(log):
                os.unlink(log)

    def learn(self):
        """Runs it whole; the number of allocations, of the larger of two runs."""
        counts = []
        for _ in range(2):
            result = self.call(0)
            if result is None:
                raise AssertionError("hangs without failures")
            done, files, notes = result
            counts.append(int(re.search(r"count (\d+)", notes).group(1)))
            self.reference = done, files
        if self.reference[0].returncode not in (0, 1, 3):
            raise AssertionError(f"exit {self.reference[0].returncode} without failures: "
                                 f"{self.reference[0].stderr[-400:]!r}")
        return max(counts)

    def lines(self, data):
        data = CLOCK.sub(b"", data)
        return sorted(data.splitlines()) if self.unordered else data

    def is_reference(self, done, files):
        wanted, wanted_files = self.reference
        return (done.returncode == wanted.returncode and done.stdout == wanted.stdout
                and done.stderr == wanted.stderr and files.keys() == wanted_files.keys()
                and all(self.lines(files[name]) == self.lines(wanted_files[name])
                        for name in files))

    def check(self, number, on):
        """(whether a failure was injected, what is wrong or None)."""
        result = self.call(number, on)
        if result is None:
            return True, "hangs"
        done, files, notes = result
        errors = done.stderr.decode("utf-8", "replace")
        failed = "failed" in notes
        what = (re.search("failed .*", notes) or re.search("$", "")).group(0)
        if done.returncode < 0:
            return failed, f"signal {-done.returncode} ({what}): {errors[-1500:]}"
        if SANITIZED.search(errors) or done.returncode == 99:
            return failed, f"sanitizer ({what}): {errors[-6000:]}"
        if self.is_reference(done, files):
            return failed, None
        shown = (f"({what}) exit {done.returncode}, stdout {done.stdout[-200:]!r}, "
                 f"stderr {errors[-300:]!r}, files {sorted(files)}")
        problem = self.wrong(done, files, errors)
        return failed, f"{problem} {shown}" if problem else None

    def wrong(self, done, files, errors):
        """What is wrong with an end that is not the usual one."""
        if done.returncode == 0:
            return "exit 0 with another output:"
        if self.each: # errors stand among the outputs
            errors += (done.stdout + files.get("output", b"")).decode("utf-8", "replace")
        elif done.returncode == 1 and \
                not SHORT.search(str(flow.last_object(errors).get("Cause"))):
            return "exit 1 without the error's JSON:"
        if not SHORT.search(errors):
            return "no word about memory:"
        if done.returncode not in (1, 2, 5):
            return "exit status:"
        if not self.is_whole(done.stdout, self.reference[0].stdout):
            return "half an output:"
        for name, data in files.items():
            if name not in self.reference[1]:
                return f"{name} is left behind:"
            if name == "history" and not is_lines(data):
                return "half a history:"
            if name != "history" and not self.is_whole(data, self.reference[1][name]):
                return f"half of {name}:"
        return None

    def is_whole(self, data, wanted):
        """Nothing, all, or of several inputs the first lines; a failed one's is its error."""
        if not data or data == wanted:
            return True
        lines, wanted = data.splitlines(), wanted.splitlines()
        return (self.each and is_lines(data) and len(lines) <= len(wanted)
                and all(line == want or SHORT.search(line.decode())
                        for line, want in zip(lines, wanted)))


class CompilerRun(Run):
    def wrong(self, done, files, errors):
        if done.returncode != 3:
            return "exit status:"
        if not SHORT.search(errors):
            return "no word about memory:"
        if done.stdout and not is_json(done.stdout): # a list of no diagnostics is one
            return "half an output:"
        for name, data in files.items():
            if self.reference[1].get(name) != data:
                return f"{name} is left behind:"
        return None


class TestRun(Run):
    """`PROGRAM test`: a case may fail for want of memory, or all of it end."""

    def wrong(self, done, files, errors):
        told = errors + done.stdout.decode("utf-8", "replace")
        lines, wanted = done.stdout.splitlines(), self.reference[0].stdout.splitlines()
        if done.returncode == 0:
            return "exit 0 with another output:"
        if not SHORT.search(told):
            return "no word about memory:"
        if done.returncode == 1:
            return None if wanted[:2] == lines[:2] and b"# coverage" in done.stdout \
                else "half a report:"
        if done.returncode not in (2, 5):
            return "exit status:"
        whole = not lines or lines[-1].startswith(b"Bail out! ")
        return None if whole or done.returncode == 5 else "half a report:"


def is_lines(data):
    """Whole lines of JSON."""
    return not data or (data.endswith(b"\n") and all(is_json(l) for l in data.splitlines()))


def is_json(line):
    try:
        json.loads(line)
        return True
    except ValueError:
        return False


# ---- scenes ---------------------------------------------------------------------------


def program_runs(name, path, folder, all_):
    """The runs of a flow case, its program built with fail.c."""
    with open(path, encoding="utf-8") as file:
        case, marked = flow.load(file.read())
    if not all_ and not case.get("quick"):
        return []
    home = os.path.dirname(path)
    for member, file in (("tasks", "tasks.json"), ("mock", "mock.json")):
        if member in case:
            flow.write(folder, file,
                       {"tasks": marked[member]} if member == "tasks" else marked[member])
    marked["handlers"] = marked.get("handlers", []) + [FAIL_C]
    program = flow.build(marked, home, folder)
    runs = []
    for number, spec in enumerate(case["runs"]):
        if spec.get("exit") not in (None, 0, 1, 3):
            continue
        command = [program] + flow.arguments(spec.get("args", []), folder)
        if "each" in spec:
            command += ["--each", "--input", flow.write(folder, f"each{number}", spec["each"])]
        elif "input_text" in spec or "input" in spec:
            text = spec.get("input_text") or flow.spelled(marked["runs"][number]["input"])
            command += ["--input", flow.write(folder, f"input{number}.json", text)]
        if "tasks" in case:
            command += ["--tasks", os.path.join(folder, "tasks.json")]
        for option, value in (("--time-scale", "0"), ("--seed", "1"), ("--name", "n"),
                              ("--start-time", "2026-01-01T00:00:00Z")):
            if option not in command and not (option == "--name" and "--each" in command):
                command += [option, value]
        if "history" in spec:
            command += ["--history", "@OUT/history"]
        if spec.get("output_file"):
            command += ["--output", "@OUT/output"]
        runs.append(Run(f"{name}, {spec.get('name', f'run {number + 1}')}", command, folder,
                        unordered=spec.get("unordered", False)))
    return runs


EMBEDDED = {"StartAt": "Each", "TimeoutSeconds": 600, "States": {"Each": {
    "Type": "Map", "ItemsPath": "$.items", "End": True, "ItemProcessor": {
        "StartAt": "Wait", "States": {
            "Wait": {"Type": "Wait", "Seconds": 2, "Next": "Call"},
            "Call": {"Type": "Task", "TimeoutSeconds": 60, "End": True, "Resource":
                     "arn:aws:lambda:us-east-1:123456789012:function:answer"}}}}}}


def embedded_runs(folder):
    """A C program with a workflow in it."""
    def call(*command):
        done = flow.call(command, cwd=folder, limit=120)
        if done.returncode != 0:
            raise AssertionError(f"{command[:2]}: {done.stderr[:1500]}")
        return done.stdout
    flow.write(folder, "embedded.asl.json", EMBEDDED)
    call(flow.ASLC, "emit", "--no-main", "--header", "embedded.h", "-o", "embedded.c",
         "embedded.asl.json")
    conf = os.path.join(os.path.dirname(flow.ASLC), "aslc-tree.conf")
    with open(conf, encoding="utf-8") as lines:
        tree = dict(line.rstrip("\n").split("=", 1) for line in lines)
    call(*os.environ.get("CC", tree["cc"]).split(), "-std=gnu11", "-O0", *tree["cflags"].split(),
         "-I", tree["include"], "-I", folder, "-o", "embed", os.path.join(HERE, "embed.c"),
         "embedded.c", FAIL_C, *call(flow.ASLC, "libs", "embedded.asl.json").split())
    return [Run("memory/embed", [os.path.join(folder, "embed")], folder)]


TESTED = {"StartAt": "Work", "States": {
    "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
             "Next": "Each"},
    "Each": {"Type": "Map", "End": True, "ItemProcessor": {
        "StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}}}}
TESTS = {"tasks": {"work": {"mock": {"return": [1, 2]}}}, "cases": [
    {"name": "one", "expect": {"output": [1, 2], "visited": ["Work", "Each", "Item", "Item"]}},
    {"name": "two", "mock": {"Work": [{"Return": [3]}]}, "tasks": {"a": {"mock": {"echo": True}}},
     "expect": {"outputContains": [3]}},
    {"name": "three", "mock": {"Work": [{"Throw": {"Error": "E", "Cause": "{\"a\": [1]}"}}]},
     "expect": {"error": "E", "cause": {"a": [1]}}}]}


def test_runs(folder):
    """A file of cases."""
    flow.write(folder, "tested.asl.json", TESTED)
    flow.write(folder, "tested.test.json", TESTS)
    program = os.path.join(folder, "tested")
    done = flow.call([flow.ASLC, "build", "-o", program, "tested.asl.json", FAIL_C], cwd=folder,
                     limit=120)
    if done.returncode != 0:
        raise AssertionError(f"build: {done.stderr[:1500]}")
    return [TestRun("memory/test", [program, "test", "tested.test.json"], folder)]


def compiler_runs(folder, all_):
    scenes = os.path.join(HERE, "compiler")
    runs = []
    with open(os.path.join(folder, "cc"), "w", encoding="ascii") as file:
        file.write('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/true" > "$2"\n'
                   'chmod +x "$2"\n')
    os.chmod(os.path.join(folder, "cc"), 0o755)
    aslc = os.path.join(folder, "aslc")
    shutil.copy(ASLC_FAILING, aslc)
    conf = os.path.join(os.path.dirname(flow.ASLC), "aslc-tree.conf")
    if os.path.exists(conf):
        shutil.copy(conf, folder)
    for file in sorted(os.listdir(scenes)):
        path = os.path.join(scenes, file)
        commands = [["check", path], ["check", "--format", "json", path],
                    ["check", "--format", "sarif", path],
                    ["emit", "-o", "@OUT/out.c", "--header", "@OUT/out.h", "-MD", path],
                    ["emit", "-o", "-", path], ["emit", "--dump=ir", path],
                    ["build", "-o", "@OUT/program", path],
                    ["build", "-o", "@OUT/program", "--save-c", "@OUT/p.c", path],
                    ["libs", path]]
        if not all_:
            commands = commands[1:4] + commands[6:7] if "good" in file else commands[:1]
        runs += [CompilerRun(f"aslc {' '.join(c[:3] if c[1][0] == '-' else c[:1])} {file}",
                             [aslc] + c, folder) for c in commands]
    return runs


def numbers(total, all_):
    if all_ or total <= SAMPLE:
        return range(1, total + 1)
    return sorted({1 + i * (total - 1) // (SAMPLE - 1) for i in range(SAMPLE)})


def check_run(run, all_):
    """(failures injected, problems)."""
    try:
        total = run.learn()
    except AssertionError as error:
        return 0, [f"{run.name}: {error}"]
    injected, problems = 0, []
    for on in (False, True):
        at = list(numbers(total, all_))
        while at:
            number = at.pop(0)
            failed, problem = run.check(number, on)
            injected += failed
            if problem:
                problems.append(f"{run.name}, allocation {number}{' and all after' if on else ''}"
                                f" of {total}: {problem}")
            # With several threads the count is not always the same: go on to its true end.
            if all_ and failed and not at:
                at.append(number + 1)
    if injected == 0:
        problems.append(f"{run.name}: no failure was injected")
    return injected, problems


CALLED = {"StartAt": "Work", "QueryLanguage": "JSONata", "States": {
    "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
             "Next": "Function"},
    "Function": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                 "Arguments": {"FunctionName": "some", "Payload": "{% $states.input %}"},
                 "Output": "{% $states.result.Payload %}", "Next": "Each"},
    "Each": {"Type": "Map", "Items": "{% $states.input %}", "Next": "Lost", "ItemProcessor": {
        "StartAt": "Ask", "States": {"Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True,
            "Arguments": {"ApiEndpoint": "URL/gzip", "Method": "POST",
                          "Headers": {"X-One": ["1", "2"]}, "QueryParameters": {"a": [1, 2]},
                          "InvocationConfig": {"ConnectionArn": "mine"},
                          "RequestBody": "{% [$states.input] %}"},
            "Output": "{% $states.result.ResponseBody %}"}}}},
    "Lost": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:lost",
             "End": True}}}
CALLS = {"tasks": {"work": {"http": "URL/same", "headers": {"X-A": "b"}},
                   "lost": {"http": "URL/status/404/lost"},
                   "some": {"lambda": "URL/chunked"}},
         "connections": {"mine": {"AuthorizationType": "BASIC", "AuthParameters": {
             "BasicAuthParameters": {"Username": "al", "Password": "p"}}}}}


def http_runs(folder):
    """Calls over HTTP, to a server of tests/http."""
    sys.path.insert(0, os.path.join(HERE, "..", "http"))
    from servers import Handler, Server  # pylint: disable=import-outside-toplevel
    url = f"http://127.0.0.1:{Server(Handler).port}"
    for name, content in (("called.asl.json", CALLED), ("called.tasks.json", CALLS)):
        flow.write(folder, name, json.dumps(content).replace("URL", url))
    program = os.path.join(folder, "called")
    done = flow.call([flow.ASLC, "build", "-o", program, "--tasks", "called.tasks.json",
                      "called.asl.json", FAIL_C], cwd=folder, limit=120)
    if done.returncode != 0:
        raise AssertionError(f"build: {done.stderr[:1500]}")
    return [Run("memory/http", ["env", "no_proxy=*", program, "--workers", "1", "--tasks",
                                "called.tasks.json", "--input-json", "[[1],{\"a\":2}]"], folder)]


def scenes(all_):
    folders = [os.path.join(HERE, "scenes")] + ([flow.HERE] if all_ else [])
    for folder in folders:
        for root, _, files in sorted(os.walk(folder)):
            for file in sorted(files):
                if file == "flow.json" or file.endswith(".flow.json"):
                    path = os.path.join(root, file)
                    yield os.path.relpath(path, os.path.dirname(HERE)), path


def main():
    arguments = sys.argv[1:]
    all_ = "--all" in arguments
    text = "".join(a for a in arguments if a != "--all")
    total, problems, done = 0, [], 0
    with tempfile.TemporaryDirectory(prefix="memory.") as work, \
            concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        def prepare(scene):
            name, path = scene
            return program_runs(name, path, tempfile.mkdtemp(dir=work), all_)
        chosen = [scene for scene in scenes(all_) if text in scene[0]]
        runs = [run for list_ in pool.map(prepare, chosen) for run in list_]
        if text in "memory/embed":
            runs += embedded_runs(tempfile.mkdtemp(dir=work))
        if text in "memory/http":
            runs += http_runs(tempfile.mkdtemp(dir=work))
        if text in "memory/test":
            runs += test_runs(tempfile.mkdtemp(dir=work))
        runs += [run for run in compiler_runs(work, all_) if text in run.name]
        for run, (injected, wrong) in zip(runs, pool.map(lambda r: check_run(r, all_), runs)):
            total += injected
            problems += wrong
            done += 1
            if all_:
                print(f"{run.name}: {injected} failures, {len(wrong)} problems", flush=True)
            for problem in wrong[:3] if not all_ else wrong:
                print(f"FAIL {problem}", flush=True)
    print(f"{total} failures injected")
    print(f"{total - len(problems)} passed, {len(problems)} failed")
    return 77 if not done else 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
