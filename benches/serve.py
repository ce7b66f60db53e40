#!/usr/bin/env python3
"""Answers a second from the edge beside nginx serving the same static page, by wrk, in turn on one machine.

    benches/serve.py --site SITE [--lyceum target/release/lyceum] [--nginx /usr/sbin/nginx] [--seconds 5] [--rounds 3]

SITE is a folder with `site.toml` and `content/`; `tests/edge/_site` will do. It is copied, built and served on
127.0.0.1. Measured: a public page (nginx and the edge), the same page for a member with its part put in place,
a list of 20 comments, and posting a comment, which needs a member whom no hourly limit stops: the bench member is
made a moderator. Limits of addresses are off, for all requests come from one. `--log` is what the edge writes to a
file while it serves. Needs nginx and wrk.
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
import time
import urllib.request
from pathlib import Path

POST = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Sec-Fetch-Site"] = "same-origin"
wrk.headers["Cookie"] = "%s"
wrk.body = '{"page":"%s","body":"measured words"}'
"""


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def call(base, path, body=None, cookie=None):
    headers = {"Sec-Fetch-Site": "same-origin"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if cookie:
        headers["Cookie"] = cookie
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.headers, answer.read()


def wait_for(base, path):
    for _ in range(600):
        try:
            return call(base, path)
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"nothing listens at {base}")


def member(base, site, handle, before_entry=lambda: None):
    """The session cookie of a new member, by joining and opening the link of the outbox."""
    known = set((site / ".lyceum/outbox").glob("*.eml"))
    call(base, "/api/members", {"email": f"{handle}@example.org", "handle": handle})
    for _ in range(200):
        messages = set((site / ".lyceum/outbox").glob("*.eml")) - known
        if messages:
            text = messages.pop().read_text().replace("=\n", "").replace("=3D", "=")
            token = re.search(r"token=([A-Za-z0-9_-]{43})", text).group(1)
            before_entry()
            _, headers, _ = call(base, "/api/members/verify", {"token": token})
            return "; ".join(value.split(";")[0] for name, value in headers.items() if name.lower() == "set-cookie")
        time.sleep(0.05)
    raise SystemExit("no mail in the outbox")


def wrk(url, seconds, headers=(), script=None):
    command = ["wrk", "-t2", "-c32", f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", script]
    text = subprocess.run(command + [url], check=True, capture_output=True, text=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), int(bad.group(1)) if bad else 0


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--page", default="guides/start")
    parser.add_argument("--gated", default="guides/parts")
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--nginx", default="/usr/sbin/nginx")
    parser.add_argument("--log", default="info", help="LYCEUM_LOG of the edge")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    lyceum = str(Path(args.lyceum).resolve())
    port, admin, nginx_port = free_port(), free_port(), free_port()
    base, plain = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{nginx_port}"

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        site = Path(folder, "site")
        shutil.copytree(args.site, site)
        subprocess.run([lyceum, "build", "-q", "--base-url", base], cwd=site, check=True)
        public = (site / "dist/current").resolve() / "public"
        Path(folder, "nginx.conf").write_text(
            f"worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ include /etc/nginx/mime.types; access_log off; sendfile on; open_file_cache max=1000;\n"
            f"server {{ listen 127.0.0.1:{nginx_port}; root {public}; }} }}\n")
        nginx = subprocess.Popen([args.nginx, "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        log = open(Path(folder, "edge.log"), "wb")
        start = time.monotonic()
        edge = subprocess.Popen([lyceum, "edge", "--listen", f"127.0.0.1:{port}", "--admin-listen", f"127.0.0.1:{admin}"],
                                cwd=site, stdout=log, stderr=log,
                                env={**os.environ, "LYCEUM_RATE_LIMITS": "off", "LYCEUM_LOG": args.log})
        try:
            wait_for(base, "/readyz")
            started = time.monotonic() - start
            wait_for(plain, f"/{args.page}/")
            cookie = member(base, site, "reader")
            poster = member(base, site, "poster", lambda: subprocess.run(
                [lyceum, "member", "role", "poster", "moderator"], cwd=site, check=True, stdout=subprocess.DEVNULL))
            for n in range(20):
                call(base, "/api/comments", {"page": args.gated, "body": f"comment {n}"}, cookie)
            post = Path(folder, "post.lua")
            post.write_text(POST % (poster, args.page))
            jobs = {
                "static page, nginx": (f"{plain}/{args.page}/", (), None),
                "static page, edge": (f"{base}/{args.page}/", (), None),
                "member's page with its part": (f"{base}/{args.gated}/", (f"Cookie: {cookie}",), None),
                "list of 20 comments": (f"{base}/api/comments?page={args.gated}", (), None),
                "post a comment": (f"{base}/api/comments", (), str(post)),
            }
            rates = {name: [] for name in jobs}
            refused = dict.fromkeys(jobs, 0)
            for _ in range(args.rounds):
                for name, (url, headers, script) in jobs.items():
                    rate, bad = wrk(url, args.seconds, headers, script)
                    rates[name].append(rate)
                    refused[name] += bad
            middle = {name: statistics.median(values) for name, values in rates.items()}
            print("| | requests/s | beside nginx | answers not 2xx |\n|---|---:|---:|---:|")
            for name, rate in middle.items():
                print(f"| {name} | {rate:,.0f} | {rate / middle['static page, nginx']:.2f} | {refused[name]} |")
            print(f"\nstart to ready {started * 1000:.0f} ms, resident {resident_mib(edge.pid):.0f} MiB after the load")
        finally:
            for process in (edge, nginx):
                process.terminate()
                process.wait(timeout=15)


if __name__ == "__main__":
    main()
