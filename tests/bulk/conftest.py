"""Recordings for a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyarrow import parquet


def strip(seed: int) -> bytes:
    """Ten seconds of lead I as Apple Health exports it."""
    phase = (np.arange(5120) / 512) % (60 / 66)
    signal = 900 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + np.random.default_rng(seed).normal(0, 5, 5120)
    head = "Name,X\nSample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n"
    return (head + "\n".join(f"{value:.3f}" for value in signal) + "\n").encode()


def archive_of(folder: Path, number: int = 9) -> Path:
    folder.mkdir(exist_ok=True)
    for each in range(number):
        (folder / f"{each}.csv").write_bytes(strip(each))
    (folder / "bad.csv").write_bytes(b"\x00\x01 no recording")
    return folder


def rows_of(table: Path) -> list[dict]:
    return sorted(parquet.read_table(table).to_pylist(), key=lambda row: (row["file"], row["part"]))
