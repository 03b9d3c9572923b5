"""Untrusted bytes are read in processes of their own, with limits: a file that ends one ends nothing else."""
