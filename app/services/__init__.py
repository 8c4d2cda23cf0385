"""Rules: what is allowed and what happens. They know neither HTTP nor HTML nor Authlib, and never commit."""
