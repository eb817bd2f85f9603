"""Files that technicians receive, read into rows the register can compare; nothing here touches the database."""
