"""
Diagnose a recording
====================

A recording is read, drawn, diagnosed, and each finding is traced back to the beats
that it rests on. This needs no PyTorch, only ``pip install mvkt matplotlib``.

mvkt is a research tool, not a medical device: no finding, present or absent, replaces
a physician's reading.
"""

# %%
# Read it
# -------
# ``mvkt.example()`` is the path of a recording that comes with mvkt: 30 seconds of
# lead I, in the form in which a watch exports it. It is simulated. The path of a file
# of your own will do as well; its format is recognised by its content.

import textwrap
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

import mvkt

record = mvkt.read(mvkt.example())
print(record.leads, record.sampling_frequency, "Hz,", record.duration, "s")

# %%
# A record holds its signal in millivolts, ``(samples, leads)``. Here are the first ten
# seconds on ECG paper: a square is 0.2 s wide and 0.5 mV high.


def draw(axes, record, start, seconds):
    """Draw a piece of the first lead on ECG paper."""
    rate = record.sampling_frequency
    piece = slice(round(start * rate), round((start + seconds) * rate))
    time = np.arange(piece.start, piece.stop) / rate
    axes.plot(time, record.signal[piece, 0], color="black", linewidth=0.8)
    axes.set(xlim=(start, start + seconds), ylim=(-1.5, 2), xlabel="seconds")
    axes.set_ylabel(f"{record.leads[0]} (mV)")
    axes.set_xticks(np.arange(start, start + seconds, 0.2), minor=True)
    axes.set_yticks(np.arange(-1.5, 2, 0.5))
    axes.grid(which="both", color="#e8a0a8", linewidth=0.5)


figure, axes = plt.subplots(figsize=(10, 2.8), layout="constrained")
draw(axes, record, 0, 10)

# %%
# Diagnose it
# -----------
# ``mvkt.load`` opens a student. Two come with mvkt, for lead I and for lead II; the
# path of a bundle of your own will do as well.

diagnoser = mvkt.load("lead-I")
diagnosis = diagnoser.diagnose(record)
print(textwrap.fill(diagnosis.summary, 80))

# %%
# Every class has a probability and a verdict. Between *not found* and *found* lies a
# band of probabilities in which the student is too often wrong: there the verdict is
# *inconclusive*.

for finding in diagnosis.by_weight:
    print(f"{finding.probability:6.1%}  {finding.verdict:12}  {finding.title}")

# %%
# The band of each class (grey) was chosen on the validation records, so that errors
# stay rare.

findings = sorted(diagnosis.findings, key=lambda finding: finding.probability)
rows = np.arange(len(findings))
colours = {
    "found": "#a3243b",
    "inconclusive": "#d08a2e",
    "not found": "#4f7f5a",
    "not judged": "#888888",
}

figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
for row, finding in enumerate(findings):
    low, high = finding.band or (finding.threshold, finding.threshold)
    axes.barh(row, high - low, left=low, height=0.8, color="#d9dce1")
axes.scatter(
    [finding.probability for finding in findings],
    rows,
    c=[colours[finding.verdict] for finding in findings],
    zorder=3,
)
axes.set(
    xlim=(0, 1),
    xlabel="probability",
    yticks=rows,
    yticklabels=[finding.title for finding in findings],
)
for verdict in ("found", "inconclusive", "not found"):
    axes.scatter([], [], color=colours[verdict], label=verdict)
axes.legend(loc="lower right")

# %%
# What a finding rests on
# -----------------------
# Blank half a second of the recording, diagnose again, and see how far the probability
# falls: where it falls most, the student has looked. The page of ``mvkt diagnose
# --html`` shades a trace in this way.

premature = diagnosis.positive[0]
middles = np.arange(0.25, 30, 0.25)
falls = []
for middle in middles:
    blanked = record.signal.copy()
    rate = record.sampling_frequency
    blanked[round((middle - 0.25) * rate) : round((middle + 0.25) * rate)] = 0
    again = {
        finding.code: finding
        for finding in diagnoser.diagnose(replace(record, signal=blanked)).findings
    }
    falls.append(premature.probability - again[premature.code].probability)

# %%
# The marks are the pieces without which the probability falls by more than a quarter
# of the largest fall.

figure, rows_of_axes = plt.subplots(3, 1, figsize=(10, 6.5), layout="constrained")
for number, axes in enumerate(rows_of_axes):
    draw(axes, record, 10 * number, 10)
    for middle, fall in zip(middles, falls, strict=True):
        if fall > max(falls) / 4 and 10 * number <= middle < 10 * (number + 1):
            axes.axvspan(
                middle - 0.25, middle + 0.25, color="#3a6fb5", alpha=0.35, linewidth=0
            )
figure.suptitle(f"{premature.title}: {premature.probability:.0%}")

# %%
# Keep the answer
# ---------------
# ``to_json`` gives the answer in a fixed, versioned form: the same as ``mvkt diagnose
# --json``.

print(diagnosis.to_json()[:300], "...")
