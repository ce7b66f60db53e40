#!/usr/bin/env python3
"""What a page costs in small sites and in large ones: a build from nothing, and one in which nothing has changed.

    benches/peers/growth.py [--pages 10000,50000,100000] [--runs 3] [--lyceum target/release/lyceum]

The last two columns are wall time and peak memory of a page, over those in the smallest site: 1 is a line through nothing.
A site of 100,000 pages takes some 8 GB of disk, and as much again for each further run.
"""
import argparse
import tempfile
import time
from pathlib import Path

from measure import corpus, fresh, machine, medians, run, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pages", default="10000,50000,100000", help="sizes, the smallest first")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    args = parser.parse_args()
    command = [str(Path(args.lyceum).resolve()), "build", "--quiet"]

    rows, first = [], None
    with tempfile.TemporaryDirectory() as folder:
        for pages in map(int, args.pages.split(",")):
            site = corpus(Path(folder, str(pages), "site"), pages)
            # What has changed in the last two seconds is read once more.
            time.sleep(2)
            wall, cpu, peak = medians([fresh(command, site, ["dist", ".lyceum"]) for _ in range(args.runs)])
            again, _, again_peak = medians([run(command, site) for _ in range(args.runs)])
            page = (wall / pages, peak / pages)
            first = first or page
            rows.append([f"{pages:,}", f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", f"{again * 1000:.0f}", f"{again_peak:.0f}",
                         *(f"{own / of_first:.2f}" for own, of_first in zip(page, first))])
    print(f"Median of {args.runs} runs, {machine()}.\n")
    print(table(["pages", "wall s", "CPU s", "peak MiB", "again: wall ms", "again: peak MiB", "wall a page", "peak a page"], rows))


if __name__ == "__main__":
    main()
