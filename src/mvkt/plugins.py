"""What others add to mvkt: losses, backbones, corpus sources and file formats from outside the package.

A plugin is a Python module that registers what it adds when it is imported::

    from mvkt.transfer.registry import LOSSES
    LOSSES.register("logit_mse", LogitMse)

It is found in two ways. An installed package names its module under the entry point group ``mvkt.plugins``. A single
file is named by ``--plugin my.py`` or in the environment variable ``MVKT_PLUGINS``, from which worker processes take it
as well. Plugins are imported when a registry is first read. A plugin runs as a part of the program: name only files
that you trust.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Generic, TypeVar

from mvkt.errors import PluginError

GROUP = "mvkt.plugins"
VARIABLE = "MVKT_PLUGINS"

Item = TypeVar("Item")

_loaded: dict[str, str] = {}
_loading = False
_installed_are_loaded = False


class Registry(Mapping[str, Item], Generic[Item]):
    """Things of a kind by name: those of mvkt, then those of plugins.

    Args:
        kind: ``loss``, ``backbone``, ``corpus source`` or ``format``, for messages.
        items: Those of mvkt.
    """

    def __init__(self, kind: str, items: Mapping[str, Item]) -> None:
        self.kind = kind
        self._items = dict(items)

    def register(self, name: str, item: Item) -> None:
        """Add a thing under a name.

        Raises:
            PluginError: Another thing has that name.
        """
        if self._items.get(name, item) is not item:
            raise PluginError(f"there is a {self.kind} {name!r} already; give yours another name")
        self._items[name] = item

    def __getitem__(self, name: str) -> Item:
        """Return the thing of a name; plugins are imported only where mvkt itself has none of this name."""
        if name not in self._items:
            load()
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        load()
        return iter(self._items)

    def __len__(self) -> int:
        """Count the names."""
        load()
        return len(self._items)


def add(path: Path) -> None:
    """Import a plugin file now, and in every process that this process starts.

    Raises:
        PluginError: The file is missing or fails when it is imported.
    """
    named = [*_named(), str(path.resolve())]
    _import_file(path.resolve())
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys(named))


def load() -> Mapping[str, str]:
    """Import all plugins that are installed or named, each once.

    Returns:
        File of a plugin to the SHA-256 of its content. Networks that a plugin may have shaped are kept apart by it.

    Raises:
        PluginError: A plugin is missing or fails when it is imported.
    """
    global _loading, _installed_are_loaded
    if _loading:
        return _loaded
    _loading = True
    try:
        for path in _named():
            _import_file(Path(path))
        if not _installed_are_loaded:
            for entry in entry_points(group=GROUP):
                try:
                    _note(getattr(entry.load(), "__file__", None) or entry.value)
                except Exception as error:
                    raise PluginError(f"the plugin {entry.name} cannot be imported: {error}") from error
            _installed_are_loaded = True
    finally:
        _loading = False
    return _loaded


def _named() -> list[str]:
    return [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]


def _import_file(path: Path) -> None:
    if str(path) in _loaded:
        return
    if not path.is_file():
        raise PluginError(f"there is no plugin file {path}")
    name = f"mvkt_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise PluginError(f"the plugin {path.name} cannot be imported: {type(error).__name__}: {error}") from error
    _note(str(path))


def _note(file: str) -> None:
    path = Path(file)
    _loaded[file] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
