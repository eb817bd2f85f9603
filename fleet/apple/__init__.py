"""Apple Business Manager over HTTP: how it is read. Knows neither the register nor Graph."""
