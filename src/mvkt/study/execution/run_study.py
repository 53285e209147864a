"""Running a study: every network once, every cell when its networks are finished.

The folder is the state. Whatever is there and belongs to the study is kept, whatever is missing is made, so that a
study that was stopped or changed goes on with the same call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError, StudyError, TrainingError, hint
from mvkt.processes import processors
from mvkt.ray_cluster import Engine
from mvkt.study.cells import Cell, Table
from mvkt.study.execution.job_queue import CELL, Job, JobQueue
from mvkt.study.execution.lock import locked
from mvkt.study.execution.pool import GONE, Event, Pool
from mvkt.study.execution.progress import Count, Monitor, State, Work
from mvkt.study.execution.ray_pool import RayPool
from mvkt.study.study_folder import (
    CELL_FILE,
    LOGS,
    NETWORKS,
    PLAN_FILE,
    TEST_FILE,
    VALIDATION_FILE,
    CellResult,
    prediction_files,
)
from mvkt.training.checkpoint import Progress, load_progress
from mvkt.training.graph import Node


@dataclass(frozen=True)
class Stock:
    """What a study takes, and what of it is there.

    Attributes:
        cells: All that are requested.
        finished: Keys of the networks that are trained to the end, with how it went.
        cached: Names of the folders of the cells whose predictions are there and up to date.
    """

    cells: tuple[Cell, ...]
    finished: Mapping[str, Progress]
    cached: frozenset[Path]

    @property
    def missing(self) -> tuple[Cell, ...]:
        """Cells whose predictions are not there."""
        return tuple(cell for cell in self.cells if cell.folder not in self.cached)

    def networks(self, method: str | None = None) -> dict[str, Node]:
        """Return the different networks of a method, or of all, by key.

        What is the student of one cell and the teacher of another counts as a teacher.
        """
        found: dict[str, Node] = {}
        for cell in self.cells:
            for node in cell.lineage if method in (None, cell.method) else ():
                if node.key not in found or node is not cell.lineage[-1]:
                    found[node.key] = node
        return found

    @property
    def untrained(self) -> dict[str, tuple[Node, Cell]]:
        """Networks that have to be trained for the missing cells, each with the first cell that needs it."""
        found: dict[str, tuple[Node, Cell]] = {}
        named = self.networks()
        for cell in self.missing:
            for node in cell.lineage:
                if node.key not in self.finished:
                    found.setdefault(node.key, (named[node.key], cell))
        return found


def take_stock(tables: Sequence[Table], out: Path, methods: Collection[str] = ()) -> Stock:
    """Look at what is there.

    Args:
        tables: Of the study.
        out: Its folder.
        methods: Only these; none for all.

    Raises:
        RecipeError: A method is not in the study.
    """
    known = tables[0].plan.methods
    strangers = [method for method in methods if method not in known]
    if strangers:
        raise RecipeError(f"the study has no method {', '.join(strangers)}; {hint(strangers[0], known, 'it has')}")
    cells = tuple(cell for table in tables for cell in table.cells if not methods or cell.method in methods)
    keys = dict.fromkeys(node.key for cell in cells for node in cell.lineage)
    progresses = {key: _progress(out / NETWORKS / key) for key in keys}
    return Stock(
        cells=cells,
        finished={key: progress for key, progress in progresses.items() if progress.finished},
        cached=frozenset(cell.folder for cell in cells if _is_cached(cell)),
    )


def _progress(network: Path) -> Progress:
    try:
        return load_progress(network) or Progress()
    except TrainingError:
        return Progress()  # damaged: its training raises the error


def _is_cached(cell: Cell) -> bool:
    try:
        result = CellResult.load(cell.folder / CELL_FILE)
    except StudyError:
        return False
    whole = all((cell.folder / name).is_file() for name in prediction_files(cell.judged_on))
    return whole and not result.error and result.digest == cell.digest


def run_study(
    tables: Sequence[Table],
    corpus: Corpus,
    out: Path,
    monitor: Monitor,
    *,
    jobs: int | None = None,
    methods: Collection[str] = (),
    engine: Engine = "processes",
) -> list[CellResult]:
    """Train what is missing and read the folds of the comparison, cell by cell.

    Args:
        tables: Of the study.
        corpus: Which they were resolved against.
        out: The folder of the study.
        monitor: Is informed of all that happens.
        jobs: Workers; by default one for each core.
        methods: Only these; none for all.
        engine: ``processes`` of this machine, or tasks of ``ray``; the results are the same.

    Returns:
        The cells that failed.

    Raises:
        RecipeError: A method is not in the study.
        StudyError: Another process is at work in the folder.
        MissingExtraError: Ray is to be used and is not installed.
    """
    with locked(out) as lock:
        stock = take_stock(tables, out, methods)
        for table in tables:
            table.plan.save(table.folder / PLAN_FILE)
        queue = JobQueue(_jobs(stock))
        size = max(1, min(jobs or processors(), len(queue.unfinished)))
        with _pool(engine, size, corpus, out, lock) as pool:
            return _Run(stock, queue, pool, monitor, size).to_the_end()


def _pool(engine: Engine, size: int, corpus: Corpus, out: Path, lock: int) -> Pool | RayPool:
    if engine == "ray":
        return RayPool(size, corpus.place, out / NETWORKS)
    return Pool(size, corpus.place, out / NETWORKS, out / LOGS, lock)


def _jobs(stock: Stock) -> Iterator[Job]:
    untrained = stock.untrained
    for key, (node, cell) in untrained.items():
        training = {"do": "train", **_learned_from(cell), "key": key}
        yield Job(key, node.role, f"{node.role} of {cell.name}", frozenset(node.requires), training)
    for cell in stock.missing:
        reading = {
            "do": "predict",
            **_learned_from(cell),
            "cell": _identity(cell),
            "judged_on": cell.judged_on,
            "folder": str(cell.folder.resolve()),
        }
        requires = frozenset(node.key for node in cell.lineage)
        yield Job(str(cell.folder), CELL, cell.name, requires, reading)


def _learned_from(cell: Cell) -> dict[str, Any]:
    return {"recipe": cell.recipe.model_dump_json(), "unlabelled": cell.unlabelled}


def _identity(cell: Cell) -> dict[str, Any]:
    return {"method": cell.method, "seed": cell.seed, "test_fold": cell.test_fold, "digest": cell.digest}


class _Run:
    """The loop: give work to workers that are idle, and take what comes of it."""

    def __init__(self, stock: Stock, queue: JobQueue, pool: Pool | RayPool, monitor: Monitor, workers: int) -> None:
        self._queue, self._pool, self._monitor = queue, pool, monitor
        self._cells = {str(cell.folder): cell for cell in stock.missing}
        self._failed: list[CellResult] = []
        networks = stock.networks()
        self._state = State(
            workers=workers,
            networks=Count(len(networks) - len(stock.untrained), len(networks)),
            cells=Count(len(stock.cached), len(stock.cells)),
        )
        for key, progress in stock.finished.items():
            self._state.took(networks[key].role, progress.seconds)

    def to_the_end(self) -> list[CellResult]:
        """Do all that can be done; return the cells that failed."""
        self._monitor.begin(self._state)
        while self._queue:
            self._employ()
            self._take(self._pool.next_event())
        return self._failed

    def _employ(self) -> None:
        while self._pool.idle and (job := self._queue.next()):
            worker = self._pool.give(job.task)
            self._state.at_work[worker] = Work(job)
        at_work = {work.job.key for work in self._state.at_work.values()}
        self._state.waiting = Counter(job.role for job in self._queue.unfinished if job.key not in at_work)

    def _take(self, event: Event) -> None:
        work = self._state.at_work.get(event.worker)
        if work is None:
            return  # it died with nothing to do; the next task starts it again
        if event.name == "begin":
            work.begin(**event.facts)
        elif event.name == "steps":
            work.done = event.facts["done"]
        elif event.name == "finished":
            self._finish(event.worker, work, event.facts["result"])
        elif event.name in ("failed", GONE):
            del self._state.at_work[event.worker]
            self._fail(work.job, event.facts["error"])

    def _finish(self, worker: int, work: Work, result: Mapping[str, Any]) -> None:
        job = work.job
        del self._state.at_work[worker]
        self._queue.done(job)
        count = self._state.cells if job.role == CELL else self._state.networks
        count.done += 1
        self._state.took(job.role, result.get("seconds", work.seconds))
        self._monitor.finished(job, result)

    def _fail(self, job: Job, error: str) -> None:
        """Give a job up and all that needs it; each cell among them keeps the reason."""
        for lost in self._queue.give_up(job):
            reason = error if job.role == CELL else f"{job.role}: {error}"
            if lost.role == CELL:
                self._state.cells.failed += 1
                self._failed.append(self._failure(self._cells[lost.key], reason))
            else:
                self._state.networks.failed += 1
            if lost is job:
                self._monitor.failed(job, error)

    def _failure(self, cell: Cell, reason: str) -> CellResult:
        result = CellResult(**_identity(cell), recipe=cell.recipe.model_dump(mode="json"), error=reason)
        result.save(cell.folder / CELL_FILE)
        for name in (VALIDATION_FILE, TEST_FILE):  # of an earlier method of this name
            (cell.folder / name).unlink(missing_ok=True)
        return result
