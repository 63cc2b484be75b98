"""All targets, and how many of all inputs each gets."""

from fuzz.arguments import arguments
from fuzz.channels import channels
from fuzz.deciding import deciding
from fuzz.notices import notices
from fuzz.parsing import parsing
from fuzz.statements import statements
from fuzz.target import Plan
from fuzz.upstream import upstream
from fuzz.web import web
from fuzz.writing import writing

PLANS = (
    Plan("parser", 450, parsing),
    Plan("handlers", 300, deciding),
    Plan("notices", 50, notices, cost=1.5),
    Plan("channel answers", 50, channels, cost=0.5),
    Plan("statements", 40, statements),
    Plan("feeds", 60, upstream),
    Plan("command lines", 5, arguments, cost=3.0),
    Plan("http", 40, web, cost=2.5, postgres=True),
    Plan("writes", 5, writing, cost=20.0, postgres=True),
)
