"""All benchmarks in one table: what `make bench` does.

python -m benchmarks.speed.run [--ptb-xl FOLDER] [--before FOLDER] [--out FILE] [--runs N] [--parts training ...]

Each part is a script of its own (``python -m benchmarks.speed.training``) and runs in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.machine import describe, listed
from benchmarks.speed.rows import RUNS, Row, read, table

ROOT = Path(__file__).parents[2]
PARTS = ("training", "preparing", "diagnosing", "growth")
NETWORKS = ("inference", "--only", "shipped")
"""The student by itself: this script has a table of its own; without ``--only`` it takes minutes."""

INTRODUCTION = """\
# Speed

Written by `make bench`, which takes under 20 minutes on 2 idle cores; each part also runs alone. Ours and its peer are
measured in the same run and in turns (A B A B ...). Every figure is the median of {runs} runs. In brackets is the
range: of the ratio where there is a peer, else of the figure. A ratio is how many times better ours is.
"""

EXPLANATION = """\
## What is compared

- **Training**: ours is the run of `mvkt train` by a recipe (data, augmentation, teacher, losses, optimiser); the peer
  is plain PyTorch from the paper's description, `benchmarks/reference`: the same networks as `Conv1d` in float32,
  records altered one at a time in a `Dataset`, the teacher run again in every step. Its losses and networks equal ours
  (`tests/benchmarks/reference`). AVX2 is `ONEDNN_MAX_CPU_ISA=AVX2`, with float32 as such a processor would choose.
  "Teacher and student" is computed from the steps of the same run: epochs of both, and what is done once.
  "The networks of the shipped recipe" are smaller than the peer's and run their teacher once. Whether they are as good,
  and what the whole transfer takes to the same validation AUC: [speed-to-auc.md](speed-to-auc.md), half an hour.
- **Preparing**: the peer is a loop over `wfdb.rdrecord` with the same band-pass by scipy, over some of the records.
- **Diagnosing**: with the student `lead-I`. The Holter is short recordings joined in random order, in WFDB format 16;
  each run is a new process with the student open. Memory is what no mapped file takes. The peer of a day reads it with
  wfdb, filters it by scipy (0.5 to 40 Hz) and finds its beats with SleepECG (BSD licence, only for this comparison).
- **Growth**: exponent 1 is a straight line through zero, 0 does not grow; R² is that of the best straight line.
"""


def document(
    facts: Mapping[str, str],
    rows: Sequence[Row],
    networks: str,
    commands: Sequence[str],
    runs: int,
    before_after: str = "",
) -> str:
    """docs/results/speed.md."""
    missed = [row for row in rows if row.met is False]
    promised = [row for row in rows if row.met is not None]
    lines = [f"- {row.what}: {row.ours}{_ratio(row)}; goal {row.goal}" for row in missed]
    parts = [
        INTRODUCTION.format(runs=runs),
        f"## Machine\n\n{listed(facts)}\n",
        "## Commands\n\n```sh\n" + "\n".join(commands) + "\n```\n",
        "## Results\n\n" + table(rows) + "\n",
        f"## Goals\n\n{len(promised) - len(missed)} of {len(promised)} are met on this machine.\n"
        + ("\nMissed:\n\n" + "\n".join(lines) + "\n" if missed else ""),
        EXPLANATION,
    ]
    if networks:
        command = f"python -m benchmarks.speed.{' '.join(NETWORKS)}"
        parts.append(f"## The student's network by itself\n\n`{command}`\n\n{networks.strip()}\n")
    if before_after:
        parts.append(f"## Before and after\n\n{before_after.strip()}\n")
    return "\n".join(parts)


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f", {row.ratio:.1f} times the peer"


def measure(part: str, options: Sequence[str]) -> list[Row]:
    """Run a part; its table is shown as it comes."""
    with TemporaryDirectory() as folder:
        result = Path(folder) / "rows.json"
        command = [sys.executable, "-m", f"benchmarks.speed.{part}", *options, "--json", str(result)]
        subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - a module of this folder
        return read(result)


def networks_alone() -> str:
    """The table that the networks' own script prints."""
    script, *options = NETWORKS
    command = [sys.executable, "-m", f"benchmarks.speed.{script}", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout  # noqa: S603


def beside_before(before: Path) -> str:
    """The table of an earlier checkout beside this one, with its command."""
    command = [sys.executable, "-m", "benchmarks.speed.before_after", str(before.resolve()), str(ROOT)]
    made = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout  # noqa: S603
    commit = ["git", "-C", str(before), "rev-parse", "--short", "HEAD"]
    name = subprocess.run(commit, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    alone = "`python -m benchmarks.speed.before_after before .`"
    return f"Commit {name} beside this one: `make bench BEFORE=before`, or\n{alone}\n\n{made}"


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ptb-xl", type=Path, help="recordings in the layout of PTB-XL; without, simulated ones")
    parser.add_argument("--before", type=Path, help="an earlier checkout, to be measured in turns with this one")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "speed.md", help="what to write")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how often each is measured ({RUNS})")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="only some of them; nothing is written"
    )
    chosen = parser.parse_args()
    real = chosen.ptb_xl is not None and chosen.ptb_xl.is_dir()
    options = ["--runs", str(chosen.runs), *(["--ptb-xl", str(chosen.ptb_xl)] if real else [])]
    rows: list[Row] = []
    for part in chosen.parts:
        started = time.monotonic()
        rows += measure(part, options)
        print(f"{part}: {time.monotonic() - started:.0f} s\n", file=sys.stderr)
    print(table(rows))
    if tuple(chosen.parts) != PARTS:
        return
    shown = " --ptb-xl ptb-xl" if real else ""  # wherever it is
    commands = ["make bench" + (" PTB_XL=ptb-xl" if real else "")]
    commands += [f"python -m benchmarks.speed.{part} --runs {chosen.runs}{shown}" for part in PARTS]
    compared = beside_before(chosen.before) if chosen.before else ""
    text = document(describe(), rows, networks_alone(), commands, chosen.runs, compared)
    chosen.out.write_text(text, encoding="utf-8")
    print(f"wrote {chosen.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
