"""What is stored as JSON: one frozen base, one way to write a file, one way to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from mvkt.errors import MvktError
from mvkt.files import write_text

_FAULTS_SHOWN = 5
_LONGEST_FAULT = 300
_NUMBERS = re.compile(r"\[\n([-+.eE\d,\s]+)\]")  # no text has a line break in JSON


class Part(BaseModel):
    """A part of what is stored: frozen, finite numbers only, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, json_schema_serialization_defaults_required=True
    )


@dataclass(frozen=True)
class Storage:
    """How a kind of file is read, and what a message about a bad one advises.

    Attributes:
        error: Class of the error for a file that cannot be read.
        missing: What it means, or may mean, that there is no file.
        advice: How to get a good file.
        largest: Bytes that are read at most.
    """

    error: type[MvktError]
    missing: str
    advice: str
    largest: int = 64 * 1024 * 1024


class StoredFile(Part):
    """The content of a whole JSON file."""

    storage: ClassVar[Storage]

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; a row of numbers is a line."""
        text = self.model_dump_json(indent=2)
        write_text(path, _NUMBERS.sub(lambda row: f"[{' '.join(row[1].split())}]", text) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that :meth:`save` wrote.

        Raises:
            MvktError: The file is missing, too large, damaged or of another version; the class is ``storage.error``.
        """
        content = cls._content(path)
        cls._check_version(path, content)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise cls.storage.error(f"{path} is not usable: {listed_faults(error)}; {cls.storage.advice}") from error

    @classmethod
    def _content(cls, path: Path) -> Any:
        storage = cls.storage
        try:
            with path.open("rb") as file:
                raw = file.read(storage.largest + 1)
        except OSError as error:
            raise storage.error(f"{path} cannot be read ({error.strerror}); {storage.missing}") from error
        if len(raw) > storage.largest:
            raise storage.error(f"{path} is larger than {storage.largest:,} bytes; {storage.advice}")
        try:
            return from_json(raw, allow_inf_nan=False)
        except ValueError as error:
            raise storage.error(f"{path} is not JSON ({error}); {storage.advice}") from error

    @classmethod
    def _check_version(cls, path: Path, content: Any) -> None:
        """Compare the format version, where this kind of file has one."""
        field = cls.model_fields.get("format_version")
        if field is None:
            return
        version = content.get("format_version") if isinstance(content, dict) else None
        if type(version) is not int:
            raise cls.storage.error(f"{path} has no format_version (a whole number); {cls.storage.advice}")
        if version != field.default:
            advice = "upgrade mvkt" if version > field.default else cls.storage.advice
            raise cls.storage.error(f"{path} has format version {version}; this mvkt reads {field.default}: {advice}")


def listed_faults(error: ValidationError) -> str:
    """Return the first faults of stored data in one line, without its content."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    described = [f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}" for fault in details]
    more = [f"and {len(described) - _FAULTS_SHOWN} more"] if len(described) > _FAULTS_SHOWN else []
    return "; ".join([fault[:_LONGEST_FAULT] for fault in described[:_FAULTS_SHOWN]] + more)
