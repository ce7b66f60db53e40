#!/usr/bin/env python3
"""How long a static page takes while the edge does something costly beside it, as ratios of its time alone.

    benches/beside.py --site SITE [--lyceum target/release/lyceum] [--seconds 4] [--rounds 5] [--nice 0]

SITE is a folder with `site.toml` and `content/`; `tests/edge/_site` will do. It is copied, built and served on
127.0.0.1, with limits of addresses off, for all requests come from one. The probe asks for a static page 200 times a
second, at moments that are fixed beforehand: what an answer delays counts from the moment at which it should have been
asked for. What is compared is the 99th percentile, in turns: alone, beside the load, alone, and so on. The load runs ten
steps of niceness below server and probe, since clients have machines of their own. Each load comes twice: as fast as it
is answered, and at about 70 % of that.

* `page`: 64 connections ask for another static page, to compare with;
* `engagement`: 64 connections ask for the score of a page of 200 comments;
* `comments`: 16 connections ask for the largest list, 100 threads of comments of 10,000 characters;
* `passwords`: 16 connections sign in, each time as somebody else who is not there;
* `log`: standard error is a pipe that nobody reads, and 4 connections ask for what is logged;
* `relay`: a mail relay accepts and never answers, with 40 letters waiting.

`--nice -20` keeps other programs of the machine out of the picture, and wants root. Needs wrk.
"""
import argparse
import gc
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from serve import call, free_port, member, wait_for

PROBE, PAGE, TALK = "guides/start", "guides/start", "guides/parts"
PER_SECOND = 200
LOAD_STEPS = 10

SIGN_IN = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Sec-Fetch-Site"] = "same-origin"
function request()
  return wrk.format(nil, nil, nil, '{"handle":"nobody' .. math.random(1e9) .. '","password":"plum garden 7 lanterns"}')
end
"""
# Between two requests of a connection; exponential, so that the connections do not march in step.
PAUSES = """function delay() return math.floor(0.5 - math.log(1 - math.random()) * %.2f) end
"""


def favour(nice):
    """Sets the niceness of this process, and of its session where the system weighs those first."""
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    group = Path("/proc/self/autogroup")
    if group.exists():
        group.write_text(str(nice))


def start(lyceum, site, port, env=None, stderr=None):
    edge = subprocess.Popen([lyceum, "edge", "--listen", f"127.0.0.1:{port}", "--admin-listen", f"127.0.0.1:{free_port()}"],
                            cwd=site, stdout=subprocess.DEVNULL, stderr=stderr or subprocess.DEVNULL,
                            env={**os.environ, "LYCEUM_RATE_LIMITS": "off", **(env or {})})
    wait_for(f"http://127.0.0.1:{port}", "/readyz")
    return edge


def stop(edge):
    edge.terminate()
    edge.wait(timeout=20)


def probe(port, seconds):
    """The median and the 99th percentile of a static page, in milliseconds."""
    request = f"GET /{PROBE}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    took = []
    with socket.create_connection(("127.0.0.1", port)) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        n_bytes = None
        due = time.perf_counter() + 0.05
        for _ in range(int(seconds * PER_SECOND)):
            pause = due - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            # A probe that wakes late by itself has not waited for the server.
            asked = time.perf_counter() if pause > 0 else due
            stream.sendall(request)
            got = stream.recv(1 << 20)
            if n_bytes is None:
                head, body = got.split(b"\r\n\r\n", 1)
                assert head.startswith(b"HTTP/1.1 200"), head
                n_bytes = int(re.search(rb"(?i)content-length: (\d+)", head).group(1)) + len(head) + 4
            n_got = len(got)
            while n_got < n_bytes:
                got = stream.recv(1 << 20)
                assert got, "the connection was closed"
                n_got += len(got)
            took.append((time.perf_counter() - asked) * 1000)
            due += 1 / PER_SECOND
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.99)]


def load(url, n, seconds, script=""):
    command = ["nice", "-n", str(LOAD_STEPS), "wrk", "-t1", f"-c{n}", f"-d{round(seconds)}s", "--timeout", "20s"]
    held = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
    held.write(script)
    held.close()
    return subprocess.Popen(command + ["-s", held.name, url], stdout=subprocess.PIPE, text=True), held.name


def rate_of(started):
    process, script = started
    out = process.communicate()[0]
    os.unlink(script)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def silent_relay():
    """A socket that accepts in the kernel and says nothing."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    held.listen(64)
    return held


def fill(base, cookie):
    for n in range(200):
        call(base, "/api/comments", {"page": PAGE, "body": f"comment {n}, with some words to be weighed"}, cookie)
    for n in range(100):
        call(base, "/api/comments", {"page": TALK, "body": f"{n} " + "words and *more* " * 580}, cookie)


