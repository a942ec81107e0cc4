"""Dates as they are written: what one text can mean, and formats that a caller states.

A text is read without a clock, a locale or a neighbour: whichever column it stands in, it has the same possible
meanings. Which of them holds is decided by the whole column, in `socharm.io.incidents.months`.

Clock times and time zones are left off: the date counts as it is written, so that half past midnight on 1 February
belongs to February whatever its offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from socharm.errors import ParameterError

__all__ = [
    "CLOCK",
    "MONTH_ENDS_IN_T",
    "PLACEHOLDERS",
    "SERIALS",
    "SERIAL_FORM",
    "Written",
    "read_date",
    "stated_format",
    "without_clock",
]

#: Where a clock time begins; what follows is no part of the date. Linear, so that engines can apply it to every row.
CLOCK: Final = r"(?:(?:[T ,:-]| at )+\d{1,2}(?::\d{2}|\.\d{2}\.\d{2}|[ ]?[AaPp]\.?[Mm])|T\d{4}).*$"
#: A month's name that ends in the sign of a clock time (``01OCT2024``): such texts are not for `CLOCK` to cut.
MONTH_ENDS_IN_T: Final = r"[A-Za-z]T\d"

#: Day numbers of a spreadsheet that are taken for dates: 1954 to 2099 in the system that begins in 1900.
SERIALS: Final = (20_000, 73_050)
SERIAL_FORM: Final = "day number of a spreadsheet"

#: Days that systems write for one that is not known: the first and last of their calendars. No month is read from them.
PLACEHOLDERS: Final = frozenset(((1900, 1, 1), (1901, 1, 1), (1970, 1, 1), (2099, 12, 31), (2100, 1, 1)))

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100
_NAMES: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS: Final = (
    {name: at for at, name in enumerate(_NAMES, 1)} | {name[:3]: at for at, name in enumerate(_NAMES, 1)} | {"sept": 9}
)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEAR: Final = r"(\d{4}|\d{2})"
_NAME: Final = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[., ]+)?"

_CLOCK: Final = re.compile(CLOCK.replace("[T ,:-]", "(?<![A-Za-z])T|[ ,:-]").replace("|T", "|(?<![A-Za-z])T"))
_CLOCK_FIRST: Final = re.compile(r"^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?[ ,]+(?=\S)")
_DIGITS_CLOCK: Final = re.compile(r"^(\d{8}) \d{4}(?:\d{2})?$")
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/. ])(\d{1,2})(?:\2(\d{1,2})(?:Z|[+-]\d{2}:?\d{2})?)?")
_NUMBERS: Final = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2{_YEAR}")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[-/. ](\d{4})")
_DIGITS: Final = re.compile(r"(\d+)(?:\.(\d+))?")
_DAY_NAME: Final = re.compile(rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]*{_NAME}[-/., ']*{_YEAR}", re.IGNORECASE)
_NAME_DAY: Final = re.compile(rf"{_WEEKDAY}{_NAME}[ -]*(\d{{1,2}})(?:st|nd|rd|th)?[, -]+(\d{{4}})", re.IGNORECASE)
_NAME_YEAR: Final = re.compile(rf"{_NAME}[-/., ']*{_YEAR}", re.IGNORECASE)
_YEAR_NAME: Final = re.compile(rf"(\d{{4}})[-/., ]*{_NAME}(?:[-/., ]*(\d{{1,2}}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """What one text can mean.

    Attributes
    ----------
    form : str
        How it is written, as a person would say it: ``"YYYY-MM-DD"``, ``"DD/MM/YYYY"``. For numbers alone
        whose order is not known, the form with the day first.
    date : str or None
        ``YYYY-MM-DD``, or ``YYYY-MM`` where no day is written; with the day first where the order is not known, and
        None where no such day exists.
    month_first : str or None
        The date when the first number is the month; None where no such day exists or the order is not open.
    year_first : str or None
        The same for a two-digit year in front (``24-01-05``).
    is_open : bool
        Whether the order of its numbers is not known from the text alone.
    """

    form: str
    date: str | None
    month_first: str | None = None
    year_first: str | None = None
    is_open: bool = False


def read_date(text: str) -> Written | None:
    """What a text can mean as a date, or None where it is no date.

    Examples
    --------
    >>> read_date("2025-04-30 23:59").date, read_date("05-Jan-2024").date, read_date("Feb-25").date
    ('2025-04-30', '2024-01-05', '2025-02')
    >>> read_date("04/05/2024").date, read_date("04/05/2024").month_first
    ('2024-05-04', '2024-04-05')
    >>> read_date("2025-04-31") is None and read_date("25-Feb") is None
    True
    """
    plain = without_clock(text)
    for pattern, read in _READERS:
        if found := pattern.fullmatch(plain):
            return read(found)
    return None


def without_clock(text: str) -> str:
    """A text without blanks and quotes around it and without the clock time behind or before it.

    Examples
    --------
    >>> without_clock(" 01/02/2024 03:00:00 PM"), without_clock("05-Jan-2024T10:00")
    ('01/02/2024', '05-Jan-2024')
    """
    plain = text.replace("\u00a0", " ").strip(" \t'\"")
    if len(plain) <= 8:
        return plain
    return _CLOCK.sub("", _DIGITS_CLOCK.sub(r"\1", _CLOCK_FIRST.sub("", plain))).strip()


def _date(year: str, month: str | int, day: str | int | None = None) -> str | None:
    """A day that exists, or a month where there is no day, from 1900 to 2100; of two digits, 1969 to 2068."""
    y, m, d = int(year), int(month), int(day or 1)
    if len(year) == 2:
        y += 2000 if y < 69 else 1900
    leap = m == 2 and (y % 4 == 0 and (y % 100 != 0 or y % 400 == 0))
    if day is not None and (y, m, d) in PLACEHOLDERS:
        return None
    if not (1 <= m <= 12 and 1 <= d <= _DAYS[m - 1] + leap and _FIRST_YEAR <= y <= _LAST_YEAR):
        return None
    return f"{y:04d}-{m:02d}" if day is None else f"{y:04d}-{m:02d}-{d:02d}"


def _certain(form: str, date: str | None) -> Written | None:
    return None if date is None else Written(form, date)


def _year_first(found: re.Match[str]) -> Written | None:
    return _certain("YYYY-MM-DD", _date(found[1], found[3], found[4]))


def _numbers(found: re.Match[str]) -> Written | None:
    first, mark, second, year = found.groups()
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    # Nobody writes a year of two digits first with slashes or points; with hyphens some do.
    year_first = _date(first, second, year) if len(year) == 2 and len(first) == 2 and mark == "-" else None
    if day_first is None and month_first is None and year_first is None:
        return None
    return Written(f"DD{mark}MM{mark}{'Y' * len(year)}", day_first, month_first, year_first, is_open=True)


def _month_year(found: re.Match[str]) -> Written | None:
    return _certain("MM/YYYY", _date(found[2], found[1]))


def _digits(found: re.Match[str]) -> Written | None:
    digits, rest = found[1], found[2] or ""
    if len(digits) == 5 and SERIALS[0] <= int(digits) <= SERIALS[1]:
        return Written(SERIAL_FORM, serial_day(int(digits)))
    if rest.strip("0"):
        return None
    if len(digits) == 6:
        return _certain("YYYYMM", _date(digits[:4], digits[4:]))
    if len(digits) in (8, 12, 14) and int(digits[8:10] or 0) < 24:
        return _certain("YYYYMMDD", _date(digits[:4], digits[4:6], digits[6:8]))
    return None


def _day_name(found: re.Match[str]) -> Written | None:
    form = f"DD-Mon-{'Y' * len(found[3])}"
    return _certain(form, _date(found[3], _MONTHS[found[2].lower()], found[1]))


def _name_day(found: re.Match[str]) -> Written | None:
    return _certain("Mon DD YYYY", _date(found[3], _MONTHS[found[1].lower()], found[2]))


def _name_year(found: re.Match[str]) -> Written | None:
    return _certain(f"Mon-{'Y' * len(found[2])}", _date(found[2], _MONTHS[found[1].lower()]))


def _year_name(found: re.Match[str]) -> Written | None:
    return _certain("YYYY-Mon-DD", _date(found[1], _MONTHS[found[2].lower()], found[3]))


_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Written | None]], ...]] = (
    (_YEAR_FIRST, _year_first),
    (_NUMBERS, _numbers),
    (_DIGITS, _digits),
    (_MONTH_YEAR, _month_year),
    (_DAY_NAME, _day_name),
    (_NAME_YEAR, _name_year),
    (_NAME_DAY, _name_day),
    (_YEAR_NAME, _year_name),
)


def serial_day(serial: int) -> str:
    """Day of a spreadsheet's day number, in the system whose day 1 is 1 January 1900.

    Examples
    --------
    >>> serial_day(45693), serial_day(45292)
    ('2025-02-05', '2024-01-01')
    """
    import datetime as dt

    return (dt.date(1899, 12, 30) + dt.timedelta(days=serial)).isoformat()


# Formats that a caller states ---------------------------------------------------------------------

_PARTS: Final = {
    "d": r"(?P<d>\d{1,2})",
    "e": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "b": rf"(?P<b>{_NAME})",
    "B": rf"(?P<b>{_NAME})",
    "Y": r"(?P<y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "a": r"[^\W\d_]+\.?",
    "A": r"[^\W\d_]+",
    "H": r"\d{1,2}",
    "I": r"\d{1,2}",
    "M": r"\d{1,2}",
    "S": r"\d{1,2}(?:[.,]\d+)?",
    "f": r"\d+",
    "p": r"[AaPp]\.?[Mm]\.?",
    "z": r"(?:Z|[+-]\d{2}:?\d{2})",
    "Z": r"[A-Za-z]+",
    "T": r"\d{1,2}:\d{2}:\d{2}",
    "%": "%",
}
_SPANS: Final = {"F": "%Y-%m-%d", "D": "%m/%d/%y"}
#: Words in place of a format, for numbers that count from a day.
_COUNTED: Final = {"excel": 86_400.0, "epoch": 1.0, "epoch-ms": 0.001}


def stated_format(date_format: str) -> Callable[[str], str | None]:
    """Reader of one stated format: text to date, None where the text is written otherwise.

    Parameters
    ----------
    date_format : str
        As `datetime.strptime` takes it (``"%d/%m/%Y"``), with a month and a year; English names of months
        whatever the machine's language; a clock time may be left out of the format. Or a word for numbers:
        ``"excel"`` (days, 1900 system), ``"epoch"`` (seconds since 1970), ``"epoch-ms"``.

    Raises
    ------
    ParameterError
        The format has no month or no year, or holds a part that is not known.

    Examples
    --------
    >>> read = stated_format("%m/%d/%Y")
    >>> read("02/13/2024 03:00:00 PM"), read("13/02/2024")
    ('2024-02-13', None)
    """
    if date_format in _COUNTED:
        return _counted(date_format)
    pattern = re.compile(_pattern(date_format), re.IGNORECASE)

    def read(text: str) -> str | None:
        plain = text.replace("\u00a0", " ").strip(" \t'\"")
        found = pattern.fullmatch(plain) or pattern.fullmatch(re.sub(r"\.0+$", "", without_clock(plain)))
        if found is None:
            return None
        parts = found.groupdict()
        name = (parts.get("b") or "").lower().rstrip(".")
        return _date(parts["y"], _MONTHS[name] if name else parts["m"], parts.get("d"))

    return read


def _pattern(date_format: str) -> str:
    spread = re.sub(r"%([FD])", lambda found: _SPANS[found[1]], date_format)
    pieces: list[str] = []
    codes: list[str] = []
    for code, literal in re.findall(r"%[-#]?(.)|([^%]+|%$)", spread):
        if literal:
            pieces.append(re.escape(literal).replace(r"\ ", r"\s+"))
        elif code in _PARTS:
            pieces.append(_PARTS[code])
            codes.append(code)
        else:
            raise ParameterError(
                f"`date_format` holds %{code}, which is not known; it may hold "
                f"{', '.join('%' + known for known in [*_PARTS, *_SPANS])}."
            )
    named = [{"e": "d", "B": "b", "Y": "y"}.get(code, code) for code in codes]
    months = named.count("m") + named.count("b")
    if months != 1 or named.count("y") != 1 or named.count("d") > 1:
        raise ParameterError(
            f"`date_format` is {date_format!r}; it needs one year (%Y or %y) and one month (%m or %b), and at most "
            "one day: '%d/%m/%Y', '%Y%m', '%b-%y'. For numbers that count days or seconds write 'excel' or 'epoch'."
        )
    return _optional_clock(pieces, spread)


def _optional_clock(pieces: list[str], spread: str) -> str:
    """The pattern; a clock time that ends the format may be missing, because it is cut off where it is written last."""
    date_ends = max(spread.rfind(f"%{code}") for code in "demYybB")
    clock = re.search(r"[^%]*%[-#]?[HIT].*$", spread[date_ends + 2 :])
    if clock is None:
        return "".join(pieces)
    count = len(re.findall(r"%[-#]?.|[^%]+", clock.group()))
    return "".join(pieces[:-count]) + "(?:" + "".join(pieces[-count:]) + ")?"


def _counted(word: str) -> Callable[[str], str | None]:
    import datetime as dt

    start = dt.datetime(1899, 12, 30) if word == "excel" else dt.datetime(1970, 1, 1)

    def read(text: str) -> str | None:
        try:
            day = start + dt.timedelta(seconds=float(text) * _COUNTED[word])
        except (ValueError, OverflowError):
            return None
        known = _FIRST_YEAR <= day.year <= _LAST_YEAR and (day.year, day.month, day.day) not in PLACEHOLDERS
        return f"{day:%Y-%m-%d}" if known else None

    return read
