"""Write the page of contract tables from where the tables and their rules are declared."""

import re
from pathlib import Path

from clove.reports.contract_tables import rules_markdown, tables_markdown

page = Path(__file__).parents[1] / "docs" / "methods" / "contract-tables.md"
text = page.read_text(encoding="utf-8")
for name, generated in (("rules", rules_markdown()), ("tables", tables_markdown())):
    text, found = re.subn(
        rf"(<!-- {name} -->\n).*?(<!-- end -->)",
        lambda marks, generated=generated: f"{marks[1]}{generated}\n{marks[2]}",
        text,
        flags=re.DOTALL,
    )
    if not found:
        raise SystemExit(f"{page} has no place for the {name}")
page.write_text(text, encoding="utf-8", newline="\n")
print(page)
