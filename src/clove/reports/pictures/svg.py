"""A figure as SVG text: the same bytes each time, named for those who cannot see it, and safe beside others."""

import io
import re
from typing import TYPE_CHECKING

from markupsafe import escape

from clove.reports.pictures.canvas import our_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def svg(figure: "Figure", *, name: str = "picture", title: str = "", description: str = "") -> str:
    """Draw a figure as one `<svg>` element.

    Args:
        figure: Any Matplotlib figure.
        name: Prefixes every id inside, so that several drawings share a page.
        title: What a screen reader calls the drawing.
        description: What it reads next.
    """
    sheet = io.StringIO()
    with our_style():
        figure.savefig(sheet, format="svg", metadata=NO_METADATA, transparent=True)
    text = sheet.getvalue()
    text = text[text.index("<svg") :]
    # a style element inside would rule the whole page; the one property that it sets is inherited from the root instead
    text = re.sub(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = text.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1)
    text = re.sub(r"font-family: [^;\"]*", "font-family: sans-serif", text)
    text = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", text)
    text = _own_ids(text, name)
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", "><")
    named = f' role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round"'
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    opening, rest = text.split(">", 1)
    opening = re.sub(r' (width|height)="([^"]*)pt"', r' \1="\2"', opening).replace(' version="1.1"', "")
    return f"{opening}{named}>{words}{rest.strip()}"


def _own_ids(text: str, name: str) -> str:
    """Prefix the ids that something refers to, drop the others."""
    wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in wanted else "", text)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
