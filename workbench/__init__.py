"""What a person starts: the `iga` command and its settings."""

from iga.former_names import install as _install_former_names

_install_former_names()
