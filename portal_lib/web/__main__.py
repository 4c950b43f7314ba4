"""``python -m portal_lib.web``: the dashboard service, with its identity and port in the environment."""

import os

import portal_lib.fast_imports  # noqa: F401 - must come before anything of Jupyter
from portal_lib.settings import load_settings
from portal_lib.web.server import PortalVoila

settings = load_settings()
app = PortalVoila.for_settings(settings, port=int(os.environ["PORTALE_SERVICE_PORT"]))
app.start()
