"""Evidence held against the indicators that it is for: proposals, which a mentor confirms."""
