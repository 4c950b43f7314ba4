"""What the terminal says once the demo answers: where it is, and who can register."""

import csv
from pathlib import Path

from demo.staff import StaffLogin
from portal_lib.settings import Settings

HERE = Path(__file__).parent

#: A codice fiscale for whoever registers on behalf of an organisation. Its birthplace, X999, is nowhere.
A_PERSON = "VRDLCU79M14X999Q"


def welcome(settings: Settings, analyst: StaffLogin, operator: StaffLogin) -> str:
    """The sentences and the table of who can register, ending with how to stop."""
    customers = _customers()
    columns = [("customer", "codice cliente", "type as", "number"), *customers]
    widths = [max(len(row[place]) for row in columns) for place in range(len(columns[0]))]
    table = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in columns
    ]
    lines = [
        "",
        f"The portal of {settings.supplier_name} is open at {settings.address}",
        "",
        "To come in, choose “Registrati” and register for one of these customers:",
        "",
        *table,
        "",
        f"For an organisation you register as a person: as your own codice fiscale, {A_PERSON} will do.",
        "",
        f"Analysts log in as {analyst.login} with the password {analyst.password} and land in JupyterLab.",
        f"Operators log in as {operator.login} with the password {operator.password} and look after accounts and mail.",
        f"Mails are not sent; read them at {settings.address}/hub/posta",
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _customers() -> list[tuple[str, str, str, str]]:
    with (HERE / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [
        (row["name"], row["code"], "partita IVA", row["vat"])
        if row["kind"] == "organisation"
        else (row["name"], row["code"], "codice fiscale", row["tax_code"])
        for row in rows
    ]
