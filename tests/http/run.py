#!/usr/bin/env python3
"""Tasks over HTTP: programs beside servers that answer, fail, lie or say nothing.

    run.py [--soak CALLS]    soak: so many calls, and what they leave behind

Everything is on 127.0.0.1.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from servers import (Emulator, Handler, Lambda, Proxy, Server, make_certificates, secure)

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
SECRET = "S3cr3tW0rd"

failures = []
done = 0


def check(name, holds, why=""):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name} {why}")


def environment(**more):
    """Without proxies and certificates of the caller."""
    env = {k: v for k, v in os.environ.items()
           if not k.lower().endswith("_proxy") and not k.startswith(("SSL_CERT", "AWS_"))}
    return {**env, **more}


def run(*command, **env):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL, env=environment(**env))


def write(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def build(name, states, *more, **top):
    write(name + ".asl.json", {"StartAt": next(iter(states)), "States": states, **top})
    result = run(ASLC, "build", *more, "-o", name, name + ".asl.json")
    check(f"build {name}", result.returncode == 0, result.stderr)


def build_all():
    retry = [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1}]
    build("task", {"A": {"Type": "Task", "Resource": FUNCTION + "work", "End": True}},
          "--with", "tls")
    build("plain", {"A": {"Type": "Task", "Resource": FUNCTION + "work", "End": True}},
          "--with", "http")
    build("patient", {"A": {"Type": "Task", "Resource": FUNCTION + "work", "Retry": retry,
                            "End": True}}, "--with", "http")
    build("hasty", {"A": {"Type": "Task", "Resource": FUNCTION + "work", "TimeoutSeconds": 1,
                          "End": True}}, "--with", "http")
    build("invoke", {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                           "Parameters": {"FunctionName.$": "$.name", "Payload.$": "$.payload"},
                           "End": True}}, "--with", "http")
    build("fully", {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                          "Arguments": "{% $states.input %}", "End": True}}, "--with", "http",
          QueryLanguage="JSONata")
    build("http", {"A": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
                         "Arguments": "{% $states.input %}", "End": True}},
          QueryLanguage="JSONata")
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True,
              "Arguments": "{% $states.input %}"}
    for most in (0, 1):
        build(f"asks{most}", {"A": {
            "Type": "Map", "Items": "{% $states.input %}", "MaxConcurrency": most, "End": True,
            "ItemProcessor": {"StartAt": "B", "States": {"B": invoke}}}}, QueryLanguage="JSONata")
    build("waits", {"A": {"Type": "Parallel", "End": True, "Branches": [
        {"StartAt": "B", "States": {"B": invoke}},
        {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": FUNCTION + "quick",
                                          "End": True}}}]}}, QueryLanguage="JSONata")
    build("both", {"A": {"Type": "Parallel", "End": True, "Branches": [
        {"StartAt": n, "States": {n: {"Type": "Task", "Resource": FUNCTION + n, "End": True}}}
        for n in ("quick", "slow")]}}, "--with", "http")
    build("many", {"A": {"Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": {
        "StartAt": "B", "States": {"B": {"Type": "Task", "Resource": FUNCTION + "work",
                                         "End": True}}}}}, "--with", "http")


def bound(binding, program="task", given=None, more=(), **env):
    """PROGRAM with BINDING for the function `work`, and MORE options."""
    write("tasks.json", {"tasks": {"work": binding}})
    return run("./" + program, "--tasks", "tasks.json", "--input-json", json.dumps(given),
               *more, **env)


def gives(name, result, wanted):
    try:
        same = result.returncode == 0 and json.loads(result.stdout) == wanted
    except ValueError:
        same = False
    check(name, same, f"{result.returncode} {result.stdout[:300]!r} {result.stderr[:300]!r}")


def fails(name, result, error, cause):
    try:
        got = json.loads(result.stderr.strip().split("\n")[-1])
        same = result.returncode == 1 and got["Error"] == error and cause in got["Cause"]
    except (ValueError, KeyError):
        same = False
    check(name, same, f"{result.returncode} {result.stdout[:300]!r} {result.stderr[:300]!r}")


# ---- {"http": URL} ------------------------------------------------------------------------

def answers(server):
    at = f"http://127.0.0.1:{server.port}"
    value = {"a": [1.50, "é\u0000", None], "b": {"c": True}}
    text = '{"a":[1.50,"é\\u0000",null],"b":{"c":true}}'
    for path in ("same", "chunked", "gzip", "deflate", "until-close", "once"):
        result = bound({"http": f"{at}/{path}"}, "plain", value)
        gives(path, result, value)
        exact = run("./plain", "--tasks", "tasks.json", "--input-json", text)
        check(f"{path} loses nothing", exact.stdout == text + "\n", exact.stdout)
    big = ["x" * 1000] * 10000
    for path in ("same", "chunked", "gzip", "until-close"):
        write("big.json", big)
        write("tasks.json", {"tasks": {"work": {"http": f"{at}/{path}"}}})
        result = run("./plain", "--tasks", "tasks.json", "--input", "big.json")
        check(f"10 MB: {path}", result.returncode == 0 and json.loads(result.stdout) == big,
              result.stderr[:200])
    gives("no content", bound({"http": f"{at}/empty"}, "plain"), None)
    gives("a text", bound({"http": f"{at}/text"}, "plain"), "größer")
    echo = json.loads(bound({"http": f"{at}/echo?a=b", "method": "PUT", "headers": {
        "X-Key": "${KEY}", "X-Plain": "$${KEY}", "content-type": "text/x"}}, "plain", [1],
        KEY=SECRET).stdout)
    check("what is sent", echo["method"] == "PUT" and echo["path"] == "/echo?a=b" and
          echo["body"] == "[1]" and echo["headers"]["x-key"] == SECRET and
          echo["headers"]["x-plain"] == "${KEY}" and
          echo["headers"]["content-type"] == "text/x" and
          echo["headers"]["host"] == f"127.0.0.1:{server.port}", str(echo))
    echo = json.loads(bound({"http": f"{at}/echo", "method": "GET"}, "plain", [1]).stdout)
    check("GET sends no body", echo["method"] == "GET" and echo["body"] == "" and
          "content-length" not in echo["headers"], str(echo))
    localhost = json.loads(bound({"http": f"http://localhost:{server.port}/echo"},
                                 "plain").stdout)
    check("localhost", localhost["headers"]["host"] == f"localhost:{server.port}")


def errors(server):
    at = f"http://127.0.0.1:{server.port}"

    def wrong(path, error, cause, **more):
        fails(path, bound({"http": f"{at}/{path}", **more}, "plain"), error, cause)

    wrong("status/404/lost", "States.Http.StatusCode.404", "lost")
    wrong("status/500", "States.Http.StatusCode.500", "Internal Server Error")
    wrong("redirect", "States.Http.StatusCode.302", "Found")
    wrong("named", "Order.Refused", '"errorMessage":"too much"')
    wrong("not-json", "States.TaskFailed", "not JSON")
    wrong("early", "States.Http.Socket", "before an answer came")
    wrong("cut", "States.Http.Socket", "within the answer")
    wrong("garbage", "States.Http.Socket", "no answer of HTTP/1")
    wrong("slow/30", "States.Http.Socket", "no answer within 200 ms", timeout=0.2)
    wrong("drip", "States.Http.Socket", "no answer within 300 ms", timeout=0.3)
    start = time.monotonic()
    result = bound({"http": f"{at}/drip"}, "hasty")
    check("TimeoutSeconds", result.returncode == 1 and "States.Timeout" in result.stderr and
          time.monotonic() - start < 10, result.stderr)
    fails("nobody there", bound({"http": "http://127.0.0.1:1/"}, "plain"), "States.Http.Socket",
          "127.0.0.1:1: Connection refused")
    fails("no such name", bound({"http": "http://no.such.invalid/"}, "plain"),
          "States.Http.Socket", "no.such.invalid")
    write("tasks.json", {"tasks": {"work": {"http": f"{at}/bomb"}}})
    fails("a bomb", run("./plain", "--tasks", "tasks.json", "--max-output", "1M"),
          "States.TaskFailed", "--max-output")
    quickly = ["--time-scale", "100"]
    gives("503 twice, then an answer",
          bound({"http": f"{at}/fails-first/2"}, "patient", {"x": 1}, quickly), {"x": 1})
    fails("503 once too often", bound({"http": f"{at}/fails-first/9/{SECRET}"}, "patient", None, quickly),
          "States.Http.StatusCode.503", "not now")
    check("and four times in all", server.counts[f"/fails-first/9/{SECRET}"] == 4)
    start = time.monotonic()
    child = subprocess.Popen(["./plain", "--tasks", write("tasks.json", {"tasks": {
        "work": {"http": f"{at}/slow/60"}}})], stderr=subprocess.PIPE, env=environment())
    time.sleep(0.3)
    child.terminate()
    child.communicate(timeout=20)
    check("SIGTERM ends a call", child.returncode == 4 and time.monotonic() - start < 10)


def bindings():
    def refused(name, binding, why, program="plain", **env):
        result = bound(binding, program, **env)
        check(name, result.returncode == 2 and why in result.stderr and
              SECRET not in result.stderr, result.stderr)

    refused("no URL", {"http": "x"}, "neither http:// nor https://")
    refused("no string", {"http": 1}, "wants a string")
    refused("user in the URL", {"http": f"http://u:{SECRET}@h/"}, "belong into a header")
    refused("https without TLS", {"http": "https://h/"}, "--with tls")
    refused("no method", {"http": "http://h/", "method": "get"}, "capital letters")
    refused("no header", {"http": "http://h/", "headers": {"A b": "c"}}, "no header")
    refused("a header of two lines", {"http": "http://h/", "headers": {"A": "${KEY}"}},
            "no header", KEY=f"{SECRET}\r\nX: y")
    refused("no variable", {"http": "http://h/", "headers": {"A": "${NO_SUCH}"}}, "NO_SUCH")
    refused("no timeout", {"http": "http://h/", "timeout": 0}, "seconds")
    refused("a member of another kind", {"http": "http://h/", "env": {}}, '"env"')
    refused("method of Lambda", {"lambda": "http://h/", "method": "GET"}, "does not go")


def secrets(server):
    """Nothing of a header, a query or a connection is told, whatever happens."""
    ports = {"good": f"http://127.0.0.1:{server.port}/status/500", "no": "http://127.0.0.1:1",
             "bad": f"http://127.0.0.1:{server.port}/garbage"}
    for name, at in ports.items():
        write("tasks.json", {"tasks": {"work": {"http": at + "?key=${KEY}", "headers": {
            "Authorization": "Bearer ${KEY}"}}}})
        result = run("./plain", "--tasks", "tasks.json", "--history", "-", KEY=SECRET)
        check(f"secrets: {name}", result.returncode == 1 and SECRET not in result.stdout and
              SECRET not in result.stderr, result.stdout + result.stderr)


def reuse(server):
    before = server.connections
    write("items.json", list(range(500)))
    write("tasks.json", {"tasks": {"work": {"http": f"http://127.0.0.1:{server.port}/same",
                                            "max": 4}}})
    result = run("./many", "--tasks", "tasks.json", "--input", "items.json")
    check("500 calls over four connections", result.returncode == 0 and
          json.loads(result.stdout) == list(range(500)) and
          server.connections - before <= 4, f"{server.connections - before} {result.stderr}")
    write("tasks.json", {"tasks": {"work": {"http": f"http://127.0.0.1:{server.port}/once",
                                            "max": 4}}})
    result = run("./many", "--tasks", "tasks.json", "--input", "items.json")
    check("500 calls over connections that are closed", result.returncode == 0 and
          json.loads(result.stdout) == list(range(500)), result.stderr)


def few_descriptors(server):
    """However few there are, all calls are answered."""
    write("items.json", list(range(300)))
    write("tasks.json", {"tasks": {"work": {"http": f"http://127.0.0.1:{server.port}/same"}}})
    for limit in (100, 40, 9):
        result = run("sh", "-c", f"ulimit -n {limit} && exec ./many --tasks tasks.json "
                                 "--input items.json")
        check(f"{limit} descriptors", result.returncode == 0 and
              json.loads(result.stdout) == list(range(300)), result.stderr[:300])


def siblings(server):
    """A branch that fails ends the other's call."""
    write("tasks.json", {"tasks": {
        "quick": {"http": f"http://127.0.0.1:{server.port}/status/500"},
        "slow": {"http": f"http://127.0.0.1:{server.port}/slow/60"}}})
    start = time.monotonic()
    fails("a sibling fails", run("./both", "--tasks", "tasks.json"),
          "States.Http.StatusCode.500", "Internal")
    check("and the other call is ended", time.monotonic() - start < 20)


