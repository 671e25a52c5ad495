"""What people read for our names, in Arabic and English."""

from moderation.domain import ABUSE_ATTRIBUTES

ATTRIBUTE_NAMES: dict[str, dict[str, str]] = {
    "ar": {
        "toxicity": "إساءة",
        "severe_toxicity": "إساءة بالغة",
        "insult": "إهانة",
        "profanity": "ألفاظ نابية",
        "identity_attack": "إساءة بسبب الهوية",
        "threat": "تهديد",
        "likely_to_reject": "احتمال الحذف",
        "sarcasm": "سخرية",
    },
    "en": {name: name.replace("_", " ") for name in ABUSE_ATTRIBUTES},
}
STANCE_NAMES: dict[str, dict[str, str]] = {
    "ar": {"favor": "مؤيّد", "against": "معارض", "neutral": "بلا موقف"},
    "en": {"favor": "favor", "against": "against", "neutral": "neutral"},
}
