"""The workbench in JupyterLab: `%load_ext workbench.lab` brings SQL cells, plain errors, completion of cities and the
notice of newer data.

`server` starts the desk and JupyterLab on a prepared workspace (`iga lab`); the desk itself is `workbench.desk`.
Kernels that `iga lab` starts have the extension loaded already.
"""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext workbench.lab`; loading it twice changes nothing."""
    from reports.run.kernel.notebook_folder import put_notebook_folder_last
    from workbench.lab import city_completion, plain_errors, sql_cells, stale

    put_notebook_folder_last()
    sql_cells.install(shell)
    plain_errors.install(shell)
    city_completion.install(shell)
    stale.install(shell)