# ---- proxies --------------------------------------------------------------------------------

def proxies(server, folder):
    proxy = Server(Proxy)
    at = f"http://127.0.0.1:{server.port}/echo"
    by = f"http://127.0.0.1:{proxy.port}"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        gives(name, bound({"http": at}, "plain", **{name: by}),
              {"proxied": at, "host": f"127.0.0.1:{server.port}", "told": False})
    result = bound({"http": at}, "plain", http_proxy=by, no_proxy="localhost, 127.0.0.0/8")
    check("no_proxy", json.loads(result.stdout).get("path") == "/echo", result.stdout)
    fails("a proxy of another kind", bound({"http": at}, "plain", http_proxy="socks5://h:1"),
          "States.Http.Socket", "http://")
    fails("no proxy there", bound({"http": at}, "plain", http_proxy="127.0.0.1:1"),
          "States.Http.Socket", "proxy 127.0.0.1:1: Connection refused")
    proxy.password = f"al:{SECRET}"
    fails("no password", bound({"http": at}, "plain", http_proxy=by),
          "States.Http.StatusCode.407", "who?")
    gives("a password", bound({"http": at}, "plain",
                              http_proxy=f"http://al:{SECRET}@127.0.0.1:{proxy.port}"),
          {"proxied": at, "host": f"127.0.0.1:{server.port}", "told": True})
    tls = Server(Handler, secure("good", folder))
    there = {"http": f"https://localhost:{tls.port}/same"}
    ca = os.path.join(folder, "ca.pem")
    result = bound(there, given=[7], https_proxy=by, SSL_CERT_FILE=ca)
    fails("CONNECT refused", result, "States.Http.Socket", "refuses CONNECT: 407")
    gives("CONNECT", bound(there, given=[7], SSL_CERT_FILE=ca,
                           https_proxy=f"http://al:{SECRET}@127.0.0.1:{proxy.port}"), [7])
    check("the proxy saw the tunnel alone",
          proxy.seen[-1][:2] == ("CONNECT", f"localhost:{tls.port}"), str(proxy.seen[-1]))


