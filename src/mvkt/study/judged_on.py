"""Which records a study compares its methods on."""

from typing import Literal

JudgedOn = Literal["test", "validation"]
"""The test folds once methods are chosen; the validation folds while they are being chosen, test folds unread."""
