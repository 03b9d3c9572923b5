"""Sphinx settings of the documentation: `python -m sphinx docs build/docs`. Nothing is fetched, at build or in a page.

The generated pages of the reference are written before each build and are not kept in the repository.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from make_reference import write_pages  # noqa: E402

write_pages()

project = "IGA Workbench"
author = "The IGA Workbench authors"
language = "id"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = True
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure"]
html_theme = "furo"
html_title = "IGA Workbench"
html_show_search_summary = False
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7cb8ef", "color-brand-content": "#7cb8ef"},
}
