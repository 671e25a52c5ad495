"""Keys as an Arabic keyboard sends them: the place of a Latin key, and an Arabic letter."""

from playwright.sync_api import Page

# What stands on an Arabic keyboard (Windows, «101») where a Latin one has these.
LETTERS = {
    "KeyA": "ش", "KeyR": "ق", "KeyE": "ث", "KeyS": "س", "KeyU": "ع", "KeyN": "ى",
    "KeyC": "ؤ", "KeyM": "ة", "KeyX": "ء", "KeyH": "ا",
    **{f"Digit{n}": "٠١٢٣٤٥٦٧٨٩"[n] for n in range(10)},
    "Slash": "ظ",
}  # fmt: skip
_CTRL, _SHIFT = 2, 8


def press(page: Page, code: str, *, ctrl: bool = False, shift: bool = False) -> None:
    """Press and let go of a key, below the page: as the operating system would."""
    letter = "؟" if shift and code == "Slash" else LETTERS[code]
    event = {
        "code": code,
        "key": letter,
        "modifiers": _CTRL * ctrl + _SHIFT * shift,
        "windowsVirtualKeyCode": 191 if code == "Slash" else ord(code[-1]),
    }
    devtools = page.context.new_cdp_session(page)
    typed = {} if ctrl else {"text": letter}
    devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **event, **typed})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    devtools.detach()
