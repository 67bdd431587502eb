"""What the OParl cases share: one small world, a crawl as a value, a TLS front with a chain."""

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingestion.city import City, load
from ingestion.http import Client, Hooks, Problem
from ingestion.http_guard import RateGate
from ingestion.record import Fetched, Record
from ingestion.sampleworld import World
from ingestion.sampleworld.oparl import OParl
from ingestion.systems import oparl

CITY = "musterstadt"

Key = tuple[str, str]


def city(url: str) -> City:
    """Musterstadt, whose council's entry point is at ``url``."""
    values = load("mainz").model_dump(mode="json")
    values |= {"id": "mainz", "name": "Musterstadt", "ags": "07999999", "ars": "079990000999"}
    values |= {"statistics": [], "expect": {}}
    values["council"] |= {"system": "oparl", "url": url}
    return City.model_validate(values)


def client(of: City, **options: Any) -> Client:
    """A client in a hurry: it neither paces nor rests, all else is as ever."""
    hooks = Hooks(sleep=lambda _: None, gate=RateGate())
    chosen = {"requests_per_second": 1e6, "hooks": hooks} | options
    return Client(allowed=of.base_urls(), user_agent="Seehaus/0.1", **chosen)


@dataclass
class Crawled:
    """What a crawl brought.

    Attributes:
        records: Of each object the last record, by type and id.
        problems: What was reported.
        pages: Every answer.
    """

    records: dict[Key, Record]
    problems: list[Problem]
    pages: list[Fetched]

    @property
    def whats(self) -> list[str]:
        """The findings of the problems."""
        return [problem.what for problem in self.problems]

    def of(self, kind: str) -> dict[str, Record]:
        """The records of one type by id."""
        return {id_: record for (of, id_), record in self.records.items() if of == kind}


def crawl(of: City, since: dt.date | None = None, **options: Any) -> Crawled:
    """One crawl over loopback HTTP, and what the parser makes of every answer."""
    with client(of, **options) as talk:
        pages = list(oparl.fetch(of, since, talk))
        found: dict[Key, Record] = {}
        for page in pages:
            for record in parsed(page, talk):
                found[record.object_type, record.id] = record
        return Crawled(found, talk.problems, pages)


def parsed(page: Fetched, talk: Client) -> list[Record]:
    """As a crawl does it: a page that cannot be read is a problem."""
    try:
        return list(oparl.parse(page))
    except oparl.UnknownStructureError as error:
        talk.report(Problem(error.url, error.what, error.mend))
        return []


@dataclass
class Difference:
    """What a second crawl has otherwise than a first.

    Attributes:
        lost: Objects that only the first one has.
        gained: Objects that only the second one has.
        changed: Type and field → ids of the objects that differ there.
    """

    lost: set[Key]
    gained: set[Key]
    changed: dict[tuple[str, str], set[str]]


def difference(
    first: Crawled, second: Crawled, same: Callable[[Any], Any] = lambda value: value
) -> Difference:
    """Compare two crawls field by field; ``same`` maps the second one's values and ids."""
    after = {(kind, same(id_)): record for (kind, id_), record in second.records.items()}
    changed: dict[tuple[str, str], set[str]] = {}
    for key in first.records.keys() & after.keys():
        before, now = first.records[key].content(), after[key].content()
        for name, value in before.items():
            if value != same(now[name]):
                changed.setdefault((key[0], name), set()).add(key[1])
    return Difference(
        set(first.records.keys() - after.keys()), set(after.keys() - first.records.keys()), changed
    )


# TLS


@dataclass(frozen=True)
class Chain:
    """Files of a certificate chain: root → intermediate → 127.0.0.1.

    Attributes:
        key: The server's key.
        leaf: The server's certificate alone.
        whole: The server's certificate and the intermediate one.
        root: The root certificate.
        bundle: What a city file names: the intermediate certificate and the root.
    """

    key: Path
    leaf: Path
    whole: Path
    root: Path
    bundle: Path


def make_chain(folder: Path) -> Chain:
    """A new chain, valid for an hour."""
    root_key, middle_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _certificate("Wurzel", root_key, "Wurzel", root_key, is_authority=True)
    middle = _certificate("Mitte", middle_key, "Wurzel", root_key, is_authority=True)
    leaf = _certificate("127.0.0.1", key, "Mitte", middle_key, is_authority=False)
    pem = serialization.Encoding.PEM
    texts: Mapping[str, bytes] = {
        "key": key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        "leaf": leaf.public_bytes(pem),
        "whole": leaf.public_bytes(pem) + middle.public_bytes(pem),
        "root": root.public_bytes(pem),
        "bundle": middle.public_bytes(pem) + root.public_bytes(pem),
    }
    for name, text in texts.items():
        (folder / f"{name}.pem").write_bytes(text)
    return Chain(**{name: folder / f"{name}.pem" for name in texts})


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not is_authority:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


@contextmanager
def tls_front(world: World, chain: Chain, is_cut: Callable[[], bool]) -> Iterator[str]:
    """The world's OParl server over TLS.

    Args:
        world: Whose Musterstadt is served.
        chain: The server's certificates.
        is_cut: Asked at every handshake: whether the intermediate certificate stays at home.

    Yields:
        The URL of the System object.
    """
    contexts = {}
    for is_short, file in ((True, chain.leaf), (False, chain.whole)):
        contexts[is_short] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[is_short].load_cert_chain(file, chain.key)

    def choose(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = contexts[is_cut()]

    config = uvicorn.Config(
        OParl(world.councils[CITY]).app(),
        host="127.0.0.1",
        port=0,
        log_level="critical",
        lifespan="off",
        ssl_certfile=chain.whole,
        ssl_keyfile=chain.key,
    )
    config.load()
    assert config.ssl is not None
    config.ssl.sni_callback = choose
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, name="tls-front", daemon=True)
    thread.start()
    try:
        waited = threading.Event()
        while not serving.started and thread.is_alive():
            waited.wait(0.01)
        port = serving.servers[0].sockets[0].getsockname()[1]
        yield f"https://127.0.0.1:{port}/oparl/system"
    finally:
        serving.should_exit = True
        thread.join(20)
