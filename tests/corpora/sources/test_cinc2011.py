from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.cinc2011 import Cinc2011
from mvkt.errors import BadRecordsError, CorpusError

Make = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "cinc2011"
    for number in range(1, 5):
        make_wfdb(root, f"100000{number}", number)
    return root


def test_without_a_table_nothing_is_labelled(database: Path, tmp_path: Path) -> None:
    corpus = prepare(Cinc2011(database), tmp_path / "c")
    assert len(corpus) == 4
    assert all(labels == {} for labels in corpus.labels)
    assert corpus.targets("quality").classes == ()


def test_the_quality(database: Path, tmp_path: Path) -> None:
    (database / "quality.csv").write_text(
        "record,quality\n1000001,acceptable\n1000002,unacceptable\n1000003,undecided\n1000004,\n"
    )
    targets = prepare(Cinc2011(database), tmp_path / "c").targets("quality")
    assert targets.classes == ("ACCEPTABLE", "UNACCEPTABLE")
    assert targets.matrix.tolist() == [[True, False], [False, True], [False, False], [False, False]]
    assert targets.labelled.tolist() == [True, True, False, False]


def test_missing_files_are_errors(database: Path, tmp_path: Path) -> None:
    (database / "quality.csv").write_text("record,quality\n9999999,acceptable\n")
    with pytest.raises(BadRecordsError, match="missing file: 1\n    9999999"):
        prepare(Cinc2011(database), tmp_path / "c")
    with pytest.raises(CorpusError, match=r"no \.hea file"):
        Cinc2011(tmp_path / "nowhere").entries()


@pytest.mark.data
def test_the_real_archive(shared_data: Path) -> None:
    source = Cinc2011(shared_data / "cinc2011-part")
    entries, skipped = source.entries()
    assert (len(entries), skipped) == (500, [])
    counts = {verdict: sum(verdict in entry.labels for entry in entries) for verdict in ("acceptable", "unacceptable")}
    assert counts == {"acceptable": 391, "unacceptable": 108}
    record = source.read(entries[0])
    assert (len(record.leads), record.sampling_frequency, record.duration) == (12, 250.0, 10.0)
