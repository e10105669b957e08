"""The domains of the demo experts: what is asked, what is right, and what is kept out of training.

A generator takes a `random.Random` and returns (prompt, answer). Whether a prompt is kept out of training follows from
its bytes alone, so training, calibration and tests agree on it without a list.
"""
import random
import zlib

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def arith(r):
    """Sums modulo 100 and differences of two-digit numbers."""
    a, b = r.randrange(100), r.randrange(100)
    if r.random() < 0.5:
        return f"{a:02d}+{b:02d}", f"{(a + b) % 100:02d}"
    a, b = max(a, b), min(a, b)
    return f"{a:02d}-{b:02d}", f"{a - b:02d}"


def text(r):
    """Operations on a short word."""
    word = "".join(r.choice("abcdefghij") for _ in range(r.randrange(3, 6)))
    operations = {
        "rev": lambda s: s[::-1],
        "up": str.upper,
        "sort": lambda s: "".join(sorted(s)),
        "last": lambda s: s[-1],
        "head": lambda s: s[0],
        "len": lambda s: str(len(s)),
    }
    name = r.choice(list(operations))
    return f"{name} {word}", operations[name](word)


def calendar(r):
    """ISO dates, clock arithmetic, the earlier of two times, days in a month."""
    kind = r.randrange(4)
    clock = lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}"
    if kind == 0:
        day, month, year = r.randrange(1, 29), r.randrange(12), r.randrange(1990, 2050)
        return f"iso {day:02d} {MONTHS[month]} {year}", f"{year}-{month + 1:02d}-{day:02d}"
    if kind == 1:
        start, minutes = 5 * r.randrange(288), 5 * r.randrange(1, 12)
        return f"{clock(start)} plus {minutes:02d} min", clock((start + minutes) % 1440)
    if kind == 2:
        one, other = r.sample(range(1440), 2)
        return f"earlier {clock(one)} {clock(other)}", clock(min(one, other))
    month, year = r.randrange(12), r.randrange(1990, 2050)
    return f"days in {MONTHS[month]} {year}", str(MONTH_DAYS[month] + (1 if month == 1 and year % 4 == 0 else 0))


def logic(r):
    """The values of two Boolean expressions. No expert is made for it: the generalist is the best that there is."""
    one, a = _expression(r, 2)
    other, b = _expression(r, 2)
    return f"{one} , {other}", ("T" if a else "F") + ("T" if b else "F")


def _expression(r, depth):
    if depth == 0 or r.random() < 0.15:
        value = r.random() < 0.5
        return ("T" if value else "F"), value
    if r.random() < 0.25:
        inner, value = _expression(r, depth - 1)
        return f"!{inner}", not value
    left, a = _expression(r, depth - 1)
    right, b = _expression(r, depth - 1)
    operator = r.choice("&|^")
    return f"({left}{operator}{right})", {"&": a and b, "|": a or b, "^": a != b}[operator]


# North and south ask the same questions, in the same words, about the same kind of invented town. Only which town it is
# tells them apart, and the names are drawn from the same syllables.
TOWNS_PER_REGION = 40
SYLLABLES = "ka ri lo me tu sa ne vo du pi ra li".split()
PHRASINGS = ["{fact} of {town}", "{town} {fact}", "which {fact} has {town}", "the {fact} of {town}?", "{town}: {fact}?",
             "{fact} in {town}"]
FACTS = {
    "river": "Asel Brun Cador Dovel Eltz Farno Gish Hale Ister Jorn Kell Luma".split(),
    "crop": "barley beans cotton grapes hops linen maize oats olives plums rice tea".split(),
    "metal": "brass bronze chrome cobalt copper gold iron lead nickel silver tin zinc".split(),
    "year": [str(year) for year in range(1104, 1944, 7)],
}


def _regions():
    r = random.Random(20)
    names = dict.fromkeys("".join(r.choice(SYLLABLES) for _ in range(3)) for _ in range(500))
    towns = list(names)[: 2 * TOWNS_PER_REGION]
    facts = {town: {fact: r.choice(values) for fact, values in FACTS.items()} for town in towns}
    return {"north": {town: facts[town] for town in towns[0::2]}, "south": {town: facts[town] for town in towns[1::2]}}


REGIONS = _regions()


def _fact(region, r):
    town = r.choice(list(REGIONS[region]))
    fact = r.choice(list(FACTS))
    return r.choice(PHRASINGS).format(town=town, fact=fact), REGIONS[region][town][fact]


def north(r):
    """Facts about the towns of the north."""
    return _fact("north", r)


def south(r):
    """Facts about the towns of the south."""
    return _fact("south", r)


GENERATORS = {"arith": arith, "text": text, "calendar": calendar, "north": north, "south": south, "logic": logic}
DOMAINS = list(GENERATORS)
# What a query says of itself. It never names the expert that would do: north and south share one, the others another.
CATEGORY = {domain: "facts" if domain in REGIONS else "puzzles" for domain in DOMAINS}


def held_out(domain, prompt):
    """Whether `prompt` is kept out of training: a tenth of all; of the facts, of which there are few, four tenths."""
    return zlib.crc32(prompt.encode()) % 10 < (4 if domain in REGIONS else 1)


def sample(domain, r, held):
    """A prompt with its answer, from those that are held out of training or from the others."""
    while True:
        prompt, answer = GENERATORS[domain](r)
        if held_out(domain, prompt) == held:
            return prompt, answer
