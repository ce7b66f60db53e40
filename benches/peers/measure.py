"""What the scripts beside this one share: a corpus, a command run to its end with what it cost, tables."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GENERATOR = Path(__file__).with_name("gen_corpus.py")


def corpus(folder, pages, flavor="ours", *options):
    """A new site of `pages` pages in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, GENERATOR, "--pages", str(pages), "--out", folder, "--flavor", flavor, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Path(folder)


def run(command, folder, env=None):
    """Wall seconds, CPU seconds and peak MiB of a command and its children; the peak is that of the largest one."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    words = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}: not every page was built\n{words.decode()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def fresh(command, folder, leavings):
    """`run` without what an earlier run left. That is moved out of the way, not deleted: for five minutes ext4 looks long
    for an inode when many have been freed, and the time would be the file system's. So nothing is deleted before the end.
    What was written before is on the disk first: a run pays for its own files alone."""
    for name in leavings:
        if (folder / name).exists():
            (folder / name).rename(Path(tempfile.mkdtemp(dir=folder.parent, prefix="before-")) / name.lstrip("."))
    os.sync()
    return run(command, folder)


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def machine():
    return f"{os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}"


def table(head, rows):
    """A Markdown table; the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])
