"""All that touches the network: requests, retries, tokens, pacing, sockets."""
