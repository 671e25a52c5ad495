"""What the shipped model must get right."""
