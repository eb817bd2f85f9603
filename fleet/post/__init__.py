"""Ways out of Fleet for messages: a mail server, a web address, a program. Only these files know their protocols."""
