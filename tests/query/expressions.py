"""Random JSONata expressions and documents that fit the names they use.

An expression is a tree whose leaves are text, so that the runner can make a differing one
smaller.  Generation goes by kind: what should be a number mostly is one, and now and then
anything at all.  Names mean the same at every level of a document:

    n number  s string  t boolean  z null  l numbers  w words  g label  d date
    o object  r rows    q nested lists  m mixed list  e []  x {}  u never there
"""

import random

NAMES = "nstzlwgdorqmexu"
KINDS = {"number": "nn", "string": "ssgd", "boolean": "t", "list": "lwrqme", "object": "oorx",
         "any": NAMES}
NUMBERS = ["0", "1", "2", "3", "-1", "5", "0.5", "2.5", "-2.5", "10", "12", "100", "1e3", "1e-7",
           "0.1", "1234.565", "123456789", "9007199254740993", "1e21", "1e300", "0.0001"]
STRINGS = ["", "a", "b", "ab", "abc", "aBc", "a b", " x  y ", "a,b,c", "banana", "k", "one two",
           "1", "12.5", "0x1F", "-3", "1e3", "true", "2024-02-29", "2024-02-29T12:34:56.789Z",
           "\u00e9t\u00e9", "stra\u00dfe", "\U0001f600x", "a/b?c=d&e f", "YWJj", "%41%20b",
           "two hundred and one", "MCMXC", "[a]", "a\nb", "$1"]
PATTERNS = ["/a/", "/b+/", "/A/i", "/(a)(b)?/", "/[a-c]/", r"/\d+/", "/^a/", "/x*/", "/a|b/",
            "/(.)/", r"/\s+/", r"/\b\w/", "/(?=a)/", r"/([a-z])\1/", "/n?a$/", "/[^a]+?/m",
            "/(?:an)+/", r"/(\w+) (\w+)/", r"/\u00e9/", "/./", "/,/"]
TEMPLATES = ["x", "", "$0", "[$1]", "$2$1", "$$", "$", "$12", "a$0b", "$9"]
NUMBER_PICTURES = ["0", "#", "#,##0.00", "0.0#", "00%", "#\u2030", "0.0e0", "#0;(#0)", "###", "",
                   "x0y", "0.0.0", "#,##,0", "0,0.0,0", "00.00e00", "%0%", "0#", "#.#", ",0", "0,",
                   "\u0660\u0661", "#.0;-#.0;0", "$#,##0", "0 e", "1", "#,####.##"]
INTEGER_PICTURES = ["0", "000", "#,##0", "w", "W", "Ww", "I", "i", "A", "a", "1;o", "w;o", "Ww;o",
                    "\u0661", "#", "", "0,0:0", "##0;c", "b", "00#", "1\u0661", "x", "*0",
                    "#,##0;o"]
DATE_PARTS = ["[Y]", "[Y0001]", "[Y,2-2]", "[M]", "[M01]", "[MNn]", "[MN,3-3]", "[D]", "[D01]",
              "[D1o]", "[Dwo]", "[d]", "[d001]", "[F]", "[F1]", "[FNn,3-3]", "[W]", "[W01]",
              "[w]", "[X]", "[X0001]", "[x]", "[xNn]", "[H]", "[H01]", "[h]", "[h#1]", "[P]",
              "[PN]", "[m]", "[m01]", "[s]", "[s01]", "[f]", "[f001]", "[Z]", "[z]", "[Z0]",
              "[Z0101t]", "[C]", "[E]", "[YI]", "[Mi]", "[DW]", "[Ya]", "[q]", "[", "]", "[[",
              "[H#1]", "[ D ]", "[Y9,999,*]", "[Dn]", "[Z00000]"]
DATE_PICTURES = ["[Y0001]-[M01]-[D01]", "[Y]-[M]-[D]T[H]:[m]:[s]Z", "[D1o] [MNn] [Y0001]",
                 "[H01]:[m01]", "[Y]-[d]", "[h]:[m] [P]", "[FNn], [D] [MNn,3-3] [Y]",
                 "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z]", "[YI]", "[X]-W[W]"]
