"""A local Genesys Cloud: a simulated contact center behind the platform's REST and WebSocket interfaces.

It runs as a child process (`Simulator`, or ``python -m gcanalytics.simulator``); nothing of the client
imports it, and it imports nothing of the client. Importing this needs no aiohttp; running the child does.
"""

from gcanalytics.simulator.process import Credentials, Simulator, SimulatorError

__all__ = ["Credentials", "Simulator", "SimulatorError"]
