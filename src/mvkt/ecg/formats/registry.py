"""The formats that are read, and the functions that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from mvkt.ecg.formats.not_a_recording import describe
from mvkt.ecg.formats.reader import Reader, Recording
from mvkt.ecg.formats.readers import (
    aecg,
    apple_health,
    archive,
    cardiosoft,
    edf,
    fhir,
    fitbit,
    health_auto_export,
    healthypi,
    hospital,
    json_table,
    kardia,
    kardia_atc,
    key_value,
    matlab,
    movesense,
    numpy_array,
    opensignals,
    physiobank_atm,
    physionet,
    polar,
    samsung,
    sapphire,
    schiller,
    table,
    uecg,
    withings,
)
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordError, RecordFormatError
from mvkt.plugins import Registry

READERS: tuple[Reader, ...] = (
    apple_health.READER,
    samsung.READER,
    withings.READER,
    fitbit.READER,
    kardia.READER,
    fhir.READER,
    health_auto_export.READER,
    movesense.READER,
    kardia_atc.READER,
    json_table.READER,  # after all that are known by their keys
    polar.READER,
    opensignals.READER,
    physiobank_atm.READER,
    healthypi.READER,
    uecg.READER,
    key_value.READER,
    matlab.READER,
    cardiosoft.READER,
    aecg.READER,
    sapphire.READER,
    schiller.READER,
    edf.READER,
    numpy_array.READER,
    physionet.READER,
    table.READER,  # after all that are more than numbers
    hospital.READER,  # last: it imports the library that knows the most formats
)
"""In the order in which they are tried."""

PLUGIN_READERS: Registry[Reader] = Registry("format", {})
"""Readers of plugins, which come first: ``PLUGIN_READERS.register(reader.name, reader)``, see :mod:`mvkt.plugins`."""

ARCHIVES: tuple[Reader, ...] = (archive.reader(READERS),)
"""Files of files; what is in them is read by :data:`READERS`, which are tried after them."""

_MOST_NAMES = 5


def read(
    source: str | Path | bytes,
    name: str = "",
    *,
    recording: str | None = None,
    sampling_frequency: float | None = None,
    unit: str | None = None,
    lead: str | None = None,
) -> Record:
    """Read an ECG recording of any known format, recognised by its content.

    Args:
        source: The path of a file (for WFDB the header, the signal file, or the record name), or its bytes.
        name: What bytes were called, for formats that are known by it. Never kept.
        recording: Which one, of a file with several (an ``export.zip`` of Apple Health): its name as
            :func:`read_all` gives it, or the last part of it after a slash.
        sampling_frequency: Samples a second, for files that do not state it or state a wrong one.
        unit: nV, µV, mV or V, for files that do not state it or state a wrong one.
        lead: For files that do not name their lead, or name a wrong one; of several columns a view (``"I+II"``).

    Returns:
        The recording in mV. What was changed or left out on the way is in its ``notes``.

    Raises:
        RecordFormatError: The file is missing, of no known format, damaged, or no ECG; it holds several recordings and
            none is chosen; or it has more or fewer leads than ``lead`` names.
    """
    given = UserFacts(sampling_frequency, unit, lead)
    reader, recordings = _open(source, name)
    return _read(reader, _choose(recordings, recording), given)


def read_all(
    source: str | Path | bytes,
    name: str = "",
    *,
    sampling_frequency: float | None = None,
    unit: str | None = None,
    lead: str | None = None,
) -> Iterator[tuple[str, Record | RecordFormatError]]:
    """Read every recording of a file, one after the other.

    Args:
        source: As for :func:`read`.
        name: As for :func:`read`.
        sampling_frequency: As for :func:`read`; of all of them.
        unit: As for :func:`read`; of all of them.
        lead: As for :func:`read`; of all of them.

    Yields:
        The name of a recording within its file, and the recording or why it cannot be read. Files of one recording
        yield that under their own name.

    Raises:
        RecordFormatError: The file as a whole cannot be read.
    """
    given = UserFacts(sampling_frequency, unit, lead)
    reader, recordings = _open(source, name)
    for recording in recordings:
        outcome: Record | RecordFormatError
        try:
            outcome = _read(reader, recording, given)
        except RecordFormatError as error:
            outcome = error
        yield recording.name, outcome


def _open(source: str | Path | bytes, name: str) -> tuple[Reader, Sequence[Recording]]:
    """Find the reader of a file, and what is in the file."""
    file = RecordingFile.open(source, name)
    for reader in (*ARCHIVES, *PLUGIN_READERS.values(), *READERS):
        with _only_format_errors(reader):
            if reader.recognises(file):
                return reader, reader.recordings(file)
    known = ", ".join(entry.name for reader in (*READERS, *ARCHIVES) for entry in reader.formats)
    raise RecordFormatError(
        f"this is {describe(file)}, not a recording of a known format (`mvkt formats` lists them: {known})"
    )


def _read(reader: Reader, recording: Recording, given: UserFacts) -> Record:
    """Read one recording; where the user's facts win over the file's, a note states it."""
    given = replace(given, notes=[])
    with _only_format_errors(reader):
        record = recording.read(given)
        return replace(record, notes=(*record.notes, *given.notes)) if given.notes else record


def _choose(recordings: Sequence[Recording], wanted: str | None) -> Recording:
    names = [recording.name for recording in recordings]
    listed = ", ".join(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES} more" * (len(names) > _MOST_NAMES))
    if wanted is None:
        if len(recordings) == 1:
            return recordings[0]
        raise RecordFormatError(
            f"the file holds {len(names)} recordings: {listed}. Choose one with recording={names[0]!r} "
            "(--recording), or take all of them with read_all"
        )
    chosen = [recording for recording in recordings if wanted == recording.name]
    chosen = chosen or [recording for recording in recordings if recording.name.endswith(f"/{wanted}")]
    if len(chosen) != 1:
        raise RecordFormatError(f"{len(chosen)} recordings of the file are called {wanted!r}; there are {listed}")
    return chosen[0]


@contextmanager
def _only_format_errors(reader: Reader) -> Iterator[None]:
    """Make a RecordFormatError of whatever goes wrong with a file."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is checked where the record is made
            yield
    except RecordFormatError:
        raise
    except RecordError as error:
        raise RecordFormatError(f"{reader.name}: {error}") from error
    except MemoryError as error:
        raise RecordFormatError(f"{reader.name}: there is not enough memory for the recording") from error
    except Exception as error:
        # The file may be quoted in the error: only its kind is given.
        raise RecordFormatError(f"{reader.name}: the file broke its reader ({type(error).__name__})") from error
