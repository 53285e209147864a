"""Networks to export, and windows to compare them on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.training.export.made_networks import SPEC, manifest, network

from mvkt.bundle.bundle import Bundle
from mvkt.ecg.record import Record
from mvkt.ecg.signal import windows
from mvkt.models import EcgModel
from mvkt.training.export.bundle_folder import export_bundle


@pytest.fixture(scope="session")
def student() -> EcgModel:
    return network(1, squeeze_excite=True)


@pytest.fixture
def inputs(beating: Callable[..., Record]) -> NDArray[np.float32]:
    return windows(beating(seconds=50), SPEC, "I").signal


@pytest.fixture(scope="session")
def exported(student: EcgModel, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The student's bundle, compared on noise."""
    noise = np.random.default_rng(0).normal(size=(5, 1, SPEC.window_samples)).astype(np.float32)
    return export_bundle(student, manifest(), noise, tmp_path_factory.mktemp("exported") / "bundle", "# card\n")
