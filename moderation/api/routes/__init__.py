"""One file per dialect of the API."""
