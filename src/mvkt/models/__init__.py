"""Backbones: ``build_model(name, leads=..., classes=...)`` gives a module that returns :class:`Output`."""

from __future__ import annotations

from mvkt.models.model import EcgModel, Output
from mvkt.models.registry import MODELS, build_model, resolve_settings

__all__ = ["MODELS", "EcgModel", "Output", "build_model", "resolve_settings"]
