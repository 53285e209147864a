"""What is given away: the wheel, the same bytes wherever and whenever it is built, and the Dockerfile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "src")


def build(folder: Path, out: Path) -> Path:
    """Build the wheel of a source tree."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)
    (wheel,) = out.glob("*.whl")
    return wheel


def copied(folder: Path) -> Path:
    """Copy the sources, with other times and in another place."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        source, ignored = ROOT / name, shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
    for path in folder.rglob("*"):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def test_two_builds_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    again = build(copied(tmp_path / "elsewhere" / "another-name"), tmp_path / "out")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_has_what_an_installation_needs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("students/lead-I/model.onnx", "students/lead-II/bundle.json", "web/static/index.html", "py.typed"):
        assert f"mvkt/{needed}" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mvkt"}
    assert not [name for name in names if name.endswith((".pyc", ".so", ".pem", ".npz"))]


def test_the_dockerfile_has_no_faults() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_runs_as_nobody_of_note() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert [line for line in last_stage if line.startswith("USER")] == ["USER 10001"]
    assert all(":" in line and ":latest" not in line for line in lines if line.startswith("FROM"))
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in sent
    assert {line[1:] for line in sent if line.startswith("!")} == {*NEEDED, "constraints.txt"}
