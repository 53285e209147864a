"""The sources that can be prepared, by name. Importing this imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module

from mvkt.corpora.source import Source
from mvkt.errors import CorpusError

SOURCES: Mapping[str, str] = {
    "ptb-xl": "mvkt.corpora.sources.ptbxl:PtbXl",
    "cpsc2018": "mvkt.corpora.sources.cpsc2018:Cpsc2018",
    "challenge": "mvkt.corpora.sources.challenge:Challenge",
    "folder": "mvkt.corpora.sources.folder:Folder",
    "simulated": "mvkt.corpora.sources.simulated:Simulated",
}
"""Name to ``module:class``."""


def source_class(name: str) -> type[Source]:
    """Import the class of a source.

    Raises:
        CorpusError: There is none of this name.
    """
    if name not in SOURCES:
        near = get_close_matches(name, SOURCES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SOURCES)}"
        raise CorpusError(f"unknown source {name!r}; {hint}")
    module, _, attribute = SOURCES[name].partition(":")
    found = getattr(import_module(module), attribute)
    if not (isinstance(found, type) and issubclass(found, Source)):
        raise TypeError(f"{SOURCES[name]} is no Source")
    return found
