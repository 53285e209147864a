"""How Sphinx builds the site: ``make docs``. Warnings are errors."""

from __future__ import annotations

import logging
import re
from typing import Any

from mvkt import __version__

project = "mvkt"
author = "the authors of mvkt"
project_copyright = "the authors of mvkt, Apache-2.0"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "reference/*.head.md"]

# Runs the files of ``examples/`` and makes pages and Jupyter notebooks of them; a failure ends the build.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "notebooks",
    "filename_pattern": r"\.py$",
    "abort_on_example_error": True,
    "run_stale_examples": True,
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "capture_repr": (),
}

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Source", "Source")]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = "mvkt"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a3243b", "color-brand-content": "#a3243b"},
    "dark_css_variables": {"color-brand-primary": "#ff9aa8", "color-brand-content": "#ff9aa8"},
}

for exporter in ("onnx_ir", "onnxscript"):  # Sphinx shows the messages of every logger
    logging.getLogger(exporter).setLevel(logging.WARNING)

_PROJECT_FILE = re.compile(r"\]\((?:\.\./)+(CONTRIBUTING|CHANGELOG|SECURITY)\.md\b")
_NOTEBOOK = re.compile(r"\]\((?:\.\./)+examples/(\w+)\.py\)")


def link_project_files(app: Any, name: str, source: list[str]) -> None:
    """Turn links to files outside ``docs`` into links to the pages that are made of them."""
    source[0] = _PROJECT_FILE.sub(lambda match: f"](/project/{match[1].lower()}.md", source[0])
    source[0] = _NOTEBOOK.sub(r"](/notebooks/\1.rst)", source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", link_project_files)
