"""`manage.py create_brand "Acme" --admin-email ada@example.com`: a brand and its first admin."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.errors import EmailTakenError
from accounts.models import Brand, User
from accounts.services.people import create_brand


class Command(BaseCommand):
    help = "Creates a brand and its first admin. The password is asked for, or read with --password-stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the brand's name")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read one line from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        name, email = options["name"].strip(), options["admin_email"].strip()
        _check_names(name, email)
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError(_taken(email))
        password = _read_line() if options["password_stdin"] else _ask_password()
        try:
            validate_password(password, User(email=email, name=options["admin_name"]))
            create_brand(name, email, password, options["admin_name"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except EmailTakenError:
            raise CommandError(_taken(email)) from None
        self.stdout.write(f"The brand {name} is ready. {email} can sign in.")


def _check_names(name: str, email: str) -> None:
    try:
        Brand._meta.get_field("name").clean(name, None)
    except ValidationError as error:
        raise CommandError(f"The brand's name: {' '.join(error.messages)}") from None
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{email!r} is not an e-mail address.") from None


def _taken(email: str) -> str:
    return f"{email} belongs to a user already. Choose another address: a person belongs to one brand."


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask_password() -> str:
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ.")
    return password
