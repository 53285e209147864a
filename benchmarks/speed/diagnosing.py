"""Diagnosing: one recording, many, and a Holter of a day.

python -m benchmarks.speed.diagnosing [--ptb-xl FOLDER] [--student lead-I] [--hours 24] [--runs N]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks.speed.bulk import processes
from benchmarks.speed.memory import Anonymous, in_child
from benchmarks.speed.recordings import holter, one_lead
from benchmarks.speed.rows import Row, alone, beside, finish, in_turns, parser, processor_seconds, seconds
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

import mvkt
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.ecg.long_recordings import condition_long
from mvkt.ecg.recording_beats import beats_of
from mvkt.ecg.recording_measures import KnownBeats
from mvkt.ecg.signal import SignalSpec, condition
from mvkt.processes import processors

PART = "diagnosing"
_FREQUENCY = 100.0
SHORT_HOURS = 10 / 3600
REPEATS = 40
BATCHES = (1, 4, 8, 16, 32, 64)


def measure(ptb_xl: Path | None, student: str, hours: float, runs: int) -> list[Row]:
    """All rows of this part."""
    diagnoser = mvkt.load(student)
    with TemporaryDirectory() as folder:
        short = holter(ptb_xl, SHORT_HOURS, Path(folder), sampling_frequency=500)
        made = [*one_recording(diagnoser, short, runs), cold(short, student, runs)]
    return [
        *made,
        *network(diagnoser, runs),
        *many(diagnoser, student, ptb_xl, runs),
        beats(ptb_xl, hours, runs),
        *beside_sleepecg(ptb_xl, student, hours, runs),
        *day(ptb_xl, student, hours, runs),
    ]


def one_recording(diagnoser: Diagnoser, path: Path, runs: int) -> list[Row]:
    """In a warm process; each run is the median of some repeats."""
    record = mvkt.read(path)
    file = [1_000 * typical(lambda: diagnoser.diagnose(mvkt.read(path))) for _ in range(runs)]
    memory = [1_000 * typical(lambda: diagnoser.diagnose(record)) for _ in range(runs)]
    return [
        alone(PART, "10 s of lead I at 500 Hz, from a WFDB file to the answer", file, "ms", below=5),
        alone(PART, "the same, from memory", memory, "ms"),
    ]


def typical(function: Callable[[], object]) -> float:
    """Median seconds of a call, after a few that are not counted."""
    times = [seconds(function) for _ in range(REPEATS + 3)]
    return float(np.median(times[3:]))


def cold(path: Path, student: str, runs: int) -> Row:
    """The command, with Python's own start."""
    command = [sys.executable, "-c", "from mvkt.cli import main; main()", "diagnose", str(path), "--json"]
    command += ["--bundle", student] if Path(student).is_dir() else []
    times = [seconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(runs)]  # noqa: S603
    return alone(PART, "`mvkt diagnose` of that file in a new process", times, "s", below=1)


def network(diagnoser: Diagnoser, runs: int) -> list[Row]:
    """The network alone on one thread: one window, and the batch size that is best."""
    bundle = diagnoser.bundle
    shape = (max(BATCHES), len(bundle.manifest.leads), bundle.manifest.signal.window_samples)
    windows = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    single = [1_000 * typical(lambda: bundle.logits(windows[:1])) for _ in range(runs)]

    def rate(size: int) -> float:
        return size / typical(lambda: bundle.logits(windows[:size]))

    rates = {size: [rate(size) for _ in range(runs)] for size in BATCHES}
    best = max(rates, key=lambda size: float(np.median(rates[size])))
    what = f"windows of 10 s through the network, one thread, {best} at once"
    return [
        alone(PART, "the network alone, one window of 10 s, one thread", single, "ms", below=0.25),
        alone(PART, what, rates[best], "windows/s", at_least=10_000),
    ]


def many(diagnoser: Diagnoser, student: str, ptb_xl: Path | None, runs: int, count: int = 1_024) -> list[Row]:
    """Recordings in memory to probabilities, with preprocessing; the peer is one call of diagnose after the other."""
    lead = diagnoser.bundle.manifest.leads[0]
    records = one_lead(ptb_xl, count, lead=lead)
    with processes(student, processors()) as pool:
        ours, singly = in_turns(
            runs,
            lambda: len(records) / seconds(lambda: pool.probabilities(records)),
            lambda: 64 / seconds(lambda: [diagnoser.diagnose(record) for record in records[:64]]),
        )
    what = f"recordings of 10 s from memory, in batches on {processors()} processes; peer: `diagnose`, one by one"
    return [
        beside(PART, what, ours, singly, "records/s"),
        alone(PART, "the same, against its goal", ours, "records/s", at_least=1_000),
    ]


def beats(ptb_xl: Path | None, hours: float, runs: int) -> Row:
    """Beats of a day from memory; the peer is the plainest detector by scipy: band pass, squared slopes, peaks."""
    records = one_lead(ptb_xl, 64)
    some = np.concatenate([condition(record, SignalSpec(), "I") for record in records], axis=1)
    lead = np.tile(some, (1, max(1, round(hours * 3600 * _FREQUENCY / some.shape[1]))))
    length = lead.shape[1] / _FREQUENCY / 3600
    ours, peer = in_turns(
        runs,
        lambda: length / seconds(lambda: beats_of(lead, _FREQUENCY)),
        lambda: length / seconds(lambda: _plain_beats(lead[0])),
    )
    return beside(PART, f"beats of {length:.1f} h of a lead at 100 Hz, from memory; peer: scipy", ours, peer, "h/s")


