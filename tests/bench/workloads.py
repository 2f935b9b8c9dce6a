"""The work loads of `make bench`: definitions and inputs, written to a folder.

W1 chain    1,000 Pass states one behind the other, a 40-byte document
W2 loop     Choice and Pass with States.MathAdd, N rounds; w2_jsonata: in JSONata
W3 order    Tasks (C handlers), Choice, Parallel, Map; one Retry, one Catch
W4 map      inline Map over N items with ItemSelector, two Pass states each
W5 payload  30 Pass states that each add a member to a 1 MB document
W6 queries  ten JSONata expressions over 1,000 orders with three lines each
W7 start    one Pass state
W8 wait     a Map whose N iterations wait 2 seconds each
states_N    N states of mixed kinds, all of which run; chain_N: N Pass states
queries_N   states with N JSONata expressions in all
choice_N    Choices of N equalities in a row; choice_0: none

Nothing is random: each machine gets the same bytes.
"""

import functools
import json
import os

LAMBDA = "arn:aws:lambda:eu-central-1:111122223333:function:"


def task(name, **more):
    return {"Type": "Task", "Resource": LAMBDA + name, **more}


def machine(states, start=None):
    return {"StartAt": start or next(iter(states)), "States": states}


def line(states):
    """States in order, each leading to the next, the last to the end."""
    names = list(states)
    for name, following in zip(names, names[1:]):
        states[name]["Next"] = following
    states[names[-1]]["End"] = True
    return machine(states)


def processor(states):
    return {"ProcessorConfig": {"Mode": "INLINE"}, **states}


def chain(count=1000):
    return line({f"Step {i}": {"Type": "Pass"} for i in range(count)})


def mixed_state(i, last):
    """State I of a machine that goes through all its states; LAST is the last one's name."""
    return [
        lambda: {"Type": "Choice", "Choices": [
            {"Variable": "$.n", "NumericEquals": -i - 1, "Next": last},
            {"And": [{"Variable": "$.kind", "StringEquals": f"kind {i}"},
                     {"Variable": "$.m", "IsPresent": True}], "Next": last}]},
        lambda: task(f"work{i % 50}", ResultPath="$.r", Parameters={
            "id.$": "$.id", "at": i, "text.$": "States.Format('no {}', $.n)"},
            Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 2}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": last}]),
        lambda: {"Type": "Pass", "Parameters": {
            "id.$": "$.id", "n.$": "States.MathAdd($.n, 1)", "items.$": "$.items",
            "kind": f"kind {i}"}},
        lambda: {"Type": "Map", "ItemsPath": "$.items", "ResultPath": "$.mapped",
                 "ItemSelector": {"v.$": "$$.Map.Item.Value", "c": i},
                 "ItemProcessor": processor(line({f"Item {i}": {
                     "Type": "Pass", "Parameters": {"x.$": "$.v", "k": i}}}))},
        lambda: {"Type": "Pass", "ResultPath": "$.result",
                 "Result": {"a": i, "b": [1, 2, i], "c": f"text {i}, longer than a word"}},
        lambda: {"Type": "Wait", "Seconds": 1},
        lambda: {"Type": "Pass", "Assign": {f"count{i % 20}.$": "$.n"}},
    ][i % 10 % 7]()


def mixed(count):
    names = [f"State {i}" for i in range(count)]
    states = {name: mixed_state(i, names[-1]) for i, name in enumerate(names[:-1])}
    states[names[-1]] = {"Type": "Succeed"}
    for name, following in zip(names, names[1:]):
        if states[name]["Type"] == "Choice":
            states[name]["Default"] = following
        else:
            states[name]["Next"] = following
    return machine(states)


# Choices in a row.
CHOICES = 60


