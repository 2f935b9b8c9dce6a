#!/usr/bin/env python3
"""run-asl, with the cases' Lambda functions behind an endpoint: what was recorded comes out
whether a function's answer is known or comes over HTTP.  (Cases that need more than Lambda
functions are left out.)

    recorded.py DIR [options of run-asl]
"""

import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile
import threading
import uuid

from servers import Handler, Server

HERE = os.path.dirname(os.path.abspath(__file__))
CONFORMANCE = os.path.join(HERE, "..", "conformance")
sys.path.insert(0, CONFORMANCE)


def load():
    path = os.path.join(CONFORMANCE, "run-asl")
    loader = importlib.machinery.SourceFileLoader("run_asl", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_asl", loader))
    sys.modules["run_asl"] = module
    loader.exec_module(module)
    return module


run_asl = load()
functions = {}  # by the first word of the path
lock = threading.Lock()
known = run_asl.binding
used = [0]


class Endpoint(Handler):
    """Answers as Lambda does, with its headers alone."""

    def act(self, words, body, count):
        does = functions[words[0]]
        payload = json.loads(body)
        with lock:
            used[0] += 1
        headers = {"Date": self.date_time_string(), "Content-Type": "application/json",
                   "Connection": "keep-alive", "x-amzn-RequestId": str(uuid.uuid4()),
                   "x-amzn-Remapped-Content-Length": "0", "X-Amz-Executed-Version": "$LATEST",
                   "X-Amzn-Trace-Id": f"root=1-5bdbf1a0-{uuid.uuid4().hex[:24]};sampled=0"}
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = "bG9n"
        if "missing" in does:
            headers["X-Amzn-ErrorType"] = "ResourceNotFoundException"
            return self.send(404, {"Type": "User", "Message": does["missing"]}, headers)
        if "raise" in does:
            members = list(does["raise"].items())
            members.insert(2, ("requestId", run_asl.REQUEST_ID))
            headers["X-Amz-Function-Error"] = "Unhandled"
            return self.send(200, dict(members), headers)
        if "echo" in does:
            return self.send(200, payload, headers, body)
        if "return" in does:
            return self.send(200, does["return"], headers)
        spec = does["return_repeated"]
        return self.send(200, spec["text"] * spec["times"], headers)

    def send(self, status, value, headers, body=None):
        if body is None:
            body = json.dumps(value, separators=(",", ":")).encode()
        lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}",
                 *(f"{name}: {text}" for name, text in headers.items())]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


server = Server(Endpoint)


def bound(does):
    token = uuid.uuid4().hex
    with lock:
        functions[token] = does
    return {"lambda": f"http://127.0.0.1:{server.port}/{token}/invocations", "max": 100}


def binding(does):
    """A function that takes its time does so on the program's clock, as before."""
    return known(does) if "sleep_then_echo" in does else bound(does)


def no_such_function(name):
    return bound({"missing": f"Function not found: {run_asl.ACCOUNT}{name}:$LATEST"})


def with_http(command, *more, **options):
    if command[1:2] == ["build"]:
        command = [*command[:2], "--with", "http", *command[2:]]
    return run(command, *more, **options)


def only_mocks_fail(known_file):
    """The known failures but for those that a mock is to blame for."""
    here = {"v2/services/test_lambda_task_service.test_invoke_unsupported_param.json"}
    with open(known_file, encoding="utf-8") as lines:
        rest = [line for line in lines if line.strip() not in here]
    file = tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8")
    file.writelines(rest)
    file.flush()
    return file


if "--known" in sys.argv:
    place = sys.argv.index("--known") + 1
    known_here = only_mocks_fail(sys.argv[place])
    sys.argv[place] = known_here.name
if "--kind" not in sys.argv:
    sys.argv += [part for kind in run_asl.RUNS for part in ("--kind", kind)]
run = run_asl.suite.run
run_asl.suite.run = with_http
run_asl.binding = binding
run_asl.no_such_function = no_such_function
if "--services" not in sys.argv:
    sys.argv += ["--services", "lambda"]
os.environ["no_proxy"] = "127.0.0.1"
status = run_asl.main()
if used[0] == 0:
    print("nothing came over HTTP")
sys.exit(status if used[0] > 0 else 1)
