"""A stand-in for AWS's services that answers a case's calls as its recording says.

    server = Server()
    script = Script(case, matcher)        what the case will ask, and what is answered
    environment = server.add(script)      AWS_ENDPOINT_URL and keys for the program
    ...
    script.problem()                      what was wrong with the requests, or None

A request must be what the service takes: its signature (computed here once more), the
operation in the place that its protocol has for it, and the parameters that the history's
TaskScheduled tells.  The answer is what the recorded TaskSucceeded, TaskSubmitted or TaskFailed
was made of, put back into the service's own protocol.
"""

import base64
import hashlib
import hmac
import http.server
import json
import re
import threading
import urllib.parse
import zlib

KEY, SECRET = "AKIDSTANDIN", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
REQUEST_ID = "1a2b3c4d-0000-4000-8000-00000000beef"
SECONDS = 1700000000.123
HTTP_DATE = "Tue, 14 Nov 2023 22:13:20 GMT"

# Service key of a Resource: (target or None, name in signatures, small letters on the wire)
JSON_SERVICES = {
    "dynamodb": ("DynamoDB_20120810", "dynamodb", "1.0", False),
    "aws-sdk:dynamodb": ("DynamoDB_20120810", "dynamodb", "1.0", False),
    "sqs": ("AmazonSQS", "sqs", "1.0", False),
    "states": ("AWSStepFunctions", "states", "1.0", True),
    "aws-sdk:sfn": ("AWSStepFunctions", "states", "1.0", True),
    "events": ("AWSEvents", "events", "1.1", False),
    "aws-sdk:secretsmanager": ("secretsmanager", "secretsmanager", "1.1", False),
}
DATES = re.compile(r"(start-|stop-)?date(time)?|<(start|stop)-date>")
S3_HEADERS = {
    "AcceptRanges": "Accept-Ranges", "ContentType": "Content-Type", "ETag": "ETag",
    "LastModified": "Last-Modified", "ServerSideEncryption": "x-amz-server-side-encryption",
    "ChecksumCRC32": "x-amz-checksum-crc32", "ChecksumType": "x-amz-checksum-type",
}
CAUSE = re.compile(r"(?P<message>.*) \(Service: (?P<service>[^;,]*)[;,] Status Code: (?P<status>\d+)"
                   r"(?:; Error Code: (?P<code>[^;]*))?.*", re.DOTALL)


class Wrong(Exception):
    """A request that is not what the recording wants."""


# ---- What a case asks -----------------------------------------------------------------

class Call:
    """One recorded call: a TaskScheduled and what became of it."""

    def __init__(self, scheduled, outcome):
        self.service = scheduled["resourceType"]
        self.action = scheduled["resource"].split(".")[0]
        self.parameters = scheduled.get("parameters", {})
        self.outcome = outcome
        self.asked = False

    def operation(self):
        return self.action[0].upper() + self.action[1:]


def details(event):
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


def asks_lambda(case):
    """Whether what a function does is not all that is wanted: Lambda's own log is, too."""
    return '"LogType.$"' in case.definition()


def recorded_calls(case):
    """The calls of the history, in order; a Lambda function's are none of ours."""
    waiting, calls = {}, []
    for event in case.get("history", []):
        kind, told = event["type"], details(event)
        if kind == "TaskScheduled" and (told.get("resourceType") != "lambda" or asks_lambda(case)):
            if told["resourceType"] == "states" and ".sync" in told["resource"]:
                continue
            waiting.setdefault((told["resourceType"], told["resource"]), []).append(told)
        elif kind in ("TaskSubmitted", "TaskSucceeded", "TaskFailed"):
            queue = waiting.get((told.get("resourceType"), told.get("resource")))
            if queue:
                calls.append(Call(queue.pop(0), (kind, told)))
    return calls


def unreachable(call):
    """The recording is of a host that does not exist, so nobody is asked."""
    return "Unable to execute HTTP request" in str(call.outcome[1].get("cause", ""))


