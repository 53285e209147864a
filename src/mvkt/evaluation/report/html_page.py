"""The template of a page: one HTML file that holds everything it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mvkt.errors import MissingExtraError
from mvkt.numbers import FILTERS

if TYPE_CHECKING:
    from jinja2 import Template

_BREAKS = re.compile(r"(?<=\d) (?=%|to [+−\d])|(?<=\d to) |(?<=p) (?=[=<])|(?<=p =) ")


def page_template(name: str, *folders: str, **filters: Callable[..., Any]) -> Template:
    """Open the template of a page.

    Args:
        name: Of the template.
        folders: Of the package ``mvkt`` in which it and what it includes are looked for.
        filters: Besides those of :mod:`mvkt.numbers`.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    try:
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("the report needs jinja2: pip install 'mvkt[train]'") from error
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("mvkt", folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_unbroken,
    )
    environment.filters |= {**FILTERS, **filters}
    return environment.get_template(name)


def _unbroken(value: Any) -> Any:
    """Keep what the numbers of a text belong to in their line."""
    return _BREAKS.sub("\N{NO-BREAK SPACE}", value) if type(value) is str else value
