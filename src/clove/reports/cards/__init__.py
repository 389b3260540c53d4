"""What a run says of itself for people who have to answer for it: plain Markdown, every figure from the run."""
