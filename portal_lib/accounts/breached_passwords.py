"""Whether a password stands in a collection of breached ones, asked without telling which password it is.

A range search gets the first five characters of the password's SHA-1 and answers with all it has that start alike
(k-anonymity); padding hides how many those are. Nobody waits for it: an answer that is late, wrong or missing counts
as "no", and nothing about it is logged, since the prefix narrows a password down.
"""

import hashlib
import queue
import threading
import urllib.request

#: The whole search, name lookup included, in seconds.
PATIENCE = 1.0
#: Real answers have some 40 kB.
_LARGEST_ANSWER = 1024 * 1024


def is_breached(url: str, password: str) -> bool:
    """Ask ``url`` (an address to which the prefix is added); at most :data:`PATIENCE` seconds."""
    sha1 = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
    answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # A thread of its own: no timeout of the library covers name lookup, nor an answer that drips.
    asking = threading.Thread(target=lambda: answer.put(_ask(url, sha1)), name="breached-passwords", daemon=True)
    asking.start()
    try:
        return answer.get(timeout=PATIENCE)
    except queue.Empty:
        return False


def _ask(url: str, sha1: str) -> bool:
    if not url.startswith(("https://", "http://")):
        return False
    try:
        request = urllib.request.Request(url + sha1[:5], headers={"Add-Padding": "true", "User-Agent": "portal"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:  # noqa: S310 - http(s) only, see above
            lines = reply.read(_LARGEST_ANSWER).decode("ascii", "replace").splitlines()
        counts = dict(line.strip().upper().split(":", 1) for line in lines if ":" in line)
        return int(counts.get(sha1[5:], "0")) > 0  # padding counts zero
    except Exception:
        return False
