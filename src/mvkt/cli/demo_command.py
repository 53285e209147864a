"""``mvkt demo``: the whole way, from recordings to a diagnosis."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, progress, results
from mvkt.errors import OutputFolderError

if TYPE_CHECKING:
    from mvkt.corpora.corpus import Corpus
    from mvkt.evaluation.result import RunResult

_RECIPE, _SIMULATED_RECIPE = "demo", "few-labels"
_RECORDS = 5_000
_SIMULATED_CLASSES = ("AMI", "IMI", "NORM", "STD")
"""What twelve leads show clearly and lead I faintly: infarctions of two walls, and ST depression."""

_LEFT_BEHIND = {"corpus", "run", "recording.csv"}
_PREFERRED_TASKS = ("conditions", "superdiagnostic")


@click.command()
@corpus_option("Prepared corpus to use instead of simulated recordings.", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to work in."
)
@click.option("--overwrite", is_flag=True, help="Remove what an earlier demo left in the folder.")
@json_option
def demo(corpus_place: str | None, out: Path, overwrite: bool, as_json: bool) -> None:
    """Train teacher, baseline and student, and diagnose a recording that none of them has seen.

    Without --corpus the recordings are simulated, and few of them have labels: the teacher sees 12 leads, and what it
    finds in the others is worth more to the student than the few labels alone. It takes one to three minutes and ends
    with a report, a bundle and a diagnosis.

    \b
    Examples:
      mvkt demo
      mvkt demo --corpus corpus --out ptbxl-demo
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.worth import DISCLAIMER
    from mvkt.cli import train_command
    from mvkt.cli.diagnosis_text import block
    from mvkt.corpora.corpus import Corpus
    from mvkt.diagnosis.diagnoser import load
    from mvkt.ecg.formats import read

    _make_room(out, overwrite)
    if corpus_place:
        corpus = Corpus.open(corpus_place)
        recipe, changes = _RECIPE, [f"task={_task(corpus)}"]
    else:
        corpus = _simulate(out / "corpus")
        recipe, changes = _SIMULATED_RECIPE, [f"classes={list(_SIMULATED_CLASSES)}"]
    result = train_command.run(recipe, corpus, out / "run", changes=changes)
    recording = out / "recording.csv"
    labels = write_recording(corpus, result, recording)
    diagnosis = load(out / "run" / "bundle").diagnose(read(recording))
    if as_json:
        emit({"result": result, "recording": str(recording), "labels": labels, "diagnosis": diagnosis}, as_json)
        return
    results().print(train_command.view(result, out / "run"), "")
    results().print(block(str(recording), (diagnosis,)))
    results().print(f"Its labels: {', '.join(labels)}. It is of a test fold: nothing was trained or chosen on it.")
    results().print(DISCLAIMER, style="italic")
    results().print(f"\nReport:    {out / 'run' / 'report.html'}", soft_wrap=True)
    results().print(f"Try next:  mvkt diagnose YOUR-RECORDING --bundle {out / 'run' / 'bundle'}", soft_wrap=True)


def write_recording(corpus: Corpus, result: RunResult, path: Path) -> tuple[str, ...]:
    """Write the student's lead of the first test record with a disease that it knows, as a watch would export it.

    Returns:
        The titles of its true labels.
    """
    from mvkt.ecg.signal import MISSING
    from mvkt.files import write_text

    targets = corpus.targets(result.task)
    diseases = [column for column, code in enumerate(targets.classes) if code in result.classes and code != "NORM"]
    test = corpus.rows(result.split["test"])
    diseased = [row for row in test if targets.labelled[row] and targets.matrix[row, diseases].any()]
    row = (diseased or list(test))[0]
    view = result.models.student.view
    microvolts = corpus.select([row], view)[0, 0]
    header = f"Sample Rate,{corpus.signal.sampling_frequency:g} hertz\n\n\nLead,Lead {view}\nUnit,µV\n\n"
    samples = "".join(f"{value}\n" for value in microvolts[microvolts != MISSING])
    write_text(path, header + samples)
    return tuple(targets.titles[code] for code, has in zip(targets.classes, targets.matrix[row], strict=True) if has)


def _simulate(path: Path) -> Corpus:
    from mvkt.corpora.prepare import prepare
    from mvkt.corpora.sources.simulated import Simulated

    with progress("simulating") as update:
        return prepare(Simulated(records=_RECORDS, clear=True), path, progress=update)


def _task(corpus: Corpus) -> str:
    tasks = corpus.manifest.tasks
    return next((task for task in _PREFERRED_TASKS if task in tasks), next(iter(tasks)))


def _make_room(out: Path, overwrite: bool) -> None:
    """Make the folder; remove an earlier demo only with --overwrite, and nothing else."""
    inside = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if inside and not (overwrite and inside <= _LEFT_BEHIND):
        raise OutputFolderError(f"{out} is not empty; choose another folder with --out, or --overwrite an earlier demo")
    if inside:
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
