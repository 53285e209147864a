"""A whole study in a call: train what is missing, read the folds of the comparison, write the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mvkt.corpora.corpus import Corpus
from mvkt.errors import TrainingError
from mvkt.ray_cluster import Engine
from mvkt.study.cells import make_tables
from mvkt.study.execution.job_queue import Job
from mvkt.study.execution.progress import Monitor, State
from mvkt.study.execution.run_study import run_study
from mvkt.study.report.study_report import write_report
from mvkt.study.results.study_result import StudyResult
from mvkt.study.study import find_study, load_study
from mvkt.study.study_folder import CellResult


class StudyOutcome(NamedTuple):
    """What came of a study.

    Attributes:
        results: Of each table of the study: one, or one for each of its tasks and views.
        folders: Where the files of each table are: ``study.html``, ``study.json``, ``table.md``, ``table.tex``.
        failed: Cells that failed; the others are in the results all the same.
    """

    results: tuple[StudyResult, ...]
    folders: tuple[Path, ...]
    failed: tuple[CellResult, ...]


class SilentMonitor:
    """A monitor that shows nothing."""

    def begin(self, state: State) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""

    def finished(self, job: Job, result: Mapping[str, Any]) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""

    def failed(self, job: Job, error: str) -> None:
        """See :class:`mvkt.study.execution.progress.Monitor`."""


def compare_methods(
    study: str | Path,
    corpus: Corpus | str | Path,
    out: str | Path,
    *,
    unlabelled: Sequence[Corpus | str | Path] = (),
    jobs: int | None = None,
    methods: Collection[str] = (),
    monitor: Monitor | None = None,
    engine: Engine = "processes",
) -> StudyOutcome:
    """Train the methods of a study, compare them in pairs, and write the report; ``mvkt.study`` in Python.

    What is in the folder already is kept: the same call goes on with a study that was stopped.

    Args:
        study: A TOML file, or the name of a study that comes with mvkt (``mvkt list studies``).
        corpus: A prepared corpus, its folder, or its URL.
        out: The folder of the study.
        unlabelled: Further corpora, or their places, for the methods that learn from recordings without labels.
        jobs: Networks trained at the same time; by default one for each core.
        methods: Only these; none for all.
        monitor: Shows the progress; by default nothing is shown.
        engine: ``processes`` of this machine, or tasks of ``ray``; the results are the same.

    Returns:
        The results, one for each task and view of the study, their folders, and the cells that failed.

    Raises:
        RecipeError: The study has faults, or does not fit the corpus; all faults are in the message.
        CorpusError: There is no such corpus.
        TrainingError: Another process is at work in the folder, or no cell could be finished.
        MissingExtraError: Ray is to be used and is not installed.
    """
    loaded = load_study(find_study(str(study)))
    opened, *others = (given if isinstance(given, Corpus) else Corpus.open(given) for given in (corpus, *unlabelled))
    tables = make_tables(loaded, opened, Path(out), others)
    failed = run_study(tables, opened, Path(out), monitor or SilentMonitor(), jobs=jobs, methods=methods, engine=engine)
    folders = tuple(table.folder for table in tables)
    try:
        results = tuple(write_report(folder) for folder in folders)
    except TrainingError as error:
        if not failed:
            raise
        reasons = "; ".join(dict.fromkeys(cell.error for cell in failed))
        raise TrainingError(f"{error}; {len(failed)} cell(s) failed: {reasons}") from error
    return StudyOutcome(results, folders, tuple(failed))
