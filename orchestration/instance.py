"""Dagster's own home: written by us, so that queue, retries, monitoring and telemetry are known."""

import os
import warnings
from pathlib import Path
from typing import Any, Final

import yaml

from orchestration.environment import folder

_LOG_BYTES: Final = 10 * 2**20
_CONFIG: Final[dict[str, Any]] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "concurrency": {
        # The statistics office is one host for all cities: its pool lets one step in at a time.
        "pools": {"default_limit": 1, "granularity": "op"},
        # One run per council server at a time, whatever schedules and people start.
        "runs": {
            "max_concurrent_runs": 4,
            "tag_concurrency_limits": [
                {"key": "seehaus/host", "value": {"applyLimitPerUniqueValue": True}, "limit": 1},
                {"key": "seehaus/harmonise", "limit": 1},
            ],
        },
    },
    "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
    # A killed worker leaves its pool slot behind; monitoring frees it.
    "run_monitoring": {
        "enabled": True,
        "start_timeout_seconds": 180,
        "free_slots_after_run_end_seconds": 60,
    },
    "retention": {
        "schedule": {"purge_after_days": 90},
        "sensor": {"purge_after_days": {"skipped": 7, "failure": 30, "success": 90}},
    },
}


def home() -> Path:
    """DAGSTER_HOME below the data folder, its dagster.yaml up to date, set for this process."""
    path = folder("dagster")
    config = path / "dagster.yaml"
    text = yaml.safe_dump(_CONFIG | {"python_logs": _logs()}, sort_keys=True)
    if not config.exists() or config.read_text() != text:
        beside = config.with_suffix(".tmp")
        beside.write_text(text)
        beside.replace(config)
    os.environ["DAGSTER_HOME"] = str(path)
    # Dagster calls its log configuration beta and says so at every step.
    warnings.filterwarnings("ignore", message="Handling yaml-defined logging configuration")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    return path


def log_file() -> Path:
    """Where every run's log goes, whoever started it."""
    return folder("runs") / "dagster.log"


def _logs() -> dict[str, Any]:
    handler = {
        "class": "logging.handlers.RotatingFileHandler",
        "level": "INFO",
        "filename": str(log_file()),
        "maxBytes": _LOG_BYTES,
        "backupCount": 5,
        "encoding": "utf-8",
    }
    return {"dagster_handler_config": {"handlers": {"file": handler}}}
