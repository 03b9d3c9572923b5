"""A deposit of the research panel with what a typesetter and a drawing engine add: codebook as PDF, figures."""

from reports.deposit.deposit_writing import deposit_extras, replicate_deposit, write_deposit

__all__ = ["deposit_extras", "replicate_deposit", "write_deposit"]