ZONES = ["+0000", "-0500", "+0530", "+01:00", "Z", "x", "0", ""]
SIGNATURES = ["<n:n>", "<s:s>", "<a:a>", "<nn>", "<x-:x>", "<s-n?:s>", "<a<n>:n>", "<a<s>>",
              "<(ns)>", "<(sao)-:x>", "<o>", "<f:f>", "<j>", "<n+>", "<b?>", "<l>", "<s?n>", "<n?s?>",
              "<a<o>>", "<n-n->", "<u>", "<(a<n>s)>", "<s<n>>", "<f<n:n>>", "<nsb>", "<x+>"]

# What each function takes: a kind for each argument, "?" before one that may be left out.
FUNCTIONS = {
    "number": {
        "sum": ["numbers"], "count": ["list"], "max": ["numbers"], "min": ["numbers"],
        "average": ["numbers"], "length": ["string"], "number": ["scalar"], "floor": ["number"],
        "ceil": ["number"], "round": ["number", "?places"], "abs": ["number"],
        "sqrt": ["number"], "power": ["number", "small"],
        "parseInteger": ["string", "integer picture"], "toMillis": ["string", "?date picture"],
        "reduce": ["numbers", "function2", "?number"]},
    "string": {
        "string": ["any", "?boolean"], "substring": ["string", "small", "?small"],
        "substringBefore": ["string", "string"], "substringAfter": ["string", "string"],
        "lowercase": ["string"], "uppercase": ["string"], "trim": ["string"],
        "pad": ["string", "small", "?string"], "replace": ["string", "matcher", "template",
                                                           "?small"],
        "join": ["strings", "?string"], "formatNumber": ["number", "number picture"],
        "formatBase": ["number", "?small"], "formatInteger": ["number", "integer picture"],
        "type": ["any"], "base64encode": ["string"], "base64decode": ["string"],
        "encodeUrlComponent": ["string"], "encodeUrl": ["string"],
        "decodeUrlComponent": ["string"], "decodeUrl": ["string"],
        "fromMillis": ["millis", "?date picture", "?zone"]},
    "boolean": {
        "boolean": ["any"], "not": ["any"], "exists": ["any"], "contains": ["string", "matcher"]},
    "list": {
        "match": ["string", "pattern", "?small"], "split": ["string", "matcher", "?small"],
        "map": ["list", "function1"], "filter": ["list", "function1"],
        "zip": ["list", "list", "?list"], "keys": ["object"], "append": ["any", "any"],
        "spread": ["object"], "reverse": ["list"], "each": ["object", "function1"],
        "sort": ["list", "?function2"], "distinct": ["list"], "map ": ["list", "function1"],
        "filter ": ["list", "function1"]},
    "object": {
        "merge": ["list"], "sift": ["object", "function1"], "clone": ["object"]},
    "any": {
        "single": ["list", "?function1"], "lookup": ["object", "name"], "error": ["?string"],
        "assert": ["boolean", "?string"], "reduce": ["list", "function2", "?any"]},
}
ADDED = {"partition": ["list", "small"], "range": ["small", "small", "small"]}


class Tree:
    """Text with trees in it."""

    __slots__ = ("parts",)

    def __init__(self, *parts):
        self.parts = parts

    def __str__(self):
        return "".join(map(str, self.parts))

    def trees(self):
        return [part for part in self.parts if isinstance(part, Tree)]

    def replaced(self, old, new):
        if self is old:
            return new
        return Tree(*(part.replaced(old, new) if isinstance(part, Tree) else part
                      for part in self.parts))


