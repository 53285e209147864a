"""``mvkt demo``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.test_train_command import RECIPE

from mvkt.cli import demo_command, main
from mvkt.corpora.prepare import prepare
from mvkt.corpora.sources.simulated import Simulated
from mvkt.errors import OutputFolderError


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    prepare(Simulated(records=240, seed=3), folder / "corpus", workers=1)
    (folder / "tiny.toml").write_text(RECIPE)
    return folder


def test_demo_on_a_corpus_ends_with_a_diagnosis(workplace, monkeypatch):
    monkeypatch.setattr(demo_command, "_RECIPE", str(workplace / "tiny.toml"))
    out = workplace / "demo"
    command = ["demo", "--corpus", str(workplace / "corpus"), "--out", str(out)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    for word in ("student - baseline", "recording.csv", "Its labels: ", "verdict", "report.html", "not a medical"):
        assert word in result.stdout
    assert (out / "recording.csv").exists()
    assert (out / "run" / "bundle" / "model.onnx").exists()
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1
    assert "--overwrite" in again.stderr


def test_demo_never_removes_what_it_did_not_make(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputFolderError, match="not empty; choose another folder"):
        demo_command._make_room(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").exists()
    (tmp_path / "thesis.tex").unlink()
    demo_command._make_room(tmp_path, overwrite=True)
    assert not list(tmp_path.iterdir())
