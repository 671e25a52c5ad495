"""A newsroom to try the moderators' room in."""
