"""What the user says of a recording, for files that do not say it themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mvkt.ecg.formats.units import millivolts_per
from mvkt.ecg.leads import STANDARD_LEADS, normalise_lead, view_leads
from mvkt.errors import LeadError, RecordFormatError

LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 1.0, 100_000.0
"""In Hz; as in :class:`~mvkt.ecg.record.Record`."""

SAME_FREQUENCY = 0.005
"""Files say 511.562 Hz where people say 512: less than this share of difference is no contradiction."""


@dataclass(frozen=True)
class Told:
    """What the user says; None where nothing is said. A file that says otherwise is an error, never overruled.

    Attributes:
        sampling_frequency: Samples a second.
        unit: Of the amplitudes: nV, µV, mV or V.
        lead: Of a recording that does not name its lead; of several columns a view ("I+II+V2", "12-lead").

    Raises:
        RecordFormatError: What is said cannot be.
    """

    sampling_frequency: float | None = None
    unit: str | None = None
    lead: str | None = None

    def __post_init__(self) -> None:
        frequency = self.sampling_frequency
        if frequency is not None and not LOWEST_FREQUENCY <= frequency <= HIGHEST_FREQUENCY:
            raise RecordFormatError(f"a sampling frequency of {frequency} Hz is not that of an ECG (1 to 100,000 Hz)")
        if self.unit is not None and millivolts_per(self.unit) is None:
            raise RecordFormatError(f"{self.unit!r} is no unit of an ECG; expected nV, µV (uV), mV or V")
        if self.lead is not None:
            try:
                view_leads(self.lead)
            except LeadError as error:
                raise RecordFormatError(str(error)) from error

    def frequency_of(self, stated: float | None) -> float:
        """Return the sampling frequency that a file states, or else that which the user says.

        Raises:
            RecordFormatError: Neither says it, they contradict each other, or it is not that of an ECG.
        """
        said = self.sampling_frequency
        if stated is not None and not LOWEST_FREQUENCY <= stated <= HIGHEST_FREQUENCY:
            raise RecordFormatError(
                f"the file states a sampling frequency of {stated:g} Hz, which is not that of an ECG"
            )
        if stated is None:
            if said is None:
                raise RecordFormatError(_missing("sampling frequency", "sampling_frequency=", "--sampling-frequency"))
            return said
        if said is not None and not abs(said - stated) <= SAME_FREQUENCY * abs(stated):
            raise RecordFormatError(f"the file has {stated:g} Hz, not {said:g} Hz as said; leave that out")
        return stated

    def unit_of(self, stated: str) -> str:
        """Return the unit that a file states (empty: none), or else that which the user says.

        Raises:
            RecordFormatError: Neither says it, or they contradict each other.
        """
        if not stated:
            if self.unit is None:
                raise RecordFormatError(_missing("unit", "unit=", "--unit"))
            return self.unit
        if self.unit is not None and millivolts_per(stated) != millivolts_per(self.unit):
            raise RecordFormatError(f"the unit in the file is {stated[:20]}, not {self.unit} as said; leave that out")
        return stated

    def leads_of(self, stated: Sequence[str]) -> tuple[str, ...]:
        """Return the leads that a file states; where it names none of the twelve, those which the user says.

        Raises:
            RecordFormatError: They contradict each other.
        """
        names = tuple(normalise_lead(name) for name in stated)
        if self.lead is None:
            return names
        said = view_leads(self.lead)
        if set(said) <= set(names):
            return names
        if len(said) == len(names) and not set(names) & set(STANDARD_LEADS):
            return said
        raise RecordFormatError(
            f"the file has lead {', '.join(names[:12])}, not {self.lead} as said; "
            + ("leave that out" if set(names) & set(STANDARD_LEADS) else f"name {len(names)} leads, joined by '+'")
        )


NOTHING = Told()
"""Nothing is said."""


def _missing(what: str, keyword: str, option: str) -> str:
    return f"the file does not say its {what}, and it is not guessed: say it with {keyword} in Python or {option}"
