"""The index itself: rulebooks as dated data and pure functions on frames."""

from iga.former_names import install as _install_former_names

_install_former_names()
