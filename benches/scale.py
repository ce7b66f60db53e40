#!/usr/bin/env python3
"""What the edge costs as its data grows: stores of three sizes, a table of answers, posts a second, and the longest wait.

    benches/scale.py make DIR [--sizes S,L] [--lyceum target/release/lyceum] [--postgres URL]
    benches/scale.py table DIR [--sizes S,L] [--rounds 40]
    benches/scale.py posts DIR [--sizes S,L] [--seconds 15]
    benches/scale.py holds DIR --size L

S, M and L are 1,000, 10,000 and 100,000 members, 10,000 to 1,000,000 comments and 50,000 to 5,000,000 readings.
`make` writes a site and its stores into DIR, with the statements of `scale/rows.sql`; L takes 3 GB. `--postgres` is a
server's URL without a database, of which one a size is created there. `table` asks the edges of all sizes in turn and
prints medians in milliseconds and their ratios to the first size. `posts` lets 64 clients post as many members (wrk)
and prints how many were accepted, and what the bare engine stores of the same rows, in groups of 24, each synced.
`holds` asks for likes all the time while something large is done beside them, and prints their longest wait.
`make` has to come before the others, which change the stores. Limits of addresses are off. Needs wrk; psql and pgbench for a server.
"""
import argparse
import base64
import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import threading
import time
import uuid
from pathlib import Path

SIZES = {"S": 1_000, "M": 10_000, "L": 100_000}
MOST_SESSIONS = 20_000
HERE = Path(__file__).parent
PASSWORD = "plum garden 7 lanterns"


def token(n):
    return "A" * 31 + f"{n:012d}"


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Edge:
    """A running edge on the store of one size."""

    def __init__(self, args, size):
        self.args, self.size, self.process = args, size, None
        self.site = Path(args.dir, size)
        config = json.loads(Path(args.dir, "config.json").read_text())
        self.port, self.lyceum = config["ports"][size], config["lyceum"]
        self.postgres = config["postgres"] and f"{config['postgres']}/scale_{size.lower()}"
        self.database = self.postgres or str(self.site / ".lyceum/lyceum.db")

    def __enter__(self):
        log = open(self.site / "edge.log", "ab")
        environment = {**os.environ, "LYCEUM_RATE_LIMITS": "off", "LYCEUM_LOG": "warn"}
        command = [self.lyceum, "edge", "--listen", f"127.0.0.1:{self.port}", "--admin-listen", f"127.0.0.1:{free_port()}",
                   "--database", self.database]
        self.process = subprocess.Popen(command, cwd=self.site, stdout=log, stderr=log, env=environment)
        for _ in range(3_000):
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.01)
        raise SystemExit(f"the edge of {self.size} does not start, see {self.site}/edge.log")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def ask(self, method, path, body=None, member=None, headers=None, connection=None):
        """Status, answer and milliseconds."""
        lines = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if body is not None:
            lines["Content-Type"] = "application/json"
        if member is not None:
            lines["Cookie"] = f"{self.cookie()}={token(member)}"
        connection = connection or self.connection()
        data = None if body is None else json.dumps(body)
        begun = time.perf_counter()
        connection.request(method, path, data, lines)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, text, (time.perf_counter() - begun) * 1000

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def cookie(self):
        return f"session-{self.port}"

    def lyceum_verb(self, *words, **more):
        command = [self.lyceum, *words, "--database", self.database]
        return subprocess.run(command, cwd=self.site, check=True, capture_output=True, text=True, **more)


# --- make ---

