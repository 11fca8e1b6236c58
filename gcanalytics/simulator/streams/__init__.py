"""The notification service: channels, their sockets, their topics and the frames on them."""