def choices(count):
    """Each state's last equality is the one that holds."""
    states = {}
    for i in range(CHOICES if count else 0):
        following = f"Which {i + 1}?" if i + 1 < CHOICES else "Done"
        states[f"Which {i}?"] = {"Type": "Choice", "Choices": [
            {"Variable": "$.kind", "StringEquals": f"kind {k}",
             "Next": "Wrong" if k + 1 < count else following} for k in range(count)]}
    if count:
        states["Wrong"] = {"Type": "Fail", "Error": "Wrong"}
    return machine({**states, "Done": {"Type": "Succeed"}})


def loop():
    return machine({
        "Again?": {"Type": "Choice", "Default": "Over",
                   "Choices": [{"Variable": "$.at", "NumericLessThanPath": "$.end",
                                "Next": "Count"}]},
        "Count": {"Type": "Pass", "Next": "Again?",
                  "Parameters": {"at.$": "States.MathAdd($.at, 1)", "end.$": "$.end"}},
        "Over": {"Type": "Succeed"}})


def jsonata_loop():
    """The same loop with variables, as one writes it in JSONata."""
    return {"QueryLanguage": "JSONata", **machine({
        "Begin": {"Type": "Pass", "Next": "Again?",
                  "Assign": {"at": "{% $states.input.at %}", "end": "{% $states.input.end %}"}},
        "Again?": {"Type": "Choice", "Default": "Over",
                   "Choices": [{"Condition": "{% $at < $end %}", "Next": "Count"}]},
        "Count": {"Type": "Pass", "Next": "Again?", "Assign": {"at": "{% $at + 1 %}"}},
        "Over": {"Type": "Succeed",
                 "Output": {"at": "{% $at %}", "end": "{% $end %}"}}})}


def order():
    customer = line({"Look up": task("lookup", Parameters={"id.$": "$.customer"})})
    delivery = line({"Delivery": {"Type": "Pass", "Result": {"by": "van", "price": 6}}})
    price = line({"Price": task("price", ResultSelector={"article.$": "$.article",
                                                         "sum.$": "$.sum"})})
    return machine({
        "Check": task("check", Next="Good?", ResultPath="$.check",
                      Parameters={"order.$": "$.order",
                                  "lines.$": "States.ArrayLength($.lines)"},
                      ResultSelector={"good.$": "$.good", "rules.$": "$.rules"}),
        "Good?": {"Type": "Choice", "Default": "Refused", "Choices": [
            {"And": [{"Variable": "$.check.good", "BooleanEquals": True},
                     {"Variable": "$.check.rules", "NumericGreaterThan": 0}],
             "Next": "Gather"}]},
        "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "the check said no"},
        "Gather": {"Type": "Parallel", "Branches": [customer, delivery], "Next": "Prices",
                   "ResultSelector": {"customer.$": "$[0]", "delivery.$": "$[1]"},
                   "ResultPath": "$.more"},
        "Prices": {"Type": "Map", "ItemsPath": "$.lines", "Next": "Pay",
                   "ItemSelector": {"number.$": "$$.Map.Item.Index",
                                    "line.$": "$$.Map.Item.Value",
                                    "class.$": "$.more.customer.class"},
                   "ItemProcessor": processor(price), "ResultPath": "$.prices"},
        "Pay": task("pay", Next="Take", ResultPath="$.payment",
                    Parameters={"order.$": "$.order", "who.$": "$.more.customer.id"},
                    Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1,
                            "MaxAttempts": 3, "BackoffRate": 2}]),
        "Take": task("take", Next="Sum up", ResultPath="$.stock", Catch=[
            {"ErrorEquals": ["SoldOut"], "ResultPath": "$.missing", "Next": "Later"},
            {"ErrorEquals": ["States.ALL"], "Next": "Refused"}]),
        "Later": {"Type": "Pass", "Result": {"later": True, "days": 4},
                  "ResultPath": "$.stock", "Next": "Sum up"},
        "Sum up": {"Type": "Pass", "Next": "Tell", "Parameters": {
            "order.$": "$.order",
            "text.$": "States.Format('{} with {} lines', $.order, States.ArrayLength($.prices))",
            "sums.$": "$.prices[*].sum", "payment.$": "$.payment",
            "delivery.$": "$.more.delivery", "stock.$": "$.stock",
            "why.$": "$.missing.Error"}},
        "Tell": task("tell", ResultPath=None, Next="Done"),
        "Done": {"Type": "Succeed"}})


