"""The segments of a portfolio on a terminal of the usual width."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from clove.cli.contracts import _show
from clove.kernel.money import Currency
from clove.reports.contents import Estimate

NAN = float("nan")


def line(channel="corporate", tier="standard", mean=1_020_000.0, payback=25.0, ltv=10_400.0):
    return SimpleNamespace(
        country="ZAF",
        channel=channel,
        tier=tier,
        contracts=12_345,
        remaining=Estimate(mean, 0.85 * mean, 1.16 * mean),
        ltv=Estimate(ltv, ltv, ltv),
        payback_month=payback,
    )


def shown(capsys, monkeypatch, code, *lines):
    monkeypatch.setenv("COLUMNS", "80")
    report = SimpleNamespace(
        tables=(),
        segments=lines,
        actions=(),
        prices=(),
        live=12_345,
        as_of=date(2025, 12, 31),
        remaining=lines[0].remaining,
        monthly_fees=1.0,
        horizon_months=60,
        unknown=(),
        currency=Currency(code),
        not_yours="",
    )
    _show(SimpleNamespace(report=report, out=Path("out")))
    return capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ").splitlines()


@pytest.mark.parametrize("code", ["ZAR", "KES", "NGN"])
def test_a_segment_is_one_line_of_eighty_columns(capsys, monkeypatch, code):
    said = shown(capsys, monkeypatch, code, line(), line(payback=NAN), line(mean=NAN, ltv=NAN, payback=NAN))
    rows = [text for text in said if text.startswith("ZAF")]
    symbol = {"ZAR": "R ", "KES": "KSh ", "NGN": "₦"}[code]
    assert len(rows) == 3
    assert max(map(len, said)) <= 80
    assert rows[0].split("  ")[0] == "ZAF corporate standard"
    assert f"{symbol}867k to 1.18M" in rows[0]
    assert rows[0].endswith("25")
    assert rows[1].endswith("never")
    assert rows[2].endswith("unknown")
