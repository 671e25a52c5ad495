"""Reading Arabic as people type it: normalization and script detection."""
