#!/usr/bin/env python3
"""Module aws beside a server that stands for AWS: attempts, keys, roles, jobs, endpoints.

Each test builds a small workflow with $ASLC and runs it; the server (127.0.0.1) keeps what it
was asked.  Signatures are worked out again by tests/conformance/standin.py.
"""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
import standin  # noqa: E402

ASLC = os.environ.get("ASLC") or os.path.join(HERE, "..", "..", "compiler", "aslc")
SECRETS = ["sEcReT/" + name for name in ("env", "file", "role", "process", "container", "metadata")]
KEY = "AKIDSTANDIN"
PUT = "arn:aws:states:::dynamodb:putItem"


# ---- The server -----------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = standin.Request(self.command, "/x" + self.path, self.headers.items(), body)
        request.signed_path = self.path.partition("?")[0]
        world = self.server.world
        with world.lock:
            world.asked.append(request)
            answer = world.answer(request)
        if answer is None:  # as a service that falls over
            self.close_connection = True
            return
        status, headers, data = answer
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = serve

    def log_message(self, *arguments):
        pass


class World:
    """A server with its answers, and the programs that ask it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked, self.answers, self.always = [], [], None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.world = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request):
        if self.always:
            return self.always(request)
        return self.answers.pop(0) if self.answers else ok({})

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def ok(value):
    return 200, {"x-amzn-RequestId": "r-1"}, json.dumps(value).encode()


def error(status, code, message="m"):
    return (status, {"x-amzn-RequestId": "r-1"},
            json.dumps({"__type": f"ns#{code}", "message": message}).encode())


def sts(secret, name="ASIAROLE"):
    return (200, {}, f"""<AssumeRoleResponse><AssumeRoleResult><Credentials>
        <AccessKeyId>{name}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
        <SessionToken>TOKEN</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>""".encode())


# ---- Programs -------------------------------------------------------------------------

BUILT = {}
FOLDER = tempfile.mkdtemp(prefix="aws-test.")


def machine(resource, parameters=None, **more):
    state = {"Type": "Task", "Resource": resource, "End": True, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return {"StartAt": "Call", "States": {"Call": state}}


def program(definition, *options):
    text = json.dumps(definition) + repr(options)
    if text not in BUILT:
        name = os.path.join(FOLDER, f"p{len(BUILT)}")
        with open(name + ".asl.json", "w", encoding="utf-8") as file:
            json.dump(definition, file)
        subprocess.run([ASLC, "build", "-o", name, *options, name + ".asl.json"], check=True,
                       env={**os.environ, "CFLAGS": "-O0"})
        BUILT[text] = name
    return BUILT[text]


def environment(world, **more):
    """Nothing of the caller's own AWS."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("AWS_") and not k.lower().endswith("_proxy")}
    env.update({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": world.url,
                "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRETS[0],
                "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_EC2_METADATA_DISABLED": "true"})
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def run(world, definition, *arguments, options=(), env=None, **more):
    """(exit status, output or error object); what is printed holds no secret."""
    history = os.path.join(FOLDER, "history")
    done = subprocess.run(
        [program(definition, *options), "--history", history, *arguments],
        env=environment(world, **more) if env is None else env, capture_output=True, timeout=30,
        check=False)
    shown = done.stdout + done.stderr
    if os.path.exists(history):
        with open(history, "rb") as file:
            shown += file.read()
        os.remove(history)
    for secret in SECRETS + ["TOKEN", "web-token", "AWS4-HMAC"]:
        assert secret.encode() not in shown, f"{secret} is shown: {shown[-600:]}"
    text = (done.stdout if done.returncode == 0 else done.stderr).decode().strip()
    try:
        return done.returncode, json.loads(text.splitlines()[-1] if text else "null")
    except ValueError:
        return done.returncode, text


def check_signed(request, key, secret):
    standin.KEY, standin.SECRET = key, secret
    standin.check_signature(request)


def same(got, wanted):
    assert got == wanted, f"expected {wanted!r}, got {got!r}"


ITEM = {"TableName": "t", "Item": {"id": {"S": "1"}}}


# ---- Attempts -------------------------------------------------------------------------

