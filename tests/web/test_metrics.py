"""What the service counts is what the operators' manual explains."""

import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from portal_lib.web import metrics

MANUAL = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def test_every_metric_is_explained_and_no_other():
    counted = {
        name.removesuffix("_total") for name in re.findall(r"^\| `(portale_\w+?)(?:\{\w+\})?` ", MANUAL, re.MULTILINE)
    }
    ours = {value._name for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)}
    assert counted == ours


def test_every_reason_for_which_a_page_ends_or_is_refused_is_explained():
    source = "".join(
        path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "portal_lib" / "web").glob("*.py")
    )
    reasons = set(re.findall(r'end_page\([^")]*"([^"]+)"\)|PAGES_REFUSED\.labels\("([^"]+)"\)', source))
    said = {reason for pair in reasons for reason in pair if reason}
    assert len(said) >= 10
    assert not {reason for reason in said if f"`{reason}`" not in MANUAL}
