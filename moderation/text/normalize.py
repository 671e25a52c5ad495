"""The one normalization of the project.

It is expressed as a ``tokenizers`` normalizer and stored inside every
``tokenizer.json``, so training and serving run the same Rust code and every
offset of a token points into the text as the reader typed it.

The rules make spellings equal that readers take for equal («الحمدُ لله» and
«الحمـد للّه», «إسرائيل» and «اسرائيل») and undo the cheapest disguises
(tatweel, diacritics, invisible characters, look-alike letters, «ك.ل.ب»).
They never drop a letter that carries meaning.
"""

import re
from functools import lru_cache

from tokenizers import Regex, normalizers

LINK, MENTION, EMAIL, PHONE = "[رابط]", "[مستخدم]", "[بريد]", "[هاتف]"
PLACEHOLDERS = (LINK, MENTION, EMAIL, PHONE)

# Letters of other Arabic-script languages, and variants of one letter, by the
# letter an Arabic reader takes them for.
_LOOK_ALIKES = {
    "ا": "أإآٱٲٳ",
    "ب": "پ",
    "ت": "ٹٺټ",
    "ج": "چ",
    "د": "ڈډڊ",
    "ر": "ڑړڕ",
    "ز": "ژ",
    "ف": "ڤڥ",
    "ق": "ڨ",
    "ك": "گکڪګڭݣڳ",
    "ل": "ڵ",
    "ن": "ںڼ",
    "ه": "ةۀەہھۂۃ",
    "و": "ؤۆۇۈۋۅ",
    "ي": "ىیۍېئێے",
}

_EASTERN_DIGITS = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")

# Marks, invisible format characters, tatweel and skin tones carry no meaning
# for a moderator; hiding a word behind them must not change its score.
_INVISIBLE = r"[\p{M}\p{Cf}\p{Cc}\p{Co}&&[^\s]]|[ـ🏻-🏿]"

# Letters that stand alone, one after the other: «ك.ل.ب», «ك  ل ب», «ك-ل-ب». Three at
# least, so that «أ. محمد» and «و - أ» stay as they are. A lookbehind must have one
# length, so the separators that are followed by two lone letters become a mark
# first, and the last separator is known by the mark before it.
_SEP = r"[\s._\-*+~|/\\•·،,]+"
_LONE = r"\p{Arabic}(?!\p{L})"
_MARK = "\ue000"
_SPELLED_OUT = (
    (rf"(?<=^\p{{Arabic}}|[^\p{{L}}]\p{{Arabic}}){_SEP}(?={_LONE}{_SEP}{_LONE})", _MARK),
    (rf"(?<={_MARK}\p{{Arabic}}){_SEP}(?={_LONE})", ""),
    (_MARK, ""),
)

# International, trunk-prefixed, or nine digits and more in one piece: dates and
# grouped amounts («2023-08-23», «10 000 000») are no phone numbers.
_PHONE = (
    r"(?<![\d.,])(?<!\d )(?:(?:\+|00)\d(?:[ \-]?\d){7,13}|0\d(?:[ \-]?\d){7,12}|\d{9,14})(?!\d)"
)

_SURROGATES = re.compile("[\ud800-\udfff]")

_MAX_RUN = r"(?<=(\p{L}|\p{P}|\p{So})\1)\1+"


def build_normalizer() -> normalizers.Normalizer:
    """The normalizer that goes into ``tokenizer.json``.

    Example: ``build_normalizer().normalize_str("يا كَـــلْب")`` is ``"يا كلب"``.
    """

    def replace(pattern: str, content: str) -> normalizers.Normalizer:
        return normalizers.Replace(Regex(pattern), content)

    steps = [
        # Composition first, so that «ا» with a hamza mark folds like «أ», and
        # what is invisible goes before links and addresses are looked for.
        normalizers.NFKC(),
        normalizers.Lowercase(),
        replace(_INVISIBLE, ""),
        *(replace(f"[{variants}]", letter) for letter, variants in _LOOK_ALIKES.items()),
        *(
            replace(f"[{east}{persian}]", str(value))
            for value, (east, persian) in enumerate(zip(*_EASTERN_DIGITS, strict=True))
        ),
        replace(r"(?:https?://|www\.)\S+|\burl\b", f" {LINK} "),
        replace(r"[\w.+\-]{1,64}@[\w\-]{1,63}\.[\w.\-]{0,190}\w", f" {EMAIL} "),
        replace(r"@[\w.]+", f" {MENTION} "),
        replace(_PHONE, f" {PHONE} "),
        replace(r"[_#\s]+", " "),
        *(replace(pattern, content) for pattern, content in _SPELLED_OUT),
        replace(_MAX_RUN, ""),
        normalizers.Strip(),
    ]
    return normalizers.Sequence(steps)


@lru_cache(maxsize=1)
def _shared() -> normalizers.Normalizer:
    return build_normalizer()


def normalize(text: str) -> str:
    """``text`` as the model and the word lists see it.

    Example: ``normalize("أحســـنتُم!!!!")`` is ``"احسنتم!!"``.
    """
    return _shared().normalize_str(without_surrogates(text))


def without_surrogates(text: str) -> str:
    """``text`` with each lone surrogate as U+FFFD: same length, and UTF-8 can carry it."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def is_blank(text: str) -> bool:
    """True for a comment without a visible character: spaces, marks, invisible controls."""
    return not normalize(text)
