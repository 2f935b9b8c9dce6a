"""Whether a history is one of those that the evaluator's events allow.

Events of one scope are in order; those of branches and iterations that run side by side
may be mixed in any way.  So each event of the history is looked up among the expected
ones by what it says and by the event that it says it follows (previousEventId).
"""

import json
import re

from evaluator import ANY
from values import dump, parse

EVENT_ID = re.compile(r"\(entered at the event id #(\d+)\)")
STATE_OF = re.compile(r"executing the state '(.*)' \(entered at the event id #(\d+)\)", re.DOTALL)


def neutral(cause):
    """CAUSE with the id of an event left out."""
    return cause if cause is None else EVENT_ID.sub("(entered at the event id #N)", cause)


def same_cause(expected, actual):
    return expected is ANY or expected == neutral(actual)


class Difference(Exception):
    """AT: how many events were as expected before."""

    at = 0


def _expected_key(event):
    details = event.details
    out = [event.type, event.time // 1000]
    for name in ("name", "index", "length", "timeout", "error"):
        out.append(details.get(name))
    for name in ("input", "output"):
        out.append(dump(details[name]) if name in details else None)
    assigned = details.get("assigned") or {}
    out.append(tuple(sorted((name, dump(assigned[name])) for name in assigned)))
    return tuple(out)


def _actual_key(event):
    details = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    output, type_ = details.get("output"), event["type"]
    if type_ == "TaskSucceeded":  # the envelope around it is the service's
        output = dump(parse(output)["Payload"])
    return (type_, round(event["timestamp"] * 1000), details.get("name"), details.get("index"),
            details.get("length"), details.get("timeoutInSeconds"), details.get("error"),
            details.get("parameters", details.get("input")), output,
            tuple(sorted(details.get("assignedVariables", {}).items()))), details.get("cause")


def _shown(event):
    text = json.dumps(event, ensure_ascii=False)
    return text if len(text) < 700 else text[:700] + "..."


class Group:
    """The events of one execution."""

    def __init__(self, expected, loose, input_text=None):
        self.loose = loose
        self.expected = expected
        self.by_key = {}
        for at, event in enumerate(expected):
            key = _expected_key(event)
            if at == 0 and input_text is not None:  # as it was given, blanks and all
                key = key[:7] + (input_text,) + key[8:]
            self.by_key.setdefault(key, []).append(event)
        self.forget()

    def forget(self):
        """As if nothing had been taken."""
        self.found = {0: None}   # id -> expected event
        self.passed = {}         # id of an abort event -> the one it follows
        self.matched = set()

    def first_key(self):
        return next(iter(self.by_key))

    def needed(self):
        return sum(not event.optional for event in self.expected)

    def take(self, event):
        key, cause = _actual_key(event)
        previous = event["previousEventId"]
        while previous in self.passed:
            previous = self.passed[previous]
        before = self.found.get(previous, self)
        for candidate in self.by_key.get(key, []):
            if id(candidate) not in self.matched and before in candidate.previous and \
                    same_cause(candidate.details.get("cause"), cause):
                self.matched.add(id(candidate))
                self.found[event["id"]] = candidate
                return
        if self.loose and (event["type"].endswith("StateAborted")
                           or event["type"] in ("MapIterationAborted", "MapRunAborted",
                                                "ExecutionAborted")):
            self.passed[event["id"]] = event["previousEventId"]
            return
        raise Difference(f"not expected: {_shown(event)}; {self.near(key, cause, before)}")

    def near(self, key, cause, before):
        """How the expected event that is most like an unexpected one differs."""
        best = None
        for candidate in self.expected:
            if candidate.type != key[0] or id(candidate) in self.matched:
                continue
            other = _expected_key(candidate)
            differences = [f"{wanted!r}" for wanted, got in zip(other, key) if wanted != got]
            if before not in candidate.previous:
                differences.append("after " + str([event and event.type
                                                   for event in candidate.previous]))
            if not same_cause(candidate.details.get("cause"), cause):
                differences.append(f"cause {candidate.details.get('cause')!r}")
            if best is None or len(differences) < len(best):
                best = differences
        return "expected: " + ("none of that type" if best is None else ", ".join(best))[:1200]

    def finish(self):
        for event in self.expected:
            if id(event) not in self.matched and not event.optional:
                raise Difference(f"missing: {event.type} {str(event.details)[:500]} "
                                 f"at {event.time}")


def _ids(events):
    """The ids count up from 1, nothing follows what comes later, time does not go back."""
    for at, event in enumerate(events):
        if event["id"] != at + 1 or event["previousEventId"] >= event["id"]:
            raise Difference(f"id {_shown(event)}")
        if at and event["timestamp"] < events[at - 1]["timestamp"]:
            raise Difference(f"time goes back: {_shown(event)}")


def _causes(events):
    """A Cause that names the event of a state names the right one."""
    for event in events:
        for value in event.values():
            found = STATE_OF.search(value.get("cause") or "") if isinstance(value, dict) else None
            if not found:
                continue
            at = int(found.group(2))
            named = events[at - 1].get("stateEnteredEventDetails", {}) if at <= len(events) else {}
            if named.get("name") != found.group(1):
                raise Difference(f"the id in {_shown(event)}")


def read(text):
    """The events of each execution in TEXT; the first is the main one."""
    groups = {}
    for line in text.rstrip("\n").split("\n"):
        event = json.loads(line)
        groups.setdefault(event.get("executionArn"), []).append(event)
    return groups.pop(None, []), list(groups.values())


def check(text, result, input_text):
    """Difference if TEXT is no history of RESULT."""
    main, children = read(text)
    _ids(main)
    _causes(main)
    group = Group(result.events, result.loose, input_text)
    try:
        for event in main:
            group.take(event)
        group.finish()
    except Difference as difference:
        difference.at = len(group.matched)
        raise
    _check_children(children, result)


def _check_children(children, result):
    groups = {}
    for expected in result.children:
        if expected:
            child = Group(expected, result.loose)
            groups.setdefault(child.first_key(), []).append(child)
    for waiting in groups.values():  # those that must be there whole come first
        waiting.sort(key=lambda child: -child.needed())
    for events in children:
        _ids(events)
        _causes(events)
        waiting = groups.get(_actual_key(events[0])[0])
        if not waiting:
            raise _late(f"not expected: an execution that begins {_shown(events[0])}")
        _take_child(waiting, events)
    for waiting in groups.values():
        for child in waiting:
            child.finish()


def _late(text):
    difference = Difference(text)
    difference.at = 1 << 30
    return difference


def _take_child(waiting, events):
    """EVENTS are those of one of WAITING, executions with the same beginning."""
    problem = None
    for at, group in enumerate(waiting):
        try:
            for event in events:
                group.take(event)
            group.finish()
            del waiting[at]
            return
        except Difference as difference:
            problem = problem or difference
            group.forget()
    raise _late(str(problem))