# ---- TLS ------------------------------------------------------------------------------------

def certificates(folder):
    ca = os.path.join(folder, "ca.pem")

    def ask(name, host="localhost", program="task", **env):
        server = Server(Handler, secure(name, folder))
        return bound({"http": f"https://{host}:{server.port}/same"}, program, [7], **env)

    gives("a good certificate", ask("good", SSL_CERT_FILE=ca), [7])
    gives("for an address", ask("good", "127.0.0.1", SSL_CERT_FILE=ca), [7])
    os.makedirs("folder", exist_ok=True)
    subprocess.run(["sh", "-c", f"cp {ca} folder/x.pem && openssl rehash folder"], check=True)
    gives("a folder of certificates", ask("good", SSL_CERT_DIR="folder"), [7])
    untrusted = "its certificate is not trusted"
    fails("nobody knows it", ask("good"), "States.Http.Socket", untrusted)
    fails("signed by itself", ask("self", SSL_CERT_FILE=ca), "States.Http.Socket", untrusted)
    fails("expired", ask("expired", SSL_CERT_FILE=ca), "States.Http.Socket", "expired")
    fails("for another name", ask("other", SSL_CERT_FILE=ca), "States.Http.Socket",
          "ostname mismatch")
    fails("for no address", ask("named", "127.0.0.1", SSL_CERT_FILE=ca), "States.Http.Socket",
          "IP address mismatch")
    fails("no file of certificates", ask("good", SSL_CERT_FILE="none.pem"),
          "States.Http.Socket", "SSL_CERT_FILE")
    plain = Server(Handler)
    fails("no TLS there", bound({"http": f"https://localhost:{plain.port}/"}),
          "States.Http.Socket", f"localhost:{plain.port}: TLS")
    server = Server(Handler, secure("self", folder))
    write("tasks.json", {"tasks": {"work": {"http": f"https://localhost:{server.port}/same"}}})
    gives("--insecure-tls", run("./task", "--insecure-tls", "--tasks", "tasks.json",
                                "--input-json", "[7]"), [7])
    server = Server(Handler, secure("good", folder))
    write("tasks.json", {"tasks": {"work": {"http": f"https://localhost:{server.port}/same"}}})
    write("big.json", ["x" * 1000] * 10000)
    result = run("./task", "--tasks", "tasks.json", "--input", "big.json", SSL_CERT_FILE=ca)
    check("10 MB over TLS", result.returncode == 0 and len(result.stdout) > 10000000,
          result.stderr)


