"""The colours of pictures and page, in pairs for light and dark paper.

One grammar everywhere: blue is what the models expect, with its interval in pale blue; orange is what came to pass.
The two stay apart for every common form of colour blindness. Shades are opacities of one colour, never other hues, so
that a drawing works on either paper. Green, amber and red stand beside one verdict alone, whose words say the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colour:
    """One role. `light` is also the mark by which a drawing's colour is found when it is put into a page."""

    name: str
    light: str
    dark: str


INK = Colour("ink", "#1d2730", "#e9edf1")
QUIET = Colour("quiet", "#586572", "#a7b3bf")
RULE = Colour("rule", "#d8dee4", "#39434d")
EXPECTED = Colour("expected", "#0a5c9e", "#72b7f5")
CAME = Colour("came", "#b84a08", "#f7a266")
DRAWN = (INK, QUIET, RULE, EXPECTED, CAME)

PAPER = Colour("paper", "#ffffff", "#12171c")
WASH = Colour("wash", "#f3f6f9", "#1b222a")
GOOD = Colour("good", "#1c6b43", "#7fd0a3")
CARE = Colour("care", "#7d5300", "#e8bd62")
BAD = Colour("bad", "#b3261e", "#ff9f97")
ALL = (*DRAWN, PAPER, WASH, GOOD, CARE, BAD)

BAND = 0.28  # opacity of an interval
DEEPEST = 0.55  # opacity of the highest cell of a heat map; ink on it keeps a contrast of 4.5 on light and dark paper
