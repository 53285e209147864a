from __future__ import annotations

import pytest

from mvkt.corpora import store as stores
from mvkt.corpora.store import StoredRecording, fetched, is_url, recordings_in
from mvkt.errors import StoreError


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(stores, "_FIRST_PAUSE_SECONDS", 0.001)


def test_urls_differ_from_paths():
    assert is_url("s3://bucket/x")
    assert is_url("https://x.example/y")
    assert not is_url("C:/x")
    assert not is_url("/x/y.csv")


def test_recordings_of_a_bucket_and_what_lies_beside_them(store):
    names = ("a.csv", "day/100.hea", "day/100.dat", ".hidden/b.csv", "README.md", "day/more/c.csv")
    store.objects = {f"bucket/in/{name}": name.encode() for name in names} | {"bucket/out/d.csv": b""}
    first, second, third = recordings_in("s3://bucket/in/")
    assert first == StoredRecording("s3://bucket/in/a.csv")
    assert second == StoredRecording("s3://bucket/in/day/100.hea", ("s3://bucket/in/day/100.dat",))
    assert third.url == "s3://bucket/in/day/more/c.csv"
    with fetched(second) as path:
        assert path.read_bytes() == b"day/100.hea"
        assert path.with_suffix(".dat").read_bytes() == b"day/100.dat"
    assert not path.exists()


def test_what_a_header_names_belongs_to_it(store):
    line = "{} 16 200/mV 16 0 0 0 0 I\n"
    texts = {
        "two.hea": "two 2 100 10\n" + line.format("two_e.dat") + line.format("other.bin"),
        "m.hea": "m/2 1 100 20\nm_1 10\nm_2 10\n",
        "m_1.hea": "m_1 1 100 10\n" + line.format("m_1.dat"),
        "m_2.hea": "m_2 1 100 10\n" + line.format("m_2.dat"),
        "bad.hea": "bad",
    }
    names = (*texts, "two_e.dat", "other.bin", "m_1.dat", "m_2.dat", "alone.dat")
    store.objects = {f"bucket/{name}": texts.get(name, "x").encode() for name in names}
    found = {each.url.removeprefix("s3://bucket/"): each.beside for each in recordings_in("s3://bucket/")}
    assert list(found) == ["alone.dat", "bad.hea", "m.hea", "two.hea"]
    assert {url.removeprefix("s3://bucket/") for url in found["m.hea"]} == {
        "m_1.hea", "m_1.dat", "m_2.hea", "m_2.dat"
    }  # fmt: skip
    assert {url.removeprefix("s3://bucket/") for url in found["two.hea"]} == {"two_e.dat", "other.bin"}


def test_headers_beside_files_of_their_name_are_not_fetched(store, monkeypatch):
    names = ("1.hea", "1.dat", "2.hea", "2.mat", "RECORDS", "labels.csv")
    store.objects = {f"bucket/{name}": b"x" for name in names}
    monkeypatch.setattr(stores, "_header", lambda url: pytest.fail(url))
    assert [each.url[-5:] for each in recordings_in("s3://bucket/")] == ["1.hea", "2.hea", "CORDS", "s.csv"]


def test_a_store_that_fails_now_and_then_gives_everything(store):
    store.objects = {f"bucket/{number}.csv": b"%d" % number * 1000 for number in range(40)}
    store.failing = 0.1
    recordings = recordings_in("s3://bucket/")
    assert len(recordings) == 40
    for recording in recordings:
        with fetched(recording) as path:
            assert path.read_bytes() == store.objects[recording.url.removeprefix("s3://")]
    assert store.failed > 0


def test_a_store_that_is_down_and_a_file_that_is_not_there(tmp_path, store, monkeypatch):
    with pytest.raises(StoreError, match="is not there"), fetched(StoredRecording("s3://bucket/none.csv")):
        pass
    with pytest.raises(StoreError, match="no recording"):
        recordings_in((tmp_path).as_uri())
    with pytest.raises(StoreError, match="nowhere://"):
        recordings_in("nowhere://x")

    def down():
        raise OSError("the line is dead")

    with pytest.raises(StoreError, match="after 6 tries: the line is dead"):
        stores._with_patience(down, "s3://x")


def test_files_by_url(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (recording,) = recordings_in(tmp_path.as_uri())
    with fetched(recording) as path:
        assert path.read_text() == "x"
