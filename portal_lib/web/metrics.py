"""What the service counts, for Prometheus. ``docs/operators.md`` says what it means; a test holds the two together."""

from prometheus_client import Counter, Gauge, Histogram

PAGES_OPEN = Gauge("portale_pages_open", "Pages that are open or being opened.")
SOCKETS_OPEN = Gauge("portale_websockets_open", "Websockets of pages that are connected.")
PAGES_OPENED = Counter("portale_pages_opened", "Pages that were opened.", ["page"])
PAGES_ENDED = Counter("portale_pages_ended", "Pages that ended, by why.", ["why"])
PAGES_REFUSED = Counter("portale_pages_refused", "Pages that were not opened, by why.", ["why"])
PAGE_SECONDS = Histogram(
    "portale_page_seconds", "From the request for a page to its last byte.", buckets=(0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
)
KERNEL_SECONDS = Histogram(
    "portale_kernel_start_seconds", "How long a page's kernel took to start.", buckets=(0.1, 0.2, 0.5, 1, 2, 4, 8, 16)
)
PAGE_ERRORS = Counter("portale_page_errors", "Errors that visitors were told of, by where.", ["where"])
FRAMES_REFUSED = Counter("portale_frames_refused", "Messages that no page of ours sends.")
LOOP_DELAY = Histogram(
    "portale_event_loop_delay_seconds",
    "How late the event loop came to a timer: what every visitor waits at least.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
