"""A simulated shared service: an estate with an answer key, and a Graph/Entra service on loopback HTTPS."""
