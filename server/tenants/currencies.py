"""The currencies of ISO 4217 that people pay with, and how many decimals each has.

Pure data. Funds codes, metals and testing codes are left out: nobody quotes or pays in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from server.errors import Invalid

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_TWO_DECIMALS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""

CURRENCIES: Mapping[str, int] = MappingProxyType(
    dict(
        sorted(
            (code, decimals)
            for decimals, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS))
            for code in codes.split()
        )
    )
)
"""Code → the number of decimals of the main unit, in which an amount of money may be counted."""

LARGEST_AMOUNT = 10**15
"""In minor units. Sums over many of them still fit a bigint."""


def exponent(currency: str) -> int:
    """How many decimals the currency has. KeyError for what is no currency."""
    return CURRENCIES[currency]


def minor_units(amount: Decimal, currency: str, *field: str | int) -> int:
    """The amount in minor units: 4800.00 CNY is 480,000 fen. May be negative; whether it should is the caller's rule.

    Raises Invalid on `field` for more decimals than the currency has, and for amounts beyond any business.
    """
    decimals = exponent(currency)
    scaled = amount.scaleb(decimals) if amount.is_finite() else amount
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise Invalid(*field, why=f"{currency} has {decimals} decimals.", why_zh=f"{currency} 最多 {decimals} 位小数。")
    if abs(scaled) > LARGEST_AMOUNT:
        raise Invalid(*field, why="The amount is too large.", why_zh="金额过大。")
    return int(scaled)


def main_units(minor: int, currency: str) -> Decimal:
    """The amount in the main unit, with the currency's decimals: 480,000 fen are 4800.00 CNY."""
    return Decimal(minor).scaleb(-exponent(currency))