def _plain_beats(lead: NDArray[np.int16]) -> NDArray[np.int64]:
    """After Pan and Tompkins, IEEE Transactions on Biomedical Engineering 32 (1985) 230-236, with a fixed threshold."""
    band = butter(2, (5.0, 15.0), "bandpass", fs=_FREQUENCY, output="sos")
    slopes = np.square(np.gradient(sosfiltfilt(band, lead.astype(np.float64))))
    energy = uniform_filter1d(slopes, 15)
    return np.asarray(find_peaks(energy, height=float(np.quantile(energy, 0.9)) / 2, distance=25)[0])


def beside_sleepecg(ptb_xl: Path | None, student: str, hours: float, runs: int) -> list[Row]:
    """Beats of a day and their kinds, and its diagnosis, from the file; nothing where SleepECG is not installed.

    The peer reads it with wfdb, filters it by scipy and finds the beats with SleepECG. Both by the processor time of
    all threads, since one of them uses several.
    """
    if find_spec("sleepecg") is None:
        return []
    with holters(ptb_xl, (hours,)) as (path,):
        found = in_child("diagnosing", ["--peer", str(path), "--student", student, "--runs", str(runs)])
    what = f"of {hours:g} h, one lead at 250 Hz, from the file, time of processors; peer: wfdb, scipy, SleepECG"
    beats, diagnosis, theirs = (found[name] for name in ("beats", "diagnosis", "peer"))
    return [
        beside(PART, f"beats and kinds {what}", beats, theirs, "s", at_least=0.67, smaller_is_better=True),
        beside(PART, f"diagnosis {what}", diagnosis, theirs, "s", smaller_is_better=True),
    ]


def peer(path: Path, student: str, runs: int) -> dict[str, list[float]]:
    """Seconds of processors, in turns: ``beats``, ``diagnosis`` and ``peer``."""
    from sleepecg import detect_heartbeats
    from wfdb import rdrecord

    diagnoser = mvkt.load(student)
    spec, view = diagnoser.bundle.manifest.signal, diagnoser.bundle.manifest.view

    def ours() -> None:
        KnownBeats.of(condition_long(mvkt.read(path), spec, view), spec.sampling_frequency)

    def theirs() -> None:
        record = rdrecord(str(path.with_suffix("")))
        band = butter(2, (0.5, 40.0), "bandpass", fs=record.fs, output="sos")
        detect_heartbeats(sosfiltfilt(band, record.p_signal[:, 0]), record.fs)

    works: list[Callable[[], object]] = [ours, lambda: diagnoser.diagnose(mvkt.read(path)), theirs]
    times = in_turns(runs, *(lambda work=work: processor_seconds(work) for work in works))
    return dict(zip(("beats", "diagnosis", "peer"), times, strict=True))


def day(ptb_xl: Path | None, student: str, hours: float, runs: int) -> Iterator[Row]:
    """A Holter of one lead from the file to the findings, each run in a fresh process with the student open."""
    with holters(ptb_xl, (hours / 24, hours)) as (short, long):
        results = [in_child("diagnosing", ["--child", str(long), "--student", student]) for _ in range(runs)]
        little = in_child("diagnosing", ["--child", str(short), "--student", student])
    times, megabytes = ([result[key] for result in results] for key in ("seconds", "megabytes"))
    what = f"Holter of {hours:g} h, one lead at 250 Hz, from the file to the findings"
    yield alone(PART, f"{what}, {processors()} cores", times, "s", below=2)
    yield alone(PART, f"the most memory for it (for a 24th of it: {little['megabytes']:.0f} MB)", megabytes, "MB")


@contextmanager
def holters(ptb_xl: Path | None, hours: tuple[float, ...]) -> Iterator[list[Path]]:
    """Files of several lengths."""
    with TemporaryDirectory() as folder:
        made = []
        for length in hours:
            place = Path(folder) / f"{length:g}"
            place.mkdir()
            made.append(holter(ptb_xl, length, place))
        yield made


def child(path: Path, student: str) -> dict[str, float]:
    """What a process measures: time and memory of one recording, after a short one."""
    diagnoser = mvkt.load(student)
    diagnoser.diagnose(one_lead(None, 1, lead=diagnoser.bundle.manifest.leads[0])[0])  # imports what it needs
    with Anonymous() as memory:
        time = seconds(lambda: diagnoser.diagnose(mvkt.read(path)))
    return {"seconds": time, "megabytes": memory.megabytes}


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--student", default="lead-I", help="a student in the box or the folder of a bundle")
    options.add_argument("--hours", type=float, default=24.0, help="of the Holter (24)")
    options.add_argument("--child", type=Path, help="measure this recording in this process and print JSON")
    options.add_argument("--peer", type=Path, help="the same beside SleepECG")
    chosen = options.parse_args()
    if chosen.peer:
        print(json.dumps(peer(chosen.peer, chosen.student, chosen.runs)))
    elif chosen.child:
        print(json.dumps(child(chosen.child, chosen.student)))
    else:
        finish(measure(chosen.ptb_xl, chosen.student, chosen.hours, chosen.runs), chosen)


if __name__ == "__main__":
    main()
