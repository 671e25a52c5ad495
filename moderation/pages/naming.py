"""Names, dates and headings as comment systems print them in Arabic."""

import re
from functools import lru_cache

from moderation.pages.prose import one_line
from moderation.text.normalize import normalize

_MAX_NAME_CHARS = 120
_BEFORE_NAME = re.compile(r"^(?:بواسطة|بقلم|كتبه|كتب|الكاتب|المعلق|الاسم|by)\s*[:：]\s*", re.I)
_BEFORE_NAME_ONLY = re.compile(r"^بواسطة\s+")
_AFTER_NAME = re.compile(
    r"\s*(?:\((?:زائر|زائرة|ضيف|عضو|guest)\)|\s(?:يقول|تقول|قال|says)\s*:?|[:،,])$", re.I
)
_BEFORE_DATE = re.compile(
    r"^(?:بتاريخ|تاريخ التعليق|تاريخ النشر|تاريخ|التاريخ|نشر في|نشرت في|أضيف في|في|on)"
    r"(?:\s*[:：]\s*|\s+)",
    re.I,
)

# Words that dates are made of.
_DATES = """
السبت الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة سبت أحد اثنين ثلاثاء أربعاء خميس
جمعة يوم الساعة ساعة تمام عند في من بتاريخ تاريخ التاريخ على ص م صباحا مساء ظهرا عصرا ليلا فجرا
الموافق هـ ه ميلادي هجري بتوقيت غرينتش جرينتش مكة القاهرة المحلي am pm gmt utc at on t z
mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
الأول الثاني الأولى الآخرة الآخر ثاني أول ذو القعدة الحجة
"""
_MONTHS = """
يناير فبراير مارس أبريل إبريل مايو يونيو يونية يوليو يولية أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
كانون شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين جانفي فيفري أفريل ماي جوان جويلية أوت
غشت شتنبر نونبر دجنبر محرم صفر ربيع جمادى رجب شعبان رمضان شوال
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep oct nov dec
"""
_AGO = re.compile(
    r"(?:منذ|قبل)\s+(?:حوالي\s+)?(?:\d+\s+)?"
    r"(?:لحظات|ثوان\w*|ثانيه|دقيق\w+|دقائق|ساع\w+|يوم\w*|ايام|اسبوع\w*|اسابيع|شهر\w*|اشهر|شهور"
    r"|سن\w+|عام\w*|اعوام)(?:\s+واحده?)?|\d+\s+"
    r"(?:minutes?|hours?|days?|weeks?|months?|years?) ago"
    r"|(?:امس|اليوم)\s+\d{1,2}:\d{2}\s*[صم]?"
)
_NUMERIC_DATE = re.compile(r"\d{1,4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,4}|\d{1,2}:\d{2}")
_MAX_DATE_CHARS = 70
_DATE_HINT = re.compile(r"\d|منذ|قبل")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"(?:[^\W\d_]|[\u064b-\u0652ـ])+")

# Cheap to test, so that long pages are not normalized line by line.
HEADING_HINT = re.compile(r"تعليق|ردود|راء|comment", re.I)
MAX_HEADING_CHARS = 80

_HEADING = re.compile(
    r"(?:عدد )?(?:ال)?(?:تعليقات|تعليقاتكم|ردود|اراء)(?: القراء| الزوار| المتابعين| الاعضاء)?"
    r"(?: على (?:هذا )?(?:الخبر|المقال|الموضوع))?\s*[:(\[]*\s*(\d{0,6})\s*[)\]:]*"
    r"|[(\[]?(\d{1,6})[)\]]? (?:تعليق|تعليقا|تعليقات|comments?)|تعليقان|تعليق واحد"
    r"|comments?\s*[:(\[]*\s*(\d{0,6})\s*[)\]]*"
)


def clean_author(shown: str | None) -> str | None:
    """The name alone: «بواسطة: سامي (زائر)» is ``"سامي"``; no name is ``None``."""
    name = one_line(shown or "")
    name = _BEFORE_NAME_ONLY.sub("", _BEFORE_NAME.sub("", name))
    while (shorter := _AFTER_NAME.sub("", name)) != name:
        name = shorter
    return name[:_MAX_NAME_CHARS].strip() or None


def clean_posted(shown: str | None) -> str | None:
    """The date alone: «بتاريخ: الأحد، 8 مايو 2010» without its label."""
    return _BEFORE_DATE.sub("", one_line(shown or "")).strip("() ") or None


def is_date(line: str) -> bool:
    """Whether a line says when something was posted, and nothing else.

    Example: «الأربعاء، 14-02-2024 09:12 ص» and «منذ 3 ساعات» are dates, «3-1» is
    a score.
    """
    if len(line) > _MAX_DATE_CHARS or not _DATE_HINT.search(line):
        return False
    if _AGO.fullmatch(normalize(line).strip(" .،")):
        return True
    # Word by word: normalizing the whole line takes some dates for phone numbers.
    words = [_folded(word) for word in _LETTERS.findall(line)]
    if not all(word in _date_words() for word in words):
        return False
    has_month = any(word in _months() for word in words) and _DIGIT.search(line)
    return bool(has_month or _NUMERIC_DATE.search(line))


def heading_count(line: str) -> int | None:
    """How many comments a heading announces; 0 where it does not say.

    ``None`` is no heading: «التعليقات (2)» is 2, «تعليقات القراء» is 0.
    """
    if len(line) > MAX_HEADING_CHARS or not HEADING_HINT.search(line):
        return None
    match = _HEADING.fullmatch(normalize(line).strip(" .:-–"))
    if match is None:
        return None
    return next((int(number) for number in match.groups() if number), 0)


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    return normalize(word)


@lru_cache(maxsize=1)
def _months() -> frozenset[str]:
    return frozenset(normalize(word) for word in _MONTHS.split())


@lru_cache(maxsize=1)
def _date_words() -> frozenset[str]:
    return _months() | frozenset(normalize(word) for word in _DATES.split())
