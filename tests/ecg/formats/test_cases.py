"""Files that people have, with the right value of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.ecg.formats import read, write
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

READ_SINCE = {"mixedsignals.hea": ("II", "III", "V"), "opensignals.txt": ("ECG",)}
"""Cases that expect an error, whose formats have a reader by now, and their leads."""

FACTS = {"fs": "sampling_frequency", "sex": "sex", "age": "age"}


def check(record: Record, case: dict[str, Any]) -> None:
    for key, name in FACTS.items():
        assert case.get(key) is None or getattr(record, name) == pytest.approx(case[key]), key
    assert list(record.leads) == case.get("leads", list(record.leads))
    assert len(record.signal) == case.get("samples", len(record.signal))
    for key, of_leads in (("min", np.nanmin), ("max", np.nanmax)):
        if key in case:
            np.testing.assert_allclose(of_leads(record.signal, axis=0), case[key], atol=0.003)
    if "missing" in case:
        assert np.isnan(record.signal).sum(axis=0).tolist() == case["missing"]
    assert str(record.start_time) == case.get("start", str(record.start_time))
    assert any(case.get("note", "") in note.lower() for note in (*record.notes, ""))
    assert "note" not in case or any(case["note"] in note.lower() for note in record.notes)


@pytest.mark.data
def test_every_case(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data.parent / "cases"
    cases = json.loads((folder / "expected.json").read_text())
    assert len(cases) == 35
    for case in cases:
        path = folder / case["file"]
        if case["file"] in READ_SINCE:
            assert read(path).leads == READ_SINCE[case["file"]]
        elif "error" in case:
            with pytest.raises(RecordFormatError) as refused:
                read(path, **case.get("kwargs", {}))
            assert all(word.lower() in str(refused.value).lower() for word in case["error"]), case["file"]
            assert not any(word.lower() in str(refused.value).lower() for word in case["not_in_error"]), case["file"]
        else:
            record = read(path, **case.get("kwargs", {}))
            if "via" in case:
                write(record, tmp_path / f"x.{case['via']}")
                record = read(tmp_path / f"x.{case['via']}")
            check(record, case)
