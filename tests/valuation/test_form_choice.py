"""The other form is taken only where old forecasts say for certain that it was better."""

import numpy as np
import pytest

from clove.models.boosted_folds import FORMS
from clove.valuation.form_choice import FormChoice, FormScores

DEFAULT, OTHER = FORMS
WHO = np.arange(2_000, dtype=np.uint64)


def window(seed: int, gain: float, who=WHO) -> FormScores:
    rng = np.random.default_rng(seed)
    base = rng.gamma(2.0, 0.5, who.size)
    return FormScores(who, {DEFAULT: base, OTHER: base - gain + rng.normal(0.0, 0.2, who.size)})


def test_without_old_forecasts_the_default_holds():
    assert FormChoice.of([]) == FormChoice(DEFAULT, 0, None, None)
    assert FormChoice.of([]).words == "their mean in one, for want of old forecasts to compare by"


def test_a_sure_gain_is_followed_and_chance_is_not():
    sure = FormChoice.of([window(1, 0.05), window(2, 0.05)])
    assert sure.chosen == OTHER
    assert sure.windows == 2
    assert "in two parts" in sure.words
    assert f"took {sure.gain:+.2%}" in sure.words
    assert sure.gain == pytest.approx(0.05, abs=0.02)
    assert FormChoice.of([window(3, 0.003)]).chosen == DEFAULT
    assert FormChoice.of([window(4, -0.05)]).chosen == DEFAULT


def test_the_same_customers_again_make_nothing_surer():
    one = window(5, 0.01)
    once, twice = FormChoice.of([one]), FormChoice.of([one, one])
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-12)
