"""What a person is told when the portal will not take what they gave.

Every such mistake is a subclass of :class:`Refused`, kept in the ``exceptions`` module of the package that finds it,
and carries its sentence in both languages: Italian for pages, English for the command line and the log. A sentence
says what is wrong, where (file, POD, row, field) and what to do next.
"""

from typing import Any, ClassVar

from portal_lib.language import Language


class Refused(Exception):
    """Something a person gave us can't be taken; nothing was changed.

    Subclasses set ``it`` and ``en``, templates for :meth:`str.format` over the keyword arguments given when raised.
    ``field`` names the form field that the sentence belongs beside, where there is one.
    """

    it: ClassVar[str] = ""
    en: ClassVar[str] = ""

    def __init__(self, field: str | None = None, **facts: Any) -> None:
        self.field = field
        self.facts = facts
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The sentence in one language."""
        template = self.it if language == "it" else self.en
        return template.format(**self.facts)