def busy_services_are_asked_again(world):
    for first in (error(503, "X"), error(400, "ThrottlingException"), None):
        world.asked.clear()
        world.answers = [first, first, ok({"Attributes": {}})]
        status, output = run(world, machine(PUT, ITEM))
        same((status, output["Attributes"], len(world.asked)), (0, {}, 3))
        for request in world.asked:
            check_signed(request, KEY, SECRETS[0])


def three_attempts_are_all(world):
    world.answers = [error(500, "InternalServerError", "down")] * 3
    status, failure = run(world, machine(PUT, ITEM))
    same((status, len(world.asked)), (1, 3))
    same(failure, {"Error": "DynamoDB.InternalServerErrorException",
                   "Cause": "down (Service: AmazonDynamoDBv2; Status Code: 500; Error Code: "
                            "InternalServerError; Request ID: r-1; Proxy: null)"})


def refusals_are_not_asked_again(world):
    world.answers = [error(400, "ConditionalCheckFailedException")]
    status, failure = run(world, machine("arn:aws:states:::aws-sdk:dynamodb:putItem", ITEM))
    same((status, len(world.asked)), (1, 1))
    same(failure, {"Error": "DynamoDb.ConditionalCheckFailedException",
                   "Cause": "m (Service: DynamoDb, Status Code: 400, Request ID: r-1)"})


def parameters_are_an_object(world):
    status, failure = run(world, machine(PUT), "--input-json", "[1]")
    same((status, failure["Error"], len(world.asked)), (1, "States.Runtime", 0))
    assert "The Parameters '[1]' could not be used to start the Task" in failure["Cause"], failure
    world.answers = [(200, {}, b'"text"'), (200, {}, b"<html>")]
    for _ in range(2):
        status, failure = run(world, machine(PUT, ITEM))
        same((status, failure["Error"]), (1, "DynamoDB.SdkClientException"))


def nobody_there_is_the_clients_error(world):
    status, failure = run(world, machine(PUT, ITEM), AWS_ENDPOINT_URL="http://127.0.0.1:9")
    same((status, failure["Error"]), (1, "DynamoDB.SdkClientException"))
    assert failure["Cause"].startswith("Unable to execute HTTP request: "), failure
    status, failure = run(world, machine(PUT, ITEM), AWS_ENDPOINT_URL="http://no-such.invalid")
    same(failure["Cause"],
         "Unable to execute HTTP request: no-such.invalid: Name or service not known")


def retriers_see_the_errors_name(world):
    world.answers = [error(400, "ResourceNotFoundException"), ok({})]
    more = {"Retry": [{"ErrorEquals": ["DynamoDB.ResourceNotFoundException"]}]}
    status, _ = run(world, machine(PUT, ITEM, **more), "--time-scale", "0")
    same((status, len(world.asked)), (0, 2))


# ---- Keys -----------------------------------------------------------------------------

