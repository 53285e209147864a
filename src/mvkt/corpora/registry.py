"""The sources that can be prepared, by name. Importing this imports none of them."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from mvkt.corpora.source import Source
from mvkt.errors import CorpusError, hint
from mvkt.plugins import Registry

SOURCES: Registry[str | type[Source]] = Registry(
    "corpus source",
    {
        "ptb-xl": "mvkt.corpora.sources.ptbxl:PtbXl",
        "cpsc2018": "mvkt.corpora.sources.cpsc2018:Cpsc2018",
        "challenge": "mvkt.corpora.sources.challenge:Challenge",
        "chapman": "mvkt.corpora.sources.chapman:Chapman",
        "code15": "mvkt.corpora.sources.code15:Code15",
        "mimic-iv-ecg": "mvkt.corpora.sources.mimic_iv_ecg:MimicIvEcg",
        "cinc2017": "mvkt.corpora.sources.cinc2017:Cinc2017",
        "cinc2011": "mvkt.corpora.sources.cinc2011:Cinc2011",
        "folder": "mvkt.corpora.sources.folder:Folder",
        "simulated": "mvkt.corpora.sources.simulated:Simulated",
    },
)
"""Name to ``module:class``, or to the class itself where a plugin registers it."""


def source_class(name: str) -> type[Source]:
    """Import the class of a source.

    Raises:
        CorpusError: There is none of this name.
    """
    if name not in SOURCES:
        raise CorpusError(f"unknown source {name!r}; {hint(name, SOURCES, 'there are')}")
    place = SOURCES[name]
    if isinstance(place, str):
        module, _, attribute = place.partition(":")
        place = getattr(import_module(module), attribute)
    if not (isinstance(place, type) and issubclass(place, Source)):
        raise TypeError(f"{SOURCES[name]} is no Source")
    return place


def make_source(name: str, **options: Any) -> Source:
    """Return a source by its name, with options as of ``mvkt corpus prepare NAME``; paths may be text.

    Raises:
        CorpusError: There is no source of this name, or it has no such option, or needs one that is missing.
    """
    source = source_class(name)
    known = {field.name: field for field in fields(source)}  # type: ignore[arg-type]  # every source is a dataclass
    for option in options:
        if option not in known:
            raise CorpusError(f"the source {name!r} has no option {option!r}; {hint(option, known, 'it has')}")
    paths = [option for option, field in known.items() if "Path" in str(field.type) and options.get(option) is not None]
    try:
        return source(**options | {option: Path(options[option]) for option in paths})
    except TypeError as error:
        raise CorpusError(f"the source {name!r} cannot be made: {error}") from error
