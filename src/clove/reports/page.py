"""The report as one HTML document that needs nothing but itself."""

import base64
import hashlib
import re
from collections.abc import Callable

from markupsafe import Markup

from clove.reports.blocks import Section
from clove.reports.contents import ValueReport
from clove.reports.palette import ALL, BAND, DRAWN
from clove.reports.sections.cohorts import cohorts
from clove.reports.sections.factors import factors
from clove.reports.sections.histories import histories
from clove.reports.sections.models import models
from clove.reports.sections.quality import quality
from clove.reports.sections.season import season
from clove.reports.sections.segments import segments
from clove.reports.sections.summary import summary
from clove.reports.sections.top import top
from clove.reports.sections.trust import trust
from clove.reports.sections.value import value
from clove.reports.sections.words import words
from clove.reports.shown import day

SECTIONS: tuple[Callable[[ValueReport], Section], ...] = (
    value,
    segments,
    top,
    factors,
    cohorts,
    season,
    trust,
    histories,
    models,
    quality,
    words,
)


class Inks:
    """Turns the styles of drawings into classes whose colours follow the paper, and writes the rules for them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def embed(self, drawing: str) -> Markup:
        """An SVG text of `clove.reports.pictures.svg`, for inside a page."""
        styled = re.sub(r'style="([^"]*)"', self._named, drawing)
        return Markup(styled.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1))  # noqa: S704  our own drawing, its texts escaped

    @property
    def rules(self) -> str:
        """The style sheet of all drawings embedded so far."""
        return "".join(f".{name}{{{style}}}" for style, name in self._names.items())

    def _named(self, found: re.Match[str]) -> str:
        style = re.sub(r";? *font-family: [^;]*", "", found[1])
        for colour in DRAWN:
            style = style.replace(colour.light, f"var(--{colour.name})")
        return f'class="{self._names.setdefault(style, f"i{len(self._names)}")}"'


def render(report: ValueReport) -> str:
    """The whole page; the same report gives the same text."""
    title = f"What your customers are worth, as of {day(report.as_of)}"
    sections = [section(report) for section in SECTIONS if section is not season or report.season.known]
    return document("body.html", title, report=report, summary=summary(report), sections=sections)


def document(body: str, title: str, **contents: object) -> str:
    """A page of its own from a template of its body.

    No script, no address of anything outside. The content security policy allows the one style sheet inside and
    nothing else, so that even a hostile customer id could load or run nothing.

    Args:
        body: Name of the template.
        title: Of the document.
        contents: What the template asks for.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("clove.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    inks = Inks()
    text = templates.get_template(body).render(**contents, embed=inks.embed)
    style = templates.get_template("style.css").render(colours=ALL, band=BAND) + inks.rules
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return templates.get_template("page.html").render(
        title=title,
        style=Markup(style),  # noqa: S704  our own style sheet
        seal=seal,
        body=Markup(text),  # noqa: S704  rendered with escapes just above
    )
