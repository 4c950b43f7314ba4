"""How a refused login travels from the authenticator to whoever asked."""

from tornado.web import HTTPError

from portal_lib.refused import Refused


class LoginRefused(HTTPError):
    """403, with the sentence that the login page shows; the Hub's API turns it into a bare 403."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(403, reason="Forbidden")
        self.refusal = refusal
