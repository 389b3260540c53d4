"""A figure that a notebook shows by itself. This file imports Matplotlib, so it is itself imported late."""

import io

from matplotlib.figure import Figure

SHARP = 144  # dots per inch on a screen


class SelfShowing(Figure):
    """A figure that belongs to no window and draws itself as the last line of a cell."""

    def _repr_png_(self) -> bytes:
        """What a notebook asks for."""
        drawing = io.BytesIO()
        self.savefig(drawing, format="png", dpi=SHARP)
        return drawing.getvalue()
