"""Which layout a file has, and a draft of one for a file that none reads."""
