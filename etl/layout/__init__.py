"""Export layouts as data, and where in a file each field stands."""

from iga.former_names import members_of_former_module

__getattr__ = members_of_former_module(__name__)  # a module until 0.2.0
