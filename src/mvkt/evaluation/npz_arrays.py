"""Arrays of a run folder, read without pickle."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.errors import ResultError


def load_arrays(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Read named arrays of an ``.npz`` file, without pickle.

    Raises:
        ResultError: The file is missing, damaged, or lacks one of them.
    """
    if not path.is_file():
        raise ResultError(f"{path} is missing; the run that writes it has not finished, or the file was moved away")
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
            absent = [name for name in names if name not in archive]
            if absent:
                raise ResultError(f"{path} lacks {', '.join(absent)}; it holds {', '.join(archive) or 'nothing'}")
            return {name: archive[name] for name in names}
    except ResultError:
        raise
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ResultError(f"{path} is not a readable .npz file ({error}); write it again") from error
