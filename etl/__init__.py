"""Files that a city sends, read as text, brought to canonical tables and published as a snapshot."""

from iga.former_names import install as _install_former_names

_install_former_names()
