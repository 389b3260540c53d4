"""What shops write where an order was never paid, or its money went back."""

from collections import Counter
from dataclasses import dataclass, field

from clove.engine.local import LocalEngine
from clove.intake.cells import literal, text_of
from clove.intake.columns import Columns

NOT_PAID = (
    *("failed", "cancelled", "canceled", "voided", "void", "declined", "denied", "unpaid", "expired", "abandoned"),
    *("storniert", "fehlgeschlagen", "abgebrochen", "abgelehnt", "unbezahlt"),
    *("cancelado", "cancelada", "fallido", "rechazado", "recusado", "anulado", "impagado"),
    *("annulé", "annulée", "échoué", "échouée", "refusé", "refusée", "impayé"),
    *("annullato", "fallito", "rifiutato", "geannuleerd", "mislukt"),
)
"""Words, in small letters, of orders whose money never came."""

DOUBTFUL = (
    *("refunded", "partially refunded", "partially_refunded", "partial refund", "refund", "pending", "on hold"),
    *("on-hold", "pending payment", "chargeback", "charged back", "disputed", "returned", "pending_payment"),
    *("erstattet", "ausstehend", "offen", "reembolsado", "pendiente", "pendente", "remboursé", "remboursée"),
    *("en attente", "rimborsato", "in attesa", "terugbetaald"),
)
"""Words of orders whose money went back or may yet come."""


@dataclass(slots=True)
class StatusEvidence:
    """How many rows hold which of the doubtful words, gathered piece by piece."""

    columns: Columns
    found: Counter[str] = field(default_factory=Counter, init=False)

    def add(self, engine: LocalEngine) -> None:
        """Look at the values in `incoming`."""
        if "status" not in self.columns.at:
            return
        seen = engine.table(
            f"SELECT any_value(status_text ORDER BY row) AS value, count(*) AS rows FROM incoming "
            f"WHERE {word_sql()} IN ({', '.join(map(literal, DOUBTFUL))}) GROUP BY {word_sql()} ORDER BY 2 DESC, 1"
        )
        self.found += Counter(dict(zip(seen["value"].to_pylist(), seen["rows"].to_pylist(), strict=True)))

    def notes(self) -> list[str]:
        """What a person should know of them."""
        if not self.found:
            return []
        rows = ", ".join(f"{word!r} in {n:,} row{'' if n == 1 else 's'}" for word, n in self.found.most_common())
        note = (
            f"column {self.columns.headings['status']!r} holds {rows}: they are counted as sales; "
            "take them out of the file first if they are none"
        )
        return [note]


def word_sql() -> str:
    """SQL for the status in small letters, without the prefix of WooCommerce's tables."""
    return f"regexp_replace(lower({text_of('status')}), '^wc-', '')"