def written(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


def without_keys_a_stand_in_gets_any(world):
    same(run(world, machine(PUT, ITEM), **NO_KEYS)[0], 0)
    check_signed(world.asked[-1], "test", "test")


def profiles_have_keys(world):
    path = written("credentials", "[dev]\naws_access_key_id = AKIDFILE\naws_secret_access_key = "
                   f"{SECRETS[1]}\naws_session_token=TOKEN\n")
    status, _ = run(world, machine(PUT, ITEM), AWS_SHARED_CREDENTIALS_FILE=path,
                    AWS_PROFILE="dev", **NO_KEYS)
    same(status, 0)
    check_signed(world.asked[-1], "AKIDFILE", SECRETS[1])
    same(world.asked[-1].header("x-amz-security-token"), "TOKEN")


def a_missing_profile_is_said(world):
    status, failure = run(world, machine(PUT, ITEM), AWS_PROFILE="nobody",
                          AWS_ENDPOINT_URL="https://localhost:9", **NO_KEYS)
    same((status, failure["Error"]), (1, "DynamoDB.SdkClientException"))


def a_profile_assumes_its_role(world):
    config = written("config", "[profile dev]\nrole_arn=arn:role\nsource_profile=base\n"
                     f"external_id=x1\n[profile base]\naws_access_key_id=AKIDFILE\n"
                     f"aws_secret_access_key={SECRETS[1]}\n")
    world.answers = [sts(SECRETS[2]), ok({})]
    status, _ = run(world, machine(PUT, ITEM), AWS_CONFIG_FILE=config, AWS_PROFILE="dev",
                    **NO_KEYS)
    same((status, len(world.asked)), (0, 2))
    same(world.asked[0].scope()[1], "sts")
    check_signed(world.asked[0], "AKIDFILE", SECRETS[1])
    assert b"Action=AssumeRole&" in world.asked[0].body, world.asked[0].body
    assert b"ExternalId=x1" in world.asked[0].body, world.asked[0].body
    check_signed(world.asked[1], "ASIAROLE", SECRETS[2])


def a_task_assumes_the_role_it_names(world):
    definition = machine(PUT, ITEM, Credentials={"RoleArn": "arn:aws:iam::1:role/other"})
    world.answers = [sts(SECRETS[2]), ok({})]
    same(run(world, definition)[0], 0)
    check_signed(world.asked[0], KEY, SECRETS[0])
    assert b"RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fother" in world.asked[0].body
    check_signed(world.asked[1], "ASIAROLE", SECRETS[2])
    world.answers = [(403, {}, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>"
                      b"sEcReT/role</Message></Error></ErrorResponse>")]
    status, failure = run(world, definition)
    same((status, failure["Error"]), (1, "States.TaskFailed"))
    assert "not authorized to assume the task state's role, arn:aws:iam::1:role/other" in (
        failure["Cause"]), failure


def a_web_identity_is_a_role(world):
    token = written("token", "web-token\n")
    world.answers = [sts(SECRETS[2]), ok({})]
    status, _ = run(world, machine(PUT, ITEM), AWS_WEB_IDENTITY_TOKEN_FILE=token,
                    AWS_ROLE_ARN="arn:role", **NO_KEYS)
    same(status, 0)
    assert b"WebIdentityToken=web-token" in world.asked[0].body, world.asked[0].body
    same(world.asked[0].header("authorization"), None)
    check_signed(world.asked[1], "ASIAROLE", SECRETS[2])


def a_process_prints_keys(world):
    keys = json.dumps({"Version": 1, "AccessKeyId": "AKIDPROC", "SecretAccessKey": SECRETS[3]})
    config = written("config", f"[default]\ncredential_process = printf %s '{keys}'\n")
    same(run(world, machine(PUT, ITEM), AWS_CONFIG_FILE=config, **NO_KEYS)[0], 0)
    check_signed(world.asked[-1], "AKIDPROC", SECRETS[3])
    config = written("config", "[default]\ncredential_process = false\n")
    status, failure = run(world, machine(PUT, ITEM), AWS_CONFIG_FILE=config, **NO_KEYS)
    same((status, failure), (1, {"Error": "DynamoDB.SdkClientException",
                                 "Cause": "credential_process failed"}))


def a_container_has_keys(world):
    world.answers = [ok({"AccessKeyId": "AKIDBOX", "SecretAccessKey": SECRETS[4], "Token": "TOKEN",
                         "Expiration": "2099-01-01T00:00:00Z"}), ok({})]
    status, _ = run(world, machine(PUT, ITEM), **NO_KEYS,
                    AWS_CONTAINER_CREDENTIALS_FULL_URI=world.url + "/keys",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN="box-token")
    same((status, world.asked[0].method, world.asked[0].path), (0, "GET", "/keys"))
    same(world.asked[0].header("authorization"), "box-token")
    check_signed(world.asked[1], "AKIDBOX", SECRETS[4])
    status, failure = run(world, machine(PUT, ITEM), **NO_KEYS,
                          AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/keys")
    same(failure["Cause"], "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor local")


def a_machine_has_keys(world):
    world.answers = [(200, {}, b"metadata-token"), (200, {}, b"the-role\n"),
                     ok({"AccessKeyId": "AKIDBOX", "SecretAccessKey": SECRETS[5],
                         "Token": "TOKEN", "Expiration": "2099-01-01T00:00:00Z"}), ok({})]
    config = written("config", "[profile x]\nrole_arn=arn:r\ncredential_source="
                     "Ec2InstanceMetadata\n")
    world.answers.insert(3, sts(SECRETS[2]))
    status, _ = run(world, machine(PUT, ITEM), **NO_KEYS, AWS_EC2_METADATA_DISABLED=None,
                    AWS_EC2_METADATA_SERVICE_ENDPOINT=world.url, AWS_CONFIG_FILE=config,
                    AWS_PROFILE="x")
    same(status, 0)
    same([(r.method, r.path) for r in world.asked[:3]],
         [("PUT", "/latest/api/token"),
          ("GET", "/latest/meta-data/iam/security-credentials/"),
          ("GET", "/latest/meta-data/iam/security-credentials/the-role")])
    same(world.asked[1].header("x-aws-ec2-metadata-token"), "metadata-token")
    check_signed(world.asked[3], "AKIDBOX", SECRETS[5])
    check_signed(world.asked[4], "ASIAROLE", SECRETS[2])


def expired_keys_are_asked_for_again(world):
    """Calls side by side ask for a role once; what was not taken is asked for once more."""
    config = written("config", "[profile dev]\nrole_arn=arn:role\nsource_profile=dev\n"
                     f"aws_access_key_id=AKIDFILE\naws_secret_access_key={SECRETS[1]}\n")
    definition = {"StartAt": "All", "States": {"All": {
        "Type": "Map", "End": True, "ItemsPath": "$.items",
        "Iterator": machine(PUT, ITEM)}}}

    def answer(request):
        if request.scope()[1] == "sts":
            return sts(SECRETS[2])
        return ok({})
    world.always = answer
    status, _ = run(world, definition, "--input-json", '{"items":[1,2,3,4,5,6,7,8]}',
                    AWS_CONFIG_FILE=config, AWS_PROFILE="dev", **NO_KEYS)
    same((status, len(world.asked)), (0, 9))
    world.always = None
    world.asked.clear()
    world.answers = [sts(SECRETS[2]), error(400, "ExpiredTokenException"), sts(SECRETS[2]), ok({})]
    status, _ = run(world, machine(PUT, ITEM), AWS_CONFIG_FILE=config, AWS_PROFILE="dev",
                    **NO_KEYS)
    same((status, len(world.asked)), (0, 4))


# ---- Where services are ---------------------------------------------------------------

def bindings_say_where(world):
    tasks = written("tasks.json", json.dumps({"tasks": {PUT: {"aws": {
        "endpoint": world.url + "/here", "region": "eu-west-1"}}}}))
    status, _ = run(world, machine(PUT, ITEM), "--tasks", tasks,
                    AWS_ENDPOINT_URL="http://127.0.0.1:9")
    same((status, world.asked[-1].path, world.asked[-1].scope()),
         (0, "/here", ("eu-west-1", "dynamodb")))
    tasks = written("tasks.json", json.dumps({"tasks": {PUT: {"aws": {"endpoint": "nowhere"}}}}))
    same(run(world, machine(PUT, ITEM), "--tasks", tasks)[0], 2)


def nowhere_is_unbound(world):
    status, text = run(world, machine(PUT, ITEM), AWS_ENDPOINT_URL=None, AWS_REGION=None)
    same(status, 2)
    assert PUT in text and "AWS_REGION" in text, text


def unknown_operations_are_refused_when_built(world):
    for resource, word in (("arn:aws:states:::aws-sdk:dynamodb:putItems", "operation"),
                           ("arn:aws:states:::aws-sdk:dynamo:putItem", "service")):
        path = written("unknown.asl.json", json.dumps(machine(resource, {})))
        done = subprocess.run([ASLC, "build", "-o", path + ".out", path], capture_output=True,
                              check=False)
        same(done.returncode, 1)
        assert f"{resource}: aslc does not know this {word} of AWS".encode() in done.stderr
        bound = written("bound.json", json.dumps({"tasks": {resource: {"mock": {"return": 1}}}}))
        subprocess.run([ASLC, "emit", "-o", os.devnull, "--tasks", bound, path], check=True)


# ---- Lambda and APIs ------------------------------------------------------------------

def functions_are_invoked(world):
    invoke = machine("arn:aws:states:::lambda:invoke", {"FunctionName.$": "$.f", "Payload": {"a": 1}})
    world.answers = [(200, {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": "r"},
                      b'{"b":2}')]
    status, output = run(world, invoke, "--input-json", '{"f":"fn:1"}', options=("--with", "aws"))
    same((status, output["Payload"], output["ExecutedVersion"], output["StatusCode"]),
         (0, {"b": 2}, "$LATEST", 200))
    same((world.asked[-1].path, world.asked[-1].body),
         ("/2015-03-31/functions/fn%3A1/invocations", b'{"a":1}'))
    world.answers = [(200, {"X-Amz-Function-Error": "Unhandled"},
                      b'{"errorMessage":"no","errorType":"Bad"}')]
    direct = machine("arn:aws:lambda:us-east-1:1:function:fn")
    status, failure = run(world, direct, options=("--with", "aws"))
    same((status, failure), (1, {"Error": "Bad",
                                 "Cause": '{"errorMessage":"no","errorType":"Bad"}'}))
    world.answers = [(404, {"x-amzn-ErrorType": "ResourceNotFoundException:http://x"},
                      b'{"Message":"Function not found"}')]
    status, failure = run(world, direct, options=("--with", "aws"))
    same(failure["Error"], "Lambda.ResourceNotFoundException")


def apis_are_signed_where_it_is_wanted(world):
    parameters = {"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "GET",
                  "Stage": "dev", "Path": "/x", "QueryParameters": {"q": ["1", "2"]},
                  "AuthType": "IAM_ROLE"}
    world.answers = [(200, {"Content-Type": "text/plain"}, b"hello")]
    status, output = run(world, machine("arn:aws:states:::apigateway:invoke", parameters))
    same((status, output["ResponseBody"], world.asked[-1].path, world.asked[-1].query),
         (0, "hello", "/_aws/execute-api/abc/dev/x", "q=1&q=2"))
    same(world.asked[-1].scope()[1], "execute-api")
    check_signed(world.asked[-1], KEY, SECRETS[0])


# ---- Jobs -----------------------------------------------------------------------------

RUN_TASK = {"Cluster": "c", "TaskDefinition": "d", "Overrides": {"ContainerOverrides": [
    {"Name": "n", "Environment": [{"Name": "A", "Value": "B"}]}]}}


def ecs_task(status, code):
    return {"taskArn": "arn:t", "clusterArn": "arn:c", "lastStatus": status,
            "createdAt": 1700000000, "containers": [{"name": "n", "exitCode": code}]}


def jobs_are_waited_for(world):
    world.answers = [ok({"tasks": [ecs_task("PENDING", None)], "failures": []}),
                     ok({"tasks": [ecs_task("RUNNING", None)]}),
                     ok({"tasks": [ecs_task("STOPPED", 0)]})]
    status, output = run(world, machine("arn:aws:states:::ecs:runTask.sync", RUN_TASK))
    same((status, output["TaskArn"], output["CreatedAt"], output["Containers"]),
         (0, "arn:t", 1700000000000, [{"ExitCode": 0, "Name": "n"}]))
    sent = json.loads(world.asked[0].body)
    same((sent["startedBy"], sent["overrides"]["containerOverrides"][0]["environment"]),
         ("AWS Step Functions", [{"name": "A", "value": "B"}]))
    same(json.loads(world.asked[1].body), {"cluster": "arn:c", "tasks": ["arn:t"]})
    world.answers = [ok({"tasks": [ecs_task("PENDING", None)], "failures": []}),
                     ok({"tasks": [ecs_task("STOPPED", 3)]})]
    status, failure = run(world, machine("arn:aws:states:::ecs:runTask.sync", RUN_TASK))
    same((status, failure["Error"]), (1, "States.TaskFailed"))
    same(json.loads(failure["Cause"])["Containers"][0]["ExitCode"], 3)


def jobs_of_batch_and_glue(world):
    batch = machine("arn:aws:states:::batch:submitJob.sync",
                    {"JobName": "n", "JobQueue": "q", "JobDefinition": "d"})
    world.answers = [ok({"jobId": "j", "jobName": "n"}),
                     ok({"jobs": [{"jobId": "j", "status": "SUCCEEDED"}]})]
    status, output = run(world, batch)
    same((status, output), (0, {"JobId": "j", "Status": "SUCCEEDED"}))
    same([r.path for r in world.asked], ["/v1/submitjob", "/v1/describejobs"])
    same(json.loads(world.asked[0].body)["containerOverrides"]["environment"],
         [{"name": "MANAGED_BY_AWS", "value": "STARTED_BY_STEP_FUNCTIONS"}])
    world.asked.clear()
    world.answers = [ok({"JobRunId": "r"}),
                     ok({"JobRun": {"Id": "r", "JobRunState": "FAILED"}})]
    status, failure = run(world, machine("arn:aws:states:::glue:startJobRun.sync",
                                         {"JobName": "j"}))
    same((status, failure["Error"]), (1, "States.TaskFailed"))
    same(json.loads(failure["Cause"]), {"Id": "r", "JobName": "j", "JobRunState": "FAILED"})


def workflows_elsewhere_are_waited_for(world):
    resource = "arn:aws:states:::states:startExecution.sync:2"
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:other",
                  "Input": {"a": 1}}
    world.answers = [ok({"executionArn": "arn:e", "startDate": 1700000000.5}),
                     ok({"executionArn": "arn:e", "status": "RUNNING"}),
                     ok({"executionArn": "arn:e", "status": "SUCCEEDED", "output": '{"b":2}'})]
    status, output = run(world, machine(resource, parameters), options=("--with", "aws"))
    same((status, output["Output"], output["Status"]), (0, {"b": 2}, "SUCCEEDED"))
    same(json.loads(world.asked[0].body)["input"], '{"a":1}')


def a_job_is_stopped_with_its_task(world):
    def answer(request):
        if request.header("x-amz-target").endswith("RunTask"):
            return ok({"tasks": [ecs_task("PENDING", None)], "failures": []})
        return ok({"tasks": [ecs_task("RUNNING", None)]})
    world.always = answer
    status, failure = run(world, machine("arn:aws:states:::ecs:runTask.sync", RUN_TASK,
                                         TimeoutSeconds=1))
    same((status, failure["Error"]), (1, "States.Timeout"))
    last = world.asked[-1]
    same((last.header("x-amz-target").rpartition(".")[2], json.loads(last.body)),
         ("StopTask", {"cluster": "arn:c", "task": "arn:t"}))


def a_signal_ends_a_call(world):
    waiting = threading.Event()

    def answer(request):
        waiting.set()
        time.sleep(20)
        return ok({})
    world.always = answer
    process = subprocess.Popen([program(machine(PUT, ITEM))], env=environment(world),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert waiting.wait(10)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert time.monotonic() - began < 5
    same(process.returncode, 4)


TESTS = [busy_services_are_asked_again, three_attempts_are_all, refusals_are_not_asked_again,
         parameters_are_an_object,
         nobody_there_is_the_clients_error, retriers_see_the_errors_name,
         without_keys_a_stand_in_gets_any, profiles_have_keys, a_missing_profile_is_said,
         a_profile_assumes_its_role, a_task_assumes_the_role_it_names, a_web_identity_is_a_role,
         a_process_prints_keys, a_container_has_keys, a_machine_has_keys,
         expired_keys_are_asked_for_again, bindings_say_where, nowhere_is_unbound,
         unknown_operations_are_refused_when_built, functions_are_invoked,
         apis_are_signed_where_it_is_wanted, jobs_are_waited_for, jobs_of_batch_and_glue,
         workflows_elsewhere_are_waited_for, a_job_is_stopped_with_its_task,
         a_signal_ends_a_call]


def main():
    chosen = [t for t in TESTS if not sys.argv[1:] or re.search(sys.argv[1], t.__name__)]
    failed = 0
    for test in chosen:
        world = World()
        try:
            test(world)
        except (AssertionError, standin.Wrong, subprocess.SubprocessError, KeyError, TypeError,
                IndexError) as wrong:
            failed += 1
            print(f"FAIL {test.__name__}: {type(wrong).__name__}: {wrong}")
        world.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        STATUS = main()
    finally:
        subprocess.run(["rm", "-rf", FOLDER], check=False)
    sys.exit(STATUS)
