"""The yardstick: the least that Flask can answer, on the same gunicorn settings as the product."""

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    return "hello"
