"""The recording: what every file format is read into and everything else works on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mvkt.ecg.leads import derive_limb_leads, normalise_lead, view_leads
from mvkt.ecg.measurements import MachineMeasurements
from mvkt.errors import LeadError, RecordError

Sex = Literal["female", "male"]


@dataclass(frozen=True, eq=False)
class Record:
    """One ECG recording. Immutable: the signal is read-only.

    Attributes:
        signal: ``(samples, leads)`` float32 in mV; of a single lead ``(samples,)`` will do. NaN marks samples that were
            not recorded.
        leads: Lead names, standard where they can be (see :func:`mvkt.ecg.leads.normalise_lead`); no two
            alike. The name of a single lead need not be in a tuple.
        sampling_frequency: Samples a second; need not be an integer (some watches record at 511.4 Hz).
        start_time: When the recording began, if known.
        age: Years, if known.
        sex: ``"female"`` or ``"male"``, if known.
        source: The file format or device family it came from; never a path or a name of a person.
        notes: What the reader changed, in words for the user ("1 mV calibration pulse cut off").
        machine_measurements: What the device measured itself (PR, QRS, QT, rate, axis), where the file states it.

    Raises:
        RecordError: The parts contradict each other or are impossible.
    """

    signal: NDArray[np.float32]
    leads: tuple[str, ...]
    sampling_frequency: float
    start_time: datetime | None = None
    age: float | None = None
    sex: Sex | None = None
    source: str = ""
    notes: tuple[str, ...] = field(default=())
    machine_measurements: MachineMeasurements | None = None

    def __post_init__(self) -> None:
        signal = _real(self.signal)
        signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
        if signal.ndim != 2 or 0 in signal.shape:
            raise RecordError(f"a signal is (samples, leads) and not empty; this one has shape {signal.shape}")
        if signal.dtype != np.float32 or not signal.flags.c_contiguous or not _unchanging(signal):
            signal = np.array(signal, dtype=np.float32, order="C")
            signal.setflags(write=False)
        names = (self.leads,) if isinstance(self.leads, str) else self.leads
        leads = tuple(normalise_lead(lead) for lead in names)
        if len(leads) != signal.shape[1]:
            raise RecordError(
                f"{len(leads)} lead names ({', '.join(leads)}) for a signal of {signal.shape[1]} leads; "
                "a signal is (samples, leads)"
            )
        if len(set(leads)) != len(leads):
            raise RecordError(f"lead names must differ; these do not: {', '.join(leads)}")
        for name in ("sampling_frequency", "age"):
            value = getattr(self, name)
            if not isinstance(value, Real | None):
                raise RecordError(f"{name} is a number, not {value!r}")
        if self.sampling_frequency is None or not 1 <= self.sampling_frequency <= 100_000:
            raise RecordError(
                f"sampling frequency {self.sampling_frequency} Hz is not that of an ECG (1 to 100,000 Hz)"
            )
        if self.sex not in ("female", "male", None):
            raise RecordError(f"sex is 'female', 'male' or None, not {self.sex!r}")
        if self.age is not None and not 0 <= self.age <= 130:
            raise RecordError(f"age {self.age} is not a human's")
        object.__setattr__(self, "signal", signal)
        object.__setattr__(self, "leads", leads)
        object.__setattr__(self, "sampling_frequency", float(self.sampling_frequency))

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.signal) / self.sampling_frequency

    def select(self, view: str) -> NDArray[np.float32]:
        """Return the leads of a view, ``(samples, leads of the view)`` in mV, deriving limb leads if exact.

        Raises:
            LeadError: A lead of the view was not recorded and does not follow from those that were.
        """
        wanted = view_leads(view)
        signals = {lead: self.signal[:, index] for index, lead in enumerate(self.leads)}
        if any(lead not in signals for lead in wanted):
            signals = derive_limb_leads(signals)
        missing = [lead for lead in wanted if lead not in signals]
        if missing:
            raise LeadError(
                f"view {view!r} needs lead {', '.join(missing)}; this recording has {', '.join(self.leads)}"
                + (" and what follows from them" if len(signals) > len(self.leads) else "")
            )
        return np.array([signals[lead] for lead in wanted]).T

    def relabel(self, lead: str) -> Record:
        """Return a single-lead recording under another lead name, for files that do not state which lead it is.

        Raises:
            RecordError: The recording has more than one lead.
        """
        if len(self.leads) != 1:
            raise RecordError(f"only a single-lead recording can be renamed; this one has {', '.join(self.leads)}")
        return replace(self, leads=(normalise_lead(lead),))


def _real(signal: ArrayLike) -> NDArray[Any]:
    """Real numbers as they come; of Python's objects None is not a number."""
    found = np.asarray(signal)
    with suppress(TypeError, ValueError):
        found = found.astype(np.float32) if found.dtype == object else found
    if found.dtype.kind not in "fiu":
        raise RecordError(f"a signal is numbers in mV; this one has values of type {found.dtype}")
    return found


def _unchanging(array: NDArray[np.floating]) -> bool:
    """Whether nobody can write to an array or to what it looks into, so that it need not be copied."""
    return not array.flags.writeable and (
        array.flags.owndata or (isinstance(array.base, np.ndarray) and _unchanging(array.base))
    )
