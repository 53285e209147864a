"""Imports point one way, and what is light stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mvkt"
FOUNDATION = {"errors", "files", "numbers", "plugins", "processes", "ray_cluster", "settings", "stored"}
FLOORS = (
    {"ecg", "models", "transfer"},
    {"bundle", "evaluation"},
    {"corpora", "diagnosis"},
    {"embedded"},
    {"training"},
    {"study"},
    {"web", "bulk"},
    {"cli"},
)
"""From bottom to top: a room imports from floors below its own and from the foundation."""

FORBIDDEN = {
    "transfer": {"models"},
    "training": {"diagnosis"},
    "study": {"diagnosis"},
    "web": {"corpora", "embedded", "evaluation", "models", "study", "training", "transfer"},
}
"""Rooms below that a room may not import all the same."""


def may_import(room: str) -> set[str]:
    """The rooms that a room may import."""
    if room in ("__init__", "__main__"):  # re-exported lazily; that importing it stays cheap is checked below
        return set().union(*FLOORS, FOUNDATION)
    if room in FOUNDATION:
        return FOUNDATION - {room}
    floor = next((number for number, rooms in enumerate(FLOORS) if room in rooms), None)
    assert floor is not None, f"the room {room!r} is on no floor: add it to FLOORS in this test"
    return set().union(*FLOORS[:floor], FOUNDATION) - FORBIDDEN.get(room, set())


HEAVY = ("torch", "pyarrow", "matplotlib", "lightning_fabric")
WITHOUT_HEAVY = ("ecg", "bundle", "diagnosis", "web")
PICKLES = {"pickle", "cPickle", "dill", "joblib", "shelve", "cloudpickle"}

MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every absolute module name that a file imports, also inside functions and for type checking."""
    package = ["mvkt", *path.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names) if module == "mvkt" else [module]


def test_there_is_something_to_check() -> None:
    assert {"errors", "ecg"} <= {room_of(path) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("mvkt.")}
    assert rooms - {room, "__version__"} <= may_import(room)


@pytest.mark.parametrize("room", WITHOUT_HEAVY)
def test_no_heavy_library_is_imported_anywhere_in(room: str) -> None:
    found = {
        f"{path.name}: {name}"
        for path in MODULES
        if room_of(path) == room
        for name in imported(path)
        if name.split(".")[0] in HEAVY
    }
    assert not found


@pytest.mark.parametrize("room", ["embedded", "evaluation", "web"])
def test_nothing_of_training_is_imported_anywhere_in(room: str) -> None:
    """A report may draw with matplotlib; torch is for what trains."""
    paths = [path for path in MODULES if room_of(path) == room]
    assert paths
    found = {f"{path.name}: {name}" for path in paths for name in imported(path)}
    assert not {name for name in found if name.split(": ")[1].split(".")[0] in {"torch", "lightning_fabric"}}


def test_no_private_name_crosses_a_module() -> None:
    found = set()
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        own = [alias for node in imports if (node.module or "").startswith("mvkt") for alias in node.names]
        modules = {alias.asname or alias.name for alias in own}
        reached = [
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
        ]
        names = [*(alias.name for alias in own), *reached]
        found |= {f"{path.name}: {name}" for name in names if name.startswith("_") and not name.startswith("__")}
    assert not found


def test_nothing_pickles() -> None:
    found = {f"{path.name}: {name}" for path in MODULES for name in imported(path) if name.split(".")[0] in PICKLES}
    assert not found


NETWORK = (
    "socket",
    "ssl",
    "http.client",
    "urllib.request",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "huggingface_hub",
)
MAY_USE_THE_NETWORK = {"bundle/hub.py", "corpora/download.py", "web/server.py"}
"""What fetches bundles and public collections on request, and what serves the local page."""


def test_nothing_else_opens_a_connection() -> None:
    found = {str(path.relative_to(SOURCE)) for path in MODULES if {*NETWORK} & {*imported(path)}}
    assert found <= MAY_USE_THE_NETWORK
    assert "corpora/download.py" in found


def importing(*modules: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after importing some."""
    code = f"import sys; import {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_importing_mvkt_is_cheap() -> None:
    assert not importing("mvkt") & {*HEAVY, "numpy", "scipy", "pydantic", "onnxruntime", "ecgdatakit"}


def test_importing_mvkt_is_fast() -> None:
    """50 ms on an idle machine; a busy or slow machine is given what it needs for the standard library."""

    def seconds(module: str) -> float:
        code = f"import time; begun = time.perf_counter(); import {module}; print(time.perf_counter() - begun)"
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(5)]
        return min(float(run.stdout) for run in runs)

    assert seconds("mvkt") < max(0.05, seconds("asyncio"))


def test_a_base_install_is_enough_to_read_and_diagnose() -> None:
    modules = {
        ".".join(["mvkt", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
        for path in MODULES
        if room_of(path) in WITHOUT_HEAVY
    }
    assert modules
    loaded = importing(*sorted(modules))
    assert not loaded & set(HEAVY)
    assert not loaded & {"ecgdatakit", "pydicom", "onnxruntime"}, "these belong inside the functions that need them"
