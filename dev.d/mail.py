#!/usr/bin/python3
"""The post box of ./dev: an SMTP server that keeps every mail as a file, and a page that shows them.

usage: mail.py DIRECTORY SMTP-PORT WEB-PORT        both on 127.0.0.1

  GET /                     the mails, newest first
  GET /m/ID                 one mail      GET /m/ID/html   its HTML part, inline images resolved, without scripts
  GET /m/ID/raw             as it came    GET /m/ID/part/N an attachment
  GET /api/mails            JSON, oldest first: id, at, from, to, subject, message_id, text, html, parts
  GET /api/mails?to=ADDRESS only those to this address
  DELETE /api/mails         throws all away

A recipient whose local part starts with "refuse" is refused for good (550), one with "later" for the moment (451).
"""
import email
import email.policy
import html
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller

CSS = """body{font:16px/1.5 system-ui,"Noto Sans KR",sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;
background:#FBF8F3;color:#211C1F}a{color:#8E1B3A}table{border-collapse:collapse;width:100%}td,th{text-align:left;
padding:.4rem .6rem;border-bottom:1px solid #ddd}iframe{width:100%;height:44rem;border:1px solid #ddd;background:#fff}
pre{white-space:pre-wrap}"""


class Box:
    """Mails in a directory: SEQUENCE.eml, the envelope in X-Envelope-* lines put in front.

    A kept mail never changes: who it goes to is known from the start, the rest is read once, when it is asked for.
    """

    def __init__(self, directory):
        self.dir = Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.to = {f.stem: self.recipients(f) for f in sorted(self.dir.glob("*.eml"))}
        self.next = max(map(int, self.to), default=0) + 1
        self.known = {}

    @staticmethod
    def recipients(file):
        with open(file, "rb") as f:
            return next(line for line in f if line.startswith(b"X-Envelope-To: "))[15:].decode().strip().split(", ")

    def keep(self, sender, recipients, content):
        head = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\nX-Envelope-At: {time.time():.6f}\r\n"
        with self.lock:
            name = self.dir / f"{self.next:08d}.eml"
            self.next += 1
            part = name.with_suffix(".part")
            with open(part, "wb") as f:
                f.write(head.encode() + content)
                f.flush()
                os.fsync(f.fileno())
            part.rename(name)
            self.to[name.stem] = list(recipients)

    def ids(self, to=None):
        with self.lock:
            return [i for i, people in self.to.items() if to is None or to in people]

    def summary(self, mail_id):
        if mail_id not in self.known:
            self.known[mail_id] = summary(mail_id, self.message(mail_id))
        return self.known[mail_id]

    def summaries(self, to):
        for i in self.ids(to):
            try:
                yield self.summary(i)
            except FileNotFoundError:  # thrown away meanwhile
                pass

    def raw(self, mail_id):
        return (self.dir / f"{mail_id}.eml").read_bytes()

    def message(self, mail_id):
        return email.message_from_bytes(self.raw(mail_id), policy=email.policy.default)

    def clear(self):
        with self.lock:
            for f in self.dir.glob("*.eml"):
                f.unlink()
            self.to.clear()
            self.known.clear()


