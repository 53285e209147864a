"""The recordings that figures are measured on: PTB-XL, or the part of it that is there."""

from __future__ import annotations

import ast
import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition

SPEC = SignalSpec()
_PROBLEMS = ("baseline_drift", "static_noise", "burst_noise", "electrodes_problems")


@dataclass(frozen=True, eq=False)
class RealRecords:
    """Recordings and what is known of them.

    Attributes:
        raw: ``(records, samples, 12)`` int16 µV at 100 Hz, as recorded.
        fold: ``(records,)``.
        clean: ``(records,)`` no one who read it noted noise, wander or a problem with electrodes.
        statements: The SCP statements of each.
        axis: ``(records,)`` the heart's axis as PTB-XL has it: "MID", "LAD", "RAD", "ARAD", ...
    """

    raw: NDArray[np.int16]
    fold: NDArray[np.int64]
    clean: NDArray[np.bool_]
    statements: tuple[frozenset[str], ...]
    axis: NDArray[np.str_]

    @classmethod
    def read(cls, folder: Path) -> RealRecords:
        """Read all of a folder in the layout of PTB-XL."""
        with (folder / "ptbxl_database.csv").open(encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        signals = [np.fromfile(folder / f"{row['filename_lr']}.dat", "<i2").reshape(-1, 12) for row in rows]
        return cls(
            raw=np.stack(signals),
            fold=np.array([int(row["strat_fold"]) for row in rows]),
            clean=np.array([not any(row[name].strip() for name in _PROBLEMS) for row in rows]),
            statements=tuple(frozenset(ast.literal_eval(row["scp_codes"])) for row in rows),
            axis=np.array([row["heart_axis"] for row in rows]),
        )

    @cached_property
    def windows(self) -> NDArray[np.int16]:
        """``(records, 12, samples)`` int16, conditioned."""
        return np.stack([condition(self.record(row), SPEC, "12-lead") for row in range(len(self.raw))])

    def record(self, row: int) -> Record:
        """One of them as it is read from its file."""
        return Record(self.raw[row].astype(np.float32) / 1000, STANDARD_LEADS, 100.0)

    def lead(self, lead: str) -> NDArray[np.int16]:
        """``(records, 1, samples)`` int16, conditioned."""
        index = STANDARD_LEADS.index(lead)
        return np.ascontiguousarray(self.windows[:, index : index + 1])

    def lead_of(self, row: int, lead: str) -> NDArray[np.int16]:
        """``(samples,)`` int16, conditioned, of one of them."""
        return np.asarray(condition(self.record(row), SPEC, lead)[0])

    def raw_lead(self, lead: str) -> NDArray[np.int16]:
        """``(records, samples)`` int16 as recorded."""
        return np.ascontiguousarray(self.raw[:, :, STANDARD_LEADS.index(lead)])

    def having(self, statement: str) -> NDArray[np.bool_]:
        """``(records,)``: which have an SCP statement."""
        return np.array([statement in statements for statements in self.statements])
