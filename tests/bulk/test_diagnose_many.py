"""Many recordings to a table, by both engines, with faults."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.bulk.conftest import archive_of, rows_of, strip

from mvkt.bulk import diagnose_many as module
from mvkt.bulk.diagnose_many import diagnose_many
from mvkt.corpora import store as stores
from mvkt.corpora.store import StoredRecording
from mvkt.diagnosis.many_files import DiagnosisSettings
from mvkt.ecg.formats.writers.write_wfdb import write_wfdb
from mvkt.ecg.simulate import simulate
from mvkt.errors import RecordError, ResultError


def test_a_row_for_each_recording_and_the_same_by_processes(make_bundle, tmp_path):
    archive, settings = archive_of(tmp_path / "archive"), DiagnosisSettings(bundle=make_bundle())
    alone = diagnose_many([str(archive)], tmp_path / "alone.parquet", settings, workers=1)
    assert (alone.rows, alone.failed, alone.files, alone.done_before) == (10, 1, 10, 0)
    rows = rows_of(tmp_path / "alone.parquet")
    assert Counter(row["file"] for row in rows) == Counter(str(path) for path in archive.iterdir())
    good, bad = rows[0], rows[-1]
    assert (good["error"], good["student"], good["windows"]) == ("", "tiny", 1)
    assert dict(good["verdicts"]).keys() == {"AF", "NORM", "STD"}
    assert 0 < dict(good["probabilities"])["AF"] < 1
    assert dict(good["measurements"])["heart_rate"] == pytest.approx(good["heart_rate"], abs=1)
    assert bad["error"]
    assert bad["measurements"] == []
    assert bad["probabilities"] == []
    diagnose_many([str(archive)], tmp_path / "processes.parquet", settings, workers=2)
    assert rows_of(tmp_path / "processes.parquet") == rows
    with pytest.raises(ResultError, match="is there already"):
        diagnose_many([str(archive)], tmp_path / "alone.parquet", settings)
    with pytest.raises(RecordError, match="no file"):
        diagnose_many([], tmp_path / "x.parquet", settings)


def test_a_table_has_the_name_of_its_kind(make_bundle, tmp_path):
    archive, settings = archive_of(tmp_path / "archive"), DiagnosisSettings(bundle=make_bundle())
    for name in ("out.csv", "out.xlsx", "out"):
        with pytest.raises(ResultError, match=r"the table is a Parquet file; name it .*out\.parquet instead of"):
            diagnose_many([str(archive)], tmp_path / name, settings, workers=1)
    assert not list(tmp_path.glob("out*"))


def test_a_stopped_call_goes_on(make_bundle, tmp_path, monkeypatch):
    archive, settings = archive_of(tmp_path / "archive"), DiagnosisSettings(bundle=make_bundle())
    monkeypatch.setattr(module, "_FILES_A_PART", 3)
    out, seen = tmp_path / "out.parquet", []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        diagnose_many([str(archive)], out, settings, workers=1, update=stop)
    assert not out.exists()
    with pytest.raises(ResultError, match="another network or other options"):
        diagnose_many([str(archive)], out, DiagnosisSettings(bundle=settings.bundle, lead="I"), workers=1)
    made = diagnose_many([str(archive)], out, settings, workers=1)
    assert (made.rows, made.files, made.done_before) == (10, 4, 6)
    assert len({row["file"] for row in rows_of(out)}) == 10
    assert not out.with_name("out.parquet.parts").exists()


def test_errors_are_tried_again_and_nothing_else(make_bundle, tmp_path):
    archive, settings = archive_of(tmp_path / "archive", 4), DiagnosisSettings(bundle=make_bundle())
    out, good = tmp_path / "out.parquet", strip(7)
    (archive / "late.csv").write_bytes(b"")
    first = diagnose_many([str(archive)], out, settings, workers=1)
    assert (first.rows, first.failed) == (6, 2)
    before = {row["file"]: row for row in rows_of(out)}
    with pytest.raises(ResultError, match="--retry-errors"):
        diagnose_many([str(archive)], out, settings, workers=1)
    other = DiagnosisSettings(bundle=settings.bundle, lead="I")
    with pytest.raises(ResultError, match=r"out.parquet was begun with another network or other options"):
        diagnose_many([str(archive)], out, other, workers=1, retry_errors=True)
    (archive / "late.csv").write_bytes(good)
    (archive / "0.csv").write_bytes(b"was diagnosed, and is not read again")
    again = diagnose_many([str(archive)], out, settings, workers=1, retry_errors=True)
    assert (again.rows, again.failed, again.files, again.done_before) == (6, 1, 2, 4)
    after = {row["file"]: row for row in rows_of(out)}
    late, bad = str(archive / "late.csv"), str(archive / "bad.csv")
    assert after[late]["error"] == ""
    assert after[bad]["error"]
    assert {file: row for file, row in after.items() if file != late} == {
        file: row for file, row in before.items() if file != late
    }
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(ResultError, match="is no table of diagnoses"):
        diagnose_many([str(archive)], tmp_path / "text.parquet", settings, workers=1, retry_errors=True)


def test_errors_of_a_stopped_call_are_tried_again(make_bundle, tmp_path, monkeypatch):
    """Of a call, and of one that was to try errors again: whatever was stopped, each file has its row once."""
    archive, settings = archive_of(tmp_path / "archive", 5), DiagnosisSettings(bundle=make_bundle())
    monkeypatch.setattr(module, "_FILES_A_PART", 1)
    out = tmp_path / "out.parquet"
    (archive / "0.csv").write_bytes(b"")

    def stop_at(number: int):
        def stop(done: int, total: int) -> None:
            if done == number:
                raise KeyboardInterrupt

        return stop

    with pytest.raises(KeyboardInterrupt):
        diagnose_many([str(archive)], out, settings, workers=1, update=stop_at(3))
    (archive / "0.csv").write_bytes(strip(0))
    with pytest.raises(KeyboardInterrupt):
        diagnose_many([str(archive)], out, settings, workers=1, retry_errors=True, update=stop_at(4))
    made = diagnose_many([str(archive)], out, settings, workers=1)
    assert (made.rows, made.failed) == (6, 1), "without the option, the file without a recording is not read again"
    with pytest.raises(KeyboardInterrupt):
        diagnose_many([str(archive)], out, settings, workers=1, retry_errors=True, update=stop_at(5))
    assert len(rows_of(out)) == 6, "the table stays until there is another"
    (archive / "bad.csv").write_bytes(strip(9))
    made = diagnose_many([str(archive)], out, settings, workers=1, retry_errors=True)
    assert (made.rows, made.failed, made.files) == (6, 0, 1)
    assert not out.with_name("out.parquet.parts").exists()
    assert len({row["file"] for row in rows_of(out)}) == 6


def test_what_a_store_could_not_give_is_fetched_by_the_next_call(make_bundle, tmp_path, store, monkeypatch):
    monkeypatch.setattr(stores, "_FIRST_PAUSE_SECONDS", 0.001)
    store.objects = {f"bucket/in/{number}.csv": strip(number) for number in range(3)}
    listed = [StoredRecording(f"s3://{name}") for name in store.objects]
    monkeypatch.setattr(module, "recordings_in", lambda url: listed)
    settings, out = DiagnosisSettings(bundle=make_bundle()), tmp_path / "o.parquet"
    store.failing = 1.0
    assert diagnose_many(["s3://bucket/in/"], out, settings, workers=1).failed == 3
    assert all("after 6 tries" in row["error"] for row in rows_of(out))
    store.failing = 0.0
    assert diagnose_many(["s3://bucket/in/"], out, settings, workers=1, retry_errors=True).failed == 0
    assert [row["error"] for row in rows_of(out)] == [""] * 3


def test_a_store_that_fails_loses_and_repeats_nothing(make_bundle, tmp_path, store):
    store.objects = {f"bucket/in/{number}.csv": strip(number) for number in range(20)}
    store.failing = 0.1
    made = diagnose_many(
        ["s3://bucket/in/"], tmp_path / "o.parquet", DiagnosisSettings(bundle=make_bundle()), workers=1
    )
    assert (made.rows, made.failed) == (20, 0)
    assert sorted(row["file"] for row in rows_of(tmp_path / "o.parquet")) == sorted(f"s3://{n}" for n in store.objects)
    assert store.failed > 0


def test_a_teacher_reads_an_archive_with_two_workers_as_with_one(make_bundle, tmp_path):
    """A network of twelve leads over recordings without labels; some lack leads that it needs."""
    settings = DiagnosisSettings(bundle=make_bundle(view="12-lead", classes=("AF", "NORM", "STD", "MI")))
    archive = archive_of(tmp_path / "archive", 2)
    (archive / "hospital").mkdir()
    people = simulate(11, seed=1, sampling_frequency=100.0)
    for number in range(11):
        write_wfdb(people.record(number), archive / "hospital" / f"r{number}.hea")
    tables = {}
    try:
        for engine, workers in (("processes", 1), ("processes", 2), ("ray", 2)):
            out = tmp_path / f"{engine}-{workers}.parquet"
            made = diagnose_many([str(archive)], out, settings, engine=engine, workers=workers)
            assert (made.rows, made.failed) == (14, 3)
            tables[engine, workers] = rows_of(out)
    finally:
        import ray

        ray.shutdown()
    alone = tables["processes", 1]
    read = [row for row in alone if not row["error"]]
    assert len(read) == 11
    assert {len(row["probabilities"]) for row in read} == {4}
    assert len({str(row["probabilities"]) for row in read}) == 11, "each recording has its own"
    assert tables["processes", 2] == alone
    assert tables["ray", 2] == alone
