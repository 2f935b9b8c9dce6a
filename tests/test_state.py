#!/usr/bin/env python3
"""`aslc test-state`: its answers, step by step, and what it refuses.

Each case compiles a state through the real compiler and compares the whole answer; the
recorded calls of AWS are with tests/conformance/run-asl.
"""

import json
import os
import re
import stat
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
               "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}

failures = []
done = 0


def run(command, stdin=b""):
    env = dict(os.environ)
    env.setdefault("CFLAGS", "-O0")
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          timeout=120, check=False, env=env)


def put(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def report(name, problem):
    global done
    done += 1
    if problem:
        failures.append(name)
        print(f"FAIL {name}: {problem}")


def test(definition, *arguments):
    return run([ASLC, "test-state", put("state.asl.json", definition), *arguments])


def answer_of(result):
    try:
        return json.loads(result.stdout)
    except ValueError:
        return {"exit": result.returncode, "stdout": result.stdout.decode(),
                "stderr": result.stderr.decode()[-300:]}


def unfold(answer):
    """The answer with JSON texts as values."""
    answer = dict(answer)
    if "output" in answer:
        answer["output"] = json.loads(answer["output"])
    data = answer.get("inspectionData")
    if data is not None:
        answer["inspectionData"] = {
            key: json.loads(value) if isinstance(value, str) else value
            for key, value in data.items()}
    return answer


def expect(name, definition, arguments, wanted):
    """The answer is WANTED, whole; exit 0."""
    result = test(definition, *arguments)
    got = answer_of(result)
    if "status" in got:
        got = unfold(got)
    problem = None
    if got != wanted or result.returncode != 0:
        problem = f"exit {result.returncode}\n  wanted {json.dumps(wanted)}\n  got    {json.dumps(got)}"
    report(name, problem)


def expect_refusal(name, definition, arguments, code, message, status=2):
    """The call is refused with a message that holds MESSAGE."""
    result = test(definition, *arguments)
    error = answer_of(result).get("call_error", {})
    problem = None
    if error.get("code") != code or message not in error.get("message", "") or (
            result.returncode != status):
        problem = f"exit {result.returncode}: {error or answer_of(result)}"
    report(name, problem)


def expect_misuse(name, arguments, text, status=2, stdin=b""):
    """Wrong usage: no answer, a message with TEXT."""
    result = run([ASLC, "test-state", *arguments], stdin)
    problem = None
    if result.returncode != status or result.stdout or text not in result.stderr.decode():
        problem = f"exit {result.returncode}: {result.stdout.decode()}{result.stderr.decode()}"
    report(name, problem)


def mock(result):
    return ["--mock-json", json.dumps({"result": json.dumps(result)})]


def mock_error(error, cause):
    return ["--mock-json", json.dumps({"errorOutput": {"error": error, "cause": cause}})]


DEBUG = ["--level", "DEBUG"]


# ---- answers ------------------------------------------------------------------------------

def steps_of_jsonpath():
    expect("a Task tells each step",
           {"Type": "Task", "Resource": FUNCTION, "InputPath": "$.in", "Next": "After",
            "Parameters": {"n.$": "$.n"}, "ResultSelector": {"r.$": "$.x"},
            "ResultPath": "$.out", "OutputPath": "$.out"},
           ["--input-json", '{"in": {"n": 12345678901234567890}}', *mock({"x": [1]}), *DEBUG],
           {"status": "SUCCEEDED", "nextState": "After", "output": {"r": [1]},
            "inspectionData": {
                "input": {"in": {"n": 12345678901234567890}},
                "afterInputPath": {"n": 12345678901234567890},
                "afterParameters": {"n": 12345678901234567890},
                "result": {"x": [1]}, "afterResultSelector": {"r": [1]},
                "afterResultPath": {"in": {"n": 12345678901234567890}, "out": {"r": [1]}}}})
    expect("INFO tells none", {"Type": "Pass", "End": True}, ["--input-json", "[1]"],
           {"status": "SUCCEEDED", "output": [1]})
    expect("a Pass with a Result has no steps before it",
           {"Type": "Pass", "Result": 5, "InputPath": "$.a", "End": True},
           ["--input-json", '{"a": 1}', *DEBUG],
           {"status": "SUCCEEDED", "output": 5,
            "inspectionData": {"input": {"a": 1}, "result": 5, "afterResultSelector": 5,
                               "afterResultPath": 5}})
    expect("a step that fails is the last",
           {"Type": "Task", "Resource": FUNCTION, "Parameters": {"n.$": "$.n"}, "End": True},
           [*mock(1), *DEBUG],
           {"status": "FAILED", "error": "States.Runtime",
            "cause": "The JSONPath '$.n' specified for the field 'n.$' could not be found in the "
                     "input '{}'",
            "inspectionData": {"input": {}, "afterInputPath": {}}})


def steps_of_jsonata():
    expect("a JSONata Task tells Arguments and result",
           {"QueryLanguage": "JSONata", "Type": "Task", "Resource": FUNCTION, "End": True,
            "Arguments": {"n": "{% $states.input.n + $step %}"},
            "Assign": {"seen": "{% $states.result.x %}"},
            "Output": "{% $states.result.x & '!' %}"},
           ["--input-json", '{"n": 1}', "--variables", put("variables.json", {"step": 2, "z": 0}),
            *mock({"x": "y"}), *DEBUG],
           {"status": "SUCCEEDED", "output": "y!",
            "inspectionData": {"input": {"n": 1}, "afterArguments": {"n": 3},
                               "result": {"x": "y"},
                               "variables": {"step": 2, "z": 0, "seen": "y"}}})
    expect("an expression's error is caught like others",
           {"QueryLanguage": "JSONata", "Type": "Task", "Resource": FUNCTION, "End": True,
            "Arguments": "{% $states.input.gone %}",
            "Catch": [{"ErrorEquals": ["X"], "Next": "No"},
                      {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Yes",
                       "Output": "{% $states.errorOutput.Error %}"}]},
           [*mock(1), *DEBUG],
           {"status": "CAUGHT_ERROR", "nextState": "Yes", "output": "States.QueryEvaluationError",
            "error": "States.QueryEvaluationError",
            "cause": "The JSONata expression '$states.input.gone' specified for the field "
                     "'Arguments' returned nothing (undefined).",
            "inspectionData": {"input": {}, "errorDetails": {"catchIndex": 1}}})


def maps():
    items = {"Type": "Map", "ItemsPath": "$.v", "End": True, "MaxConcurrency": 3,
             "ItemSelector": {"x.$": "$$.Map.Item.Value", "k.$": "$key"},
             "ItemBatcher": {"MaxItemsPerBatch": 2}, "ToleratedFailurePercentage": 50,
             "ItemProcessor": DISTRIBUTED, "ResultPath": None}
    variables = ["--variables", put("variables.json", {"key": "K"})]
    chosen = [{"k": "K", "x": 1}, {"k": "K", "x": 2}, {"k": "K", "x": 3}]
    expect("a Map tells what its items are given",
           items, ["--input-json", '{"v": [1, 2, 3]}', *variables, *mock([0]), *DEBUG],
           {"status": "SUCCEEDED", "output": {"v": [1, 2, 3]},
            "inspectionData": {
                "input": {"v": [1, 2, 3]}, "afterInputPath": {"v": [1, 2, 3]},
                "afterItemsPath": [1, 2, 3], "afterItemSelector": chosen,
                "afterItemBatcher": [{"Items": chosen[:2]}, {"Items": chosen[2:]}],
                "afterResultSelector": [0], "afterResultPath": {"v": [1, 2, 3]},
                "maxConcurrency": 3, "toleratedFailurePercentage": 50,
                "variables": {"key": "K"}}})
    configuration = ["--state-configuration",
                     put("configuration.json", {"mapIterationFailureCount": 2})]
    expect("more failures than are tolerated",
           items, ["--input-json", '{"v": [1, 2, 3]}', *variables, *mock([0, 1, 2]),
                   *configuration],
           {"status": "FAILED", "error": "States.ExceedToleratedFailureThreshold",
            "cause": "The specified tolerated failure threshold was exceeded"})
    expect_refusal("more failures than items", items,
                   ["--input-json", '{"v": [1]}', *variables, *mock([0, 1]), *configuration],
                   "ValidationException", "Map iteration failure count must be less than")
    read = {"QueryLanguage": "JSONata", "Type": "Map", "End": True, "ItemProcessor": DISTRIBUTED,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
                           "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a~1b/0"},
                           "Arguments": {"Bucket": "b", "Key": "k"}}}
    put("configuration.json", {"mapItemReaderData": '{"a/b": [["one", "two"]]}'})
    expect("an ItemReader's data", read, [*mock([1, 2]), *configuration, *DEBUG],
           {"status": "SUCCEEDED", "output": [1, 2],
            "inspectionData": {"input": {}, "afterItemsPointer": ["one", "two"],
                               "maxConcurrency": 0}})
    put("configuration.json", {"mapItemReaderData": '{"a/b": {}}'})
    expect("an ItemReader's data that is no array", read, [*mock([1, 2]), *configuration],
           {"status": "FAILED", "error": "States.ItemReaderFailed",
            "cause": "Attempting to map over non-iterable node."})


