#!/usr/bin/env python3
"""A Lambda-compatible endpoint for the functions of functions.py, on 127.0.0.1.

It prints its port and serves `POST /2015-03-31/functions/NAME/invocations` until it is
stopped: what SAM's and LocalStack's endpoints do, in 60 lines."""

import http.server
import json
import threading
import traceback
import uuid

import functions


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        words = self.path.strip("/").split("/")
        handler = None
        if words[:2] == ["2015-03-31", "functions"] and words[3:] == ["invocations"]:
            handler = getattr(functions, words[2].replace("-", "_"), None)
        if not callable(handler):
            return self.answer(404, {"Type": "User", "Message": f"Function not found: {self.path}"},
                               {"X-Amzn-ErrorType": "ResourceNotFoundException"})
        if self.headers.get("X-Amz-Invocation-Type") == "Event":
            threading.Thread(target=handler, args=(json.loads(body), None)).start()
            return self.answer(202, None, {})
        return self.call(handler, json.loads(body))

    def call(self, handler, event):
        try:
            result, error = handler(event, None), {}
        except Exception as e:  # what a function raises is its answer
            result = {"errorMessage": str(e), "errorType": type(e).__name__,
                      "stackTrace": traceback.format_tb(e.__traceback__)[1:]}
            error = {"X-Amz-Function-Error": "Unhandled"}
        return self.answer(200, result, {"X-Amz-Executed-Version": "$LATEST", **error})

    def answer(self, status, value, headers):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)),
                           "x-amzn-RequestId": str(uuid.uuid4()), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
print(server.server_address[1], flush=True)
server.serve_forever()
