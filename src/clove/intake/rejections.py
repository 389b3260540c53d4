"""The rejected rows as a file that a person can open."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from clove.engine.local import LocalEngine
from clove.kernel.errors import OutputRefused

_SCHEMA = pa.schema(
    [("file", pa.string()), ("row", pa.int64()), ("rule", pa.string()), ("value", pa.string()), ("remedy", pa.string())]
)


def write_rejections(engine: LocalEngine, path: Path) -> int:
    """Write file, row, rule, value and remedy of each rejected row, by file and row; the number of rows.

    Raises:
        OutputRefused: The file cannot be written.
    """
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    rows = 0
    try:
        with path.open("wb") as file:
            file.write((",".join(_SCHEMA.names) + "\n").encode())
            with pyarrow.csv.CSVWriter(file, _SCHEMA, write_options=options) as writer:
                for batch in engine.batches("SELECT * FROM rejections ORDER BY file, row"):
                    writer.write_batch(batch)
                    rows += batch.num_rows
    except OSError as error:
        raise OutputRefused(
            f"the rejections cannot be written ({error})", where=str(path), remedy="Choose a folder with room to write"
        ) from error
    return rows