def quoted(text, quote='"'):
    named = {"\n": "\\n", "\\": "\\\\", quote: "\\" + quote}
    return quote + "".join(named.get(letter, letter) for letter in text) + quote


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.scope = ["$v", "$p"]
        self.fresh = 0

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, choices):
        return self.random.choice(choices)

    def one_of(self, depth, *ways):
        """The tree of one of WAYS, pairs of a weight and a method."""
        weights, methods = zip(*ways)
        return self.random.choices(methods, weights)[0](depth)

    # ---- kinds

    def make(self, kind, depth):
        if self.chance(4):
            kind = "any"
        if kind == "any" and self.chance(70):
            kind = self.pick(["number", "string", "boolean", "list", "list", "object", "any"])
        special = getattr(self, "make_" + kind.replace(" ", "_"))
        return special(depth)

    def name(self, kind="any"):
        name = self.pick(KINDS[kind])
        return Tree(f"`{name}`" if self.chance(3) else name)

    def leaf(self, kind):
        roll = self.random.random()
        if roll < 0.08:
            return Tree(self.pick(["$", "$$", "u", "null", "true", "()", "[]", "{}", "$nothing"]))
        if roll < 0.3:
            return Tree(self.pick(self.scope))
        if roll < 0.7:
            return self.name(kind)
        return {"number": self.number, "string": self.string,
                "boolean": lambda: Tree(self.pick(["true", "false"]))}.get(
                    kind, lambda: self.name(kind))()

    def number(self):
        return Tree(self.pick(NUMBERS))

    def string(self):
        return Tree(quoted(self.pick(STRINGS), self.pick("\"\"'")))

    def wrapped(self, tree):
        return Tree("(", tree, ")") if self.chance(55) else tree

    def operand(self, kind, depth):
        return self.wrapped(self.make(kind, depth - 1))

    def make_any(self, depth):
        if depth <= 0:
            return self.leaf("any")
        return self.one_of(
            depth, (8, self.path), (2, self.conditional), (2, self.block), (2, self.chain),
            (1, self.call_of_lambda), (1, self.transform), (1, self.call_of("any")),
            (1, lambda d: self.leaf("any")), (1, self.make_function1), (1, self.partial),
            (1, self.added), (1, self.joined))

    def make_number(self, depth):
        if depth <= 0:
            return self.leaf("number")
        return self.one_of(
            depth, (3, self.arithmetic), (4, self.call_of("number")), (2, lambda d: self.number()),
            (3, self.path_of("number")), (1, self.negated), (1, self.conditional),
            (1, self.call_of_lambda), (1, self.chain), (2, lambda d: self.leaf("number")))

    def make_string(self, depth):
        if depth <= 0:
            return self.leaf("string")
        return self.one_of(
            depth, (2, self.concatenation), (5, self.call_of("string")),
            (2, lambda d: self.string()), (3, self.path_of("string")), (1, self.chain),
            (2, lambda d: self.leaf("string")))

    def make_boolean(self, depth):
        if depth <= 0:
            return self.leaf("boolean")
        return self.one_of(
            depth, (5, self.comparison), (2, self.logical), (2, self.call_of("boolean")),
            (1, self.inclusion), (1, lambda d: self.leaf("boolean")))

    def make_list(self, depth):
        if depth <= 0:
            return self.leaf("list")
        return self.one_of(
            depth, (4, self.call_of("list")), (4, self.array), (6, self.path), (1, self.range),
            (2, lambda d: self.leaf("list")), (1, self.chain), (2, self.sorted))

    def make_numbers(self, depth):
        return self.one_of(
            depth, (2, lambda d: Tree(self.pick(["l", "r.n", "$.l", "[1..3]", "**.n", "r.l", "n"]))),
            (1, self.make_list), (1, self.array_of("number")))

    def make_strings(self, depth):
        return self.one_of(
            depth, (2, lambda d: Tree(self.pick(["w", "r.s", "r.w", "r.g", "s", "$keys(o)"]))),
            (1, self.make_list), (1, self.array_of("string")))

    def make_object(self, depth):
        if depth <= 0:
            return self.leaf("object")
        return self.one_of(
            depth, (3, self.constructor), (2, self.grouped), (2, self.call_of("object")),
            (2, self.transform), (2, self.path_of("object")), (2, lambda d: self.leaf("object")))

    def make_scalar(self, depth):
        return self.make(self.pick(["number", "string", "string", "boolean"]), depth)

    def make_small(self, depth):
        if self.chance(70):
            return Tree(self.pick(["0", "1", "2", "3", "-1", "-2", "5", "1.5", "10", "16", "37"]))
        return self.make("number", depth)

    make_places = make_small

    def make_name(self, depth):
        return Tree(quoted(self.pick(NAMES))) if self.chance(80) else self.make("string", depth)

    def make_millis(self, depth):
        if self.chance(70):
            return Tree(self.pick(["0", "1510067557121", "-1", "951782400000", "1e12", "1234567",
                                   "-62135596800000", "253402300799999", "1709164800000",
                                   "1735603200000", "8.64e15", "1582934400000.5"]))
        return self.make("number", depth)

    def text_or(self, texts):
        if self.chance(85):
            return Tree(quoted(self.pick(texts)))
        return self.make("string", 1)

    def make_template(self, depth):
        if self.chance(25):
            return self.lambda_of(1, depth)
        return self.text_or(TEMPLATES)

    def make_number_picture(self, depth):
        if self.chance(30):
            letters = "".join(self.pick("000##,,.;%e-x\u2030") for _ in range(self.pick(range(1, 7))))
            return Tree(quoted(letters))
        if self.chance(10):
            options = self.pick(['{"decimal-separator": ",", "grouping-separator": "."}',
                                 '{"zero-digit": "\u0660"}', '{"minus-sign": "~"}',
                                 '{"percent": "p", "digit": "d"}', '{}', 'o',
                                 '{"exponent-separator": "E"}'])
            return Tree(self.text_or(NUMBER_PICTURES), ", ", Tree(options))
        return self.text_or(NUMBER_PICTURES)

    def make_integer_picture(self, depth):
        return self.text_or(INTEGER_PICTURES)

    def make_date_picture(self, depth):
        if self.chance(40):
            return self.text_or(DATE_PICTURES)
        parts = [self.pick(DATE_PARTS) + self.pick(["", "", "-", ":", " ", "T"])
                 for _ in range(self.pick([1, 1, 2, 3, 4]))]
        return Tree(quoted("".join(parts)))

    def make_zone(self, depth):
        return self.text_or(ZONES)

    def make_pattern(self, depth):
        if self.chance(10):
            return self.make("any", depth)
        return Tree(self.pick(PATTERNS))

    def make_matcher(self, depth):
        return self.make_pattern(depth) if self.chance(60) else self.make("string", 0)

    # ---- functions

    def variable(self):
        self.fresh += 1
        return f"${self.pick('abcijk')}{self.fresh if self.chance(50) else ''}"

    def lambda_of(self, count, depth, kind="any"):
        names = [self.variable() for _ in range(count)]
        before, self.scope = self.scope, self.scope + names * 2 if names else self.scope
        body = self.make(kind, depth - 1)
        self.scope = before
        signature = self.pick(SIGNATURES) if self.chance(12) else ""
        word = "\u03bb" if self.chance(5) else "function"
        return Tree(f"{word}({', '.join(names)}){signature}{{ ", body, " }")

    def make_function1(self, depth):
        roll = self.random.random()
        if roll < 0.2:
            return Tree(self.pick(["$string", "$count", "$keys", "$type", "$sum", "$boolean", "$not",
                                   "$reverse", "$length", "$uppercase", "$exists", "$number",
                                   "$spread", "$append", "$lookup", "$substring", "$floor",
                                   "$distinct", "$round", "$merge", "$abs", "$pad"]))
        if roll < 0.3:
            return self.partial(depth)
        if roll < 0.34:
            return Tree("(", self.make_function1(depth - 1), " ~> ", self.make_function1(depth - 1),
                        ")")
        if roll < 0.36:
            return self.make("any", depth - 1)
        kind = self.pick(["any", "boolean", "number", "list", "object", "string"])
        return self.lambda_of(self.pick([1, 1, 1, 2, 3, 0, 4]), depth, kind)

    make_function = make_function1

    def make_function2(self, depth):
        if self.chance(15):
            return Tree(self.pick(["$append", "$zip", "$lookup", "$power", "$max", "$merge"]))
        if self.chance(40):
            return Tree("function($a, $b){ ", Tree(self.pick([
                "$a > $b", "$a.n > $b.n", "$a + $b", "$a & $b", "$append($a, $b)", "$b", "$a < $b",
                "$a.s < $b.s", "[$a, $b]", "$string($a) > $string($b)", "$merge([$a, $b])"])), " }")
        return self.lambda_of(self.pick([2, 2, 2, 3, 4, 1]), depth)

    def partial(self, depth):
        if self.chance(60):
            parts = self.pick([["?"], ["?", "1"], ["?", "?"], ["n", "?"], ["s", "?", "?"]])
            return self.call(self.lambda_of(len(parts), depth), parts)
        name, kinds = self.function(self.pick(["number", "string", "list", "any", "boolean"]))
        parts = ["?" if self.chance(50) or kind == "list" else self.make(kind, depth - 1)
                 for kind in (kind.lstrip("?") for kind in kinds)]
        return self.call(Tree("$" + name), parts)

    def function(self, kind):
        name = self.pick(list(FUNCTIONS[kind]))
        return name.strip(), FUNCTIONS[kind][name]

    def call(self, callee, arguments):
        parts = [callee, "("]
        for argument in arguments:
            parts += [argument, ", "]
        return Tree(*(parts[:-1] if arguments else parts), ")")

    def arguments(self, kinds, depth):
        count = len(kinds)
        while count and kinds[count - 1].startswith("?") and self.chance(50):
            count -= 1
        if self.chance(5):
            count = max(0, count - 1)
        made = [self.make(kind.lstrip("?"), depth - 1) for kind in kinds[:count]]
        if self.chance(1):
            made.append(self.make("any", 0))
        return made

    def call_of(self, kind):
        def make(depth):
            name, kinds = self.function(kind)
            return self.call(Tree("$" + name), self.arguments(kinds, depth))
        return make

    def added(self, depth):
        name = self.pick(list(ADDED))
        return self.call(Tree("$" + name), self.arguments(ADDED[name], depth)) \
            if self.chance(20) else self.recursive(depth)

    def recursive(self, depth):
        step, start = self.make("any", 1), self.pick("0123")
        return Tree("($f := function($k, $c){ $k <= 0 ? $c : $f($k - 1, ", self.pick(
            ["[$c, $k]", "$append($c, $k)", "$c & 'x'", "$k + $c", "{'k': $c}"]), ") }; $f(", start,
            ", ", step, "))")

    def call_of_lambda(self, depth):
        count = self.pick([0, 1, 1, 2])
        arguments = [self.make("any", depth - 1) for _ in range(count + self.pick([0, 0, 0, 1, -1])
                                                                if count else 0)]
        return self.call(self.lambda_of(count, depth), arguments)

    def chain(self, depth):
        kind = self.pick(["list", "number", "string", "any"])
        left = self.operand(kind, depth)
        name, kinds = self.function(self.pick(["number", "string", "list"]))
        right = self.pick([lambda: self.call(Tree("$" + name), self.arguments(kinds[1:], depth)),
                           lambda: self.make_function1(depth - 1), lambda: Tree("$" + name)])()
        return Tree(left, " ~> ", right)

    # ---- operators

    def binary(self, operators, kind, depth):
        return Tree(self.operand(kind, depth), f" {self.pick(operators)} ",
                    self.operand(kind, depth))

    def arithmetic(self, depth):
        return self.binary("++--**/%", "number", depth)

    def concatenation(self, depth):
        return self.binary("&", self.pick(["string", "any"]), depth)

    def comparison(self, depth):
        kind = self.pick(["number", "number", "string", "string", "any", "boolean"])
        return self.binary(["=", "!=", "<", "<=", ">", ">=", "="], kind, depth)

    def logical(self, depth):
        return self.binary(["and", "or"], self.pick(["boolean", "boolean", "any"]), depth)

    def inclusion(self, depth):
        return Tree(self.operand("scalar", depth), " in ", self.operand("list", depth))

    def negated(self, depth):
        return Tree("-", self.operand("number", depth))

    def conditional(self, depth):
        kind = self.pick(["number", "string", "any"])
        tail = [] if self.chance(25) else [" : ", self.operand(kind, depth)]
        return Tree(self.operand("boolean", depth), " ? ", self.operand(kind, depth), *tail)

    def block(self, depth):
        parts, before = ["("], self.scope
        for _ in range(self.pick([1, 1, 2])):
            name = self.variable()
            value = self.lambda_of(self.pick([0, 1, 2]), depth - 1) if self.chance(20) \
                else self.make("any", depth - 1)
            parts += [f"{name} := ", value, "; "]
            self.scope = self.scope + [name, name]
        parts += [self.make("any", depth - 1), ")"]
        self.scope = before
        return Tree(*parts)

    def array(self, depth):
        return self.array_of("any")(depth)

    def array_of(self, kind):
        def make(depth):
            parts = ["["]
            for _ in range(self.pick([0, 1, 1, 2, 2, 3])):
                item = self.make(kind, depth - 1)
                if self.chance(6):
                    item = Tree(self.make("small", 0), "..", self.make("small", 0))
                parts += [item, ", "]
            return Tree(*(parts[:-1] if len(parts) > 1 else parts), "]")
        return make

    def range(self, depth):
        return Tree("[", self.make("small", depth - 1), "..", self.make("small", depth - 1), "]")

    def key(self, depth):
        if self.chance(55):
            return Tree(quoted(self.pick(NAMES)))
        if self.chance(70):
            return Tree(self.pick(["g", "'k' & n", "'k' & s", "'k' & $", "'k' & $string($v)", "s",
                                   "$type($)", "g & 'x'"]))
        return Tree("'k' & ", self.operand("any", depth))

    def pairs(self, depth):
        parts = ["{"]
        for _ in range(self.pick([0, 1, 1, 1, 2, 2, 3])):
            parts += [self.key(depth - 1), ": ", self.make("any", depth - 1), ", "]
        return Tree(*(parts[:-1] if len(parts) > 1 else parts), "}")

    def constructor(self, depth):
        return self.pairs(depth)

    def grouped(self, depth):
        return Tree(self.path(depth - 1), self.pairs(depth))

    def sorted(self, depth):
        parts = []
        for _ in range(self.pick([1, 1, 2])):
            parts += [self.pick(["", "<", ">"]), self.term(depth), ", "]
        tail = self.pick(["", "", ".n", ".s", "[0]", ".$", "#$i", "[]", ".{'s': s}"])
        return Tree(self.path(depth - 1), "^(", *parts[:-1], ")", tail)

    def term(self, depth):
        if self.chance(70):
            return Tree(self.pick(["n", "s", "g", "$", "t", "o.n", "$sum(l)", "n * -1", "u", "d"]))
        return self.make("any", depth - 1)

    def transform(self, depth):
        head = Tree(self.pick(["$", "o", "r", "$$", "r[0]", "m"]))
        pattern = self.pick(["o", "r", "$", "**[n]", "*", "r.o", "l", "u", "r[n > 1]", "o.*"])
        update = self.pairs(depth - 1) if self.chance(80) else self.make("any", depth - 1)
        delete = [Tree(", ", Tree(self.pick(['"n"', '["s", "n"]', "w", "1", "u", "g"])))] \
            if self.chance(40) else []
        return Tree(head, " ~> |", Tree(pattern), "|", update, *delete, "|")

    # ---- paths

    def path(self, depth):
        return self.path_of("any")(depth)

    def path_of(self, kind):
        def make(depth):
            steps = self.pick([1, 2, 2, 2, 3, 3, 4])
            parts = [self.head(depth)]
            for at in range(1, steps):
                parts += [".", self.step(kind if at == steps - 1 else "object", depth, at)]
                if self.chance(3):
                    parts.append("[]")
            if self.chance(6):
                parts.append("[]")
            if self.chance(4):
                parts.append(self.pairs(depth - 1))
            return Tree(*parts)
        return make

    def head(self, depth):
        roll = self.random.random()
        if roll < 0.6:
            head = self.name(self.pick(["list", "object", "object", "any"]))
        elif roll < 0.8:
            head = Tree(self.pick(["$", "$$", "*", "**", "r", "r", "$v", "$p"] + self.scope))
        elif roll < 0.9:
            head = Tree("(", self.make("any", depth - 1), ")")
        else:
            head = self.make("list", depth - 1) if self.chance(50) else self.array(depth)
        return self.staged(head, depth)

    def step(self, kind, depth, at):
        roll = self.random.random()
        if roll < 0.55:
            step = self.name(kind)
        elif roll < 0.63:
            step = Tree(self.pick(["*", "**", "%", "%.%", "$", "%.s", "%.g", "$", "'n'", "and"]))
        elif roll < 0.73:
            step = Tree("(", self.make("any", depth - 1), ")")
        elif roll < 0.8:
            step = self.array(depth - 1)
        elif roll < 0.87:
            step = self.pairs(depth - 1)
        elif roll < 0.94:
            step = self.call_of(self.pick(["number", "string", "list", "boolean", "any"]))(depth - 1)
        else:
            step = self.make(kind, depth - 1)
        return self.staged(step, depth)

    def staged(self, step, depth):
        parts = [step]
        if self.chance(5):
            name = self.variable()
            parts.append("@" + name)
            self.scope = self.scope + [name]
        if self.chance(5):
            name = self.variable()
            parts.append("#" + name)
            self.scope = self.scope + [name]
        while self.chance(22):
            parts += ["[", self.predicate(depth), "]"]
        return Tree(*parts) if len(parts) > 1 else step

    def predicate(self, depth):
        roll = self.random.random()
        if roll < 0.35:
            return Tree(self.pick(["0", "1", "-1", "2", "0.9", "-2", "[0, 1]", "[0..1]", "99"]))
        if roll < 0.6:
            return Tree(self.pick(["n > 1", "n", "s", "t", "g = 'a'", "s = 'b'", "$ > 1", "n = 2",
                                   "$.n < 5", "l[0] = 1", "$exists(o)", "$i = 1", "n in $$.l",
                                   "%.n = 1", "%.g", "$v", "true", "$ = 'a'"]))
        return self.make(self.pick(["boolean", "boolean", "number", "any"]), depth - 1)

    # ---- whole ones

    def expression(self):
        depth = self.pick([1, 2, 2, 2, 3, 3, 3, 4])
        kind = self.pick(["any", "any", "list", "list", "number", "string", "object", "boolean"])
        return self.make(kind, depth)

    def joined(self, depth):
        """Rows beside rows, and what is around them."""
        before, self.scope = self.scope, self.scope + ["$a", "$b", "$i"] * 3
        parts = [Tree(self.pick(["r@$a.r@$b", "r@$a.$$.r@$b", "r#$i.r@$a", "r.r@$a", "r@$a#$i",
                                 "r#$i", "o.r@$a.l#$i", "r.l@$a", "r.o.r", "r.r", "r@$a.o.l@$b",
                                 "r^(n)#$i", "r[n]#$i[$i < 2]", "**.r@$a", "r.*@$a"]))]
        if self.chance(40):
            parts += ["[", Tree(self.pick(["$a.g = $b.g", "$a.n > $i", "$i = 1", "n > 1", "0", "%.n",
                                           "$a", "g = 'a'", "$a.n = $b.n", "-1", "$i"])), "]"]
        if self.chance(25):
            parts += ["^(", Tree(self.pick(["$a.n", ">n", "g", "%.n", "$i", ">$a.s, n"])), ")"]
        if self.chance(70):
            parts += [".", Tree(self.pick(["%", "%.%", "%.n", "{'a': $a.n, 'b': $b.n}", "[n, $i]",
                                           "{g: %.g}", "$a", "$b.s", "(%.s & s)", "l[%.n > 1]", "$i",
                                           "%.l[0]", "o.%.n", "*", "$sum(%.l)", "%.r.%.n", "n[]"]))]
        elif self.chance(60):
            parts.append(self.pairs(depth - 1))
        self.scope = before
        return Tree(*parts)

    # ---- documents

    def value(self, depth):
        kind = self.pick("nnsstzlloaw" if depth > 0 else "nnsstz")
        if kind == "o":
            return self.record(depth - 1)
        if kind == "a":
            return [self.value(depth - 1) for _ in range(self.pick([0, 1, 2, 3]))]
        return self.member(kind, depth)

    def member(self, name, depth):
        if self.chance(6):
            return self.value(depth)
        few = range(self.pick([0, 1, 1, 2, 3, 3, 5]))
        if name == "n":
            return self.pick([0, 1, 1, 2, 2, 3, -1, 5, 2.5, 0.1, 10, 1e21, 123456789, 12.345, 1234])
        if name in "sdg":
            return self.pick({"s": STRINGS, "g": ["a", "b", "c"],
                              "d": ["2024-02-29", "2017-05-15T15:12:59.152Z", "1999",
                                    "2020-12-31T23:59:59+02:00", "12:30", "31st March 2018"]}[name])
        if name == "t":
            return self.chance(50)
        if name == "l":
            return [self.pick([0, 1, 2, 3, 4, 5, -1, 2.5]) for _ in few]
        if name == "w":
            return [self.pick(STRINGS[:12]) for _ in few]
        if name == "r":
            rows = [self.record(depth - 1) for _ in few]
            return rows[0] if len(rows) == 1 and self.chance(40) else rows
        if name == "q":
            return [[self.value(0) for _ in range(self.pick([0, 1, 2]))] for _ in few]
        if name == "m":
            return [self.value(depth - 1) for _ in few]
        if name == "o":
            return self.record(depth - 1)
        return {"z": None, "e": [], "x": {}}[name]

    def record(self, depth):
        names = list(NAMES[:-1] if depth > 0 else "nstgldw")
        if self.chance(30):
            self.random.shuffle(names)
        share = 85 if depth > 1 else 50
        return {name: self.member(name, depth) for name in names if self.chance(share)}

    def document(self):
        """What an expression is evaluated with: its input, if any, and bindings."""
        request = {"bindings": {"v": self.value(1), "p": self.record(1)}}
        roll = self.random.random()
        if roll < 0.85:
            request["input"] = self.record(self.pick([1, 2, 2, 3]))
        elif roll < 0.93:
            request["input"] = [self.record(2) for _ in range(self.pick([1, 2, 3]))]
        elif roll < 0.97:
            request["input"] = self.value(2)
        return request