# ---- Lambda ---------------------------------------------------------------------------------

def invoke(server, program="invoke", **given):
    write("tasks.json", {"tasks": {"*": {"lambda": f"http://127.0.0.1:{server.port}"}}})
    return run("./" + program, "--tasks", "tasks.json", "--input-json", json.dumps(given))


def lambdas():
    server = Server(Lambda)
    result = json.loads(invoke(server, name="work:live", payload={"a": 1}).stdout or "{}")
    http = result.get("SdkHttpMetadata", {})
    check("the envelope", list(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata",
                                           "SdkResponseMetadata", "StatusCode"] and
          result["ExecutedVersion"] == "$LATEST" and result["StatusCode"] == 200 and
          result["SdkResponseMetadata"]["RequestId"].endswith("444444444444") and
          http["HttpHeaders"]["X-Amz-Executed-Version"] == "$LATEST" and
          http["AllHttpHeaders"]["Content-Type"] == ["application/json"] and
          http["HttpStatusCode"] == 200, str(result))
    check("the request", result.get("Payload", {}).get("path") ==
          "/2015-03-31/functions/work/invocations?Qualifier=live" and
          result["Payload"]["payload"] == '{"a":1}', str(result))
    for payload, sent in (("text", '"text"'), ("[1]", "[1]"), (None, "{}"), (1.5, "1.5")):
        result = json.loads(invoke(server, name="work", payload=payload).stdout or "{}")
        check(f"payload {payload}", result.get("Payload", {}).get("payload") == sent, str(result))
    result = json.loads(invoke(server, "fully", FunctionName="work", LogType="Tail",
                               ClientContext="e30=", Qualifier="3").stdout or "{}")
    check("Tail and more", result.get("LogResult") == "bG9n" and
          result["Payload"]["context"] == "e30=" and "Qualifier=3" in result["Payload"]["path"],
          str(result))
    for kind, status in (("Event", 202), ("DryRun", 204)):
        result = json.loads(invoke(server, "fully", FunctionName="work",
                                   InvocationType=kind).stdout or "{}")
        check(kind, result.get("StatusCode") == status and result["Payload"] == "", str(result))
    fails("a field of another type", invoke(server, "fully", FunctionName="work", LogType=1),
          "States.Runtime", "[The value of the field 'LogType' has an invalid format]")
    result = json.loads(invoke(server, name="looks", payload=1).stdout or "{}")
    check("what only looks like an error", result.get("Payload") ==
          {"errorMessage": "no", "errorType": "E"}, str(result))
    check("a text", json.loads(invoke(server, name="text", payload=1).stdout or "{}")
          .get("Payload") == "plain")
    fails("a function's error", invoke(server, name="fails", payload=1), "Exception",
          '{"errorMessage":"no","errorType":"Exception","requestId":"r","stackTrace":[]}')
    fails("without errorType", invoke(server, name="nameless", payload=1), "Lambda.Unknown",
          '{"errorMessage":"no"}')
    fails("no such function", invoke(server, name="missing", payload=1),
          "Lambda.ResourceNotFoundException",
          "Function not found: missing (Service: AWSLambda; Status Code: 404; Error Code: "
          "ResourceNotFoundException; Request ID: 00000000-1111-2222-3333-444444444444; "
          "Proxy: null)")
    fails("throttled", invoke(server, name="throttled", payload=1),
          "Lambda.TooManyRequestsException", "Rate Exceeded. (Service: AWSLambda; Status Code: 429")
    fails("an exception of no model", invoke(server, name="strange", payload=1),
          "Lambda.AWSLambdaException", "Error Code: TeapotException")
    write("tasks.json", {"tasks": {"*": {"lambda": "http://127.0.0.1:1"}}})
    fails("nobody there", run("./plain", "--tasks", "tasks.json"), "Lambda.SdkClientException",
          "Unable to execute HTTP request: 127.0.0.1:1: Connection refused")
    result = bound({"lambda": f"http://127.0.0.1:{server.port}/"}, "plain", [1])
    check("by ARN the payload alone", json.loads(result.stdout or "{}").get("payload") == "[1]",
          result.stderr)


