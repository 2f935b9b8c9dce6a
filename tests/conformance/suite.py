"""What the conformance runners share: options, known failures, the closing lines."""

import argparse
import collections
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TIME_LIMIT = 20
BUILD_LIMIT = 300


def compiler():
    """The aslc to use: $ASLC, else the one of this tree."""
    return os.path.abspath(
        os.environ.get("ASLC") or os.path.join(HERE, "..", "..", "compiler", "aslc"))


def options(description, data):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", metavar=data)
    parser.add_argument("--filter", metavar="TEXT", default="",
                        help="only cases with TEXT in their name")
    parser.add_argument("--known", metavar="FILE",
                        help="names of cases that are known to fail, one a line")
    parser.add_argument("--write-known", metavar="FILE",
                        help="write the names of the cases that fail to FILE")
    parser.add_argument("-j", dest="jobs", type=int, default=2, metavar="N")
    parser.add_argument("--keep", metavar="DIR",
                        help="leave programs, inputs and histories in DIR")
    return parser


def run(command, limit=TIME_LIMIT, **more):
    """Runs a command; returns (exit status or a reason, stdout, stderr), bytes."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=limit, check=False, **more)
    except subprocess.TimeoutExpired as late:
        return f"ran over {limit} s", late.stdout or b"", late.stderr or b""
    except OSError as error:
        return f"cannot run {command[0]}: {error.strerror}", b"", b""
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}", done.stdout, done.stderr
    return done.returncode, done.stdout, done.stderr


def tail(data, lines=3, limit=500):
    """The end of what a program wrote, on one line."""
    text = data.decode("utf-8", "replace").strip().splitlines()
    return " | ".join(text[-lines:])[-limit:]


def head(data, lines=3, limit=500):
    text = data.decode("utf-8", "replace").strip().splitlines()
    return " | ".join(text[:lines])[:limit]


class Results:
    """Collects (name, folder, reason or None); prints and judges at the end."""

    def __init__(self, arguments):
        self.known = set()
        self.write_to = arguments.write_known
        known_file = arguments.known
        if known_file:
            with open(known_file, encoding="utf-8") as lines:
                self.known = {line.strip() for line in lines
                              if line.strip() and not line.startswith("#")}
        self.reasons = {}
        self.folders = {}

    def add(self, name, folder, reason):
        self.reasons[name] = reason
        self.folders[name] = folder

    def write_known(self):
        with open(self.write_to, "w", encoding="utf-8") as file:
            print("# Cases that are known to fail.  This list only shrinks.", file=file)
            for name, reason in sorted(self.reasons.items()):
                if reason is not None:
                    print(name, file=file)

    def close(self):
        """Prints all; returns the exit status."""
        table = collections.defaultdict(lambda: [0, 0])
        unexpected, cured = 0, []
        for name in sorted(self.reasons):
            reason = self.reasons[name]
            table[self.folders[name]][reason is not None] += 1
            if reason is not None:
                known = name in self.known
                unexpected += not known
                print(f"FAIL {name}{' (known)' if known else ''}\n     {reason}")
            elif name in self.known:
                cured.append(name)
        for name in cured:
            print(f"PASSES, but is listed as a known failure: {name}")
        if len(table) > 1:
            print()
            for folder, (good, bad) in sorted(table.items()):
                print(f"{folder:40} {good:5} passed {bad:5} failed")
        if self.write_to:
            self.write_known()
        good = sum(reason is None for reason in self.reasons.values())
        if self.known:
            print(f"\n{unexpected} unexpected failures; "
                  f"{len(cured)} listed cases pass and must leave the list")
        print(f"{good} passed, {len(self.reasons) - good} failed")
        sys.stdout.flush()
        return 1 if unexpected or cured else 0
