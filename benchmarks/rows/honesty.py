"""Does the distribution say what then comes? On real files at several origins, and on a world whose truth is known."""

import json
import subprocess

from harness.environments import BENCHMARKS
from harness.lines import MET, MISSED, NO_BAR, NOT_MEASURED, Line
from harness.settings import DATA, Settings

TITLE = "Is the distribution honest?"
NOTE = (
    "Forecasts as of earlier dates, fitted on what was known then, judged on the days after. PIT: randomised; KS: its "
    "largest distance from the uniform. Exact would be 80 % within the central 80 %, 10 % above P90. The bar holds for "
    "the simulated world, where the models are true; on real files a season moves the level: figures are reported."
)
REAL = {
    "CDNOW": ("cdnow/CDNOW_master.txt", ("1997-09-30:90", "1997-12-31:90", "1998-03-31:90", "1997-12-31:181")),
    "retail": (
        "online_retail_2010_2011.csv.gz",
        ("2011-05-31:60", "2011-07-31:60", "2011-08-31:100", "2011-09-30:60", "2011-10-31:39"),
    ),
}


def measure(settings: Settings) -> list[Line]:
    """One line per file and origin."""
    shop = DATA / "shop-10000"
    if not shop.exists():
        clove = str(settings.clove.python).replace("/python", "/clove")
        subprocess.run([clove, "simulate", "shop", "--customers", "10000", "--seed", "1", "--out", shop], check=True)
    lines = _lines(settings, "simulated", shop / "orders.csv", ("2025-03-31:90", "2025-06-30:180"), bar=True)
    for name, (file, windows) in REAL.items():
        path = settings.shared / file
        if path.exists():
            lines += _lines(settings, name, path, windows, bar=False)
        else:
            lines.append(Line(name, f"{file} is not in {settings.shared}", "", "", "", "", NOT_MEASURED))
    return lines


def _lines(settings: Settings, name: str, path: object, windows: tuple[str, ...], *, bar: bool) -> list[Line]:
    task = BENCHMARKS / "tasks" / "honesty_clove.py"
    answer = subprocess.run([settings.clove.python, task, path, *windows], capture_output=True, text=True, check=True)
    lines = []
    for found in json.loads(answer.stdout):
        figures = (
            f"central 80 %: {found['central_80']:.1%}; above P90: {found['above_p90']:.1%} "
            f"(once {found['above_p90_once']:.1%}, repeat {found['above_p90_repeat']:.1%}); KS {found['ks']:.3f}; "
            f"total {found['total_bias']:+.0%}, {'inside' if found['total_inside'] else 'outside'} its band"
        )
        what = f"{name} as of {found['origin']}, {found['days']} days, {found['customers']:,} customers"
        honest = 0.08 <= found["above_p90"] <= 0.12
        verdict = (MET if honest else MISSED) if bar else NO_BAR
        lines.append(Line(what, figures, "", "", "", "8 to 12 % above P90" if bar else NO_BAR, verdict, found))
    return lines
