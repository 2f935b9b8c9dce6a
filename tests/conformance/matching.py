"""Comparing what a program did with what AWS was recorded to do.

The rules are those of the conformance data's README ("Comparing"): placeholders stand for
any text but always the same, masks of the recorder stand for time stamps and request
numbers, JSON inside a string is compared as JSON, numbers are compared by value, and events
inside a Parallel or Map as a bag.  Every function returns None, or why it does not match.
"""

import collections
import json
import re

PLACEHOLDER = re.compile(r"<[A-Za-z_][A-Za-z0-9_-]*(?::\d+)?>")
AFTER_MARK = re.compile(r"([:,]) +")
METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")
# What AWS recorded of the services that the mocks of a case stand for, and mocks leave out.
UNMOCKED = METADATA + ("ExecutedVersion", "RedriveCount", "RedriveStatus", "RedriveStatusReason")
REDRIVE = ("RedriveCount", "RedriveStatus", "RedriveStatusReason")
UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*|date|datetime|timestamp")


def short(value, limit=220):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 20] + f"...({len(text)} chars)"


def parse(text):
    """The JSON value of a text that holds an array or object, else None."""
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list)) else None


def made_up_names(case):
    """Names that the test made up each time, `queue-73e08fde`, have a number in the case's
    input instead, `queue-0002`; the recording still has them where they are part of a text."""
    names = set(re.findall(r"\b[a-z]+(?:-[a-z]+)*-\d{4}\b", json.dumps(case.get("input"))))
    return [(re.compile(re.escape(name[:-4]) + r"[0-9a-f]{8}\b"), name) for name in sorted(names)]


class Matcher:
    """Compares for one case; remembers what each placeholder stood for."""

    def __init__(self, case):
        self.bindings = sorted(
            case.get("bindings", {}).items(), key=lambda item: -len(item[0]))
        self.made_up = made_up_names(case)
        self.seen = {}
        self.optional = UNMOCKED if case.get("mock") else ()
        # Executions could not be redriven before the end of 2023, and nothing was told of it.
        year = case.get("recorded_date", "2026").split(",")[0][-4:]
        self.later = REDRIVE if year <= "2023" else ()
        self.uuid = UUID  # what a placeholder of one may stand for
        self.masked_keys = collections.defaultdict(set)
        self.masked_texts = set()
        self.masks = {mask["text"] for mask in case.get("wildcards", [])}
        for mask in case.get("wildcards", []):
            text = mask["text"]
            if "jsonpath" in mask:
                key = re.split(r"[.\[\]']+", mask["jsonpath"].rstrip("]'"))[-1]
                self.masked_keys[key].add(text)
            elif not PLACEHOLDER.search(text):
                self.masked_texts.add(text)

    def is_mask(self, value):
        """Whether the recorder put a mask in place of all of the value."""
        return isinstance(value, str) and value in self.masks

    def concrete(self, value):
        """The recorded value with every binding filled in."""
        if isinstance(value, str):
            for key, text in self.bindings:
                value = value.replace(key, text if isinstance(text, str) else json.dumps(text))
            for recorded, text in self.made_up:
                value = recorded.sub(text, value)
            return value
        if isinstance(value, list):
            return [self.concrete(item) for item in value]
        if isinstance(value, dict):
            return {self.concrete(key): self.concrete(item) for key, item in value.items()}
        return value

    def matches(self, expected, got, where="output", key=""):
        return self._match(self.concrete(expected), got, where, key)

    def text(self, expected, got, where):
        """Exact text, but for placeholders."""
        expected = self.concrete(expected)
        if self._masked(expected, "output", got) or self._text(expected, got):
            return None
        return self._differ(where, expected, got)

    @staticmethod
    def _differ(where, expected, got):
        return f"{where}: expected {short(expected)}, got {short(got)}"

    def _masked(self, expected, key, got):
        lower = key.lower()
        if expected in self.masked_keys.get(key, ()) or expected in self.masked_texts:
            return True
        if expected == "timestamp" and "timestamp" in lower:
            return True
        if expected in ("date", "datetime"):
            return isinstance(got, (int, float)) or bool(INSTANT.fullmatch(str(got)))
        return False

    def _text(self, expected, got):
        pattern, names, last = "", [], 0
        for found in PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[last:found.start()])
            last = found.end()
            name = found.group()
            if name in self.seen:
                pattern += re.escape(self.seen[name])
            elif name in names:
                pattern += f"(?P=p{names.index(name)})"
            else:
                inner = self.uuid if name.startswith("<uuid") else ".*?"
                pattern += f"(?P<p{len(names)}>{inner})"
                names.append(name)
        if last == 0:
            return expected == got
        found = re.fullmatch(pattern + re.escape(expected[last:]), got, re.DOTALL)
        if not found:
            return False
        for number, name in enumerate(names):
            self.seen[name] = found.group(f"p{number}")
        return True

    def _match(self, expected, got, where, key):
        if isinstance(expected, str):
            return self._match_string(expected, got, where, key)
        if isinstance(got, str) and isinstance(expected, (dict, list)):
            inner = parse(got)  # the recorder parsed texts that hold JSON
            if inner is not None:
                got = inner
        if isinstance(expected, dict) and isinstance(got, dict):
            return self._match_object(expected, got, where, key)
        if isinstance(expected, list) and isinstance(got, list):
            if len(expected) != len(got):
                return self._differ(f"{where} (length)", expected, got)
            for number, (one, other) in enumerate(zip(expected, got)):
                reason = self._match(one, other, f"{where}[{number}]", key)
                if reason:
                    return reason
            return None
        if isinstance(expected, bool) or isinstance(got, bool) or expected is None:
            same = expected is got
        elif isinstance(expected, (int, float)) and isinstance(got, (int, float)):
            same = expected == got
        else:
            same = False
        return None if same else self._differ(where, expected, got)

    @staticmethod
    def _masked_header(expected, where, key):
        """The recorder put the header's own name, with a hyphen before each capital, in the
        place of a value that changes."""
        hyphens = re.sub(r"(?<!^)(?=[A-Z])", "-", key).lower()
        return ".Headers." in where and expected == hyphens

    def _match_string(self, expected, got, where, key):
        if self._masked_header(expected, where, key):
            return None
        if self._masked(expected, key, got) or PLACEHOLDER.fullmatch(expected) and (
                not isinstance(got, str)):
            return None
        if not isinstance(got, str):
            inner = parse(expected)
            if inner is not None and isinstance(got, (dict, list)):
                return self._match(inner, got, where, key)
            return self._differ(where, expected, got)
        if self._text(expected, got):
            return None
        one, other = parse(expected), parse(got)
        if one is not None and other is not None:
            return self._match(one, other, where + " (JSON text)", key)
        # A mask may have eaten a quote, so that the recorded text is no JSON any more.
        if one is None and other is not None and expected[:1] in "{[" and self._text(
                AFTER_MARK.sub(r"\1", expected), AFTER_MARK.sub(r"\1", got)):
            return None
        return self._differ(where, expected, got)

    def _match_object(self, expected, got, where, key):
        if key in METADATA:
            return self._match_metadata(expected, got, where)
        rest = dict(got)
        for name, value in expected.items():
            actual = name
            if name not in rest and PLACEHOLDER.search(name):
                actual = next((k for k in rest if self._text(name, k)), name)
            if actual not in rest and actual in self.optional:
                continue
            if actual not in rest:
                return f"{where}: expected member {short(name)}, got members {short(list(got))}"
            reason = self._match(value, rest.pop(actual), f"{where}.{name}", name)
            if reason:
                return reason
        rest = {name: value for name, value in rest.items() if name not in self.later}
        return f"{where}: unexpected members {short(rest)}" if rest else None

    def _match_metadata(self, expected, got, where):
        status = expected.get("HttpStatusCode")
        if status is not None and got.get("HttpStatusCode") != status:
            return self._differ(f"{where}.HttpStatusCode", status, got.get("HttpStatusCode"))
        if "RequestId" in expected and "RequestId" not in got:
            return f"{where}: expected a RequestId"
        return None


