#!/usr/bin/env python3
"""What an edit costs: `build` again in the same folder, and `serve` from the save to the new bytes.

    benches/peers/edits.py --pages 10000 --runs 5 [--lyceum target/release/lyceum] [--hugo hugo]

Each kind of edit is made and built `--runs` times; the median counts. Hugo builds the same edits in turn. With `serve`,
a body gets a word that was never there; measured is the time from the end of the save until the page has it, first on
disk, below `.lyceum/preview/current/public`, then in an answer over HTTP.
"""
import argparse
import http.client
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from measure import corpus, machine, run, table


def page_of(site):
    """A page in the middle that nothing gates, so that a word at its end is public."""
    pages = sorted((site / "content").glob("*/*[0-9].md"))
    free = (it for it in pages[len(pages) // 2:] if not re.search(r"^access:|<!--", it.read_text(), re.M))
    return next(free)


def rewrite(path, pattern, by):
    text = path.read_text()
    changed = re.sub(pattern, by, text, count=1, flags=re.M)
    assert changed != text, f"{path} has no {pattern}"
    path.write_text(changed)


def edits(site, template):
    """Kinds of edit by name; each is another edit every time."""
    page = page_of(site)
    return {
        "nothing changed": lambda n: None,
        "one body edited": lambda n: page.write_text(page.read_text() + f"\nWord{n}.\n"),
        "one title edited": lambda n: rewrite(page, r'^title: ".*"$', f'title: "Title {n}"'),
        "one tag added": lambda n: rewrite(page, r"^tags: \[", f'tags: ["added {n}", '),
        "one template edited": lambda n: rewrite(template, "<article[^>]*>", f'<article data-edit="{n}">'),
    }


def rebuilds(name, command, site, template, runs):
    """A row of milliseconds for each kind of edit."""
    run(command, site)
    for n in range(2):
        run(command, site)
    for what, edit in edits(site, template).items():
        rows = []
        for n in range(runs):
            edit(f"{what.split()[1]}{n}")
            rows.append(run(command, site))
        wall, cpu, peak = (statistics.median(column) for column in zip(*rows))
        yield [what, name, f"{wall * 1000:.0f}", f"{cpu * 1000:.0f}", f"{peak:.0f}"]


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def until(is_there, what, patience=60):
    start = time.monotonic()
    while not is_there():
        if time.monotonic() - start > patience:
            raise SystemExit(f"{what} did not come")
        time.sleep(0.0005)


def get(port, path):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        return connection.getresponse().read()
    except OSError:
        return b""


def served(lyceum, site, runs):
    """Milliseconds from a save to bytes on disk, and to bytes over HTTP."""
    port, page = free_port(), page_of(site)
    address = "/" + "/".join(page.relative_to(site / "content").with_suffix("").parts) + "/"
    file = site / ".lyceum/preview/current/public" / address.strip("/") / "index.html"
    process = subprocess.Popen([lyceum, "serve", "--quiet", "--port", str(port)], cwd=site,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def on_disk(word):
        try:
            return word in file.read_bytes()
        except OSError:
            return False  # the link is being turned to the next release

    try:
        until(lambda: get(port, address), "the first page", 600)
        time.sleep(1)
        disk, answer = [], []
        for n in range(2 * runs):
            word = f"savedword{n}end"
            page.write_text(page.read_text() + f"\n{word}\n")
            start = time.monotonic()
            if n % 2 == 0:
                until(lambda: on_disk(word.encode()), word)
            else:
                until(lambda: word.encode() in get(port, address), word)
            (answer if n % 2 else disk).append((time.monotonic() - start) * 1000)
            time.sleep(0.5)
    finally:
        process.terminate()
        process.wait()
    return statistics.median(disk), statistics.median(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--hugo", default="hugo")
    args = parser.parse_args()
    lyceum = str(Path(args.lyceum).resolve())

    with tempfile.TemporaryDirectory() as folder:
        site = corpus(Path(folder, "ours"), args.pages)
        rows = list(rebuilds("Lyceum", [lyceum, "build", "--quiet"], site, site / "themes/bench/templates/page.html", args.runs))
        disk, answer = served(lyceum, site, args.runs)
        if shutil.which(args.hugo):
            theirs = corpus(Path(folder, "hugo"), args.pages, "hugo")
            command = [str(Path(shutil.which(args.hugo)).resolve()), "--quiet"]
            rows += rebuilds("Hugo", command, theirs, theirs / "layouts/page.html", args.runs)
    print(f"{args.pages:,} pages, median of {args.runs}, {machine()}.\n")
    print(table(["`build` again", "", "wall ms", "CPU ms", "peak MiB"], rows))
    print()
    print(table(["`serve`, one body saved", "ms"], [["to bytes on disk", f"{disk:.0f}"], ["to bytes over HTTP", f"{answer:.0f}"]]))


if __name__ == "__main__":
    main()