def map_items():
    return line({"Items": {
        "Type": "Map", "ItemsPath": "$.items",
        "ItemSelector": {"at.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value",
                         "rate.$": "$.rate"},
        "ItemProcessor": processor(line({
            "Add": {"Type": "Pass", "Parameters": {
                "id.$": "$.item.id", "sum.$": "States.MathAdd($.item.x, $.item.y)"}},
            "Mark": {"Type": "Pass", "Result": "ok", "ResultPath": "$.state"}}))}})


def payload(first=0):
    return line({f"Add {i}": {"Type": "Pass", "Result": first + i, "ResultPath": f"$.m{i:02}"}
                 for i in range(30)})


def start():
    return line({"Only": {"Type": "Pass", "Result": {"ok": True}, "ResultPath": "$.r"}})


def wait():
    return line({"Items": {"Type": "Map", "ItemsPath": "$.items",
                           "ItemProcessor": processor(line({
                               "Sleep": {"Type": "Wait", "Seconds": 2}}))}})


# W6: name, expression.
EXPRESSIONS = {
    "sum": "$sum(orders.amount)",
    "count_some": "$count(orders[state='sent'])",
    "ids_of_some": "orders[area='west' and amount > 400].number",
    "objects": "orders.{'number': number, 'gross': amount * 1.07}",
    "sum_nested": "$sum(orders.lines.(count * each))",
    "group": "orders{area: $sum(amount)}",
    "sort": "orders^(>amount, number)[[0..11]].number",
    "map_reduce": "$reduce($map(orders, function($o) { $o.amount > 800 ? $o.amount : 0 }), "
                  "function($all, $one) { $all + $one })",
    "distinct": "$count($distinct(orders.lines.article))",
    "text": "$join($map(orders[[0..249]], function($o) "
            "{ $uppercase($o.number) & '=' & $string($o.amount) }), ';')",
}


def w6_input():
    return {"orders": [
        {"number": f"n{i:04}", "buyer": f"b-{i * 11 % 60}",
         "area": ("west", "east", "north", "south")[i * 7 % 4],
         "state": ("new", "sent", "paid")[i * 2 % 3], "amount": i * 53 % 1000 + 0.25,
         "lines": [{"article": f"a{(i * 3 + k) % 45}", "count": 1 + (i + k) % 5,
                    "each": 4 + i * (k + 1) % 60} for k in range(3)]}
        for i in range(1000)]}


# What states ask of their data; {i} makes each one different.
QUERIES = (
    "$states.input.orders[amount > {i}].number",
    "$sum($states.input.lines.(count * each)) + {i}",
    "$states.input.name & ' no {i}'",
    "$states.input.kind = 'kind {i}' and $count($states.input.items) > {i} ? $k : 'other'",
    "$map($states.input.items, function($v, $i) {{ $v.price * $i + {i} }})",
    "$states.input.orders{{area: $sum(amount)}}",
    "$merge([$states.input, {{'n{i}': $states.input.n + {i}}}])",
    "$states.input.orders^(>amount, number)[{i}]",
    "( $t := $states.input.total * 1.19; $t > {i} ? $round($t, 2) : $string($t) )",
    "$exists($states.input.customer.address.city) ? $uppercase($states.input.customer.address.city)"
    " : 'none {i}'",
)


def queries(count):
    """Ten expressions a state, in Arguments of a Task and in its Output."""
    def text(i):
        return "{% " + QUERIES[i % len(QUERIES)].format(i=i) + " %}"
    states = {"Begin": {"Type": "Pass", "Assign": {"k": "one"}}}
    for first in range(0, count, 10):
        states[f"State {first // 10}"] = task(
            f"work{first // 10 % 50}",
            Arguments={f"a{i}": text(i) for i in range(first, first + 5)},
            Output={f"o{i}": text(i) for i in range(first + 5, first + 10)})
    return {"QueryLanguage": "JSONata", **line(states)}


