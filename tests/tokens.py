#!/usr/bin/env python3
"""Task tokens, activities, --control and workflows that start each other, end to end.

ASL_TEST_TOKENS: how many tasks wait at once in the largest test (5000).
"""

import concurrent.futures
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance"))
import client  # noqa: E402

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
MANY = int(os.environ.get("ASL_TEST_TOKENS", "5000"))
SENT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
INVOKED = "arn:aws:states:::lambda:invoke.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
START = "arn:aws:states:::states:startExecution"
SFN = "arn:aws:states:::aws-sdk:sfn:"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:"

failures = []
done = 0


def check(name, holds, why=""):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name} {why}")


def equal(name, got, wanted):
    check(name, got == wanted, f"\n     got {got!r}\n  wanted {wanted!r}")


def write(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def run(*command, limit=60):
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False,
                          stdin=subprocess.DEVNULL)


def task(resource, parameters, **more):
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **end, **more}


def build(name, states, *more):
    write(name + ".asl.json", {"StartAt": next(iter(states)), "States": states})
    env = dict(os.environ, CFLAGS=os.environ.get("CFLAGS", "-O0"))
    result = subprocess.run([ASLC, "build", "-o", name, name + ".asl.json", *more], env=env,
                            capture_output=True, text=True, timeout=120, check=False)
    check(f"build {name}", result.returncode == 0, result.stderr)
    return "./" + name


