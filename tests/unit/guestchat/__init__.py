"""The guest chat over a scripted platform: no network."""
