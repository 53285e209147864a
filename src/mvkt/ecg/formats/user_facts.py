"""Facts that the user gives about a recording: its sampling frequency, its unit, its lead.

They fill what a file does not state. Where a file states otherwise the user's facts win, and a note states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead, view_leads
from mvkt.errors import LeadError, RecordFormatError

LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 1.0, 100_000.0
"""In Hz; as in :class:`~mvkt.ecg.record.Record`."""

SAME_FREQUENCY = 0.005
"""Files state 511.562 Hz where people write 512: less than this share of difference is no contradiction."""


@dataclass(frozen=True)
class UserFacts:
    """What the user gives; None where nothing is given.

    Attributes:
        sampling_frequency: Samples a second.
        unit: Of the amplitudes: nV, µV, mV or V.
        lead: Of a recording that does not name its lead; of several columns a view ("I+II+V2", "12-lead").
        notes: Where the file states otherwise; filled while a recording is read.

    Raises:
        RecordFormatError: A fact is impossible.
    """

    sampling_frequency: float | None = None
    unit: str | None = None
    lead: str | None = None
    notes: list[str] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        frequency = self.sampling_frequency
        if frequency is not None and not _is_possible(frequency):
            raise RecordFormatError(f"a sampling frequency of {frequency} Hz is not that of an ECG (1 to 100,000 Hz)")
        if self.unit is not None and millivolts_per(self.unit) is None:
            raise RecordFormatError(f"{self.unit!r} is no unit of an ECG; expected nV, µV (uV), mV or V")
        if self.lead is not None:
            try:
                view_leads(self.lead)
            except LeadError as error:
                raise RecordFormatError(str(error)) from error

    def frequency_of(self, stated: float | None) -> float:
        """Return the sampling frequency: the user's, or else that which a file states.

        Args:
            stated: Hz as the file or its format has it, or None. It is kept where the user's is the same in round
                numbers.

        Raises:
            RecordFormatError: Neither is there, or that of the file is not that of an ECG.
        """
        given = self.sampling_frequency
        if given is None:
            if stated is None:
                raise RecordFormatError(_missing("sampling frequency", "sampling_frequency=", "--sampling-frequency"))
            if not _is_possible(stated):
                raise RecordFormatError(
                    f"the file states a sampling frequency of {stated:g} Hz, which is not that of an ECG; "
                    "give the right one with sampling_frequency= (--sampling-frequency)"
                )
            return stated
        if stated is None:
            return given
        if _is_possible(stated) and abs(given - stated) <= SAME_FREQUENCY * stated:
            return stated
        self._note(f"{given:g} Hz was given and is taken; the file states {stated:g} Hz")
        return given

    def unit_of(self, stated: str) -> str:
        """Return the unit: the user's, or else that which a file states (empty: none).

        Raises:
            RecordFormatError: Neither is there.
        """
        if self.unit is None:
            if not stated:
                raise RecordFormatError(_missing("unit", "unit=", "--unit"))
            return stated
        if stated and millivolts_per(stated) != millivolts_per(self.unit):
            self._note(f"the unit {self.unit} was given and is taken; the file states {stated[:20]}")
            return self.unit
        return stated or self.unit

    def scaled(self, steps: NDArray[Any], millivolts: float, zero: float = 0.0) -> tuple[NDArray[Any], str]:
        """Return samples of a device's converter and their unit: mV by its step, or the user's of what is stored.

        Args:
            steps: As they are stored.
            millivolts: Of a step, or 0 where it is not known.
            zero: What is stored for 0.
        """
        if self.unit is None:
            return (steps - zero) * millivolts, "mV" if millivolts else ""
        if millivolts:
            self._note(f"the unit {self.unit} was given and is taken; a step of the device is {millivolts * 1000:g} µV")
        return steps, self.unit

    def leads_of(self, stated: Sequence[str]) -> tuple[str, ...]:
        """Return the leads: those which a file names, if the user's are among them, or else the user's.

        Raises:
            RecordFormatError: The user names more or fewer leads than there are.
        """
        names = tuple(normalise_lead(name) for name in stated)
        if self.lead is None:
            return names
        given = view_leads(self.lead)
        if set(given) <= set(names):
            return names
        if len(given) != len(names):
            raise RecordFormatError(
                f"the file has lead {', '.join(names[:12])}, not {self.lead}: leave the lead out, or name "
                f"{len(names)} leads" + ", joined by '+'" * (len(names) > 1)
            )
        if set(names) & set(STANDARD_LEADS):
            self._note(f"lead {self.lead} was given and is taken; the file names {', '.join(names[:12])}")
        return given

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


NOTHING = UserFacts()
"""Nothing is given."""


def _is_possible(frequency: float) -> bool:
    return LOWEST_FREQUENCY <= frequency <= HIGHEST_FREQUENCY


def _missing(what: str, keyword: str, option: str) -> str:
    return f"the file does not state its {what}, and it is not guessed: give it with {keyword} in Python or {option}"
