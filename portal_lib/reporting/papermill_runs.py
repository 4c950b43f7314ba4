"""Running one notebook by papermill, in a kernel that knows only what it is told.

papermill starts kernels with the environment of this process, limits the time per cell and writes the output after
each; the engine here gives the kernel an environment of its own, the whole notebook one deadline, and writes once. The
import of papermill is costly (see :mod:`portal_lib.fast_imports`), so this module is imported only where a
notebook runs.
"""

import logging
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import portal_lib.fast_imports  # noqa: F401  # isort: skip (before anything of Jupyter)
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import write_ipynb
from traitlets.config import Config

from portal_lib.kernels import REPORT_KERNEL
from portal_lib.kernels.specs import ForkedKernelManager

logger = logging.getLogger(__name__)

_ENGINE = "portal"


class KernelStopped(Exception):
    """The notebook did not run to its end; the message says why, in a few words."""


class KernelTooSlow(Exception):
    """The notebook was not done by its deadline."""


class _ScopedEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with the kernel's environment and folder given, and one deadline for all."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        environment: Mapping[str, str],
        folder: Path,
        seconds: float,
        evidence: Path,
        start_timeout: int = 60,
        **_: Any,
    ) -> Any:
        deadline = time.monotonic() + seconds
        # Sockets in a folder of our own, with a short path: no other user can listen in, as on a TCP port.
        with tempfile.TemporaryDirectory(prefix="portal-kernel-") as sockets:
            channels = {"transport": "ipc", "ip": f"{sockets}/s"}
            client = PapermillNotebookClient(
                nb_man,
                kernel_name=kernel_name,
                kernel_manager_class=ForkedKernelManager,
                startup_timeout=start_timeout,
                timeout_func=lambda cell: max(0.001, deadline - time.monotonic()),  # 0 would mean: no limit
                log=logger,
                shutdown_kernel="immediate",  # it only reads and its documents are closed: nothing to wait for
                config=Config({"KernelManager": channels}),
            )
            try:
                return client.execute(env=dict(environment), cwd=str(folder))
            except BaseException:
                write_ipynb(nb_man.nb, str(evidence))  # papermill itself writes only what came to its end
                raise


papermill_engines.register(_ENGINE, _ScopedEngine)


def run_notebook(
    notebook: Path,
    output: Path,
    *,
    parameters: Mapping[str, Any],
    environment: Mapping[str, str],
    folder: Path,
    seconds: float,
) -> None:
    """Run ``notebook`` and leave what was executed, also of a failure, in ``output``.

    The kernel is a process of its own, working in ``folder``, with ``environment`` and nothing else around
    it. Raises :class:`KernelStopped` where a cell raises or the kernel dies, :class:`KernelTooSlow` after
    ``seconds``.
    """
    try:
        papermill.execute_notebook(
            _literal(notebook),
            _literal(output),
            dict(parameters),
            engine_name=_ENGINE,
            kernel_name=REPORT_KERNEL,
            progress_bar=False,
            environment=environment,
            folder=folder,
            seconds=seconds,
            evidence=output,
            # After each cell it would write the whole notebook twice, for nobody to look at.
            request_save_on_cell_execute=False,
        )
    except PapermillExecutionError as error:
        raise KernelStopped(f"{error.ename}: {error.evalue}") from error
    except (DeadKernelError, RuntimeError) as error:
        raise KernelStopped(str(error)) from error
    except CellTimeoutError as error:
        raise KernelTooSlow from error


def _literal(path: Path) -> str:
    """papermill formats paths by the parameters: a brace in a folder's name is a brace."""
    return str(path).replace("{", "{{").replace("}", "}}")
