"""Recordings for a store."""

from __future__ import annotations

import numpy as np


def strip(seed: int) -> bytes:
    """Ten seconds of lead I as Apple Health exports it."""
    phase = (np.arange(5120) / 512) % (60 / 66)
    signal = 900 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + np.random.default_rng(seed).normal(0, 5, 5120)
    head = "Name,X\nSample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n"
    return (head + "\n".join(f"{value:.3f}" for value in signal) + "\n").encode()
