"""One function an endpoint: dicts in, dicts or bytes out. Holds the only page loops."""
