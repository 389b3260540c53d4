"""One reader per origin; each hands out text cells and the row they stood in."""