def emulator():
    server = Server(Emulator)
    at = {"lambda": f"http://127.0.0.1:{server.port}"}
    gives("the emulator's one name", bound(at, "plain", {"a": 1}), {"a": 1})
    gives("a whole URL", bound(
        {"lambda": at["lambda"] + "/2015-03-31/functions/function/invocations"}, "plain", 3), 3)
    fails("an error with 200", bound(at, "plain", "fail"), "ValueError", '"errorMessage":"no"')
    fails("502", bound(at, "plain", "init"), "Runtime.ImportModuleError", "no module")
    fails("late", bound(at, "plain", "late"), "Sandbox.Timedout", "timed out after 3.00")
    server.most = 0
    write("items.json", list(range(40)))
    write("tasks.json", {"tasks": {"work": at}})
    result = run("./many", "--tasks", "tasks.json", "--input", "items.json")
    check("one at a time", result.returncode == 0 and
          json.loads(result.stdout) == list(range(40)) and server.most == 1,
          f"{server.most} {result.stderr}")


# ---- http:invoke ----------------------------------------------------------------------------

def ask(given, connections=None, **env):
    more = []
    if connections is not None:
        more = ["--tasks", write("connections.json", {"connections": connections})]
    return run("./http", *more, "--input-json", json.dumps(given), "--history", "h.jsonl", **env)


