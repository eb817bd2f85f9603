"""Entra's way to say no."""


class EntraRefusal(Exception):
    """An error of the sign-in endpoints: OAuth's word, Entra's number and sentence."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text
