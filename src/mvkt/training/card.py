"""The model card of a bundle, in the form that model hubs read; its text is ``model_card.md.j2``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

from mvkt.diagnosis.diagnosis import DISCLAIMER
from mvkt.diagnosis.manifest import SIMULATED, BundleManifest
from mvkt.evaluation.result import Interval, ModelResult, Role, RunResult

_LICENCE_NAMES: Mapping[str, str] = {
    "cc by 4.0": "cc-by-4.0",
    "cc-by-4.0": "cc-by-4.0",
    "creative commons attribution 4.0": "cc-by-4.0",
    "cc0": "cc0-1.0",
    "odc-by": "odc-by",
    "odbl": "odbl",
    "apache-2.0": "apache-2.0",
}
"""What hubs call the licences that recordings come under; a model keeps the licence of its recordings."""


def model_card(result: RunResult, role: Role, manifest: BundleManifest) -> str:
    """Write the card of one model of a run, in Markdown with YAML front matter."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - Markdown
    environment.filters |= {
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),  # YAML contains JSON
        "cell": lambda text: text.replace("|", "\\|"),
        "interval": _interval,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    model: ModelResult = getattr(result.models, role)
    text = files("mvkt.training").joinpath("model_card.md.j2").read_text(encoding="utf-8")
    return environment.from_string(text).render(
        result=result,
        role=role,
        model=model,
        found=model.evaluation,
        transfer=result.transfer,
        manifest=manifest,
        signal=manifest.signal,
        leads=f"lead{'s' if len(manifest.leads) > 1 else ''} {', '.join(manifest.leads)}",
        disclaimer=DISCLAIMER,
        simulated=SIMULATED,
        licence_name=_licence_name(result.corpus.licence),
    )


def _licence_name(licence: str) -> str:
    lower = licence.lower()
    return next((name for part, name in _LICENCE_NAMES.items() if part in lower), "other")


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return "absent"
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"
