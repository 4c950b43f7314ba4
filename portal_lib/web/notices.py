"""What a visitor is told when something in their page's kernel fails: a sentence and a reference, never a traceback.

The reference stands in the log beside the traceback, so that an operator finds it when the visitor reads it out.
"""

import base64
import hashlib
from typing import Any

from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from portal_lib.language import Language, Said

#: The type of the iopub message that carries a notice; the front end shows its ``text``.
MESSAGE_TYPE = "portale_notice"

#: So many characters of a traceback or a print stand in the log.
MOST_LOGGED = 4000

IN_A_CALLBACK = Said(
    "Questa operazione non è riuscita. Riprova; se succede ancora, comunicaci il codice {reference}.",
    "This did not work. Try again; if it happens again, tell us the code {reference}.",
)
IN_THE_PAGE = Said(
    "Questa parte della pagina non è riuscita. Ricarica; se succede ancora, comunicaci il codice {reference}.",
    "This part of the page failed. Reload; if it happens again, tell us the code {reference}.",
)
KERNEL_DIED = Said(
    "Il calcolo si è interrotto, forse perché chiedeva troppo: la pagina si chiude. Ricaricala e scegli meno dati; se "
    "succede ancora, comunicaci il codice {reference}.",
    "The calculation stopped, perhaps because it asked for too much: the page ends. Reload it and choose less; if it "
    "happens again, tell us the code {reference}.",
)


def reference(seed: bytes) -> str:
    """Six characters that can be read out over a telephone; the same for the same seed."""
    return base64.b32encode(hashlib.sha256(seed).digest())[:6].decode()


def frame(session: Any, said: Said, reference: str, language: Language) -> bytes:
    """The notice as the frame that a page's websocket sends. ``session`` is the connection's Jupyter session."""
    message = session.msg(MESSAGE_TYPE, {"text": said.say(language, reference=reference), "reference": reference})
    frame: bytes = serialize_msg_to_ws_v1(message, "iopub", session.pack)
    return frame
