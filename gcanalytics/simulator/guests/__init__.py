"""ACD web chat v2: the guest's side of a chat, and the agents behind it."""
