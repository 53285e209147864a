"""CSV tables, as they are and as they were published."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from mvkt.corpora.table_file import published_rows, read_table, table_rows
from mvkt.errors import CorpusError


def test_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('\ufeffa,b\n1,"x,y"\n2\n', encoding="utf-8")
    assert read_table(tmp_path / "t.csv", ["a"]) == [{"a": "1", "b": "x,y"}, {"a": "2", "b": ""}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"there is no t\.csv in"),
        (b"a,c\n1,2\n", "has no column b; it has a, c"),
        (b"a,b\n1,2,3\n4,5,6,7\n", r"has 2 rows with more cells than its header \(the first is row 2\)"),
        (b"a,b,a\n1,2,3\n", "has the column 'a' twice"),
        (b"a,b\n\x81\xfe\n", "t.csv is no CSV file .*save it as CSV in UTF-8"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_table(tmp_path / "t.csv", ["a", "b"])


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize(
    "above", ["# export of a clinic\n", "# a, b; c\n# d\n", "# a\n# b\n", "Export\n", "Export\n\n", "\n"]
)
def test_lines_above_the_header(tmp_path: Path, separator: str, above: str) -> None:
    (tmp_path / "t.csv").write_text(above + "a,b,c\n1,2,3\n".replace(",", separator), encoding="utf-8")
    assert read_table(tmp_path / "t.csv", ["a"]) == [{"a": "1", "b": "2", "c": "3"}]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_spreadsheet_programs(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["Größe", "b"], ["1,5" if separator != "," else "1.5", '"x;y"'], ["2", ""]]
    (tmp_path / "t.csv").write_bytes("\r\n".join(map(separator.join, rows)).encode(encoding))
    found = read_table(tmp_path / "t.csv", ["Größe"])
    assert found == [{"Größe": rows[1][0], "b": "x;y"}, {"Größe": "2", "b": ""}]


@pytest.mark.parametrize(
    ("encoding", "row"),
    [
        ("utf-16-le", ["性別", "女"]),
        ("cp932", ["診断", "心房細動"]),
        ("gb18030", ["性别", "女"]),
        ("cp1251", ["пол", "ж"]),
        ("cp1250", ["pohlaví", "žena"]),
    ],
)
def test_encodings_by_the_words_of_headings(tmp_path: Path, encoding: str, row: list[str]) -> None:
    (tmp_path / "t.csv").write_bytes((f"record,{row[0]}\n" + f"r0,{row[1]}\n" * 9).encode(encoding))
    assert read_table(tmp_path / "t.csv", ["record"]) == [{"record": "r0", row[0]: row[1]}] * 9


def test_names_of_rows_as_r_writes_them(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('"a","b"\n"1","x","y"\n"2","z",""\n', encoding="utf-8")
    assert read_table(tmp_path / "t.csv", ["a"])[0] == {"": "1", "a": "x", "b": "y"}


PUBLISHED = [{"ecg_id": "1", "age": "56.5", "codes": "{'SR': 0.0}"}, {"ecg_id": "2", "age": "", "codes": "a, b"}]


@pytest.mark.parametrize(
    "content",
    [
        "ecg_id,age,codes\n1,56.5,{'SR': 0.0}\n2,,\"a, b\"\n",
        ",ecg_id,age,codes\n0,1.0,56.5,{'SR': 0.0}\n1,2.0,nan,\"a, b\"\n",
        "ECG_ID;Age ;codes\n1,0;56,5;{'SR': 0.0}\n2,0;NA;a, b\n",
        "codes\tage\tecg_id\r\n{'SR': 0.0}\t56.5\t1\r\na, b\tNULL\t2\r\n",
        '"ecg_id","age","codes"\n1.00E0,5.65e1,"{\'SR\': 0.0}"\n2,"<NA>"," a, b "\n',
    ],
)
def test_cells_are_those_that_were_published(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content.replace("5.65e1", "56.5").replace("1.00E0", "1"))
    rows = list(published_rows(tmp_path / "t.csv", ("ecg_id", "age"), ("codes",)))
    assert [{name: row[name] for name in PUBLISHED[0]} for row in rows] == PUBLISHED


def test_columns_that_may_be_absent_and_numbers_in_other_forms(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,values\n4.0000041E+07,"1,2"\n4.00E+07,x\n')
    rows = list(published_rows(tmp_path / "t.csv", ("ID", "values"), ("more",)))
    assert [(row["ID"], row["values"], row["more"]) for row in rows] == [("40000041", "1,2", ""), ("4.00E+07", "x", "")]
    with pytest.raises(CorpusError, match="has no column age; it has id, values"):
        list(published_rows(tmp_path / "t.csv", ("id", "age")))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(gzip.compress(b"a,b\n1,2\n")), r"no CSV file, but a gzip archive; unpack it"),
        (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "fetch it with git lfs pull"),
        (lambda path: path.write_bytes(b"PK\3\4"), "a file of a spreadsheet program"),
        (lambda path: path.with_name("t.csv.gz").write_bytes(b""), r"there is no t\.csv .*; unpack t\.csv\.gz first"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(tmp_path / "t.csv")
    for opened in (lambda path: read_table(path, ()), table_rows, lambda path: list(published_rows(path, ("a",)))):
        with pytest.raises(CorpusError, match=message):
            opened(tmp_path / "t.csv")


def test_the_first_line_of_excel_names_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("sep=;\nrecord;labels\nr0,hea;AF\nr1;x\n")
    assert read_table(path, ("labels",)) == [{"record": "r0,hea", "labels": "AF"}, {"record": "r1", "labels": "x"}]


def test_rows_that_are_one_cell_each(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('"record,labels"\n"a,""AF, new"""\n"b,SR"\n')
    assert read_table(tmp_path / "t.csv", ["record"]) == [
        {"record": "a", "labels": "AF, new"},
        {"record": "b", "labels": "SR"},
    ]
