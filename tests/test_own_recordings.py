"""docs/how-to/own-recordings.md, followed literally: folder, corpus, training (two epochs), diagnosis."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.pages import blocks

PAGE = "how-to/own-recordings.md"
SHORT = " ".join(
    f"--set {role}.training.epochs=2 --set {role}.training.warmup_epochs=0" for role in ("teacher", "student")
)


def test_the_page_leads_from_a_folder_to_a_diagnosis(tmp_path: Path) -> None:
    (script,) = blocks(PAGE, "python")
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    assert [command.split()[1] for command in commands] == ["corpus", "train", "diagnose"]
    run([sys.executable, "-c", script], tmp_path)
    for command in commands:
        short = f"{command} {SHORT} --set student.pretraining=" if command.startswith("mvkt train") else command
        arguments = [*short.split()[1:], "--json"]
        output = run([sys.executable, "-m", "mvkt", *arguments], tmp_path)
    findings = json.loads(output)["recordings"][0]["diagnoses"][0]["findings"]
    assert {finding["code"] for finding in findings} == set(codes_of(tmp_path))


def codes_of(folder: Path) -> list[str]:
    manifest = json.loads((folder / "corpus" / "manifest.json").read_text())
    return sorted(manifest["tasks"]["labels"]["titles"])


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout
