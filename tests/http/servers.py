"""Servers for the tests of HTTP calls, on 127.0.0.1: one that does what the path says, a
proxy, and certificates for https."""

import base64
import gzip
import http.server
import json
import os
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import zlib


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Counts connections, requests, and how many were busy at once."""
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, handler, context=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.context = context
        self.port = self.server_address[1]
        self.lock = threading.Lock()
        self.connections = self.requests = self.busy = self.most = 0
        self.seen = []  # (method, path, headers) of all requests
        self.counts = {}  # by path
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request, client_address):
        with self.lock:
            self.connections += 1
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass  # clients go as they like

    def begin(self, handler):
        """The number of requests for the path so far, this one included."""
        with self.lock:
            self.requests += 1
            self.busy += 1
            self.most = max(self.most, self.busy)
            self.seen.append((handler.command, handler.path, dict(handler.headers)))
            self.counts[handler.path] = self.counts.get(handler.path, 0) + 1
            return self.counts[handler.path]

    def end(self):
        with self.lock:
            self.busy -= 1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def log_message(self, *_):
        pass

    def any(self):
        count = self.server.begin(self)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.act(self.path.split("?")[0].strip("/").split("/"), body, count)
            self.wfile.flush()
        finally:
            self.server.end()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = any

    def answer(self, body=b"", status=200, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def raw(self, text):
        """TEXT as it is, then the end of the connection."""
        self.wfile.write(text)
        self.close_connection = True

    def act(self, words, body, count):
        getattr(self, "do_" + words[0].replace("-", "_"), self.do_echo)(words[1:], body, count)

    def do_echo(self, _, body, __):
        self.answer({"method": self.command, "path": self.path, "body": body.decode(),
                     "headers": {k.lower(): v for k, v in self.headers.items()}})

    def do_same(self, _, body, __):
        self.answer(body)

    def do_status(self, words, *_):
        self.answer(words[1].encode() if len(words) > 1 else b"", int(words[0]),
                    Content_Type="text/plain")

    def do_text(self, *_):
        self.answer("größer".encode(), Content_Type="text/plain; charset=utf-8")

    def do_latin(self, *_):
        self.answer("größer".encode("latin-1"), Content_Type="text/plain")

    def do_image(self, *_):
        self.answer(b"\x89PNG\r\n", Content_Type="image/png")

    def do_empty(self, *_):
        self.send_response(204)
        self.end_headers()

    def do_not_json(self, *_):
        self.answer(b"{nope")

    def do_fails_first(self, words, body, count):
        if count <= int(words[0]):
            self.answer(b"not now", 503, Content_Type="text/plain")
        else:
            self.answer(body)

    def do_named(self, *_):
        self.answer({"errorType": "Order.Refused", "errorMessage": "too much"}, 422)

    def do_early(self, *_):
        self.close_connection = True

    def do_cut(self, *_):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    def do_garbage(self, *_):
        self.raw(b"\x16\x03\x01 what is this?\n" * 10)

    def do_slow(self, words, *_):
        time.sleep(float(words[0]))
        self.answer(b"1")

    def do_drip(self, *_):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(600):
            self.wfile.write(b"[")
            self.wfile.flush()
            time.sleep(0.05)

    def do_chunked(self, _, body, __):
        self.answer(b"".join(b"%x;x=y\r\n%s\r\n" % (len(body[i:i + 1000]), body[i:i + 1000])
                             for i in range(0, len(body), 1000)) + b"0\r\nA: b\r\n\r\n",
                    Transfer_Encoding="chunked")

    def do_gzip(self, _, body, __):
        self.answer(gzip.compress(body), Content_Encoding="gzip")

    def do_deflate(self, _, body, __):
        self.answer(zlib.compress(body), Content_Encoding="deflate")

    def do_bomb(self, *_):
        self.answer(gzip.compress(b"[" + b" " * (64 << 20) + b"]"), Content_Encoding="gzip")

    def do_until_close(self, _, body, __):
        self.raw(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)

    def do_once(self, _, body, __):
        """Says that it keeps the connection, and does not."""
        self.answer(body)
        self.close_connection = True

    def do_redirect(self, *_):
        self.answer(b"", 302, Location="/echo")

    def do_token(self, words, body, count):
        if words and words[0] == "refused":
            self.answer({"error": "invalid_client"}, 401)
        else:
            time.sleep(0.05)
            self.answer({"access_token": f"token-{count}", "token_type": "Bearer",
                         "expires_in": 0 if "short" in words else 3600})

    def do_guarded(self, words, body, _):
        """Wants the token that is named."""
        if self.headers.get("Authorization") == "Bearer " + words[0]:
            self.do_echo(words, body, 0)
        else:
            self.answer(b"who?", 401, Content_Type="text/plain")


class Lambda(Handler):
    """Lambda's API: functions by name."""

    def act(self, words, body, count):
        if words[:2] != ["2015-03-31", "functions"] or words[3:] != ["invocations"]:
            return self.answer({"Type": "User", "message": "no such path"}, 404)
        return self.function(words[2], body)

    def function(self, name, body):
        found = {"x-amzn-RequestId": "00000000-1111-2222-3333-444444444444",
                 "X-Amz-Executed-Version": "$LATEST"}
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            found["X-Amz-Log-Result"] = base64.b64encode(b"log").decode()
        if name == "fails":
            self.answer({"errorMessage": "no", "errorType": "Exception", "requestId": "r",
                         "stackTrace": []}, X_Amz_Function_Error="Unhandled", **found)
        elif name == "nameless":
            self.answer({"errorMessage": "no"}, X_Amz_Function_Error="Unhandled", **found)
        elif name == "looks":  # like an error, but is a result
            self.answer({"errorMessage": "no", "errorType": "E"}, **found)
        elif name == "missing":
            self.answer({"Type": "User", "Message": "Function not found: missing"}, 404,
                        **{"X-Amzn-ErrorType": "ResourceNotFoundException", **found})
        elif name == "throttled":
            self.answer({"Reason": "x", "message": "Rate Exceeded."}, 429, **found)
        elif name == "strange":
            self.answer({"message": "teapot"}, 418,
                        **{"X-Amzn-ErrorType": "TeapotException:http://x/", **found})
        elif name == "text":
            self.answer(b"plain", Content_Type="text/plain", **found)
        elif kind == "Event":
            self.answer(b"", 202, **found)
        elif kind == "DryRun":
            self.send_response(204)
            for key, value in found.items():
                self.send_header(key, value)
            self.end_headers()
        else:
            self.answer({"path": self.path, "payload": body.decode(),
                         "context": self.headers.get("X-Amz-Client-Context")}, **found)


