#!/usr/bin/env python3
"""Module aws beside other people's code: signatures beside the AWS SDK's signer (and botocore,
where there is one), tables of dynalite, buckets of s3rver.

    local.py [FOLDER]     FOLDER (tests) has the node_modules of tests/package.json

Without node or the packages it ends with 77, and says what was not run.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ASLC = os.environ.get("ASLC") or os.path.join(HERE, "..", "..", "compiler", "aslc")
PACKAGES = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, ".."))
MODULES = os.path.join(PACKAGES, "node_modules")
SIGNER = os.environ.get("SIGN", os.path.join("tests", "aws", "sign"))
NAMES = ("signatures_are_those_of_the_sdk", "signatures_are_those_of_botocore",
         "tables_of_dynalite", "buckets_of_s3rver")


def same(got, wanted):
    assert got == wanted, f"expected {wanted!r}, got {got!r}"


# ---- Signatures -----------------------------------------------------------------------

UNRESERVED = "abcXYZ019-_.~"
ODD = ["%20", "%2B", "%C3%A4", "%25", "%2F"]


def random_text(rng, odd=True):
    return "".join(rng.choice(ODD) if odd and rng.random() < 0.2 else rng.choice(UNRESERVED)
                   for _ in range(rng.randrange(1, 8)))


def random_request(rng):
    s3 = rng.random() < 0.4
    parts = [random_text(rng) for _ in range(rng.randrange(0, 4))]
    pairs = [(random_text(rng), random_text(rng)) for _ in range(rng.randrange(0, 4))]
    fields = [["Content-Type", rng.choice(["application/x-amz-json-1.0", "text/plain"])]]
    if rng.random() < 0.5:
        fields.append(["X-Amz-Target", "A.B"])
    if rng.random() < 0.3:
        fields.append(["x-amz-meta-" + rng.choice("abc"), " a   b "])
    return {"method": rng.choice(["GET", "POST", "PUT"]), "host": "h.example.com",
            "path": "/" + "/".join(parts), "query": "&".join(f"{k}={v}" for k, v in pairs),
            "body": rng.choice(["", "{}", "a\n\u00e4"]), "fields": fields,
            "service": "s3" if s3 else rng.choice(["dynamodb", "execute-api"]), "s3": s3,
            "region": rng.choice(["us-east-1", "eu-central-1"]),
            "time": rng.randrange(1000000000, 2000000000), "id": "AKID" + random_text(rng, False),
            "secret": "s/" + random_text(rng, False),
            "token": rng.choice(["", "tok/en=="])}


def sign(command, requests, **more):
    text = "".join(json.dumps(r) + "\n" for r in requests)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True,
                          timeout=120, **more)
    return done.stdout.splitlines()


def requests_of(seed):
    rng = random.Random(seed)
    # Of empty and `.` segments the SDKs make different things.
    return [r for r in (random_request(rng) for _ in range(400))
            if not any(s in ("", ".", "..") for s in r["path"].split("/")[1:])]


def signatures_are_those_of_the_sdk():
    requests = requests_of(1)
    ours = sign([SIGNER], requests)
    # Modules are looked for beside the script.
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(HERE, "sign.mjs"), folder)
        os.symlink(MODULES, os.path.join(folder, "node_modules"))
        theirs = sign(["node", os.path.join(folder, "sign.mjs")], requests)
    same(len(ours), len(requests))
    for request, one, other in zip(requests, ours, theirs):
        assert one == other, f"{request}: {one}, the SDK: {other}"


def signatures_are_those_of_botocore():
    import datetime
    from unittest import mock

    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    requests = [r for r in requests_of(2) if not any(part in r["query"] for part in ("%25",))]
    for request, ours in zip(requests, sign([SIGNER], requests)):
        keys = botocore.credentials.Credentials(request["id"], request["secret"],
                                                request["token"] or None)
        kind = botocore.auth.S3SigV4Auth if request["s3"] else botocore.auth.SigV4Auth
        url = f"https://{request['host']}{request['path']}?{request['query']}"
        made = botocore.awsrequest.AWSRequest(
            method=request["method"], url=url, headers=dict(request["fields"]),
            data=request["body"].encode())
        now = datetime.datetime.fromtimestamp(request["time"], datetime.timezone.utc)
        if hasattr(botocore.auth, "get_current_datetime"):
            frozen = mock.patch("botocore.auth.get_current_datetime", return_value=now)
        else:
            frozen = mock.patch("botocore.auth.datetime")
        with frozen as clock:
            if not hasattr(botocore.auth, "get_current_datetime"):
                clock.datetime.utcnow.return_value = now
            kind(keys, request["service"], request["region"]).add_auth(made)
        assert made.headers["Authorization"] == ours, (request, made.headers["Authorization"], ours)


# ---- Emulators ------------------------------------------------------------------------

class Emulators:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "emulators.cjs"), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "NODE_PATH": MODULES})
        self.urls = json.loads(self.process.stdout.readline())

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("AWS_") and not k.lower().endswith("_proxy")}
        return {**env, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "S3RVER",
                "AWS_SECRET_ACCESS_KEY": "S3RVER", "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_ENDPOINT_URL_DYNAMODB": self.urls["dynamodb"],
                "AWS_ENDPOINT_URL_S3": self.urls["s3"]}

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def chain(steps):
    """Tasks one after the other, the result of NAME at $.NAME."""
    states = {}
    for number, (name, resource, parameters) in enumerate(steps):
        states[name] = {"Type": "Task", "Resource": "arn:aws:states:::" + resource,
                        "Parameters": parameters, "ResultPath": f"$.{name}",
                        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": f"$.{name}",
                                   "Next": steps[number + 1][0] if number + 1 < len(steps)
                                   else "End"}]}
        states[name]["Next"] = steps[number + 1][0] if number + 1 < len(steps) else "End"
    states["End"] = {"Type": "Succeed"}
    return {"StartAt": steps[0][0], "States": states}


def run_chain(folder, steps, emulators):
    path = os.path.join(folder, "flow.asl.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(chain(steps), file)
    subprocess.run([ASLC, "build", "-o", path + ".out", path], check=True)
    done = subprocess.run([path + ".out"], env=emulators.environment(), capture_output=True,
                          timeout=60, check=False)
    same(done.returncode, 0)
    return json.loads(done.stdout)


def tables_of_dynalite(folder):
    emulators = Emulators("things", "id", "box")
    item = {"id": {"S": "1"}, "n": {"N": "12345678901234567890"}, "Flag": {"BOOL": True},
            "deep": {"M": {"KeyOfMine": {"L": [{"S": "\u00e4"}, {"NULL": True}]}}}}
    once = "attribute_not_exists(id)"
    key = {"TableName": "things", "Key": {"id": {"S": "1"}}}
    got = run_chain(folder, [
        ("put", "dynamodb:putItem", {"TableName": "things", "Item": item,
                                     "ConditionExpression": once}),
        ("again", "dynamodb:putItem", {"TableName": "things", "Item": item,
                                       "ConditionExpression": once}),
        ("get", "dynamodb:getItem", key),
        ("update", "aws-sdk:dynamodb:updateItem",
         {**key, "UpdateExpression": "SET n = n + :one", "ReturnValues": "ALL_NEW",
          "ExpressionAttributeValues": {":one": {"N": "1"}}}),
        ("query", "aws-sdk:dynamodb:query",
         {"TableName": "things", "KeyConditionExpression": "id = :id",
          "ExpressionAttributeValues": {":id": {"S": "1"}}}),
        ("table", "aws-sdk:dynamodb:describeTable", {"TableName": "things"}),
        ("delete", "dynamodb:deleteItem", {**key, "ReturnValues": "ALL_OLD"}),
        ("gone", "dynamodb:getItem", key),
        ("none", "aws-sdk:dynamodb:scan", {"TableName": "no-such"})], emulators)
    emulators.close()
    same(got["get"]["Item"], item)
    same(got["again"]["Error"], "DynamoDB.ConditionalCheckFailedException")
    assert got["again"]["Cause"].startswith("The conditional request failed (Service: "
                                            "AmazonDynamoDBv2; Status Code: 400; Error Code: "
                                            "ConditionalCheckFailedException; "), got["again"]
    same(got["update"]["Attributes"]["n"], {"N": "12345678901234567891"})
    same((got["query"]["Count"], got["query"]["Items"][0]["deep"]),
         (1, {"M": {"KeyOfMine": {"L": [{"S": "\u00e4"}, {"Nul": True}]}}}))
    assert got["table"]["Table"]["CreationDateTime"].endswith("Z"), got["table"]
    same(got["delete"]["Attributes"]["Flag"], {"BOOL": True})
    assert "Item" not in got["gone"], got["gone"]
    same(got["none"]["Error"], "DynamoDb.ResourceNotFoundException")


def buckets_of_s3rver(folder):
    emulators = Emulators("things", "id", "box")
    name = "a b/\u00e4.json"
    at = {"Bucket": "box", "Key": name}
    got = run_chain(folder, [
        ("put", "aws-sdk:s3:putObject", {**at, "Body": {"x": [1, "\u00e4"]},
                                         "Metadata": {"who": "me"}}),
        ("get", "aws-sdk:s3:getObject", at),
        ("head", "aws-sdk:s3:headObject", at),
        ("copy", "aws-sdk:s3:copyObject",
         {"Bucket": "box", "Key": "copy", "CopySource": "box/a%20b/%C3%A4.json"}),
        ("list", "aws-sdk:s3:listObjectsV2", {"Bucket": "box", "Prefix": "a b/", "MaxKeys": 5}),
        ("buckets", "aws-sdk:s3:listBuckets", {}),
        ("delete", "aws-sdk:s3:deleteObjects",
         {"Bucket": "box", "Delete": {"Objects": [{"Key": name}, {"Key": "copy"}]}}),
        ("gone", "aws-sdk:s3:getObject", {"Bucket": "box", "Key": "copy"}),
        ("nohead", "aws-sdk:s3:headObject", at),
        ("nobucket", "aws-sdk:s3:listObjectsV2", {"Bucket": "no-such-bucket"})], emulators)
    emulators.close()
    same(got["get"]["Body"], '{"x":[1,"\u00e4"]}')
    same((got["get"]["Metadata"], got["head"]["ContentLength"]), ({"who": "me"}, 14))
    same([(o["Key"], o["Size"]) for o in got["list"]["Contents"]], [(name, 14)])
    same((got["list"]["KeyCount"], got["list"]["IsTruncated"], got["list"]["MaxKeys"]),
         (1, False, 5))
    assert got["copy"].get("CopyObjectResult", {}).get("ETag") == got["put"]["ETag"], got["copy"]
    same([b["Name"] for b in got["buckets"]["Buckets"]], ["box"])
    same(sorted(d["Key"] for d in got["delete"]["Deleted"]), sorted([name, "copy"]))
    assert got["gone"]["Error"] == "S3.NoSuchKeyException", got["gone"]
    assert got["nohead"]["Error"] == "S3.NoSuchKeyException", got["nohead"]
    same(got["nobucket"]["Error"], "S3.NoSuchBucketException")


# ---- The whole ------------------------------------------------------------------------

def missing():
    if not shutil.which("node"):
        return "there is no node"
    if not os.path.isdir(os.path.join(MODULES, "dynalite")):
        return f"{PACKAGES} has no node_modules (./bootstrap check installs them)"
    return None


def main():
    why = missing()
    if why:
        print(f"not run: {why}: {', '.join(NAMES)}")
        return 77
    passed, failed = 0, 0
    for name in NAMES:
        test = globals()[name]
        try:
            with tempfile.TemporaryDirectory() as folder:
                test(*([folder] if "s_of_" in name and "signatures" not in name else []))
            passed += 1
        except ModuleNotFoundError as error:
            print(f"not run: {name}: {error}")
        except (AssertionError, subprocess.SubprocessError, KeyError) as wrong:
            failed += 1
            print(f"FAIL {name}: {type(wrong).__name__}: {wrong}")
            if getattr(wrong, "stderr", None):
                print(wrong.stderr[-2000:])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
