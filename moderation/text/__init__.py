"""Reading Arabic as people type it."""
