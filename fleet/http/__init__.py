"""How another service is asked: TLS and proxy, patience, pace. Knows neither Graph nor Apple."""
