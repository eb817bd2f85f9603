"""The catalogue of models that councils bought, with what each can run. The type allocation codes are invented."""

from dataclasses import dataclass
from datetime import date

from fleet.demo.estate.seeds import ModelSeed

CURRENT = 27
"""Major version of iOS and iPadOS in November 2026."""
VERSIONS: dict[int, tuple[str, ...]] = {
    27: ("27.1", "27.0.2", "27.0.1"),
    26: ("26.7.2", "26.7.1 (a)", "26.7.1"),
    18: ("18.7.10",),
    17: ("17.7.10",),
    16: ("16.7.12",),
}
"""Versions by major, newest first: those in ordinary use, which lack no security release for long."""
LATE = {27: "27.0", 26: "26.6.1", 18: "18.7.9"}
"""What runs where the security releases of the last months were never installed."""
BEHIND = (("17.6.1", 17), ("16.6.1", 16))
"""What a newer model runs when nobody ever updated it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model with its share of what is bought."""

    model: ModelSeed
    tacs: tuple[str, ...]
    weight: int
    old_serial: bool


def _ipad(
    key: str,
    name: str,
    product: str,
    newest: int,
    released: date,
    pounds: int,
    weight: int,
    *,
    cellular: bool = True,
    gb: int = 64,
) -> Offer:
    model = ModelSeed(
        key=key if cellular else f"{key}-wifi",
        kind="ipad",
        name=name,
        product_type=product,
        manufacturer="Apple",
        platform="iPadOS",
        newest_major=newest,
        imeis=1 if cellular else 0,
        has_eid=cellular,
        storage_gb=gb,
        released_on=released,
        price_pence=pounds * 100 + (12000 if cellular else 0),
    )
    tacs = (f"3599{product.replace(',', '')[4:].zfill(4)[-4:]}",) if cellular else ()
    return Offer(model, tacs, weight, released.year < 2021)


def _iphone(
    key: str, name: str, product: str, newest: int, released: date, pounds: int, weight: int, *, imeis: int = 2
) -> Offer:
    model = ModelSeed(
        key=key,
        kind="iphone",
        name=name,
        product_type=product,
        manufacturer="Apple",
        platform="iOS",
        newest_major=newest,
        imeis=imeis,
        has_eid=imeis == 2,
        storage_gb=128 if released.year >= 2021 else 64,
        released_on=released,
        price_pence=pounds * 100,
    )
    digits = product.replace(",", "")[6:].zfill(4)[-4:]
    return Offer(model, (f"3598{digits}", f"3597{digits}"), weight, released.year < 2021)


APPLE = (
    _ipad("ipad-6", "iPad (6th generation)", "iPad7,6", 17, date(2018, 3, 27), 319, 0),
    _ipad("ipad-7", "iPad (7th generation)", "iPad7,12", 18, date(2019, 9, 25), 349, 6),
    _ipad("ipad-8", "iPad (8th generation)", "iPad11,7", 26, date(2020, 9, 18), 329, 14),
    _ipad("ipad-9", "iPad (9th generation)", "iPad12,2", 27, date(2021, 9, 24), 319, 34),
    _ipad("ipad-9", "iPad (9th generation)", "iPad12,1", 27, date(2021, 9, 24), 319, 12, cellular=False),
    _ipad("ipad-10", "iPad (10th generation)", "iPad13,19", 27, date(2022, 10, 26), 499, 28),
    _ipad("ipad-10", "iPad (10th generation)", "iPad13,18", 27, date(2022, 10, 26), 499, 10, cellular=False),
    _ipad("ipad-a16", "iPad (A16)", "iPad15,8", 27, date(2025, 3, 12), 329, 22, gb=128),
    _ipad("ipad-air-5", "iPad Air (5th generation)", "iPad13,17", 27, date(2022, 3, 18), 569, 8),
    _ipad("ipad-mini-5", "iPad mini (5th generation)", "iPad11,2", 26, date(2019, 3, 18), 399, 3),
    _ipad("ipad-mini-6", "iPad mini (6th generation)", "iPad14,2", 27, date(2021, 9, 24), 479, 6),
    _ipad("ipad-pro-11-m4", "iPad Pro 11-inch (M4)", "iPad16,4", 27, date(2024, 5, 15), 999, 2, gb=256),
    _iphone("iphone-8", "iPhone 8", "iPhone10,4", 16, date(2017, 9, 22), 479, 0, imeis=1),
    _iphone("iphone-xr", "iPhone XR", "iPhone11,8", 18, date(2018, 10, 26), 629, 6),
    _iphone("iphone-11", "iPhone 11", "iPhone12,1", 27, date(2019, 9, 20), 489, 14),
    _iphone("iphone-se-2", "iPhone SE (2nd generation)", "iPhone12,8", 27, date(2020, 4, 24), 389, 18),
    _iphone("iphone-12", "iPhone 12", "iPhone13,2", 27, date(2020, 10, 23), 579, 12),
    _iphone("iphone-13", "iPhone 13", "iPhone14,5", 27, date(2021, 9, 24), 599, 22),
    _iphone("iphone-se-3", "iPhone SE (3rd generation)", "iPhone14,6", 27, date(2022, 3, 18), 419, 30),
    _iphone("iphone-14", "iPhone 14", "iPhone14,7", 27, date(2022, 9, 16), 649, 14),
    _iphone("iphone-15", "iPhone 15", "iPhone15,4", 27, date(2023, 9, 22), 699, 8),
    _iphone("iphone-16e", "iPhone 16e", "iPhone17,5", 27, date(2025, 2, 28), 599, 20),
)


def _thin_client(key: str, name: str, maker: str, part: str, system: str, released: date, pounds: int) -> ModelSeed:
    return ModelSeed(key, "thin_client", name, part, maker, system, None, 0, False, 8, released, pounds * 100)


THIN_CLIENTS = (
    _thin_client("igel-ud3", "UD3 LX 60", "IGEL", "M350C", "IGEL OS", date(2020, 3, 1), 365),
    _thin_client("igel-ud7", "UD7 LX 20", "IGEL", "H860C", "IGEL OS", date(2019, 6, 1), 489),
    _thin_client("dell-5070", "Wyse 5070", "Dell", "N11D", "ThinOS", date(2018, 9, 1), 410),
    _thin_client("dell-3000", "OptiPlex 3000 Thin Client", "Dell", "N20D", "ThinOS", date(2022, 5, 1), 395),
    _thin_client("hp-t540", "t540 Thin Client", "HP", "TPC-W059", "ThinPro", date(2020, 2, 1), 330),
    _thin_client("hp-t640", "t640 Thin Client", "HP", "TPC-W060", "ThinPro", date(2020, 2, 1), 420),
)
MODELS = tuple(offer.model for offer in APPLE) + THIN_CLIENTS
