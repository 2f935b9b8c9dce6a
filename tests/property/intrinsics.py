"""The intrinsic functions, from expressions.md 5."""

import base64
import binascii
import hashlib
import json
import math
import re

from values import Num, Unsure, dump, equal, hash_map_order, java_text, parse

NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")


class Invalid(Exception):
    """An intrinsic's arguments will not do.  DETAIL: the end of the Cause, if the
    reference gives it."""

    def __init__(self, detail=None):
        super().__init__(detail)
        self.detail = detail


class Call:
    def __init__(self, name, arguments, text):
        self.name = name
        self.arguments = arguments
        self.text = text


def parse_call(text):
    """The tree of TEXT: Call, ("path", TEXT) or ("value", VALUE)."""
    tree, end = _argument(text, 0)
    assert isinstance(tree, Call) and end == len(text), text
    return tree


def _blank(text, at):
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _argument(text, at):
    if text.startswith("States.", at):
        return _call(text, at)
    if text[at] == "'":
        return _string(text, at)
    if text[at] == "$":
        return _path(text, at)
    for word, value in (("true", True), ("false", False), ("null", None)):
        if text.startswith(word, at):
            return ("value", value), at + len(word)
    found = NUMBER.match(text, at)
    return ("value", Num(found.group().lstrip("+"))), found.end()


def _call(text, start):
    at = text.index("(", start)
    name, arguments = text[start:at].strip(), []
    at = _blank(text, at + 1)
    while text[at] != ")":
        argument, at = _argument(text, at)
        arguments.append(argument)
        at = _blank(text, at)
        if text[at] == ",":
            at = _blank(text, at + 1)
    return Call(name, arguments, text[start:at + 1]), at + 1


def _string(text, at):
    out, at = "", at + 1
    while text[at] != "'":
        if text[at] == "\\" and text[at + 1] in "{}":
            out += "\\"  # for Format; elsewhere they are taken away again
            at += 1
        elif text[at] == "\\":
            at += 1
            out += "\\" if text[at] == "\\" else ""
        out += text[at]
        at += 1
    return ("literal", out), at + 1


def _path(text, at):
    end, quoted = at, False
    while end < len(text) and (quoted or text[end] not in ", )"):
        end += text[end] == "\\"
        quoted ^= text[end] == "'" and text[end - 1] != "\\"
        end += 1
    return ("path", text[at:end]), end


# ---- the functions -----------------------------------------------------------------


def _number(value):
    if not isinstance(value, Num):
        raise Invalid()
    return value.value()


def _rounded(value):
    """Half up, like Java's Math.round."""
    exact = _number(value)
    return math.floor(exact + Num("0.5").value())


def _typed(value, type_):
    if not isinstance(value, type_):
        raise Invalid()
    return value


def unescaped(text):
    return re.sub(r"\\([\\{}])", r"\1", text)


def format_(template, *values):
    """TEMPLATE still has its backslashes."""
    out, used, at = "", 0, 0
    while at < len(template):
        letter = template[at]
        if letter == "\\" and at + 1 < len(template):
            out += template[at + 1]
            at += 2
            continue
        if letter == "{":
            if template[at + 1:at + 2] != "}":
                raise Invalid("Invalid template in States.Format: "
                              "matching '}' not found for '{'.")
            if used < len(values):
                out += java_text(values[used])
            used += 1
            at += 2
            continue
        out += letter
        at += 1
    if used != len(values):
        raise Invalid("Invalid arguments in States.Format: number of arguments do not "
                      "match the occurrences of {}.")
    return out


def string_to_json(text):
    if not _typed(text, str).strip():
        return None
    try:
        return parse(text)
    except (json.JSONDecodeError, ValueError, RecursionError):
        raise Invalid() from None


def array_partition(array, size):
    step = _rounded(size)
    if step <= 0:
        raise Invalid()
    array = _typed(array, list)
    return [array[at:at + step] for at in range(0, len(array), step)]