class Script:
    """What one execution of a case may ask, and what went wrong."""

    def __init__(self, case, matcher, invent):
        self.matcher, self.invent = matcher, invent
        self.lock = threading.Lock()
        self.complaints = []
        self.calls = [call for call in recorded_calls(case) if not unreachable(call)]

    def problem(self):
        if self.complaints:
            return "stand-in: " + self.complaints[0]
        missing = [f"{call.service}:{call.action}" for call in self.calls if not call.asked]
        return f"stand-in: was not asked {', '.join(missing)}" if missing else None

    def answer(self, request):
        """(status, reason, headers, body)"""
        with self.lock:
            try:
                check_signature(request)
                return self.find(request)
            except Wrong as wrong:
                self.complaints.append(str(wrong))
                return 400, "Bad Request", [], b'{"__type":"Wrong","message":"stand-in"}'

    def find(self, request):
        reasons = []
        for call in self.calls:
            try:
                taken = take(call, request, self.matcher)
            except Wrong as wrong:
                reasons.append(f"{call.service}:{call.action}: {wrong}")
                continue
            if call.asked:
                reasons.append(f"{call.service}:{call.action} was asked twice")
                continue
            call.asked = True
            outcome = self.invent(call.outcome[1], self.matcher)
            return reply(call, outcome, taken)
        raise Wrong(f"{request.method} {request.path}: " + ("; ".join(reasons) or "nothing is"
                                                            " recorded to be asked"))


# ---- Signatures -----------------------------------------------------------------------

class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.body, self.headers = method, body, headers
        self.path, _, self.query = path.partition("?")
        # As it was signed; the part that tells cases apart is no part of the service's path.
        self.signed_path = self.path
        self.path = "/" + self.path.lstrip("/").partition("/")[2]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def scope(self):
        found = re.match(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request,",
                         self.header("authorization") or "")
        return found.groups() if found else (None, None)


def digest(text):
    return hashlib.sha256(text).hexdigest()


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical(request, names, service):
    path = request.signed_path
    if service != "s3":
        path = urllib.parse.quote(path, safe="/-_.~")
    pairs = sorted(pair.partition("=")[::2] for pair in request.query.split("&") if pair)
    lines = [request.method, path, "&".join(f"{k}={v}" for k, v in pairs)]
    for name in names:
        lines.append(f"{name}:{' '.join((request.header(name) or '').split())}")
    return "\n".join(lines + ["", ";".join(names), digest(request.body)])


def check_signature(request):
    """Computes the signature from what came, as the service would."""
    said = request.header("authorization")
    if said is None:
        return  # an API that is open to all
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
                         r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})", said)
    if not found:
        raise Wrong(f"Authorization has another form: {said[:40]}...")
    key, day, region, service, names, signature = found.groups()
    stamp = request.header("x-amz-date") or ""
    names = names.split(";")
    if names != sorted(names) or not {"host", "x-amz-date"} <= set(names):
        raise Wrong("the signed headers are not sorted, or lack Host or X-Amz-Date")
    wanted = {name.lower() for name, _ in request.headers
              if name.lower().startswith("x-amz-") or name.lower() == "content-type"}
    if not wanted <= set(names):
        raise Wrong(f"not signed: {wanted - set(names)}")
    if key != KEY or region != REGION or not stamp.startswith(day):
        raise Wrong("the signature is of another key, region or day")
    if service == "s3" and request.header("x-amz-content-sha256") != digest(request.body):
        raise Wrong("X-Amz-Content-Sha256 is not the body's")
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, f"{day}/{region}/{service}/aws4_request",
                      digest(canonical(request, names, service).encode())])
    secret = ("AWS4" + SECRET).encode()
    for part in (day, region, service, "aws4_request"):
        secret = sign(secret, part)
    if not hmac.compare_digest(sign(secret, text).hex(), signature):
        raise Wrong("the signature does not match")


# ---- Requests -------------------------------------------------------------------------

def capital(name):
    return name[0].upper() + name[1:]


def compare(parameters, members, matcher, skip=()):
    """The members on the wire are the recorded parameters: null is not sent, JSON in the
    place of a text is sent as its text."""
    for name, value in parameters.items():
        if name in skip:
            continue
        if value is None:
            if name in members:
                raise Wrong(f"{name} is null, but was sent")
            continue
        if name not in members:
            raise Wrong(f"{name} is missing in {sorted(members)}")
        got = members[name]
        if not isinstance(value, str) and isinstance(got, str):
            try:
                got = json.loads(got)
            except ValueError:
                raise Wrong(f"{name} is no JSON text") from None
        reason = matcher.matches(value, got, name, name)
        if reason:
            raise Wrong(reason)
    extra = set(members) - set(parameters)
    if extra:
        raise Wrong(f"sent, but not recorded: {sorted(extra)}")


