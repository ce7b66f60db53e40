#!/usr/bin/env python3
"""How long a static page takes while the edge does something costly beside it, as ratios of its time alone.

    benches/beside.py --site SITE [--lyceum target/release/lyceum] [--seconds 5] [--rounds 3]

SITE is a folder with `site.toml` and `content/`; `tests/edge/_site` will do. It is copied, built and served on
127.0.0.1, with limits of addresses off, for all requests come from one. Two connections ask for a static page as
fast as they are answered; what is compared is the 99th percentile of their times. Beside them, in turn:

* nothing;
* `page`: 64 connections ask for another static page, to compare with;
* `engagement`: 64 connections ask for the score of a page of 200 comments;
* `comments`: 16 connections ask for the largest list, 100 threads of comments of 10,000 characters;
* `log`: standard error is a pipe that nobody reads, and 4 connections ask for what is logged;
* `relay`: a mail relay accepts and never answers, with 40 letters waiting.

Needs wrk.
"""
import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
from pathlib import Path

from serve import call, free_port, member, wait_for

PROBE, PAGE, TALK = "guides/start", "guides/start", "guides/parts"


def start(lyceum, site, port, env=None, stderr=None):
    edge = subprocess.Popen([lyceum, "edge", "--listen", f"127.0.0.1:{port}"], cwd=site, stdout=subprocess.DEVNULL,
                            stderr=stderr or subprocess.DEVNULL, env={**os.environ, "LYCEUM_RATE_LIMITS": "off", **(env or {})})
    wait_for(f"http://127.0.0.1:{port}", "/readyz")
    return edge


def stop(edge):
    edge.terminate()
    edge.wait(timeout=20)


def millis(text):
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def probe(base, seconds):
    """The 99th percentile of a static page, in milliseconds."""
    command = ["wrk", "-t1", "-c2", f"-d{seconds}s", "--latency", f"{base}/{PROBE}/"]
    return millis(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def beside(url, n, seconds):
    command = ["wrk", "-t1", f"-c{n}", f"-d{seconds + 1}s", url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def rate(load):
    out = load.communicate()[0]
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    lyceum = str(Path(args.lyceum).resolve())
    with tempfile.TemporaryDirectory() as folder:
        site, port = Path(folder, "site"), free_port()
        base = f"http://127.0.0.1:{port}"
        shutil.copytree(args.site, site)
        with open(site / "site.toml", "a") as settings:
            settings.write("\n[comments]\nper_hour = 10000\n")
        subprocess.run([lyceum, "build", "-q", "--base-url", base], cwd=site, check=True)
        alone, times, rates = [], {}, {}

        def note(name, load):
            alone.append(probe(base, args.seconds))
            with_load = load()
            times.setdefault(name, []).append(with_load / alone[-1])

        def under(url, n):
            def run():
                load = beside(base + url, n, args.seconds)
                found = probe(base, args.seconds)
                rates.setdefault(url, []).append(rate(load))
                return found
            return run

        edge = start(lyceum, site, port)
        try:
            fill(base, member(base, site, "reader"))
            for _ in range(args.rounds):
                note("another page, 64 connections", under(f"/{TALK}/", 64))
                note("engagement, 64 connections", under(f"/api/engagement?page={PAGE}", 64))
                note("comments, 16 connections", under(f"/api/comments?page={TALK}&limit=100", 16))
        finally:
            stop(edge)
        unread, write_end = os.pipe()
        edge = start(lyceum, site, port, {"LYCEUM_LOG": "debug"}, write_end)
        try:
            # Enough to fill the pipe before the first round.
            rate(beside(f"{base}/nowhere/", 4, 2))
            for _ in range(args.rounds):
                note("log that nobody reads", under("/nowhere/", 4))
        finally:
            stop(edge)
            os.close(unread)
            os.close(write_end)
        relay = silent_relay()
        with open(site / "site.toml", "a") as settings:
            settings.write(f'\n[mail]\nfrom = "site@example.org"\nsmtp_host = "127.0.0.1"\nsmtp_port = {relay.getsockname()[1]}\n')
        subprocess.run([lyceum, "build", "-q", "--base-url", base], cwd=site, check=True)
        edge = start(lyceum, site, port)
        try:
            for n in range(40):
                call(base, "/api/members", {"email": f"waiting{n}@example.org", "handle": f"waiting{n}"})
            for _ in range(args.rounds):
                note("relay that hangs", lambda: probe(base, args.seconds))
        finally:
            stop(edge)
        print(f"p99 alone: {statistics.median(alone):.2f} ms\n")
        print("| beside it | p99 beside / alone |\n|---|---:|")
        for name, ratios in times.items():
            print(f"| {name} | {statistics.median(ratios):.2f} |")
        print("\n" + json.dumps({url: round(statistics.median(found)) for url, found in rates.items()}) + " answers/s beside it")


if __name__ == "__main__":
    main()
