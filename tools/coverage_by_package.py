"""Print what the tests of the last `make coverage` reached: each package, then what is missing.

A line such as `bookings/occupancy.py  33, 40-42, 51->54` names lines that no test ran, and jumps
from one line to another that no test took; `51->exit` is the end of the function.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

Files = dict[str, dict[str, Any]]


def main() -> int:
    """Print the table from the data file that pytest-cov left."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr or done.stdout)
        return done.returncode
    print("\n".join(table(json.loads(done.stdout)["files"])))
    return 0


def table(files: Files) -> Iterator[str]:
    """Yield the lines of the report for `files` as `coverage json` describes them."""
    packages: dict[str, Files] = defaultdict(dict)
    for path, file in sorted(files.items()):
        _, *inside = PurePath(path).parts
        packages[inside[0] if len(inside) > 1 else "(top)"]["/".join(inside)] = file
    for name, members in packages.items():
        yield f"{name:14} {share(members):>4}"
        for path, file in members.items():
            if missing := [*line_ranges(file["missing_lines"]), *jumps(file)]:
                yield f"    {path:44} {', '.join(missing)}"
    yield f"{'all':14} {share(files):>4}"


def share(files: Files) -> str:
    """Return which part of all lines and branches was reached, rounded down: 100% means all."""
    summaries = [file["summary"] for file in files.values()]
    there = sum(one["num_statements"] + one["num_branches"] for one in summaries)
    reached = sum(one["covered_lines"] + one["covered_branches"] for one in summaries)
    return f"{100 * reached // there if there else 100}%"


def line_ranges(lines: Sequence[int]) -> list[str]:
    """Return numbers of lines as ranges: 1, 2, 3, 7 as 1-3, 7."""
    if not lines:
        return []
    gaps = [(a, b) for a, b in pairwise(lines) if b > a + 1]
    starts = [lines[0], *(b for _, b in gaps)]
    ends = [*(a for a, _ in gaps), lines[-1]]
    return [f"{a}-{b}" if b > a else f"{a}" for a, b in zip(starts, ends, strict=True)]


def jumps(file: dict[str, Any]) -> Iterator[str]:
    """Yield the jumps that no test took, between lines that tests reached."""
    unreached = set(file["missing_lines"])
    for a, b in file["missing_branches"]:
        if a not in unreached and b not in unreached:
            yield f"{a}->{'exit' if b < 0 else b}"


if __name__ == "__main__":
    sys.exit(main())
