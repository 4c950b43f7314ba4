"""Where jupyter_client finds the kernelspecs of this package, without anything being installed outside it."""

from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from portal_lib.kernels.client import ForkedKernelClient
from portal_lib.kernels.nursery import Nursery, nursery

_HERE = Path(__file__).parent / "kernelspecs"


class ForkedKernelSpecs(KernelSpecManager):  # type: ignore[misc]
    """The kernelspecs of this package, then those of the machine."""

    def _kernel_dirs_default(self) -> list[str]:
        return [str(_HERE), *super()._kernel_dirs_default()]


class ForkedKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel manager that knows the kernelspecs of this package: for nbclient, papermill and scripts.

    Its clients don't wait for longer than their kernel takes.
    """

    @default("client_factory")  # type: ignore[untyped-decorator]
    def _own_client(self) -> type[ForkedKernelClient]:
        return ForkedKernelClient

    @default("kernel_spec_manager")  # type: ignore[untyped-decorator]
    def _own_specs(self) -> ForkedKernelSpecs:
        return ForkedKernelSpecs(data_dir=self.data_dir)


def nursery_of(kernel_name: str) -> Nursery:
    """This process's nursery for the kernels of one kernelspec; ``nursery_of(name).start()`` warms its zygote up."""
    told = ForkedKernelSpecs().get_kernel_spec(kernel_name).metadata["kernel_provisioner"]["config"]
    return nursery(told["preload"], told.get("rehearsal", ""))
