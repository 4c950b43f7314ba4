"""The shared Voilà server: Voilà's way from a notebook to a page, and none of the addresses that are not ours.

Stock handlers that list notebooks, hand out files, browse contents or let a template be chosen are not registered at
all; what remains is the pages, their kernels' websocket, the bundle, and the handlers of this package.
"""

import asyncio
import contextlib
import resource
import signal
import tempfile
from pathlib import Path
from typing import Any

import zmq
from jinja2 import pass_context
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, authenticated
from traitlets import Any as AnyTrait
from traitlets.config import Config
from voila.app import Voila

from portal_lib.db import open_engine
from portal_lib.frontend.bundle import BUILT, NAME, bundle
from portal_lib.kernels import PAGE_KERNEL
from portal_lib.kernels.nursery import close_all
from portal_lib.kernels.specs import ForkedKernelSpecs, nursery_of
from portal_lib.language import translated
from portal_lib.settings import Settings
from portal_lib.web import frames, refusals, rounds
from portal_lib.web.budgets import Budgets
from portal_lib.web.bundle_files import BundleFile
from portal_lib.web.export_bearers import ExportBearers
from portal_lib.web.exports import PointsExport, ReadingsExport
from portal_lib.web.files import ChosenFiles, DepositedFileHandler
from portal_lib.web.handlers import PortalHandler, style_address
from portal_lib.web.health import Health
from portal_lib.web.internal import EndSessions, HealthHandler, Metrics, StaffReads
from portal_lib.web.kernels import PageKernels
from portal_lib.web.log_lines import WhatOperatorsNeed
from portal_lib.web.ownership import Owners, OwnKernelsOnly
from portal_lib.web.pages import PAGES, RENDERED_AT_ONCE, Farewell, FirstPage, NotebookPage
from portal_lib.web.refusals import Paced
from portal_lib.web.security import NOT_A_PAGE, transforms
from portal_lib.web.visitors import PortalIdentity
from portal_lib.web.websocket import PageConnection, PageSocket

_HERE = Path(__file__).parent
_NOTEBOOKS = _HERE.parents[1] / "notebooks"
_KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
_POD = r"(?P<pod>[A-Za-z0-9]{1,20})"

#: An open page takes about eight; ZeroMQ's own limit of 1,023 would be reached by some 120 visitors.
_MOST_ZMQ_SOCKETS = 32 * 1024

#: Files and sockets of the service that an open page takes, some fifteen, and some to spare.
_FILES_A_PAGE = 20

#: Nothing that is sent here is larger than a sentence; a body is held in memory before anybody looks at it.
_LARGEST_BODY = 64 * 1024

#: How long a page's websocket waits for its kernel, which answered before the page was handed out.
_ANSWER_SECONDS = 20.0


@pass_context
def _translated(_: Any, text: str) -> str:
    """In the language of the request: without the context, Jinja would keep that of the first one for ever."""
    return translated(text)


class OwnKernel(Paced, KernelHandler):
    """``api/kernels/<id>``: whether the page is still there. To somebody logged in, what isn't theirs is not."""

    SUPPORTED_METHODS = ("GET",)  # stock verbs end and restart kernels

    @authenticated
    async def get(self, kernel_id: str) -> None:
        if not self.kernel_manager.owners.owns(self.current_user.username, kernel_id):
            raise HTTPError(404)
        await super().get(kernel_id)


class NothingHere(PortalHandler):
    """Every other address below the service's."""

    @authenticated
    def get(self, *_: str) -> None:
        raise HTTPError(404)


