"""What the CLV benchmark published on UCI's Online Retail II: 2,815 repeat customers, 563 of them judged."""

from clove.reports.benchmark_contents import BenchmarkLine, Importance
from clove.valuation.benchmark_scores import BenchmarkScores, Decile

RAW_ROWS = 1_067_371
POPULATION, TRAINING, TEST = 2_815, 2_252, 563
TRAINING_MEDIAN, TRAINING_MEAN = 622.0, 2_397.0

_DECILES = tuple(
    Decile(number, *figures)
    for number, figures in enumerate(
        (
            (57, 441.0, 7.0, 25_119.0),
            (56, 365.0, 26.0, 20_439.0),
            (56, 509.0, 52.0, 28_510.0),
            (56, 706.0, 104.0, 39_556.0),
            (57, 870.0, 198.0, 49_605.0),
            (56, 873.0, 317.0, 48_874.0),
            (56, 1_393.0, 577.0, 78_027.0),
            (56, 1_363.0, 1_058.0, 76_327.0),
            (56, 3_142.0, 1_856.0, 175_935.0),
            (57, 10_878.0, 11_084.0, 620_035.0),
        ),
        start=1,
    )
)
# not printed there, but it follows from the deciles
_TOTAL_BIAS = (
    sum(decile.customers * (decile.mean_predicted or 0.0) for decile in _DECILES)
    / sum(decile.total_actual for decile in _DECILES)
    - 1
)


def _line(
    key: str,
    model: str,
    figures: tuple[float, float, float, float | None],
    top: tuple[float, float] | None = None,
    deciles: tuple[Decile, ...] = (),
) -> BenchmarkLine:
    share, lift = top or (None, None)
    bias = _TOTAL_BIAS if deciles else None
    scores = BenchmarkScores(TEST, *figures, share, lift, bias, deciles)
    return BenchmarkLine(key, model, "published", scores)


PUBLISHED = (
    _line("naive-mean", "Naive mean", (2_551.0, 6_774.0, 3.949, None)),
    _line("bg-nbd", "BG/NBD + Gamma-Gamma", (1_426.0, 3_019.0, 1.693, 0.630)),
    _line("benchmark-recipe", "LightGBM, 22 features", (1_228.0, 3_063.0, 0.793, 0.600), (0.533, 5.33), _DECILES),
)

PUBLISHED_IMPORTANCE = (
    Importance("monetary_total", 0.756),
    Importance("recency_days", 0.414),
    Importance("rfm_combined_score", 0.303),
    Importance("monetary_max", 0.236),
    Importance("unique_products", 0.209),
    Importance("monetary_avg", 0.194),
    Importance("purchase_velocity", 0.189),
    Importance("avg_quantity_per_item", 0.187),
    Importance("tenure_days", 0.176),
    Importance("inter_purchase_days_std", 0.145),
)
