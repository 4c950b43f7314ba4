def run() -> None:
    """Serve the portal."""
