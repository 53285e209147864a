from __future__ import annotations

import pytest

from mvkt.ecg.formats import read
from mvkt.ecg.formats.table_lines import is_comment, is_rule, repeats_a_word, without_remark


def test_lines_that_are_no_rows() -> None:
    assert all(map(is_rule, ("|---|---|", "-----", "=====", "[Data]", " [Signal values] ")))
    assert not any(map(is_rule, ("[mV]", "[0.1]", "[10:00:00.004]", "-1", "- -", "[a],[b]")))
    assert [is_comment(line) for line in ("# fs: 250", "#N/A,1", "#,I")] == [True, False, False]
    assert without_remark(["1", "# beat"]) == ["1"]
    assert without_remark(["1", "#N/A"]) == ["1", "#N/A"]


@pytest.mark.parametrize("mark", ["--", "*", "!", ";", "%", "//", ">", "#"])
def test_lines_of_facts_begin_with_any_mark(mark: str) -> None:
    rows = "".join(f"{n % 7 / 10}\n" for n in range(100))
    record = read(f"{mark} fs: 250\n{mark} unit: mV\n{mark} lead: II\nECG\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (("II",), 250.0)


def test_sections() -> None:
    rows = "".join(f"{n % 7 / 10}\n" for n in range(100))
    record = read(f"[Info]\nDevice=X\n[Signal]\nSamplingRate=250\nUnit=mV\nLead=II\n[Data]\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (("II",), 250.0)


def test_a_line_of_shimmer_is_none_of_names() -> None:
    assert repeats_a_word(["CAL", "CAL", ""])
    assert not any(map(repeats_a_word, (["CAL"], ["mV", "mV"], ["RAW", "CAL"], ["", ""])))
    names = "Shimmer_Timestamp_Unix_CAL,Shimmer_ECG_LA-RA_24BIT_CAL,Shimmer_ECG_LL-RA_24BIT_CAL"
    rows = "".join(f"{4 * n},{n % 7 / 10},{n % 5 / 10}\n" for n in range(100))
    record = read(f"{names}\nCAL,CAL,CAL\nms,mV,mV\n{rows}".encode())
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 250.0)
