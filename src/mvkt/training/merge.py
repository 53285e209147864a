"""How a recipe changes another: ``extends``, ``--set``, and the methods of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MODEL = "model"
_DEFAULT_MODEL = "resnet1d"
_WEIGHT = "weight"


def merge(recipe: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe with changes.

    ``"student.training.epochs" = 20``, ``student.training.epochs = 20`` and a table ``[student.training]`` mean the
    same: what is named is changed, what is beside it stays. Two keys have rules of their own. A ``model`` of another
    name begins anew, for the settings of a backbone mean nothing to another. A number in the place of a loss' table is
    its weight.

    Args:
        recipe: As data; not changed.
        changes: Values by key, tables or dotted keys, in any order.
    """
    return _overlay(recipe, _nested(changes), begin_anew=True)


def _nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write dotted keys out as tables."""
    nested: dict[str, Any] = {}
    for dotted, value in changes.items():
        key, _, rest = dotted.partition(".")
        inner = _nested({rest: value}) if rest else _nested(value) if isinstance(value, Mapping) else value
        nested = _overlay(nested, {key: inner}, begin_anew=False)
    return nested


def _overlay(old: Mapping[str, Any], new: Mapping[str, Any], *, begin_anew: bool) -> dict[str, Any]:
    """Put a tree over another; with ``begin_anew`` a model of another name takes the place of the whole model."""
    merged = dict(old)
    for key, value in new.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            replaced = begin_anew and key == _MODEL and _other(below, value)
            merged[key] = value if replaced else _overlay(below, value, begin_anew=begin_anew)
        elif _is_number(value) and isinstance(below, Mapping) and _WEIGHT in below:
            merged[key] = {**below, _WEIGHT: value}
        elif _is_number(below) and isinstance(value, Mapping):
            merged[key] = {_WEIGHT: below, **value}
        else:
            merged[key] = value
    return merged


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _other(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a model is replaced by another of a different name."""
    return "name" in new and new["name"] != old.get("name", _DEFAULT_MODEL)
