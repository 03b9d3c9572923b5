"""Kernels that start at once: forked from one preloaded, single-threaded process instead of importing everything anew.

`provisioner` is what Jupyter asks for a kernel (entry point `iga-fork`), `fork_server` the process that kernels are
forked from, `preload` what it imports, and `specification` writes the kernel spec "IGA" that names the provisioner:

    from reports.run.kernel.specification import write_kernel_spec
    write_kernel_spec(Path(".../share/jupyter"))    # .../share/jupyter/kernels/iga/kernel.json

JupyterLab finds the spec when that folder is in `JUPYTER_PATH`; `reports.run.kernel.spare_kernels.warm()`, called in
the process of the Jupyter server, lets even the first kernel find everything loaded. A kernel is a process of its own:
what one does cannot reach another. Where forking is not safe (Windows, macOS), the same spec takes a kernel that was
started ahead (`spare_kernels`, `spare`), and for another interpreter it starts a plain one.
"""
