"""Where jupyter_client finds the kernelspecs of this package, without anything being installed outside it."""

from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

_HERE = Path(__file__).parent / "kernelspecs"


class ForkedKernelSpecs(KernelSpecManager):  # type: ignore[misc]
    """The kernelspecs of this package, then those of the machine."""

    def _kernel_dirs_default(self) -> list[str]:
        return [str(_HERE), *super()._kernel_dirs_default()]


class ForkedKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel manager that knows the kernelspecs of this package: for nbclient, papermill and scripts."""

    @default("kernel_spec_manager")  # type: ignore[untyped-decorator]
    def _own_specs(self) -> ForkedKernelSpecs:
        return ForkedKernelSpecs(data_dir=self.data_dir)


def preload_of(kernel_name: str) -> tuple[str, ...]:
    """What the zygote of this kernelspec imports."""
    spec = ForkedKernelSpecs().get_kernel_spec(kernel_name)
    return tuple(spec.metadata["kernel_provisioner"]["config"]["preload"])
