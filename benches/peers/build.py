#!/usr/bin/env python3
"""Builds one corpus with Lyceum and with its peers, in turn and from nothing, and prints medians and their ratios.

    benches/peers/build.py --pages 1000,10000 --runs 3 [--lyceum target/release/lyceum] [--chart FILE.svg]
                           [--hugo hugo] [--zola zola] [--eleventy FOLDER]

A peer that is not on the machine is left out. `--eleventy` is a folder in which `npm install` has been run for the
`package.json` that `gen_corpus.py --flavor eleventy` writes. Every run starts without an output folder and without a
cache. Wall and CPU seconds and the peak of resident memory are the operating system's own figures of the finished
process. A run counts only if it ended without an error.
"""
import argparse
import shutil
import tempfile
from pathlib import Path

import chart
from measure import corpus, fresh, machine, medians, table

OURS = ["dist", ".lyceum"]


def contestants(args):
    """Name, flavour, options of the generator, command, and what a run leaves."""
    lyceum = [str(Path(args.lyceum).resolve()), "build", "--quiet"]
    yield "Lyceum", "ours", [], lyceum, OURS
    yield "Lyceum, default theme", "ours", ["--theme", "default"], lyceum, OURS
    if shutil.which(args.hugo):
        command = [str(Path(shutil.which(args.hugo)).resolve()), "--quiet"]
        yield "Hugo", "hugo", [], command, ["public", "resources"]
    if shutil.which(args.zola):
        yield "Zola", "zola", [], [shutil.which(args.zola), "build"], ["public"]
    if args.eleventy:
        yield "Eleventy", "eleventy", [], ["npx", "eleventy", "--quiet"], ["public"]


def compare(args, pages, folder):
    """Medians by name, of runs in turn."""
    entries = []
    for n, (name, flavor, options, command, leavings) in enumerate(contestants(args)):
        site = corpus(folder / str(n), pages, flavor, *options)
        if flavor == "eleventy":
            (site / "node_modules").symlink_to(Path(args.eleventy, "node_modules").resolve())
        entries.append((name, command, site, leavings))
    figures = {name: [] for name, *_ in entries}
    for _ in range(args.runs):
        for name, command, site, leavings in entries:
            figures[name].append(fresh(command, site, leavings))
    return {name: medians(rows) for name, rows in figures.items()}


def rows_of(pages, middle):
    ours = middle["Lyceum"]
    for name, (wall, cpu, peak) in middle.items():
        yield [f"{pages:,}", name, f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", *(f"{b / a:.1f}x" for a, b in zip(ours, (wall, cpu, peak)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pages", default="1000,10000", help="sizes, such as 1000,10000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lyceum", default="target/release/lyceum")
    parser.add_argument("--hugo", default="hugo")
    parser.add_argument("--zola", default="zola")
    parser.add_argument("--eleventy", metavar="FOLDER")
    parser.add_argument("--chart", type=Path, metavar="FILE")
    args = parser.parse_args()

    rows, bars = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for pages in map(int, args.pages.split(",")):
            middle = compare(args, pages, Path(folder, str(pages)))
            rows += rows_of(pages, middle)
            bars[f"{pages:,} pages"] = {name: wall for name, (wall, _, _) in middle.items()}
    print(f"Median of {args.runs} runs in turn, {machine()}.\n")
    print(table(["pages", "", "wall s", "CPU s", "peak MiB", "wall", "CPU", "peak"], rows))
    if args.chart:
        args.chart.write_text(chart.bars("Seconds for a build from nothing", bars, "s"), encoding="utf-8")


if __name__ == "__main__":
    main()