def take_json(call, request, matcher):
    target, signing, version, small = JSON_SERVICES[call.service]
    if request.header("x-amz-target") != f"{target}.{call.operation()}":
        raise Wrong(f"X-Amz-Target is {request.header('x-amz-target')}")
    if request.header("content-type") != f"application/x-amz-json-{version}":
        raise Wrong(f"Content-Type is {request.header('content-type')}")
    if request.scope()[1] != signing:
        raise Wrong(f"signed for {request.scope()[1]}")
    members = json.loads(request.body)
    if small:
        if any(name[0].isupper() for name in members):
            raise Wrong(f"not spelled as on the wire: {sorted(members)}")
        members = {capital(name): value for name, value in members.items()}
    if call.service == "events":
        take_events(call, members, matcher)
    else:
        compare(call.parameters, members, matcher)


def take_events(call, members, matcher):
    """Each entry tells which execution sent it, and its Detail is a text."""
    if len(members.get("Entries", [])) != len(call.parameters["Entries"]):
        raise Wrong("another number of entries")
    for recorded, sent in zip(call.parameters["Entries"], members["Entries"]):
        resources = sent.get("Resources", [])
        if not any(":stateMachine:" in r for r in resources) or not any(
                ":execution:" in r for r in resources):
            raise Wrong("Resources lacks the execution or the state machine")
        if not isinstance(sent.get("Detail"), str):
            raise Wrong("Detail is no text")
        mine = {k: v for k, v in sent.items() if k != "Resources"}
        compare({k: v for k, v in recorded.items() if k != "Resources"}, mine, matcher)


def form_members(body):
    """The members of a form: maps and structures by the names' parts."""
    members = {}
    for name, value in urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True):
        found = re.fullmatch(r"(\w+)\.entry\.(\d+)\.(Name|Value\.(\w+))", name)
        if not found:
            members[name] = value
            continue
        entries = members.setdefault(found.group(1), {})
        entry = entries.setdefault(found.group(2), {"Name": None, "Value": {}})
        if found.group(3) == "Name":
            entry["Name"] = value
        else:
            entry["Value"][found.group(4)] = value
    return {name: {e["Name"]: e["Value"] for e in value.values()} if isinstance(value, dict)
            else value for name, value in members.items()}


def take_form(call, request, matcher):
    if (request.header("content-type") or "").split(";")[0] != "application/x-www-form-urlencoded":
        raise Wrong("no form")
    members = form_members(request.body.decode())
    if (members.pop("Action", None), members.pop("Version", None)) != (
            call.operation(), "2010-03-31"):
        raise Wrong("another Action or Version")
    if request.scope()[1] != "sns":
        raise Wrong(f"signed for {request.scope()[1]}")
    compare(call.parameters, members, matcher)


S3_METHODS = {"getObject": "GET", "putObject": "PUT", "listObjects": "GET"}


def take_s3(call, request, matcher):
    bucket, _, key = request.path.lstrip("/").partition("/")
    if request.method != S3_METHODS[call.action] or request.scope()[1] != "s3":
        raise Wrong(f"{request.method}, signed for {request.scope()[1]}")
    members = {"Bucket": urllib.parse.unquote(bucket)}
    if key:
        members["Key"] = urllib.parse.unquote(key)
    members.update(urllib.parse.parse_qsl(request.query))
    compare(call.parameters, members, matcher, skip=("Body",))
    return request.body