class PortalVoila(Voila):
    """One server for all customers; who they are comes from the Hub."""

    portal_settings: Settings = AnyTrait()

    @classmethod
    def for_settings(cls, settings: Settings, port: int) -> "PortalVoila":
        """The server, configured; :meth:`start` runs it until SIGTERM."""
        prefix = "/services/portale/"
        app = cls(
            portal_settings=settings,
            base_url=prefix,
            server_url=prefix,
            port=port,
            port_retries=0,
            ip="127.0.0.1",
            open_browser=False,
            root_dir=str(_NOTEBOOKS),
            identity_provider_class=PortalIdentity,
            authorizer_class=OwnKernelsOnly,
            kernel_websocket_connection_class=PageConnection,
            config_file_paths=[],
            auto_token=True,  # the Hub's token is the identity provider's own; Voilà would hand it an empty one
            # Sockets in a private folder instead of TCP ports, to which any user of the machine could listen.
            config=Config(
                {
                    "KernelManager": {"transport": "ipc"},
                    # A websocket and all that hangs on it stay in memory for so long, also when it closed long before.
                    "PageKernels": {"kernel_info_timeout": _ANSWER_SECONDS},
                    "ForkingProvisioner": {
                        "memory_mb": settings.page_memory_mb,
                        "cpu_seconds": settings.page_cpu_seconds,
                        "open_files": settings.page_open_files,
                    },
                    "KernelRestarter": {"restart_limit": 0},  # a kernel that died is not started again, empty
                }
            ),
        )
        app.initialize([])
        return app

    def initialize(self, argv: Any = None) -> None:
        super().initialize(argv)
        for handler in self.log.handlers:
            handler.addFilter(WhatOperatorsNeed())
        chosen = self.voila_configuration
        chosen.allow_template_override = "NO"
        chosen.allow_theme_override = "NO"
        chosen.show_tracebacks = False
        chosen.multi_kernel_manager_class = PageKernels
        chosen.kernel_spec_manager_class = ForkedKernelSpecs
        chosen.http_keep_alive_timeout = 10

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.template_paths.insert(0, str(_HERE / "templates"))

    def init_settings(self) -> dict[str, Any]:
        owners = Owners()
        settings: dict[str, Any] = super().init_settings()
        settings["voila_jinja2_env"].filters["translated"] = _translated
        self.kernel_manager.portal_settings = self.portal_settings
        self.kernel_manager.owners = owners
        self.kernel_manager.context.set(zmq.MAX_SOCKETS, _MOST_ZMQ_SOCKETS)
        self.authorizer.owners = owners
        hub_auth = self.identity_provider.hub_auth
        data = open_engine(self.portal_settings.data_database)
        settings |= {
            "portal_settings": self.portal_settings,
            "portal_pages": PAGES,
            "data_engine": data,
            "export_bearers": ExportBearers(hub_auth),
            "messages": Budgets(frames.BURST_SECONDS, frames.LONGEST_WAIT_SECONDS),
            "refusals": refusals.budgets(),
            "health": Health(data, self.kernel_manager, hub_auth, self.log),
            "headers": {"Content-Security-Policy": NOT_A_PAGE},  # of stock handlers; pages have one of their own
            "hub_prefix": hub_auth.hub_prefix,
            "style_address": style_address(self.portal_settings, hub_auth.hub_prefix),
            "default_handler_class": NothingHere,
            "websocket_max_message_size": 1024 * 1024,
            "ws_ping_interval": 0,  # the rounds ping all pages' websockets
            "transforms": transforms(self.portal_settings),
            "log_function": _log_what_failed,
        }
        return settings

    def init_handlers(self) -> list[Any]:
        base = self.server_url
        pages = {
            "turns": asyncio.Semaphore(RENDERED_AT_ONCE),
            "notebooks": _NOTEBOOKS,
            "bundle": bundle(),
        }
        return [
            (rf"{base}?", FirstPage),
            *((f"{base}{page.address}", NotebookPage, {"page": page, **pages}) for page in PAGES),
            (rf"{base}pagine/{_KERNEL}/chiusa", Farewell),
            (rf"{base}files/(\d{{1,12}})", DepositedFileHandler),
            (rf"{base}files/scelti\.zip", ChosenFiles),
            (rf"{base}export/letture\.(csv|xlsx|json)", PointsExport),
            (rf"{base}export/{_POD}\.csv", ReadingsExport),
            (f"{base}health", HealthHandler),
            (f"{base}internal/metrics", Metrics),
            (f"{base}internal/end", EndSessions),
            (f"{base}internal/reads", StaffReads),
            (rf"{base}api/kernels/{_KERNEL}", OwnKernel),
            (rf"{base}api/kernels/{_KERNEL}/channels", PageSocket),
            (rf"{base}static/({NAME})", BundleFile, {"folder": BUILT}),
            *self.identity_provider.get_handlers(),
            (rf"{base}.*", NothingHere),
        ]

    def start(self) -> None:
        """Serve until SIGTERM, then end every kernel."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        pages = self.portal_settings.pages_in_all
        if most < _FILES_A_PAGE * pages:
            self.log.warning("The limit of %d open files is too low for pages_in_all = %d: set it to %d or more", most,
                             pages, _FILES_A_PAGE * pages)  # fmt: skip
        # Below the system's folder for temporary files: a socket's path may be no longer than 107 characters.
        with tempfile.TemporaryDirectory(prefix="portale-") as folder:
            self.connection_dir = folder
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, ended.set)
        nursery_of(PAGE_KERNEL).start()  # its imports go on meanwhile
        settings = self.init_settings()
        application = Application(self.init_handlers(), transforms=settings.pop("transforms"), **settings)
        HTTPServer(application, max_body_size=_LARGEST_BODY).listen(self.port, self.ip)
        self.log.info("The dashboard service listens on %s:%s", self.ip, self.port)
        beside = rounds.start(self.kernel_manager, settings["data_engine"], self.log)
        await ended.wait()
        for task in beside:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.kernel_manager.shutdown_all(now=True), 2)
        close_all()


def _log_what_failed(handler: Any) -> None:
    """One line for what failed; addresses without their query, which may carry an OAuth code."""
    status = handler.get_status()
    if status >= 400:
        user = getattr(handler, "_jupyterhub_user", None)
        name = user.username if user else "-"
        handler.settings["voila"].log.info("%s %s %s %s", status, handler.request.method, handler.request.path, name)
