# SPDX-License-Identifier: MIT
#
# Sphinx configuration.  The version is the Makefile's; nothing is downloaded.

import pathlib
import re

root = pathlib.Path(__file__).resolve().parent.parent

project = "Mutsu"
author = "the Mutsu authors"
copyright = author
release = re.search(r"^VERSION\s*:=\s*(\S+)", (root / "Makefile").read_text(), re.M)[1]
version = ".".join(release.split(".")[:2])

extensions = []
exclude_patterns = ["man"]
highlight_language = "none"
smartquotes = False
nitpicky = True

html_theme = "alabaster"
html_theme_options = {
    "description": "Transformer models on Apple Silicon under Linux",
    "fixed_sidebar": True,
    "page_width": "62em",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
