"""The model card of a bundle, in the form that model hubs read; its text is ``model_card.md.j2``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from mvkt.bundle.manifest import SIMULATED, BundleManifest
from mvkt.bundle.worth import DISCLAIMER
from mvkt.corpora.sources import ptbxl
from mvkt.evaluation.report.toml_text import to_toml
from mvkt.evaluation.result import ModelResult, Role, RunResult
from mvkt.evaluation.result_sections import Abstention, FalsePositives, Kept
from mvkt.evaluation.subgroups import FEWEST, UNKNOWN
from mvkt.evaluation.verdicts.class_bands import Promise
from mvkt.evaluation.verdicts.conformal_band import FALSE_ALARMS, MISSED
from mvkt.numbers import FILTERS, percent, percent_with_limits

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


_WHOLE_COLLECTIONS: Mapping[str, int] = {ptbxl.PtbXl.name: ptbxl.RECORDS}
"""How many records a source has of which people often take a part, and that can be fetched."""


def model_card(result: RunResult, role: Role, manifest: BundleManifest) -> str:
    """Write the card of a model of a run, in Markdown with YAML front matter."""
    model: ModelResult = getattr(result.models, role)
    return _rendered(
        "model_card.md.j2",
        result=result,
        role=role,
        model=model,
        found=model.evaluation,
        transfer=result.transfer,
        unlabelled=0 if result.outside else result.unlabelled_of(role),
        manifest=manifest,
        signal=manifest.signal,
        leads=f"lead{'s' if len(manifest.leads) > 1 else ''} {', '.join(manifest.leads)}",
        disclaimer=DISCLAIMER,
        simulated=SIMULATED,
        licence_name=_licence_name(result.corpus.licence),
        whole=_WHOLE_COLLECTIONS.get(result.corpus.source, 0),
        abstention=model.abstention,
        promise=model.calibration.promise,
        verdicts=card_verdicts(manifest, model.calibration.promise, model.abstention, model.false_positives),
        groups=[group for group in model.subgroups if group.name != UNKNOWN],
        fewest=FEWEST,
        deployed=role == result.deployed,
        start=result.starts.get("teacher" if role == "teacher" else "student"),
        pretraining=_pretraining(result.recipe, role),
        recipe=to_toml(result.recipe),
    )


def card_verdicts(
    manifest: BundleManifest,
    promise: Promise | None,
    abstention: Abstention | None,
    false_positives: FalsePositives | None,
) -> str:
    """Write the sections of a card on what is left open, missed and falsely found.

    Args:
        manifest: Of the bundle.
        promise: What its bands promise.
        abstention: How that fared on the test records; None where nothing is left open.
        false_positives: What is found in records without any target; None where there are none.
    """
    text = _rendered(
        "card_verdicts.md.j2",
        manifest=manifest,
        promise=promise,
        abstention=abstention,
        false_positives=false_positives,
        missed_wanted=MISSED,
        false_alarms_wanted=FALSE_ALARMS,
    )
    return text.removesuffix("\n")


def _rendered(template: str, **values: Any) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - Markdown
    environment.filters |= {
        **FILTERS,
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),  # YAML contains JSON
        "cell": _cell,
        "kept": _kept,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    text = files("mvkt.training.export").joinpath(template).read_text(encoding="utf-8")
    return environment.from_string(text).render(**values)


def _pretraining(recipe: Mapping[str, Any], role: Role) -> str:
    """The objective of what the model learned first, or nothing; baseline and student begin alike."""
    network = recipe.get("teacher" if role == "teacher" else "student") or {}
    return str((network.get("pretraining") or {}).get("objective", ""))


def _licence_name(licence: str) -> str:
    lower = licence.lower()
    return next((name for part, name in _LICENCE_NAMES.items() if part in lower), "other")


def _cell(text: str) -> str:
    """Keep what others wrote inside its line and its table cell, and free of HTML and Markdown."""
    for mark, harmless in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'"), ("[", "\\["), ("*", "\\*")):
        text = text.replace(mark, harmless)
    return " ".join(text.split())


def _kept(kept: Kept) -> str:
    if kept.kept is None:
        return kept.words
    words = "**broken**" if kept.kept is False else kept.words
    return f"{percent_with_limits(kept.share)}; at most {percent(kept.promised)}: {words}"
