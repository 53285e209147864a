"""Backbones by name: a new backbone is a module beside this, a line in :data:`MODELS` and a test case, or a plugin."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from mvkt.errors import RecipeError, hint
from mvkt.models.model import EcgModel
from mvkt.models.resnet1d import ResNet1d
from mvkt.models.separable1d import Separable1d
from mvkt.models.xresnet1d import XResNet1d18, XResNet1d34, XResNet1d50, XResNet1d101
from mvkt.plugins import Registry

MODELS: Registry[type[EcgModel]] = Registry(
    "backbone",
    {
        "resnet1d": ResNet1d,
        "separable1d": Separable1d,
        "xresnet1d18": XResNet1d18,
        "xresnet1d34": XResNet1d34,
        "xresnet1d50": XResNet1d50,
        "xresnet1d101": XResNet1d101,
    },
)


def build_model(name: str, *, leads: int, classes: int, **settings: Any) -> EcgModel:
    """Build an untrained model; its weights are drawn from PyTorch's global generator.

    Args:
        name: A key of :data:`MODELS`.
        leads: Leads of the view.
        classes: Classes of the task.
        settings: Of the model; see its class.

    Raises:
        RecipeError: The name or a setting is unknown or out of its range; all faults are listed.
    """
    resolved = resolve_settings(name, leads=leads, classes=classes, **settings)
    return MODELS[name](**resolved)


def resolve_settings(name: str, **settings: Any) -> dict[str, Any]:
    """Return the complete settings of a model, defaults included, as plain values that JSON can hold.

    Written beside weights, they build the same model even after a default has changed.

    Raises:
        RecipeError: As :func:`build_model`.
    """
    if name not in MODELS:
        raise RecipeError(f"unknown model {name!r}: {hint(name, MODELS, 'there are')}")
    schema = _schema(name)
    try:
        return schema(**settings).model_dump(mode="json")
    except ValidationError as error:
        faults = [_fault(dict(fault), schema) for fault in error.errors()]
        raise RecipeError(f"model {name!r}: " + "; ".join(faults)) from error


@cache
def _schema(name: str) -> type[BaseModel]:
    """The constructor's signature as a pydantic model: names, types, ranges and defaults in one place."""
    parameters = inspect.signature(MODELS[name], eval_str=True).parameters.values()
    fields: dict[str, Any] = {
        p.name: (p.annotation, ... if p.default is inspect.Parameter.empty else p.default) for p in parameters
    }
    schema: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return schema


def _fault(fault: dict[str, Any], schema: type[BaseModel]) -> str:
    where = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"unknown setting {where!r}: {hint(where, schema.model_fields)}"
    if fault["type"] == "missing":
        return f"setting {where!r} is missing"
    return f"{where} = {fault['input']!r}: {fault['msg'].removeprefix('Value error, ')}"
