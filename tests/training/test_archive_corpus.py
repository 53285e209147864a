"""An archive as a corpus: prepared once, and gone on with only when it is the same archive with the same labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.training.archives import write_archive

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import CorpusError
from mvkt.training.archive_corpus import archive_corpus, joined_view


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives") / "recordings"
    write_archive(folder, 12)
    return folder


def table(folder: Path, name: str, *rows: str, header: str = "record,patient,labels") -> Path:
    (folder / name).write_text("\n".join((header, *rows)) + "\n")
    return folder / name


def opened(archive: Path, out: Path, labels: Path | None = None) -> Corpus:
    return archive_corpus(archive, out, "I+II", SignalSpec(), labels, workers=1)


def test_what_is_prepared_is_taken_again(archive: Path, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.csv", "r0000,p,AF;LVH", "r0001,q,", "r0002,r,nan")
    first = opened(archive, tmp_path / "corpus", labels)
    assert first.labelled.sum() == 2
    again = opened(archive, tmp_path / "corpus", labels)
    assert again.manifest == first.manifest


def test_another_table_of_labels_is_refused(archive: Path, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels.csv", "r0000,p,AF", "r0001,q,")
    opened(archive, tmp_path / "corpus", labels)
    for number, rows in enumerate((["r0000,p,LVH", "r0001,q,"], ["r0000,p,AF", "r0001,p,"], ["r0000,p,AF"])):
        other = table(tmp_path, f"other{number}.csv", *rows)
        with pytest.raises(CorpusError, match=r"begun with another table of labels: the recording r000\d.hea has"):
            opened(archive, tmp_path / "corpus", other)
    with pytest.raises(CorpusError, match=r"begun with another table of labels"):
        opened(archive, tmp_path / "corpus")


def test_another_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    opened(archive, tmp_path / "corpus")
    write_archive(tmp_path / "few", 3)
    with pytest.raises(CorpusError, match=r"begun with another archive: the recording r0003.hea is in it and not in"):
        opened(tmp_path / "few", tmp_path / "corpus")
    write_archive(tmp_path / "many", 14)
    with pytest.raises(CorpusError, match=r"begun with 2 recordings fewer, without r0012.hea"):
        opened(tmp_path / "many", tmp_path / "corpus")


def test_a_run_may_lie_in_its_archive(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", 12)
    first = opened(tmp_path / "archive", tmp_path / "archive" / "run" / "corpus")
    (tmp_path / "archive" / "run" / "teacher.npz").touch()
    assert opened(tmp_path / "archive", tmp_path / "archive" / "run" / "corpus").manifest == first.manifest


def test_a_table_of_patients_alone_gives_no_labels(archive: Path, tmp_path: Path) -> None:
    patients = table(tmp_path, "p.csv", "r0000,p,1", "r0001,p,1", header="record,patient,fold")
    corpus = opened(archive, tmp_path / "corpus", patients)
    assert not corpus.manifest.tasks
    assert not corpus.labelled.any()
    assert corpus.patient_id[:3].tolist() == ["p", "p", "r0002.hea"]


def test_the_leads_of_views_stand_once_and_standard_leads_first() -> None:
    assert joined_view("ES", "I+II", "II") == "I+II+ES"
