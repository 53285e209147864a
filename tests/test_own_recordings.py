"""docs/how-to/own-recordings.md, followed literally: folder, corpus, training (two epochs), diagnosis."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.pages import DOCS, plain, read_blocks, same_output

PAGE = "how-to/own-recordings.md"
SHORT = " ".join(
    f"--set {role}.training.epochs=2 --set {role}.training.warmup_epochs=0" for role in ("teacher", "student")
)


def test_the_page_leads_from_a_folder_to_a_diagnosis(tmp_path: Path) -> None:
    followed, printed = [], ("", "")
    for block in read_blocks(DOCS / PAGE):
        if block.language == "python":
            run([sys.executable, "-c", block.text], tmp_path)
        elif block.language == "sh":
            followed += [line.split()[1] for line in block.text.splitlines() if line.startswith("mvkt ")]
            printed = run(["bash", "-euc", shortened(block.text)], tmp_path, fails=block.words == ("fails",))
        elif block.words == ("output",):
            expected = plain(block.text.replace("100 epochs", "2 epochs"))
            assert same_output(expected, plain("".join(printed))), f"expected {expected}\ngot {printed}"
    assert followed == ["corpus", "corpus", "evaluate", "train", "diagnose"]
    findings = json.loads(printed[1])["recordings"][0]["diagnoses"][0]["findings"]
    assert {finding["code"] for finding in findings} == set(codes_of(tmp_path))


def shortened(script: str) -> str:
    """The commands of a block by this Python; a training of two epochs, an answer for programs."""
    lines = []
    for line in script.splitlines():
        added = {"mvkt train": f"{SHORT} --set student.pretraining=", "mvkt diagnose": "--json"}
        more = next((options for command, options in added.items() if line.startswith(command)), "")
        lines.append(f"{line} {more}".replace("mvkt ", f"'{sys.executable}' -m mvkt ", 1))
    return "\n".join(lines)


def codes_of(folder: Path) -> list[str]:
    manifest = json.loads((folder / "corpus" / "manifest.json").read_text())
    return sorted(manifest["tasks"]["labels"]["titles"])


def run(command: list[str], folder: Path, fails: bool = False) -> tuple[str, str]:
    """Return what a command prints as it works or fails, and what it prints as its result."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert bool(done.returncode) == fails, done.stderr
    return done.stderr, done.stdout
