#!/usr/bin/env python3
"""The API of a slow service, on 127.0.0.1; prints its port.

    POST /jobs {"numbers": [...]}   201, Location: /jobs/ID
    GET /jobs/ID                    {"state": "running" | "done" | "failed", "result"}

A job is done when it has been asked for three times.  The header X-Api-Key must be that of
the environment's API_KEY."""

import http.server
import json
import os

jobs = {}


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if not self.may():
            return
        jobs[str(len(jobs) + 1)] = [0, body["numbers"]]
        self.answer(201, {}, f"/jobs/{len(jobs)}")

    def do_GET(self):
        job = jobs.get(self.path.split("?")[0].rsplit("/", 1)[-1])
        if not self.may():
            return
        if job is None:
            self.answer(404, {"message": "no such job"})
            return
        job[0] += 1
        if job[0] < 3:
            self.answer(200, {"state": "running"})
        elif all(isinstance(number, int) for number in job[1]):
            self.answer(200, {"state": "done", "result": sum(job[1])})
        else:
            self.answer(200, {"state": "failed", "result": "these are not all numbers"})

    def may(self):
        if self.headers.get("X-Api-Key") == os.environ["API_KEY"]:
            return True
        self.answer(401, {"message": "who are you?"})
        return False

    def answer(self, status, value, location=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
print(server.server_address[1], flush=True)
server.serve_forever()
