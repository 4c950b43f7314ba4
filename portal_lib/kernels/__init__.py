"""How a notebook gets a process: forked from a warm one, in a tenth of the time and a quarter of the memory.

A stock kernel is a cold Python that imports pandas and draws a shell together, once for every open page. Here one
process, the *zygote*, has done both and does nothing but fork; every kernel is a copy of it, with an identity, keys,
environment and limits of its own (``docs/kernels.md`` is the manual).

=================  ============================================================================================
:mod:`.provision`  what jupyter_client calls: the provisioner ``portal-fork`` (an entry point of this package)
:mod:`.specs`      where jupyter_client finds the kernelspecs ``portale`` and ``portale-report``
:mod:`.nursery`    the owner's side: starts a zygote, asks it for kernels, starts another when it died
:mod:`.forked`     a kernel's process as its owner holds it, by pidfd
:mod:`.zygote`     the zygote's side: imports, prepares, forks
:mod:`.newborn`    what every child has anew, before it is a kernel: environment, files, seeds
:mod:`.limits`     how much memory, time and files a kernel may take
:mod:`.inside`     all that leans on ipykernel's inside, and nothing else does
:mod:`.wire`       what owner and zygote say to each other
=================  ============================================================================================

Nothing here knows the portal; what its notebooks import stands in the kernelspecs.
"""

#: The kernelspec of open pages.
PAGE_KERNEL = "portale"

#: The kernelspec of reports, which write documents and draw no widgets.
REPORT_KERNEL = "portale-report"
