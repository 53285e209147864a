"""CSV of the uECG sensor's Android app: ``time in ms;value;state`` a line, without names.

State 0 is a sample that was lost on the way and filled up, 1 one that was received, more a mark of the user. Samples
have the time at which their package came, many the same one; the sensor sends 122 a second. Values are steps of its
converter: 1.2 V over 16 bits behind a gain of 32.

Source: the app and the firmware, https://github.com/ultimaterobotics (``file_save_ecg``; ``mcp3911.c``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats.assemble import Channel, assemble
from mvkt.ecg.formats.columns import LARGEST_BYTES, read_columns, whole_rows
from mvkt.ecg.formats.not_a_recording import as_text
from mvkt.ecg.formats.reader import Format, Reader, single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.sample_times import MOST_TIMES_LONGER, Timing, gap_notes, measured_or_given, spread
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

FREQUENCY = 122.0
MICROVOLTS_A_STEP = 1.2e6 / 2**16 / 32

_ROW = re.compile(r"1\d{12};-?\d{1,6}(\.\d{1,4})?(E\d)?;\d{1,3}")
_LINES = 20
_FEWEST_LINES = 3
_LARGEST_DIFFERENCE = 0.15
_PAUSE_SECONDS = 2.0


def recognises(file: RecordingFile) -> bool:
    """Whether a file begins with rows as the app writes them."""
    lines = (as_text(file.head) or "").splitlines()[:_LINES]
    whole = lines if file.size <= len(file.head) or len(lines) == _LINES else lines[:-1]
    return len(whole) >= _FEWEST_LINES and all(_ROW.fullmatch(line.strip()) for line in whole)


def read(file: RecordingFile, given: UserFacts) -> Record:
    """Read an export of the app."""
    if file.size > LARGEST_BYTES:
        raise RecordFormatError(f"uECG: a table of {file.size:,} bytes is longer than {LARGEST_BYTES:,}")
    wanted = {0: np.float64, 1: np.float32, 2: np.float32}
    content, cut = whole_rows(file.read_bytes(), 0, b";", 3)
    times, steps, states = read_columns(content, 0, b";", 3, wanted, comma=False)
    seconds = times / 1000
    timing = measured_or_given(lambda: _timing(seconds), given)
    steps[states == 0] = np.nan
    lost = int((states == 0).sum())
    known = (
        f"a step is {MICROVOLTS_A_STEP:.4f} µV, by the sensor's firmware and the app's picture; the app's report draws "
        "twice that, and the file states none"
    )
    signal, unit = given.scaled(steps, MICROVOLTS_A_STEP / 1000)
    notes = [
        *[known] * (given.unit is None),
        *[f"{lost:,} samples that were lost on the way are missing"] * bool(lost),
        *cut,
        *timing.notes,
    ]
    return assemble(
        [Channel("ECG", spread(signal, timing.positions), unit, timing.frequency)],
        source="uECG",
        notes=notes,
        start_time=_start_time(seconds),
        given=given,
    )


def _timing(seconds: NDArray[Any]) -> Timing:
    """Return where each sample belongs: one after the other, but where the app paused.

    Raises:
        RecordFormatError: The times fall, or mean another sampling frequency.
    """
    pauses = np.diff(seconds)
    if not (pauses >= 0).all():
        raise RecordFormatError("uECG: the times of the samples fall")
    lost = np.where(pauses > _PAUSE_SECONDS, np.rint(pauses * FREQUENCY), 0)
    if not lost.sum() < MOST_TIMES_LONGER * len(seconds):
        raise RecordFormatError("uECG: the recording has pauses far longer than what was recorded")
    recorded = float(pauses[lost == 0].sum())
    if recorded > _PAUSE_SECONDS and abs(len(seconds) / recorded / FREQUENCY - 1) > _LARGEST_DIFFERENCE:
        raise RecordFormatError(f"uECG: the times mean {len(seconds) / recorded:.1f} Hz, not {FREQUENCY:g}")
    if not lost.any():
        return Timing(FREQUENCY)
    positions = np.arange(len(seconds)) + np.concatenate(([0], np.cumsum(lost))).astype(np.int64)
    return Timing(FREQUENCY, positions, gap_notes(positions, FREQUENCY))


def _start_time(seconds: NDArray[Any]) -> datetime | None:
    return datetime.fromtimestamp(float(seconds[0]), UTC) if len(seconds) and np.isfinite(seconds[0]) else None


READER = Reader(
    name="uECG",
    formats=(
        Format(
            name="uECG",
            files="uecg_dat_*.csv",
            devices="uECG v4 and v5, Android app",
            read_by="mvkt",
            mind="122 Hz and the amplitude of a step are those of the sensor, not in the file: a note states it; give "
            "--lead: it depends on where the sensor is worn",
        ),
    ),
    recognises=recognises,
    recordings=single(read),
)
