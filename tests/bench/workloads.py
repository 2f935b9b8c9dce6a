"""The work loads of `make bench`: definitions and inputs, written to a folder.

W1 chain    1,000 Pass states one behind the other, a 40-byte document
W2 loop     Choice and Pass with States.MathAdd, N rounds
W3 order    Tasks (C handlers), Choice, Parallel, Map; one Retry, one Catch
W4 map      inline Map over N items with ItemSelector, two Pass states each
W5 payload  30 Pass states that each add a member to a 1 MB document
W7 start    one Pass state
W8 wait     a Map whose N iterations wait 2 seconds each

Nothing is random: each machine gets the same bytes.
"""

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


def chain():
    return line({f"Step {i}": {"Type": "Pass"} for i in range(1000)})


def loop():
    return machine({
        "Again?": {"Type": "Choice", "Default": "Over",
                   "Choices": [{"Variable": "$.at", "NumericLessThanPath": "$.end",
                                "Next": "Count"}]},
        "Count": {"Type": "Pass", "Next": "Again?",
                  "Parameters": {"at.$": "States.MathAdd($.at, 1)", "end.$": "$.end"}},
        "Over": {"Type": "Succeed"}})


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


def payload():
    return line({f"Add {i}": {"Type": "Pass", "Result": i, "ResultPath": f"$.m{i:02}"}
                 for i in range(30)})


def start():
    return line({"Only": {"Type": "Pass", "Result": {"ok": True}, "ResultPath": "$.r"}})


def wait():
    return line({"Items": {"Type": "Map", "ItemsPath": "$.items",
                           "ItemProcessor": processor(line({
                               "Sleep": {"Type": "Wait", "Seconds": 2}}))}})


def records(count):
    """About 115 bytes each, the kinds of members that documents have."""
    return [{"id": i, "name": f"customer number {i}", "mail": f"c{i}@example.org",
             "active": i % 3 != 0, "score": i % 1000, "tags": ["red", "blue", "green"][:i % 4],
             "note": None} for i in range(count)]


DEFINITIONS = {"w1": chain, "w2": loop, "w3": order, "w4": map_items, "w5": payload,
               "w7": start, "w8": wait}


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
    "w7": lambda: {"hello": "world"},
    "w8": lambda: {"items": list(range(10000))},
    "w8_100000": lambda: {"items": list(range(100000))},
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


def input_file(folder, name):
    return write(folder, name + "_input.json", INPUTS[name])
