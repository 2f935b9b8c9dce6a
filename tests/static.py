#!/usr/bin/env python3
"""Static programs: what is in them, and that nothing is missing.

A workflow without a Task links neither the task layer nor the event loop; both kinds run,
wait, stop on a signal and take --tasks and --mock.  Where the C compiler links nothing
statically (no libc.a, a sanitizer) the test is skipped and says so.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ASLC = os.path.abspath(os.environ.get("ASLC") or "compiler/aslc")
CC = os.environ.get("CC", "cc").split()
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"

# Functions of what a program may have no use for.
HTTP = ("asl__http_new", "inflate", "evdns_base_new")
TLS = ("SSL_new", "X509_verify_cert")

failures = []
done = 0


def check(name, holds, why=""):
    global done
    done += 1
    if not holds:
        failures.append(name)
        print(f"FAIL {name} {why}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)


def expect(name, command, code, out="", err=""):
    result = run(*command)
    check(name, (result.returncode, result.stdout) == (code, out) and err in result.stderr,
          f"exit {result.returncode}, expected {code}; {result.stdout!r} {result.stderr!r}")


def write(name, content):
    with open(name, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def build(name, states, *more):
    write(name + ".asl.json", {"StartAt": next(iter(states)), "States": states})
    expect(f"build {name}", [ASLC, "build", "--static", *more, "-o", name, name + ".asl.json"], 0)


def symbols(name):
    return {line.split()[-1] for line in run("nm", name).stdout.splitlines() if line.strip()}


def impossible():
    """Why nothing can be linked statically, or None."""
    write("pass.asl.json", {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    if "-fsanitize" in run(ASLC, "libs", "pass.asl.json").stdout:
        return "this tree has a sanitizer"
    write("empty.c", "int main(void) { return 0; }\n")
    if run(*CC, "-static", "-o", "empty", "empty.c", "-levent_core").returncode != 0:
        return "the C compiler links nothing statically"
    return None if shutil.which("nm") else "there is no nm"


def stops(name, *command):
    """SIGINT ends COMMAND with 4."""
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    try:
        _, err = child.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        err = b"hangs"
    check(name, child.returncode == 4 and b"SIGINT" in err, f"{child.returncode} {err!r}")


def without_task():
    build("plain", {"A": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "B"},
                    "B": {"Type": "Parallel", "End": True, "Branches": [
                        {"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 1,
                                                          "End": True}}}]}})
    program = "./plain"
    found = symbols("plain")
    for name in ("event_base_loop", "asl__loop_new", "asl__taskset_new", "asl__job_new",
                 "asl_map_run", "nettle_sha256_init", "pcre2_match_8", "asl_run",
                 "asl__call_start", "gmtime_r", "strtod", "pow", *HTTP, *TLS):
        check(f"{name} is not linked", name not in found)
    check("asl__advance is linked", "asl__advance" in found) # the names are those of nm
    expect("virtual time", [program, "--input-json", '{"wait":3600}', "--time-scale", "0"], 0,
           '[{"wait":3600}]\n')
    expect("real time", [program, "--input-json", '{"wait":0}', "--time-scale", "100"], 0,
           '[{"wait":0}]\n')
    stops("SIGINT stops a wait", program, "--input-json", '{"wait":1000}')
    quick = ["--input-json", '{"wait":0}', "--time-scale", "0"]
    for kind, code, why in (({"mock": {"return": 1}}, 0, ""), ({"exec": ["x"]}, 2, "--with exec"),
                            ({"aws": {}}, 2, "--with aws"), ({"exce": ["x"]}, 2, "exce"),
                            (1, 2, "is an object"), ({"mock": 1, "exec": 1}, 2, "not of two")):
        expect(f"--tasks {kind}", [program, *quick, "--tasks",
                                   write("tasks.json", {"tasks": {"work": kind}})], code,
               '[{"wait":0}]\n' if code == 0 else "", why)
    for text, why in (("{", "bad.json:1:2:"), ("{}", "tasks"), ('{"tasks":{},"more":1}', "more")):
        expect(f"--tasks {text}", [program, *quick, "--tasks", write("bad.json", text)], 2, "", why)
    expect("--tasks: no file", [program, *quick, "--tasks", "none.json"], 2, "", "none.json")
    expect("--mock", [program, *quick, "--mock", write("mock.json", {}) + "#Case"], 0,
           '[{"wait":0}]\n')
    expect("--mock: no JSON", [program, *quick, "--mock", write("bad.json", "[") + "#Case"], 2, "",
           "bad.json:1:2:")
    expect("--mock: no case", [program, *quick, "--mock", "mock.json"], 2, "", "FILE#CASE")
    result = run(program, "bench", *quick, "--runs", "2", "--no-tasks", "--format", "json")
    check("bench", result.returncode == 0 and '"notSucceeded":0' in result.stdout, result.stderr)


def with_a_module():
    """--with exec brings the layer where no Task does."""
    build("asked", {"A": {"Type": "Pass", "End": True}}, "--with", "exec")
    check("event_base_loop is linked by --with", "event_base_loop" in symbols("asked"))
    for binding, code, why in (({"exec": ["x"]}, 0, ""), ({"exec": []}, 2, "the program and its")):
        expect(f"--with exec, {binding}", ["./asked", "--tasks",
                                           write("tasks.json", {"tasks": {"work": binding}})],
               code, "{}\n" if code == 0 else "", why)


def with_task():
    build("tasked", {"A": {"Type": "Task", "Resource": FUNCTION, "End": True}})
    program = "./tasked"
    found = symbols("tasked")
    for name in ("event_base_loop", "asl__taskset_new"):
        check(f"{name} is linked", name in found)
    for name in ("asl_map_run", "nettle_sha256_init", "pcre2_match_8", "asl_run", *HTTP, *TLS):
        check(f"{name} is not linked with a Task", name not in found)
    tasks = write("tasks.json", {"tasks": {"work": {"exec": ["cat"]}}})
    expect("exec", [program, "--input-json", "[1.50]", "--tasks", tasks], 0, "[1.50]\n")
    expect("unbound", [program], 2, "", "function:work")
    expect("mock", [program, "--tasks", write("mocks.json", {"tasks": {"work": {
        "mock": {"return": 7}}}})], 0, "7\n")
    expect("bench", [program, "bench", "--no-tasks", "--runs", "1", "--format", "text",
                     "--output", "x"], 2, "", "bench has no")
    result = run(program, "bench", "--no-tasks", "--runs", "2", "--format", "json")
    check("bench without tasks", result.returncode == 0 and '"notSucceeded":0' in result.stdout,
          result.stderr)
    stops("SIGINT stops a child", program, "--tasks",
          write("tasks.json", {"tasks": {"work": {"exec": ["sleep", "1000"]}}}))


def with_http():
    """HTTP alone, and what http:invoke brings along."""
    build("called", {"A": {"Type": "Task", "Resource": FUNCTION, "End": True}}, "--with", "http")
    found = symbols("called")
    for name in HTTP:
        check(f"{name} is linked by --with http", name in found)
    for name in TLS:
        check(f"{name} is not linked by --with http", name not in found)
    expect("http, nobody there", ["./called", "--tasks", write("tasks.json", {"tasks": {
        "work": {"http": "http://localhost:1/"}}})], 1, "", "localhost:1: Connection refused")
    expect("https wants tls", ["./called", "--tasks", write("tasks.json", {"tasks": {
        "work": {"http": "https://localhost:1/"}}})], 2, "", "--with tls")
    build("invoked", {"A": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
                            "Parameters": {"ApiEndpoint.$": "$.url", "Method": "GET"},
                            "End": True}})
    found = symbols("invoked")
    for name in (*HTTP, *TLS):
        check(f"{name} is linked by http:invoke", name in found)
    for url, why in (("https://localhost:1/", "localhost:1: Connection refused"),
                     ("https://no.such.invalid/", "no.such.invalid:443: there is no such name")):
        expect(url, ["./invoked", "--input-json", json.dumps({"url": url})], 1, "", why)
    run("strip", "invoked")
    size = os.path.getsize("invoked") / 1e6
    check("a static program with https has at most 8 MB", size <= 8, f"{size} MB")
    print(f"static, with https, stripped: {size:.2f} MB")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        why = impossible()
        if why is None:
            without_task()
            with_a_module()
            with_task()
            with_http()
        os.chdir("/")
    if why is not None:
        print(f"NOT TESTED: {why}")
        return 77
    print(f"{done - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
