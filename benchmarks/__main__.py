"""``python -m benchmarks [NAME]``: measure one figure, or all of them.

A line for each figure, ``NAME:figure ratio=… (ours … / peer …)``, and last, for the figure that counts,
``NAME ratio=…``.
"""

import importlib
import pkgutil
import sys

import benchmarks


def main(wanted: list[str]) -> int:
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        print(f"No benchmark is called {unknown[0]}. There are: {', '.join(names)}.", file=sys.stderr)
        return 2
    for name in wanted or names:
        importlib.import_module(f"benchmarks.{name}").run()
    return 0


sys.exit(main(sys.argv[1:]))
