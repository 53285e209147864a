from __future__ import annotations

from mvkt.errors import hint


def test_hint_is_the_nearest_name_or_all_names() -> None:
    assert hint("fitnett", ["mkd", "fitnet"]) == "did you mean 'fitnet'?"
    assert hint("x", ["mkd", "clt"]) == "known here: mkd, clt"
    assert hint("x", iter(["mkd", "clt"]), "there are") == "there are: mkd, clt"
