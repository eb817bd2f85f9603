"""Readers of QR and Code 128, written from the standards (ISO/IEC 18004 and 15417) and not from the encoder: without
error correction, for versions 1 to 10 at level M."""

from collections.abc import Iterator, Sequence

_CODE128 = (  # noqa: SIM905 - the standard's table reads better as a table
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 "
    "123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 "
    "131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 "
    "213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 "
    "141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 "
    "124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 "
    "411131 211412 211214 211232"
).split()
_STOP = "2331112"


def read_code128(widths: Sequence[int]) -> str:
    """The text of a Code 128; raises `ValueError` for one that is damaged."""
    drawn = "".join(map(str, widths))
    if not drawn.endswith(_STOP):
        raise ValueError("no stop")
    drawn = drawn[: -len(_STOP)]
    *symbols, check = [_CODE128.index(drawn[at : at + 6]) for at in range(0, len(drawn), 6)]
    if (symbols[0] + sum(at * one for at, one in enumerate(symbols))) % 103 != check:
        raise ValueError("wrong check symbol")
    code, text, shifted = {103: "A", 104: "B", 105: "C"}[symbols[0]], "", ""
    for symbol in symbols[1:]:
        now, shifted = shifted or code, ""
        if now == "C" and symbol < 100:
            text += f"{symbol:02}"
        elif symbol < 96:
            text += chr(symbol + 32) if now == "B" or symbol < 64 else chr(symbol - 64)
        elif symbol == 98:
            shifted = "B" if code == "A" else "A"
        else:
            code = {"A": {99: "C", 100: "B"}, "B": {99: "C", 101: "A"}, "C": {100: "B", 101: "A"}}[now][symbol]
    return text


_BLOCKS = {1: (16,), 2: (28,), 3: (44,), 4: (32,) * 2, 5: (43,) * 2, 6: (27,) * 4, 7: (31,) * 4, 8: (38, 38, 39, 39),
           9: (36, 36, 36, 37, 37), 10: (43, 43, 43, 43, 44)}  # fmt: skip
_ALIGNED = {1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42),
            9: (6, 26, 46), 10: (6, 28, 50)}  # fmt: skip
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_LEVEL_M = 0b00


def read_qr(rows: Sequence[Sequence[bool]]) -> str:
    """The text of a QR code."""
    size = len(rows)
    version = (size - 17) // 4
    assert all(len(row) == size for row in rows)
    mask = _mask(rows)
    bits = [rows[y][x] ^ mask(y, x) for y, x in _path(size) if not _is_function(y, x, size, version)]
    codewords = [int("".join("01"[bit] for bit in bits[at : at + 8]), 2) for at in range(0, len(bits) // 8 * 8, 8)]
    return _text("".join(f"{word:08b}" for word in _in_order(codewords, _BLOCKS[version])), version)


def _mask(rows: Sequence[Sequence[bool]]):  # type: ignore[no-untyped-def]
    places = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4)]
    level_and_mask = int("".join("01"[rows[y][x]] for y, x in places), 2) ^ 0b10101
    assert level_and_mask >> 3 == _LEVEL_M
    return (
        lambda y, x: (y + x) % 2 == 0,
        lambda y, x: y % 2 == 0,
        lambda y, x: x % 3 == 0,
        lambda y, x: (y + x) % 3 == 0,
        lambda y, x: (y // 2 + x // 3) % 2 == 0,
        lambda y, x: y * x % 2 + y * x % 3 == 0,
        lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
        lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
    )[level_and_mask & 7]


def _path(size: int) -> Iterator[tuple[int, int]]:
    """Modules in the order in which they are filled: pairs of columns from the right, up and down."""
    upwards = True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for y in range(size - 1, -1, -1) if upwards else range(size):
            yield y, right
            yield y, right - 1
        upwards = not upwards


def _is_function(y: int, x: int, size: int, version: int) -> bool:
    if (y < 9 and (x < 9 or x > size - 9)) or (y > size - 9 and x < 9) or 6 in (x, y):
        return True
    if version >= 7 and ((y < 6 and x > size - 12) or (x < 6 and y > size - 12)):
        return True
    centres = _ALIGNED[version]
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    return any(abs(y - cy) <= 2 and abs(x - cx) <= 2 for cy in centres for cx in centres if (cy, cx) not in corners)


def _in_order(codewords: Sequence[int], sizes: Sequence[int]) -> Iterator[int]:
    blocks: list[list[int]] = [[] for _ in sizes]
    words = iter(codewords)
    for position in range(max(sizes)):
        for block, length in zip(blocks, sizes, strict=True):
            if position < length:
                block.append(next(words))
    for block in blocks:
        yield from block


def _text(bits: str, version: int) -> str:
    at, text = 0, b""
    small = version < 10
    while len(bits) - at >= 4 and (mode := int(bits[at : at + 4], 2)):
        lengths = {1: 10 if small else 12, 2: 9 if small else 11, 4: 8 if small else 16}[mode]
        count, at = int(bits[at + 4 : at + 4 + lengths], 2), at + 4 + lengths
        while count:
            taken, length = {1: (min(count, 3), (0, 4, 7, 10)), 2: (min(count, 2), (0, 6, 11)), 4: (1, (0, 8))}[mode]
            value = int(bits[at : at + length[taken]], 2)
            at, count = at + length[taken], count - taken
            if mode == 1:
                text += f"{value:0{taken}}".encode()
            elif mode == 2:
                pair = _ALPHANUMERIC[value // 45] + _ALPHANUMERIC[value % 45] if taken == 2 else _ALPHANUMERIC[value]
                text += pair.encode()
            else:
                text += bytes([value])
    return text.decode()
