"""The model that is chosen is the one that held what came for more probable, and only if that is sure."""

import numpy as np
import pytest

from clove.models import BgNbd, PurchaseHistory
from clove.models.mbg_nbd import MbgNbd
from clove.valuation.model_choice import ModelChoice, log_scores

TITLES = {"bg-nbd": "BG/NBD", "mbg-nbd": "MBG/NBD"}
# half of the newcomers never come back: what only the MBG/NBD knows of
FLEETING = MbgNbd(r=1.5, alpha=20.0, a=1.0, b=1.0)
HORIZON = 60.0


def window(seed: int, customers: int = 3_000) -> tuple[PurchaseHistory, np.ndarray]:
    """Histories as of an age up to 300 days, and the purchases of the 60 days after."""
    T = np.random.default_rng(seed).uniform(100, 300, customers)
    bought = FLEETING.simulate(T, seed + 1, horizon=HORIZON)
    return bought.history(T), bought.between(T, T + HORIZON).astype(float)


def test_the_model_that_made_the_data_is_found():
    history, came = window(seed=3)
    scores = {
        kind: log_scores(model.fit(history), history, came, HORIZON)
        for kind, model in (("bg-nbd", BgNbd), ("mbg-nbd", MbgNbd))
    }
    choice = ModelChoice.of(TITLES, scores)
    assert choice.chosen == "mbg-nbd"
    assert "MBG/NBD held what came for more probable than BG/NBD" in choice.because
    assert choice.customers == 3_000
    assert choice.contenders[1].gain == pytest.approx(np.mean(scores["mbg-nbd"] - scores["bg-nbd"]))


def test_a_gain_that_may_be_chance_changes_nothing():
    rng = np.random.default_rng(1)
    base = rng.normal(-1.0, 1.0, 400)
    close = ModelChoice.of(TITLES, {"bg-nbd": base, "mbg-nbd": base + rng.normal(0.001, 0.5, 400)})
    assert close.chosen == "bg-nbd"
    assert "is kept" in close.because
    surely = ModelChoice.of(TITLES, {"bg-nbd": base, "mbg-nbd": base + rng.normal(0.2, 0.5, 400)})
    assert surely.chosen == "mbg-nbd"


def test_the_best_of_several_sure_ones_wins():
    base = np.zeros(100)
    wobble = np.tile([-0.01, 0.01], 50)
    scores = {"bg-nbd": base, "mbg-nbd": base + 0.1 + wobble, "third": base + 0.3 + wobble}
    assert ModelChoice.of({**TITLES, "third": "Third"}, scores).chosen == "third"


def test_windows_of_one_customer_are_one_draw():
    rng = np.random.default_rng(2)
    gain = rng.normal(0.05, 1.0, 1_000)
    once = ModelChoice.of(TITLES, {"bg-nbd": np.zeros(1_000), "mbg-nbd": gain}).contenders[1]
    assert once.standard_error == pytest.approx(gain.std(ddof=1) / np.sqrt(1_000), rel=1e-12)
    # the same customers again, with the same gains: nothing new is known
    who = np.tile(np.arange(1_000, dtype=np.uint64), 2)
    twice = ModelChoice.of(TITLES, {"bg-nbd": np.zeros(2_000), "mbg-nbd": np.tile(gain, 2)}, who).contenders[1]
    assert twice.gain == pytest.approx(once.gain)
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-12)
    alone = ModelChoice.of(TITLES, {"bg-nbd": np.zeros(2), "mbg-nbd": np.ones(2)}, who[:1].repeat(2))
    assert alone.chosen == "bg-nbd"


def test_log_scores_are_logs_of_the_distribution_however_much_came():
    model = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0)
    history = PurchaseHistory.of([0, 3, 40, 40], [0, 90, 300, 300], [120, 100, 310, 310])
    came = np.array([0.0, 2.0, 9.0, 150.0])
    table = model.purchase_distribution(history, 200.0, 150)
    expected = np.log(table[np.arange(4), came.astype(int)])
    assert log_scores(model, history, came, 200.0) == pytest.approx(expected, rel=1e-9)


def test_what_a_model_holds_for_impossible_costs_much_but_not_everything():
    model = BgNbd(r=0.7, alpha=45.0, a=0.9, b=5.0)
    history = PurchaseHistory.of([1], [2], [10_000])
    assert np.isfinite(log_scores(model, history, np.array([900.0]), 0.01)).all()
