"""Any ONNX network as a teacher; what it takes and gives is declared in a small TOML file beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, field_validator, model_validator
from scipy.special import logit

from mvkt.bundle.bundle import read_network, start_network
from mvkt.corpora.corpus import Corpus
from mvkt.ecg.leads import STANDARD_LEADS, view_leads
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING, SignalSpec, standardise
from mvkt.errors import RecipeError, TrainingError, hint
from mvkt.settings import Settings, read_toml, validate
from mvkt.training.teachers.outside_teacher import UNSURE, Advance, OutsideTeacher, TeacherFacts

CERTAIN = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this near: their logits have to be finite."""

_WINDOWS_AT_ONCE = 64
_UNITS_PER_MILLIVOLT = {"mV": 1.0, "uV": 1000.0, "V": 0.001}
_SMALLEST_STD = 1e-6


class OnnxTeacherSettings(Settings):
    """``model.toml``, beside ``model.onnx``: what the network takes and gives.

    Attributes:
        name: For people; by default the name of the file.
        task: Name of the label set that the student's bundle gets.
        view: Leads in the order of the network's input: ``12-lead``, ``limb``, or names joined by ``+``.
        other_leads: Leads of the view that are no ECG standard leads, such as ``ES``. They have to be named here, so
            that a misspelt lead is found.
        sampling_frequency: In Hz, of its input.
        window_seconds: Length of its input.
        band: Pass band in Hz that its recordings were filtered to; none where they were not filtered.
        units: Of its input where it is not standardised, and of ``mean`` and ``std``.
        scaling: ``none``; ``record``: minus the mean and divided by the standard deviation of the window over all its
            leads; ``lead``: the same, lead by lead; ``global``: by ``mean`` and ``std``.
        mean: For ``global``.
        std: For ``global``.
        layout: Axes of its input after the batch.
        output: What it gives.
        classes: Codes, in the order of its output.
        titles: Code to plain words.
        normal: Classes that are no finding, such as a normal ECG.
        thresholds: Code to the probability from which the class counts as found; 0.5 where nothing is given.
    """

    name: Annotated[str, Field(max_length=100)] = ""
    task: Annotated[str, Field(min_length=1, max_length=100)] = "findings"
    view: str
    other_leads: tuple[str, ...] = ()
    sampling_frequency: Annotated[float, Field(ge=20, le=2_000)]
    window_seconds: Annotated[float, Field(ge=1, le=600)]
    band: tuple[float, float] | None = None
    units: Literal["mV", "uV", "V"] = "mV"
    scaling: Literal["none", "record", "lead", "global"] = "none"
    mean: float = 0.0
    std: Annotated[float, Field(gt=0)] = 1.0
    layout: Literal["leads-samples", "samples-leads"] = "leads-samples"
    output: Literal["logits", "probabilities"] = "logits"
    classes: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(min_length=1)]
    titles: Mapping[str, str] = {}
    normal: tuple[str, ...] = ()
    thresholds: Mapping[str, Annotated[float, Field(gt=0, lt=1)]] = {}

    @field_validator("view")
    @classmethod
    def _view_exists(cls, view: str) -> str:
        view_leads(view)
        return view

    @model_validator(mode="after")
    def _parts_agree(self) -> OnnxTeacherSettings:
        unknown = [lead for lead in view_leads(self.view) if lead not in (*STANDARD_LEADS, *self.other_leads)]
        if unknown:
            advice = hint(unknown[0], STANDARD_LEADS, "the standard leads are")
            raise ValueError(f"unknown lead {', '.join(unknown)}; {advice}; name leads of a device in other_leads")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes must differ")
        strangers = sorted({*self.titles, *self.normal, *self.thresholds} - set(self.classes))
        if strangers:
            raise ValueError(f"titles, normal and thresholds name no class {', '.join(strangers)}")
        try:
            _ = self.signal
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"]) from error
        return self

    @property
    def signal(self) -> SignalSpec:
        """How a recording becomes its input, up to the scaling."""
        return SignalSpec(
            sampling_frequency=self.sampling_frequency,
            band=self.band,
            window_seconds=self.window_seconds,
            hop_seconds=self.window_seconds,
            standardise="record" if self.scaling == "record" else "none",
        )


