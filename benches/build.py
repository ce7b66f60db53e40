#!/usr/bin/env python3
"""Builds the same corpus with Lyceum and with Hugo, in turn, and prints medians and their ratios.

    benches/build.py --corpus gen_corpus.py --pages 10000 --hugo hugo [--lyceum target/release/lyceum] [--runs 5]

`gen_corpus.py` writes a site of a given size in the flavour of each generator, with equal bodies; it is not part of
this repository. Every run starts without an output folder. Wall and CPU seconds and the peak of resident memory
are the operating system's own figures of the finished process.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SITE = 'title = "Bench"\nbase_url = "https://example.org/"\n'


def generate(corpus, flavor, pages, folder):
    subprocess.run([sys.executable, corpus, "--pages", str(pages), "--out", folder, "--flavor", flavor],
                   check=True, stdout=subprocess.DEVNULL)
    if flavor == "ours":
        (folder / "site.toml").write_text(SITE)
        for page in (folder / "content").rglob("*.md"):
            text = page.read_text()
            free = with_free_notes(text)
            if free != text:
                page.write_text(free)


def with_free_notes(text):
    """Footnotes defined in a gated part and used outside it are faults, and the page would be left out: the
    definitions go to the beginning."""
    if "<!-- members -->" not in text and "\naccess:" not in text:
        return text
    gate = re.search(r"(?<=\n---\n)", text)
    notes = re.findall(r"^\[\^\d+\]: .*\n?", text[gate.end():], re.M)
    if not notes:
        return text
    rest = re.sub(r"^\[\^\d+\]: .*\n?", "", text[gate.end():], flags=re.M)
    return text[:gate.start()] + "\n" + "".join(f"{note.strip()}\n\n" for note in notes) + rest


def run(command, folder, out):
    """Wall seconds, CPU seconds and peak MiB of one command run to its end."""
    for name in out:
        shutil.rmtree(folder / name, ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}: not every page was built")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hugo", default="hugo")
    parser.add_argument("--lyceum", default="target/release/lyceum")
    args = parser.parse_args()
    lyceum = str(Path(args.lyceum).resolve())

    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "hugo")
        generate(args.corpus, "ours", args.pages, ours)
        generate(args.corpus, "hugo", args.pages, theirs)
        commands = {
            "Lyceum": ([lyceum, "build", "--quiet"], ours, ["dist", ".lyceum"]),
            "Hugo": ([args.hugo, "--quiet"], theirs, ["public", "resources", ".hugo_build.lock"]),
        }
        figures = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, command in commands.items():
                figures[name].append(run(*command))
        middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
        print(f"{args.pages} pages, median of {args.runs} runs in turn, {os.cpu_count()} cores\n")
        print("| | wall s | CPU s | peak MiB |\n|---|---:|---:|---:|")
        for name, (wall, cpu, peak) in middle.items():
            print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} |")
        print("| Hugo / Lyceum | " + " | ".join(f"{b / a:.1f}x" for a, b in zip(middle["Lyceum"], middle["Hugo"])) + " |")


if __name__ == "__main__":
    main()
