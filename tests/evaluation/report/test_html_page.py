"""The template of a page."""

from __future__ import annotations

import sys

import pytest

from mvkt.errors import MissingExtraError
from mvkt.evaluation.report.html_page import _unbroken, page_template


def test_numbers_stay_with_what_belongs_to_them() -> None:
    assert _unbroken("0.84 (0.80 to 0.88), p = 0.01") == "0.84 (0.80\xa0to\xa00.88), p\xa0=\xa00.01"
    assert _unbroken("12 % of 40 records") == "12\xa0% of 40 records"
    assert _unbroken(5) == 5


def test_templates_are_found_in_the_package_and_must_have_all_they_use() -> None:
    from jinja2.exceptions import TemplateNotFound, UndefinedError

    with pytest.raises(UndefinedError):
        page_template("report.html.j2", "evaluation/report", leads_of=str).render()
    with pytest.raises(TemplateNotFound):
        page_template("nothing.j2", "evaluation/report")


def test_without_jinja2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mvkt\[train\]'"):
        page_template("report.html.j2", "evaluation/report")
