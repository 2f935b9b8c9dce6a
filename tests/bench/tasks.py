"""Figures of tasks that reach the world: calls over HTTP and child processes.

HTTP calls go to serve.c, and wrk, where it is installed, asks the same server as well; child
processes are measured beside a loop of posix_spawn in C (floor_spawn.c)."""

import json
import os
import re
import shutil
import statistics
import subprocess
import time

import tools
from tools import at, data, floor, note, output, say

CONNECTIONS = 64


class Server:
    """serve.c, for as long as the `with` lasts; then its figures."""

    def __init__(self, milliseconds=0):
        self.child = subprocess.Popen([at("serve"), str(milliseconds)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.child.stdout.readline())}/task"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        said, _ = self.child.communicate(timeout=60)
        self.requests, self.most, self.opened = map(int, said.split())


def program(name, binding):
    """The program of that definition, and the file that binds its function to BINDING."""
    made, tasks = at(name), at(name + ".tasks.json")
    with open(tasks, "w", encoding="utf-8") as file:
        json.dump({"tasks": {"work": binding}}, file)
    output(tools.ASLC, "build", "-o", made, "--tasks", tasks,
           tools.workloads.definition(tools.FOLDER, name))
    return made, tasks


def timed(*command):
    begun = time.monotonic()
    output(*command)
    return time.monotonic() - begun


def wrk(url, folder):
    """Requests a second that wrk makes, or None without it."""
    if not shutil.which("wrk"):
        return None
    script = os.path.join(folder, "post.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write('wrk.method = "POST"\nwrk.body = "12345"\n'
                   'wrk.headers["Content-Type"] = "application/json"\n')
    said = output("wrk", "-t1", f"-c{CONNECTIONS}", "-d2", "-s", script, url)
    return float(re.search(r"Requests/sec:\s*([0-9.]+)", said).group(1))


def calls(rounds):
    """Calls a second over connections that are kept, and what wrk makes of the server."""
    ours, theirs, count = [], [], 100000
    with Server() as server:
        made, tasks = program("http_64", {"http": server.url})
        options = ["--workers", "1", "--tasks", tasks, "--output", at("http.json")]
        for _ in range(rounds):
            base = timed(made, *options, "--input", data("http_0"))
            ours.append(count / (timed(made, *options, "--input", data("http_100000")) - base))
            theirs.append(wrk(server.url, tools.FOLDER))
    say("http", "calls_per_second", statistics.median(ours), "1/s")
    if None in theirs:
        note("bench: HTTP IS NOT COMPARED WITH WRK, which is not installed")
        return
    say("http", "wrk_per_second", statistics.median(theirs), "1/s")
    say("http", "calls_to_wrk", statistics.median(ours) / statistics.median(theirs), "ratio")


def in_flight(spawn):
    """5,000 calls at once, each of which takes a second and a half."""
    with Server(1500) as server:
        made, tasks = program("http_all", {"http": server.url})
        (seconds, megabytes, _, threads), = spawn(
            1, [made, "--workers", "1", "--tasks", tasks, "--input", data("http_5000")],
            threads=True)
    say("http_5000", "process", seconds * 1e3, "ms")
    say("http_5000", "memory_peak", megabytes, "MB")
    say("http_5000", "threads", threads, "count")
    say("http_5000", "answered", server.requests, "count")
    say("http_5000", "at_once", server.most, "count")


def http(rounds, spawn):
    floor("serve")
    calls(rounds)
    in_flight(spawn)


def children(rounds):
    """Child processes, one after the other, beside a loop in C."""
    floor("floor_spawn")
    count, ours, theirs = 1000, [], []
    made, tasks = program("exec", {"exec": ["cat"]})
    options = [made, "--workers", "1", "--tasks", tasks, "--output", at("exec.json")]
    for _ in range(rounds):
        theirs.append(float(output(at("floor_spawn"), count, "cat")))
        base = timed(*options, "--input", data("http_0"))
        ours.append((timed(*options, "--input", data("exec_1000")) - base) / count)
    one, two = statistics.median(ours), statistics.median(theirs)
    say("exec", "task", one * 1e6, "us")
    say("exec", "floor_spawn", two * 1e6, "us")
    say("exec", "rate_to_floor_spawn", two / one, "ratio")
