"""Which file of a folder is which table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clove.intake.headings import normal
from clove.kernel.errors import InputRefused
from clove.ledger.contracts import TABLES

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet", ".xlsx", ".xlsm")
_TABLES = {normal(name): name for name in TABLES}


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a portfolio."""

    tables: Mapping[str, Path]  # table -> file, in the order of our tables
    passed_over: tuple[str, ...]  # names of files that are no table of ours


def find_tables(folder: Path) -> Folder:
    """Match files to tables by name, whatever the capitals and the marks between words.

    Raises:
        InputRefused: No folder, no contracts, or two files of one table.
    """
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")) and path.is_file())
    except FileNotFoundError:
        raise InputRefused("there is no such folder", where=str(folder), remedy="Check the path") from None
    except NotADirectoryError:
        raise InputRefused(
            "this is a file, and a portfolio is a folder with a file for each table",
            where=str(folder),
            remedy="Put the file into a folder, named contracts.csv, and give the folder",
        ) from None
    except OSError as error:
        raise InputRefused(
            f"the folder cannot be read ({error})", where=str(folder), remedy="Allow this user to read it"
        ) from error
    found: dict[str, Path] = {}
    passed_over = []
    for path in files:
        table = _table_of(path.name)
        if not table:
            passed_over.append(path.name)
        elif table in found:
            raise InputRefused(
                f"{found[table].name} and {path.name} are both the table {table}",
                where=str(folder),
                remedy="Leave one of the two in the folder",
            )
        else:
            found[table] = path
    if "contracts" not in found:
        there = f"; there are {', '.join(p.name for p in files[:10])}" if files else "; it is empty"
        raise InputRefused(
            f"the folder holds no table of contracts{there}",
            where=str(folder),
            remedy="Put contracts.csv, contracts.parquet or contracts.xlsx into it",
        )
    return Folder({name: found[name] for name in TABLES if name in found}, tuple(passed_over))


def _table_of(name: str) -> str:
    ending = next((e for e in sorted(_ENDINGS, key=len, reverse=True) if name.lower().endswith(e)), "")
    return _TABLES.get(normal(name[: -len(ending)]), "") if ending else ""
