"""Completeness: every source has its tests, its command and its words."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from mvkt.corpora import SOURCES, source_class
from mvkt.errors import CorpusError


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_complete(name: str) -> None:
    source = source_class(name)
    assert source.name == name
    assert (Path(__file__).parent / "sources" / f"test_{SOURCES[name].split(':')[0].rpartition('.')[2]}.py").is_file()
    assert source.licence
    assert source.citation
    assert dataclasses.is_dataclass(source)
    for field in dataclasses.fields(source):
        assert field.name == "root" or field.metadata["help"]
    instance = source(*([Path("nowhere")] if dataclasses.fields(source)[0].name == "root" else []))
    assert pickle.loads(pickle.dumps(instance)) == instance  # noqa: S301 - it goes to worker processes


def test_an_unknown_source() -> None:
    with pytest.raises(CorpusError, match="did you mean 'ptb-xl'"):
        source_class("ptbxl")
    with pytest.raises(CorpusError, match="there are: ptb-xl, cpsc2018"):
        source_class("zzz")


def test_importing_the_registry_imports_no_source() -> None:
    script = (
        "import sys; from mvkt.corpora import SOURCES;"
        "print([source for source in SOURCES.values() if source.split(':')[0] in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
