"""Training, against plain PyTorch of the usual kind (``benchmarks/reference``), in turns in the same process.

python -m benchmarks.speed.training [--ptb-xl FOLDER] [--runs N]
python -m benchmarks.speed.training --to-auc [--case shipped] [--ptb-xl FOLDER] [--seeds N]    # to the same AUC

Every number of threads and instruction set has a process of its own. Ours is ``mvkt train`` with a recipe, as a user
calls it: the time of a step is from one batch to the next, with the data on the way to the networks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from benchmarks.speed.recordings import corpus
from benchmarks.speed.rows import Row, beside, finish, parser
from benchmarks.speed.transfers import CASES, Speeds, ours, usual

from mvkt.processes import processors

PART = "training"
AVX2 = "AVX2"
GOAL_AMX, GOAL = 8.0, 2.0


@dataclass(frozen=True)
class Machine:
    """One way to run: threads, and which instructions oneDNN may use ("" for all that there are)."""

    threads: int
    instructions: str = ""

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.threads} thread{'s' * (self.threads > 1)}, {self.instructions or native()}"

    @property
    def goal(self) -> float:
        """How many times faster the whole transfer should be."""
        return GOAL_AMX if not self.instructions and native() == "AMX" else GOAL


def native() -> str:
    """The best that the processor has for convolutions."""
    cpu = torch.cpu
    for name, there in (("AMX", cpu._is_amx_tile_supported), ("AVX-512 BF16", cpu._is_avx512_bf16_supported)):
        if there():
            return name
    return "AVX-512" if cpu._is_avx512_supported() else AVX2


def measure(ptb_xl: Path | None, runs: int) -> list[Row]:
    """All rows of this part: a process for each way to run and each case."""
    rows = []
    for name, case in CASES.items():
        for machine in (Machine(t, i) for t in dict.fromkeys((1, min(2, processors()))) for i in ("", AVX2)):
            if (case.slow and (machine.threads == 1 or machine.instructions)) or (case.real and ptb_xl is None):
                continue
            pairs = in_child(name, machine, ptb_xl, runs)
            rows += rows_of(f"{case.title}, {machine.name}", pairs, case.epochs, machine.goal)
    return rows


def in_child(name: str, machine: Machine, ptb_xl: Path | None, runs: int) -> list[tuple[Speeds, Speeds]]:
    """Measure in a process that knows from its beginning how many threads it has and what oneDNN may use."""
    variables = {"OMP_NUM_THREADS": str(machine.threads)}
    if machine.instructions:
        variables["ONEDNN_MAX_CPU_ISA"] = machine.instructions
    command = [sys.executable, "-m", "benchmarks.speed.training", "--case", name, "--runs", str(runs)]
    command += ["--ptb-xl", str(ptb_xl)] if ptb_xl else []
    done = subprocess.run(  # noqa: S603 - this file
        command, env=os.environ | variables, check=True, capture_output=True, text=True
    )
    return [(Speeds(**a), Speeds(**b)) for a, b in json.loads(done.stdout.splitlines()[-1])]


def child(name: str, ptb_xl: Path | None, runs: int) -> list[tuple[Speeds, Speeds]]:
    """What a process measures: ours and the usual kind in turns."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    case = CASES[name]
    # "auto" looks at the processor itself, not at what ONEDNN_MAX_CPU_ISA leaves of it.
    precision = "float32" if "ONEDNN_MAX_CPU_ISA" in os.environ else "auto"
    with corpus(ptb_xl, case.records) as (prepared, task):
        return [(ours(case, prepared, task, precision), usual(case, prepared, task)) for _ in range(runs)]


def rows_of(what: str, pairs: Sequence[tuple[Speeds, Speeds]], epochs: int, goal: float) -> list[Row]:
    """Steps of teacher and student, and what a whole transfer would take."""
    made = []
    for role in ("teacher", "student"):
        first, second = ([getattr(speeds, role) for speeds in side] for side in zip(*pairs, strict=True))
        made.append(beside(PART, f"{role} step, {what}", first, second, "records/s"))
    first, second = ([speeds.transfer(epochs) for speeds in side] for side in zip(*pairs, strict=True))
    title = f"teacher and student, {epochs} epochs each, {what}"
    unit = "ms a training record"
    return [*made, beside(PART, title, first, second, unit, at_least=goal, smaller_is_better=True)]


def main() -> None:
    options = parser(__doc__)
    options.add_argument(
        "--case", choices=list(CASES), help="measure one case in this process and print JSON, or train it"
    )
    options.add_argument(
        "--to-auc", action="store_true", help="train both to the same validation AUC; half an hour for --case shipped"
    )
    options.add_argument("--seeds", type=int, default=3, help="of --to-auc (3)")
    options.add_argument("--out", type=Path, help="where --to-auc writes what it measured, as Markdown")
    chosen = options.parse_args()
    if chosen.to_auc:
        to_auc(chosen)
    elif chosen.case:
        pairs = child(chosen.case, chosen.ptb_xl, chosen.runs)
        print(json.dumps([(asdict(a), asdict(b)) for a, b in pairs]))
    else:
        finish(measure(chosen.ptb_xl, chosen.runs), chosen)


def to_auc(chosen: Namespace) -> None:
    """Train both to the end, and compare when they reach what both reach."""
    from benchmarks.speed.to_auc import compare, document, to_the_same

    case = CASES[chosen.case or "resnet1d"]
    pairs = compare(case, chosen.ptb_xl, range(chosen.seeds))
    goal = Machine(torch.get_num_threads()).goal
    seconds = [to_the_same(pair) for pair in pairs]
    what = f"whole transfer to the same validation AUC, {case.title}, {len(pairs)} seeds"
    ours, theirs = zip(*seconds, strict=True)
    row = beside(PART, what, ours, theirs, "s", at_least=goal, smaller_is_better=True)
    finish([row], chosen)
    shown = " --ptb-xl ptb-xl" if chosen.ptb_xl else ""  # wherever it is
    command = (
        f"python -m benchmarks.speed.training --to-auc --case {chosen.case or 'resnet1d'} --seeds {chosen.seeds}{shown}"
    )
    text = document(case.title, pairs, row, command)
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
