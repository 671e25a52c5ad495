"""The moderators' room: pages for the people behind the decisions."""

from moderation.review.app import install_review
from moderation.review.room import Room

__all__ = ["Room", "install_review"]
