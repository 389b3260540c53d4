"""The event table. An event is one order line, or a whole order where the file knows no lines."""

import pyarrow as pa

EVENTS = "events"
"""Name of the table in the engine."""

EVENT_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),  # 'purchase' or 'return'
        pa.field("customer_id", pa.string(), nullable=False),
        # the business's own order number; where the file has none, '#file:row', so that each row is an order
        pa.field("order_id", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("us"), nullable=False),  # local wall time; with an offset in the file, UTC
        pa.field("amount", pa.float64(), nullable=False),  # > 0 for purchases and for returns, in the major unit
        pa.field("item", pa.string()),  # stock code
        pa.field("quantity", pa.float64()),  # > 0
        pa.field("country", pa.string()),
        pa.field("channel", pa.string()),  # through which the order came
        pa.field("category", pa.string()),  # of the product
        pa.field("is_product", pa.bool_(), nullable=False),  # false for returns of postage, fees and adjustments
        pa.field("file", pa.int32(), nullable=False),  # index of the source file, from 0
        pa.field("row", pa.int64(), nullable=False),  # row in that file; the header of a table is row 1
    ]
)
