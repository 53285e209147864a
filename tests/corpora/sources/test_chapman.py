from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.challenge import challenge_tasks
from mvkt.corpora.sources.chapman import Chapman
from mvkt.errors import BadRecordsError

Make = Callable[..., Any]


@pytest.fixture
def database(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "chapman"
    for folder, number, dx in (("01/010", 1, "164889003,59118001"), ("01/010", 2, "426177001"), ("02", 3, "1234567")):
        comments = f"#Age: {50 + number}\n#Sex: Female\n#Dx: {dx}\n#Rx: Unknown\n"
        make_wfdb(root / "WFDBRecords" / folder, f"JS0000{number}", number, comments=comments)
    (root / "ConditionNames_SNOMED-CT.csv").write_text("Acronym Name,Full Name,Snomed_CT\nAF,Atrial Flutter,1648900\n")
    return root


def test_records_and_targets(database: Path, tmp_path: Path) -> None:
    corpus = prepare(Chapman(database), tmp_path / "c")
    assert corpus.record_id.tolist() == ["JS00001", "JS00002", "JS00003"]
    assert corpus.age.tolist() == [51, 52, 53]
    targets = corpus.targets("snomed")
    assert targets.classes == ("AF", "RBBB", "SB")
    assert targets.matrix.tolist() == [[True, True, False], [False, False, True], [False, False, False]]
    assert targets.labelled.tolist() == [True, True, False]
    assert Chapman(database).tasks == challenge_tasks()
    assert corpus.manifest.source == "chapman"
    assert "contains these recordings" in corpus.manifest.warnings[1]


def test_a_damaged_header_is_counted(database: Path, tmp_path: Path) -> None:
    (database / "WFDBRecords" / "01" / "JS01052.hea").write_text("\n")
    with pytest.raises(BadRecordsError, match="unreadable header: 1\n    JS01052"):
        prepare(Chapman(database), tmp_path / "c")
    assert len(prepare(Chapman(database), tmp_path / "c", skip_bad=True)) == 3
