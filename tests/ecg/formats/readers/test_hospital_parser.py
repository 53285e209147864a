"""Warnings, notes and errors of ECGDataKit."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_warnings_become_notes_without_paths(make: SimpleNamespace, counts: Counts, tmp_path: Path) -> None:
    path = tmp_path / "Jane Doe.ecg"
    path.write_bytes(make.ishne(counts) + b"\x00")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = read(path)
    assert any("odd number of data bytes" in note for note in record.notes)
    assert not any("Doe" in note or str(tmp_path) in note for note in record.notes)


def test_notes_do_not_mention_the_library(make: SimpleNamespace, counts: Counts) -> None:
    record = read(
        make.muse(counts).replace(b"<LeadSampleSize>", b"<FirstSampleBaseline>3</FirstSampleBaseline><LeadSampleSize>")
    )
    assert record.notes
    assert "raw_metadata" not in " ".join(record.notes)


def test_errors_do_not_quote_the_file(make: SimpleNamespace, counts: Counts, tmp_path: Path) -> None:
    path = tmp_path / "Jane Doe.xml"
    for content, mark in ((make.aecg(counts), b"<digits>"), (make.sierra(counts), b'resolution="5">')):
        path.write_bytes(content.replace(mark, mark + b"Jane Doe "))
        with pytest.raises(RecordFormatError, match=r"HL7 aECG|Philips Sierra XML: ") as caught:
            read(path)
        assert "Doe" not in str(caught.value)
        assert "Jane" not in str(caught.value)


def test_the_guessed_scale_of_xle_is_a_note(examples: dict[str, bytes]) -> None:
    record = read(examples["XLE ECG"])
    assert any("voltage scale is not stored" in note for note in record.notes)
    assert "V1" not in record.leads, "CR leads are not the chest leads"


@pytest.mark.parametrize("source", ["GE MUSE XML", "Philips Sierra XML", "Mortara ELI (EL250/ELI280)"])
def test_xml_that_was_cut_off_is_named(examples: dict[str, bytes], source: str) -> None:
    with pytest.raises(RecordFormatError, match="the XML is damaged or incomplete"):
        read(examples[source][:-300])