def array_range(first, last, step):
    first, last, step = _rounded(first), _rounded(last), _rounded(step)
    if step == 0:
        raise Invalid()
    if step < 0:
        raise Unsure("ArrayRange downwards")
    numbers = range(first, last + 1, step)
    if len(numbers) > 1000:
        raise Invalid()
    return [Num(n) for n in numbers]


def array_get_item(array, index):
    at = _rounded(index)
    if not 0 <= at < len(_typed(array, list)):
        raise Invalid()
    return array[at]


def array_unique(array):
    out = []
    for item in _typed(array, list):
        if not any(equal(item, known) for known in out):
            out.append(item)
    return out


def _bounded(text):
    """Base64 and Hash take up to 10,000 characters (of UTF-16)."""
    if len(_typed(text, str).encode("utf-16-le", "surrogatepass")) > 20000:
        raise Invalid()
    return text


def base64_encode(text):
    return base64.b64encode(_bounded(text).encode()).decode()


def base64_decode(text):
    try:
        return base64.b64decode(_bounded(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Invalid() from None


def hash_(data, algorithm):
    if not isinstance(data, str):
        raise Unsure("a hash of what is no string")
    name = _typed(algorithm, str).replace("-", "").lower()
    if algorithm not in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"):
        raise Invalid()
    return hashlib.new(name, _bounded(data).encode()).hexdigest()


def json_merge(a, b, deep):
    if deep is not False:
        raise Invalid()
    merged = {**_typed(a, dict), **_typed(b, dict)}
    return {key: merged[key] for key in hash_map_order(list(merged))}


def math_random(first, end):
    low, high = _rounded(first), _rounded(end)
    if high != low + 1:
        raise Unsure("a random number")
    return Num(low)


def math_add(a, b):
    total = _rounded(a) + _rounded(b)
    if not -2**31 <= total < 2**31:
        raise Unsure("MathAdd beyond 32 bits")
    return Num(total)


def string_split(text, delimiters):
    _typed(text, str)
    _typed(delimiters, str)
    if not delimiters:
        raise Unsure("StringSplit without delimiters")
    return [part for part in re.split("[" + re.escape(delimiters) + "]", text) if part]


FUNCTIONS = {
    "States.Format": format_,
    "States.StringToJson": string_to_json,
    "States.JsonToString": dump,
    "States.Array": lambda *items: list(items),
    "States.ArrayPartition": array_partition,
    "States.ArrayContains": lambda array, value: any(equal(item, value)
                                                     for item in _typed(array, list)),
    "States.ArrayRange": array_range,
    "States.ArrayGetItem": array_get_item,
    "States.ArrayLength": lambda array: Num(len(_typed(array, list))),
    "States.ArrayUnique": array_unique,
    "States.Base64Encode": base64_encode,
    "States.Base64Decode": base64_decode,
    "States.Hash": hash_,
    "States.JsonMerge": json_merge,
    "States.MathRandom": math_random,
    "States.MathAdd": math_add,
    "States.StringSplit": string_split,
    # Only its shape is known; the machines look at nothing else of it.
    "States.UUID": lambda: "00000000-0000-4000-8000-000000000000",
}


def apply(call, value_of):
    """The value of CALL; VALUE_OF gives that of a path."""
    values = []
    for argument in call.arguments:
        if isinstance(argument, Call):
            values.append(apply(argument, value_of))
        elif argument[0] == "path":
            values.append(value_of(argument[1]))
        elif argument[0] == "literal" and not (call.name == "States.Format"
                                               and not values):
            values.append(unescaped(argument[1]))
        else:
            values.append(argument[1])
    if call.name == "States.Format":
        if not isinstance(values[0], str):
            raise Invalid()
        if call.arguments[0][0] == "path" and set(values[0]) & set("\\"):
            raise Unsure("escapes in a template that is found by a path")
    try:
        return FUNCTIONS[call.name](*values)
    except Invalid as error:
        if error.detail is None:
            error.detail = f"Invalid arguments in {call.name}"
        raise
