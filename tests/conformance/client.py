#!/usr/bin/env python3
"""A client of a program's --control, for the runners and as a workflow's task.

    client.py CONTROL MESSAGES OPERATION < PARAMETERS > RESULT

does the aws-sdk OPERATION (`sfn:getActivityTask`, `sqs:receiveMessage`, ...) of a helper
execution: what is sfn's at the control server CONTROL, and received messages are those that
the stand-in has left in the folder MESSAGES.
"""

import http.client
import json
import os
import socket
import sys
import time


class Connection(http.client.HTTPConnection):
    """HTTP at a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=90)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def call(control, operation, parameters):
    """The reply to an API call: (HTTP status, object)."""
    connection = Connection(control)
    try:
        connection.request("POST", "/", json.dumps(parameters),
                           {"X-Amz-Target": "AWSStepFunctions." + operation,
                            "Content-Type": "application/x-amz-json-1.0"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read() or b"{}")
    finally:
        connection.close()


def wait_for(path, program=None, limit=20.0):
    """Whether the server at the socket PATH is there in time, or before PROGRAM has ended."""
    end = time.monotonic() + limit
    while time.monotonic() < end and (program is None or program.poll() is None):
        try:
            probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            probe.connect(path)
            probe.close()
            return True
        except OSError:
            time.sleep(0.005)
    return False


def messages_in(folder, since=0):
    """What the stand-in has received, oldest first: a list of parameters."""
    names = sorted((name for name in os.listdir(folder) if name.endswith(".json")),
                   key=lambda name: os.stat(os.path.join(folder, name)).st_mtime_ns)
    found = []
    for name in names[since:]:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found.append(json.load(file))
    return found


def body_of(message):
    """The text that a queue or topic is given."""
    body = message.get("MessageBody", message.get("Message"))
    return body if isinstance(body, str) else json.dumps(body)


def receive(folder):
    """sqs:receiveMessage: those that have not been received before."""
    mark = os.path.join(folder, "received")
    since = int(open(mark, encoding="utf-8").read()) if os.path.exists(mark) else 0
    found = messages_in(folder, since)
    with open(mark, "w", encoding="utf-8") as file:
        file.write(str(since + len(found)))
    return {"Messages": [{"Body": body_of(one)} for one in found]} if found else {}


def turned(value, first):
    """The object with the first letter of its keys in another case."""
    return {first(key[0]) + key[1:]: item for key, item in value.items()}


def main():
    control, folder, operation = sys.argv[1:4]
    parameters = json.load(sys.stdin)
    service, action = operation.split(":")
    if service == "sqs":
        print(json.dumps(receive(folder)))
        return 0
    status, reply = call(control, action[0].upper() + action[1:], turned(parameters, str.lower))
    if status == 200:
        print(json.dumps(turned(reply, str.upper)))
        return 0
    name = reply.get("__type", "Unknown")
    print(json.dumps({"Error": f"Sfn.{name}Exception", "Cause": reply.get("message", "")}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
