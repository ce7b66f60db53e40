#!/usr/bin/env python3
"""Whether time and memory grow no faster than the site: each row is one way to be large, beside half of it.

    benches/peers/lines.py [--runs 3] [--scale 1.0] [--lyceum target/release/lyceum]

`--scale 0.1` is a tenth of everything, to see that it runs. The last column is the wall time of the whole over that of
the half: 2 is a line.
"""
import argparse
import tempfile
from pathlib import Path

from measure import corpus, fresh, machine, medians, table


def ways(scale):
    """What is large, and the pages and options of the whole and of the half."""
    def of(n):
        return max(2, int(n * scale))

    def huge(n):
        return max(1, round(n * scale))

    yield "5,000 tags", [(of(n), ["--tags", str(of(n))]) for n in (5_000, 2_500)]
    yield "a tag on every page", [(of(n), ["--everywhere"]) for n in (10_000, 5_000)]
    yield "one section of 50,000 pages", [(of(n), ["--one-section"]) for n in (50_000, 25_000)]
    yield "one page of 10 MiB", [(1, ["--huge", str(huge(n))]) for n in (10, 5)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    args = parser.parse_args()
    command = [str(Path(args.lyceum).resolve()), "build", "--quiet"]

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, sizes in ways(args.scale):
            middle = []
            for pages, options in sizes:
                site = corpus(Path(tempfile.mkdtemp(dir=folder), "site"), pages, "ours", *options)
                middle.append(medians([fresh(command, site, ["dist", ".lyceum"]) for _ in range(args.runs)]))
            (wall, cpu, peak), (half, _, half_peak) = middle
            rows.append([what, f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", f"{half:.2f}", f"{half_peak:.0f}", f"{wall / half:.2f}"])
    print(f"Median of {args.runs} runs, {machine()}" + (f", at {args.scale} of the sizes.\n" if args.scale != 1 else ".\n"))
    print(table(["", "wall s", "CPU s", "peak MiB", "half: wall s", "half: peak MiB", "whole / half"], rows))


if __name__ == "__main__":
    main()
