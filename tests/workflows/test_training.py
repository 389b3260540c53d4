"""What the boosted value learns from has all ended by the date it is trained as of."""

from datetime import date, timedelta

import numpy as np
import pytest

from clove.engine.local import LocalEngine
from clove.intake.read import read
from clove.models import BgNbd
from clove.models.boosted_folds import FORMS
from clove.models.spend import choose_spend_model
from clove.valuation.form_choice import FormChoice
from clove.workflows.opening import EPOCH, Opening
from clove.workflows.training import FEWEST_ORIGINS, ORIGINS, RollingOrigins
from clove.workflows.window import Window

OPENED, DAY = date(2024, 1, 1), date(2025, 6, 30)
OPENING = Opening(np.array([(OPENED - EPOCH).days]))


def trained(orders, day=DAY, longest=120):
    with LocalEngine.open(threads=1) as engine:
        read(engine, [orders], mapping=None, today=date(2026, 11, 20))
        return RollingOrigins(engine, OPENING, longest, BgNbd, 1).train(day)


@pytest.fixture(scope="module")
def orders(simulated_shop):
    return simulated_shop / "orders.csv"


@pytest.fixture(scope="module")
def learnt(orders):
    return trained(orders)


def altered(orders, folder, *, after: bool):
    """One amount of one row after, or before, the date is a thousand times what it was."""
    lines = orders.read_text(encoding="utf-8").splitlines()
    head = lines[0].split(",")
    when, amount = head.index("ordered_at"), head.index("amount")
    rows = [line.split(",") for line in lines[1:]]
    [place] = [
        i for i, row in enumerate(rows) if (row[when][:10] > DAY.isoformat()) == after and float(row[amount]) > 0
    ][100:101]
    rows[place][amount] = f"{1000 * float(rows[place][amount]):.2f}"
    path = folder / "altered.csv"
    path.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def test_windows_have_ended_by_the_date(learnt):
    assert learnt.model is not None
    assert FEWEST_ORIGINS <= len(learnt.origins) <= ORIGINS
    assert max(learnt.origins) + timedelta(days=learnt.model.window_days) <= DAY
    assert sorted(learnt.origins, reverse=True) == list(learnt.origins)


def test_a_row_after_the_date_changes_no_bit_of_model_calibration_and_blend(learnt, orders, tmp_path):
    again = trained(altered(orders, tmp_path, after=True))
    assert again.model.to_json() == learnt.model.to_json()
    assert again.blend == learnt.blend
    assert set(learnt.forms) == set(FORMS)
    for form, (model, blend) in learnt.forms.items():
        assert again.forms[form][0].to_json() == model.to_json()
        assert again.forms[form][1] == blend


def test_a_row_before_it_does(learnt, orders, tmp_path):
    again = trained(altered(orders, tmp_path, after=False))
    assert again.model.to_json() != learnt.model.to_json()


def test_later_dates_share_what_was_learnt_of_earlier_ones(orders):
    with LocalEngine.open(threads=1) as engine:
        read(engine, [orders], mapping=None, today=date(2026, 11, 20))
        rolling = RollingOrigins(engine, OPENING, 90, BgNbd, 1)
        late = rolling.train(DAY)
        known = len(rolling.known)
        early = rolling.train(DAY - timedelta(days=90))
        alone = RollingOrigins(engine, OPENING, 90, BgNbd, 1).train(DAY - timedelta(days=90))
    assert len(rolling.known) < known + len(early.origins)
    assert set(early.origins) & set(late.origins)
    assert early.model.to_json() == alone.model.to_json()  # sharing changes no figure


def test_a_form_that_was_chosen_speaks(learnt):
    for form, (model, blend) in learnt.forms.items():
        spoken = learnt.by(FormChoice(form, 1, 0.1, 0.01))
        assert (spoken.model, spoken.blend) == (model, blend)
    assert learnt.choice == FormChoice.of(())


def test_neighbouring_dates_teach_of_other_customers(orders):
    with LocalEngine.open(threads=1) as engine:
        read(engine, [orders], mapping=None, today=date(2026, 11, 20))
        rolling = RollingOrigins(engine, OPENING, 90, BgNbd, 1)
        rolling.train(DAY)
    one, two = ([*part.history.customer_id[:100]] for part in list(rolling.known.values())[:2])
    assert len(set(one) & set(two)) < 50


def test_too_short_a_history_says_so(orders):
    nothing = trained(orders, day=OPENED + timedelta(days=90))
    assert nothing.model is None
    assert nothing.blend is None
    assert "are needed" in nothing.because


def test_a_longer_horizon_than_the_window_keeps_the_correction(learnt, orders):
    with LocalEngine.open(threads=1) as engine:
        read(engine, [orders], mapping=None, today=date(2026, 11, 20))
        window = Window.opened(engine, DAY, DAY + timedelta(days=120))
    purchases, spend = BgNbd.fit(window.history), choose_spend_model(window.history).model
    near = learnt.boost(window.features, window.history, purchases, spend, 120.0)
    far = learnt.boost(window.features, window.history, purchases, spend, 365.0)
    alone = [
        purchases.expected_purchases(window.history, days) * spend.expected_spend(window.history)
        for days in (120.0, 365.0)
    ]
    # beyond twice the window, all that is left is how customers differ
    apart = learnt.model.lift
    assert far.outlook.expected / alone[1] == pytest.approx(near.outlook.expected / alone[0] / apart, rel=1e-9)
    assert (far.outlook.active >= near.outlook.active - 1e-12).all()
    assert np.isfinite(far.outlook.expected).all()


def test_customers_who_come_later_do_not_move_the_opening():
    early = np.arange(10_000, 11_000)
    later = np.concatenate([early, np.full(30_000, 20_000)])
    day = EPOCH + timedelta(days=15_000)
    assert Opening(later).by(day) == Opening(early).by(day) == EPOCH + timedelta(days=10_009)
    assert Opening(later).by(EPOCH + timedelta(days=20_000)) > Opening(early).by(day)
    assert Opening(early).by(EPOCH) == EPOCH
