"""Pure tests: no network, no child process."""
