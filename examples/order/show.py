#!/usr/bin/env python3
"""Tell the story of an execution from its history file (one event per line)."""

import json
import sys


def short(value, limit=64):
    """One line of a JSON text or value."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit - 3] + "..."


def details(event):
    return next((v for k, v in event.items() if k.endswith("EventDetails") and v), {})


def failure(info):
    return f"{info.get('error', 'error')}: {short(info.get('cause', ''), 90)}"


def function(info):
    """The function that a Scheduled event calls."""
    if "parameters" in info:
        return json.loads(info["parameters"]).get("FunctionName", info["resource"])
    return info["resource"].rpartition(":")[2]


def tell(event):
    """(mark, text) of an event that is worth a line, else None."""
    kind, info = event["type"], details(event)
    if kind == "ExecutionStarted":
        return "*", f"started with {short(info.get('input', ''))}"
    if kind.endswith("StateEntered"):
        return ">", f"{info['name']}  ({kind[:-len('StateEntered')]})"
    if kind.endswith(("FunctionScheduled", "TaskScheduled")):
        return " ", f"calls {function(info)}"
    if kind in ("LambdaFunctionSucceeded", "TaskSucceeded"):
        return " ", f"got {short(info.get('output', ''))}"
    if kind.endswith(("FunctionFailed", "TaskFailed", "TimedOut")) and "Execution" not in kind:
        return "!", failure(info)
    if kind == "MapStateStarted":
        return " ", f"{info['length']} items"
    if kind == "MapIterationStarted":
        return "-", f"item {info['index']}"
    if kind == "MapIterationAborted":
        return "!", f"item {info['index']} stopped"
    if kind == "ExecutionSucceeded":
        return "*", "SUCCEEDED"
    if kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
        return "*", f"{kind[len('Execution'):].upper()}  {failure(info) if info else ''}"
    return None


def levels(events):
    """(event, how far it is indented): what is inside a Parallel or Map one step more."""
    level, scope, started = {0: 0}, {}, set()
    for event in events:
        kind, name = event["type"], details(event).get("name")
        here = level.get(event["previousEventId"], 0)
        if kind.startswith("Execution"):
            here = 0
        elif kind == "MapIterationStarted":
            here = scope.get(name, here) + 1
        elif name in scope and kind.endswith("Exited"):
            here = scope[name]
        elif event["previousEventId"] in started:
            here += 1  # the first state of a branch or iteration
        if kind in ("MapStateEntered", "ParallelStateEntered"):
            scope[name] = here
        if kind in ("ParallelStateStarted", "MapIterationStarted"):
            started.add(event["id"])
        level[event["id"]] = here
        yield event, here


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    start = events[0]["timestamp"] if events else 0
    for event, level in levels(events):
        line = tell(event)
        if line:
            extra = 0 if line[0] in "*>-" else 1
            print(f"  {event['timestamp'] - start:7.3f}s {'  ' * (level + extra)}{line[0]} {line[1]}")


main()