def take_gateway(call, request, matcher):
    recorded = call.parameters
    parts = ["", "_aws", "execute-api", matcher.concrete(recorded["ApiEndpoint"]).split(".")[0],
             recorded.get("Stage"), recorded.get("Path")]
    # The host may be masked: then its part of the path may be anything.
    wanted = "/".join(re.escape(part) if not part.startswith("<") else "[^/]+"
                      for part in parts if part is not None)
    if request.method != recorded["Method"] or not re.fullmatch(wanted, request.path):
        raise Wrong(f"{request.method} {request.path}, not {recorded['Method']} {wanted}")
    if request.header("authorization"):
        raise Wrong("signed, though nobody asked for it")
    for name, values in recorded.get("Headers", {}).items():
        got = [value for key, value in request.headers if key == name]
        if got != values:
            raise Wrong(f"header {name} is {got}")
    query = urllib.parse.parse_qs(request.query)
    if query != recorded.get("QueryParameters", {}):
        raise Wrong(f"query {query}")
    body = json.loads(request.body) if request.body else None
    if body != recorded.get("RequestBody"):
        raise Wrong(f"body {body}")


def take_lambda(call, request, matcher):
    name = urllib.parse.quote(matcher.concrete(call.parameters["FunctionName"]), safe="")
    if (request.method, request.path) != ("POST", f"/2015-03-31/functions/{name}/invocations"):
        raise Wrong(f"{request.method} {request.path}")
    if request.header("x-amz-log-type") != call.parameters.get("LogType"):
        raise Wrong(f"X-Amz-Log-Type is {request.header('x-amz-log-type')}")
    if json.loads(request.body) != (call.parameters.get("Payload") or {}):
        raise Wrong(f"the payload is {request.body}")


def reply_lambda(told):
    output = output_of(told)
    headers = result_headers("application/json") + [
        ("X-Amz-Executed-Version", output["ExecutedVersion"]),
        ("X-Amz-Log-Result", output["LogResult"])]
    return 200, "OK", headers, json.dumps(output["Payload"]).encode()


def take(call, request, matcher):
    """Checks that the request is this call; what the reply wants to know of it."""
    if call.service in JSON_SERVICES:
        return take_json(call, request, matcher)
    if call.service == "sns":
        return take_form(call, request, matcher)
    if call.service == "aws-sdk:s3":
        return take_s3(call, request, matcher)
    if call.service == "apigateway":
        return take_gateway(call, request, matcher)
    if call.service == "lambda":
        return take_lambda(call, request, matcher)
    raise Wrong("the stand-in does not know this service")


# ---- Replies --------------------------------------------------------------------------

def wire_dates(value):
    """Masks of times as seconds, as the JSON protocols have them."""
    if isinstance(value, dict):
        return {k: wire_dates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [wire_dates(v) for v in value]
    return SECONDS if isinstance(value, str) and DATES.fullmatch(value) else value


def output_of(told):
    output = told.get("output", {})
    return json.loads(output) if isinstance(output, str) else output


def result_headers(media):
    return [("x-amzn-RequestId", REQUEST_ID), ("connection", "keep-alive"),
            ("Date", HTTP_DATE), ("Content-Type", media)]


def failure_of(call, told):
    """(status, code, message) of a recorded Cause."""
    found = CAUSE.fullmatch(told["cause"])
    if not found:
        raise Wrong(f"the recorded Cause has another form: {told['cause']}")
    code = found.group("code")
    if code is None:  # only the class is recorded
        prefix, _, name = told["error"].partition(".")
        code = name[: -len("Exception")]
        if code == prefix:
            code = "ValidationException"
    return int(found.group("status")), code, found.group("message")


def reply_json(call, kind, told):
    _, _, version, small = JSON_SERVICES[call.service]
    headers = result_headers(f"application/x-amz-json-{version}")
    if told.get("error") == "EventBridge.FailedEntry":
        return 200, "OK", headers, json.dumps(told["cause"]).encode()
    if kind == "TaskFailed":
        status, code, message = failure_of(call, told)
        body = {"__type": f"com.amazonaws.{call.operation().lower()}#{code}", "message": message}
        return status, "Bad Request", headers, json.dumps(body).encode()
    members = {k: v for k, v in output_of(told).items() if not k.startswith("Sdk")}
    if small:
        members = {k[0].lower() + k[1:]: v for k, v in members.items()}
    return 200, "OK", headers, json.dumps(wire_dates(members)).encode()


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def reply_form(call, kind, told):
    headers = result_headers("text/xml")
    space = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"'
    if kind == "TaskFailed":
        status, code, message = failure_of(call, told)
        body = (f"<ErrorResponse {space}><Error><Type>Sender</Type><Code>{code}</Code><Message>"
                f"{escaped(message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId>"
                "</ErrorResponse>")
        return status, "Bad Request", headers, body.encode()
    op = call.operation()
    inner = "".join(f"<{k}>{escaped(v)}</{k}>" for k, v in output_of(told).items()
                    if not k.startswith("Sdk"))
    body = (f"<{op}Response {space}><{op}Result>{inner}</{op}Result><ResponseMetadata><RequestId>"
            f"{REQUEST_ID}</RequestId></ResponseMetadata></{op}Response>")
    return 200, "OK", headers, body.encode()


def reply_s3(call, kind, told, sent):
    headers = [("x-amz-request-id", REQUEST_ID), ("x-amz-id-2", "extended/id="),
               ("Date", HTTP_DATE), ("Server", "AmazonS3")]
    if kind == "TaskFailed":
        status, code, message = failure_of(call, told)
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>'
                f"{escaped(message)}</Message><RequestId>{REQUEST_ID}</RequestId></Error>")
        return status, "Not Found", headers + [("Content-Type", "application/xml")], body.encode()
    output = output_of(told)
    for name, header in S3_HEADERS.items():
        if name in output:
            value = HTTP_DATE if name == "LastModified" else output[name]
            headers.append((header, value))
    body = output.get("Body", "").encode()
    if "ContentLength" in output and output["ContentLength"] != len(body):
        raise Wrong("the recording's ContentLength is not its Body's")
    if call.action == "putObject":
        check_stored(output, sent)
    return 200, "OK", headers, body


