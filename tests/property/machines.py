"""Random state machines: Machine(seed) has a definition, mocks for its tasks, an input.

The generator knows what the data looks like at each state, so that most paths find
something and most machines get far: `known` has the members that are surely there, with
their values where these are certain, and the variables.  Faults are put in on purpose,
a few a machine, not at its first states.
"""

import random

from values import Num, dump, plain

UNKNOWN = "\0unknown"  # a member that is there, whatever it is
ERRORS = ["E1", "E2", "Custom.Error", "Übel"]
ODD_KEYS = ["", "a b", "ключ", "it's", "x.y", "a[0]", "@type", "\U0001f600", "q\"q",
            "back\\slash"]
ODD_TEXTS = ["", "a", "Zebra", "ünï", "line\nbreak\ttab", "\U0001f600 smile", "quote\"s and \\",
             "nul\0inside", "\x01\x1f", "fourteen bytes", "fifteen bytes..", "{braces} [x]",
             "\u2028", "é" * 7, "x" * 300, "10", "2024-02-29T12:00:00Z"]
ODD_NUMBERS = ["0", "1", "-1", "1.5", "1.50", "2.0", "0.1", "1e3", "1E+2", "-2.5e-3",
               "9007199254740993", "9223372036854775807", "-9223372036854775808",
               "18446744073709551616", "123456789012345678901234567890.123456789",
               "3.141592653589793238462643383279", "1e-400", "1e400", "4.9e-324"]


def quoted(name):
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


def literal(text):
    for letter in "\\'{}":
        text = text.replace(letter, "\\" + letter)
    return "'" + text + "'"


def type_of(value):
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Num):
        return "number"
    return {str: "string", list: "array", dict: "object"}.get(type(value), "null")


class Known:
    """What is sure of a state's raw input and of the variables."""

    def __init__(self, data, variables, item=None, nested=False, own=False):
        self.data = data            # a dict for objects; anything
        self.variables = variables  # name -> value
        self.item = item            # $$.Map.Item.Value, or None
        self.nested = nested
        self.own = own              # in an execution of its own, whose name is random

    def also(self, other):
        """What is sure if either may be the case."""
        data = UNKNOWN
        if isinstance(self.data, dict) and isinstance(other.data, dict):
            data = {key: value for key, value in self.data.items()
                    if key in other.data and same(value, other.data[key])}
        elif same(self.data, other.data):
            data = self.data
        variables = {key: value for key, value in self.variables.items()
                     if key in other.variables and same(value, other.variables[key])}
        return Known(data, variables, self.item, self.nested, self.own)

    def with_data(self, data):
        return Known(data, self.variables, self.item, self.nested, self.own)

    def put(self, path, value):
        """After a ResultPath."""
        if path is None:
            return self
        if path == "$":
            return self.with_data(value)
        if not isinstance(self.data, dict):
            return self
        name = path[2:].split(".")[0]
        return self.with_data({**self.data, name: value if "." not in path else UNKNOWN})

    def assign(self, values):
        return Known(self.data, {**self.variables, **values}, self.item, self.nested, self.own)


def same(a, b):
    return a is b or UNKNOWN not in (a, b) and dump(a) == dump(b)


