#!/usr/bin/env python3
"""The benchmarks' own parts work: definitions, answers, lines.  Small and without times.

Each definition that is not huge is checked by aslc; the machine of mixed kinds goes through
all its states; expressions give what Python makes of the same document; a line has four
words.
"""

import contextlib
import io
import json
import os
import sys
import tempfile

import tools
import workloads


def check_definitions():
    small = [name for name in workloads.DEFINITIONS if not name.endswith("0000")]
    for name in small:
        tools.output(tools.ASLC, "check", workloads.definition(tools.FOLDER, name))
    return len(small)


def check_mixed():
    """Every state of the mixed machine runs once: that is what its lines divide by."""
    path = os.path.join(tools.FOLDER, "few.asl.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(workloads.mixed(25), file)
    made = tools.at("few")
    tools.output(tools.ASLC, "build", "-o", made, path)
    said = tools.bench(made, "states", 1, "--workers", "1", "--no-tasks")
    maps = sum(state["Type"] == "Map" for state in workloads.mixed(25)["States"].values())
    assert said["transitions"] == 25 + 3 * maps, said


def check_expressions():
    orders = workloads.w6_input()["orders"]
    found = tools.evaluated(tools.evaluator(), 1)
    order = sorted(orders, key=lambda o: (-o["amount"], o["number"]))
    wanted = {
        "sum": sum(o["amount"] for o in orders),
        "count_some": sum(o["state"] == "sent" for o in orders),
        "ids_of_some": [o["number"] for o in orders
                        if o["area"] == "west" and o["amount"] > 400],
        "objects": [{"number": o["number"], "gross": o["amount"] * 1.07} for o in orders],
        "sum_nested": sum(n["count"] * n["each"] for o in orders for n in o["lines"]),
        "group": {area: sum(o["amount"] for o in orders if o["area"] == area)
                  for area in ("west", "south", "north", "east")},
        "sort": [o["number"] for o in order[:12]],
        "map_reduce": sum(o["amount"] for o in orders if o["amount"] > 800),
        "distinct": len({n["article"] for o in orders for n in o["lines"]}),
        "text": ";".join(f"{o['number'].upper()}={o['amount']}" for o in orders[:250]),
    }
    assert {name: answer for name, (answer, _) in found.items()} == wanted, found


def check_lines():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tools.say("w", "metric", 1234.5678, "ns")
        tools.say("w", "metric", 7, "count")
    assert out.getvalue() == "w metric 1235 ns\nw metric 7 count\n", out.getvalue()


def main():
    with tempfile.TemporaryDirectory(prefix="aslc-bench-") as tools.FOLDER:
        count = check_definitions()
        check_expressions()
        check_mixed()
    check_lines()
    print(f"{count} definitions")


if __name__ == "__main__":
    sys.exit(main())
