"""A table of what a network gave, in Parquet or CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from scipy.special import expit

from mvkt.corpora import prepare
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.sources.folder import Folder
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.formats.writers.registry import write
from mvkt.ecg.record import Record
from mvkt.errors import TrainingError
from mvkt.training.teachers.find_teacher import find_teacher
from mvkt.training.teachers.logits_table import LogitsTable


@pytest.fixture
def make_corpus(tmp_path: Path) -> Callable[[Sequence[str]], Corpus]:
    """Prepare a corpus of recordings of these names."""

    def make(names: Sequence[str]) -> Corpus:
        records = Simulated(records=len(names))
        for name, record in zip(names, records.read_many(records.entries()[0]), strict=True):
            assert isinstance(record, Record)
            (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
            write(record, tmp_path / "archive" / name, "wfdb")
        return prepare(Folder(tmp_path / "archive"), tmp_path / "corpus", view="I", workers=1)

    return make


def ignore(done: int, total: int) -> None:
    """Nobody watches."""


def values_of(corpus: Corpus) -> np.ndarray:
    return np.random.default_rng(0).normal(scale=3, size=(len(corpus), 2)).astype(np.float32)


def test_parquet_and_csv_give_the_same(corpus: Corpus, tmp_path: Path) -> None:
    values, names = values_of(corpus), corpus.record_id.tolist()
    table = pyarrow.table({"record": names, "A": values[:, 0].tolist(), "B": values[:, 1].tolist()})
    parquet.write_table(table, tmp_path / "logits.parquet")
    lines = [f"{name}.hea,{first},{second}" for name, (first, second) in zip(names, values, strict=True)]
    (tmp_path / "logits.csv").write_text("\n".join(["record,A,B", *lines]))
    for name in ("logits.parquet", "logits.csv"):
        teacher = find_teacher(tmp_path / name)
        assert teacher.facts.classes == ("A", "B")
        if name.endswith("parquet"):
            np.testing.assert_allclose(teacher.logits(corpus, ignore), values, rtol=1e-5)


def test_probabilities_are_recognised(corpus: Corpus, tmp_path: Path) -> None:
    values = values_of(corpus)
    lines = [f"{name},{p}" for name, p in zip(corpus.record_id, expit(values[:, 0]), strict=True)]
    (tmp_path / "p.csv").write_text("\n".join(["record,A", *lines]))
    made = LogitsTable(tmp_path / "p.csv").logits(corpus, ignore)
    np.testing.assert_allclose(made[:, 0], values[:, 0], rtol=1e-3, atol=1e-3)


def test_what_is_missing_is_not_known(corpus: Corpus, tmp_path: Path) -> None:
    first, second, *_ = corpus.record_id.tolist()
    (tmp_path / "t.csv").write_text(f"record,A,B\n{first},2.5,\n{second},-1,4\n")
    made = LogitsTable(tmp_path / "t.csv").logits(corpus, ignore)
    np.testing.assert_array_equal(made[:2], [[2.5, np.nan], [-1, 4]])
    assert np.isnan(made[2:]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,A\nx,1\n", "no column 'record'; it has name, A"),
        ("record\nx\n", "no column of a class"),
        ("record,A\nx,1\nx,2\n", "1 rows of records that it has already"),
        ("record,A\nx,high\n", "a value that is no number"),
        ("record,A\nx,inf\n", "infinite values"),
        ("record,A\nx,\n", "has no value"),
        ("record,A\nx,1,2\n", "row 2 has another number of cells"),
        ("record,A\n" + "".join(f"x{n},{n}\n" for n in range(30)), "none below 0: these are no logits"),
        ("record,A,A\nx,1,2\n", "two columns of a name"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TrainingError, match=message):
        LogitsTable(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("header", "row", "encoding"),
    [
        ("record;A;B", "{name};2,5;-1", "utf-8"),
        ("record\tA\tB", "{name}\t2.5\t-1", "utf-16"),
        (",record,A,B,", "{n},{name},2.5,-1,", "utf-8"),
        ("Unnamed: 0,Record,patient,age, A,B", "{n},{name},P1,40,2.5,-1", "utf-8"),
        ("file,A,B", "{name},2.5,-1,\n", "utf-8"),
    ],
)
def test_tables_of_spreadsheet_programs_and_pandas(
    corpus: Corpus, tmp_path: Path, header: str, row: str, encoding: str
) -> None:
    rows = [row.format(n=number, name=name) for number, name in enumerate(corpus.record_id.tolist())]
    (tmp_path / "t.csv").write_bytes("\n".join([header, *rows]).encode(encoding))
    table = LogitsTable(tmp_path / "t.csv")
    assert table.facts.classes == ("A", "B")
    np.testing.assert_array_equal(table.logits(corpus, ignore), [[2.5, -1]] * len(corpus))


def test_a_table_of_other_recordings_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("record,A\nnobody,1\n")
    with pytest.raises(TrainingError, match="names none of the 240 recordings"):
        LogitsTable(tmp_path / "t.csv").logits(corpus, ignore)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("record,A\nx,1\n")
    with pytest.raises(TrainingError, match="no Parquet table"):
        LogitsTable(tmp_path / "t.parquet")


ARCHIVE = ("a/00001.hea", "a/00002.hea", "b/00002.hea", "b/x.hea")


@pytest.mark.parametrize(
    "names",
    [
        ARCHIVE,
        ("1.0", "a\\00002", "b\\00002", "X"),
        ("1", "./a/00002.npy", "/data/b/00002.dat", "D:\\data\\x.dat"),
    ],
)
def test_names_as_programs_and_other_computers_write_them(
    make_corpus: Callable[[Sequence[str]], Corpus], tmp_path: Path, names: Sequence[str]
) -> None:
    lines = [f"{name},{number},-1" for number, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("\n".join(["record,A,B", *lines[::-1]]))
    made = LogitsTable(tmp_path / "t.csv").logits(make_corpus(ARCHIVE), ignore)
    np.testing.assert_array_equal(made[:, 0], range(4))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("00002", "x"), "00002 may be a/00002.hea or b/00002.hea; give the path"),
        (("b/x", "x.hea"), "b/x and x.hea are the same recording, b/x.hea"),
    ],
)
def test_names_of_two_recordings_and_two_names_of_one_are_refused(
    make_corpus: Callable[[Sequence[str]], Corpus], tmp_path: Path, names: Sequence[str], message: str
) -> None:
    (tmp_path / "t.csv").write_text("\n".join(["record,A", *(f"{name},-1" for name in names)]))
    with pytest.raises(TrainingError, match=message):
        LogitsTable(tmp_path / "t.csv").logits(make_corpus(ARCHIVE), ignore)


def test_probabilities_beside_logits_are_refused(tmp_path: Path) -> None:
    rows = [f"x{number},0.{number:02d},{number - 20},\n" for number in range(40)]
    (tmp_path / "t.csv").write_text("record,A,B,C\n" + "".join(rows))
    with pytest.raises(TrainingError, match=r"between 0 and 1 alone in A, .* write logits of all classes"):
        LogitsTable(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("record,A,B,C\n" + "".join(row.replace(",0.", ",-0.") for row in rows))
    assert LogitsTable(tmp_path / "t.csv").facts.classes == ("A", "B", "C")