class Table:
    def __init__(self, port, seconds, rounds):
        self.port, self.seconds, self.rounds = port, seconds, rounds
        print("| beside it | answers/s | median alone | beside | p99 alone | beside | ratio of p99 |\n|---|---:|---:|---:|---:|---:|---:|", flush=True)

    def row(self, name, begin=lambda: None, end=lambda started: 0, loaded=None):
        """Probes alone and beside what `begin` starts, in turns. `loaded` is the port of the edge with the load, where it
        is not the same. Returns the answers a second of the load."""
        alone, beside, rates = [], [], []
        for _ in range(self.rounds):
            alone.append(probe(self.port, self.seconds))
            started = begin()
            time.sleep(0.3)
            beside.append(probe(loaded or self.port, self.seconds))
            rates.append(end(started))
            time.sleep(0.2)
        rate = statistics.median(rates)
        cells = [name, f"{rate:,.0f}" if rate else ""]
        for at in (0, 1):
            cells += [f"{statistics.median(it[at] for it in found):.2f}" for found in (alone, beside)]
        cells.append(f"{statistics.median(with_load[1] / without[1] for without, with_load in zip(alone, beside)):.2f}")
        print("| " + " | ".join(cells) + " |", flush=True)
        return rate

    def under(self, name, url, n, script=""):
        def begin(script=script):
            return load(url, n, self.seconds + 0.5, script)
        full = self.row(f"{name}, as fast as answered", begin, rate_of)
        # A connection is at rest for 30 % of the time at that rate.
        pause = 1000 * n / full / 0.7
        self.row(f"{name}, 70 %", lambda: begin(script + PAUSES % pause), rate_of)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nice", type=int, default=0, help="of server and probe; wants root below 0")
    parser.add_argument("--only", default="", help="loads, comma separated")
    args = parser.parse_args()
    lyceum = str(Path(args.lyceum).resolve())
    only = args.only.split(",") if args.only else ["page", "engagement", "comments", "passwords", "log", "relay"]
    if args.nice:
        favour(args.nice)
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        site, port = Path(folder, "site"), free_port()
        base = f"http://127.0.0.1:{port}"
        shutil.copytree(args.site, site)
        with open(site / "site.toml", "a") as settings:
            settings.write("\n[comments]\nper_hour = 10000\n")
        subprocess.run([lyceum, "build", "-q", "--base-url", base], cwd=site, check=True)
        table = Table(port, args.seconds, args.rounds)
        edge = start(lyceum, site, port)
        try:
            fill(base, member(base, site, "reader"))
            for name, path, n, script in [
                ("page", f"/{TALK}/", 64, ""),
                ("engagement", f"/api/engagement?page={PAGE}", 64, ""),
                ("comments", f"/api/comments?page={TALK}&limit=100", 16, ""),
                ("passwords", "/api/session", 16, SIGN_IN),
            ]:
                if name in only:
                    table.under(f"{name}, {n} connections", base + path, n, script)
        finally:
            stop(edge)
        if "log" in only:
            unread, write_end = os.pipe()
            edge = start(lyceum, site, port, {"LYCEUM_LOG": "debug"}, write_end)
            try:
                # Enough to fill the pipe before the first round.
                rate_of(load(f"{base}/nowhere/", 4, 2))
                table.under("log that nobody reads, 4 connections", f"{base}/nowhere/", 4)
            finally:
                stop(edge)
                os.close(unread)
                os.close(write_end)
        if "relay" in only:
            relay = silent_relay()
            with open(site / "site.toml", "a") as settings:
                settings.write(f'\n[mail]\nfrom = "site@example.org"\nsmtp_host = "127.0.0.1"\nsmtp_port = {relay.getsockname()[1]}\n')
            subprocess.run([lyceum, "build", "-q", "--base-url", base], cwd=site, check=True)
            # Beside an edge without letters, on a copy of the site.
            idle = Path(folder, "idle")
            shutil.copytree(site, idle, ignore=shutil.ignore_patterns(".lyceum"), symlinks=True)
            other = free_port()
            edges = [start(lyceum, idle, port), start(lyceum, site, other)]
            try:
                for n in range(40):
                    call(f"http://127.0.0.1:{other}", "/api/members", {"email": f"waiting{n}@example.org", "handle": f"waiting{n}"})
                table.row("relay that hangs, 40 letters", loaded=other)
            finally:
                for edge in edges:
                    stop(edge)


if __name__ == "__main__":
    main()
