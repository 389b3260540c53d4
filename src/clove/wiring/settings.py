"""Every setting, from the environment, validated."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from clove.kernel.errors import ArgumentRefused


class Settings(BaseSettings):
    """Read from `CLOVE_…` environment variables."""

    model_config = SettingsConfigDict(env_prefix="CLOVE_", frozen=True, extra="ignore")

    memory_limit: Annotated[str, Field(pattern=r"^(\d+(\.\d+)?\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB))?$")] = "1GiB"
    """Memory of the engine's data; what outgrows it spills to disk."""
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads of the engine; 0 takes every core."""
    spill_folder: Path | None = None
    """Folder for data that outgrows the memory; the system's temporary folder by default."""

    @classmethod
    def load(cls) -> "Settings":
        """From the environment.

        Raises:
            ArgumentRefused: A variable holds what its setting may not be.
        """
        try:
            settings = cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"CLOVE_{str(first['loc'][0]).upper()}"
            raise ArgumentRefused(
                f"{first['input']!r} is not allowed ({first['msg']})",
                where=name,
                remedy=f"Correct or unset the environment variable {name}",
            ) from None
        if settings.spill_folder is not None and not settings.spill_folder.is_dir():
            raise ArgumentRefused(
                f"{str(settings.spill_folder)!r} is no folder",
                where="CLOVE_SPILL_FOLDER",
                remedy="Make it, or unset the variable",
            )
        return settings
