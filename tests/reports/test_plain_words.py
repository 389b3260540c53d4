"""What the page says to people who know no model: of what a forecast is made, why this model, who is still there."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from clove.cli.value import _show_segments
from clove.reports.contents import WHOLE, Blended, ModelContender, ModelScore
from clove.reports.page import render
from clove.reports.sections.alive import CANNOT_TELL
from clove.reports.sections.made_of import made_of
from clove.reports.sections.models import models
from clove.reports.sections.scores import model_table
from clove.reports.shown import DASH

BLENDED = Blended("MBG/CNBD-k + Gamma-Gamma", 0.42)


def test_the_head_says_of_what_the_figures_are_made(make_report):
    words = (
        "42% of each figure comes from the rhythm of the customer's own purchases (MBG/CNBD-k + Gamma-Gamma), 58% from"
    )
    assert made_of(make_report(50, blended=BLENDED)).startswith(words)
    page = render(make_report(50, blended=BLENDED))
    assert "58% from what similar customers did afterwards" in page[: page.index("<nav")]
    assert "similar customers" not in made_of(make_report(50))


@pytest.mark.parametrize("name", [WHOLE, "another"])
def test_the_whole_is_explained_where_it_is_judged(make_report, name):
    report = make_report(50, blended=BLENDED)
    held = replace(report.holdout, scores=(ModelScore(name, 1.0, 2.0, 0.5, 0.1), *report.holdout.scores))
    assert ("is the blend: MBG/CNBD-k" in model_table(report, held).note) == (name == WHOLE)


def compared(report):
    section = models(report)
    why = next(block for block in section.blocks if block.kind == "words")
    table = next(block for block in section.blocks if block.kind == "table")
    return why.paragraphs[0], [row[2] for row in table.rows]


@pytest.mark.parametrize(
    ("source", "scores", "words"),
    [
        ("Pareto/NBD", (-1.2, -1.1), "it foretold the last months best."),
        ("BG/NBD", (-1.2, -1.1), "no other foretold the last months better with any certainty."),
        ("Pareto/NBD", (-1.2, -1.1, -1.0), "it foretold the last months better than BG/NBD."),
    ],
)
def test_the_choice_begins_with_plain_words(make_report, source, scores, words):
    names = ("BG/NBD", "Pareto/NBD", "MBG/NBD")
    contenders = tuple(ModelContender(name, s, s - scores[0], 0.01) for name, s in zip(names, scores, strict=False))
    why, _ = compared(make_report(50, source=f"{source} + Gamma-Gamma", contenders=contenders))
    assert why.startswith(f"Why this model: {words}")


def test_models_that_say_the_same_are_told_so(make_report):
    contenders = tuple(ModelContender(f"M{gain}", -1 + gain, gain, 0.01) for gain in (0.0, -0.0009, 0.0011))
    _, gains = compared(make_report(50, contenders=contenders))
    assert gains == ["", "the same as M0.0", "+0.0011"]


def test_a_terminal_shows_a_dash_where_the_page_does(make_report):
    def shown(report):
        console = Console(file=StringIO(), width=120)
        _show_segments(console, report)
        return console.file.getvalue()

    report = make_report(400)
    assert "%" in shown(report).partition("\n")[2]
    nobody_left = shown(replace(report, alive_repeat=float(report.repeat_customers)))
    assert f"{DASH}  {CANNOT_TELL}" in nobody_left
    assert "%" not in nobody_left.partition("\n")[2]
