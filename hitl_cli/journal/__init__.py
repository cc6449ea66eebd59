"""The journal: sessions, proposals, decisions and executions, each stored before it takes effect."""
