#!/usr/bin/env python3
"""Tasks over HTTP beside nginx: a server that others have written.

TLS and its sessions, connections that end after some requests, compressed and chunked
answers, error pages, bodies that are too long.  Without nginx or openssl it says so and ends
with 77."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from servers import make_certificates

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")

CONFIG = """
daemon off;
worker_processes 1;
pid FOLDER/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    client_max_body_size 100k;
    default_type application/json;
    gzip on;
    gzip_min_length 100;
    gzip_types application/json;
    keepalive_requests 10;
    ssl_certificate FOLDER/good.pem;
    ssl_certificate_key FOLDER/good.key;
    ssl_session_tickets on;
    server {
        listen 127.0.0.1:PORT;
        listen 127.0.0.1:SECURE ssl;
        location /number { return 200 "$connection_requests"; }
        location /file { root FOLDER; }
        location /lost { return 404; }
        location /once { keepalive_timeout 0; return 200 '"$ssl_session_reused"'; }
        location /behind { proxy_pass http://127.0.0.1:1; }
        location /moved { return 301 /number; }
        location /full { return 200 '{}'; }
    }
}
"""

failures = []
done = 0


def check(name, holds, why=""):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name} {why}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def build():
    with open("many.asl.json", "w", encoding="utf-8") as file:
        json.dump({"StartAt": "All", "QueryLanguage": "JSONata", "States": {"All": {
            "Type": "Map", "Items": "{% $states.input.items %}", "End": True,
            "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "Call", "States": {"Call": {
                "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True,
                "Arguments": "{% $states.input %}",
                "Output": "{% $states.result.ResponseBody %}"}}}}}}, file)
    subprocess.run([ASLC, "build", "-o", "many", "many.asl.json"], check=True, timeout=120)


def ask(*items):
    with open("items.json", "w", encoding="utf-8") as file:
        json.dump({"items": items}, file)
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(["./many", "--input", "items.json"], capture_output=True, text=True,
                          timeout=60, check=False,
                          env={**env, "SSL_CERT_FILE": os.path.abspath("ca.pem")})


def gives(name, wanted, *items):
    result = ask(*items)
    try:
        holds = result.returncode == 0 and wanted(json.loads(result.stdout))
    except ValueError:
        holds = False
    check(name, holds, f"{result.returncode} {result.stdout[:300]} {result.stderr[:300]}")


def fails(name, error, cause, item):
    result = ask(item)
    check(name, result.returncode == 1 and f'"Error":"{error}"' in result.stderr and
          cause in result.stderr, result.stdout + result.stderr)


def get(url):
    return {"ApiEndpoint": url, "Method": "GET"}


def cases(plain, secure):
    for at in (plain, secure):
        gives(f"ten requests to a connection, {at}",
              lambda v: v == [*range(1, 11), *range(1, 11), 1, 2, 3], *[get(at + "/number")] * 23)
        gives(f"a compressed file, {at}", lambda v: v == [list(range(20000))],
              get(at + "/file/numbers.json"))
        fails(f"no page, {at}", "States.Http.StatusCode.404", "<title>404 Not Found</title>",
              get(at + "/lost"))
        fails(f"nobody behind, {at}", "States.Http.StatusCode.502", "502 Bad Gateway",
              get(at + "/behind"))
        fails(f"moved, {at}", "States.Http.StatusCode.301", "301 Moved", get(at + "/moved"))
        gives(f"a body that may be, {at}", lambda v: v == [{}],
              {"ApiEndpoint": at + "/full", "Method": "POST", "RequestBody": ["x" * 90000]})
        fails(f"a body that is too long, {at}", "States.Http.StatusCode.413", "413",
              {"ApiEndpoint": at + "/full", "Method": "POST", "RequestBody": ["x" * 5000000]})
    gives("sessions of TLS are resumed", lambda v: v == [".", "r", "r"],
          *[get(secure + "/once")] * 3)
    fails("https where none is", "States.Http.Socket", "TLS",
          get(plain.replace("http:", "https:")))
    fails("http where https is", "States.Http.StatusCode.400", "HTTPS port", get(
        secure.replace("https:", "http:")))


def main():
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if not nginx or not shutil.which("openssl"):
        print("NOT TESTED: HTTP beside nginx, for want of " + ("openssl" if nginx else "nginx"))
        return 77
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    make_certificates(folder)
    os.mkdir("file")
    with open("file/numbers.json", "w", encoding="utf-8") as file:
        json.dump(list(range(20000)), file)
    plain, secure = free_port(), free_port()
    with open("nginx.conf", "w", encoding="utf-8") as file:
        file.write(CONFIG.replace("FOLDER", folder).replace("PORT", str(plain))
                   .replace("SECURE", str(secure)))
    build()
    child = subprocess.Popen([nginx, "-p", folder, "-c", os.path.join(folder, "nginx.conf")])
    try:
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", secure)) == 0:
                    break
            time.sleep(0.05)
        cases(f"http://127.0.0.1:{plain}", f"https://localhost:{secure}")
    finally:
        child.terminate()
        child.wait(timeout=20)
        os.chdir("/")
        shutil.rmtree(folder)
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
