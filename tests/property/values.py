"""JSON values of the reference evaluator: dict, list, str, bool, None and Num."""

import decimal
import json
import re

_ESCAPED = re.compile(r'[\x00-\x1f"\\]')
UNDEFINED = object()


class Num:
    """A number: what the document says, digit for digit."""

    __slots__ = ("text",)

    def __init__(self, text):
        self.text = str(text)

    def value(self):
        return decimal.Decimal(self.text)

    def whole(self):
        """Its integer, or None."""
        exact = self.value()
        return int(exact) if exact == exact.to_integral_value() else None

    def __repr__(self):
        return f"Num({self.text})"


class Unsure(Exception):
    """The reference does not say what happens here."""


def parse(text):
    def refuse(name):
        raise ValueError(name)
    return json.loads(text, parse_int=Num, parse_float=Num, parse_constant=refuse)


def dump(value):
    """Compact JSON text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump(key)}:{dump(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(item) for item in value) + "]"
    if isinstance(value, Num):
        return value.text
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(_escape, value) + '"'
    return {None: "null", True: "true", False: "false"}[value]


def _escape(found):
    letter = found.group()
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r",
             '"': '\\"', "\\": "\\\\"}
    return short.get(letter) or f"\\u{ord(letter):04X}"


def plain(value):
    """VALUE with Python's numbers as Num; for what the generator writes down."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Num(value)
    return value


def kind(value):
    for name, types in (("object", dict), ("array", list), ("string", str),
                        ("boolean", bool), ("number", Num)):
        if isinstance(value, types):
            return name
    return "null"


def equal(a, b):
    """Deep equality; whether 1 is 1.0 there, the reference does not say."""
    if kind(a) != kind(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, Num):
        if a.value() == b.value() and a.text != b.text:
            raise Unsure("equality of numbers that are written differently")
        return a.text == b.text
    return a == b


def _java_hash(text):
    units = text.encode("utf-16-be", "surrogatepass")
    code = 0
    for at in range(0, len(units), 2):
        code = (31 * code + (units[at] << 8 | units[at + 1])) & 0xFFFFFFFF
    return code ^ code >> 16


def hash_map_order(names):
    """NAMES in the order in which a java.util.HashMap iterates over them."""
    size = 16
    while len(names) * 4 > size * 3:
        size *= 2
    return sorted(names, key=lambda name: _java_hash(name) % size)


def java_text(value):
    """How States.Format prints VALUE."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(java_text(item) for item in value) + "]"
    return value if isinstance(value, str) else dump(value)
