"""Keeps one costly import out of every Jupyter process.

``jsonschema[format-nongpl]``, which jupyter_events asks for, imports ``rfc3987_syntax``, and that compiles a grammar
at import: 2.7 s of processor time in each process, for checks of address formats that nothing here uses. jsonschema
treats the package as optional, so saying that it is absent is enough. Import this module before anything of Jupyter.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
