"""A snapshot and a notebook become a page; pages become a report site."""

from iga.former_names import install as _install_former_names

_install_former_names()
