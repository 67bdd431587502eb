"""Every ``SEEHAUS_*`` variable, read once; importing this module touches nothing."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things lie and what may be reached. ``.env.example`` explains each variable."""

    model_config = SettingsConfigDict(
        env_prefix="SEEHAUS_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    data: Path = Field(default=Path("data"), description="All state of this machine lies below.")
    lake_catalog: str = Field(default="", description="Empty: SQLite below SEEHAUS_DATA.")
    lake_storage: str = Field(default="", description="Empty: a folder below SEEHAUS_DATA.")
    lake_memory: str = Field(
        default="4GB",
        pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$",
        description="Most that one DuckDB takes before it spills to disk.",
    )
    blobs: str = Field(default="", description="fsspec URL; empty: a folder below SEEHAUS_DATA.")
    cities: Path | None = Field(default=None, description="Folder of city files; empty: our own.")
    city_urls: Path | None = Field(
        default=None,
        description="JSON written by the sample world: other base URLs for the same cities.",
    )
    ckan_url: AnyHttpUrl | None = Field(default=None, description="Portal to publish to.")
    ckan_token: SecretStr | None = None
    ckan_token_file: Path | None = None
    genesis_username: SecretStr | None = None
    genesis_password: SecretStr | None = None
    genesis_online_username: SecretStr | None = None
    genesis_online_password: SecretStr | None = None
    zensus_username: SecretStr | None = None
    zensus_password: SecretStr | None = None
    meine_heimat_username: SecretStr | None = None
    meine_heimat_password: SecretStr | None = None
    ocr: Literal["auto", "off"] = Field(
        default="auto", description="auto: scans are recognised where Tesseract is installed."
    )
    embedder: str = Field(default="builtin", description="builtin or a folder with an ONNX model.")
    embed_threads: int = 0
    public_url: str = Field(
        default="", description="Where the folder `public` is served; empty: its own address."
    )
    dagster_port: int = Field(default=3000, description="Wanted port of Dagster's UI.")
    search_port: int = Field(default=8080, description="Wanted port of the search page.")
    search_url: str = Field(default="", description="Public URL of the search page.")
    user_agent: str = "Seehaus/0.1 (+https://github.com/seehaus; open data lakehouse)"
    portal_url: str = Field(
        default="", description="Public address of the portal; empty: where it listens."
    )
    operator: Path | None = Field(
        default=None,
        description="YAML: who runs the local portal, for its legal pages.",
    )
    webhook_url: SecretStr | None = Field(default=None, description="Told of every failed run.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def root(self) -> Path:
        """The data folder, absolute."""
        return self.data.expanduser().resolve()


class SettingsError(ValueError):
    """A variable says what it cannot say; names it and the mend, never its value."""


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: A variable of the environment or of ``.env`` is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"SEEHAUS_{str(each['loc'][0]).upper()}: {each['msg']} → mend it in the environment "
            "or in .env (.env.example explains each variable)"
            for each in error.errors(include_input=False, include_url=False)
        ]
    raise SettingsError("\n".join(wrong))