def check_stored(output, sent):
    """What was stored on AWS had these digests."""
    if output["ETag"].strip('"') != hashlib.md5(sent).hexdigest():
        raise Wrong(f"the body {sent[:40]} is not what was stored")
    if output["ChecksumCRC32"] != base64.b64encode(
            zlib.crc32(sent).to_bytes(4, "big")).decode():
        raise Wrong(f"the body {sent[:40]} has another CRC32")


def spelled(value, length):
    """JSON text of that length."""
    texts = [json.dumps(value, separators=(",", ":")), json.dumps(value)]
    text = next((t for t in texts if len(t) == length), texts[0])
    return text.ljust(length).encode()


def reply_gateway(kind, told):
    if kind == "TaskFailed":
        status = int(told["error"].rpartition(".")[2])
        cause = told["cause"]
        body = cause if isinstance(cause, str) else json.dumps(cause, separators=(",", ":"))
        return status, "Forbidden", [("Content-Type", "application/json")], body.encode()
    output = output_of(told)
    headers, length = [], 0
    for name, values in output["Headers"].items():
        value = values[0] if isinstance(values, list) else "made up"
        if name == "Content-Length":
            length = int(value)
        else:
            headers.append((name, value))
    return output["StatusCode"], output["StatusText"], headers, spelled(
        output["ResponseBody"], length)


def reply(call, told, taken):
    kind = call.outcome[0]
    if call.service in JSON_SERVICES:
        return reply_json(call, kind, told)
    if call.service == "sns":
        return reply_form(call, kind, told)
    if call.service == "aws-sdk:s3":
        return reply_s3(call, kind, told, taken)
    if call.service == "lambda":
        return reply_lambda(told)
    return reply_gateway(kind, told)


# ---- The server -----------------------------------------------------------------------

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.lstrip("/").partition("/")[0].partition("?")[0]
        script = self.server.scripts.get(name)
        if script is None:
            self.reply(404, "Not Found", [], b"")
            return
        self.reply(*script.answer(Request(self.command, self.path, self.headers.items(), body)))

    def reply(self, status, reason, headers, body):
        self.send_response_only(status, reason)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = serve

    def log_message(self, *arguments):
        pass


class Server:
    """One for all cases; the first part of a path tells which it is of."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.scripts = {}
        self.lock = threading.Lock()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, script):
        """The variables by which a program finds the script's services."""
        with self.lock:
            name = f"case{len(self.server.scripts)}"
            self.server.scripts[name] = script
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_port}/{name}",
                "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "127.0.0.1"}
