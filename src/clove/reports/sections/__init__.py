"""One file per question that the page answers: figures in, a finding in plain words and what shows it out."""
