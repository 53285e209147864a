"""The generated pages of ``docs/reference`` are up to date and complete."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_generate"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "recipe.md", "study.md"])
def test_a_generated_page_is_up_to_date(generate: ModuleType, name: str) -> None:
    path = generate.REFERENCE / name
    assert path.read_text(encoding="utf-8") == generate.pages()[path], "run `make docs`, or python docs/generate.py"


@pytest.mark.parametrize("name", ["recipe.md", "study.md"])
def test_every_key_has_a_meaning(generate: ModuleType, name: str) -> None:
    rows = [line for line in (generate.REFERENCE / name).read_text(encoding="utf-8").splitlines() if "| `" in line]
    assert len(rows) > 5
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_command_and_option_is_described(generate: ModuleType) -> None:
    page = generate.pages()[generate.REFERENCE / "commands.md"]
    for heading in ("## mvkt diagnose", "## mvkt corpus prepare folder", "## mvkt study run", "## mvkt list"):
        assert f"{heading}\n" in page
    assert [line for line in page.splitlines() if line.startswith("| `--") and line.endswith("|  |")] == []


def test_sections_of_a_docstring_are_read(generate: ModuleType) -> None:
    class Described:
        """A thing.

        Attributes:
            first: Of two
                lines, with ``code``.
            second, third: The same for both.

        Raises:
            ValueError: Never.
        """

    described = generate.attributes(Described)
    assert described == {
        "first": "Of two lines, with ``code``.",
        "second": "The same for both.",
        "third": "The same for both.",
    }
    assert (
        generate.cell(described["first"] + " a|b :func:`mvkt.read`") == "Of two lines, with `code`. a\\|b `mvkt.read`"
    )


def test_every_public_name_is_in_the_reference() -> None:
    import mvkt

    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.\. auto\w+:: mvkt\.(\w+)$", page, re.MULTILINE))
    summarised = set(re.findall(r"^\| `mvkt\.(\w+)", page, re.MULTILINE))
    names = set(mvkt.__all__) - {"__version__"}
    assert names - summarised == set()
    assert names - described == {"study", "transfer"}  # packages that can be called, described as functions
