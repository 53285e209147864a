"""A store on this machine, and recordings for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.bulk.object_store import ObjectStore


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """A store that S3 clients take for theirs."""
    made = ObjectStore()
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield made
    made.stop()


def strip(seed: int) -> bytes:
    """Ten seconds of lead I as Apple Health exports it."""
    phase = (np.arange(5120) / 512) % (60 / 66)
    signal = 900 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + np.random.default_rng(seed).normal(0, 5, 5120)
    head = "Name,X\nSample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n"
    return (head + "\n".join(f"{value:.3f}" for value in signal) + "\n").encode()