class Emulator(Handler):
    """Lambda's runtime interface emulator: one function, one call at a time, no headers."""

    def act(self, words, body, count):
        if self.path != "/2015-03-31/functions/function/invocations":
            return self.answer(b"404 page not found\n", 404, Content_Type="text/plain")
        given = json.loads(body)
        time.sleep(0.01)
        if given == "fail":
            return self.answer({"errorMessage": "no", "errorType": "ValueError"},
                               Content_Type="text/plain")
        if given == "init":
            return self.answer({"errorMessage": "no module",
                                "errorType": "Runtime.ImportModuleError"}, 502)
        if given == "late":
            return self.answer(b"Task timed out after 3.00 seconds", Content_Type="text/plain")
        return self.answer(body, Content_Type="text/plain")


class Proxy(Handler):
    """A proxy that wants PASSWORD (of the server), if that is set."""

    def may(self):
        wanted = getattr(self.server, "password", None)
        given = self.headers.get("Proxy-Authorization")
        if wanted is None or given == "Basic " + base64.b64encode(wanted.encode()).decode():
            return True
        self.answer(b"who?", 407, Content_Type="text/plain")
        return False

    def act(self, words, body, count):
        if self.may():
            self.answer({"proxied": self.path, "host": self.headers.get("Host"),
                         "told": "Proxy-Authorization" in self.headers})

    def do_CONNECT(self):
        self.server.begin(self)
        self.server.end()
        if not self.may():
            self.wfile.flush()
            return
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as other:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.wfile.flush()
            threading.Thread(target=self.copy, args=(other, self.connection),
                             daemon=True).start()
            self.copy(self.connection, other)
        self.close_connection = True

    @staticmethod
    def copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass


# ---- certificates -----------------------------------------------------------------------

def openssl(*arguments):
    subprocess.run(("openssl",) + arguments, check=True, capture_output=True, timeout=60)


CA_CONFIG = """
[ca]
default_ca = all
[all]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
email_in_dn = no
unique_subject = no
[any]
commonName = supplied
"""


def make_certificates(folder):
    """ca.pem, and NAME.pem with its key for each of several servers."""
    os.chdir(folder)
    with open("ca.cnf", "w", encoding="ascii") as file:
        file.write(CA_CONFIG)
    open("index.txt", "w", encoding="ascii").close()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "self.key", "-out", "self.pem", "-days", "30", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    dates = {"good": (), "other": (), "named": (),
             "expired": ("-startdate", "200101000000Z", "-enddate", "210101000000Z")}
    names = {"other": "DNS:other.example", "named": "DNS:localhost"}
    for name, more in dates.items():
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", name + ".key", "-out", name + ".csr", "-subj", f"/CN={name}",
                "-addext", "subjectAltName=" +
                names.get(name, "DNS:localhost,IP:127.0.0.1"))
        openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
                "-in", name + ".csr", "-out", name + ".pem", "-notext", *(more or
                                                                          ("-days", "30")))


def secure(name, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, name + ".pem"),
                            os.path.join(folder, name + ".key"))
    return context