def make(args):
    base = Path(args.dir)
    base.mkdir(parents=True, exist_ok=True)
    config = {"lyceum": str(Path(args.lyceum).resolve()), "postgres": args.postgres,
              "ports": {size: free_port() for size in args.sizes}}
    (base / "config.json").write_text(json.dumps(config))
    for size in args.sizes:
        site = base / size
        (site / "content").mkdir(parents=True, exist_ok=True)
        (site / "site.toml").write_text(
            f'title = "Scale"\nbase_url = "http://127.0.0.1:{config["ports"][size]}"\n'
            '[[tiers]]\nid = "pro"\nname = "Pro"\nrank = 10\n[comments]\nper_hour = 10000\n')
        for page in ["loud", "silent"] + [f"p{n}" for n in range(97)]:
            (site / "content" / f"{page}.md").write_text(f"---\ntitle: {page}\ndate: 2026-01-01\n---\nSome words of prose.\n")
        (site / "content/gated.md").write_text(
            "---\ntitle: gated\naccess: members\n---\nA teaser.\n\n<!-- more -->\n\nThe rest of it.\n")
        subprocess.run([config["lyceum"], "build", "-q"], cwd=site, check=True)
        if args.postgres:
            psql(args.postgres + "/postgres", f"CREATE DATABASE scale_{size.lower()}")
        # An edge that starts makes the schema.
        with Edge(args, size) as edge:
            pass
        begun = time.monotonic()
        fill(edge, SIZES[size])
        print(f"{size}: {time.monotonic() - begun:.0f} s", flush=True)


def psql(url, sql):
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url], input=sql, text=True, check=True)


def spelt(n_members, is_server):
    lines = (HERE / "scale/rows.sql").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    for name, value in {"members": n_members, "comments": n_members * 10, "readings": n_members * 50,
                        "now": int(time.time() * 1000)}.items():
        text = text.replace(f":{name}", str(value))
    numbers = "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \\1) SELECT i FROM n) numbers"
    pad = "printf('%012d', \\1)"
    if is_server:
        numbers, pad = "(SELECT i FROM generate_series(0::bigint, \\1 - 1) i) numbers", "lpad((\\1)::text, 12, '0')"
    nested = r"((?:[^()]|\([^()]*\))*)"
    text = re.sub(r"\bnumbers\(" + nested + r"\)", numbers, text)
    return re.sub(r"\bpad\(" + nested + r"\)", pad, text)


