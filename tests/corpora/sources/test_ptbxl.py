"""PTB-XL: its tables, its label sets, and what can be wrong in it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.corpora import prepare
from mvkt.corpora.sources.ptbxl import PtbXl, parse_statements, ptbxl_tasks
from mvkt.corpora.table_file import read_table
from mvkt.ecg.signal import windows
from mvkt.errors import BadRecordsError, CorpusError, RecordError

Make = Callable[..., Any]
SIZES = {"all": 71, "diagnostic": 44, "subdiagnostic": 23, "superdiagnostic": 5, "form": 19, "rhythm": 12}


@pytest.mark.data
def test_the_label_sets_have_the_sizes_of_the_published_benchmark(shared_data: Path) -> None:
    rows = {row[""]: row for row in read_table(shared_data / "ptb-xl-subset" / "scp_statements.csv", ())}
    tasks = ptbxl_tasks(rows)
    classes = {name: {c for found in task.statements.values() for c in found} for name, task in tasks.items()}
    assert {name: len(found) for name, found in classes.items()} == SIZES | {"findings": 75}
    assert classes["findings"] == classes["all"] | classes["superdiagnostic"]
    assert tasks["findings"].statements["IMI"] == ("MI", "IMI")
    assert tasks["findings"].statements["NORM"] == ("NORM",)
    assert classes["superdiagnostic"] == {"NORM", "MI", "STTC", "CD", "HYP"}
    assert tasks["subdiagnostic"].statements["ILMI"] == ("IMI",)
    assert tasks["superdiagnostic"].titles["CD"] == "conduction disturbance"
    assert all(task.titles[c] for name, task in tasks.items() for c in classes[name])


@pytest.mark.data
def test_targets_are_those_of_the_benchmarks_aggregation(shared_data: Path) -> None:
    """A plain loop over the tables, as helme/ecg_ptbxl_benchmarking aggregates them."""
    root = shared_data / "ptb-xl-subset"
    entries, _ = PtbXl(root).entries()
    with (root / "scp_statements.csv").open() as file:
        statements = {row[""]: row for row in csv.DictReader(file)}
    for name, column, group in (
        ("superdiagnostic", "diagnostic", "diagnostic_class"),
        ("subdiagnostic", "diagnostic", "diagnostic_subclass"),
        ("form", "form", ""),
    ):
        expected: Counter[str] = Counter()
        for entry in entries:
            codes = [code for code in entry.labels if statements[code][column] == "1.0"]
            expected.update({statements[code][group] if group else code for code in codes})
        task = PtbXl(root).tasks[name]
        found: Counter[str] = Counter()
        for entry in entries:
            found.update({c for code in entry.labels for c in task.statements.get(code, ())})
        assert found == expected


@pytest.mark.data
def test_the_subset_has_its_folds_and_keeps_patients_apart(shared_data: Path) -> None:
    entries, skipped = PtbXl(shared_data / "ptb-xl-subset").entries()
    assert skipped == []
    parts = Counter("test" if e.fold == 10 else "validation" if e.fold == 9 else "training" for e in entries)
    assert parts == {"training": 3_134, "validation": 416, "test": 412}
    folds: dict[str, set[int | None]] = {}
    for entry in entries:
        folds.setdefault(entry.patient_id, set()).add(entry.fold)
    assert all(len(found) == 1 for found in folds.values())
    assert Counter(entry.sex for entry in entries) == {"male": 2_211, "female": 1_751}
    assert max(entry.age or 0 for entry in entries) == 90


@pytest.mark.data
def test_men_are_taller_so_0_is_male(shared_data: Path) -> None:
    with (shared_data / "ptb-xl-subset" / "ptbxl_database.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["height"]]
    heights = {sex: np.mean([float(row["height"]) for row in rows if row["sex"] == sex]) for sex in "01"}
    assert heights["0"] > heights["1"] + 10


def test_entries_of_a_table(mini_ptbxl: Make) -> None:
    root = mini_ptbxl(4, lambda n: {"age": 300} if n == 1 else {"age": "", "sex": ""} if n == 2 else {})
    entries, skipped = PtbXl(root).entries()
    assert skipped == []
    assert [(e.record_id, e.patient_id, e.fold) for e in entries][:2] == [("1", "1001", 2), ("2", "1002", 3)]
    assert [(e.age, e.sex) for e in entries[:3]] == [(90.0, "female"), (None, None), (53.0, "female")]
    assert entries[0].labels == {"IMI": 50.0, "ABQRS": 0.0}
    assert entries[0].path == "records100/00000/00001_lr.hea"
    assert PtbXl(root, resolution=500).entries()[0][0].path == "records500/00000/00001_hr.hea"


def test_prepared_windows_are_those_of_the_files(mini_ptbxl: Make, tmp_path: Path) -> None:
    source = PtbXl(mini_ptbxl(5))
    corpus = prepare(source, tmp_path / "c")
    for row, entry in enumerate(source.entries()[0]):
        expected = windows(source.read(entry), corpus.signal, "I").signal
        np.testing.assert_array_equal(corpus.batch([row], "I"), expected)
    assert list(corpus.manifest.tasks) == [*SIZES, "findings"]
    superclasses = corpus.targets("superdiagnostic")
    assert superclasses.classes == ("MI", "NORM")
    assert superclasses.labelled.tolist() == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("scp_codes", "{'NOPE': 1.0}", "unknown label"),
        ("scp_codes", "{'NORM': 'much'}", "unusable row"),
        ("scp_codes", "__import__('os').system('true')", "unusable row"),
        ("scp_codes", "[" * 5_000, "unusable row"),
        ("scp_codes", "", "unusable row"),
        ("strat_fold", "11", "unusable row"),
        ("strat_fold", "", "unusable row"),
        ("patient_id", "unknown", "unusable row"),
        ("age", "old", "unusable row"),
        ("filename_lr", "../../etc/passwd", "unsafe path"),
        ("filename_lr", "/etc/passwd", "unsafe path"),
        ("filename_lr", "records100/00000/99999_lr", "missing file"),
        ("ecg_id", "1", "duplicate id"),
        ("patient_id", "1001.0", "patient in two folds"),
    ],
)
def test_each_kind_of_bad_row(mini_ptbxl: Make, tmp_path: Path, cell: str, value: str, reason: str) -> None:
    root = mini_ptbxl(6, lambda number: {cell: value} if number == 4 else {})
    with pytest.raises(BadRecordsError, match=f"{reason}: [12]\n"):
        prepare(PtbXl(root), tmp_path / "c")
    corpus = prepare(PtbXl(root), tmp_path / "c", skip_bad=True)
    assert {record.reason for record in corpus.manifest.skipped} == {reason}
    assert corpus.manifest.records + len(corpus.manifest.skipped) == 6


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda dat: dat.write_bytes(dat.read_bytes()[:-100]), "truncated file"),
        (lambda dat: dat.write_bytes(b"\x01" + dat.read_bytes()[1:]), "header disagrees with its data"),
        (lambda dat: dat.unlink(), "missing file"),
        (lambda dat: dat.with_suffix(".hea").write_text("not a header"), "unreadable header"),
    ],
)
def test_each_kind_of_bad_file(mini_ptbxl: Make, tmp_path: Path, spoil: Callable[[Path], object], reason: str) -> None:
    root = mini_ptbxl(5)
    spoil(root / "records100" / "00000" / "00003_lr.dat")
    with pytest.raises(BadRecordsError, match=f"1 record cannot be used .4 can(.|\n)*{reason}: 1\n    3: "):
        prepare(PtbXl(root), tmp_path / "c")
    corpus = prepare(PtbXl(root), tmp_path / "c", skip_bad=True)
    assert corpus.record_id.tolist() == ["1", "2", "4", "5"]


def test_tables_that_are_not_there_or_not_those_of_ptb_xl(mini_ptbxl: Make, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no ptbxl_database.csv"):
        PtbXl(tmp_path).entries()
    root = mini_ptbxl(2)
    (root / "scp_statements.csv").unlink()
    with pytest.raises(CorpusError, match=r"no scp_statements.csv"):
        PtbXl(root).entries()
    (root / "ptbxl_database.csv").write_text("ecg_id,age\n1,2\n")
    with pytest.raises(CorpusError, match="has no column patient_id, sex"):
        PtbXl(root).entries()


def test_a_class_that_ptb_xl_does_not_have(mini_ptbxl: Make) -> None:
    root = mini_ptbxl(2)
    table = root / "scp_statements.csv"
    table.write_text(table.read_text().replace(",MI,IMI", ",HEART,IMI"))
    with pytest.raises(CorpusError, match="diagnostic_class HEART"):
        _ = PtbXl(root).tasks


def test_statements_are_data_and_not_code() -> None:
    assert parse_statements("{'NORM': 100.0, 'SR': 0}") == {"NORM": 100.0, "SR": 0.0}
    for text in ("{'A': 101}", "{'A': -1}", "{'A': float('nan')}", "{1: 2}", "['A']", "{'A': 1" + " " * 10_000 + "}"):
        with pytest.raises(RecordError, match="unusable row: scp_codes"):
            parse_statements(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r"(\d)\.0;", r"\1,0;", text.replace(",", ";")),
        lambda text: text.replace("ecg_id", "ECG_ID").replace("scp_codes", "SCP_Codes"),
        lambda text: re.sub(r",(\d+),records", r",\1.0,records", text),
        lambda text: re.sub(r",([01]),", lambda sex: f",{('male', 'female')[int(sex[1])]},", text),
        lambda text: re.sub(r"(\d)_lr,", r"\1_lr.dat,", text).replace("/", "\\"),
        lambda text: text.replace("100.0", "np.float64(100.0)"),
    ],
    ids=["decimal commas", "capitals", "folds as 1.0", "sex in words", "paths of files", "NumPy"],
)
def test_the_table_saved_again_by_other_programs(mini_ptbxl: Make, change: Callable[[str], str]) -> None:
    root = mini_ptbxl(5, lambda number: {"scp_codes": "{'NORM': 100.0}"})
    expected = PtbXl(root).entries()
    text = (root / "ptbxl_database.csv").read_text()
    assert change(text) != text
    (root / "ptbxl_database.csv").write_text(change(text))
    found = PtbXl(root).entries()
    assert found == expected
    assert (found[0][0].sex, found[0][0].path) == ("female", "records100/00000/00001_lr.hea")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",description", "Unnamed: 0,description"),
        lambda text: text.replace(",description", "scp_code,description").replace("1.0", "True"),
        lambda text: "".join(f"{number},{line}\n" for number, line in zip(["", *range(9)], text.split(), strict=False)),
        lambda text: text.replace(",", ";").replace("1.0", "1,0").replace(";;", ";NA;"),
    ],
)
def test_the_table_of_statements_saved_again(mini_ptbxl: Make, change: Callable[[str], str]) -> None:
    root = mini_ptbxl(3)
    expected = PtbXl(root).tasks
    text = (root / "scp_statements.csv").read_text().replace(" ", "_")
    (root / "scp_statements.csv").write_text(change(text))
    found = PtbXl(root).tasks
    assert {name: task.statements for name, task in found.items()} == {
        name: task.statements for name, task in expected.items()
    }
    (root / "scp_statements.csv").write_text("\n".join(line.partition(",")[2] for line in text.split()))
    with pytest.raises(CorpusError, match="no column with the code of each statement"):
        _ = PtbXl(root).tasks


def test_ages_and_sexes_that_are_none(mini_ptbxl: Make) -> None:
    cells = ({"age": "89+"}, {"age": "300.0"}, {"age": "nan", "sex": "unknown"}, {"sex": "2"})
    entries, (skipped,) = PtbXl(mini_ptbxl(4, lambda number: cells[number - 1])).entries()
    assert [entry.age for entry in entries] == [89.0, 90.0, None]
    assert (skipped.record_id, skipped.detail) == ("4", "sex '2' is none; leave it empty where it is unknown")
