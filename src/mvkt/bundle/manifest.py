"""``bundle.json``: everything that is needed to use an exported student, beside the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from mvkt.ecg.leads import view_leads
from mvkt.ecg.person import PERSON_FEATURES, person_features
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec
from mvkt.ecg.statements.kinds import UNREADABLE
from mvkt.errors import BundleError
from mvkt.stored import Storage, StoredFile

FORMAT_VERSION = 1
MANIFEST_FILE = "bundle.json"
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "README.md"
SIGNATURE_FILE = "model.sig"

SIMULATED = "simulated"
"""The corpus whose students know nothing of real hearts."""

Code = Annotated[str, Field(min_length=1, max_length=100)]
Line = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Temperature = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Threshold = Annotated[float, Field(ge=0, le=1)]
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PersonWeights = Annotated[
    tuple[Annotated[float, Field(allow_inf_nan=False)], ...],
    Field(min_length=len(PERSON_FEATURES), max_length=len(PERSON_FEATURES)),
]


class BundleManifest(StoredFile):
    """What a bundle is.

    Attributes:
        format_version: Of this file.
        name: For people; a line.
        task: The label set.
        classes: Codes, in the order of the network's outputs.
        titles: Code -> plain words; a class without a title is shown by its code.
        view: The leads that the network was trained on, in order.
        signal: How a recording becomes its input.
        temperatures: One a class: a probability is ``sigmoid(logit / temperature)``.
        thresholds: One a class: a finding is positive from this probability on.
        inconclusive: One band ``(low, high)`` a class: from ``low`` to below ``high`` the class is inconclusive. Equal
            ends are no band; empty is none for any class.
        person_weights: ``(classes, features)``: what age and sex add to the logits, see
            :func:`mvkt.ecg.person.person_features`; empty for a student that does not take them.
        rhythm: What the beats of a window add to the logits; None where they add nothing.
        despite_noise: Classes that noise is not to hide: a window is read in which one of them is found, if that is
            likelier than noise.
        typical: Code -> what it is typical of, a line in plain words; may lack codes.
        normal: Classes that are no finding.
        shape: Classes that rest on the shape of the waves, and so on where the electrodes are; they have a verdict only
            in recordings like those that the student learned from (:mod:`mvkt.diagnosis.resting_ecg`).
        architecture: Name and settings for :func:`mvkt.models.build_model`, to load ``model.safetensors``.
        provenance: What it was trained on and how.
        figures: What it is worth, as measured.
        checksums: SHA-256 of the files beside this one.
        tool_version: The mvkt that made it.
    """

    storage: ClassVar[Storage] = Storage(
        BundleError, "copy the whole bundle again", "export the bundle again", largest=4 * 1024 * 1024
    )

    format_version: int = FORMAT_VERSION
    name: Line
    task: Line
    classes: Annotated[tuple[Code, ...], Field(min_length=1, max_length=10_000)]
    titles: dict[Code, Line]
    view: Line
    signal: SignalSpec
    temperatures: tuple[Temperature, ...]
    thresholds: tuple[Threshold, ...]
    inconclusive: tuple[tuple[Threshold, Threshold], ...] = ()
    person_weights: tuple[PersonWeights, ...] = ()
    rhythm: RhythmHead | None = None
    despite_noise: tuple[Code, ...] = ()
    typical: Mapping[Code, Line] = {}
    normal: tuple[Code, ...] = ()
    shape: tuple[Code, ...] = ()
    architecture: dict[str, Any]
    provenance: Mapping[str, Any] = {}
    figures: Mapping[str, Any] = {}
    checksums: Mapping[str, Checksum] = {}
    tool_version: Line

    @model_validator(mode="after")
    def _parts_agree(self) -> BundleManifest:
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes must differ")
        for name in ("temperatures", "thresholds"):
            if len(getattr(self, name)) != len(self.classes):
                raise ValueError(f"{len(getattr(self, name))} {name} for {len(self.classes)} classes")
        if len(self.inconclusive) not in (0, len(self.classes)):
            raise ValueError(f"{len(self.inconclusive)} inconclusive bands for {len(self.classes)} classes")
        if len(self.person_weights) not in (0, len(self.classes)):
            raise ValueError(f"{len(self.person_weights)} rows of person_weights for {len(self.classes)} classes")
        if any(low > high for low, high in self.inconclusive):
            raise ValueError("an inconclusive band goes from low to high")
        if not {*self.normal, *self.shape, *self.despite_noise} <= set(self.classes):
            raise ValueError("normal, shape or despite_noise name classes that there are not")
        strangers = set(self.checksums) - {MODEL_FILE, WEIGHTS_FILE}
        if strangers:
            raise ValueError(f"a checksum of something else than {MODEL_FILE} and {WEIGHTS_FILE}")
        view_leads(self.view)
        return self

    @model_validator(mode="after")
    def _rhythm_fits(self) -> BundleManifest:
        if self.rhythm is not None and len(self.rhythm.bias) != len(self.classes):
            raise ValueError(f"{len(self.rhythm.bias)} outputs of rhythm for {len(self.classes)} classes")
        if self.rhythm is not None and len(self.leads) > 1:
            raise ValueError(f"rhythm is of a single lead; the view is {self.view}")
        return self

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads of the view."""
        return view_leads(self.view)

    @property
    def corpus(self) -> str:
        """Name of the source of the training recordings; empty where the provenance does not state it."""
        corpus = self.provenance.get("corpus")
        source = corpus.get("source") if isinstance(corpus, dict) else None
        return source if isinstance(source, str) else ""

    @cached_property
    def bands(self) -> tuple[tuple[float, float] | None, ...]:
        """The inconclusive band of each class, None where there is none."""
        bands = self.inconclusive or ((0.0, 0.0),) * len(self.classes)
        return tuple(band if band[0] < band[1] else None for band in bands)

    def columns(self, classes: Sequence[str]) -> list[int]:
        """Return where some of the classes stand among all of the bundle."""
        return [self.classes.index(code) for code in classes]

    @cached_property
    def limits(self) -> NDArray[np.float64]:
        """``(3, classes)`` threshold, and the ends of the inconclusive band; the threshold where there is none."""
        bands = (band or (threshold, threshold) for band, threshold in zip(self.bands, self.thresholds, strict=True))
        return np.array([self.thresholds, *zip(*bands, strict=True)])

    def person_shift(self, age: ArrayLike, sex: ArrayLike) -> NDArray[np.float32]:
        """Return what is added to the logits for persons of these ages and sexes.

        Args:
            age: ``(n,)`` years; NaN where unknown.
            sex: ``(n,)`` ``"female"``, ``"male"`` or ``""``.

        Returns:
            ``(n, classes)``; zeros for a student that does not take them.
        """
        shift: NDArray[np.float32] = person_features(age, sex) @ self._person_matrix
        return shift

    @cached_property
    def _person_matrix(self) -> NDArray[np.float32]:
        """``(features, classes)``."""
        weights = self.person_weights or ((0.0,) * len(PERSON_FEATURES),) * len(self.classes)
        return np.array(weights, dtype=np.float32).T

    def rhythm_shift(self, microvolts: NDArray[np.int16]) -> NDArray[np.float32]:
        """Return what the beats add to the logits of windows.

        Args:
            microvolts: ``(windows, leads, samples)`` int16.

        Returns:
            ``(windows, classes)``; zeros where they add nothing.
        """
        if self.rhythm is None:
            return np.zeros((len(microvolts), len(self.classes)), dtype=np.float32)
        return self.rhythm.shift(microvolts, self.signal.sampling_frequency)

    @property
    def unreadable(self) -> tuple[int, ...]:
        """Columns of the classes that mean that a recording cannot be read."""
        return tuple(column for column, code in enumerate(self.classes) if code in UNREADABLE)

    def title(self, code: str) -> str:
        """Return a class in plain words."""
        return self.titles.get(code, code)


def read_manifest(folder: Path) -> BundleManifest:
    """Read and check ``bundle.json``.

    Raises:
        BundleError: It is missing, too large, of another version, or contradicts itself.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise BundleError(_missing(folder))
    return BundleManifest.load(path)


def _missing(folder: Path) -> str:
    inside = folder / "bundle"
    if (inside / MANIFEST_FILE).is_file():
        return f"{folder} is a run; its bundle is {inside}"
    if not folder.exists():
        return f"there is no bundle at {folder}; `mvkt demo` makes one in a few minutes, `mvkt train` a real one"
    return f"{folder} is no bundle: a bundle is a folder with {MANIFEST_FILE}, {MODEL_FILE} and {WEIGHTS_FILE}"
