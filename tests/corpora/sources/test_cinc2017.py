from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.errors import BadRecordsError, CorpusError


def strip(folder: Path, name: str, seconds: float = 10.0) -> None:
    """Write a strip as the challenge has them: a MATLAB matrix of level 4, and a header with a date of its own kind."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(len(name) + int(name[1:]))
    counts = np.cumsum(random.normal(0, 20, round(300 * seconds))).clip(-4000, 4000).astype("<i2")
    head = struct.pack("<5i", 30, 1, len(counts), 0, 4) + b"val\0"
    (folder / f"{name}.mat").write_bytes(head + counts.tobytes())
    header = f"{name} 1 300 {len(counts)} 05:04:59 1/04/2000 \n{name}.mat 16+24 1000/mV 16 0 {counts[0]} 0 0 ECG \n"
    (folder / f"{name}.hea").write_text(header)


def collection(tmp_path: Path, labels: Mapping[str, str]) -> Path:
    root = tmp_path / "cinc2017"
    for name in labels:
        strip(root / "training2017", name)
    table = "".join(f"{name},{label}\n" for name, label in labels.items())
    (root / "training2017" / "REFERENCE-v3.csv").write_text(table)
    return root


def test_strips_and_targets(tmp_path: Path) -> None:
    labels = {"A00001": "N", "A00002": "A", "A00003": "O", "A00004": "~", "A00005": "N"}
    root = collection(tmp_path, labels)
    strip(root / "training2017", "A00006", seconds=25.0)
    with (root / "training2017" / "REFERENCE-v3.csv").open("a") as file:
        file.write("A00006,A\n")
    corpus = prepare(Cinc2017(root), tmp_path / "c")
    assert corpus.manifest.leads == ("I",)
    assert corpus.manifest.records == corpus.manifest.patients == 6
    assert corpus.record_id.tolist().count("A00006") == 3, "25 s are three windows"
    targets = corpus.targets("rhythm-strip")
    assert targets.classes == ("AF", "NOISE", "NSR", "ORHY")
    assert targets.matrix[:4].tolist() == [
        [False, False, True, False],
        [True, False, False, False],
        [False, False, False, True],
        [False, True, False, False],
    ]
    assert targets.labelled.all()
    assert "folds are made by record" in corpus.manifest.warnings[0]
    assert "a normal rhythm is no normal ECG" in corpus.manifest.warnings[1]


def test_the_amplitude_is_kept(tmp_path: Path) -> None:
    source = Cinc2017(collection(tmp_path, {"A00001": "N"}))
    (entry,), skipped = source.entries()
    record = source.read(entry)
    assert (record.leads, record.sampling_frequency, skipped) == (("I",), 300.0, [])
    stored = np.frombuffer((source.root / entry.path).read_bytes()[24:], "<i2")
    np.testing.assert_allclose(record.signal[:, 0], stored / 1000, atol=1e-6)


def test_unusable_records_are_errors_with_their_number(tmp_path: Path) -> None:
    root = collection(tmp_path, {"A00001": "N", "A00002": "X"})
    strip(root / "training2017", "A00003")
    with (root / "training2017" / "REFERENCE-v3.csv").open("a") as file:
        file.write("A00009,N\n")
    with pytest.raises(BadRecordsError) as caught:
        prepare(Cinc2017(root), tmp_path / "c")
    for line in ("unknown label: 1", "missing file: 1", "not in the label table: 1"):
        assert line in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no REFERENCE-v3.csv"),
        ("A00001\n", "row 1 of .* has 1 cells"),
        ("\x81\xfe", "no CSV file"),
        ("\n", "has no row"),
        ("version https://git-lfs.github.com", "git lfs pull"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, content: str | None, reason: str) -> None:
    root = collection(tmp_path, {"A00001": "N"})
    table = root / "training2017" / "REFERENCE-v3.csv"
    table.unlink()
    if content is not None:
        table.write_bytes(content.encode("latin-1"))
    with pytest.raises(CorpusError, match=reason):
        Cinc2017(root).entries()


def test_the_newest_labels_are_taken(tmp_path: Path) -> None:
    root = collection(tmp_path, {"A00001": "N"})
    (root / "training2017" / "REFERENCE.csv").write_text("A00001,A\n")
    (entry,), _ = Cinc2017(root).entries()
    assert entry.labels == {"N": 100.0}


@pytest.mark.parametrize("name", ["REFERENCE-v2.csv", "REFERENCE-original.csv", "reference-v0.CSV"])
def test_labels_of_another_version(tmp_path: Path, name: str) -> None:
    folder = collection(tmp_path, {"A00001": "A"}) / "training2017"
    (folder / "REFERENCE-v3.csv").rename(folder / name)
    (entry,), _ = Cinc2017(folder).entries()
    assert entry.labels == {"A": 100.0}


@pytest.mark.data
def test_the_real_strips(shared_data: Path) -> None:
    source = Cinc2017(shared_data / "cinc2017-part")
    entries, skipped = source.entries()
    assert (len(entries), skipped) == (6246, [])
    counts = {label: sum(label in entry.labels for entry in entries) for label in "NAO~"}
    assert counts == {"N": 3752, "A": 520, "O": 1802, "~": 172}
    for entry in entries[::500]:
        record = source.read(entry)
        assert (record.leads, record.sampling_frequency) == (("I",), 300.0)
        assert 9 <= record.duration <= 61
        assert 0.1 < np.ptp(record.signal) < 20


@pytest.mark.parametrize(
    "table",
    [
        "record,label\nA00001,N\nA00002,A\n",
        ",0,1\n0,A00001,N\n1,A00002,A\n",
        "A00001;n\n\nA00002;a\n",
        "A00001\tN\t\r\nA00002\tA\t\r\n  \r\n",
        "training2017/A00001.mat,N\ntraining2017\\A00002.mat,A\n",
    ],
)
def test_tables_saved_again_by_other_programs(tmp_path: Path, table: str) -> None:
    root = collection(tmp_path, {"A00001": "N", "A00002": "A"})
    expected = Cinc2017(root).entries()
    (root / "training2017" / "REFERENCE-v3.csv").write_text(table)
    (root / "training2017" / "._A00001.mat").write_bytes(b"Mac OS X")
    assert Cinc2017(root).entries() == expected


def test_the_table_of_the_sample_does_not_hide_that_of_the_training(tmp_path: Path) -> None:
    root = collection(tmp_path, {"A00001": "N", "A00002": "A"})
    (root / "training2017" / "REFERENCE-v3.csv").rename(root / "training2017" / "REFERENCE.csv")
    strip(root / "sample2017" / "validation", "A00001")
    (root / "sample2017" / "validation" / "REFERENCE.csv").write_text("A00001,N\n")
    entries, skipped = Cinc2017(root).entries()
    assert ([entry.record_id for entry in entries], skipped) == (["A00001", "A00002"], [])