def ways_out():
    choice = {"Type": "Choice", "Default": "Me",
              "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}]}
    expect("a Choice's way", choice, ["--input-json", '{"n": 1}'],
           {"status": "SUCCEEDED", "nextState": "One", "output": {"n": 1}})
    expect("a way back to itself", choice, ["--state", "Me", "--input-json", '{"n": 2}'],
           {"status": "SUCCEEDED", "nextState": "Me", "output": {"n": 2}})
    task = {"Type": "Task", "Resource": FUNCTION, "End": True,
            "Retry": [{"ErrorEquals": ["A"]},
                      {"ErrorEquals": ["B"], "IntervalSeconds": 3, "BackoffRate": 3,
                       "MaxAttempts": 3, "MaxDelaySeconds": 20}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Saved", "ResultPath": "$.e"}]}
    for count, wait in ((0, 3), (1, 9), (2, 20)):
        put("configuration.json", {"retrierRetryCount": count})
        expect(f"retry {count + 1}", task,
               [*mock_error("B", "why"), *DEBUG, "--state-configuration", "configuration.json"],
               {"status": "RETRIABLE", "error": "B", "cause": "why",
                "inspectionData": {"input": {}, "afterInputPath": {}, "afterParameters": {},
                                   "errorDetails": {"retryIndex": 1,
                                                    "retryBackoffIntervalSeconds": wait}}})
    put("configuration.json", {"retrierRetryCount": 3})
    expect("no retry left", task,
           [*mock_error("B", "why"), *DEBUG, "--state-configuration", "configuration.json"],
           {"status": "CAUGHT_ERROR", "nextState": "Saved", "error": "B", "cause": "why",
            "output": {"e": {"Error": "B", "Cause": "why"}},
            "inspectionData": {"input": {}, "afterInputPath": {}, "afterParameters": {},
                               "errorDetails": {"retryIndex": 1, "catchIndex": 0}}})
    expect("States.Runtime is not caught", task, [*mock_error("States.Runtime", "x")],
           {"status": "FAILED", "error": "States.Runtime", "cause": "x"})
    expect("nobody waits for a Wait", {"Type": "Wait", "Seconds": 299, "Next": "On"}, [],
           {"status": "SUCCEEDED", "nextState": "On", "output": {}})
    expect("but for five minutes", {"Type": "Wait", "Seconds": 301, "Next": "On"}, [],
           {"status": "FAILED", "error": "States.Timeout"})
    expect("a Fail state", {"Type": "Fail"}, [], {"status": "FAILED"})


def machines():
    machine = {"StartAt": "First", "States": {
        "First": {"Type": "Pass", "Assign": {"who": "Ada"}, "Next": "Fork"},
        "Fork": {"Type": "Parallel", "End": True, "Branches": [
            {"StartAt": "Inner", "States": {"Inner": {
                "Type": "Pass", "Parameters": {"hi.$": "States.Format('{}!', $who)"},
                "Next": "Last"}, "Last": {"Type": "Succeed"}}}]}}}
    expect("a state within a branch, with a variable from outside", machine,
           ["--state", "Inner", "--variables", put("variables.json", {"who": "Grace"})],
           {"status": "SUCCEEDED", "nextState": "Last", "output": {"hi": "Grace!"}})
    expect("a variable that is not given", machine, ["--state", "Inner"],
           {"status": "FAILED", "error": "States.Runtime",
            "cause": "The function 'States.Format('{}!', $who)' had the following error: The "
                     "JsonPath argument for the field '$who' could not be found in the input "
                     "'{}'"})
    expect_refusal("an error elsewhere in the machine counts",
                   {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
                                               "B": {"Type": "Nap"}}},
                   ["--state", "A"], "InvalidDefinition", "at /States/B/Type'", 1)
    expect_refusal("an error of a single state has its place in a machine",
                   {"Type": "Parallel", "Branches": [], "End": True}, [*mock([])],
                   "InvalidDefinition", "Value cannot be empty at /States/StateName/Branches'", 1)
    expect_refusal("no such state", machine, ["--state", "Outer"], "ValidationException",
                   "State not found in definition")
    expect_refusal("a machine without --state", machine, [], "InvalidDefinition", "[Type]")
    expect_refusal("no JSON", "{", [], "InvalidDefinition", "INVALID_JSON_DESCRIPTION", 1)


def real_tasks():
    put("double.py", "import json, sys\nprint(json.load(sys.stdin) * 2)\n")
    tasks = {"tasks": {"work": {"exec": [sys.executable, "double.py"]}}}
    task = {"Type": "Task", "Resource": FUNCTION, "InputPath": "$.n", "ResultPath": "$.n",
            "End": True}
    expect("a Task without a mock is called", task,
           ["--input-json", '{"n": 21}', "--tasks", put("tasks.json", tasks), *DEBUG],
           {"status": "SUCCEEDED", "output": {"n": 42},
            "inspectionData": {"input": {"n": 21}, "afterInputPath": 21, "afterParameters": 21,
                               "result": 42, "afterResultSelector": 42,
                               "afterResultPath": {"n": 42}}})
    handler = put("work.c", "#include <aslrt/task.h>\n"
                  "static asl_value work(asl_task_call *call, asl_value input)\n"
                  "{ (void)call; return asl_integer((int64_t)asl_count(input)); }\n"
                  "ASL_TASK(work, work)\n")
    expect("a Task whose C function is linked", {"Type": "Task", "Resource": FUNCTION, "End": True},
           [handler, "--input-json", "[1, 2, 3]"], {"status": "SUCCEEDED", "output": 3})
    expect_misuse("a Task that nothing answers", [put("state.asl.json", task)],
                  "a mock would answer in its place")
    expect_refusal("no role", task, ["--role-arn", ""], "ValidationException",
                   "RoleArn must be specified when testing a Task state")


def contexts():
    task = {"QueryLanguage": "JSONata", "Type": "Task", "Resource": FUNCTION, "End": True,
            "Output": "{% $states.context %}"}
    role = "arn:aws:iam::999999999999:role/R"
    answer = answer_of(test(task, *mock(0), "--input-json", "[7]", "--role-arn", role))
    context = json.loads(answer.get("output", "{}"))
    shape = {"Execution": ["Id", "Input", "Name", "RoleArn", "StartTime"],
             "StateMachine": ["Id", "Name"], "State": ["Name", "EnteredTime", "RetryCount"]}
    holds = {key: list(value) for key, value in context.items()} == shape and re.fullmatch(
        r"arn:aws:states:us-east-1:999999999999:express:([-0-9a-f]{36}):([-0-9a-f]{36})",
        context["Execution"]["Id"]) and context["Execution"]["RoleArn"] == role and (
        context["Execution"]["Input"] == [7] and context["State"]["Name"] == "StateName")
    report("the context object that is made", None if holds else f"got {answer}")
    given = {"Execution": {"Id": "x", "Input": {"a": 1}}, "State": {"RetryCount": 4}}
    expect("the context object of the call", task,
           [*mock(0), "--context", put("context.json", given)],
           {"status": "SUCCEEDED", "output": given})
    for name, wrong, message in (
            ("a field nobody knows", {"Pokedex": {}}, "Field 'Pokedex' is not allowed"),
            ("one within", {"State": {"x": 1}}, "Field 'x' is not allowed"),
            ("a number for a name", {"StateMachine": {"Name": 1}},
             "StateMachine.Name must be a string"),
            ("Map", {"Map": {}}, "'Map' field is not supported when mocking a Context object"),
            ("Task", {"Task": {"Token": "t"}}, "Context object contains 'Task' when")):
        expect_refusal("context: " + name, task,
                       [*mock(0), "--context", put("context.json", wrong)],
                       "ValidationException", "Invalid Context object provided: " + message)


# ---- refusals --------------------------------------------------------------------------------

def service(resource, mocked, mode=None):
    definition = {"Type": "Task", "Resource": "arn:aws:states:::" + resource, "End": True,
                  "Parameters": {}}
    mocked = {"result": mocked if isinstance(mocked, str) else json.dumps(mocked)}
    if mode:
        mocked["fieldValidationMode"] = mode
    return definition, ["--mock-json", json.dumps(mocked)]


def shapes():
    message = "Mock result schema validation error: "
    wrong = [
        ("sqs:sendMessage", {"MessageId": 1}, "Field 'MessageId' must be a string"),
        ("lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("dynamodb:getItem", {"Item": []}, "Field 'Item' must be an object"),
        ("dynamodb:getItem", {"Item": {"a": {"BOOL": "no"}}}, "Field 'BOOL' must be a boolean"),
        ("dynamodb:getItem", {"Item": {"a": {"L": [{"M": {"b": {"S": 1}}}]}}},
         "Field 'S' must be a string"),
        ("aws-sdk:dynamodb:query", {"Items": {}}, "Field 'Items' must be an array"),
        ("aws-sdk:kms:generateDataKey", {"CiphertextBlob": ""},
         "Field 'CiphertextBlob' is smaller than the minimum length"),
        ("aws-sdk:kms:sign", {"SigningAlgorithm": "ROT13"},
         "Field 'SigningAlgorithm' is not an expected value"),
        ("aws-sdk:lambda:getFunctionConfiguration", {"Timeout": 0},
         "Field 'Timeout' is less than the minimum value"),
        ("states:startExecution", {"StartDate": "now"},
         "Required field 'ExecutionArn' is missing"),
    ]
    for resource, mocked, text in wrong:
        definition, arguments = service(resource, mocked)
        expect_refusal(f"{resource} {mocked}", definition, arguments, "ValidationException",
                       message + text)
        definition, arguments = service(resource, mocked, "NONE")
        expect(f"{resource} {mocked} unchecked", definition, arguments,
               {"status": "SUCCEEDED", "output": mocked})
    for resource, mocked, mode in (
            ("states:startExecution", {}, "PRESENT"), ("sns:publish", {"Other": 1}, None),
            ("lambda:invoke", {"Payload": {"any": [1]}}, None),
            ("aws-sdk:nothing:doIt", {"x": 1}, None)):
        definition, arguments = service(resource, mocked, mode)
        expect(f"{resource} {mocked} fits", definition, arguments,
               {"status": "SUCCEEDED", "output": mocked})
    definition, arguments = service("sqs:sendMessage.waitForTaskToken", 5)
    expect("who holds the token answers what it likes", definition, arguments,
           {"status": "SUCCEEDED", "output": 5})
    for mocked, text in (("no", "Mocked result must be valid JSON"),
                         ([1], "Mocked result must be a JSON object.")):
        definition, arguments = service("sqs:sendMessage", mocked)
        expect_refusal(f"a service's {mocked}", definition, arguments, "ValidationException", text)


def mocks():
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    fork = {"Type": "Parallel", "End": True, "Branches": [
        {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]}
    both = ["--mock-json", '{"result": "1", "errorOutput": {}}']
    one_of = "only one of the following fields: [result, errorOutput]."
    expect_refusal("result and errorOutput", task, both, "ValidationException", one_of)
    expect_refusal("neither", task, ["--mock-json", "{}"], "ValidationException", one_of)
    expect_refusal("a mode nobody knows", task,
                   ["--mock-json", '{"result": "1", "fieldValidationMode": "LAX"}'],
                   "ValidationException", "mock.fieldValidationMode")
    expect_refusal("secrets with a mock", task, [*mock(1), "--reveal-secrets"],
                   "ValidationException",
                   "TestState does not support RevealSecrets when a mock is specified.")
    for kind, rest in (("Pass", {"End": True}), ("Wait", {"Seconds": 1, "End": True}),
                       ("Succeed", {}), ("Fail", {})):
        expect_refusal(f"a mock for {kind}", {"Type": kind, **rest}, mock(1),
                       "ValidationException",
                       f"State type '{kind}' is not supported when a mock is specified")
    expect_refusal("a Parallel without one", fork, [], "InvalidDefinition",
                   "TestState API does not support Map or Parallel states.")
    expect_refusal("as many results as branches", fork, mock([1, 2]), "ValidationException",
                   "Mocked result must contain the same number of items")
    expect_refusal("no array", fork, mock({}), "ValidationException",
                   "Mocked result must be an array.")
    put("configuration.json", {"mapIterationFailureCount": 1})
    expect_refusal("failures without a mock", task,
                   ["--state-configuration", "configuration.json"], "ValidationException",
                   "TestState does not support MapIterationFailureCount when a mock is not "
                   "specified.")
    expect_refusal("input that is no JSON", task, [*mock(1), "--input-json", "{"],
                   "InvalidExecutionInput", "no JSON")
    expect("a mock that is JSON itself", task, ["--mock-json", '{"result": {"a": [1]}}'],
           {"status": "SUCCEEDED", "output": {"a": [1]}})
    put("state.asl.yaml", "Type: Pass\nParameters:\n  a.$: $.b\nNext: On\n")
    result = run([ASLC, "test-state", "state.asl.yaml", "--input", "-"], b'{"b": 1}')
    report("YAML, and input from stdin", None if answer_of(result) == {
        "status": "SUCCEEDED", "nextState": "On", "output": '{"a":1}'} else f"{result}")
    expect("a mock in a file", task,
           ["--mock", put("mock.json", '{\n  "result":\n    "7"\n}\n'), "--input",
            put("input.json", "[]")],
           {"status": "SUCCEEDED", "output": 7})


def misuse():
    good = put("good.asl.json", {"Type": "Pass", "End": True})
    for name, arguments, text, *status in (
            ("no FILE", [], "no FILE given"),
            ("two FILEs", [good, good], "one FILE"),
            ("no such FILE", ["missing.json"], "missing.json", 3),
            ("an empty --state", [good, "--state", ""], "1 to 80 characters"),
            ("a level nobody knows", [good, "--level", "LOUD"], "INFO, DEBUG or TRACE"),
            ("two inputs", [good, "--input", "a", "--input-json", "1"], "only one of"),
            ("both from stdin", ["-", "--input", "-"], "cannot both be standard input"),
            ("two mocks", [good, "--mock", "a", "--mock-json", "{}"], "only one of"),
            ("no such input", [good, "--input", "missing.json"], "missing.json"),
            ("a mock that is no JSON", [good, "--mock-json", "{"], "--mock-json:1:2: error"),
            ("a mock that is no object", [good, "--mock-json", "[]"], "a JSON object is wanted"),
            ("an unknown option", [good, "--bogus"], "unknown option"),
            ("an unfilled name", [put("hole.asl.json", {"Type": "Pass", "Result": "${X}",
                                                        "End": True})], "X", 1)):
        if name == "an unfilled name":
            result = run([ASLC, "test-state", *arguments])
            report(name, None if result.returncode == 1 and b"X" in result.stderr else
                   f"exit {result.returncode}")
            continue
        expect_misuse(name, arguments, text, *status)
    expect_misuse("a task that is nowhere",
                  [put("t.asl.json", {"Type": "Task", "Resource": FUNCTION, "End": True})],
                  FUNCTION)


def programs():
    """-o: one program, many calls."""
    definition = put("state.asl.json", {"Type": "Choice", "Default": "No", "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Yes"}]})
    result = run([ASLC, "test-state", "-o", "tester", definition])
    report("a program is made", None if result.returncode == 0 and not result.stdout and (
        os.stat("tester").st_mode & stat.S_IXUSR) else result.stderr.decode())
    calls = ['{"input": "{\\"n\\": 1}"}', "", '{"input": {"n": 2}, "inspectionLevel": "DEBUG"}',
             '{"mock": {"result": "1"}}', "[]", '{"input": {"n": 3}}']
    result = run(["./tester"], "\n".join(calls).encode())
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    ways = [line.get("nextState", line.get("call_error", {}).get("code")) for line in lines]
    report("many calls", None if ways == ["No", "Yes", "ValidationException",
                                          "ValidationException", "Yes"] and
           result.returncode == 2 else f"exit {result.returncode}: {ways}")
    result = run(["./tester"], b'{"input": "1"}\nnot json\n{"input": "2"}\n')
    report("a line that is no JSON is told and left out",
           None if result.returncode == 2 and len(result.stdout.splitlines()) == 2 and
           b"-:2:1:" in result.stderr else f"{result.returncode} {result.stderr}")
    for arguments, status in ((["--help"], 0), (["--bogus"], 2), (["--calls"], 2),
                              (["--calls", "missing"], 2)):
        result = run(["./tester", *arguments])
        report(f"tester {arguments}", None if result.returncode == status else
               f"exit {result.returncode}")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            code = subprocess.run(["./tester"], input=b"{}", stdout=full, check=False,
                                  stderr=subprocess.DEVNULL).returncode
        report("an answer that cannot be written", None if code == 5 else f"exit {code}")


def blocks_of(document):
    """Its indented blocks that hold commands."""
    for block in re.findall(r"(?:^    .*\n)+", document, re.M):
        text = re.sub(r"^    ", "", block, flags=re.M)
        if text.startswith("$ "):
            yield re.split(r"^\$ ", text, flags=re.M)[1:]


def shell(command):
    """What the command prints, as in a shell whose `aslc` is ours."""
    result = run(["sh", "-c", f'aslc() {{ "{ASLC}" "$@"; }}\n{command}'])
    return result.stdout.decode() + result.stderr.decode()


def take_step(step):
    """Does a step of a document as it says; what is wrong, or None."""
    lines = step.splitlines(keepends=True)
    count = 1
    while lines[count - 1].endswith("\\\n"):
        count += 1
    command, shown = "".join(lines[:count]), "".join(lines[count:])
    written = re.match(r"cat (?:> )?(\S+)\n", command)
    if written:
        put(written.group(1), shown)
        return None
    printed = shell(command)
    return None if printed == shown else f"{command}  shown   {shown}  printed {printed}"


def documents():
    """The examples of doc/test-state.md."""
    with open(os.path.join(TOP, "doc", "test-state.md"), encoding="utf-8") as file:
        blocks = list(blocks_of(file.read()))
    report("there are examples", None if len(blocks) == 2 else f"{len(blocks)}")
    for block in blocks:
        block.sort(key=lambda step: not step.startswith("cat "))
        for step in block:
            report("doc/test-state.md", take_step(step))
    with open("answers.jsonl", encoding="utf-8") as file:
        statuses = [json.loads(line)["status"] for line in file]
    report("doc/test-state.md: calls.jsonl",
           None if statuses == ["CAUGHT_ERROR", "FAILED"] else f"{statuses}")


def nothing_left():
    left = [name for name in os.listdir(os.environ["TMPDIR"]) if name.startswith("aslc-")]
    report("nothing is left in TMPDIR", None if not left else f"{left}")


def main():
    with tempfile.TemporaryDirectory(prefix="test-state.") as folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = folder
        for group in (steps_of_jsonpath, steps_of_jsonata, maps, ways_out, machines, real_tasks,
                      contexts, shapes, mocks, misuse, programs, documents, nothing_left):
            group()
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
