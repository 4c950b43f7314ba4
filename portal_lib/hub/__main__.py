"""``python -m portal_lib.hub``: JupyterHub, without the import that costs every Jupyter process seconds."""

import portal_lib.fast_imports  # noqa: F401, I001 - must come before anything of Jupyter
from jupyterhub.app import main

from portal_lib.hub.server import use_strict_server

use_strict_server()
main()
