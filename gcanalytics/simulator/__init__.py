"""A local Genesys Cloud: ledger of business events, records made from it, REST and sockets."""
