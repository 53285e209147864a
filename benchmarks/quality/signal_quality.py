"""How good is the assessment of signal quality? Prints the tables of docs/results/quality.md.

``fit`` fits the models instead, ``choose`` compares settings of the noise model within the folds it is fitted on.

    python -m benchmarks.quality.signal_quality PTB_XL [quality|polarity|plausibility|heartbeat ...]
    python -m benchmarks.quality.signal_quality PTB_XL fit|choose

Thresholds and coefficients were chosen on folds 1 to 8, figures are from folds 9 and 10. Rows of rare findings with
"all folds" are not held out: folds 1 to 8 took part in the fit. The heartbeat table is of simulated recordings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from benchmarks.fit import noise_fit, plausibility_fit, polarity_fit
from benchmarks.fit.real_records import SPEC, RealRecords
from benchmarks.fit.stress_noise import KINDS, RAW_FREQUENCY, Ratio, conditioned, mixed
from numpy.typing import NDArray
from scipy.signal import resample_poly

from mvkt.ecg.heartbeat import r_peaks
from mvkt.ecg.leads import STANDARD_LEADS, view_leads
from mvkt.ecg.quality.plausibility import warnings
from mvkt.ecg.quality.polarity import is_inverted, turned
from mvkt.ecg.quality.quality import assess
from mvkt.ecg.record import Record
from mvkt.ecg.signal import condition, cut
from mvkt.ecg.simulate import simulate

RATIOS = (-6.0, 0.0, 6.0, 12.0, 18.0)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def percent(flags: NDArray[np.bool_]) -> str:
    """The share that is true, in percent."""
    return f"{100 * np.mean(flags):.1f} %"


def judgeable(windows: NDArray[np.int16]) -> NDArray[np.bool_]:
    """``(windows,)``: which of ``(windows, leads, samples)`` are good enough for findings."""
    return np.array([quality.judgeable for quality in assess(windows, SPEC)])


def quality(records: RealRecords) -> None:
    """Noise refused, broken traces refused, real recordings kept."""
    held_out = records.fold > 8
    clean = held_out & records.clean
    wordings: dict[Ratio, str] = {"nst": "as the noise stress test counts", "power": "of powers after conditioning"}
    for ratio, wording in wordings.items():
        rows = []
        for lead in ("I", "II"):
            for number, kind in enumerate(KINDS):
                made = [
                    mixed(records.raw_lead(lead)[clean], kind, snr, 100 * number + int(snr) + 50, ratio=ratio)
                    for snr in (RATIOS if ratio == "nst" else (-6.0, 18.0))
                ]
                rows.append([kind, lead, *(percent(judgeable(windows)) for windows in made)])
        columns = ["noise", "lead", *(f"{snr:+g} dB" for snr in (RATIOS if ratio == "nst" else (-6.0, 18.0)))]
        table(f"Windows kept of {clean.sum()} clean recordings with noise; dB {wording}", columns, rows)
    rows = []
    for name, having in (("all", held_out), ("noted as clean", clean), *_rhythms(records)):
        shares = [f"{percent(judgeable(records.lead(lead)[having]))}" for lead in ("I", "II", "V2")]
        rows.append([name, str(having.sum()), *shares])
    table("Real recordings kept", ["recordings", "number", "I", "II", "V2"], rows)
    every = [percent(judgeable(records.lead(lead)[held_out])) for lead in STANDARD_LEADS]
    table("Every lead", STANDARD_LEADS, [every])
    rows = [[name, percent(~judgeable(break_it(records.raw_lead("I")[clean])))] for name, break_it in BROKEN.items()]
    table("Broken traces refused, lead I", ["what is broken", "refused"], rows)


def _rhythms(records: RealRecords) -> list[tuple[str, NDArray[np.bool_]]]:
    """Rare rhythms, of all folds, since two hold few: four fifths of these recordings took part in the fit."""
    names = ("AFIB", "AFLT", "PVC", "BIGU", "TRIGU", "PACE", "CLBBB", "CRBBB", "WPW", "SVTAC", "STACH", "SBRAD")
    return [(f"{name}, all folds", records.having(name)) for name in names if records.having(name).sum() >= 5]


def _flat(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """An electrode falls off after 3 s: a constant, and an amplifier's noise of 2 µV."""
    signal = _raw(raw)
    signal[:, 1500:] = signal[:, 1500:1501]
    return conditioned(signal + np.random.default_rng(1).normal(0, 0.002, signal.shape), RAW_FREQUENCY)


