"""What the operators' pages share: who may see them, who acts, and how the mail queue stands."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from portal_lib.accounts.care import Desk
from portal_lib.accounts.case import Case
from portal_lib.accounts.event_words import STATES
from portal_lib.accounts.mail_queue import standing
from portal_lib.clock import ROME
from portal_lib.hub.landing import groups_of, landing_of
from portal_lib.hub.pages import PersonPage
from portal_lib.language import spoken


class OperatorPage(PersonPage):
    """A page of the operators; anybody else is led to where they belong."""

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished and "operators" not in groups_of(self.current_user):
            self.redirect(landing_of(self.current_user))

    @property
    def desk(self) -> Desk:
        """Who acts, by login: a staff member's Hub name is ``s-`` and their login."""
        wiring = self.wiring
        return Desk(
            wiring.accounts, wiring.clock, wiring.settings, self.hub_name.removeprefix("s-"), address=self.address
        )

    async def show(self, template: str, *, status: int = 200, **values: Any) -> None:
        queue = await asyncio.to_thread(standing, self.wiring.accounts, self.wiring.clock)
        await super().show(
            template,
            status=status,
            queue=queue,
            rome=rome,
            state_in_words=lambda state: STATES[state].say(spoken()),
            **values,
        )

    def is_own(self, case: Case) -> bool:
        """Whether an account is the operator's own."""
        return case.hub_name == self.hub_name


def rome(instant: datetime | None) -> str:
    """A stored instant in Rome time, for people."""
    return "" if instant is None else instant.replace(tzinfo=UTC).astimezone(ROME).strftime("%d/%m/%Y %H:%M")
