from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mvkt.cli import main
from mvkt.ecg.formats import read, write
from mvkt.ecg.record import Record


@pytest.fixture
def source(tmp_path: Path, beating: Callable[..., Record]) -> Path:
    path = tmp_path / "in.csv"
    write(beating(("I", "II"), sampling_frequency=250.0), path)
    return path


@pytest.mark.parametrize("name", ["out.hea", "out.csv", "out.edf", "new/out.dat"])
def test_by_the_ending(source: Path, tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["convert", str(source), str(tmp_path / name)])
    assert result.exit_code == 0, result.stderr
    assert "I, II, 250 Hz, 10 s, from table" in result.stdout
    np.testing.assert_allclose(read(tmp_path / name).signal, read(source).signal, atol=1e-4)


def test_by_option_and_as_json(source: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["convert", str(source), str(tmp_path / "out"), "--to", "wfdb", "--json"])
    assert json.loads(result.stdout)["files"] == [str(tmp_path / "out.hea"), str(tmp_path / "out.dat")]


def test_nothing_is_replaced_unasked(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.dat").write_text("mine")
    command = ["convert", str(source), str(tmp_path / "out.hea")]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, "--overwrite" in result.stderr) == (2, True)
    assert (tmp_path / "out.dat").read_text() == "mine"
    assert CliRunner().invoke(main, [*command, "--overwrite"]).exit_code == 0


def test_numbers_without_facts(tmp_path: Path) -> None:
    path, out = tmp_path / "numbers.txt", tmp_path / "out.csv"
    path.write_text("".join(f"{n % 100}\n" for n in range(500)))
    result = CliRunner().invoke(main, ["convert", str(path), str(out)])
    assert (result.exit_code, "--sampling-frequency" in result.stderr) == (1, True)
    assert not out.exists()
    facts = ["--sampling-frequency", "130", "--unit", "uV", "--lead", "I"]
    assert CliRunner().invoke(main, ["convert", str(path), str(out), *facts]).exit_code == 0
    record = read(out)
    assert (record.leads, record.sampling_frequency) == (("I",), 130.0)
    assert record.signal[50, 0] == pytest.approx(0.05)


def test_one_of_an_archive(source: Path, tmp_path: Path) -> None:
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as members:
        for name in ("a.csv", "b.csv"):
            members.write(source, f"electrocardiograms/{name}")
    command = ["convert", str(archive), str(tmp_path / "out.csv")]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, "2 recordings" in result.stderr) == (1, True)
    assert CliRunner().invoke(main, [*command, "--recording", "b.csv"]).exit_code == 0


def test_an_unknown_ending(source: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["convert", str(source), str(tmp_path / "out.xyz")])
    assert (result.exit_code, ".hea, .dat, .csv, .edf" in result.stderr) == (1, True)
