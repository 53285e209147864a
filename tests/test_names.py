"""A name of the package means the same thing wherever it is read."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "mvkt"
MODULES = sorted(SOURCE.rglob("*.py"))

SHARED_MODULE_NAMES = {"__init__", "registry", "settings"}
"""A registry or the settings of a package are named after the package they are in."""


def shared(names: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    """Return the names that stand in two places or more, with the places."""
    places = defaultdict(list)
    for name, path in names:
        places[name].append(str(path))
    return {name: found for name, found in places.items() if len(found) > 1}


def public_classes(path: Path) -> list[str]:
    """Return the public classes of a module, those within functions and classes included."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node.name for node in nodes if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def test_no_two_modules_have_the_same_name() -> None:
    names = [(path.stem, path.relative_to(SOURCE)) for path in MODULES]
    assert len(names) > 200
    found = {name: places for name, places in shared(names).items() if name not in SHARED_MODULE_NAMES}
    assert not found, f"name each module after what is inside: {found}"


def test_no_two_public_classes_have_the_same_name() -> None:
    names = [(name, path.relative_to(SOURCE)) for path in MODULES for name in public_classes(path)]
    assert len(names) > 200
    assert not shared(names), f"give one of them a narrower name: {shared(names)}"


def test_the_check_finds_a_second_class_of_a_name(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.py").write_text("class Outer:\n    class _Hidden: ...\n")
    classes = [(name, path) for path in sorted(tmp_path.iterdir()) for name in public_classes(path)]
    assert shared(classes) == {"Outer": [str(tmp_path / "0.py"), str(tmp_path / "1.py")]}
