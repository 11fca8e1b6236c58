"""Types of what is sent to the platform and read from it; nothing here runs."""