def http_invoke(server):
    at = f"http://127.0.0.1:{server.port}"
    result = ask({"ApiEndpoint": at + "/echo?a=b#c", "Method": "POST", "Headers": {
        "X-One": "1", "X-Two": ["2", "3"]}, "QueryParameters": {"q": ["ä b", "&"], "n": 1.5},
        "RequestBody": {"x": [1]}})
    got = json.loads(result.stdout or "{}")
    check("members", list(got) == ["Headers", "ResponseBody", "StatusCode", "StatusText"] and
          got["StatusCode"] == 200 and got["StatusText"] == "OK" and
          got["Headers"]["content-type"] == ["application/json"], result.stdout + result.stderr)
    body = got.get("ResponseBody", {"headers": {}})
    check("the request", body.get("path") == "/echo?a=b&q=%C3%A4%20b&q=%26&n=1.5" and
          body["body"] == '{"x":[1]}' and
          body["headers"]["content-type"] == "application/json; charset=UTF-8" and
          body["headers"]["x-one"] == "1" and
          body["headers"]["user-agent"].startswith("Amazon|StepFunctions|HttpInvoke|"),
          str(body))
    for form, wanted in (("INDICES", "a[0]=1&a[1]=x%26y&o[k]=true"),
                         ("REPEAT", "a=1&a=x%26y&o[k]=true"),
                         ("COMMAS", "a=1,x%26y&o[k]=true"),
                         ("BRACKETS", "a[]=1&a[]=x%26y&o[k]=true")):
        got = json.loads(ask({"ApiEndpoint": at + "/echo", "Method": "PUT", "Transform": {
            "RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": form}},
            "RequestBody": {"a": [1, "x&y"], "o": {"k": True}}}).stdout or "{}")
        check(f"a form: {form}", got.get("ResponseBody", {}).get("body") == wanted, str(got))
    got = json.loads(ask({"ApiEndpoint": at + "/text", "Method": "GET"}).stdout or "{}")
    check("a text", got.get("ResponseBody") == "größer", str(got))
    for path, error, cause in (("status/404/lost", "States.Http.StatusCode.404", "lost"),
                               ("image", "States.Runtime", "image/png"),
                               ("latin", "States.Runtime", "not UTF-8"),
                               ("early", "States.Http.Socket", "before an answer"),
                               ("redirect", "States.Http.StatusCode.302", "Found")):
        fails(path, ask({"ApiEndpoint": f"{at}/{path}", "Method": "GET"}), error, cause)
    for field, given in (("Method", {"Method": "TRACE"}), ("Headers", {"Headers": {"Host": "x"}}),
                         ("Headers", {"Headers": {"x-amz-date": "x"}}),
                         ("Headers", {"Headers": {"A": "b\r\nC: d"}}),
                         ("Headers", {"Headers": {"A": {}}}), ("Headers", {"Headers": []}),
                         ("Headers", {"Headers": {f"A{i}": "b" for i in range(65)}}),
                         ("QueryParameters", {"QueryParameters": "x"}),
                         ("ApiEndpoint", {"ApiEndpoint": "example.com"})):
        fails(f"bad {given}", ask({"ApiEndpoint": at + "/echo", "Method": "GET", **given}),
              "States.Runtime", f"The value of the field '{field}' has an invalid format")


    write("big.json", {"ApiEndpoint": at + "/same", "Method": "POST", "RequestBody": ["x" * 300000]})
    result = run("./http", "--aws-limits", "--input", "big.json")
    check("--aws-limits", result.returncode == 1 and "States.DataLimitExceeded" in result.stderr,
          result.stderr[:300])


