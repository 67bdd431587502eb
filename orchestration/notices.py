"""The notice that a run failed: to the log, and to a webhook if there is one."""

from typing import Final

import httpx
import structlog

from orchestration.settings import settings

_log = structlog.get_logger("seehaus")
_TIMEOUT_SECONDS: Final = 10


def notice(job: str, run_id: str, city: str | None, message: str) -> bool:
    """Log a failed run and tell the webhook, if there is one.

    Returns:
        Whether the webhook was told. A webhook that is away is logged, never raised: the
        notice must not hide the failure it is about.
    """
    _log.error("run failed", job=job, run_id=run_id, city=city, message=message)
    webhook = settings().webhook_url
    if webhook is None:
        return False
    place = f" ({city})" if city else ""
    body = {
        "text": f"Seehaus: Lauf {job}{place} ist fehlgeschlagen: {message}",
        "job": job,
        "run_id": run_id,
        "city": city,
    }
    try:
        httpx.post(
            webhook.get_secret_value(), json=body, timeout=_TIMEOUT_SECONDS
        ).raise_for_status()
    except httpx.HTTPError as error:
        _log.error("webhook not reached", error=type(error).__name__)
        return False
    return True
