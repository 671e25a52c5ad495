"""Training, on models and corpora small enough for seconds."""
