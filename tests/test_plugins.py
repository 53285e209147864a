"""Losses, backbones, sources and formats from outside the package, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.pages import blocks

from mvkt.errors import PluginError
from mvkt.plugins import Registry

PLUGINS = Path(__file__).parent / "plugins"


def mvkt(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mvkt", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})


def test_a_registry_is_a_mapping_that_refuses_taken_names() -> None:
    registry: Registry[int] = Registry("number", {"one": 1})
    registry.register("two", 2)
    registry.register("two", 2)
    assert dict(registry) == {"one": 1, "two": 2}
    assert len(registry) == 2
    with pytest.raises(PluginError, match="there is a number 'one' already"):
        registry.register("one", 3)


def test_a_loss_from_a_file_is_listed_and_trained_with(tmp_path: Path) -> None:
    loss = tmp_path / "my_losses.py"
    loss.write_text(blocks("how-to/new-loss.md", "python")[0])
    listed = mvkt("list", "losses", "--plugin", loss, "--json")
    assert listed.returncode == 0, listed.stderr
    row = json.loads(listed.stdout)["losses"][-1]
    assert row == {"name": "logit_mse", "title": "Mean squared difference of the logits.", "settings": {"margin": 0.0}}
    recipe = tmp_path / "tiny.toml"
    training = "{ epochs = 1, batch_size = 32, warmup_epochs = 0 }"
    networks = "".join(
        f'[{role}]\nview = "{view}"\nmodel = {{ widths = [8] }}\ntraining = {training}\n'
        for role, view in (("teacher", "12-lead"), ("student", "I"))
    )
    recipe.write_text(
        f'name = "tiny"\ntask = "conditions"\n{networks}[transfer.logit_mse]\nweight = 0.5\nmargin = 0.1\n'
    )
    made = mvkt("corpus", "prepare", "simulated", "--records", "240", "--out", tmp_path / "corpus")
    assert made.returncode == 0, made.stderr
    arguments = ("train", recipe, "--corpus", tmp_path / "corpus", "--out", tmp_path / "run", "--json")
    unknown = mvkt(*arguments)
    assert (unknown.returncode, "logit_mse: unknown key" in unknown.stderr) == (1, True)
    done = mvkt(*arguments, "--plugin", loss)
    assert done.returncode == 0, done.stderr
    epoch = json.loads((tmp_path / "run" / "student" / "metrics.jsonl").read_text().splitlines()[0])
    assert epoch["losses"]["logit_mse"] > 0
    assert epoch["losses"]["total"] == pytest.approx(
        epoch["losses"]["bce"] + 0.5 * epoch["losses"]["logit_mse"], rel=1e-5
    )


def test_backbones_sources_and_formats_from_the_environment(tmp_path: Path) -> None:
    plugin = {"MVKT_PLUGINS": str(PLUGINS / "more.py")}
    for kind, name in (("backbones", "narrow"), ("sources", "other-hearts"), ("formats", "Toy")):
        listed = mvkt("list", kind, "--json", **plugin)
        assert name in {row["name"] for row in json.loads(listed.stdout)[kind]}
    (tmp_path / "x.toy").write_bytes(b"TOY1" + np.arange(1000, dtype="<i2").tobytes())
    written = mvkt("convert", tmp_path / "x.toy", tmp_path / "x.csv", **plugin)
    assert written.returncode == 0, written.stderr
    made = mvkt("corpus", "prepare", "other-hearts", "--records", "20", "--out", tmp_path / "corpus", **plugin)
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no plugin file"),
        ("raise ValueError('broken')", "the plugin bad.py cannot be imported: ValueError: broken"),
        (
            "from mvkt.transfer import LOSSES, Mkd, Clt\nLOSSES.register('mkd', Clt)",
            "there is a loss 'mkd' already",
        ),
    ],
)
def test_a_bad_plugin_is_one_line(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "bad.py").write_text(content)
    done = mvkt("list", "losses", MVKT_PLUGINS=str(tmp_path / "bad.py"))
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