def connections(server):
    at = f"http://127.0.0.1:{server.port}"
    arn = "arn:aws:events:us-east-1:123456789012:connection/mine/0a1b2c"

    def connection(kind, more=None, **parameters):
        return {"mine": {"AuthorizationType": kind, "AuthParameters": {
            **parameters, **({"InvocationHttpParameters": more} if more else {})}}}

    def request(path="/echo", field="Authentication", **more):
        return {"ApiEndpoint": at + path, "Method": "POST", field: {"ConnectionArn": arn}, **more}

    basic = connection("BASIC", BasicAuthParameters={"Username": "al", "Password": "${KEY}"})
    key = connection("API_KEY", {
        "HeaderParameters": [{"Key": "X-More", "Value": "conn", "IsValueSecret": False}],
        "QueryStringParameters": [{"Key": "q", "Value": "conn"}],
        "BodyParameters": [{"Key": "b", "Value": "conn"}]},
        ApiKeyAuthParameters={"ApiKeyName": "X-Api-Key", "ApiKeyValue": "${KEY}"})
    got = json.loads(ask(request(), basic, KEY=SECRET).stdout or "{}").get("ResponseBody", {})
    check("BASIC", got.get("headers", {}).get("authorization") ==
          "Basic YWw6UzNjcjN0VzByZA==", str(got))
    got = json.loads(ask(request(
        field="InvocationConfig", Headers={"x-more": "task", "X-Api-Key": "task"},
        QueryParameters={"q": "task", "r": "task"}, RequestBody={"b": "task", "c": "task"}),
        key, KEY=SECRET).stdout or "{}").get("ResponseBody", {})
    check("API_KEY, and the connection wins", got.get("path") == "/echo?q=conn&r=task" and
          json.loads(got["body"]) == {"b": "conn", "c": "task"} and
          got["headers"]["x-api-key"] == SECRET and got["headers"]["x-more"] == "conn", str(got))
    fails("a text and more for the body", ask(request(RequestBody="text"), key, KEY=SECRET),
          "States.Runtime", "RequestBody")
    result = ask(request("/status/500"), key, KEY=SECRET)
    with open("h.jsonl", encoding="utf-8") as file:
        history = file.read()
    check("nothing of it is told", SECRET not in result.stdout + result.stderr + history and
          "TaskFailed" in history)
    fails("no such connection", ask(request(), {}), "Events.ConnectionResource.ResourceNotFound",
          arn)

    def oauth(path, **more):
        return connection("OAUTH_CLIENT_CREDENTIALS", OAuthParameters={
            "AuthorizationEndpoint": at + path, "HttpMethod": "POST",
            "ClientParameters": {"ClientID": "me", "ClientSecret": "${KEY}"}, **more})

    server.counts.clear()
    got = json.loads(ask(request(), oauth("/token/a"), KEY=SECRET).stdout or "{}")
    check("OAUTH", got.get("ResponseBody", {}).get("headers", {}).get("authorization") ==
          "Bearer token-1", str(got))
    server.counts.clear()
    got = json.loads(ask(request("/guarded/token-2"), oauth("/token/b"), KEY=SECRET).stdout or "{}")
    check("a token that is refused is renewed", got.get("StatusCode") == 200, str(got))
    fails("and that once", ask(request("/guarded/token-9"), oauth("/token/c"), KEY=SECRET),
          "States.Http.StatusCode.401", "who?")
    check("two tokens, two calls", server.counts["/token/c"] == 2 and
          server.counts["/guarded/token-9"] == 2, str(server.counts))
    fails("no token", ask(request(), oauth("/token/refused"), KEY=SECRET),
          "Events.ConnectionResource.InvalidConnectionState", "the endpoint answers 401")
    write("items.json", [request(f"/echo/{i}") for i in range(40)])
    for most, path, wanted in ((0, "/token/many", 1), (1, "/token/short", 40)):
        write("connections.json", {"connections": oauth(path)})
        result = run(f"./asks{most}", "--tasks", "connections.json", "--input", "items.json",
                     KEY=SECRET)
        check(f"40 calls, {wanted} tokens", result.returncode == 0 and
              len(json.loads(result.stdout)) == 40 and server.counts[path] == wanted,
              f"{server.counts.get(path)} {result.stderr[:300]}")
    write("connections.json", {"connections": oauth("/slow/60"), "tasks": {
        "quick": {"http": at + "/status/500"}}})
    start = time.monotonic()
    result = run("./waits", "--tasks", "connections.json", "--input-json", json.dumps(request()),
                 KEY=SECRET)
    check("a call that waits for a token is ended", result.returncode == 1 and
          "StatusCode.500" in result.stderr and time.monotonic() - start < 20, result.stderr[:300])
    for name, bad in (("a type", {"mine": {"AuthorizationType": "X", "AuthParameters": {}}}),
                      ("a member", {"mine": {"Type": "BASIC"}}),
                      ("a list", {"mine": [1]}),
                      ("a variable", basic)):
        result = ask(request(), bad)
        check(f"bad connection: {name}", result.returncode == 2 and "mine" in result.stderr,
              result.stderr)


