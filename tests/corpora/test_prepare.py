"""Preparing: whole or not at all, the same bytes every time, nothing silently dropped."""

from __future__ import annotations

import os
import signal as signals
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mvkt.corpora import Corpus, Entry, SkippedRecord, Source, prepare
from mvkt.corpora.prepare import usable_entries
from mvkt.corpora.source import REASONS
from mvkt.corpora.sources.folder import Folder
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.leads import STANDARD_LEADS
from mvkt.ecg.record import Record
from mvkt.ecg.signal import MISSING, SignalSpec, condition, cut
from mvkt.errors import BadRecordsError, CorpusError, LeadError, MissingExtraError, RecordError

Make = Callable[..., Any]


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("signals.npy", "index.parquet")}


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.name.startswith("."))


def test_rows_columns_and_manifest(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    source = listed(make_entries(20))
    corpus = prepare(source, tmp_path / "c")
    assert corpus.microvolts.shape == (20, 12, 1_000)
    assert corpus.record_id.tolist() == [f"R{n}" for n in range(20)]
    assert corpus.patient_id.tolist() == [f"P{n}" for n in range(20)]
    assert corpus.fold.tolist() == [1 + n % 10 for n in range(20)]
    assert corpus.labels[:2] == [{"B": 80.0, "other": 0.0}, {"A": 100.0}]
    assert np.isnan(corpus.age).all()
    assert set(corpus.sex) == {""}
    assert (corpus.valid_share == 1).all()
    manifest = corpus.manifest
    assert (manifest.rows, manifest.records, manifest.patients) == (20, 20, 20)
    assert manifest.folds == dict.fromkeys(range(1, 11), 2)
    assert (manifest.leads, manifest.millivolts_per_unit) == (STANDARD_LEADS, 0.001)
    assert (manifest.source, manifest.skipped) == ("listed", ())
    corpus.verify()


def test_windows_are_those_of_condition_and_cut(
    tmp_path: Path, listed: type[Source], make_entries: Make, make_record: Make
) -> None:
    def record(entry: Entry) -> Record:
        return make_record(int(entry.record_id[1:]), seconds=(3.0, 10.0, 25.0)[int(entry.record_id[1:]) % 3])

    spec = SignalSpec(sampling_frequency=50, band=(1, 20), window_seconds=8, hop_seconds=4)
    corpus = prepare(listed(make_entries(6), record), tmp_path / "c", signal=spec, view="II+V5")
    expected = [cut(condition(record(entry), spec, "II+V5"), spec)[0] for entry in make_entries(6)]
    np.testing.assert_array_equal(corpus.microvolts, np.concatenate(expected))
    assert corpus.window.tolist() == [number for windows in expected for number in range(len(windows))]
    assert corpus.record_id.tolist() == [f"R{n}" for n, windows in enumerate(expected) for _ in windows]
    np.testing.assert_allclose(corpus.valid_share, (corpus.microvolts != MISSING).mean(axis=(1, 2)), rtol=1e-6)
    assert corpus.manifest.records == 6
    assert corpus.manifest.rows == sum(map(len, expected)) > 6


def test_age_and_sex_come_from_the_recording_where_the_table_has_none(
    tmp_path: Path, listed: type[Source], make_entries: Make, make_record: Make
) -> None:
    known = replace(make_entries(1)[0], age=33.0, sex="male")
    source = listed([known, make_entries(2)[1]], lambda entry: make_record(0, age=70.0, sex="female"))
    corpus = prepare(source, tmp_path / "c")
    assert corpus.age.tolist() == [33.0, 70.0]
    assert corpus.sex.tolist() == ["male", "female"]


def test_the_same_source_gives_the_same_bytes_whatever_the_number_of_workers(tmp_path: Path) -> None:
    source = Simulated(records=530, seed=3)
    calls: list[tuple[int, int]] = []
    alone = prepare(source, tmp_path / "one", workers=1)
    shared = prepare(source, tmp_path / "two", workers=2, progress=lambda done, total: calls.append((done, total)))
    assert files(alone.path) == files(shared.path)
    assert alone.manifest.checksums == shared.manifest.checksums
    assert calls == [(done, 530) for done in range(1, 531)]


def test_ray_makes_the_same_bytes_also_in_shards(tmp_path: Path) -> None:
    source = Simulated(records=100, seed=3)
    alone = prepare(source, tmp_path / "alone", workers=1, shard_rows=30)
    try:
        made = prepare(source, tmp_path / "ray", workers=2, engine="ray", shard_rows=30)
    finally:
        import ray

        ray.shutdown()
    assert made.manifest.checksums == alone.manifest.checksums
    assert len(made.manifest.signal_files) == 4


def test_impossible_shards_and_no_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CorpusError, match="a shard has at least 1 row"):
        prepare(Simulated(records=3), tmp_path / "c", shard_rows=0)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match="--engine ray needs Ray"):
        prepare(Simulated(records=3), tmp_path / "c", engine="ray")
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    def peak(records: int) -> int:
        tracemalloc.start()
        prepare(listed(make_entries(records)), tmp_path / str(records), workers=1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(20)  # caches
    small, large = peak(100), peak(800)
    stored = 700 * 12 * 1_000 * 2
    assert large - small < stored / 6, f"{small:,} and {large:,} bytes"


def test_an_existing_corpus_is_kept_unless_it_may_be_overwritten(
    tmp_path: Path, listed: type[Source], make_entries: Make
) -> None:
    target = tmp_path / "c"
    prepare(listed(make_entries(3)), target)
    before = files(target)
    with pytest.raises(CorpusError, match="prepared corpus already"):
        prepare(listed(make_entries(4)), target)
    assert files(target) == before
    assert len(prepare(listed(make_entries(4)), target, overwrite=True)) == 4
    assert beside(target) == []


def test_what_is_no_corpus_is_never_overwritten(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.tex").write_text("all of it")
    with pytest.raises(CorpusError, match="is no corpus"):
        prepare(listed(make_entries(3)), target, overwrite=True)
    assert (target / "thesis.tex").read_text() == "all of it"


def test_an_empty_folder_is_a_fine_target(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    (tmp_path / "c").mkdir()
    assert len(prepare(listed(make_entries(3)), tmp_path / "c")) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("overwrite", [False, True])
def test_an_interrupted_preparation_leaves_everything_as_it_was(
    tmp_path: Path, listed: type[Source], make_entries: Make, error: type[BaseException], overwrite: bool
) -> None:
    target = tmp_path / "c"
    before = None
    if overwrite:
        prepare(listed(make_entries(3)), target)
        before = files(target)

    def interrupt(done: int, total: int) -> None:
        if done == 50:
            raise error

    with pytest.raises(error):
        prepare(listed(make_entries(100)), target, overwrite=overwrite, progress=interrupt)
    assert (files(target) if overwrite else target.exists()) == (before or False)
    assert beside(target) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_killed_preparation_leaves_nothing_and_is_tidied_up_the_next_time(
    tmp_path: Path, listed: type[Source], make_entries: Make
) -> None:
    target = tmp_path / "c"
    script = tmp_path / "long.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom mvkt.corpora import prepare\n"
        "from mvkt.corpora.sources.simulated import Simulated\n"
        "if __name__ == '__main__':\n"
        "    prepare(Simulated(records=6_000), Path(sys.argv[1]), workers=2,\n"
        "            progress=lambda done, total: print(done, flush=True))\n"
    )
    process = subprocess.Popen([sys.executable, script, target], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(process.pid, signals.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not target.exists()
    assert len(beside(target)) == 1
    assert len(children) >= 2
    deadline = time.monotonic() + 20
    while any(_is_running(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_is_running(child) for child in children)
    prepare(listed(make_entries(3)), target)
    assert beside(target) == []


def _is_running(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_another_running_preparation_writes_is_left_alone(
    tmp_path: Path, listed: type[Source], make_entries: Make
) -> None:
    target = tmp_path / "c"
    other: list[str] = []

    def prepare_meanwhile(done: int, total: int) -> None:
        if done == 1:
            other.extend(beside(target))
            prepare(listed(make_entries(3)), target)
            assert beside(target) == other

    with pytest.raises(CorpusError, match="prepared corpus already"):
        prepare(listed(make_entries(5)), target, progress=prepare_meanwhile)
    assert len(other) == 1
    assert len(Corpus.open(target)) == 3
    assert beside(target) == []


def bad_source(listed: type[Source], make_entries: Make, make_record: Make) -> Source:
    """Return a source with one bad record of every kind that preparation itself finds."""
    good = make_entries(30)
    twice = replace(good[4], fold=9)
    moved = [Entry("R90", "P-moved", 1), Entry("R91", "P-moved", 2)]
    truncated = [Entry(f"R{n}", f"P{n}", 1, path="bad") for n in range(60, 65)]
    special = [Entry("R70", "P70", 1), Entry("R71", "P71", 1), Entry("R72", "P72", 1)]

    def record(entry: Entry) -> Record:
        if entry.record_id == "R70":
            return Record(np.zeros((1_000, 1)), ("I",), 100)
        if entry.record_id == "R71":
            return Record(np.full((1_000, 12), np.nan), STANDARD_LEADS, 100)
        if entry.record_id == "R72":
            raise RecordError("it is odd")
        return make_record(int(entry.record_id[1:]))

    listed_bad = [SkippedRecord(record_id="row 7", reason="unusable row", detail="fold 'x'")]
    return listed([*good, twice, *moved, *truncated, *special], record, listed_bad)


def test_bad_records_are_reported_together(
    tmp_path: Path, listed: type[Source], make_entries: Make, make_record: Make
) -> None:
    with pytest.raises(BadRecordsError) as caught:
        prepare(bad_source(listed, make_entries, make_record), tmp_path / "c")
    message = str(caught.value)
    assert message.startswith("12 records cannot be used (30 can;")
    for count in (
        "truncated file: 5", "patient in two folds: 2", "duplicate id: 1", "unusable row: 1", "missing lead: 1",
        "no recorded samples: 1", "unreadable recording: 1",
    ):  # fmt: skip
        assert f"  {count}\n" in message + "\n"
    assert "R60: it ends too early" in message
    assert "R63" not in message
    assert "and 2 more" in message
    assert not (tmp_path / "c").exists()
    assert beside(tmp_path / "c") == []


def test_skip_bad_goes_on_and_records_what_was_left_out(
    tmp_path: Path, listed: type[Source], make_entries: Make, make_record: Make
) -> None:
    corpus = prepare(bad_source(listed, make_entries, make_record), tmp_path / "c", skip_bad=True)
    assert corpus.record_id.tolist() == [f"R{n}" for n in range(30)]
    skipped = corpus.manifest.skipped
    assert sorted({record.reason for record in skipped}) == [
        "duplicate id", "missing lead", "no recorded samples", "patient in two folds", "truncated file",
        "unreadable recording", "unusable row",
    ]  # fmt: skip
    assert {record.reason for record in skipped} <= set(REASONS)
    assert len(skipped) == 12
    assert corpus.fold[4] == 5


def test_a_source_without_a_usable_record(tmp_path: Path, listed: type[Source]) -> None:
    with pytest.raises(CorpusError, match="no usable record"):
        prepare(listed([Entry("R1", "P1", 1, path="bad")]), tmp_path / "c", skip_bad=True)
    assert not (tmp_path / "c").exists()


def test_folds_are_made_for_entries_without(tmp_path: Path, listed: type[Source], make_entries: Make) -> None:
    corpus = prepare(listed(make_entries(40, fold=None)), tmp_path / "c")
    assert corpus.manifest.folds == dict.fromkeys(range(1, 11), 4)
    usable, skipped = usable_entries(listed([Entry("R1", "P", None), Entry("R2", "P", 3)]))
    assert usable == []
    assert [record.detail for record in skipped] == ["its patient is in folds 3, None"] * 2


def test_a_view_that_is_none_is_found_before_anything_is_read(
    tmp_path: Path, listed: type[Source], make_entries: Make
) -> None:
    def never(entry: Entry) -> Record:
        raise AssertionError

    with pytest.raises(LeadError, match="is not a view"):
        prepare(listed(make_entries(3), never), tmp_path / "c", view="I+I")


def test_without_pyarrow(
    tmp_path: Path, listed: type[Source], make_entries: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[train\]'"):
        prepare(listed(make_entries(3)), tmp_path / "c")


def test_a_script_without_a_main_guard_gets_a_message(tmp_path: Path) -> None:
    script = tmp_path / "naive.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom mvkt.corpora import prepare\n"
        "from mvkt.corpora.sources.simulated import Simulated\n"
        "prepare(Simulated(records=513), Path(sys.argv[1]), workers=2)\n"
    )
    done = subprocess.run([sys.executable, script, tmp_path / "c"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "if __name__ == '__main__':" in done.stderr
    assert not (tmp_path / "c").exists()


@pytest.mark.data
def test_ptb_xl_as_a_model_gets_it(shared_data: Path, tmp_path: Path) -> None:
    """The bit test is in test_corpus.py; this one holds that the subset is prepared without a bad record."""
    source = PtbXl(shared_data / "ptb-xl-subset")
    usable, skipped = usable_entries(source)
    assert (len(usable), skipped) == (3_962, [])
    assert not (tmp_path / "c").exists()


def test_recordings_without_the_leads_of_the_view_are_answered_with_advice(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    rows = "".join(f"{n / 250:.3f},{n % 50}\n" for n in range(2500))
    (tmp_path / "own" / "a.csv").write_text(f"time [s],I [uV]\n{rows}")
    with pytest.raises(BadRecordsError, match=r"(?s)missing lead: 1\n.*needs lead V1.*name leads .* by --view"):
        prepare(Folder(tmp_path / "own"), tmp_path / "c", view="V1")
    assert prepare(Folder(tmp_path / "own"), tmp_path / "c", view="I").manifest.records == 1
