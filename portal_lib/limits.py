"""How often something may be tried, as the settings write it: ``10/15m`` is ten tries in fifteen minutes."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_WRITTEN = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,5})([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, init=False)
class Limit:
    """``tries`` at once; then one more each time that its share of ``period`` has passed."""

    tries: int
    period: timedelta

    def __init__(self, written: str) -> None:
        match = _WRITTEN.fullmatch(written.strip())
        if match is None:
            raise ValueError(f"«{written}» is no limit: write tries/period, such as 10/15m, 500/1h or 5/30s")
        object.__setattr__(self, "tries", int(match[1]))
        object.__setattr__(self, "period", timedelta(seconds=int(match[2]) * _SECONDS[match[3]]))

    @property
    def one_more_after(self) -> timedelta:
        """How long it takes until a used-up limit allows one more try."""
        return self.period / self.tries

    def __str__(self) -> str:
        seconds = int(self.period.total_seconds())
        unit = next(unit for unit in ("h", "m", "s") if seconds % _SECONDS[unit] == 0)
        return f"{self.tries}/{seconds // _SECONDS[unit]}{unit}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: Any) -> "Limit":
            return value if isinstance(value, Limit) else cls(str(value))

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )
