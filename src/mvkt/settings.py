"""Settings read from TOML: recipes and studies, validated whole, with all faults in one message."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from mvkt.errors import RecipeError, hint

_MAX_BYTES = 1_000_000

Model = TypeVar("Model", bound=BaseModel)


class Settings(BaseModel):
    """A table of settings: frozen, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_toml(path: Path, kind: str) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: The file.
        kind: ``recipe`` or ``study``, for messages.

    Raises:
        RecipeError: It cannot be read, is no TOML, or is larger than 1 MB.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RecipeError(f"{path} is larger than {_MAX_BYTES} bytes; that is no {kind}")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the {kind} {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not TOML: {error}") from error


def find_file(given: str, packaged: Sequence[Path], kind: str) -> Path:
    """Return a file given by path, or by the name of a packaged one.

    Args:
        given: A path, or a name without ``.toml``.
        packaged: The files that come with mvkt.
        kind: ``recipe`` or ``study``, for messages.

    Raises:
        RecipeError: There is neither.
    """
    if Path(given).is_file():
        return Path(given)
    named = {path.stem: path for path in packaged}
    if given in named:
        return named[given]
    raise RecipeError(f"there is no {kind} file {given!r}; {hint(given, named, 'those that come with mvkt are')}")


def parse_change(change: str) -> tuple[str, Any]:
    """Return key and value of ``key=value``; the value is TOML, and what is not TOML is text.

    Raises:
        RecipeError: There is no key or no equals sign.
    """
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"{change!r} is not key=value (for example: student.training.epochs=5)")
    try:
        return key.strip(), tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), text


def validate(model: type[Model], data: Mapping[str, Any], origin: str) -> Model:
    """Validate settings that are already a mapping.

    Args:
        model: Their class.
        data: The settings.
        origin: Their file, for messages.

    Raises:
        RecipeError: Anything in them is wrong; all faults are in the message.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RecipeError(listed(origin, faults(error, model))) from error


def listed(origin: str, described: Sequence[str]) -> str:
    """Return the message about several faults."""
    lines = (line for fault in described for line in fault.splitlines())
    return f"{origin} has {len(described)} fault(s):\n" + "\n".join(f"  {line}" for line in lines)


def faults(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return a line for each fault, with the nearest known key for an unknown one."""
    return [_describe(dict(fault), model) for fault in error.errors()]


def _describe(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    location = [str(part) for part in fault["loc"]]
    where = ".".join(location) or "settings"
    if fault["type"] != "extra_forbidden":
        cause = fault.get("ctx", {}).get("error")
        return f"{where}: {cause if isinstance(cause, ValueError) else fault['msg']}"
    # A union names the chosen branch in the location of a fault.
    return f"{where}: unknown key; {hint(location[-1], known_keys(model, location[:-1]))}"


def known_keys(model: type[BaseModel], location: Sequence[str]) -> list[str]:
    """Return the keys of the table at a location in a model; those of the nearest table above where it has none."""
    for part in location:
        table = next(_tables(part, model), None)
        model = table or model
    keys: Callable[[], list[str]] | None = getattr(model, "known_keys", None)
    return keys() if keys else [field.alias or name for name, field in model.model_fields.items()]


def _tables(part: str, model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the models that a field may hold, also within a list, a mapping or a union."""
    table_of: Callable[[str], type[BaseModel] | None] | None = getattr(model, "table_of", None)
    own = table_of(part) if table_of else None
    if own is not None:
        yield own
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            yield from _models(field.annotation)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