def _rail(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """An electrode falls off after 4 s: the amplifier runs to its limit of 5 mV."""
    signal = _raw(raw)
    signal[:, 2000:] = 5.0
    return conditioned(signal, RAW_FREQUENCY)


def _rail_by_wander(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """A drift of 4 mV against a limit of 2.5 mV: a third of the time at a limit."""
    seconds = np.arange(raw.shape[1] * 5) / RAW_FREQUENCY
    return conditioned(np.clip(_raw(raw) + 4.0 * np.sin(2 * np.pi * 0.2 * seconds), -2.5, 2.5), RAW_FREQUENCY)


def _nothing(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """No person: an amplifier's noise of 20 µV."""
    return conditioned(np.random.default_rng(2).normal(0, 0.02, (len(raw), 5000)), RAW_FREQUENCY)


def _hum_only(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """Open inputs: hum of 2 mV at 50 Hz, its third part at 150 Hz, and an amplifier's noise of 5 µV."""
    seconds = np.arange(5000) / RAW_FREQUENCY
    hum = 2.0 * np.sin(100 * np.pi * seconds) + 0.7 * np.sin(300 * np.pi * seconds)
    return conditioned(hum + np.random.default_rng(3).normal(0, 0.005, (len(raw), 5000)), RAW_FREQUENCY)


def _short(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """A recording of 4 s."""
    return np.concatenate([cut(row[:, :400], SPEC)[0] for row in conditioned(raw / 1000.0, 100.0)])


BROKEN: dict[str, Callable[[NDArray[np.int16]], NDArray[np.int16]]] = {
    "flat after 3 s, 2 µV of noise": _flat,
    "at the limit of 5 mV after 4 s": _rail,
    "drifting into the limit of 2.5 mV": _rail_by_wander,
    "nothing but 20 µV of noise": _nothing,
    "open inputs, hum of 2 mV": _hum_only,
    "only 4 s recorded": _short,
}


def _raw(raw: NDArray[np.int16]) -> NDArray[np.float64]:
    """``(records, samples)`` in mV at 500 Hz."""
    signal: NDArray[np.float64] = resample_poly(raw / 1000.0, 5, 1, axis=1, padtype="line")
    return signal


def polarity(records: RealRecords) -> None:
    """Flipped recordings found, upright ones left alone."""
    rows = []
    for lead in ("I", "II"):
        windows = records.lead(lead)
        for name, chosen in (("fold 9", records.fold == 9), ("fold 10", records.fold == 10), *_axes(records)):
            up = [is_inverted(window[np.newaxis], SPEC, lead) for window in windows[chosen]]
            down = [is_inverted(window[np.newaxis], SPEC, lead) for window in turned(windows[chosen])]
            # Without a verdict, but with some confidence: more likely upside down.
            shares = [
                share
                for found in (down, up)
                for share in (
                    [polarity.certain for polarity in found],
                    [polarity.inverted is True for polarity in found],
                    [polarity.inverted is not False and polarity.confidence > 0 for polarity in found],
                )
            ]
            rows.append([lead, name, str(chosen.sum()), *(percent(np.array(share)) for share in shares)])
    columns = [
        "lead",
        "recordings",
        "number",
        "flipped: turned",
        "turned or shape not judged",
        "or noted",
        "upright: turned",
        "turned or shape not judged",
        "or noted",
    ]
    table("Upside down", columns, rows)


def _axes(records: RealRecords) -> list[tuple[str, NDArray[np.bool_]]]:
    groups = {"right axis (RAD, ARAD), all folds": np.isin(records.axis, ("RAD", "ARAD"))}
    groups["left axis (LAD, ALAD), folds 9 and 10"] = np.isin(records.axis, ("LAD", "ALAD")) & (records.fold > 8)
    for name in ("AFIB", "LMI", "IMI", "CLBBB", "CRBBB", "PACE", "PVC"):
        groups[f"{name}, all folds"] = records.having(name)
    return list(groups.items())


def plausibility(records: RealRecords) -> None:
    """Wrong units and sampling frequencies found, right ones left alone."""
    rows = []
    held_out = np.flatnonzero(records.fold > 8)
    for view in ("I", "II", "12-lead"):
        cases = {"as it is": (1.0, 1.0), "millivolts x 1000": (1000.0, 1.0), "millivolts / 1000": (0.001, 1.0)}
        cases |= {f"frequency x {speed:g}": (1.0, speed) for speed in (0.25, 0.5, 2.0, 4.0)}
        for name, (gain, speed) in cases.items():
            found = [warnings(_misread(records.record(int(row)), view, gain, speed)) for row in held_out]
            warned = np.array([bool(texts) for texts in found])
            right = np.array([_names_the_error(texts, gain, speed) for texts in found])
            rows.append([view, name, percent(warned), "" if name == "as it is" else percent(right)])
    table(f"{len(held_out)} recordings of folds 9 and 10", ["view", "read", "warned", "names the right one"], rows)


def _misread(record: Record, view: str, gain: float, speed: float) -> Record:
    signal = record.select(view) * np.float32(gain)
    return Record(signal, view_leads(view), record.sampling_frequency * speed)


def _names_the_error(found: tuple[str, ...], gain: float, speed: float) -> bool:
    text = " ".join(found)
    return {1.0: True, 1000.0: "fit µV" in text, 0.001: "fit V" in text}[gain] and (
        speed == 1.0 or "at 100 Hz:" in text
    )


def heartbeat(records: RealRecords) -> None:
    """Beats of simulated recordings missed and made up, of all and of those that are good enough to be judged."""
    rows = []
    for condition_ in ("NORM", "AF", "LBBB", "PVC", "PAC"):
        simulated = simulate(60, seed=21, conditions=[condition_])
        for lead in ("I", "II"):
            counts = []
            for row in range(60):
                window = condition(simulated.record(row), SPEC, lead)
                peaks = r_peaks(window, 100.0) / 100.0
                distance = np.abs(peaks[:, np.newaxis] - simulated.r_peaks[row])
                inside = (simulated.r_peaks[row] > 0.2) & (simulated.r_peaks[row] < 9.8)
                whole = (peaks > 0.3) & (peaks < 9.7)
                missed, made_up = (distance.min(axis=0) > 0.1)[inside], (distance.min(axis=1) > 0.12)[whole]
                judged = assess(window[np.newaxis], SPEC)[0].judgeable
                counts.append((judged, missed.sum(), len(missed), made_up.sum(), len(made_up)))
            cells = []
            for kept in (counts, [count for count in counts if count[0]]):
                _, missed, true, made_up, found = np.sum(kept, axis=0)
                cells += [f"{100 * missed / true:.1f} %", f"{100 * made_up / found:.1f} %"]
            rows.append([condition_, lead, *cells, f"{np.mean([count[0] for count in counts]):.0%}"])
    columns = ["condition", "lead", "missed", "made up", "missed where judged", "made up where judged", "judged"]
    table("Beats of 60 simulated recordings each", columns, rows)


def fit(records: RealRecords) -> None:
    """Fit the models on folds 1 to 8, and print what belongs into their modules."""
    coefficients, threshold = noise_fit.fit(records)
    print(f"mvkt.ecg.quality.noisiness\nCOEFFICIENTS = {coefficients.tolist()}\nTHRESHOLD = {threshold}")
    print("mvkt.ecg.quality.polarity")
    for lead, (odd, limit) in polarity_fit.fit(records).items():
        print(f"COEFFICIENTS[{lead!r}] = {odd.tolist()}\nTHRESHOLDS[{lead!r}] = {limit}")
    model, intercept = plausibility_fit.fit(records)
    limit = plausibility_fit.threshold(records, model, intercept)
    print(f"mvkt.ecg.quality.plausibility\nMODEL = {model.tolist()}\nINTERCEPT = {intercept}\nTHRESHOLD = {limit}")


def choose(records: RealRecords) -> None:
    """Print the figures by which the settings of the noise model were chosen."""
    worst = [f"worst error at {snr:+g} dB ({ratio})" for ratio in ("nst", "power") for snr in (-6.0, 18.0)]
    columns = ["penalty", "weights", "kept share", *(f"kept {lead}" for lead in noise_fit.KEPT_LEADS), *worst]
    table("Fitted on folds 1 to 6, measured on folds 7 and 8", columns, noise_fit.choose(records))


PARTS = {
    "quality": quality,
    "polarity": polarity,
    "plausibility": plausibility,
    "heartbeat": heartbeat,
}

if __name__ == "__main__":
    real = RealRecords.read(Path(sys.argv[1]))
    for name in sys.argv[2:] or PARTS:
        {**PARTS, "fit": fit, "choose": choose}[name](real)
