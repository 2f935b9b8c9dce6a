"""JSONPath as in the states of a workflow: parsing and evaluation.

A path is (root, steps, text).  The root is "$", "$$" or "$name"; a step is one of

    ("name", N)  ("index", I)                    definite
    ("all",)  ("slice", A, B)  ("indexes", [I...])  ("scan", N)  ("filter", [TEST...])

and a TEST of a filter is (steps, operator, literal) or (steps, None, None): it exists.
"""

import re

from values import Num, UNDEFINED, Unsure, equal, parse

NAME = re.compile(r"[^\s.\[\]()'\",?*@:]+")
BARE = re.compile(r"[^\W\d][\w]*")
FILTER = re.compile(r"@((?:\.\w+)+)\s*(?:(==|<=|>=|<|>)\s*('[^']*'|[-+.\w]+))?")


class Missing(Exception):
    """A definite path found nothing.  AT is the number of the step that failed."""

    def __init__(self, at, odd=False, scalar=False):
        super().__init__(at)
        self.at = at
        self.odd = odd        # an index on something that is no array: a text of its own
        self.scalar = scalar  # a name in something that is no object


class Path:
    def __init__(self, text):
        self.text = text
        self.steps = []
        if text.startswith("$$"):
            self.root, rest = "$$", text[2:]
        else:
            name = BARE.match(text, 1)
            self.root = "$" + (name.group() if name else "")
            rest = text[len(self.root):]
        self._parse(rest)
        self.definite = all(step[0] in ("name", "index") for step in self.steps)

    def _parse(self, rest):
        while rest:
            if rest.startswith(".."):
                name = NAME.match(rest, 2)
                self.steps.append(("scan", name.group()))
                rest = rest[name.end():]
            elif rest.startswith(".*"):
                self.steps.append(("all",))
                rest = rest[2:]
            elif rest.startswith("."):
                rest = self._dotted(rest)
            else:
                rest = self._bracket(rest)

    def _dotted(self, rest):
        name, at = "", 1
        while at < len(rest) and rest[at] not in ".[":
            at += rest[at] == "\\"
            name += rest[at]
            at += 1
        self.steps.append(("name", name))
        return rest[at:]

    def _bracket(self, rest):
        assert rest[0] == "[", rest
        if rest[1] in "'\"":
            name, at = "", 2
            while rest[at] != rest[1]:
                at += rest[at] == "\\"
                name += rest[at]
                at += 1
            self.steps.append(("name", name))
            return rest[at + 2:]
        if rest[1] == "?":
            end = rest.index(")]")
            self.steps.append(("filter", [_test(part) for part in rest[3:end].split("&&")]))
            return rest[end + 2:]
        end = rest.index("]")
        self.steps.append(_subscript(rest[1:end]))
        return rest[end + 1:]


def _test(text):
    found = FILTER.fullmatch(text.strip())
    steps = [("name", name) for name in found.group(1)[1:].split(".")]
    literal = found.group(3)
    if literal is None:
        return (steps, None, None)
    value = literal[1:-1] if literal[0] == "'" else parse(literal)
    return (steps, found.group(2), value)


def _subscript(text):
    if text == "*":
        return ("all",)
    if ":" in text:
        first, last = text.split(":")
        return ("slice", int(first) if first else None, int(last) if last else None)
    if "," in text:
        return ("indexes", [int(part) for part in text.split(",")])
    return ("index", int(text))


def _step(value, step, at):
    """A definite step."""
    if step[0] == "name":
        if isinstance(value, dict) and step[1] in value:
            return value[step[1]]
        raise Missing(at, scalar=not isinstance(value, dict))
    if not isinstance(value, list):
        raise Missing(at, odd=True)
    if -len(value) <= step[1] < len(value):
        return value[step[1]]
    raise Missing(at)


def _scan(value, name, out):
    if isinstance(value, dict) and name in value:
        out.append(value[name])
    for child in value.values() if isinstance(value, dict) else \
            value if isinstance(value, list) else ():
        _scan(child, name, out)


def _passes(item, test):
    steps, operator, literal = test
    try:
        for at, step in enumerate(steps):
            item = _step(item, step, at)
    except Missing:
        return False
    if operator is None:
        return True
    if operator == "==":
        return equal(item, literal)
    if not isinstance(item, Num) or not isinstance(literal, Num):
        raise Unsure("a filter that orders what are no numbers")
    a, b = item.value(), literal.value()
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _spread(value, step):
    """The matches of any step below VALUE."""
    if step[0] in ("name", "index"):
        try:
            return [_step(value, step, 0)]
        except Missing:
            return []
    if step[0] == "scan":
        out = []
        _scan(value, step[1], out)
        return out
    if step[0] == "all" and isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list):
        return []
    if step[0] == "all":
        return list(value)
    if step[0] == "slice":
        return value[step[1]:step[2]]
    if step[0] == "indexes":
        return [value[i] for i in step[1] if -len(value) <= i < len(value)]
    return [item for item in value if all(_passes(item, test) for test in step[1])]


def walk(path, value):
    """What PATH's steps find below VALUE; Missing."""
    if path.definite:
        for at, step in enumerate(path.steps):
            value = _step(value, step, at)
        return value
    nodes = [value]
    for step in path.steps:
        nodes = [found for node in nodes for found in _spread(node, step)]
    return nodes


def shown(steps):
    """STEPS as Jayway's messages show them."""
    return "$" + "".join(f"['{step[1]}']" if step[0] == "name" else f"[{step[1]}]"
                         for step in steps)


def put(path, document, value):
    """DOCUMENT with VALUE at PATH, a ResultPath; UNDEFINED if it does not fit."""
    if not path.steps:
        return value
    return _put(path.steps, document, value)


def _put(steps, document, value):
    step, rest = steps[0], steps[1:]
    if step[0] == "index":
        if not isinstance(document, list):
            return UNDEFINED
        if not 0 <= step[1] < len(document):
            raise Unsure("ResultPath behind the end of an array")
        inner = _put(rest, document[step[1]], value) if rest else value
        return inner if inner is UNDEFINED else \
            document[:step[1]] + [inner] + document[step[1] + 1:]
    if not isinstance(document, dict):
        return UNDEFINED
    inner = _put(rest, document.get(step[1], {}), value) if rest else value
    if inner is UNDEFINED:
        return UNDEFINED
    out = dict(document)
    out[step[1]] = inner
    return out
