#!/usr/bin/env python3
"""JSONata expressions that once answered something else than the reference: cases.json,
[expression, input, answer] each; an error is its code."""

import json
import os
import sys
import tempfile

import expressions
import rules
import run

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    with open(os.path.join(HERE, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    programs = [run.Case(0, expressions.Tree(text), [{"input": document, "bindings": {}}])
                for text, document, _ in cases]
    with tempfile.TemporaryDirectory(prefix="query.") as folder:
        answers = run.run_natively(folder, programs)
    failed = 0
    for (text, document, wanted), got in zip(cases, answers):
        if "error" in wanted:
            wanted = {"error": {"code": wanted["error"]}}
        if "crash" in got or not rules.equal(wanted, got):
            failed += 1
            print(f"FAIL {text} with {json.dumps(document)}: expected {json.dumps(wanted)}, "
                  f"got {json.dumps(got)[:1000]}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
