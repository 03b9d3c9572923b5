"""Notebooks run: what a site declares, papermill, kernels."""
