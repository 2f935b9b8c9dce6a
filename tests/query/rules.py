"""Where compiled expressions and the reference may differ, and why."""

import math
import re

DIFFERENT = "different"

ADDED = re.compile(r"\$(partition|range|hash|uuid|parse|random)\b")
TWICE = re.compile(r"(?:function|\u03bb)\((?:\$\w+, )*\$(\w+), (?:\$\w+, )*\$\1\b")
CALL = re.compile(r"\$[a-zA-Z]\w+\(")
QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
POWER = re.compile(r"\$(power|parseInteger)\b")
DIGITS = re.compile(r"0|[1-9]\d*")
NOT_FINITE = ("Infinity", "-Infinity", "NaN", None)


def same(a, b, loose=False):
    """Equality; LOOSE: the order of members does not count."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return float(a) == float(b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, loose) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        ordered = loose or list(a) == list(b)
        return ordered and a.keys() == b.keys() and all(same(a[k], b[k], loose) for k in a)
    return type(a) is type(b) and a == b


def close(a, b):
    """Equality of all but numbers, which may differ in their last digit."""
    if isinstance(a, float) or isinstance(b, float):
        if not all(type(each) in (int, float) for each in (a, b)):
            return False
        return math.isclose(a, b, rel_tol=1e-15)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(close(a[name], b[name]) for name in a)
    return same(a, b)


def without_infinities(value):
    """VALUE as JavaScript prints it: null for what is no number."""
    if isinstance(value, dict):
        return {name: without_infinities(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_infinities(item) for item in value]
    return None if isinstance(value, str) and value in NOT_FINITE else value


def has_digit_names(value):
    if isinstance(value, dict):
        return any(DIGITS.fullmatch(name) or has_digit_names(value[name]) for name in value)
    return isinstance(value, list) and any(map(has_digit_names, value))


def has_partial(text):
    """Whether TEXT applies a named function partly, `$f(?, 1)`."""
    text = QUOTED.sub("0", text)
    for call in CALL.finditer(text):
        depth, at = 1, call.end()
        while depth > 0 and at < len(text):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if depth == 1 and re.match(r"\?\s*[,)]", text[at:at + 9]):
                return True
            at += 1
    return False


def code_of(answer):
    return answer["error"]["code"] if "error" in answer else None


def equal(wanted, got):
    if "error" in wanted:
        return code_of(wanted) == code_of(got)
    if "result" in wanted:
        return "result" in got and same(wanted["result"], got["result"])
    return "error" not in got and "result" not in got and wanted.keys() - {"odd"} == got.keys()


def failing_within(wanted):
    """Whether the reference's own code failed: an error of JavaScript, or of node."""
    code = code_of(wanted)
    return code is not None and not re.fullmatch(r"[SDTU]\d{4}", code)


def explanation(text, document, wanted, got):
    """Why WANTED and GOT differ, or None."""
    odd = wanted.get("odd", [])
    results = "result" in wanted and "result" in got
    if "crash" in got:
        return None
    if "crash" in wanted:
        return "the reference hangs or runs out of memory"
    if failing_within(wanted):
        return "the reference fails within"
    if "error" in got and "memory limit exceeded" in got["error"]["message"]:
        return "Step Functions bounds the size of a value"
    if ADDED.search(text) and code_of(wanted) in ("T1006", "T0410"):
        return "functions that Step Functions adds"
    if results and "number" in odd and same(wanted["result"], without_infinities(got["result"])):
        return "infinities within a result are text in Step Functions"
    if "rounding" in odd:
        return "rounding at more places than a number has, or half ones, is NaN in the reference"
    if "early year" in odd and "$fromMillis" in text:
        return "JavaScript takes the years 0 to 99 for those of 1900"
    if "wide base64" in odd:
        return "Node takes the low bytes of what is no base64"
    if "cycle" in odd:
        return "an object updated to hold itself"
    if "undefined kept" in odd:
        return "the reference puts undefined among the items of a sequence"
    if "function as object" in odd:
        return "the reference takes some functions for objects: true, with members"
    if "mark as member" in odd:
        return "the reference finds the marks of a sequence among its items"
    if "rows as items" in odd:
        return "the reference takes sorted rows for the items that they are made of"
    if "$fromMillis" in text and code_of(got) in ("D1001", "D3132"):
        return "the reference formats what is no date, or no component, nevertheless" \
            if "error" not in wanted else "the same before another error"
    if "function as update" in odd and code_of(got) == "T2011":
        return "the reference takes a function for the object of a transform's updates"
    if "$replace" in text and code_of(got) == "D3012":
        return "the reference writes `undefined`, or a function's source, for a replacement" \
            if "error" not in wanted else "the same before another error"
    if "$number" in text and "number" in odd and code_of(got) == "D3030":
        return "the reference takes what only begins like 0x1F for a number, which is none"
    if "@$" in text and isinstance(document, list):
        return "Step Functions has no array as the whole document"
    if "~> |" in text and "error" in got and got["error"]["message"] == "nests too deep":
        return "an object updated to hold itself"
    if TWICE.search(text) and re.search(r"\?\s*[,)]", text):
        return "of two parameters of one name the reference takes the one that was left open"
    if has_partial(text):
        return "the reference does not check what a partly applied built-in function gets"
    if results and has_digit_names(wanted["result"]) \
            and same(wanted["result"], got["result"], True):
        return "names like numbers come in their own order"
    if results and POWER.search(text) and close(wanted["result"], got["result"]):
        return "powers are exact to the last digit but one in JavaScript"
    return None


def verdict(text, document, wanted, got):
    """None when WANTED and GOT are the same, the reason for a difference, or DIFFERENT."""
    if equal(wanted, got):
        return None
    return explanation(text, document, wanted, got) or DIFFERENT