# ---- what is left behind ---------------------------------------------------------------------

def held(pid):
    """Descriptors and bytes of memory of the process PID."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return len(os.listdir(f"/proc/{pid}/fd")), pages * os.sysconf("SC_PAGE_SIZE")


def soak(server, calls):
    """CALLS calls, some of which fail; descriptors and memory must not grow on the way."""
    loop = {"Next": {"Type": "Choice", "Default": "Done", "Choices": [
        {"Variable": "$.left", "NumericGreaterThan": 0, "Next": "All"}]},
        "All": {"Type": "Map", "ItemsPath": "$.urls", "ResultPath": None, "Next": "Less",
                "ItemProcessor": {"StartAt": "Call", "States": {
                    "Call": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
                             "Parameters": {"ApiEndpoint.$": "$", "Method": "GET"},
                             "ResultSelector": {}, "End": True, "Catch": [
                                 {"ErrorEquals": ["States.ALL"], "Next": "Caught"}]},
                    "Caught": {"Type": "Pass", "Result": {}, "End": True}}}},
        "Less": {"Type": "Pass", "Parameters": {
            "left.$": "States.MathAdd($.left, -1)", "urls.$": "$.urls"}, "Next": "Next"},
        "Done": {"Type": "Succeed"}}
    build("soak", loop)
    at = f"http://127.0.0.1:{server.port}"
    urls = [at + path for path in ["/same"] * 30 + ["/gzip", "/chunked", "/once", "/early", "/cut",
                                                    "/garbage", "/status/500", "/until-close"]]
    urls += ["http://127.0.0.1:1/", "http://no.such.invalid/"]
    rounds = max(4, calls // len(urls))
    write("soak.json", {"left": rounds, "urls": urls})
    before = server.requests
    child = subprocess.Popen(["./soak", "--input", "soak.json", "--output", "soaked.json"],
                             env=environment(), stderr=subprocess.PIPE)
    early = late = None
    while child.poll() is None:
        time.sleep(0.02)
        now = (server.requests - before) / (rounds * (len(urls) - 2))
        try:
            found = held(child.pid)
            if 0.3 < now < 0.97:
                early, late = early or found, found
        except (OSError, IndexError):
            break
    child.wait(timeout=60)
    # A sanitizer keeps for a while what has been freed.
    sanitized = "-fsanitize" in run(ASLC, "libs", "soak.asl.json").stdout
    check("soak: ends", child.returncode == 0, child.stderr.read())
    check("soak: calls", server.requests - before >= rounds * (len(urls) - 2))
    check("soak: descriptors and memory", early is not None and late[0] <= early[0] + 10 and
          (sanitized or late[1] <= early[1] + (4 << 20)), f"{early} {late}")
    print(f"{rounds * len(urls)} calls: descriptors {early and early[0]} then {late and late[0]}, "
          f"memory {early and early[1] >> 10} KB then {late and late[1] >> 10} KB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--soak", type=int)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    server = Server(Handler)
    try:
        if arguments.soak:
            soak(server, arguments.soak)
        else:
            build_all()
            answers(server)
            errors(server)
            bindings()
            secrets(server)
            reuse(server)
            few_descriptors(server)
            siblings(server)
            lambdas()
            emulator()
            http_invoke(server)
            connections(server)
            soak(server, 1200)
            if shutil.which("openssl"):
                make_certificates(folder)
                certificates(folder)
                proxies(server, folder)
            else:
                print("NOT RUN: TLS and proxies, for want of the openssl command")
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
