"""Write the glossary's tables of columns from where the columns are described."""

import re
from pathlib import Path

from clove.reports.columns import CUSTOMERS, FEATURES, glossary_table
from clove.reports.contract_columns import COLLECTIONS, CONTRACTS, PRICES, SEGMENTS
from clove.reports.portfolio_columns import MRR_MOVEMENTS, NOTICES

page = Path(__file__).parents[1] / "docs" / "glossary.md"
text = page.read_text(encoding="utf-8")
TABLES = {
    "Columns of customers": CUSTOMERS,
    "Columns of features": FEATURES,
    "Columns of contracts": CONTRACTS,
    "Columns of collections": COLLECTIONS,
    "Columns of segments": SEGMENTS,
    "Columns of prices": PRICES,
    "Columns of mrr_movements": MRR_MOVEMENTS,
    "Columns of cancellation_notices": NOTICES,
}
for heading, columns in TABLES.items():
    table = rf"(## {heading}\n\n)(?:\|.*\n)+"
    if not re.search(table, text):
        raise SystemExit(f"{page} has no table under {heading!r}")
    text = re.sub(table, lambda found, columns=columns: f"{found[1]}{glossary_table(columns)}\n", text)
page.write_text(text, encoding="utf-8", newline="\n")
print(f"{page}: {', '.join(str(len(columns)) for columns in TABLES.values())} columns")
