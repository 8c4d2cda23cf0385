"""Load programs for the paths that every call takes; ``python -m bench`` runs them and prints the table."""