class OnnxTeacher(OutsideTeacher):
    """An ONNX network with one input, ``(batch, leads, samples)`` or the other way round, and one output.

    Args:
        path: ``model.onnx``; ``model.toml`` lies beside it.

    Raises:
        RecipeError: The declaration is missing or has faults.
        BundleError: The file is no network that runs.
        TrainingError: The network is not what is declared.
    """

    def __init__(self, path: Path) -> None:
        declared = path.with_suffix(".toml")
        if not declared.is_file():
            raise RecipeError(
                f"{path} needs {declared.name} beside it: view, sampling_frequency, window_seconds, scaling and "
                "classes of the network"
            )
        content = read_network(path)
        self._settings = settings = validate(OnnxTeacherSettings, read_toml(declared, "declaration"), str(declared))
        self._path = path
        self._session = start_network(path, content, threads=1)
        self._batch = self._check_input()
        thresholds = tuple(settings.thresholds.get(code, 0.5) for code in settings.classes)
        self.facts = TeacherFacts(
            name=settings.name or path.stem,
            sha256=hashlib.sha256(content + declared.read_bytes()).hexdigest(),
            task=settings.task,
            classes=settings.classes,
            titles=dict(settings.titles),
            normal=settings.normal,
            thresholds=thresholds,
            bands=(UNSURE,) * len(thresholds),
            view=settings.view,
            signal=settings.signal,
        )

    @property
    def _shape(self) -> tuple[int, int]:
        leads, samples = len(view_leads(self._settings.view)), self._settings.signal.window_samples
        return (leads, samples) if self._settings.layout == "leads-samples" else (samples, leads)

    def _check_input(self) -> int:
        """Compare the input with the declaration; return how many windows it takes at once."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(float)":
            found = ", ".join(f"{value.name} {value.type}" for value in (*inputs, *outputs))
            raise TrainingError(f"{self._path} has {found}; expected one input tensor(float) and one output")
        batch, *rest = inputs[0].shape or [None]
        if not _fits(rest, self._shape):
            raise TrainingError(
                f"{self._path} takes (batch, {', '.join(map(str, rest))}); by {self._path.stem}.toml it would be "
                f"(batch, {self._shape[0]}, {self._shape[1]}), {self._settings.layout}: correct view, "
                "sampling_frequency, window_seconds or layout"
            )
        return batch if isinstance(batch, int) else _WINDOWS_AT_ONCE

    def logits(self, corpus: Corpus, advance: Advance) -> NDArray[np.float32]:
        """See :class:`OutsideTeacher`.

        Raises:
            TrainingError: The network gives another shape than declared, or values that are not numbers.
        """
        made = np.empty((len(corpus), len(self.facts.classes)), dtype=np.float32)
        for start in range(0, len(corpus), self._batch):
            rows = np.arange(start, min(start + self._batch, len(corpus)))
            made[rows] = self._run(self._input(corpus.select(rows, self._settings.view)))
            advance(len(rows) + start, len(corpus))
        if self._settings.output == "logits":
            return made
        if made.min() < 0 or made.max() > 1:
            raise TrainingError(
                f"{self._path} gives values from {made.min():.3g} to {made.max():.3g}, which are no probabilities; "
                'declare output = "logits"'
            )
        return np.asarray(logit(np.clip(made, CERTAIN, 1 - CERTAIN)), dtype=np.float32)

    def _input(self, microvolts: NDArray[np.int16]) -> NDArray[np.float32]:
        settings = self._settings
        values = standardise(microvolts, settings.signal)
        if settings.scaling == "lead":
            values = _by_lead(values, microvolts == MISSING)
        elif settings.scaling != "record":
            values = values * np.float32(_UNITS_PER_MILLIVOLT[settings.units])
            if settings.scaling == "global":
                values = (values - np.float32(settings.mean)) / np.float32(settings.std)
                values[microvolts == MISSING] = 0.0
        return values if settings.layout == "leads-samples" else np.ascontiguousarray(values.swapaxes(1, 2))

    def _run(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        windows = len(signal)
        if windows < self._batch and isinstance(self._session.get_inputs()[0].shape[0], int):
            signal = np.concatenate([signal, np.zeros((self._batch - windows, *signal.shape[1:]), np.float32)])
        try:
            given: Any = self._session.run(None, {self._session.get_inputs()[0].name: signal})[0]
        except Exception as error:  # ONNX Runtime's errors share no base but Exception
            raise TrainingError(f"{self._path} does not run on input of shape {signal.shape}: {error}") from error
        values = np.asarray(given)
        if values.shape != (len(signal), len(self.facts.classes)):
            raise TrainingError(
                f"{self._path} gives {values.shape} for {len(signal)} windows; {self._path.stem}.toml declares "
                f"{len(self.facts.classes)} classes: expected {(len(signal), len(self.facts.classes))}"
            )
        if not np.isfinite(values[:windows]).all():
            raise TrainingError(
                f"{self._path} gives values that are not numbers (NaN or infinite); are units and scaling in "
                f"{self._path.stem}.toml those that it was trained with?"
            )
        return np.asarray(values[:windows], dtype=np.float32)


def _fits(found: Sequence[Any], expected: tuple[int, int]) -> bool:
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(not isinstance(size, int) or size == wanted for size, wanted in pairs)


def _by_lead(values: NDArray[np.float32], missing: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Standardise each lead of each window over what was recorded of it; a flat lead stays 0."""
    count = np.maximum((~missing).sum(axis=2, keepdims=True), 1)
    mean = values.sum(axis=2, keepdims=True, dtype=np.float64) / count
    centred = np.where(missing, 0.0, values - mean)
    std = np.sqrt((centred**2).sum(axis=2, keepdims=True) / count)
    std[std < _SMALLEST_STD * MILLIVOLTS_PER_UNIT] = 1.0
    return np.asarray(centred / std, dtype=np.float32)
