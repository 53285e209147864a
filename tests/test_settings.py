"""Settings read from TOML."""

from __future__ import annotations

import pytest
from pydantic import Field

from mvkt.errors import RecipeError
from mvkt.settings import Settings, known_keys, parse_change, validate


class Inner(Settings):
    epochs: int = Field(default=1, ge=1)


class Outer(Settings):
    name: str = ""
    training: Inner = Inner()
    parts: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("a.b=5", ("a.b", 5)),
        ("a = [1, 2]", ("a", [1, 2])),
        ("a=true", ("a", True)),
        ("a=I+II", ("a", "I+II")),
        ("a=", ("a", "")),
    ],
)
def test_changes(change: str, expected: tuple[str, object]) -> None:
    assert parse_change(change) == expected


@pytest.mark.parametrize("change", ["", "a", "=5", " = 5"])
def test_a_malformed_change_gets_a_message(change: str) -> None:
    with pytest.raises(RecipeError, match="is not key=value"):
        parse_change(change)


def test_all_faults_are_in_one_message() -> None:
    with pytest.raises(RecipeError) as caught:
        validate(Outer, {"nam": "x", "training": {"epoch": 3}, "parts": [{"epochs": 0}]}, "a.toml")
    message = str(caught.value)
    assert message.startswith("a.toml has 3 fault(s):")
    assert "nam: unknown key; did you mean 'name'?" in message
    assert "training.epoch: unknown key; did you mean 'epochs'?" in message
    assert "parts.0.epochs: Input should be greater than or equal to 1" in message


def test_known_keys_of_tables() -> None:
    assert known_keys(Outer, []) == ["name", "training", "parts"]
    assert known_keys(Outer, ["training"]) == known_keys(Outer, ["parts", "0"]) == ["epochs"]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Inner().epochs = 3
