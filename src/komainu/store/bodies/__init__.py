"""What an entry says: every noun on record <-> its body in the ledger, and the words kept apart from it."""
