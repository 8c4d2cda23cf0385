FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 UAA_INSTANCE_PATH=/data
WORKDIR /srv/uaa

COPY constraints.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r constraints.txt

COPY wsgi.py gunicorn.conf.py ./
COPY app app
COPY migrations migrations
COPY static static
COPY templates templates
# Nobody can write it later: each start, and each command, would compile the application anew.
RUN python -m compileall -q app migrations wsgi.py gunicorn.conf.py

RUN useradd --system --no-create-home uaa && install -d -o uaa /data
USER uaa
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["sh", "-c", "python -m flask --app wsgi db upgrade && exec python -m gunicorn --bind 0.0.0.0:8000"]
