"""A bundle as a teacher: from the box, from a folder, from a hub, or of an earlier run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE
from mvkt.bundle.packaged import find
from mvkt.corpora.corpus import Corpus
from mvkt.evaluation.result import RunResult
from mvkt.training.export.run_bundle import export_run
from mvkt.training.teachers.outside_teacher import UNSURE, Advance, OutsideTeacher, TeacherFacts

RESULT_FILE = "result.json"
_WINDOWS_AT_ONCE = 256


class BundleTeacher(OutsideTeacher):
    """The network of a bundle, with its calibration.

    Args:
        bundle: Opened.
    """

    def __init__(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        self._bundle = bundle
        provenance = manifest.provenance.get("corpus")
        checksum = provenance.get("checksum") if isinstance(provenance, dict) else None
        self.facts = TeacherFacts(
            name=manifest.name,
            sha256=manifest.checksums[MODEL_FILE],
            task=manifest.task,
            classes=manifest.classes,
            titles=dict(manifest.titles),
            normal=manifest.normal,
            typical=dict(manifest.typical),
            thresholds=manifest.thresholds,
            bands=tuple(band or UNSURE for band in manifest.bands),
            view=manifest.view,
            signal=manifest.signal,
            corpus_checksum=checksum if isinstance(checksum, str) else "",
        )

    @classmethod
    def find(cls, bundle: str | Path) -> BundleTeacher:
        """Open a bundle by name, folder or address.

        Raises:
            BundleError: There is none, or it is damaged.
        """
        return cls(Bundle.open(find(bundle)))

    @classmethod
    def of_run(cls, run: Path) -> BundleTeacher:
        """Return the teacher of a finished run; of a run without a teacher the network that it deploys.

        Raises:
            ResultError: The run is not finished.
            BundleError: Its teacher is several networks.
        """
        result = RunResult.load(run / RESULT_FILE)
        role = "teacher" if result.models.teacher is not None else result.deployed
        with tempfile.TemporaryDirectory() as folder:
            return cls(export_run(run, role, Path(folder) / "teacher", weights=False))

    def logits(self, corpus: Corpus, advance: Advance) -> NDArray[np.float32]:
        """See :class:`OutsideTeacher`."""
        manifest = self._bundle.manifest
        made = np.empty((len(corpus), len(manifest.classes)), dtype=np.float32)
        for start in range(0, len(corpus), _WINDOWS_AT_ONCE):
            rows = np.arange(start, min(start + _WINDOWS_AT_ONCE, len(corpus)))
            windows = corpus.select(rows, manifest.view)
            made[rows] = self._bundle.logits_of(windows, corpus.age[rows], corpus.sex[rows])
            advance(len(rows) + start, len(corpus))
        return np.asarray(made / np.asarray(manifest.temperatures, dtype=np.float32))