def _name(event):
    for details in ("stateEnteredEventDetails", "stateExitedEventDetails"):
        if details in event:
            return event[details].get("name")
    return None


def _scopes(events):
    """The history as a list of types; the events of an outermost Parallel or Map, from
    after its Entered up to its Exited or the end, as one bag."""
    out, index = [], 0
    while index < len(events):
        kind = events[index]["type"]
        out.append(kind)
        index += 1
        if kind not in ("ParallelStateEntered", "MapStateEntered"):
            continue
        name, leave = _name(events[index - 1]), kind.replace("Entered", "Exited")
        bag = collections.Counter()
        while index < len(events) and not (
                events[index]["type"] == leave and _name(events[index]) == name):
            bag[events[index]["type"]] += 1
            index += 1
        out.append(bag)
    return out


PARALLEL_ENDS = ("ParallelStateSucceeded", "ParallelStateFailed", "ParallelStateExited")


def _without_ends(events):
    return [event for event in events if event["type"] not in PARALLEL_ENDS]


def _bag_difference(expected, got):
    missing, extra = expected - got, got - expected
    parts = [f"{sign}{count} {kind}" for sign, bag in (("-", missing), ("+", extra))
             for kind, count in sorted(bag.items())]
    return ", ".join(parts)


def match_history(expected, got):
    """Compares the types of two histories (README, rule 6)."""
    types = [event["type"] for event in expected]
    sorted_by_recorder = any(event.get("id") in (0, [0]) for event in expected)
    if "ParallelStateStarted" in types and not any(t in types for t in PARALLEL_ENDS[:2]):
        expected, got = _without_ends(expected), _without_ends(got)
        sorted_by_recorder = True
    if sorted_by_recorder:
        one = collections.Counter(event["type"] for event in expected)
        other = collections.Counter(event["type"] for event in got)
        return None if one == other else "history (bag): " + _bag_difference(one, other)
    one, other = _scopes(expected), _scopes(got)
    for number in range(max(len(one), len(other))):
        left = one[number] if number < len(one) else "nothing"
        right = other[number] if number < len(other) else "nothing"
        if left == right:
            continue
        if isinstance(left, collections.Counter) and isinstance(right, collections.Counter):
            return "history, inside Parallel or Map: " + _bag_difference(left, right)
        show = [x if isinstance(x, str) else "events of a scope" for x in (left, right)]
        return (f"history: event {number + 1}: expected {show[0]}, got {show[1]}; all got: "
                + short(" ".join(event["type"] for event in got), 600))
    return None
