from __future__ import annotations

import builtins
import inspect
import re

from mvkt import errors
from mvkt.errors import MvktError, hint


def test_the_drawn_tree_is_the_tree() -> None:
    """Each class of the module stands below its base in the drawing, with the builtin that it resembles."""
    drawn: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        node = re.match(r"^([ │├└─]*)([A-Z]\w+Error)(?: \((\w+)\))?(?:  |$)", line)
        if node:
            depth = (len(node[1]) - 4) // 4
            above = [*above[:depth], node[2]]
            drawn[node[2]] = (above[-2] if depth else "", node[3] or "")
    classes = {
        name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, MvktError)
    }
    assert drawn == {
        name: (
            next((base.__name__ for base in kind.__bases__ if issubclass(base, MvktError)), ""),
            next(
                (
                    base.__name__
                    for base in kind.__bases__
                    if hasattr(builtins, base.__name__) and base is not Exception
                ),
                "",
            ),
        )
        for name, kind in classes.items()
    }


def test_hint_is_the_nearest_name_or_all_names() -> None:
    assert hint("fitnett", ["mkd", "fitnet"]) == "did you mean 'fitnet'?"
    assert hint("x", ["mkd", "clt"]) == "known here: mkd, clt"
    assert hint("x", iter(["mkd", "clt"]), "there are") == "there are: mkd, clt"
