"""How the Hub is put together. Wiring only: every rule stands in ``portal_lib``.

``portal run`` starts the Hub with this file and gives it, in the environment, the addresses and tokens of its
siblings (``portal_lib.serving.programs``).
"""

import os
from pathlib import Path

from portal_lib.hub.authenticator import CustomerAuthenticator
from portal_lib.hub.landing import default_url
from portal_lib.hub.spawner import AnalystSpawner
from portal_lib.settings import load_settings

settings = load_settings()
here = Path(__file__).parent
private = settings.var.absolute() / "hub"
service = "portale"

c = get_config()

# Addresses. The proxy is a sibling, not a child: a Hub restart drops no open page.
c.JupyterHub.bind_url = f"http://{settings.host}:{settings.port}"
c.JupyterHub.hub_bind_url = os.environ["PORTALE_HUB_URL"]
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = os.environ["PORTALE_PROXY_API_URL"]
c.ConfigurableHTTPProxy.auth_token = os.environ["CONFIGPROXY_AUTH_TOKEN"]
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

# What the Hub keeps.
c.JupyterHub.db_url = f"sqlite:///{private / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(private / "cookie_secret")

# Who may come in, and where they land.
c.JupyterHub.authenticator_class = CustomerAuthenticator
c.JupyterHub.default_url = default_url
c.JupyterHub.template_paths = [str(here / "templates")]
c.JupyterHub.cookie_max_age_days = 1

# What each may do. The stock role `user` would let everybody start servers; here it opens the pages and nothing else.
visit = [f"access:services!service={service}", "read:users:name!user", "read:users:groups!user"]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": visit},
    {"name": "analyst", "scopes": ["self", *visit], "groups": ["analysts"]},
    {"name": "page-service", "scopes": ["read:users:name"], "services": [service]},
]

# The dashboard service: supervised beside the Hub, so it has an address and no command.
c.JupyterHub.services = [
    {
        "name": service,
        "url": os.environ["PORTALE_SERVICE_URL"],
        "api_token": os.environ["PORTALE_SERVICE_TOKEN"],
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": visit,
        "display": False,
    }
]

# Analysts' JupyterLab.
c.JupyterHub.spawner_class = AnalystSpawner
c.Spawner.default_url = "/lab"
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", *visit]
c.Spawner.start_timeout = 60
c.Spawner.args = [
    "--ServerApp.log_level=WARN",
    "--LabApp.news_url=None",  # nothing of the portal asks the outside world
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