def sessions(n_members):
    now = int(time.time() * 1000)
    for n in range(min(n_members * 95 // 100, MOST_SESSIONS)):
        digest = hashlib.sha256(token(n).encode()).digest()
        yield (f"01950000-0000-7000-8000-{n:012d}", digest, f"01900000-0000-7000-8000-{n:012d}", now, now + 20 * 86_400_000)


def fill(edge, n_members):
    if edge.postgres:
        rows = "".join(f"{row[0]}\t\\\\x{row[1].hex()}\t{row[2]}\tmember\t{row[3]}\t{row[3]}\t{row[4]}\n" for row in sessions(n_members))
        copy = "COPY session (id, token_hash, member_id, kind, created_at, last_seen_at, expires_at) FROM STDIN;\n" + rows + "\\.\n"
        statements = spelt(n_members, True).split(";")
        psql(edge.postgres, statements[0] + ";\n" + copy + ";".join(statements[1:]) + "; ANALYZE;")
        return
    store = sqlite3.connect(edge.database)
    store.executescript("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY; BEGIN;")
    statements = spelt(n_members, False).split(";")
    store.execute(statements[0])
    store.executemany("INSERT INTO session (id, token_hash, member_id, kind, created_at, last_seen_at, expires_at)"
                      " VALUES (?1, ?2, ?3, 'member', ?4, ?4, ?5)", sessions(n_members))
    for statement in statements[1:]:
        store.execute(statement)
    store.commit()
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


# --- table ---

BIG = "01910000-0000-7000-8000-000000000000"


def cases(edge):
    """What is asked: name, and a function of the round that gives the arguments of `ask`."""
    def read(path, member=None):
        return lambda n: ("GET", path(n) if callable(path) else path, None, member, None)

    def write(path, body, member=None, headers=None):
        return lambda n: ("PUT" if path in ("/api/likes", "/api/ratings", "/api/saves") else "POST", path, body(n),
                          member if member is not None else 100 + n, headers(n) if headers else None)

    def deep(query):
        path = "/api/comments?limit=100&" + query
        for _ in range(3):
            path = f"/api/comments?limit=20&{query}&cursor=" + json.loads(edge.ask("GET", path)[1])["next_cursor"]
        return path

    listed = "/api/comments?page=loud"
    thread = f"page=loud&parent={BIG}"
    key = lambda n: {"Idempotency-Key": str(uuid.uuid4())}
    fresh = lambda: uuid.uuid4().hex[:12]
    return {
        "comments, new": read(listed + "&sort=new"),
        "comments, old": read(listed + "&sort=old"),
        "comments, best": read(listed + "&sort=best"),
        "comments, new, deep": read(deep("page=loud&sort=new")),
        "comments, best, deep": read(deep("page=loud&sort=best")),
        "replies of the big thread, old": read(f"/api/comments?{thread}&sort=old"),
        "replies of the big thread, best, deep": read(deep(thread + "&sort=best")),
        "comment": write("/api/comments", lambda n: {"page": "loud", "body": f"measured words {n}"}),
        "reply": write("/api/comments", lambda n: {"page": "loud", "body": f"measured words {n}", "parent": BIG}),
        "comment with a key": write("/api/comments", lambda n: {"page": "loud", "body": f"measured words {n}"}, headers=key),
        "like a comment": write("/api/likes", lambda n: {"comment": BIG, "liked": n % 2 == 0}, member=50),
        "like the loud page": write("/api/likes", lambda n: {"page": "loud", "liked": n % 2 == 0}, member=50),
        "rate the loud page": write("/api/ratings", lambda n: {"page": "loud", "helpful": n % 2 == 0}, member=50),
        "save the loud page": write("/api/saves", lambda n: {"page": "loud", "saved": n % 2 == 0}, member=50),
        "engagement, silent page": read("/api/engagement?page=silent"),
        "engagement, other pages in turn": read(lambda n: f"/api/engagement?page=p{n % 97}"),
        "engagement, loud page": read("/api/engagement?page=loud"),
        "member's page with its part": read("/gated/", 60),
        "/api/me": read("/api/me", 60),
        "/api/me/sessions": read("/api/me/sessions", 60),
        "/api/saves": read("/api/saves", 60),
        "join": write("/api/members", lambda n: {"email": f"{fresh()}@example.org", "handle": "h" + fresh()}),
        "link to an unknown address": write("/api/session/link", lambda n: {"email": f"{fresh()}@example.org"}),
        "link to a known address": write("/api/session/link", lambda n: {"email": f"m{200 + n}@example.org"}),
        "new name": lambda n: ("PATCH", "/api/me", {"name": f"Named {fresh()}"}, 70, None),
        "beacon": write("/api/events", lambda n: [{"page": f"p{n % 97}", "kind": "view"}]),
        "sign-in by handle": lambda n: ("POST", "/api/session", {"login": "signer", "password": PASSWORD}, None, None),
        "sign-in by address": lambda n: ("POST", "/api/session", {"login": "signer@example.org", "password": PASSWORD}, None, None),
    }


def table(args):
    edges = [Edge(args, size) for size in args.sizes]
    times, statuses = {}, {}
    try:
        for edge in edges:
            edge.__enter__()
            if "\tsigner@example.org\t" not in edge.lyceum_verb("member", "list").stdout:
                edge.lyceum_verb("member", "add", "signer", "--email", "signer@example.org", "--verified", "--password-stdin", input=PASSWORD + "\n")
        time.sleep(8)  # the hourly tidying, which runs at the start
        asked = {edge.size: cases(edge) for edge in edges}
        kept = {edge.size: edge.connection() for edge in edges}
        for n in range(-3, args.rounds):
            names = list(asked[edges[0].size])
            random.Random(n).shuffle(names)
            for name in names:
                if name.startswith("sign-in") and n >= 7:
                    continue
                for edge in edges[::-1] if n % 2 else edges:
                    status, _, millis = edge.ask(*asked[edge.size][name](n + 3), connection=kept[edge.size])
                    if n >= 0:
                        times.setdefault((name, edge.size), []).append(millis)
                        statuses.setdefault(name, set()).add(status)
    finally:
        for edge in edges:
            if edge.process:
                edge.__exit__()
    print("| | " + " | ".join(f"{size} ms" for size in args.sizes) + " | ratio | status |\n|---|" + "---:|" * (len(args.sizes) + 2))
    for name in asked[args.sizes[0]]:
        medians = [statistics.median(times[name, size]) for size in args.sizes]
        print(f"| {name} | " + " | ".join(f"{it:.2f}" for it in medians) + f" | {medians[-1] / medians[0]:.2f} | {sorted(statuses[name])} |")


# --- posts ---

LUA = """local n = 0
local thread = 0
function setup(t) t:set("first", thread); thread = thread + 1 end
function init() math.randomseed(first + %(seed)d) end
function request()
    n = n + 1
    local headers = {["Content-Type"] = "application/json", ["Sec-Fetch-Site"] = "same-origin",
        ["Cookie"] = string.format("%(cookie)s=%(a)s%%012d", math.random(0, %(members)d - 1))}
    local body = string.format('{"page":"p%%d","body":"measured words of a comment that is neither long nor short, number %%d"}', math.random(0, 96), n)
    return wrk.format("POST", "/api/comments", headers, body)
end
function response(status) if status ~= 201 then bad = (bad or 0) + 1 end end
"""


def posts(args):
    print("| | accepted/s | refused | p99 ms | rows/s in the store | CPU s/s of the edge | bare engine/s |\n|---|" + "---:|" * 6)
    for size in args.sizes:
        with Edge(args, size) as edge:
            time.sleep(8)
            n_members = min(SIZES[size] * 95 // 100, MOST_SESSIONS)
            script = Path(args.dir, "post.lua")
            script.write_text(LUA % {"cookie": edge.cookie(), "a": "A" * 31, "members": n_members, "seed": int(time.time())})
            for round in range(args.rounds if args.rounds < 10 else 1):
                before, cpu = n_comments(edge), cpu_secs(edge.process.pid)
                begun = time.monotonic()
                command = ["wrk", "-t2", "-c64", f"-d{args.seconds}s", "--latency", "-s", str(script), f"http://127.0.0.1:{edge.port}"]
                text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                took, cpu = time.monotonic() - begun, cpu_secs(edge.process.pid) - cpu
                rows = n_comments(edge) - before
                rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
                bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
                p99 = re.search(r"99%\s+(\S+)", text).group(1)
                bare = bare_postgres(edge, args.seconds) if edge.postgres else bare_sqlite(edge, args.seconds)
                print(f"| {size} | {rate:.0f} | {bad.group(1) if bad else 0} | {p99} | {rows / took:.0f} | {cpu / took:.2f} | {bare:.0f} |", flush=True)


def cpu_secs(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def n_comments(edge):
    sql = "SELECT count(*) FROM comment"
    if edge.postgres:
        return int(subprocess.run(["psql", "-Atc", sql, edge.postgres], check=True, capture_output=True, text=True).stdout)
    store = sqlite3.connect(f"file:{edge.database}?mode=ro", uri=True)
    try:
        return store.execute(sql).fetchone()[0]
    finally:
        # SQLite keeps its locks by itself; another process would not disturb it, and this is another one.
        store.close()


COLUMNS = "id, page_id, root_id, depth, member_id, kind, state, body, html, n_chars, posted_at"
BODY = "measured words of a comment that is neither long nor short, number 12345"


def bare_sqlite(edge, seconds):
    """Rows a second that one connection of the same engine inserts into the same table, in synced groups of 24."""
    store = sqlite3.connect(edge.database, isolation_level=None, timeout=30)
    store.executescript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 8000;")
    begun, n, now = time.monotonic(), 0, int(time.time() * 1000)
    insert = f"INSERT INTO comment ({COLUMNS}) VALUES (?1, ?2, ?1, 0, ?3, 'comment', 'shown', ?4, ?5, 72, ?6)"
    prefix = uuid.uuid4().hex[:4]
    while time.monotonic() - begun < seconds:
        store.execute("BEGIN IMMEDIATE")
        for _ in range(24):
            n += 1
            id = f"0199{prefix}-0000-7000-8000-{n:012d}"
            store.execute(insert, (id, f"p{n * 31 % 97}", f"01900000-0000-7000-8000-{n * 7919 % 900:012d}", BODY, f"<p>{BODY}</p>\n", now))
        store.execute("COMMIT")
    took = time.monotonic() - begun
    store.close()
    return n / took


def bare_postgres(edge, seconds):
    """The same by pgbench on 16 connections, a row a transaction."""
    script = Path(edge.args.dir, "bare.sql")
    script.write_text(f"""\\set n random(0, 96)
\\set m random(0, 900)
INSERT INTO comment ({COLUMNS}) SELECT g, 'p' || :n, g, 0, '01900000-0000-7000-8000-' || lpad((:m)::text, 12, '0'), 'comment', 'shown', '{BODY}', '<p>{BODY}</p>', 72, 1800000000000
FROM (SELECT gen_random_uuid()::text AS g) x;
""")
    command = ["pgbench", "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", str(seconds), "-f", str(script), edge.postgres]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+)", text).group(1))


# --- holds ---

def waiting(edge, act):
    """The longest and the middle wait for a like, in milliseconds, while `act` runs, and the seconds that it took."""
    millis, is_over = [], threading.Event()

    def probe():
        connection, n = edge.connection(), 0
        while not is_over.is_set():
            n += 1
            status, _, took = edge.ask("PUT", "/api/likes", {"comment": BIG, "liked": n % 2 == 0}, 51, connection=connection)
            assert status == 200, status
            millis.append(took)

    thread = threading.Thread(target=probe)
    thread.start()
    begun = time.monotonic()
    try:
        act()
    finally:
        took = time.monotonic() - begun
        is_over.set()
        thread.join()
    return max(millis), statistics.median(millis), took


def holds(args):
    with Edge(args, args.size) as edge:
        big = "01900000-0000-7000-8000-000000000077"
        enlarge(edge, big)

        def export():
            status, text, _ = edge.ask("GET", "/api/me/export", member=77)
            assert status == 200, text
            print(f"(export: {len(text) / 1e6:.1f} MB)")

        def erase():
            assert edge.ask("DELETE", "/api/me", member=77)[0] == 204

        def rename():
            content = edge.site / "content"
            (content / "loud.md").rename(content / "louder.md")
            text = (content / "louder.md").read_text().replace("title: loud", "title: loud\naliases: [/loud/]")
            (content / "louder.md").write_text(text)
            subprocess.run([edge.lyceum, "build", "-q"], cwd=edge.site, check=True)
            for _ in range(3_000):
                if edge.ask("GET", "/louder/")[0] == 200:
                    return
                time.sleep(0.1)

        acts = {
            "start: tidying": lambda: time.sleep(10),
            "nothing": lambda: time.sleep(5),
            "export of a big member": export,
            "member export": lambda: edge.lyceum_verb("member", "export", "member77"),
            "member list": lambda: edge.lyceum_verb("member", "list"),
            "erasure of a big member": erase,
            "member erase, small": lambda: edge.lyceum_verb("member", "erase", "member777", "--yes"),
            "the loud page is moved": rename,
        }
        print("| | longest ms | median ms | s |\n|---|---:|---:|---:|")
        for name, act in acts.items():
            longest, median, took = waiting(edge, act)
            print(f"| {name} | {longest:.0f} | {median:.1f} | {took:.1f} |", flush=True)


def enlarge(edge, id):
    """Gives one member a tenth of all comments and as many likes, and a fresh sign-in."""
    statements = [
        f"INSERT INTO comment_like (comment_id, member_id, at) SELECT id, '{id}', 1 FROM comment WHERE posted_at % 10 = 3 ON CONFLICT DO NOTHING",
        f"UPDATE session SET created_at = {int(time.time() * 1000)} WHERE member_id = '{id}'",
        f"UPDATE comment SET member_id = '{id}' WHERE posted_at % 10 = 4",
    ]
    if edge.postgres:
        return psql(edge.postgres, ";".join(statements))
    store = sqlite3.connect(edge.database, timeout=60)
    for statement in statements:
        store.execute(statement)
        store.commit()
    store.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=["make", "table", "posts", "holds"])
    parser.add_argument("dir")
    parser.add_argument("--sizes", type=lambda it: it.split(","), default=["S", "L"])
    parser.add_argument("--size", default="L")
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--postgres")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=15)
    args = parser.parse_args()
    globals()[args.act](args)


if __name__ == "__main__":
    main()
