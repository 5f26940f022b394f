"""Who uses a service, read from Git: clients, databases, reach, operation, and commands that only look."""
