"""One adapter per site or kind of page, each with ``matches`` and ``read``."""
