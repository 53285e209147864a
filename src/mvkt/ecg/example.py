"""The recording that comes with mvkt: 30 s of lead I in the form in which a watch exports it.

It is simulated: a heart with premature ventricular beats (:mod:`mvkt.ecg.simulate`). It was picked among a few because
the student of lead I finds these beats in it, so it shows how mvkt is used and nothing about how often it is right.
"""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).parent.parent / "examples" / "watch-lead-I.csv"
_SAMPLING_FREQUENCY = 512
_SECONDS = 30
_SEED = 2
_HEADER = """\
Name,
Date of Birth,"Jan 1, 1965"
Recorded Date,2024-05-01 08:00:00 +0000
Classification,
Symptoms,
Software Version,1.0
Device,simulated by mvkt
Sample Rate,{rate} hertz


Lead,Lead I
Unit,µV

"""


def example() -> Path:
    """Return the path of a recording to try mvkt with.

    It is a CSV file as a watch exports it: 30 s of lead I at 512 Hz, simulated, of a person of 59 years.
    """
    return _FILE


def make_example() -> str:
    """Return the content of the file of :func:`example`, in whole microvolts."""
    import numpy as np

    from mvkt.ecg.simulate import simulate

    simulation = simulate(
        1, seed=_SEED, conditions=("PVC",), sampling_frequency=_SAMPLING_FREQUENCY, duration=float(_SECONDS)
    )
    microvolts = np.rint(simulation.record(0).select("I")[:, 0] * 1000).astype(int)
    return _HEADER.format(rate=_SAMPLING_FREQUENCY) + "".join(f"{value}\n" for value in microvolts)
