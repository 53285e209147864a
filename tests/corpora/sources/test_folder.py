"""One's own recordings with a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mvkt.corpora import prepare
from mvkt.corpora.describe import describe
from mvkt.corpora.sources.folder import Folder
from mvkt.errors import BadRecordsError, CorpusError

Make = Callable[..., Any]


@pytest.fixture
def recordings(tmp_path: Path, make_wfdb: Make) -> Path:
    root = tmp_path / "own"
    for number in range(12):
        make_wfdb(root / "ward", f"r{number}", number)
    return root


def table(root: Path, *rows: str, header: str = "record,patient,labels", name: str = "labels.csv") -> Path:
    (root / name).write_text("\n".join((header, *rows)) + "\n")
    return root / name


def row(number: int, patient: str = "", labels: str = "AF") -> str:
    return f"ward/r{number}.hea,{patient or f'p{number}'},{labels}"


def test_labels_patients_and_made_folds(recordings: Path, tmp_path: Path) -> None:
    labels = ["AF", "AF; SR", "SR|AF", "", " X "]
    table(recordings, *(row(n, f"p{n // 2}", labels[n % 5]) for n in range(12)))
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.labels[1] == {"AF": 100.0, "SR": 100.0}
    assert corpus.labels[2] == {"SR": 100.0, "AF": 100.0}
    assert (corpus.labels[3], corpus.labels[4]) == ({}, {"X": 100.0})
    assert corpus.manifest.patients == 6
    assert (corpus.fold[::2] == corpus.fold[1::2]).all()
    assert corpus.targets("labels").classes == ("AF", "SR", "X")
    assert corpus.manifest.warnings == ()
    assert corpus.record_id[0] == "ward/r0.hea"


def test_folds_age_and_sex_of_the_table(recordings: Path, tmp_path: Path) -> None:
    rows = ["ward/r0.hea,a,AF,1,40,F", "ward/r1.hea,b,AF,10,,male", "ward/r2.hea,c,AF,9,7.5,"]
    table(recordings, *rows, header="record,patient,labels,fold,age,sex")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.fold.tolist() == [1, 10, 9]
    assert corpus.age.tolist()[::2] == [40.0, 7.5]
    assert corpus.sex.tolist() == ["female", "male", ""]


def test_without_patients_there_is_a_warning(recordings: Path, tmp_path: Path) -> None:
    table(recordings, "ward/r0.hea,AF", "ward\\r1.hea,SR", header="record,labels")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.manifest.patients == 2
    assert "no column 'patient'" in corpus.manifest.warnings[0]


def test_a_table_elsewhere_with_a_byte_order_mark_and_quotes(recordings: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "t.csv"
    elsewhere.write_bytes('\ufeffrecord,labels\r\n"ward/r0.hea","AF;SR"\r\n'.encode())
    assert prepare(Folder(recordings, labels=elsewhere), tmp_path / "c").labels == [{"AF": 100.0, "SR": 100.0}]


def test_known_classes_have_titles_and_others_are_bad(recordings: Path, tmp_path: Path) -> None:
    table(recordings, row(0), row(1, labels="AFF"), row(2, labels="SR"))
    source = Folder(recordings, classes=("AF=atrial fibrillation", "SR"))
    with pytest.raises(BadRecordsError, match=r"unknown label: 1\n    ward/r1.hea: AFF"):
        prepare(source, tmp_path / "c")
    corpus = prepare(source, tmp_path / "c", skip_bad=True)
    assert corpus.targets("labels").titles == {"AF": "atrial fibrillation", "SR": "SR"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("../r1.hea,p,AF,1,,", "unsafe path"),
        ("/etc/passwd,p,AF,1,,", "unsafe path"),
        ("C:\\r1.hea,p,AF,1,,", "unsafe path"),
        (",p,AF,1,,", "unusable row"),
        ("ward/absent.hea,p,AF,1,,", "missing file"),
        ("labels.csv,p,AF,1,,", "missing file"),
        ("ward/r1.hea,,AF,1,,", "unusable row"),
        ("ward/r1.hea,p,AF,0,,", "unusable row"),
        ("ward/r1.hea,p,AF,1,old,", "unusable row"),
        ("ward/r1.hea,p,AF,1,200,", "unusable row"),
        ("ward/r0.hea,q,AF,1,,", "duplicate id"),
        ("ward/r1.hea,p,AF,trial,,", "unusable row"),
    ],
)
def test_each_kind_of_bad_row(recordings: Path, tmp_path: Path, bad: str, reason: str) -> None:
    table(recordings, "ward/r0.hea,a,AF,1,,", bad, header="record,patient,labels,fold,age,sex")
    with pytest.raises(BadRecordsError, match=f"{reason}: 1\n"):
        prepare(Folder(recordings), tmp_path / "c")
    assert len(prepare(Folder(recordings), tmp_path / "c", skip_bad=True)) == 1


def test_a_patient_in_two_folds(recordings: Path, tmp_path: Path) -> None:
    rows = ["ward/r0.hea,a,AF,1", "ward/r1.hea,a,AF,2", "ward/r2.hea,b,AF,2"]
    table(recordings, *rows, header="record,patient,labels,fold")
    with pytest.raises(BadRecordsError, match="patient in two folds: 2"):
        prepare(Folder(recordings), tmp_path / "c")


def test_a_table_without_labels_gives_patients_folds_age_and_sex(recordings: Path, tmp_path: Path) -> None:
    table(
        recordings,
        "ward/r0.hea,a,1,40,F",
        "ward/r1.hea,a,1,40,F",
        "ward/r2,b,9,,",
        header="record,patient,fold,age,sex",
    )
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert (corpus.manifest.records, corpus.manifest.patients) == (3, 2)
    assert (corpus.fold.tolist(), corpus.age.tolist()[:2]) == ([1, 1, 9], [40.0, 40.0])
    assert not corpus.manifest.tasks
    assert not corpus.labelled.any()
    assert "its recordings are without labels" in corpus.manifest.warnings[0]


def test_tables_that_are_none(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"there is no absent.csv"):
        Folder(recordings, labels=recordings / "absent.csv").entries()
    with pytest.raises(CorpusError, match=r"there is no folder"):
        Folder(recordings / "absent").entries()
    table(recordings, "x,y,z", header="record,labels,lables")
    with pytest.raises(CorpusError, match="has the column 'lables' with 'z': a column of a label holds 0 and 1"):
        Folder(recordings).entries()
    table(recordings, "ward/r0.hea,a,AF,surplus")
    with pytest.raises(CorpusError, match=r"1 rows with more cells than its header .the first is row 2"):
        Folder(recordings).entries()
    table(recordings, "ward/r0.hea,a,")
    with pytest.raises(CorpusError, match=r"no record of labels.csv has a label"):
        prepare(Folder(recordings), tmp_path / "c")
    (recordings / "labels.csv").write_bytes(b"record,labels\n\x81\xfe,AF\n")
    with pytest.raises(CorpusError, match=r"labels.csv is no CSV file .*save it as CSV in UTF-8"):
        Folder(recordings).entries()


@pytest.mark.parametrize("name", ["r3", "r3.hea", "r3.dat", "ward/r3", "ward/r3.hea", "ward/r3.dat", "ward\\r3.hea"])
def test_a_recording_has_many_names(recordings: Path, tmp_path: Path, name: str) -> None:
    table(recordings, f"{name},p,AF")
    assert prepare(Folder(recordings), tmp_path / "c").record_id.tolist() == ["ward/r3.hea"]


def test_numbers_that_a_spreadsheet_rewrote(tmp_path: Path, make_wfdb: Make) -> None:
    root = tmp_path / "own"
    for number in range(3):
        make_wfdb(root, f"0001{number}", number)
    table(root, "10.0,a,AF", "11,b,SR", "00012,c,SR")
    corpus = prepare(Folder(root), tmp_path / "c")
    assert corpus.record_id.tolist() == ["00010.hea", "00011.hea", "00012.hea"]


def test_a_missing_name_is_answered_with_the_nearest(recordings: Path, tmp_path: Path, make_wfdb: Make) -> None:
    make_wfdb(recordings / "icu", "r0", 0)
    table(recordings, row(1), "ward/r77,p,AF", "r0,p,AF")
    with pytest.raises(BadRecordsError) as caught:
        prepare(Folder(recordings), tmp_path / "c")
    assert "there is no ward/r77; did you mean 'r7'?" in str(caught.value)
    assert "r0 may be icu/r0.hea or ward/r0.hea; give the path below the folder" in str(caught.value)
    assert not (tmp_path / "c").exists()


def test_a_column_for_each_label(recordings: Path, tmp_path: Path) -> None:
    rows = ["r0,1,0,1.0,", "r1,true,False,nan,", "r2,yes,,,", "r3,,,,", "r4,0,0,0,nan"]
    table(recordings, *rows, header="record,AF,PVC,LBBB,remark")  # the last one is empty
    targets = prepare(Folder(recordings), tmp_path / "c").targets("labels")
    assert targets.classes == ("AF", "LBBB")  # nobody has PVC
    assert targets.matrix.tolist() == [[True, True], [True, False], [True, False], [False, False], [False, False]]
    assert targets.labelled.tolist() == [True, True, True, False, True]
    assert targets.known.tolist() == [[True, True], [True, False], [True, False], [False, False], [True, True]]


def test_no_label_and_no_answer_differ(recordings: Path, tmp_path: Path) -> None:
    table(
        recordings, *(f"r{n},{text}" for n, text in enumerate(("AF", "", "nan", "NaN", "NA"))), header="record,labels"
    )
    targets = prepare(Folder(recordings), tmp_path / "c").targets("labels")
    assert targets.classes == ("AF",)
    assert targets.labelled.tolist() == [True, True, False, False, False]
    assert targets.known.ravel().tolist() == [True, True, False, False, False]


def test_a_table_as_a_hospital_has_it(recordings: Path, tmp_path: Path) -> None:
    rows = ["r0;P1 ;AF, LBBB;1.0;63,5;w", "r1;p1;AF|SR;1;;m", "r2;17.0;SR;10;40;m", "r3;17;;10;;", "r4;19;AF;9;;"]
    text = "\r\n".join(["Filename;Patient ID;Diagnosis;Fold;Alter;Geschlecht", *rows])
    (recordings / "labels.csv").write_bytes(text.encode("utf-8-sig"))
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.fold.tolist() == [1, 1, 10, 10, 9]
    assert corpus.manifest.patients == 3
    assert corpus.targets("labels").classes == ("AF", "AF, LBBB", "SR")
    assert (corpus.age[0], corpus.sex[0]) == (63.5, "female")
    warnings = " ".join(corpus.manifest.warnings)
    assert "the column 'Patient ID' is taken for 'patient'" in warnings
    assert "2 names of patients differ from others by the case of letters, by zeros or by .0 alone" in warnings
    assert "the label 'AF, LBBB' is one class; separate several by ';' or '|'" in warnings


def test_a_table_without_the_names_of_the_recordings(recordings: Path) -> None:
    table(recordings, "1,AF", header="Nr,labels")
    with pytest.raises(CorpusError, match=r"labels.csv has no column 'record' .* it has 'Nr', 'labels'"):
        Folder(recordings).entries()


def test_codes_that_pandas_rewrote(recordings: Path, tmp_path: Path) -> None:
    rows = ["r0,a,AF,9.0,40.0,1.0", "r1,b,SR,10.0,nan,0.0", "r2,c,SR,nan,,nan"]
    table(recordings, *rows, header="record,patient,labels,fold,age,sex")
    unclear = prepare(Folder(recordings), tmp_path / "unclear")
    assert unclear.fold.tolist()[:2] == [9, 10]
    assert unclear.sex.tolist() == ["", "", ""]
    assert "the sex of 2 records is unknown: the column 'sex' has '0.0', '1.0'" in unclear.manifest.warnings[0]
    clear = prepare(Folder(recordings, female="1"), tmp_path / "clear")
    assert clear.sex.tolist() == ["female", "male", ""]
    assert clear.manifest.warnings == ()


def test_without_a_table_there_are_no_labels(recordings: Path, tmp_path: Path) -> None:
    (recordings / "README.md").write_text("no recording")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.manifest.records == 12
    assert corpus.manifest.tasks == {}
    assert not corpus.labelled.any()
    description = describe(corpus)
    assert description.tasks == ()
    with pytest.raises(CorpusError, match="there is no task 'labels'; this corpus has no labels"):
        corpus.targets("labels")


def test_labels_for_some_of_the_recordings(recordings: Path, tmp_path: Path) -> None:
    table(recordings, row(0), row(1, labels=""))
    assert prepare(Folder(recordings), tmp_path / "few").manifest.records == 2
    corpus = prepare(Folder(recordings, unlabelled=True), tmp_path / "all")
    assert corpus.manifest.records == 12
    assert corpus.targets("labels").labelled.tolist() == [True, True, *[False] * 10]


def test_segments_are_no_recordings(recordings: Path, tmp_path: Path) -> None:
    (recordings / "ward" / "long.hea").write_text("long/2 1 100 2000\nr0 1000\nr1 1000\n")
    names = [entry.path for entry in Folder(recordings).entries()[0]]
    assert "ward/long.hea" in names
    assert "ward/r0.hea" not in names
    assert len(names) == 11


@pytest.mark.parametrize("start", ["data/ward", "/home/me/own/ward", "C:\\\\data\\\\ward", "../own/ward", "./ward"])
def test_paths_of_the_computer_where_the_table_was_made(recordings: Path, tmp_path: Path, start: str) -> None:
    table(recordings, f"{start}/r3.hea,p,AF", f"{start}\\r4.dat,q,SR")
    assert prepare(Folder(recordings), tmp_path / "c").record_id.tolist() == ["ward/r3.hea", "ward/r4.hea"]


def test_a_path_without_folders_of_a_folder_without_folders(tmp_path: Path, make_wfdb: Make) -> None:
    make_wfdb(tmp_path / "own", "r0", 0)
    table(tmp_path / "own", "/mnt/own/r0.hea,p,AF")
    assert prepare(Folder(tmp_path / "own"), tmp_path / "c").record_id.tolist() == ["r0.hea"]


LABELS = [["AF"], ["SR"], ["AF", "SR"], [], ["X"], ["SR", "X"]]


@pytest.mark.parametrize(
    "cell",
    [
        "; ".join,
        "|".join,
        str,  # a list of Python
        lambda labels: str(labels).replace("'", '"'),  # of JSON
        lambda labels: str(labels).replace(",", ""),  # of numpy
        lambda labels: str(tuple(labels)),
        ", ".join,
        "+".join,
        "/".join,
    ],
)
def test_several_labels_in_a_cell(recordings: Path, tmp_path: Path, cell: Callable[[list[str]], str]) -> None:
    cells = [cell(labels).replace('"', '""') for labels in LABELS]
    rows = (f'r{n},p{n},"{text}"' for n, text in enumerate(cells))
    table(recordings, *rows)
    assert [list(found) for found in prepare(Folder(recordings), tmp_path / "c").labels] == LABELS


def test_labels_that_pandas_rewrote(recordings: Path, tmp_path: Path) -> None:
    table(recordings, row(0, labels="426783006.0"), row(1, labels="426783006"), row(2, labels="0.0;nan"))
    corpus = prepare(Folder(recordings, classes=("0.0=nothing", "426783006")), tmp_path / "c")
    assert [list(labels) for labels in corpus.labels] == [["426783006"], ["426783006"], ["0"]]
    assert corpus.targets("labels").titles == {"0": "nothing", "426783006": "426783006"}


def test_a_row_for_each_label(recordings: Path, tmp_path: Path) -> None:
    table(recordings, *(row(n, labels=label) for n, labels in enumerate(LABELS) for label in labels or [""]))
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert [list(labels) for labels in corpus.labels] == LABELS
    assert corpus.manifest.warnings == ("2 rows are of recordings that have one already: their labels are joined",)


def test_rows_that_are_there_twice_count_once_and_others_are_refused(recordings: Path, tmp_path: Path) -> None:
    table(recordings, "r0,p,1,0", "r1,p,0,1", "r0,p,1,0", header="record,patient,AF,SR")
    assert prepare(Folder(recordings), tmp_path / "c").labels == [{"AF": 100.0}, {"SR": 100.0}]
    table(recordings, "r0,p,1,0", "r0,p,0,1", header="record,patient,AF,SR")
    with pytest.raises(BadRecordsError, match="duplicate id: 1"):
        prepare(Folder(recordings), tmp_path / "d")


@pytest.mark.parametrize("index", ["", "Unnamed: 0", "index"])
def test_what_spreadsheets_and_pandas_add_is_no_label(recordings: Path, tmp_path: Path, index: str) -> None:
    rows = [f"{n},r{n},p{n},{n % 2}," for n in range(4)]
    table(recordings, *rows, ",,,,", header=f"{index},record,patient,AF,")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.targets("labels").classes == ("AF",)
    assert corpus.manifest.records == 4


@pytest.mark.parametrize("name", ["ecg_id", "файл", "Aufnahme"])
def test_the_names_of_recordings_are_known_by_what_they_are(recordings: Path, tmp_path: Path, name: str) -> None:
    table(recordings, *(f"p{n},ward/r{n},AF" for n in range(3)), header=f"patient,{name},labels")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.record_id.tolist() == ["ward/r0.hea", "ward/r1.hea", "ward/r2.hea"]
    assert f"the column {name!r} is taken for 'record'" in corpus.manifest.warnings


@pytest.mark.parametrize(("name", "sexes"), [("female", ["female", "male", ""]), ("is_male", ["male", "female", ""])])
def test_a_column_of_a_sex_is_no_label(recordings: Path, tmp_path: Path, name: str, sexes: list[str]) -> None:
    table(recordings, "r0,a,AF,True", "r1,b,AF,0.0", "r2,c,SR,nan", header=f"record,patient,labels,{name}")
    corpus = prepare(Folder(recordings), tmp_path / "c")
    assert corpus.sex.tolist() == sexes
    assert corpus.targets("labels").classes == ("AF", "SR")


def test_parts_in_words(recordings: Path, tmp_path: Path) -> None:
    words = ["train", "training", "val", "Test", "train"]
    table(
        recordings, *(f"r{n},p{n % 4},AF,{word}" for n, word in enumerate(words)), header="record,patient,labels,split"
    )
    folds = prepare(Folder(recordings), tmp_path / "c").fold.tolist()
    assert folds[2:4] == [9, 10]
    assert folds[0] == folds[4]  # of the same patient
    assert {folds[0], folds[1]} <= set(range(1, 9))


def test_tables_without_rows_and_of_spreadsheet_programs(recordings: Path) -> None:
    table(recordings)
    with pytest.raises(CorpusError, match=r"labels.csv has no row below its header"):
        Folder(recordings).entries()
    (recordings / "labels.csv").write_bytes(b"PK\x03\x04" + bytes(range(256)))
    with pytest.raises(CorpusError, match=r"labels.csv is a file of a spreadsheet program, not CSV"):
        Folder(recordings).entries()


@pytest.mark.data
def test_the_cases_of_tables(shared_data: Path, tmp_path: Path, make_wfdb: Make) -> None:
    cases = shared_data.parent / "cases" / "folder_labels"
    root = tmp_path / "own"
    for number in range(24):
        make_wfdb(root / "rec", f"p{number:02}", number)
    for name, missing in (("nanlabels", 1), ("sexnum", 0)):
        table_of_case = (cases / f"{name}.csv").read_text().replace(".csv", ".hea")
        (root / "labels.csv").write_text(table_of_case)
        corpus = prepare(Folder(root), tmp_path / name)
        assert (~corpus.targets("labels").labelled).sum() >= missing
        assert "nan" not in corpus.targets("labels").classes
    assert "the column 'sex' has '0', '1'" in corpus.manifest.warnings[-1]


def test_labels_that_differ_in_capitals_alone_are_named(recordings: Path) -> None:
    table(recordings, "ward/r0.hea,AF", "ward/r1.hea,af", header="record,labels")
    assert any("AF and af are classes of their own" in warning for warning in Folder(recordings).warnings)
    table(recordings, "ward/r0.hea,AF", "ward/r1.hea,SR", header="record,labels")
    assert not any("of their own" in warning for warning in Folder(recordings).warnings)


@pytest.mark.parametrize(
    ("name", "mark"), [("Labels.CSV", ","), ("labels.tsv", "\t"), ("LABELS.csv", ";"), ("labels.csv", ";")]
)
def test_the_table_in_other_letters_with_decimal_commas(recordings: Path, name: str, mark: str) -> None:
    number = "{},0" if mark == ";" else "{}.0"
    rows = [[f"ward/r{n}", *(number.format(m) for m in (n // 2, n % 2, 1 - n % 2, 1 + n % 2))] for n in range(12)]
    table(recordings, *map(mark.join, rows), header=mark.join(("record", "patient", "AF", "SR", "fold")), name=name)
    for junk in ("ward/Thumbs.db", "desktop.ini", "ward/._r0.hea"):
        (recordings / junk).write_bytes(b"junk")
    entries, skipped = Folder(recordings, unlabelled=True).entries()
    assert (len(entries), skipped) == (12, [])
    assert (dict(entries[1].labels), entries[1].fold) == ({"AF": 100.0}, 2)
    assert entries[2].patient_id == entries[3].patient_id != entries[4].patient_id
