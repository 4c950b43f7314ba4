"""What every run says at its end: how many browser journeys ran. Databases to test on, for every room."""

from tests.databases import accounts_engine, data_engine, empty_sqlite, new_database, postgres, read_only

__all__ = ["accounts_engine", "data_engine", "empty_sqlite", "new_database", "postgres", "read_only"]


def pytest_terminal_summary(terminalreporter):
    journeys = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}
    for outcome in journeys:
        for report in terminalreporter.stats.get(outcome, ()):
            if report.nodeid.startswith("tests/journeys/"):
                journeys[outcome] += 1
    if any(journeys.values()):
        said = ", ".join(f"{count} {outcome}" for outcome, count in journeys.items() if count)
        terminalreporter.write_sep("-", f"journeys in a real browser: {said}")