class Machine:
    def __init__(self, seed):
        self.seed = seed
        self.name = f"m{seed}"
        self.r = random.Random(seed)
        self.tasks = {}
        self.counter = 0
        self.budget = self.r.randint(4, 26)
        self.faults = self.r.choice([0, 0, 1, 1, 2, 3])
        self.input = self.document()
        scope = self.scope(Known(self.input, {}), 0, False)
        if self.r.random() < 0.12:
            scope["TimeoutSeconds"] = self.r.choice([1, 2, 3, 5, 8, 13, 30, 120])
        self.definition = plain(scope)
        self.tasks = plain(self.tasks)

    # ---- small parts -----------------------------------------------------------------

    def chance(self, share):
        return self.r.random() < share

    def fresh(self, prefix):
        self.counter += 1
        return f"{prefix}{self.counter}"

    def state_name(self):
        name = self.fresh("S")
        if self.chance(0.15):
            name += self.r.choice([" Prüfung", " 'q'", " #7)", " \"x\"", " \U0001f600", "?",
                                   " {%}"])
        return name

    def fault(self, share=0.3):
        if self.faults > 0 and self.counter > 16 and self.chance(share):
            self.faults -= 1
            return True
        return False

    def scalar(self):
        r = self.r
        return r.choice([r.choice(ODD_TEXTS), Num(r.randint(-20, 20)), Num(r.choice(ODD_NUMBERS)),
                         None, True, False, f"w{r.randint(0, 9)}"])

    def value(self, depth=0):
        r = self.r
        if depth > 2 or self.chance(0.6):
            return self.scalar()
        if self.chance(0.5):
            return [self.value(depth + 1) for _ in range(r.randint(0, 4))]
        return {self.key(): self.value(depth + 1) for _ in range(r.randint(0, 4))}

    def key(self):
        return self.r.choice(ODD_KEYS) if self.chance(0.15) else \
            self.r.choice("abcdefgh") + str(self.r.randint(0, 9))

    def document(self):
        r = self.r
        rows = [{"id": Num(i * r.choice([1, 7, 1000000007])), "name": r.choice(ODD_TEXTS),
                 "tags": [r.choice("abc") for _ in range(r.randint(1, 3))],
                 "price": Num(r.choice(["1", "2.50", "0.99", "100"])), "on": self.chance(0.5)}
                for i in range(r.randint(1, 4))]
        out = {"n": Num(r.randint(0, 9)), "s": r.choice(ODD_TEXTS[:6]) + "z",
               "flag": self.chance(0.5),
               "rows": rows, "list": [self.scalar() for _ in range(r.randint(1, 5))],
               "numbers": [Num(r.randint(-5, 20)) for _ in range(r.randint(1, 6))],
               "o": {"k": r.choice(ODD_TEXTS), "deep": {"er": {"x": Num(3)}}, "nothing": None},
               "stamp": r.choice(["2024-01-01T00:00:00Z", "2024-01-01T00:00:07.25Z",
                                  "2023-12-31T23:00:01+01:00", "2024-01-01T01:00:09-00:30"]),
               "free": self.value(), "empty": [], "object": {}}
        for _ in range(r.randint(0, 3)):
            out[r.choice(ODD_KEYS)] = self.value()
        names = list(out)
        r.shuffle(names)
        return {name: out[name] for name in names}

    # ---- paths -----------------------------------------------------------------------

    def walk(self, prefix, value):
        """All (path, value) below VALUE, a few levels deep."""
        out = [(prefix, value)]
        if isinstance(value, dict) and prefix.count(".") + prefix.count("[") < 5:
            for key, member in value.items():
                step = "." + key if key.isidentifier() else quoted(key)
                out += self.walk(prefix + step, member)
        if isinstance(value, list) and value and prefix.count("[") < 3:
            at = self.r.randrange(len(value))
            index = at if self.chance(0.8) else at - len(value)
            out += self.walk(f"{prefix}[{index}]", value[at])
        return out

    def places(self, known, wanted=None, reference=False):
        """(path, value) of what is known to be there."""
        out = self.walk("$", known.data)
        for name, value in known.variables.items():
            out += self.walk("$" + name, value)
        out += self.walk("$$.Execution.Input", UNKNOWN)[:1]
        out += [("$$.StateMachine.Name", self.name), ("$$.State.Name", UNKNOWN),
                ("$$.State.EnteredTime", UNKNOWN)]
        if not known.own:
            out += [("$$.Execution.Name", "n")]
        if known.nested:
            out += [("$$.Map.Item.Index", Num(0))]
            out += self.walk("$$.Map.Item.Value", known.item)
        if reference:
            out = [(path, value) for path, value in out if "[-" not in path]
        if wanted:
            out = [(path, value) for path, value in out if type_of(value) in wanted]
        return out

    def path(self, known, wanted=None, reference=False):
        """A path that finds something of the types WANTED, or None."""
        places = self.places(known, wanted, reference)
        if not places:
            return None
        local = [place for place in places if not place[0].startswith("$$")]
        return self.r.choice(local if local and self.chance(0.85) else places)[0]

    def missing(self):
        return self.r.choice(["$.nope", "$.nope.deep", "$.o.nope", "$.n.nope", "$.list[77]",
                              "$['no pe']",
                              "$.rows[0].nope.x", "$.n[0]", "$$.Execution.Nope", "$.s.x"])

    def indefinite(self, known):
        """A path with any number of matches."""
        arrays = [path for path, _ in self.places(known, ("array",))]
        rows = [path for path in arrays if path.endswith(".rows")]
        choices = ["$..id", "$.nope[*]"]
        if arrays:
            path = self.r.choice(arrays)
            choices += [f"{path}[*]", f"{path}[0:2]", f"{path}[-2:]", f"{path}[:1]", f"{path}[1:]",
                        f"{path}[0,1]"]
        if rows:
            path = self.r.choice(rows)
            choices += [f"{path}[*].id", f"{path}[?(@.price > 1)]", f"{path}[?(@.on == true)].name",
                        f"{path}[*].tags[0]", f"{path}[?(@.nope)]", f"{path}[0:2].tags[*]",
                        f"{path}[?(@.id == 0 && @.price <= 2)].id", f"{path}..tags"]
        choices += [f"{path}.*" for path, value in self.places(known, ("object",)) if value]
        return self.r.choice(choices)

    # ---- templates and intrinsics ----------------------------------------------------

    def number_argument(self, known, depth):
        path = self.path(known.with_data({"n": known.data["n"]} if isinstance(known.data, dict)
                                         and "n" in known.data else {}), ("number",))
        if depth < 2 and self.chance(0.25):
            return self.call("number", known, depth + 1)
        return path if path and path.endswith(".n") and self.chance(0.5) else \
            str(self.r.choice([0, 1, 2, 3, 7, "1.5", "-0.5", "2.49", -3]))

    def text_argument(self, known, depth):
        path = self.path(known, ("string",))
        if depth < 2 and self.chance(0.25):
            return self.call("string", known, depth + 1)
        if path and self.chance(0.6):
            return path
        return literal(self.r.choice(ODD_TEXTS[:12] + ["a,b;c"]))

    def array_argument(self, known, depth):
        path = self.path(known, ("array",))
        if depth < 2 and (not path or self.chance(0.4)):
            return self.call("array", known, depth + 1)
        return path or "States.Array()"

    def any_argument(self, known, depth):
        r = self.r
        return r.choice([self.number_argument, self.text_argument, self.array_argument,
                         lambda *_: r.choice(["true", "false", "null"]),
                         lambda *_: self.path(known) or "null"])(known, depth)

    def call(self, type_, known, depth=0):
        """An intrinsic call whose result is a TYPE_."""
        number = lambda: self.number_argument(known, depth)
        text = lambda: self.text_argument(known, depth)
        array = lambda: self.array_argument(known, depth)
        any_ = lambda: self.any_argument(known, depth)
        gap = self.r.choice(["", " "])
        def build(name, *arguments):
            return f"States.{name}({gap}{(',' + gap).join(arguments)}{gap})"
        if type_ == "number":
            return self.r.choice([
                lambda: build("MathAdd", number(), number()),
                lambda: build("ArrayLength", array()),
                lambda: build("MathRandom", "4", "5"),
                lambda: "States.ArrayLength(States.StringSplit(States.UUID(), '-'))"])()
        if type_ == "array":
            return self.r.choice([
                lambda: build("Array", *[any_() for _ in range(self.r.randint(0, 3))]),
                lambda: build("ArrayRange", "0", str(self.r.randint(0, 9)),
                              str(self.r.randint(1, 3))),
                lambda: build("ArrayPartition", array(), self.r.choice(["1", "2", "2.6"])),
                lambda: build("ArrayUnique", array()),
                lambda: build("StringSplit", text(), literal(self.r.choice([",", " e", "i,;"])))])()
        if type_ == "boolean":
            return build("ArrayContains", array(), any_())
        if type_ == "string":
            return self.r.choice([
                lambda: self.format(known, depth),
                lambda: build("JsonToString", any_()),
                lambda: build("Base64Encode", text()),
                lambda: build("Base64Decode", build("Base64Encode", text())),
                lambda: build("Hash", text(), literal(self.r.choice(["MD5", "SHA-1", "SHA-256",
                                                                     "SHA-384", "SHA-512"])))])()
        return self.r.choice([
            lambda: build("ArrayGetItem", build("Array", any_(), any_()),
                          self.r.choice(["0", "1"])),
            lambda: build("StringToJson", literal(self.r.choice([
                '[1, 2.50,"x"]', '{"a":{"b":null}}', "", " ", '"t"', "12"]))),
            lambda: build("StringToJson", build("JsonToString", any_())),
            lambda: build("JsonMerge", self.object_argument(known), self.object_argument(known),
                          "false")
        ])()

    def object_argument(self, known):
        return self.path(known, ("object",)) or "States.StringToJson('{\"a\": 1}')"

    def format(self, known, depth):
        arguments = [self.any_argument(known, depth + 1) for _ in range(self.r.randint(0, 3))]
        template = "".join(self.r.choice(["x ", "ü", "\\{", "\\}", "\\'", "\\\\", ": "]) + "{}"
                           for _ in arguments)
        return f"States.Format('{template}!'" + "".join(", " + part for part in arguments) + ")"

    def bad_call(self):
        return self.r.choice([
            "States.ArrayLength($.n)", "States.MathAdd($.s, 1)", "States.StringToJson('{bad')",
            "States.ArrayGetItem($.empty, 0)", 
            "States.Base64Decode('*')", "States.ArrayPartition($.numbers, 0)",
            "States.Hash('a', 'MD4')", "States.MathAdd($.nope, 1)", "States.ArrayRange(0, 5, 0)",
            "States.ArrayRange(0, 5000, 1)",
            "States.JsonMerge($.o, $.o, true)", "States.Format('{}', States.MathAdd($.o.nope, 2))"])

    def dynamic(self, known, bad=False):
        """(text of a `.$` value, what it surely gives)."""
        if bad:
            return (self.missing() if self.chance(0.5) else self.bad_call()), UNKNOWN
        if self.chance(0.5):
            places = self.places(known)
            local = [place for place in places if not place[0].startswith("$$")]
            return self.r.choice(local if local and self.chance(0.8) else places)
        if self.chance(0.3):
            return self.indefinite(known), UNKNOWN
        type_ = self.r.choice(["number", "array", "string", "boolean", "any"])
        return self.call(type_, known), UNKNOWN

    def template(self, known, bad=False, depth=0):
        """(payload template, what it surely gives)."""
        out, value = {}, {}
        names = [self.key() for _ in range(self.r.randint(1, 5))]
        for name in dict.fromkeys(names):
            if name.endswith(".$"):
                continue
            if depth < 2 and self.chance(0.15):
                out[name], value[name] = self.template(known, False, depth + 1)
            elif self.chance(0.2):
                out[name] = value[name] = self.value(1)
            elif self.chance(0.1):
                out[name], value[name] = [{"in.$": "$"}, "$.lit"], UNKNOWN
            else:
                out[name + ".$"], value[name] = self.dynamic(known)
        if bad:
            out["bad.$"], _ = self.dynamic(known, True)
        return out, value

    def keeping(self, known, extra=()):
        """A template that passes on some of what is known: for branches and iterations."""
        out, value = {}, {}
        if isinstance(known.data, dict):
            for name, member in known.data.items():
                if self.chance(0.7) and not name.endswith(".$"):
                    path = "$." + name if name.isidentifier() else "$" + quoted(name)
                    out[name + ".$"] = path
                    value[name] = member
                if len(out) > 8:
                    break
        for name, text, member in extra:
            out[name + ".$"] = text
            value[name] = member
        return out, value

    # ---- fields that many states have ------------------------------------------------

    def before(self, state, known, types=None):
        """InputPath; returns what is known of the effective input."""
        if self.chance(0.15):
            places = [place for place in self.places(known, types or ("object", "array", "number"))
                      if not place[0].startswith("$$")]
            if places:
                state["InputPath"], data = self.r.choice(places)
                return known.with_data(data)
        if self.chance(0.03) and not types:
            state["InputPath"] = None
            return known.with_data({})
        if self.fault(0.06):
            state["InputPath"] = self.missing()
        return known

    def result_path(self, known):
        """Where a result goes so that the rest of the data stays."""
        if not isinstance(known.data, dict):
            return self.r.choice(["$", None])
        name = self.fresh("r")
        if self.fault(0.06):
            return self.r.choice(["$.n.sub", "$.s.sub.x", "$.numbers.sub"])
        return self.r.choice([f"$.{name}", f"$.{name}", f"$.{name}.in.side", None, "$.o.fresh",
                              "$.list[0]" if "list" in known.data else f"$.{name}"])

    def place_result(self, state, known, value):
        path = self.result_path(known)
        if path != "$" or self.chance(0.5):
            state["ResultPath"] = path
        if path == "$.o.fresh" and "o" in known.data and isinstance(known.data["o"], dict):
            return known.with_data({**known.data, "o": {**known.data["o"], "fresh": value}})
        if path == "$.list[0]":
            return known.with_data({**known.data, "list": UNKNOWN})
        if path is not None and path[:4] in ("$.n.", "$.s.") or path == "$.numbers.sub":
            return known
        return known.put(path, value)

    def assign(self, state, known, value, after):
        """Assign, given what `$` is there; returns AFTER with the variables."""
        if not self.chance(0.25):
            return after
        inner = known.with_data(value)
        out, values = {}, {}
        for _ in range(self.r.randint(1, 3)):
            name = self.fresh("v") + self.r.choice(["", "", "é", "_x"])
            if self.chance(0.3):
                out[name] = values[name] = self.value(1)
            elif self.chance(0.3):
                out[name], values[name] = self.template(inner)
            else:
                out[name + ".$"], values[name] = self.dynamic(inner)
        if self.fault(0.1):
            out[self.fresh("v") + ".$"], _ = self.dynamic(inner, True)
        state["Assign"] = out
        return after.assign(values)

    def output_path(self, state, known, last):
        if last and self.chance(0.3):
            state["OutputPath"] = self.indefinite(known) if self.chance(0.3) else self.path(known)
        elif self.fault(0.06):
            state["OutputPath"] = self.missing()
        elif self.chance(0.05):
            state["OutputPath"] = "$"
        if last and self.chance(0.03):
            state["OutputPath"] = None

    # ---- states ----------------------------------------------------------------------

    def scope(self, known, depth, conc):
        """A States object; states go to later ones only, but for bounded loops."""
        r = self.r
        count = r.randint(1, 5) if depth else r.randint(3, 9)
        names = [self.state_name() for _ in range(count)]
        states, sure = {}, {names[0]: known}
        for at, name in enumerate(names):
            if name not in sure:
                continue  # nothing leads there
            self.budget -= 1
            self.make(states, name, names[at + 1:], sure, depth, conc)
        return {"StartAt": names[0], "States": states}

    def reach(self, sure, name, known):
        sure[name] = sure[name].also(known) if name in sure else known

    def make(self, states, name, later, sure, depth, conc):
        known = sure[name]
        kinds = ["pass"] * 3 + ["task"] * 4 + ["wait"]
        if later:
            kinds += ["choice"] * 2 + ["loop"]
            if depth == 0 and self.chance(0.06):
                kinds = ["wide"]
            if depth and any(name in sure for name in later):
                kinds += ["fail"]
        if depth < 3 and self.budget > 0:
            kinds += ["parallel", "map"] * 2 + ["distributed"]
        if not later:
            kinds += ["succeed"] * 2 + (["fail"] * 3 if depth and self.chance(0.3)
                                          or self.fault(0.5) else [])
        kind = self.r.choice(kinds)
        if kind in ("loop", "wide"):
            getattr(self, kind)(states, name, later, sure, conc)
            return
        if kind in ("choice", "fail", "succeed"):
            states[name] = getattr(self, kind)(known, later, sure)
            return
        state, after = getattr(self, kind)(known, later, sure, depth, conc)
        if later:
            state["Next"] = later[0]
            self.reach(sure, later[0], after)
        else:
            state["End"] = True
        self.output_path(state, known.with_data(after.data), not later)
        states[name] = self.shuffled(state)

    def shuffled(self, state):
        names = list(state)
        self.r.shuffle(names)
        return {name: state[name] for name in names}

    def pass_(self, known):
        state = {"Type": "Pass"}
        inner = self.before(state, known)
        value = inner.data
        if self.chance(0.3):
            state["Result"] = value = self.value()
            if value is None:
                del state["Result"]
                value = inner.data
        elif self.chance(0.7):
            state["Parameters"], value = self.template(inner, self.fault(0.2))
        after = self.place_result(state, known, value)
        return state, self.assign(state, known, value, after)

    def wait(self, known, *_):
        r = self.r
        state = {"Type": "Wait"}
        inner = self.before(state, known, ("object",))
        how = r.choice(["Seconds", "SecondsPath", "Timestamp", "TimestampPath"])
        if self.fault(0.15):
            state["SecondsPath"] = r.choice(["$.nope", "$.rows[0].price", "$.s", "$.flag"])
        elif how == "SecondsPath" and isinstance(inner.data, dict) and "n" in inner.data:
            state["SecondsPath"] = "$.n"
        elif how == "Timestamp":
            state["Timestamp"] = r.choice(["2024-01-01T00:00:%02dZ" % r.randint(0, 59),
                                           "2023-01-01T00:00:00Z", "2024-01-01T02:00:03.250+02:00"])
        elif how == "TimestampPath" and isinstance(inner.data, dict) and "stamp" in inner.data:
            state["TimestampPath"] = "$.s" if self.fault(0.2) else "$.stamp"
        else:
            state["Seconds"] = r.choice([0, 1, 1, 2, 3, 5, 10, 60])
        return state, self.assign(state, inner, inner.data, known.with_data(inner.data))

    def fail(self, known, *_):
        state = {"Type": "Fail"}
        if self.chance(0.8):
            state["Error"] = self.r.choice(ERRORS)
        elif self.chance(0.5):
            state["ErrorPath"] = self.path(known, ("string",), True) or "$$.State.Name"
        if self.chance(0.6):
            state["Cause"] = self.r.choice(ODD_TEXTS + ["because"])
        elif self.chance(0.6):
            state["CausePath"] = self.r.choice([
                self.path(known, ("string",), True) or "$$.State.Name", self.format(known, 1),
                "$.nope", "States.Format('{}', $$.State.Name)"])
        return state

    def succeed(self, known, *_):
        state = {"Type": "Succeed"}
        inner = self.before(state, known)
        self.output_path(state, inner, True)
        return state

    # ---- Choice and loops ------------------------------------------------------------

    def test(self, known, depth=0):
        r = self.r
        if depth < 2 and self.chance(0.25):
            what = r.choice(["And", "Or", "Not"])
            if what == "Not":
                return {"Not": self.test(known, depth + 1)}
            return {what: [self.test(known, depth + 1) for _ in range(r.randint(1, 3))]}
        if self.chance(0.15):
            return {"Variable": self.path(known, None, True) if self.chance(0.5) else "$.nope.x",
                    "IsPresent": self.chance(0.7)}
        if self.fault(0.1):
            return {"Variable": r.choice(["$.nope", "$.o.nope"]), "StringEquals": "x"}
        if self.chance(0.2):
            return {"Variable": self.path(known, None, True),
                    r.choice(["IsNull", "IsBoolean", "IsNumeric", "IsString", "IsTimestamp"]):
                    self.chance(0.7)}
        return self.comparison(known)

    def comparison(self, known):
        r = self.r
        relation = r.choice(["Equals", "LessThan", "GreaterThan", "LessThanEquals",
                             "GreaterThanEquals"])
        kind = r.choice(["String", "Numeric", "Timestamp", "Boolean", "StringMatches"])
        type_ = {"Numeric": "number", "Boolean": "boolean"}.get(kind, "string")
        places = self.places(known, (type_,), True)
        variable, value = r.choice(places) if places and self.chance(0.85) else \
            (self.path(known, None, True), None)
        if kind == "StringMatches":
            pattern = r.choice(["*", "a*", "*z", "\\**", "w?", "*e*e*", "\\\\"])
            return {"Variable": variable, kind: pattern}
        if kind == "Boolean":
            relation = "Equals"
        if places and self.chance(0.35):
            return {"Variable": variable, kind + relation + "Path": r.choice(places)[0]}
        if value is not None and kind != "Timestamp" and self.chance(0.4):
            return {"Variable": variable, kind + relation: value}  # equal, or nearly
        operand = {"String": r.choice(ODD_TEXTS), "Boolean": self.chance(0.5),
                   "Numeric": Num(r.choice(ODD_NUMBERS[:14] + ["3", "5"])),
                   "Timestamp": r.choice(["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z",
                                          "2023-12-31T19:00:00-05:00"])}[kind]
        return {"Variable": variable, kind + relation: operand}

    def choice(self, known, later, sure):
        state = {"Type": "Choice", "Choices": []}
        inner = self.before(state, known, ("object",))
        after = inner
        for _ in range(self.r.randint(1, 3)):
            rule = self.test(inner)
            rule["Next"] = self.r.choice(later)
            then = self.assign(rule, inner, inner.data, after)
            self.reach(sure, rule["Next"], then)
            state["Choices"].append(rule)
        if not self.fault(0.1):
            state["Default"] = self.r.choice(later[:2])
            self.reach(sure, state["Default"], self.assign(state, inner, inner.data, after))
        return self.shuffled(state)

    def loop(self, states, name, later, sure, conc):
        """Counts a variable up; the body is a Pass or a Task."""
        counter, body, test = self.fresh("c"), self.state_name(), self.state_name()
        known = sure[name].assign({counter: Num(0)})
        states[name] = {"Type": "Pass", "Assign": {counter: 0}, "ResultPath": None, "Next": body}
        if self.chance(0.5):
            states[body] = {"Type": "Pass", "ResultPath": None}
        else:
            states[body] = self.bare_task(known, conc)
            states[body]["ResultPath"] = None
            self.policy(states[body], known, [], sure, conc)
        states[body].update({"Next": test, "Assign": {
            counter + ".$": f"States.MathAdd(${counter}, 1)"}})
        states[test] = {"Type": "Choice", "Default": later[0], "Choices": [
            {"Variable": "$" + counter, "NumericLessThan": self.r.randint(1, 6), "Next": body}]}
        if self.chance(0.3):
            rows = self.fresh("v")
            states[test]["Assign"] = {rows + ".$": f"States.ArrayRange(0, ${counter}, 1)"}
            known = known.assign({rows: UNKNOWN})
        self.reach(sure, later[0], known.assign({counter: UNKNOWN}))

    def wide(self, states, name, later, sure, _):
        """A Map over enough items for all workers to take part."""
        r = self.r
        numbers, each = self.fresh("v"), self.state_name()
        inner = [self.state_name() for _ in range(6)]
        known = sure[name]
        states[name] = {"Type": "Pass", "ResultPath": None, "Next": each, "Assign": {
            numbers + ".$": f"States.ArrayRange(0, {r.choice([50, 150, 400])}, 1)"}}
        first = {"Type": "Pass", "Next": inner[1], "Parameters": {
            "i.$": "$.i",
            "text.$": f"States.Format('{{}} of {{}}', $.i, States.ArrayLength(${numbers}))",
            "list.$": "States.ArrayRange(0, 40, 1)"}}
        branches = [{"StartAt": inner[at], "States": {inner[at]: {
            "Type": "Pass", "OutputPath": path, "End": True}}}
            for at, path in ((2, "$.text"), (3, "$.i"))]
        last = r.choice([{"Type": "Succeed", "OutputPath": "$.list[0:2]"},
                         {"Type": "Parallel", "Branches": branches, "End": True},
                         {"Type": "Wait", "Seconds": 1, "OutputPath": "$.text", "End": True}])
        processor = {"StartAt": inner[0], "States": {inner[0]: first, inner[1]: last}}
        if self.chance(0.3):  # one item fails
            first["Next"] = inner[4]
            processor["States"][inner[4]] = {"Type": "Choice", "Default": inner[1], "Choices": [
                {"Variable": "$.i", "NumericEquals": r.randint(0, 60), "Next": inner[5]}]}
            processor["States"][inner[5]] = {"Type": "Fail", "Error": "E1", "Cause": "one of many"}
        states[each] = {"Type": "Map", "ItemsPath": "$" + numbers, "ItemProcessor": processor,
                        "ItemSelector": {"i.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index"},
                        "ResultPath": r.choice([None, "$." + self.fresh("r")]), "Next": later[0]}
        limit = r.choice([0, 0, 2, 7])
        if limit:
            states[each]["MaxConcurrency"] = limit
        if self.chance(0.5):
            states[each]["Catch"] = [self.catcher(known, later, sure, ["States.ALL"])]
        self.reach(sure, later[0], known.assign({numbers: UNKNOWN}))

    # ---- Task ------------------------------------------------------------------------

    def delay(self):
        ms = self.r.choice([self.r.randint(1, 900), self.r.randint(1, 2600)])
        return Num(f"{(ms + (ms % 1000 == 0)) / 1000:.3f}")

    def step(self, bad):
        r = self.r
        if self.chance(bad):
            out = {"throw": {"Error": r.choice(ERRORS)}}
            if self.chance(0.85):
                out["throw"]["Cause"] = r.choice(["c", "ünglück", "{\"errorMessage\":\"x\"}"])
        else:
            out = r.choice([{"echo": True}, {"return": self.value()},
                            {"return": {"a": [1, 2, {"b": "x"}], "z": Num("1.50")}}])
        if self.chance(0.7):
            out["after"] = self.delay()
        return out

    def bare_task(self, known, conc):
        """A Task that takes what it gets; what it gives is not known."""
        function = self.fresh("f")
        if conc or self.chance(0.3):
            steps = self.step(0.08)
        else:
            bad = self.r.choice([0.05, 0.5])
            steps = [self.step(bad) for _ in range(self.r.randint(1, 4))]
            if self.chance(0.7):
                steps.append(self.step(0))
        self.tasks[function] = {"mock": steps}
        if self.chance(0.25):
            payload = {"Payload": {"k": 1}}
            if self.chance(0.6):
                payload = {"Payload": {"all.$": "$", "at.$": "$$.State.EnteredTime"}}
            return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": function, **payload},
                    "ResultSelector": {"got.$": "$.Payload"}}
        return {"Type": "Task",
                "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:{function}"}

    def attempt_task(self):
        """A Task that counts its attempts by the context, not by the mock."""
        parameters = {"attempt.$": "$$.State.RetryCount", "fails": self.r.randint(0, 3),
                      "error": self.r.choice(ERRORS[:2]), "cause": "counted", "result.$": "$"}
        return {"Type": "Task", "Parameters": parameters,
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:behave"}

    def task(self, known, later, sure, _, conc):
        counted = self.chance(0.25)
        state = self.attempt_task() if counted else self.bare_task(known, conc)
        inner = self.before(state, known)
        if "Parameters" not in state and self.chance(0.3):
            state["Parameters"], _ = self.template(inner, self.fault(0.2))
            if self.chance(0.5):
                state["Parameters"]["tries.$"] = "$$.State.RetryCount"
        if self.chance(0.25):
            state["TimeoutSeconds"] = self.r.choice([1, 1, 2, 3])
        elif self.chance(0.05) and inner is known and isinstance(known.data, dict):
            state["TimeoutSecondsPath"] = "$.nope" if self.fault(0.3) else "$.o.deep.er.x"
            if not (isinstance(known.data.get("o"), dict) and "deep" in known.data["o"]):
                del state["TimeoutSecondsPath"]
        if "ResultSelector" not in state and self.chance(0.2):
            state["ResultSelector"] = {"all.$": "$", "k": 1, "m.$": "$..b"}
            if self.fault(0.2):
                state["ResultSelector"]["bad.$"] = "$.nope"
        self.policy(state, known, later, sure, conc)
        after = self.place_result(state, known, UNKNOWN)
        if state["Resource"].endswith(":invoke"):
            return state, after  # only the Payload of the result is known
        return state, self.assign(state, known, UNKNOWN, after)

    def errors(self):
        return self.r.choice([["E1"], ["E1", "E2"], ["States.TaskFailed"], ["States.Timeout"],
                              ["Custom.Error", "Übel"], ["E2"], ["Foo"],
                              ["States.Timeout", "States.TaskFailed"]])

    def policy(self, state, known, later, sure, conc, distributed=False):
        """Retry and Catch."""
        if self.chance(0.5):
            state["Retry"] = [self.retrier() for _ in range(self.r.randint(1, 3))]
            if self.chance(0.4):
                state["Retry"].append({**self.retrier(), "ErrorEquals": ["States.ALL"]})
        if later and self.chance(0.6):
            state["Catch"] = [self.catcher(known, later, sure, self.errors())
                              for _ in range(self.r.randint(1, 2))]
        if later and self.chance(0.5):
            state.setdefault("Catch", []).append(self.catcher(known, later, sure, ["States.ALL"]))
        if distributed:
            for rule in state.get("Retry", []) + state.get("Catch", []):
                if rule["ErrorEquals"] != ["States.ALL"] and self.chance(0.5):
                    rule["ErrorEquals"] = ["States.ExceedToleratedFailureThreshold"]

    def retrier(self):
        r = self.r
        out = {"ErrorEquals": self.errors()}
        if self.chance(0.7):
            out["IntervalSeconds"] = r.randint(1, 5)
        if self.chance(0.7):
            out["MaxAttempts"] = r.randint(0, 4)
        if self.chance(0.5):
            out["BackoffRate"] = Num(r.choice(["1", "1.0", "1.5", "2", "2.5", "3.25"]))
        if self.chance(0.3):
            out["MaxDelaySeconds"] = r.randint(6, 20)
        if self.chance(0.2):
            out["JitterStrategy"] = "NONE"
        return out

    def catcher(self, known, later, sure, errors):
        out = {"ErrorEquals": errors, "Next": self.r.choice(later)}
        after = known
        path = self.r.choice(["$.err", "$.err", "$.err.deep.er", None])
        if not isinstance(known.data, dict) or self.chance(0.05):
            path = "$"
        if path != "$" or self.chance(0.5):
            out["ResultPath"] = path
        failure = {"Error": UNKNOWN, "Cause": UNKNOWN}
        after = known.put(path, UNKNOWN if path and "deep" in path else failure)
        if self.chance(0.4):
            text, error = self.fresh("v"), self.fresh("v")
            out["Assign"] = {text: "lit", error + ".$": self.r.choice(["$.Error", "$", "$.Cause"])}
            after = after.assign({text: "lit", error: UNKNOWN})
        self.reach(sure, out["Next"], after)
        return out

    # ---- Parallel and Map ------------------------------------------------------------

    def parallel(self, known, later, sure, depth, conc):
        state = {"Type": "Parallel"}
        inner = self.before(state, known, ("object",))
        if self.chance(0.3):
            state["Parameters"], value = self.keeping(inner)
            inner = inner.with_data(value)
        count = self.r.choice([1, 2, 2, 3, 4])
        state["Branches"] = [self.scope(inner, depth + 1, conc or count > 1) for _ in range(count)]
        if self.chance(0.3):
            state["ResultSelector"] = {"first.$": "$[0]", "last.$": "$[-1]", "all.$": "$[*]"}
        self.policy(state, known, later, sure, conc)
        after = self.place_result(state, known, UNKNOWN)
        if self.chance(0.2):
            name = self.fresh("v")
            state["Assign"] = {name + ".$": "$[0]"}
            after = after.assign({name: UNKNOWN})
        return state, after

    def items(self, state, inner):
        """ItemsPath; returns the items that are known."""
        arrays = [place for place in self.places(inner, ("array",), True)
                  if len(place[1]) < 7 and not (isinstance(inner.data, list) and place[0] == "$$")]
        if self.fault(0.12):
            state["ItemsPath"] = self.r.choice(["$.nope", "$.s", "$.o", "$.n.nope"])
            return [UNKNOWN]
        if not arrays:
            return None
        path, items = self.r.choice(arrays)
        if path != "$" or self.chance(0.5):
            state["ItemsPath"] = path
        return items

    def map_state(self, known, depth, conc, distributed):
        """A Map with its iterations, or None if there is nothing to go over."""
        state = {"Type": "Map"}
        inner = self.before(state, known, ("object", "array"))
        items = self.items(state, inner)
        if items is None:
            return None
        limit = self.r.choice([0, 1, 1, 2, 3])
        if limit or self.chance(0.3):
            state["MaxConcurrency"] = limit
        if self.fault(0.05):
            state.pop("MaxConcurrency", None)
            state["MaxConcurrencyPath"] = "$.s"
        elif self.has_number(inner) and self.chance(0.1):
            state.pop("MaxConcurrency", None)
            state["MaxConcurrencyPath"], limit = "$.n", 0
        item = self.common(items)
        data = item
        batched = distributed and self.chance(0.4)
        if self.chance(0.6) and not (distributed and not isinstance(inner.data, dict)):
            nested = Known(inner.data, inner.variables, item, True, inner.own)
            value = self.path(nested, None)
            state[self.r.choice(["ItemSelector"] * 5 + ["Parameters"])], data = self.keeping(
                nested, [("i", "$$.Map.Item.Index", Num(0)), ("v", "$$.Map.Item.Value", item),
                         ("more", value, UNKNOWN)])
            data["i"] = UNKNOWN
            if not distributed and self.fault(0.1):
                selector = "ItemSelector" if "ItemSelector" in state else "Parameters"
                state[selector]["bad.$"] = "$.nope"
        variables = {} if distributed else known.variables
        if batched:
            data = {"Items": [data] if items else []}
            self.batcher(state, inner)
        child = Known(data, variables, item, not distributed, distributed or known.own)
        scope = self.scope(child, depth + 1, conc or limit != 1)
        if distributed:
            scope["ProcessorConfig"] = {"Mode": "DISTRIBUTED",
                                        "ExecutionType": self.r.choice(["STANDARD", "EXPRESS"])}
        elif self.chance(0.3):
            scope["ProcessorConfig"] = {"Mode": "INLINE"}
        state["ItemProcessor" if distributed or self.chance(0.9) else "Iterator"] = scope
        return state

    def common(self, items):
        """What is sure of every one of ITEMS."""
        if not items:
            return UNKNOWN
        if all(isinstance(item, dict) and "id" in item and "tags" in item for item in items):
            return {key: value if key == "tags" else UNKNOWN for key, value in items[0].items()} | \
                {"tags": UNKNOWN}
        return items[0] if len(items) == 1 else UNKNOWN

    def batcher(self, state, inner):
        batcher = {}
        if self.chance(0.8):
            batcher["MaxItemsPerBatch"] = self.r.randint(1, 4)
        if not batcher or self.chance(0.3):
            batcher["MaxInputBytesPerBatch"] = self.r.choice([1, 100, 300, 5000])
        if self.has_number(inner) and inner.data["n"].text != "0" and self.chance(0.15):
            batcher = {"MaxItemsPerBatchPath": "$.n"}
        if self.chance(0.4):
            found = self.path(inner) or "$$.StateMachine.Name"
            batcher["BatchInput"] = {"lit": 1, "found.$": found}
        state["ItemBatcher"] = batcher

    def map(self, known, later, sure, depth, conc, distributed=False):
        state = self.map_state(known, depth, conc, distributed)
        if state is None:
            return self.pass_(known)
        if distributed:
            self.tolerance(state, known)
        if self.chance(0.3):
            state["ResultSelector"] = {"all.$": "$[*]", "n.$": "States.ArrayLength($)"}
        self.policy(state, known, later, sure, conc, distributed)
        return state, self.place_result(state, known, UNKNOWN)

    @staticmethod
    def has_number(known):
        return isinstance(known.data, dict) and isinstance(known.data.get("n"), Num)

    def tolerance(self, state, known):
        r = self.r
        if "InputPath" not in state and self.has_number(known) and self.chance(0.1):
            state[r.choice(["ToleratedFailureCountPath", "ToleratedFailurePercentagePath"])] = "$.n"
            return
        how = r.random()
        if how < 0.35:
            state["ToleratedFailureCount"] = r.randint(1, 4)
        if 0.25 < how < 0.6:
            state["ToleratedFailurePercentage"] = Num(r.choice(["25", "50", "33.4", "100"]))
        if self.fault(0.05):
            state.pop("ToleratedFailureCount", None)
            state["ToleratedFailureCountPath"] = "$.s"
        if r.random() < 0.2:
            state["Label"] = self.fresh("Label")

    def distributed(self, *arguments):
        return self.map(*arguments, distributed=True)


def _pass(self, known, *_):
    return self.pass_(known)


setattr(Machine, "pass", _pass)
