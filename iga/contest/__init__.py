"""City contests: places from the scores of jurors."""

from iga.former_names import members_of_former_module

__getattr__ = members_of_former_module(__name__)  # a module until 0.2.0
