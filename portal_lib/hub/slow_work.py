"""Where passwords are hashed: a few threads of their own, so that a flood of logins keeps no other page waiting."""

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from portal_lib.accounts.passwords import AT_ONCE

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing")


async def hashing(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Do work that hashes a password, off the event loop; as ``asyncio.to_thread``, which everything else uses."""
    context = contextvars.copy_context()
    call = functools.partial(context.run, work, *args, **options)
    return await asyncio.get_running_loop().run_in_executor(_threads, call)