class Program:
    """A program that runs with --control."""

    def __init__(self, *command, control="control.sock"):
        self.control = control
        self.process = subprocess.Popen(command + ("--control", control), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        if ":" not in control:
            check(f"{command[0]} listens",
                  client.wait_for(control, self.process) or self.process.poll() is not None)

    def call(self, operation, **parameters):
        return client.call(self.control, operation, parameters)

    def end(self, limit=60):
        """(exit status, output, last line of stderr)"""
        try:
            out, err = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "hangs", "", ""
        return self.process.returncode, out.strip(), (err.strip().splitlines() or [""])[-1]


def token_in(name):
    """The token that a submission has written to the file NAME."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if os.path.exists(name):
            with open(name, encoding="utf-8") as file:
                text = file.read()
            os.unlink(name)
            return json.loads(text)["token"]
        time.sleep(0.005)
    return "none"


def answer(program, word, token, *more, control="control.sock"):
    return run(program, word, token, "--control", control, *more)


def events_of(name):
    with open(name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def types_of(name):
    return [event["type"] for event in events_of(name)]


# ---- Tokens ---------------------------------------------------------------------------

# The submission leaves what it is given in a file, whole.
KEEP = {"exec": ["sh", "-c", "cat > token.part && mv token.part token && echo '{\"sent\":1}'"]}
WAITS = {"Approve": task(SENT, {"token.$": "$$.Task.Token", "again.$": "$$.Task.Token"},
                         HeartbeatSeconds=50, TimeoutSeconds=100)}


def tokens():
    program = build("waits", WAITS)
    bound = write("keep.json", {"tasks": {SENT: KEEP}})
    job = Program(program, "--tasks", bound, "--history", "history")
    token = token_in("token")
    check("a token is long and random", len(token) == 48 and token != "0" * 48, token)
    equal("heartbeat", answer(program, "task-heartbeat", token).returncode, 0)
    bad = answer(program, "task-success", token, "--output", "{oops")
    check("an output that is no JSON", bad.returncode == 1 and "Invalid Output" in bad.stderr,
          bad.stderr)
    equal("success", answer(program, "task-success", token, "--output", '{"yes": [1.50]}')
          .returncode, 0)
    equal("the result is what was given", job.end(), (0, '{"yes":[1.50]}', job_note(program)))
    check("the socket is removed", not os.path.exists("control.sock"))
    equal("history", types_of("history"),
          ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
           "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"])
    events = events_of("history")
    sent = json.loads(events[2]["taskScheduledEventDetails"]["parameters"])
    check("a token is the same however often it is read", sent["token"] == sent["again"] == token)
    equal("the reply is in TaskSubmitted",
          events[4]["taskSubmittedEventDetails"]["output"], '{"sent":1}')
    equal("nobody is there any more", answer(program, "task-success", token).returncode, 2)


def job_note(program):
    name = os.path.basename(program)
    return (f'{name}: state "Approve" waits for its task token: {name} task-success TOKEN '
            f"--control {os.path.realpath('.')}/control.sock")


def refusals():
    program = "./waits"
    job = Program(program, "--tasks", "keep.json")
    token = token_in("token")
    equal("failure", answer(program, "task-failure", token, "--error", "No", "--cause", "because")
          .returncode, 0)
    equal("its error and cause", job.end()[::2], (1, '{"Error":"No","Cause":"because"}'))
    job = Program("./chain", "--tasks", "keep.json")
    first = token_in("token")
    equal("the first is answered", job.call("SendTaskSuccess", taskToken=first, output="1"),
          (200, {}))
    second = token_in("token")
    for operation, more in (("SendTaskSuccess", {"output": "1"}), ("SendTaskFailure", {}),
                            ("SendTaskHeartbeat", {})):
        equal(f"{operation}: a token twice", job.call(operation, taskToken=first, **more),
              (400, {"__type": "TaskTimedOut",
                     "message": "Task Timed Out: 'Provided task does not exist anymore'"}))
        equal(f"{operation}: no token", job.call(operation, taskToken="nonsense", **more),
              (400, {"__type": "InvalidToken", "message": "Invalid Token: 'Invalid token'"}))
        status, reply = job.call(operation, taskToken=token, **more)
        equal(f"{operation}: another program's token", (status, reply["__type"]),
              (400, "TaskDoesNotExist"))
        status, reply = job.call(operation, **more)
        check(f"{operation}: without token", reply["__type"] == "ValidationException"
              and "taskToken" in reply["message"], reply)
    check("tokens differ", first != second)
    equal("failure without fields", job.call("SendTaskFailure", taskToken=second), (200, {}))
    equal("caught with nulls", job.end()[:2], (0, '{"Error":null,"Cause":null}'))


def usage():
    program = "./waits"
    for arguments, why in ((["task-success"], "TOKEN"), (["task-success", "a"], "--control"),
                           (["task-success", "a", "b", "--control", "c"], "unexpected"),
                           (["task-heartbeat", "a", "--output", "1"], "--output"),
                           (["task-failure", "a", "--error"], "wants a value"),
                           (["task-success", "a", "--control", "c", "--output", "1",
                             "--output-file", "x"], "not both"),
                           (["task-success", "a", "--control", "none.sock"], "No such file"),
                           (["task-success", "a", "--control", "127.0.0.1:1"], "refused"),
                           (["task-nothing", "a"], "unknown command"),
                           (["--control"], "wants a value"),
                           (["--tasks", "keep.json", "--control", "no/such/folder/x"], "No such"),
                           (["--tasks", "keep.json", "--control", "x" * 200], "too long"),
                           (["--tasks", "keep.json", "--control", "keep.json"], "in use")):
        result = run(program, *arguments)
        check(f"usage: {arguments}", result.returncode == 2 and why in result.stderr,
              f"{result.returncode} {result.stderr}")
    plain = build("plain", {"A": {"Type": "Pass", "End": True}})
    for arguments in (["--control", "x.sock"], ["task-success", "a", "--control", "x.sock"]):
        result = run(plain, *arguments)
        check(f"without the module: {arguments}", result.returncode == 2 and
              "--with control" in result.stderr, result.stderr)


def early_answers():
    """The submission itself answers, and has more to do."""
    script = ('tr -cd 0-9a-f < /dev/stdin > own; ./waits task-success "$(tail -c 48 own)" '
              "--output 7 && sleep 0.4 && touch after")
    states = {"A": task(SENT, {"token.$": "$$.Task.Token"})}
    program = build("early", states)
    write("early.json", {"tasks": {SENT: {"exec": ["sh", "-c", script]}}})
    job = Program(program, "--tasks", "early.json", "--history", "history")
    equal("answered from within", job.end()[:2], (0, "7"))
    check("the submission goes on to its end", os.path.exists("after"))
    check("no reply, but submitted", "TaskSubmitted" in types_of("history"))
    write("fails.json", {"tasks": {SENT: {"exec": ["sh", "-c", "exit 3"]}}})
    job = Program(program, "--tasks", "fails.json")
    code, _, err = job.end()
    check("a submission that fails ends the task", code == 1 and "exit status 3" in err, err)
    write("mock.json", {"tasks": {SENT: {"mock": {"return": "mocked"}}}})
    equal("a mock is the whole task's answer",
          run(program, "--tasks", "mock.json").stdout, '"mocked"\n')


def limits():
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"},
             {"ErrorEquals": ["States.Timeout"], "Next": "Slow"}]
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in ("Silent", "Slow")}
    program = build("silent", {"A": task(SENT, {"token.$": "$$.Task.Token"}, HeartbeatSeconds=1,
                                         TimeoutSeconds=2, Catch=catch), **ends})
    slow = build("slow", {"A": task(SENT, {"token.$": "$$.Task.Token"}, TimeoutSeconds=2,
                                    Catch=catch), **ends})
    for name, wanted in ((program, '"Silent"\n'), (slow, '"Slow"\n')):
        equal(f"{name}: a virtual clock does not wait", run(
            name, "--tasks", "keep.json", "--time-scale", "0", limit=2).stdout, wanted)
        os.unlink("token")
    job = Program(program, "--tasks", "keep.json")
    token = token_in("token")
    for _ in range(4):
        time.sleep(0.4)
        equal("heartbeat in time", job.call("SendTaskHeartbeat", taskToken=token), (200, {}))
    equal("heartbeats do not move the timeout", job.end()[:2], (0, '"Slow"'))
    began = time.monotonic()
    job = Program(program, "--tasks", "keep.json", "--time-scale", "0")
    token_in("token")
    equal("silence is noticed", job.end()[:2], (0, '"Silent"'))
    check("with --control a virtual clock waits", 0.9 < time.monotonic() - began < 1.9)


# ---- The server -----------------------------------------------------------------------

def raw(control, data):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(20)
    connection.connect(control)
    connection.sendall(data)
    reply = connection.recv(65536)
    connection.close()
    return reply


def server():
    write_stale("control.sock")
    job = Program("./waits", "--tasks", "keep.json", "--max-output", "100K")
    token = token_in("token")
    mode = stat.S_IMODE(os.stat("control.sock").st_mode)
    equal("the socket is its owner's", mode, 0o600)
    second = run("./waits", "--tasks", "keep.json", "--control", "control.sock")
    check("a socket in use is not taken", second.returncode == 2 and "in use" in second.stderr,
          second.stderr)
    for body in (b"", b"[]", b"{", b'{"taskToken":1,"output":"1"}', b"\xff\xfe"):
        reply = raw("control.sock", b"POST / HTTP/1.1\r\nX-Amz-Target: AWSStepFunctions."
                    b"SendTaskSuccess\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        check(f"a body {body!r}", b" 400 " in reply and b"SerializationException" in reply, reply)
    status, reply = job.call("Launch")
    equal("an operation that there is not", (status, reply["__type"]),
          (400, "UnknownOperationException"))
    check("GET", b" 200 " not in raw("control.sock", b"GET / HTTP/1.1\r\n\r\n"))
    check("no HTTP", b" 200 " not in raw("control.sock", b"nonsense\r\n\r\n"))
    huge = b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"
    check("too long", b" 413 " in raw("control.sock", huge))
    long = raw("control.sock", b"POST / HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n")
    check("too long a header", b" 200 " not in long)
    arn = job.call("ListExecutions")[1]["executions"][0]["executionArn"]
    described = job.call("DescribeExecution", executionArn=arn)[1]
    equal("described", (described["status"], described["input"]), ("RUNNING", "{}"))
    equal("another one", job.call("DescribeExecution", executionArn="x")[1]["__type"],
          "ExecutionDoesNotExist")
    status, reply = job.call("StopExecution", executionArn=arn, error="Enough", cause="now")
    check("stopped", status == 200 and reply["stopDate"] > 1e9, reply)
    equal("aborted", job.end()[::2], (4, '{"Error":"Enough","Cause":"now"}'))
    check("a token of a task that was stopped", len(token) == 48)
    job = Program("./waits", "--tasks", "keep.json")
    token_in("token")
    job.process.send_signal(signal.SIGTERM)
    equal("a signal", job.end()[0], 4)


def write_stale(path):
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(path)
    left.close()


def port():
    job = Program("./waits", "--tasks", "keep.json", control="127.0.0.1:0")
    line = job.process.stderr.readline()
    address = line.split()[-1]
    check("the port is told", line.startswith("waits: control at 127.0.0.1:"), line)
    token = token_in("token")
    connection = http.client.HTTPConnection(address, timeout=20)
    for output, status in (('"x', 400), ('"x"', 200)):  # on one connection
        connection.request("POST", "/", json.dumps({"taskToken": token, "output": output}), {
            "X-Amz-Target": "AWSStepFunctions.SendTaskSuccess",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/x"})
        reply = connection.getresponse()
        body = reply.read()
        equal(f"output {output}", reply.status, status)
        check("a request id", reply.getheader("x-amzn-RequestId") is not None, body)
    equal("by port", job.end()[:2], (0, '"x"'))
    again = run("./waits", "task-heartbeat", token, "--control", address)
    equal("nobody listens", again.returncode, 2)


# ---- Activities -----------------------------------------------------------------------

def activities():
    states = {"A": {"Type": "Task", "Resource": ACTIVITY, "HeartbeatSeconds": 1,
                    "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}],
                    "End": True},
              "B": {"Type": "Task", "Resource": ACTIVITY, "End": True}}
    program = build("active", states)
    unbound = run(program)
    check("unbound", unbound.returncode == 2 and ACTIVITY in unbound.stderr, unbound.stderr)
    allowed = run(program, "--allow-unbound", "--history", "-")
    check("an activity that nobody can poll for does not exist",
          f"The activity {ACTIVITY} does not exist." in allowed.stderr, allowed.stderr)
    check("it is not scheduled", "ActivityScheduled" not in allowed.stdout)
    write("bound.json", {"tasks": {ACTIVITY: {"exec": ["cat"]}}})
    equal("bound", run(program, "--tasks", "bound.json", "--input-json", "[1]").stdout, "[1]\n")
    job = Program(program, "--input-json", '{"n":1}', "--history", "history")
    time.sleep(1.2)  # heartbeats are wanted once a worker has the task
    status, reply = job.call("GetActivityTask", activityArn=ACTIVITY, workerName="w1")
    equal("a task", (status, reply["input"]), (200, '{"n":1}'))
    status, reply = job.call("GetActivityTask", activityArn=ACTIVITY)
    silent = json.loads(reply["input"])
    equal("the one after silence", silent, {"Error": "States.Timeout", "Cause": ""})
    equal("unknown", job.call("GetActivityTask", activityArn=ACTIVITY + "x")[1]["__type"],
          "ActivityDoesNotExist")
    equal("known", job.call("CreateActivity", name="work")[1]["activityArn"], ACTIVITY)
    equal("described", job.call("DescribeActivity", activityArn=ACTIVITY)[1]["name"], "work")
    job.call("SendTaskSuccess", taskToken=reply["taskToken"], output='"done"')
    equal("its result", job.end()[:2], (0, '"done"'))
    equal("history", types_of("history")[2:6], ["ActivityScheduled", "ActivityStarted",
                                                "ActivityTimedOut", "TaskStateExited"])
    names = [event["activityStartedEventDetails"] for event in events_of("history")
             if event["type"] == "ActivityStarted"]
    equal("workers' names", names, [{"workerName": "w1"}, {}])


def pollers():
    """Workers wait for tasks; one that goes away gets none."""
    states = {"W": {"Type": "Wait", "Seconds": 1, "Next": "M"},
              "M": {"Type": "Map", "End": True, "ItemProcessor": {
                  "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": ACTIVITY,
                                                   "End": True}}}}}
    job = Program(build("polled", states), "--input-json", json.dumps(list(range(20))))
    gone = client.Connection(job.control)
    gone.request("POST", "/", json.dumps({"activityArn": ACTIVITY}),
                 {"X-Amz-Target": "AWSStepFunctions.GetActivityTask"})
    time.sleep(0.2)
    gone.close()

    def work(number):
        count = 0
        while True:
            try:
                _, reply = job.call("GetActivityTask", activityArn=ACTIVITY)
                if "taskToken" not in reply:
                    return count
                job.call("SendTaskSuccess", taskToken=reply["taskToken"],
                         output=str(int(reply["input"]) * 10))
                count += 1
            except (OSError, http.client.HTTPException, ValueError):
                return count  # the program has ended
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work, range(4)))
    equal("all are done, in order", job.end()[:2],
          (0, json.dumps([10 * i for i in range(20)], separators=(",", ":"))))
    equal("each once", sum(counts), 20)


# ---- Workflows that start each other ---------------------------------------------------

def nested():
    child = {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"},
             "P": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id", "in.$": "$"},
                   "End": True}}
    build("child", child)
    build("failing", {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}})
    build("telling", {"T": task(SFN + "sendTaskSuccess", {
        "TaskToken.$": "$.token", "Output": {"told": True}})})
    states = {
        "Sync": task(START + ".sync", {"StateMachineArn": MACHINE + "child", "Name": "one",
                                       "Input": {"a": 1}}, ResultPath="$.sync"),
        "Sync2": task(START + ".sync:2", {"StateMachineArn.$": "$$.StateMachine.Id", "Input.$": "$"},
                      ResultPath="$.sync2"),
        "Again": task(START, {"StateMachineArn": MACHINE + "child", "Name": "one"},
                      Catch=[{"ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"],
                              "ResultPath": "$.again", "Next": "Token"}]),
        "Token": task(START + ".waitForTaskToken", {
            "StateMachineArn": "telling", "Input": {"token.$": "$$.Task.Token"}},
            ResultPath="$.token"),
        "Free": task(START, {"StateMachineArn": MACHINE + "child:PROD"}, ResultPath="$.free"),
        "Failing": task(START + ".sync", {"StateMachineArn": "failing"},
                        Catch=[{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.failed",
                                "Next": "End"}]),
        "End": {"Type": "Pass", "End": True}}
    states["Sync2"]["Parameters"] = {"StateMachineArn.$": "States.Format('{}child', $.prefix)",
                                     "Input.$": "$.deep"}
    chain(states)
    program = build("parent", states, "child.asl.json", "failing.asl.json", "telling.asl.json")
    given = json.dumps({"prefix": MACHINE, "deep": {"b": [2]}})
    for workers in ("1", "4"):
        result = run(program, "--input-json", given, "--time-scale", "0", "--workers", workers,
                     "--history", "history")
        check(f"nested, {workers} workers", result.returncode == 0, result.stderr)
        check_nested(json.loads(result.stdout), events_of("history"))
    lines = write("lines", (given + "\n") * 3)
    result = run(program, "--each", "--input", lines, "--time-scale", "0")
    equal("--each", (result.returncode, len(result.stdout.splitlines())), (0, 3))
    seeded = [run(program, "--input-json", given, "--time-scale", "0", "--seed", "5",
                  "--start-time", "0").stdout for _ in range(2)]
    check("--seed", seeded[0] == seeded[1] and len(seeded[0]) > 100)


def chain(states):
    """Each state leads to the next."""
    names = list(states)
    for name, following in zip(names, names[1:]):
        states[name].pop("End", None)
        states[name]["Next"] = following


def check_nested(output, events):
    execution = MACHINE.replace("stateMachine", "execution") + "child:"
    sync, sync2 = output["sync"], output["sync2"]
    equal("sync", list(sync), ["ExecutionArn", "Input", "InputDetails", "Name", "Output",
                               "OutputDetails", "RedriveCount", "RedriveStatus",
                               "RedriveStatusReason", "StartDate", "StateMachineArn", "Status",
                               "StopDate"])
    equal("sync: text", (sync["Input"], sync["Output"]),
          ('{"a":1}', '{"in":{"a":1},"id":"' + execution + 'one"}'))
    equal("sync: time", sync["StopDate"] - sync["StartDate"], 60000)
    equal("sync:2: values", (sync2["Input"], sync2["Output"]["in"], sync2["Status"]),
          ({"b": [2]}, {"b": [2]}, "SUCCEEDED"))
    check("a name twice", f"Execution Already Exists: '{execution}one' (Service: AWSStepFunctions;"
          in output["again"]["Cause"], output["again"])
    equal("a token answered by a child", output["token"], {"told": True})
    check("request-response", output["free"]["ExecutionArn"].startswith(execution) and
          output["free"]["SdkHttpMetadata"]["HttpStatusCode"] == 200, output["free"])
    cause = json.loads(output["failed"]["Cause"])
    equal("a child that fails", (output["failed"]["Error"], cause["Error"], cause["Cause"],
                                 cause["Status"]), ("States.TaskFailed", "E", "C", "FAILED"))
    own = [event for event in events if "executionArn" not in event]
    equal("the parent's ids", [event["id"] for event in own], list(range(1, len(own) + 1)))
    arns = {event["executionArn"] for event in events if "executionArn" in event}
    check("children's events", len(arns) == 5 and execution + "one" in arns, arns)
    ends = [event for event in events if event["type"].startswith("Execution") and
            event["type"] != "ExecutionStarted"]
    equal("all children end", len(ends), 6)


def stopped():
    states = {"A": task(START + ".sync", {"StateMachineArn": "child", "Name": "x"},
                        TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.Timeout"],
                                                  "Next": "B"}]),
              "B": task(START + ".sync", {"StateMachineArn": "child", "Name": "y"})}
    program = build("stopping", states, "child.asl.json", "--with", "control")
    job = Program(program, "--history", "history", "--time-scale", "20")
    end = time.monotonic() + 10
    arn = None
    while arn is None and time.monotonic() < end:
        running = job.call("ListExecutions", statusFilter="RUNNING")[1]["executions"]
        arn = next((one["executionArn"] for one in running if one["name"] == "y"), None)
    check("the time of a child is over", arn is not None)
    job.call("StopExecution", executionArn=arn, error="Stop")
    code, _, err = job.end()
    check("a child that was stopped", code == 1 and "ABORTED" in err and "Stop" in err, err)
    aborted = [event.get("executionArn", "")[-1:] for event in events_of("history")
               if event["type"] == "ExecutionAborted"]
    equal("both were aborted", aborted, ["x", "y"])
    job = Program(program, "--history", "history")
    time.sleep(0.3)
    job.process.send_signal(signal.SIGINT)
    equal("a signal stops all", job.end()[0], 4)
    equal("the child, too", types_of("history").count("ExecutionAborted"), 2)


def recursion():
    states = {"A": task(START + ".sync", {"StateMachineArn.$": "$$.StateMachine.Id"})}
    result = run(build("endless", states), "--max-memory", "5M", "--time-scale", "0")
    check("endless recursion ends with the memory", result.returncode == 1 and
          "out of memory" in result.stderr, (result.returncode, result.stderr[-300:]))
    unknown = run(build("unknown", {"A": task(START, {"StateMachineArn": MACHINE + "none"})}))
    check("a workflow that there is not", unknown.returncode == 2 and
          MACHINE + "none" in unknown.stderr, unknown.stderr)
    late = build("late", {"A": task(START, {"StateMachineArn.$": "$"})})
    result = run(late, "--input-json", json.dumps(MACHINE + "none"))
    check("found out when it runs", "StepFunctions.StateMachineDoesNotExistException" in
          result.stderr, result.stderr)
    write("elsewhere.json", {"tasks": {START: {"mock": {"return": "elsewhere"}}}})
    equal("a binding comes first", run(late, "--tasks", "elsewhere.json").stdout, '"elsewhere"\n')


def express():
    states = {"A": task(SFN + "startSyncExecution", {"StateMachineArn": MACHINE + "failing"},
                        ResultPath="$.sync"),
              "B": task(SFN + "startExecution", {"StateMachineArn": MACHINE + "failing",
                                                 "Name": "n", "Input": "[1]"}, ResultPath="$.free"),
              "C": task(SFN + "sendTaskHeartbeat", {"TaskToken": "x"}, Catch=[
                  {"ErrorEquals": ["Sfn.InvalidTokenException"], "ResultPath": "$.token",
                   "Next": "D"}]),
              "D": {"Type": "Pass", "End": True}}
    chain(states)
    program = build("quick", states, "failing.asl.json", "--type", "EXPRESS")
    result = run(program, "--time-scale", "0", "--start-time", "2026-01-02T03:04:05Z")
    check("express", result.returncode == 0, result.stderr)
    output = json.loads(result.stdout)
    sync = output["sync"]
    equal("sync express", (sync["Status"], sync["Error"], sync["StartDate"],
                           sync["BillingDetails"]["BilledMemoryUsedInMB"]),
          ("FAILED", "E", "2026-01-02T03:04:05.000Z", 64))
    check("an express ARN", output["free"]["ExecutionArn"].startswith(
        MACHINE.replace("stateMachine", "express") + "failing:n:"), output["free"])
    equal("of the SDK", list(output["free"]), ["ExecutionArn", "StartDate"])
    check("a token that is none", output["token"]["Cause"].startswith(
        "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: "),
        output["token"])


# ---- Within a C program -----------------------------------------------------------------

EMBEDDED = r"""
#include <aslrt/run.h>
#include "inner.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 300, THREADS = 3 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char tokens[COUNT][64];
static size_t given, taken;

static asl_value tell(asl_task_call *call, asl_value input)
{
    asl_value token = asl_get(input, "token");

    (void)call;
    pthread_mutex_lock(&lock);
    memcpy(tokens[given++], asl_text(&token), asl_text_len(token));
    pthread_mutex_unlock(&lock);
    return asl_null();
}
ASL_TASK(tell, tell)

static void *answer(void *user)
{
    asl_program *program = user;

    for (;;) {
        char token[64];
        pthread_mutex_lock(&lock);
        size_t number = taken < given ? taken++ : COUNT;
        if (number < COUNT)
            memcpy(token, tokens[number], sizeof token);
        int over = taken == COUNT;
        pthread_mutex_unlock(&lock);
        if (number == COUNT && over)
            return NULL;
        if (number == COUNT)
            continue;
        if (asl_send_task_heartbeat(program, token) != ASL_ANSWER_TAKEN ||
            asl_send_task_success(program, token, "{", 1) != ASL_ANSWER_BAD_OUTPUT ||
            (number % 2 ? asl_send_task_failure(program, token, "Odd", NULL)
                        : asl_send_task_success(program, token, "[1.50]", 6)) != ASL_ANSWER_TAKEN ||
            asl_send_task_success(program, token, "1", 1) != ASL_ANSWER_LATE)
            puts("wrong");
    }
}

int main(void)
{
    asl_program_options options = { .answers = true, .virtual_clock = true };
    asl_program *program = asl_program_new(&inner_program, &options, NULL, 0);
    asl_running *running[COUNT];
    pthread_t threads[THREADS];
    asl_region *region = asl_region_new();
    int good = 0, odd = 0;

    for (int i = 0; i < COUNT; i++)
        running[i] = asl_start(program, NULL, asl_input_text("{}", 2), NULL, NULL, NULL, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, answer, program);
    for (int i = 0; i < COUNT; i++) {
        asl_result result;
        asl_wait(running[i], region, &result);
        good += result.status == ASL_STATUS_SUCCEEDED;
        odd += result.status == ASL_STATUS_FAILED && asl_same_text(result.error, asl_str("Odd"));
        asl_release(running[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d %d\n", good, odd, asl_send_task_heartbeat(program, "x") == ASL_ANSWER_UNKNOWN);
    asl_region_free(region);
    asl_program_free(program);
    return 0;
}
"""


def embedded():
    write("inner.asl.json", {"StartAt": "A", "States": {
        "A": task(INVOKED, {"FunctionName": "tell", "Payload": {"token.$": "$$.Task.Token"}},
                  HeartbeatSeconds=300)}})
    write("main.c", EMBEDDED)
    with open(os.path.join(os.path.dirname(ASLC), "aslc-tree.conf"), encoding="utf-8") as lines:
        tree = dict(line.rstrip("\n").split("=", 1) for line in lines)
    emitted = run(ASLC, "emit", "--no-main", "--header", "inner.h", "-o", "inner.c",
                  "inner.asl.json")
    libs = run(ASLC, "libs", "inner.asl.json").stdout.split()
    built = run(*os.environ.get("CC", tree["cc"]).split(), "-std=gnu11", "-Wall", "-Werror", "-I.",
                "-I", tree["include"], *tree["cflags"].split(), "-o", "inner", "main.c", "inner.c",
                *libs)
    check("build", emitted.returncode == 0 and built.returncode == 0, built.stderr)
    result = run("./inner")
    equal("answered from several threads", (result.returncode, result.stdout), (0, "150 150 1\n"))


# ---- Many ------------------------------------------------------------------------------

TELL = r"""
#include <aslrt/task.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static asl_value tell(asl_task_call *call, asl_value input)
{
    asl_value token = asl_get(input, "token"), number = asl_get(input, "number");
    int64_t n = 0;
    char line[80];
    int fd = open("many", O_WRONLY | O_APPEND | O_CREAT, 0600);

    (void)call;
    (void)asl_to_integer(number, &n);
    int len = snprintf(line, sizeof line, "%lld %.*s\n", (long long)n, (int)asl_text_len(token),
                       asl_text(&token));
    if (write(fd, line, (size_t)len) != len)
        return asl_task_error(call, "Write", "failed");
    close(fd);
    return asl_null();
}
ASL_TASK(tell, tell)
"""


def many():
    """Many tokens wait at once, and are answered from several clients; none is lost."""
    write("tell.c", TELL)
    states = {"M": {"Type": "Map", "End": True, "ItemProcessor": {
        "StartAt": "A", "States": {"A": task(INVOKED, {"FunctionName": "tell", "Payload": {
            "token.$": "$$.Task.Token", "number.$": "$"}}, HeartbeatSeconds=300)}}}}
    program = build("crowd", states, "tell.c")
    job = Program(program, "--input-json", json.dumps(list(range(MANY))))
    end = time.monotonic() + 120
    while time.monotonic() < end and job.process.poll() is None:
        if os.path.exists("many") and open("many", encoding="utf-8").read().count("\n") == MANY:
            break
        time.sleep(0.02)
    waiting = [line.split() for line in open("many", encoding="utf-8")]
    equal("all wait", len(waiting), MANY)

    def some(part):
        connection, good = client.Connection(job.control), 0
        for number, token in waiting[part::4]:
            for operation, more in (("SendTaskHeartbeat", {}),
                                    ("SendTaskSuccess", {"output": str(int(number) * 2)})):
                connection.request("POST", "/", json.dumps({"taskToken": token, **more}),
                                   {"X-Amz-Target": "AWSStepFunctions." + operation})
                reply = connection.getresponse()
                reply.read()
                good += reply.status == 200
        return good
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        good = sum(pool.map(some, range(4)))
    equal("each is answered once", good, 2 * MANY)
    code, out, _ = job.end()
    check("none is lost", code == 0 and json.loads(out) == [2 * i for i in range(MANY)], out[:200])


def main():
    with tempfile.TemporaryDirectory(prefix="tokens.") as folder:
        os.chdir(folder)
        build("chain", {"A": task(SENT, {"token.$": "$$.Task.Token"}, Next="B"),
                        "B": task(SENT, {"token.$": "$$.Task.Token"},
                                  Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}]),
                        "C": {"Type": "Pass", "End": True}})
        for test in (tokens, refusals, usage, early_answers, limits, server, port, activities,
                     pollers, nested, stopped, recursion, express, embedded,
                     many):
            test()
        os.chdir("/")
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
