"""`make test-schema`: what schemathesis makes of /openapi.json is sent to a running server, which must keep its word."""
