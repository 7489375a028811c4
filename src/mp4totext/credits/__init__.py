"""The ledger, holds, prices and quotes."""
