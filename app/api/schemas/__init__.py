"""The wire format, one file a noun."""