def body_of(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else None


def summary(mail_id, message):
    parts = [{"n": n, "name": p.get_filename(), "type": p.get_content_type(), "cid": (p["Content-ID"] or "").strip("<>"),
              "size": len(p.get_payload(decode=True) or b"")}
             for n, p in enumerate(message.walk())
             if not p.is_multipart() and (p.get_filename() or p["Content-ID"])]
    return {"id": mail_id, "at": float(message["X-Envelope-At"]), "from": message["X-Envelope-From"],
            "to": message["X-Envelope-To"].split(", "), "subject": message["Subject"],
            "message_id": (message["Message-ID"] or "").strip("<>"), "text": body_of(message, "plain"),
            "html": body_of(message, "html"), "parts": parts}


class Smtp:
    def __init__(self, box):
        self.box = box

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (the library's name)
        if address.startswith("refuse"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.2.0 mailbox busy, try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.box.keep(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        return "250 2.0.0 kept"


class Page(BaseHTTPRequestHandler):
    box = None
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="text/html; charset=utf-8", name=None):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy",
                         "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-src 'self'")
        if name:
            self.send_header("Content-Disposition", "attachment; filename=\"%s\"" % re.sub(r"[^\w.-]", "_", name))
        self.end_headers()
        self.wfile.write(body)

    def page(self, title, inner):
        self.answer(200, f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
                         f"content='width=device-width'><title>{html.escape(title)}</title><style>{CSS}</style>{inner}")

    def do_GET(self):  # noqa: N802
        path, _, query = self.path.partition("?")
        try:
            if path == "/":
                self.list_page()
            elif path == "/api/mails":
                to = urllib.parse.parse_qs(query).get("to", [None])[0]
                self.answer(200, json.dumps(list(self.box.summaries(to))), "application/json")
            elif m := re.fullmatch(r"/m/(\d{8})(?:/(html|raw|part/\d+))?", path):
                self.mail_page(m[1], m[2])
            else:
                self.answer(404, "There is no such page.", "text/plain")
        except FileNotFoundError:
            self.answer(404, "There is no such mail.", "text/plain")

    def do_DELETE(self):  # noqa: N802
        if self.path == "/api/mails":
            self.box.clear()
            self.answer(200, "{}", "application/json")
        else:
            self.answer(404, "{}", "application/json")

    def list_page(self):
        rows = "".join(
            f"<tr><td>{time.strftime('%H:%M:%S', time.localtime(s['at']))}<td>{html.escape(', '.join(s['to']))}"
            f"<td><a href='/m/{s['id']}'>{html.escape(s['subject'] or '(no subject)')}</a>"
            for s in (self.box.summary(i) for i in reversed(self.box.ids()[-200:])))
        self.page("Mails", "<meta http-equiv=refresh content=5><h1>Mails</h1>" + (
            f"<table><tr><th>At<th>To<th>Subject{rows}</table>" if rows else
            "<p>Nothing yet. Every mail Foyer sends appears here; none leaves this machine."))

    def mail_page(self, mail_id, view):
        message = self.box.message(mail_id)
        if view == "raw":
            return self.answer(200, self.box.raw(mail_id), "text/plain; charset=utf-8")
        if view == "html":
            text = body_of(message, "html") or ""
            for p in self.box.summary(mail_id)["parts"]:
                if p["cid"]:
                    text = text.replace(f"cid:{p['cid']}", f"/m/{mail_id}/part/{p['n']}")
            return self.answer(200, text)
        if view:
            part = dict(enumerate(message.walk())).get(int(view.split("/")[1]))
            if part is None or part.is_multipart():
                raise FileNotFoundError
            inline = part.get_content_type() in ("image/png", "image/jpeg")
            return self.answer(200, part.get_payload(decode=True), part.get_content_type(),
                               None if inline else part.get_filename() or "part")
        s = self.box.summary(mail_id)
        parts = "".join(f"<li><a href='/m/{mail_id}/part/{p['n']}'>{html.escape(p['name'] or p['cid'])}</a> "
                        f"({p['type']}, {p['size']} bytes)" for p in s["parts"])
        body = f"<iframe sandbox='allow-popups' src='/m/{mail_id}/html' title='HTML part'></iframe>" if s["html"] else ""
        self.page(s["subject"] or "Mail", f"<p><a href='/'>All mails</a> · <a href='/m/{mail_id}/raw'>raw</a>"
                  f"<h1>{html.escape(s['subject'] or '')}</h1><p>From {html.escape(message['From'] or '')}<br>"
                  f"To {html.escape(', '.join(s['to']))}{body}<h2>Text</h2><pre>{links(s['text'] or '')}</pre>"
                  f"<ul>{parts}</ul>")

    def log_message(self, *args):
        pass


def links(text):
    return re.sub(r"(https?://[^\s<>&]+(?:&amp;[^\s<>&]+)*)", r"<a href='\1'>\1</a>", html.escape(text, quote=False))


def main():
    directory, smtp_port, web_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    box = Box(directory)
    Page.box = box
    web = ThreadingHTTPServer(("127.0.0.1", web_port), Page)
    smtp = Controller(Smtp(box), hostname="127.0.0.1", port=smtp_port, data_size_limit=20_000_000)
    smtp.start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever()
    smtp.stop()


if __name__ == "__main__":
    main()
