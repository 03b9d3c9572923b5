"""From parsed files to the tables of a snapshot: observations, submissions, answers, as of each day."""

from iga.former_names import members_of_former_module

__getattr__ = members_of_former_module(__name__)  # a module until 0.2.0
