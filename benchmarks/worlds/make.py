"""Make the shared data in a folder and print where they are, as JSON. `python worlds/make.py FOLDER [CUSTOMERS]`."""

import json
import sys
from pathlib import Path

import summary
import transactions

folder = Path(sys.argv[1])
customers = int(sys.argv[2]) if len(sys.argv) > 2 else transactions.CUSTOMERS
purchases = transactions.shared(folder, customers)
print(
    json.dumps(
        {
            "transactions": str(purchases),
            "summary": str(summary.shared(purchases, transactions.LAST_DAY)),
            "as_of": str(transactions.LAST_DAY),
        }
    )
)