def records(count):
    """About 115 bytes each, the kinds of members that documents have."""
    return [{"id": i, "name": f"customer number {i}", "mail": f"c{i}@example.org",
             "active": i % 3 != 0, "score": i % 1000, "tags": ["red", "blue", "green"][:i % 4],
             "note": None} for i in range(count)]


def calls(most):
    """A Map whose items are the inputs of one task, MOST at once (0: all)."""
    function = "arn:aws:lambda:us-east-1:123456789012:function:work"
    return {"StartAt": "All", "States": {"All": {
        "Type": "Map", "ItemsPath": "$", "MaxConcurrency": most, "End": True,
        "ItemProcessor": {"StartAt": "Work", "States": {
            "Work": {"Type": "Task", "Resource": function, "End": True}}}}}}


DEFINITIONS = {"w1": chain, "w2": loop, "w2_jsonata": jsonata_loop, "w3": order, "w4": map_items, "w5": payload,
               "w7": start, "w8": wait}
for size in (1000, 10000, 100000):
    DEFINITIONS[f"states_{size}"] = functools.partial(mixed, size)
    DEFINITIONS[f"chain_{size}"] = functools.partial(chain, size)
for name, most in (("http_64", 64), ("http_all", 0), ("exec", 1)):
    DEFINITIONS[name] = functools.partial(calls, most)
for size in (200, 2000):
    DEFINITIONS[f"queries_{size}"] = functools.partial(queries, size)
for size in (0, 2, 1000):
    DEFINITIONS[f"choice_{size}"] = functools.partial(choices, size)
DEFINITIONS["w5_peer"] = functools.partial(payload, 1)  # a peer takes Result 0 for none


def w4_input(count):
    return {"rate": 0.19, "items": [{"id": i, "x": i % 100, "y": i % 7} for i in range(count)]}


INPUTS = {
    "w1": lambda: {"id": "order-7", "n": 2, "tags": ["x", "y"]},
    "w2": lambda: {"at": 0, "end": 100000},
    "w2_small": lambda: {"at": 0, "end": 1000},
    "w3": lambda: {"order": "o-2002", "customer": "c-5", "currency": "EUR", "lines": [
        {"article": f"art-{i:02}", "count": 1 + i % 3, "each": 10 + i} for i in range(10)]},
    "w4": lambda: w4_input(10000),
    "w4_100000": lambda: w4_input(100000),
    "w4_1000000": lambda: w4_input(1000000),
    "w5": lambda: {"kind": "payload", "records": records(9000)},
    "w6": w6_input,
    "w7": lambda: {"hello": "world"},
    "w8": lambda: {"items": list(range(10000))},
    "w8_100000": lambda: {"items": list(range(100000))},
    "http_0": lambda: [],
    "http_5000": lambda: list(range(5000)),
    "http_100000": lambda: list(range(100000)),
    "exec_1000": lambda: [{"order": 7}] * 1000,
    "states": lambda: {"id": "order-7", "n": 1, "kind": "none", "items": [1, 2, 3]},
    "choice_0": lambda: {"kind": "none"},
    "choice_2": lambda: {"kind": "kind 1"},
    "choice_1000": lambda: {"kind": "kind 999"},
}


def write(folder, name, make):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            json.dump(make(), file, separators=(",", ":"))
        os.rename(path + ".tmp", path)
    return path


def definition(folder, name):
    return write(folder, name + ".asl.json", DEFINITIONS[name])


def expressions(folder):
    return write(folder, "w6_expressions.json", lambda: list(EXPRESSIONS.values()))


def input_file(folder, name):
    return write(folder, name + "_input.json", INPUTS[name])
