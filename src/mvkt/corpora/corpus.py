"""The prepared corpus: a folder with ``signals.npy`` (or shards), ``index.parquet`` and ``manifest.json``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mvkt.corpora.corpus_cache import local_corpus, local_file
from mvkt.corpora.corpus_manifest import INDEX_FILE, MANIFEST_FILE, Manifest
from mvkt.corpora.label_sets import Targets, targets
from mvkt.corpora.parquet_index import Index
from mvkt.corpora.signal_shards import MappedSignals, open_signals
from mvkt.corpora.store import is_url
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import SignalSpec, standardise
from mvkt.errors import CorpusError, LeadError, hint
from mvkt.files import sha256


class Corpus:
    """A prepared corpus, opened for reading.

    Signals stay on disk and are mapped; columns are read when they are first needed. A row is a *window* of
    a record: all columns and ``microvolts`` have the same length and order.

    Attributes:
        path: The folder.
        place: What it was opened by, absolute: the folder, or the URL. Another machine opens it by this.
        manifest: What is in it.
        microvolts: ``(rows, leads, samples)`` int16, :data:`mvkt.ecg.signal.MISSING` where nothing was
            recorded.
    """

    def __init__(self, path: Path, manifest: Manifest, microvolts: MappedSignals) -> None:
        self.path = path
        self.place = str(path.resolve())
        self.manifest = manifest
        self.microvolts = microvolts
        self._file: Callable[[str], Path] = path.joinpath
        self._index = Index(path / INDEX_FILE, manifest.rows)

    @classmethod
    def open(cls, path: Path | str) -> Corpus:
        """Open a corpus; takes no longer for a large one.

        Args:
            path: Its folder, or the URL of one in a store, which is fetched first (:mod:`mvkt.corpora.corpus_cache`).

        Raises:
            StoreError: It cannot be fetched.
            CorpusError: There is no corpus, or it is damaged or of another version.
        """
        url = str(path) if is_url(str(path)) else ""
        path = local_corpus(url) if url else Path(path)
        manifest = Manifest.load(path / MANIFEST_FILE)
        if not (path / INDEX_FILE).is_file():
            raise CorpusError(f"{path} has no {INDEX_FILE}; prepare the corpus again")
        file = partial(local_file, url, path, manifest.checksums) if url else path.joinpath
        corpus = cls(path, manifest, open_signals(manifest, file, at_once=not url))
        corpus.place, corpus._file = url or corpus.place, file
        return corpus

    def __reduce__(self) -> tuple[Callable[[str], Corpus], tuple[str]]:
        return Corpus.open, (self.place,)  # another process maps the files itself

    def __len__(self) -> int:
        return self.manifest.rows

    @property
    def leads(self) -> tuple[str, ...]:
        """Leads of ``microvolts``, in order."""
        return self.manifest.leads

    @property
    def signal(self) -> SignalSpec:
        """How the recordings were conditioned and are standardised."""
        return self.manifest.signal

    @cached_property
    def record_id(self) -> NDArray[np.str_]:
        """Name of each row's record."""
        return self._index.strings("record_id")

    @cached_property
    def patient_id(self) -> NDArray[np.str_]:
        """Whose recording each row is."""
        return self._index.strings("patient_id")

    @cached_property
    def window(self) -> NDArray[np.int32]:
        """Number of each window in its record, from 0."""
        return self._index.numbers("window", np.int32)

    @cached_property
    def fold(self) -> NDArray[np.int16]:
        """Fold of each row."""
        return self._index.numbers("fold", np.int16)

    @cached_property
    def age(self) -> NDArray[np.float32]:
        """Years; NaN where unknown."""
        return self._index.numbers("age", np.float32)

    @cached_property
    def sex(self) -> NDArray[np.str_]:
        """``"female"``, ``"male"`` or ``""``."""
        return self._index.strings("sex")

    @cached_property
    def valid_share(self) -> NDArray[np.float32]:
        """How much of each window was recorded, 0 to 1."""
        return self._index.numbers("valid_share", np.float32)

    @cached_property
    def labels(self) -> list[dict[str, float]]:
        """Statement to likelihood (0 to 100) for each row."""
        return self._index.labels()

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """Whether every statement that a row does not have was looked for; False where the source does not state it."""
        return self._index.flags("labelled")

    def rows(self, folds: Collection[int]) -> NDArray[np.int64]:
        """Return the rows of some folds, in order."""
        return np.flatnonzero(np.isin(self.fold, list(folds))).astype(np.int64)

    def select(self, rows: ArrayLike, view: str) -> NDArray[np.int16]:
        """Return the windows ``(len(rows), leads of the view, samples)`` in microvolts.

        No lead is derived here: what was rounded to microvolts no longer gives the others to the last bit.
        They are derived when the corpus is prepared.

        Raises:
            LeadError: The corpus does not hold a lead of the view.
        """
        wanted = view_leads(view)
        absent = [lead for lead in wanted if lead not in self.leads]
        if absent:
            raise LeadError(
                f"view {view!r} needs lead {', '.join(absent)}; this corpus holds {', '.join(self.leads)}. "
                f"Prepare it with a view that has them all"
            )
        picked = np.asarray(rows, dtype=np.int64)
        if wanted == self.leads:
            return np.asarray(self.microvolts[picked])
        columns = np.array([self.leads.index(lead) for lead in wanted])
        return np.asarray(self.microvolts[picked[:, None], columns])

    def batch(self, rows: ArrayLike, view: str) -> NDArray[np.float32]:
        """Return model input ``(len(rows), leads of the view, samples)``.

        It equals, to the last bit, what :func:`mvkt.ecg.signal.windows` makes of the recording itself.

        Raises:
            LeadError: The corpus does not hold a lead of the view.
        """
        return standardise(self.select(rows, view), self.signal)

    def targets(self, task: str, min_samples: int = 0) -> Targets:
        """Return the targets of a task for all rows; see :func:`mvkt.corpora.label_sets.targets`.

        Raises:
            CorpusError: The corpus has no such task.
        """
        if task not in self.manifest.tasks:
            known = (
                hint(task, self.manifest.tasks, "this corpus has")
                if self.manifest.tasks
                else "this corpus has no labels"
            )
            raise CorpusError(f"there is no task {task!r}; {known}")
        return targets(self.manifest.tasks[task], self.labels, self.record_id, min_samples, self.labelled)

    def verify(self) -> None:
        """Compare the files with the checksums of the manifest.

        Raises:
            CorpusError: A file has changed since the corpus was prepared.
        """
        for name in (*self.manifest.signal_files, INDEX_FILE):
            if sha256(self._file(name)) != self.manifest.checksums.get(name):
                raise CorpusError(f"{self.path / name} has changed since it was prepared; prepare the corpus again")
