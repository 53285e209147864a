"""From an archive to a student: prepare, run the teacher once, train, measure; ``mvkt.transfer`` in Python."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import LeadError, RecipeError, ResultError, TrainingError
from mvkt.evaluation.npz_arrays import load_arrays
from mvkt.evaluation.result import RunResult
from mvkt.files import atomic_write
from mvkt.training.archive_corpus import archive_corpus, fits, joined_view, left_out
from mvkt.training.outside_plan import outside_plan, require_learnable
from mvkt.training.own import student_of_archive
from mvkt.training.reporter import Reporter, SilentReporter
from mvkt.training.run import train_plan
from mvkt.training.run_folder import RECIPE_FILE, require_free
from mvkt.training.teachers.find_teacher import find_teacher
from mvkt.training.teachers.outside_teacher import OutsideTeacher, TeacherOutputs

CORPUS_FOLDER = "corpus"
OUTPUTS_FILE = "teacher.npz"
_TEACHER_CORPUS = ".teacher-corpus"
_CUT = ("window_seconds", "hop_seconds")
_REPORTS = 10


def transfer_archive(
    archive: str | Path,
    out: str | Path,
    *,
    view: str,
    teacher: str | Path = "12-lead",
    labels: str | Path | None = None,
    changes: Sequence[str] = (),
    resume: bool = False,
    workers: int | None = None,
    reporter: Reporter | None = None,
) -> RunResult:
    """Train a student of few leads from recordings of many leads, without labels, by what a teacher finds in them.

    Args:
        archive: A folder of recordings in any format that is read, or a prepared corpus.
        out: The run folder; must not exist unless ``resume``. The bundle is in ``out/bundle``.
        view: Leads of the student: ``I``, ``I+II``, or a channel of a device that was recorded with the other leads.
        teacher: A bundle (name in the box, folder, address), folder of a finished run, an ONNX network with its
            declaration beside it, or a Parquet or CSV table of logits.
        labels: A table of labels of some recordings.
        changes: ``key=value`` with dotted keys, such as ``student.training.epochs=5``.
        resume: Go on with a run that was stopped.
        workers: Processes that prepare recordings; by default one for each processor.
        reporter: Shows the progress; by default nothing is shown.

    Returns:
        What the student is worth; without labels, how well it agrees with the teacher.

    Raises:
        CorpusError: The archive or its table cannot be used.
        RecipeError: The changes have faults, or the teacher finds nothing that can be learned.
        BundleError: The teacher is a bundle that is missing or damaged.
        TrainingError: The folder is taken or belongs to another run, the teacher cannot be used, or it learned from
            this very corpus.
        LeadError: The view is none.
    """
    reporter, out = reporter or SilentReporter(), Path(out)
    require_free(out, resume)
    _require_own(out)
    view_leads(view)
    is_new = not out.exists()
    opened = find_teacher(teacher)
    table = None if labels is None else Path(labels)
    corpus = archive_corpus(
        Path(archive), out / CORPUS_FOLDER, joined_view(view, opened.facts.view), SignalSpec(), table, workers
    )
    _check_corpus(corpus, opened, view)
    for line in (*left_out(corpus), *corpus.manifest.warnings):
        reporter.message(line)
    chosen = student_of_archive(corpus, view, opened.facts.task, changes)
    try:
        require_learnable(chosen.recipe, corpus)
    except RecipeError:
        if is_new:
            shutil.rmtree(out, ignore_errors=True)
        raise
    outputs = _outputs(opened, corpus, Path(archive), out, workers, reporter)
    plan = outside_plan(chosen.recipe, corpus, outputs)
    for line in chosen.choices:
        reporter.message(line)
    missing = int((~outputs.known).any(axis=1).sum())
    if missing:
        reporter.message(f"the teacher gives nothing, or not everything, for {missing:,} of {len(corpus):,} windows")
    return train_plan(plan, out, reporter, resume=True)


def _require_own(out: Path) -> None:
    """Refuse to go on in a folder of something else; what a run leaves when it is stopped early is hidden."""
    visible = [path.name for path in out.iterdir() if not path.name.startswith(".")] if out.exists() else []
    if visible and not {RECIPE_FILE, CORPUS_FOLDER, OUTPUTS_FILE} & {*visible}:
        raise TrainingError(f"{out} holds {visible[0]} and no run to go on with; choose another folder")


def _check_corpus(corpus: Corpus, teacher: OutsideTeacher, view: str) -> None:
    if corpus.manifest.signals_checksum == teacher.facts.corpus_checksum:
        raise TrainingError(
            f"{corpus.path} is the corpus that the teacher {teacher.facts.name} learned from and was tested on: what "
            "it gives there measures nothing; for its part without labels, see the recipe key unlabelled_folds"
        )
    try:
        corpus.select(np.zeros(1, dtype=np.int64), view)
    except LeadError as error:
        raise TrainingError(f"the student cannot be trained on {corpus.path}: {error}") from error


def _outputs(
    teacher: OutsideTeacher, corpus: Corpus, archive: Path, out: Path, workers: int | None, reporter: Reporter
) -> TeacherOutputs:
    """Run the teacher over the corpus, or read what it gave when the run was begun."""
    path = out / OUTPUTS_FILE
    identity = np.array([teacher.facts.sha256, corpus.manifest.signals_checksum])
    if path.is_file():
        stored = load_arrays(path, ("logits", "identity"))
        if stored["identity"].tolist() != identity.tolist():
            raise ResultError(f"{path} is of another teacher or archive; choose another folder")
        return TeacherOutputs(teacher.facts, stored["logits"].astype(np.float32))
    logits = _run(teacher, corpus, archive, out, workers, reporter)
    with atomic_write(path) as file:
        np.savez_compressed(file, logits=logits, identity=identity)
    return TeacherOutputs(teacher.facts, logits)


def _run(
    teacher: OutsideTeacher, corpus: Corpus, archive: Path, out: Path, workers: int | None, reporter: Reporter
) -> NDArray[np.float32]:
    reported = 0

    def advance(done: int, total: int) -> None:
        nonlocal reported
        if done * _REPORTS // total > reported:
            reported = done * _REPORTS // total
            reporter.message(f"the teacher has seen {done:,} of {total:,} windows")

    if fits(corpus, teacher.facts):
        return teacher.logits(corpus, advance)
    own = out / _TEACHER_CORPUS
    seen = archive_corpus(archive, own, teacher.facts.view, teacher.facts.signal or SignalSpec(), workers=workers)
    if not fits(seen, teacher.facts):
        raise TrainingError(
            f"{archive} was prepared with other leads or signal settings than the teacher {teacher.facts.name} has "
            f"({teacher.facts.view}, {teacher.facts.signal}); give the folder of the recordings instead"
        )
    logits = _carried_over(teacher.logits(seen, advance), seen, corpus)
    shutil.rmtree(own, ignore_errors=True)
    return logits


def _carried_over(logits: NDArray[np.float32], seen: Corpus, corpus: Corpus) -> NDArray[np.float32]:
    """Give the windows of a corpus the logits that the same windows have in another; if cut otherwise, their mean."""
    alike = all(getattr(seen.signal, name) == getattr(corpus.signal, name) for name in _CUT)
    theirs, ours = (_keys(each, by_window=alike) for each in (seen, corpus))
    names, place = np.unique(theirs, return_inverse=True)
    total = np.zeros((len(names), logits.shape[1]), dtype=np.float64)
    np.add.at(total, place, logits)
    means = total / np.bincount(place)[:, np.newaxis]
    made = np.full((len(corpus), logits.shape[1]), np.nan, dtype=np.float32)
    there = np.isin(ours, names)
    made[there] = means[np.searchsorted(names, ours[there])]
    return made


def _keys(corpus: Corpus, *, by_window: bool) -> NDArray[np.str_]:
    if not by_window:
        return corpus.record_id
    return np.array([f"{name}\n{number}" for name, number in zip(corpus.record_id, corpus.window, strict=True)])
