"""What the analytics queries find and count; no route and no request is known here."""
