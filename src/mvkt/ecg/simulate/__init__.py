"""A twelve-lead simulator on a three-dimensional cardiac dipole: a corpus for demos, an oracle for tests.

Gaussian waves on the vectorcardiogram (``heart``), beat-to-beat rhythm (``rhythm``), a published lead field
(``torso``), noise at the electrodes (``noise``), people who differ (``population``). What it is not: a source
of medical evidence; the far field of one dipole has none of the local detail of a real chest lead.
"""

from mvkt.ecg.simulate.population import CONDITIONS
from mvkt.ecg.simulate.recording import Simulation, simulate

__all__ = ["CONDITIONS", "Simulation", "simulate"]
