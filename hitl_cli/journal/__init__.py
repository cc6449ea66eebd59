"""The journal: sessions, proposals, decisions and executions, written down before they take effect."""
