"""Actors of Ray make the rows that processes make, also where an actor dies."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from tests.bulk.conftest import archive_of, rows_of

from mvkt.bulk.diagnose_many import diagnose_many
from mvkt.bulk.ray_engine import RayRowMaker, rows_on_ray
from mvkt.corpora.store import StoredRecording
from mvkt.diagnosis.many_files import DiagnosisSettings


class RayFatal(RayRowMaker):
    """An actor that dies by its first batch, once."""

    def __call__(self, batch):
        mark = Path(batch.to_pylist()[0]["url"]).with_name("mark")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


def test_ray_makes_the_same_rows_also_where_an_actor_is_killed(make_bundle, tmp_path, monkeypatch):
    import ray

    from mvkt.bulk import ray_engine

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(Path.cwd())]))
    monkeypatch.setattr(ray_engine, "_FILES_A_BATCH", 3)
    archive, settings = archive_of(tmp_path / "archive"), DiagnosisSettings(bundle=make_bundle())
    try:
        made = diagnose_many([str(archive)], tmp_path / "ray.parquet", settings, engine="ray", workers=1)
        assert (made.rows, made.failed) == (10, 1)
        diagnose_many([str(archive)], tmp_path / "alone.parquet", settings, workers=1)
        assert rows_of(tmp_path / "ray.parquet") == rows_of(tmp_path / "alone.parquet")
        recordings = [StoredRecording(str(path)) for path in sorted(archive.iterdir())]
        batches = list(rows_on_ray(recordings, settings, 1, RayFatal))
    finally:
        ray.shutdown()
    assert (archive / "mark").exists()
    assert Counter(row["file"] for rows in batches for row in rows) == Counter(each.url for each in recordings)
